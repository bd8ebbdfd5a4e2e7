"""Lists of texts, of tuples and of dicts as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from tfwidgets.errors import InputError
from tfwidgets.train.data.frames import a, is_listlike, is_missing
from tfwidgets.train.data.source.table import Table, column, table_of


def read_list(rows: list[Any], labels: Any) -> Table:
    """Read texts, tuples or dicts; ``labels`` are those of texts, or None."""
    if not rows:
        raise InputError("The data has no rows.")
    first = rows[0]
    if isinstance(first, Mapping):
        return _records(rows)
    if isinstance(first, str) or is_missing(first):
        made = {"text": _all(rows, str, "a text")}
        names: tuple[str, ...] = ("text",)
    elif isinstance(first, (list, tuple, np.ndarray)):
        made, names = _tuples(rows, labelled=labels is not None)
    else:
        raise InputError(f"Row 0 is {a(first)}: expected a text, a tuple or a dict.")
    if labels is not None:
        target = "tags" if names == ("tokens",) else "label"
        labels = list(labels)
        if len(labels) != len(rows):
            raise InputError(f"There are {len(rows):,} texts and {len(labels):,} labels.")
        made[target] = labels
    label = next((name for name in ("label", "tags") if name in made), None)
    frame = pd.DataFrame({name: column(values) for name, values in made.items()})
    return Table(table_of(frame, "lists").frame, "lists", {}, names, label)


def is_texts_and_labels(data: tuple[Any, ...]) -> bool:
    """Tell (texts, labels) from a tuple of rows."""
    if not data or not all(is_listlike(part) and not isinstance(part, tuple) for part in data):
        return False
    if len(data) == 3:
        raise InputError(
            "data is a tuple of three lists: for pairs pass (list(zip(a, b)), labels)."
        )
    return len(data) == 2


def _all(rows: list[Any], types: Any, what: str) -> list[Any]:
    for k, row in enumerate(rows):
        if not isinstance(row, types) and not is_missing(row):
            raise InputError(f"Row {k} is {a(row)}, and the first row is {what}.")
    return rows


def _records(rows: list[Any]) -> Table:
    for k, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise InputError(f"Row {k} is {a(row)}, and the first row is a dict.")
    names = list(dict.fromkeys(name for row in rows for name in row))
    made = {str(name): column([row.get(name) for row in rows]) for name in names}
    return table_of(pd.DataFrame(made), "a list of dicts")


def _tuples(rows: list[Any], *, labelled: bool) -> tuple[dict[str, list[Any]], tuple[str, ...]]:
    """Return columns of rows that are tuples, and the names of those with texts."""
    first = rows[0]
    _all(rows, (list, tuple, np.ndarray), f"{a(first)}")
    if labelled and isinstance(first, list) and all(isinstance(word, str) for word in first):
        return {"tokens": [list(row) for row in rows]}, ("tokens",)
    width = len(first)
    for k, row in enumerate(rows):
        if row is None or len(row) != width:
            there = "None" if row is None else f"of {len(row)}"
            raise InputError(f"Row {k} is {there}, and the first row is of {width} values.")
    texts = width if labelled else width - 1
    if texts not in (1, 2):
        expected = (
            "(text, text) with label=" if labelled else "(text, label) or (text, text, label)"
        )
        raise InputError(f"Row 0 is of {width} values: expected {expected}.")
    if texts == 1 and not labelled and not is_listlike(first[1]) and _are_pairs(rows):
        rows = [(*(row[0] if is_listlike(row[0]) else (None, None)), row[1]) for row in rows]
        texts = 2
    if texts == 1 and is_listlike(first[0]):
        names: tuple[str, ...] = ("tokens",)
    else:
        names = ("text", "text_b")[:texts]
    target = () if labelled else ("tags" if names == ("tokens",) else "label",)
    made = {name: [row[k] for row in rows] for k, name in enumerate((*names, *target))}
    return made, names


def _are_pairs(rows: list[Any]) -> bool:
    """Whether rows begin with two texts each: lists of words differ in length."""

    def is_pair(cell: Any) -> bool:
        return (
            is_listlike(cell)
            and len(cell) == 2
            and all(isinstance(text, str) or is_missing(text) for text in cell)
        )

    given = [row[0] for row in rows if not is_missing(row[0])]
    return bool(given) and all(map(is_pair, given))
