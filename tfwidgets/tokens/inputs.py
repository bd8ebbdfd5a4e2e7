"""Read what the caller gave: texts, pairs, annotations, tokenizers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from tfwidgets.config import settings
from tfwidgets.errors import InputError
from tfwidgets.models import LoadedModel, load_tokenizer
from tfwidgets.tokens.subject import Subject, Texts
from tfwidgets.tokens.units import Span
from tfwidgets.ui.text import printable

MOST_COMPARED = 4


@dataclass(frozen=True)
class Given:
    """What was passed as text and pair.

    Attributes
    ----------
    rows
        For each text (text,) or (text, pair).
    labels
        Names of the texts, if they came with names.
    is_list
        Whether there were several.
    replaced
        Number of lone surrogates that were replaced.
    """

    rows: list[Texts]
    labels: list[str] | None
    is_list: bool
    replaced: int


def read_texts(text: Any, pair: Any) -> Given:
    """Return the texts, checked and fit for a tokenizer.

    Lone surrogates, which no tokenizer reads, are replaced by U+FFFD: one for one.

    Raises
    ------
    InputError
        When something is no text, lists differ in length, or there is too much to read.
    """
    labels = None
    if isinstance(text, Mapping):
        labels = [str(name) for name in text]
        text = list(text.values())
        pair = list(pair.values()) if isinstance(pair, Mapping) else pair
    is_list = not isinstance(text, str)
    if pair == "" and not is_list:
        pair = None  # as transformers has it
    if is_list and (isinstance(text, (bytes, bytearray)) or not isinstance(text, Iterable)):
        raise InputError(
            f"text is {_kind(text)}: expected a string, a list of strings, or chat messages."
        )
    firsts = list(text) if is_list else [text]
    if not firsts:
        raise InputError("There is no text: the list is empty.")
    seconds: list[Any] | None = None
    if pair is not None:
        if isinstance(pair, str) is is_list or not isinstance(pair, Iterable):
            raise InputError("pair goes with text: a string with a string, a list with a list.")
        seconds = list(pair) if is_list else [pair]
        if len(seconds) != len(firsts):
            raise InputError(f"There are {len(firsts)} texts and {len(seconds)} pairs.")
    for values in (firsts, seconds or []):
        for k, value in enumerate(values):
            if not isinstance(value, str):
                where = f"Text {k + 1}" if is_list else "text"
                raise InputError(f"{where} is {_kind(value)}: expected a string.")
    total = sum(map(len, firsts)) + sum(map(len, seconds or []))
    if total > settings().max_characters:
        raise InputError(
            f"{total:,} characters are more than the limit of {settings().max_characters:,}. "
            f"To raise it: %config TfWidgets.max_characters = {total}"
        )
    whole = (
        [(value,) for value in firsts]
        if seconds is None
        else list(zip(firsts, seconds, strict=True))
    )
    rows = [tuple(printable(value) for value in row) for row in whole]
    replaced = sum(
        a != b
        for old, new in zip(whole, rows, strict=True)
        if old != new
        for a, b in zip("".join(old), "".join(new), strict=True)
    )
    return Given(rows, labels, is_list, replaced)


def read_marks(annotations: Any, text: str) -> tuple[list[Span], list[str]]:
    """Return annotations as stretches with label numbers, and the labels.

    Raises
    ------
    InputError
        When an annotation is not (start, end, label), or lies outside the text.
    """
    labels: dict[str, int] = {}
    marks = []
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
    model: Any, tokenizer: Any, compare: Any, *, default: str, progress: bool
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


def read_subject(value: Any, *, progress: bool) -> Subject:
    """Return the tokenizer that a name, a model, a pair or an object stands for."""
    if isinstance(value, LoadedModel):
        return Subject(value.tokenizer, value.name)
    if isinstance(value, (str, PathLike)):
        name = str(value)
        shown = Path(name).name if "/" in name and Path(name).expanduser().exists() else name
        return Subject(load_tokenizer(value, progress=progress), shown)
    if isinstance(value, (tuple, list)) and len(value) == 2:
        return read_subject(value[1], progress=progress)
    if not callable(getattr(value, "get_vocab", None)):
        inner = getattr(value, "tokenizer", None)
        if inner is not None and inner is not value:
            return read_subject(inner, progress=progress)
    return Subject(value)


def _several(compare: Any) -> list[Any]:
    if compare is None:
        return []
    if isinstance(compare, (str, PathLike)) or not isinstance(compare, Sequence):
        return [compare]
    if len(compare) == 2 and hasattr(compare[0], "config") and not isinstance(compare[0], str):
        return [tuple(compare)]  # one (model, tokenizer) pair
    return list(compare)


def _kind(value: Any) -> str:
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
