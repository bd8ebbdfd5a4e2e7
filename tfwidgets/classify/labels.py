"""Read labels, and examples of labels, and refuse what cannot work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tfwidgets.config import settings
from tfwidgets.errors import InputError, suggest

DEFAULT_TEMPLATES = (
    "This text is about {}.",
    "The topic of this text is {}.",
    "A text about {}.",
)


@dataclass(frozen=True)
class Labels:
    """Names of the classes, in column order, and what each means."""

    names: list[str]
    descriptions: list[str]

    def prompts(self, template: str) -> list[str]:
        """Fill every label's description into a template."""
        return [template.replace("{}", text) for text in self.descriptions]


def read_labels(labels: Any, examples: Mapping[str, list[str]] | None) -> Labels:
    """Return the labels, or those of the examples where none are given.

    Raises
    ------
    InputError
        Without labels, with one, with too many, with empty or ambiguous ones.
    """
    if labels is None:
        if not examples:
            raise InputError("No labels: name at least two, for example sports, politics.")
        labels = list(examples)
    if isinstance(labels, str):
        raise InputError(
            f"labels is one string: pass a list, for example {labels.split(',')[:3]!r}."
        )
    if isinstance(labels, Mapping):
        names, descriptions = list(labels), list(labels.values())
    elif isinstance(labels, Iterable):
        names = list(labels)
        descriptions = list(names)
    else:
        raise InputError(f"labels is {type(labels).__name__}: expected a list of names.")
    for name, description in zip(names, descriptions, strict=True):
        if not isinstance(name, str) or not isinstance(description, str):
            raise InputError(f"Label {name!r} is no text.")
        if not name.strip() or not description.strip():
            raise InputError("A label is empty.")
    names = [name.strip() for name in names]
    _check_names(names)
    return Labels(names, [text.strip() for text in descriptions])


def _check_names(names: list[str]) -> None:
    limit = settings().max_labels
    if len(names) < 2:
        raise InputError(
            f"There is only one label ({names[0]!r}): name at least two, separated by commas."
            if names
            else "No labels: name at least two, for example sports, politics."
        )
    if len(names) > limit:
        raise InputError(
            f"{len(names):,} labels are more than the limit of {limit:,}. "
            f"To raise it: %config TfWidgets.max_labels = {len(names)}"
        )
    seen: dict[str, str] = {}
    for name in names:
        plain = " ".join(name.casefold().split())
        if plain in seen:
            raise InputError(
                f"The label {name!r} stands there twice."
                if seen[plain] == name
                else f"The labels {seen[plain]!r} and {name!r} differ only in case or space."
            )
        seen[plain] = name


def read_examples(examples: Any) -> dict[str, list[str]] | None:
    """Return example texts by label, from a dict or from a frame with ``text`` and ``label``.

    Raises
    ------
    InputError
        When they are neither, or an example is no text or empty.
    """
    if examples is None:
        return None
    if isinstance(examples, pd.DataFrame):
        lacking = [name for name in ("text", "label") if name not in examples.columns]
        if lacking:
            raise InputError(
                f"A table of examples needs the columns text and label; {lacking[0]!r} is missing."
            )
        rows = examples[["text", "label"]].dropna()
        grouped = rows.groupby("label", sort=False)["text"].apply(list)
        examples = {str(label): texts for label, texts in grouped.items()}
    if not isinstance(examples, Mapping):
        raise InputError(
            f"examples is {type(examples).__name__}: expected a dict, label -> list of texts, "
            "or a table with the columns text and label."
        )
    read: dict[str, list[str]] = {}
    for label, texts in examples.items():
        if not isinstance(texts, Iterable):
            raise InputError(f"The examples of {label!r} are {texts!r}: expected a list of texts.")
        listed = [texts] if isinstance(texts, str) else list(texts)
        for text in listed:
            if not isinstance(text, str) or not text.strip():
                raise InputError(f"An example of {label!r} is {text!r}: expected text.")
        read.setdefault(str(label).strip(), []).extend(listed)
    if not any(read.values()):
        raise InputError("There is no example among the examples.")
    return read


def match_examples(labels: Labels, examples: dict[str, list[str]]) -> list[list[str]]:
    """Return the examples of each label, in column order; empty where a label has none."""
    for label in examples:
        if label not in labels.names:
            raise InputError(
                f"There are examples of {label!r}, which is not among the labels."
                f"{suggest(label, labels.names)}"
            )
    return [examples.get(name, []) for name in labels.names]


def read_templates(template: str | Iterable[str] | None) -> list[str]:
    """Return the templates that turn a label into a text to compare with.

    Raises
    ------
    InputError
        When a template has no ``{}`` for the label.
    """
    if template is None:
        return list(DEFAULT_TEMPLATES)
    templates = [template] if isinstance(template, str) else list(template)
    for text in templates:
        if not isinstance(text, str) or "{}" not in text:
            raise InputError(
                f"The template {text!r} has no {{}} where the label goes, "
                "as in 'This text is about {}.'"
            )
    if not templates:
        raise InputError("The list of templates is empty.")
    return templates
