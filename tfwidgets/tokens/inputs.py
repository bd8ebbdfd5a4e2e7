"""Read which tokenizers are meant, and which stretches of a text are marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from tfwidgets.errors import InputError
from tfwidgets.models import LoadedModel, MakesModel, given_model, load_tokenizer
from tfwidgets.models.asked import choice_of
from tfwidgets.models.session import InUse, reminding
from tfwidgets.tokens.subject import Subject
from tfwidgets.tokens.units import Span

MOST_COMPARED = 4


def read_marks(annotations: Any, text: str) -> tuple[list[Span], list[str]]:
    """Return annotations as stretches with label numbers, and the labels.

    Raises
    ------
    InputError
        When an annotation is not (start, end, label), or lies outside the text.
    """
    labels: dict[str, int] = {}
    marks = []
    if not isinstance(annotations, (Iterable, type(None))):
        raise InputError(f"annotations is {annotations!r}: a list of (start, end, label).")
    for annotation in annotations or ():
        try:
            if hasattr(annotation, "label"):
                start, end, label = annotation.start, annotation.end, annotation.label
            else:
                start, end, label = annotation
            start, end = int(start), int(end)
        except (TypeError, ValueError):
            raise InputError(f"An annotation is (start, end, label), not {annotation!r}.") from None
        if not 0 <= start < end <= len(text):
            raise InputError(
                f"The annotation {annotation!r} lies outside the text of {len(text)} characters."
            )
        marks.append(Span(start, end, labels.setdefault(str(label), len(labels))))
    return sorted(marks, key=lambda mark: (mark.start, mark.end)), list(labels)


def read_subjects(
    model: Any, tokenizer: Any, compare: Any, *, default: str | InUse, progress: bool
) -> list[Subject]:
    """Return the inspected tokenizer, then those that it is compared with.

    Raises
    ------
    InputError
        When both model and tokenizer are given, or too many are to be compared.
    """
    if model is not None and tokenizer is not None:
        raise InputError("model and tokenizer both name a tokenizer: use one of them.")
    first = tokenizer if tokenizer is not None else model
    others = _several(compare)
    if len(others) >= MOST_COMPARED:
        raise InputError(
            f"{len(others) + 1} tokenizers are too many to look at: at most {MOST_COMPARED}."
        )
    asked = [default if first is None else first, *others]
    return [read_subject(one, progress=progress) for one in asked]


def read_subject(value: Any, *, progress: bool, revision: str | None = None) -> Subject:
    """Return the tokenizer that a name, a model, a learner, a pair or an object stands for."""
    if (choice := choice_of(value)) is not None:
        with reminding(value):
            return read_subject(choice.model, progress=progress, revision=choice.revision)
    if (ready := given_model(value)) is not None:
        return Subject(ready.tokenizer, ready.name)
    if isinstance(value, (str, PathLike)):
        name = str(value)
        shown = Path(name).name if "/" in name and Path(name).expanduser().exists() else name
        return Subject(load_tokenizer(value, revision=revision, progress=progress), shown)
    if isinstance(value, (tuple, list)):
        if len(value) == 2 and callable(getattr(value[1], "get_vocab", None)):
            return read_subject(value[1], progress=progress)
        raise InputError("model takes one tokenizer; further ones go into compare=[…].")
    if not callable(getattr(value, "get_vocab", None)):
        inner = getattr(value, "tokenizer", None)
        if inner is not None and inner is not value:
            return read_subject(inner, progress=progress)
    return Subject(value)


def _several(compare: Any) -> list[Any]:
    if compare is None:
        return []
    if isinstance(compare, Mapping):
        raise InputError("compare is a dict: pass a list of tokenizers, or of their names.")
    if isinstance(compare, (str, PathLike)) or not isinstance(compare, Iterable):
        return [compare]
    if isinstance(compare, (LoadedModel, MakesModel)):
        return [compare]
    if callable(getattr(compare, "get_vocab", None)):
        return [compare]
    others: list[Any] = list(compare)
    if len(others) == 2 and hasattr(others[0], "config") and not isinstance(others[0], str):
        return [tuple(others)]  # one (model, tokenizer) pair
    return others
