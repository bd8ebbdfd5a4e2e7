"""What stands in the columns of a table: texts, classes, numbers, lists."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Literal, TypeGuard

import numpy as np
import pandas as pd

from tfwidgets.errors import InputError, suggest

Kind = Literal["text", "class", "int", "float", "bool", "list", "dict", "other", "empty"]

# Enough to tell what a column holds.
SAMPLE = 1000


def kind(series: Any) -> Kind:
    """Return what a column holds; "text" is running text, "class" other strings."""
    cells = series.dropna()
    if not len(cells):
        return "empty"
    dtype = cells.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "class"
    if pd.api.types.is_bool_dtype(dtype):
        return "bool"
    if pd.api.types.is_integer_dtype(dtype):
        return "int"
    if pd.api.types.is_float_dtype(dtype):
        return "float"
    return _of_cells(cells.head(SAMPLE))


def _of_cells(cells: Any) -> Kind:
    kinds: list[tuple[Any, Kind]] = [
        (str, "class"),
        ((bool, np.bool_), "bool"),
        ((int, np.integer), "int"),
        ((int, float, np.integer, np.floating), "float"),
        ((list, tuple, set, frozenset, np.ndarray), "list"),
        (dict, "dict"),
    ]
    for types, found in kinds:
        if all(isinstance(cell, types) for cell in cells):
            return "text" if found == "class" and _running(cells) else found
    return "other"


def _running(cells: Any) -> bool:
    """Tell running text from names of classes and ids."""
    texts = [str(cell).strip() for cell in cells]
    if len(texts) >= 20 and len(set(texts)) <= max(2, len(texts) // 10):
        return False
    words = float(np.mean([len(text.split()) for text in texts]))
    # Chinese, Japanese and Thai write no spaces.
    unspaced = [len(text) >= 8 and not text.isascii() and len(text.split()) == 1 for text in texts]
    return words >= 3 or float(np.mean(unspaced)) > 0.5


def is_strings(series: Any) -> bool:
    """Tell whether most of the cells that are there are strings: the others are named later."""
    cells = series.dropna().head(SAMPLE)
    return 2 * sum(isinstance(cell, str) for cell in cells) > len(cells)


def is_missing(cell: Any) -> bool:
    """Tell whether a cell is None, NaN, NA or NaT."""
    return cell is None or bool(pd.api.types.is_scalar(cell) and pd.isna(cell))


def is_listlike(value: Any) -> TypeGuard[Sequence[Any]]:
    """Tell whether a value is a sequence of values: no string, no table."""
    if isinstance(
        value, (list, tuple, range, pd.Series, pd.Index, pd.api.extensions.ExtensionArray)
    ):
        return True
    return isinstance(value, np.ndarray) and value.ndim > 0


def need_column(frame: Any, name: str, argument: str) -> None:
    """Refuse a column that the table has not.

    Raises
    ------
    InputError
        With the nearest name and all columns.
    """
    if name not in frame.columns:
        known = [str(column) for column in frame.columns]
        raise InputError(
            f"{argument}={name!r}: the data has no such column.{suggest(name, known)}"
            f" Its columns: {described(frame)}."
        )


def described(frame: Any, limit: int = 12) -> str:
    """Return the columns in words, each with its type and the first value."""
    parts = []
    for name in list(frame.columns)[:limit]:
        cells = frame[name].dropna()
        example = f", {shortened(cells.iloc[0])}" if len(cells) else ", empty"
        parts.append(f"{name} ({frame[name].dtype}{example})")
    more = len(frame.columns) - limit
    return ", ".join(parts) + (f" and {more} more" if more > 0 else "")


def shortened(value: Any, length: int = 30) -> str:
    """Return a value as code, cut where it is long."""
    if isinstance(value, np.generic):
        value = value.item()
    written = repr(value)
    return written if len(written) <= length else f"{written[: length - 1]}…"


def listed(values: Iterable[Hashable], limit: int = 5) -> str:
    """Return the first values as code, and how many more there are."""
    every = list(values)
    more = f" and {len(every) - limit:,} more" if len(every) > limit else ""
    return ", ".join(shortened(value, 60) for value in every[:limit]) + more


def a(value: Any) -> str:
    """Return the type of a value with its article, for a sentence."""
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def first(series: Any) -> Any:
    """Return the first cell that is not missing, or None."""
    cells = series.dropna()
    return cells.iloc[0] if len(cells) else None
