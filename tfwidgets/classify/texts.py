"""Read texts from what the caller has: a string, a list, a pandas Series or DataFrame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tfwidgets.errors import InputError, suggest


@dataclass(frozen=True)
class Texts:
    """Texts in input order.

    Attributes
    ----------
    values
        The texts as given; None where there was none (None, NaN, NA).
    index
        The pandas index that they came with, or None.
    """

    values: list[str | None]
    index: pd.Index | None

    @property
    def present(self) -> list[int]:
        """Positions of the texts that hold something to read."""
        return [k for k, text in enumerate(self.values) if text and not text.isspace()]


def read_texts(data: Any, column: str | None = None) -> Texts:
    """Return the texts of ``data``.

    Raises
    ------
    InputError
        When there is nothing to read, a value is no text, or the column is not clear.
    """
    index = None
    if isinstance(data, pd.DataFrame):
        name = _column(data, column)
        data = data[name]
        if isinstance(data, pd.DataFrame):
            raise InputError(f"The table has several columns {name!r}: rename one of them.")
    elif column is not None:
        raise InputError(f"column={column!r} goes with a DataFrame, not with {_kind(data)}.")
    if isinstance(data, pd.Series):
        index = data.index
    elif isinstance(data, str):
        data = [data]
    elif isinstance(data, (bytes, dict)) or not isinstance(data, Iterable):
        raise InputError(
            f"texts is {_kind(data)}: expected a string, a list of strings or a table."
        )
    values = [_text(value, position) for position, value in enumerate(data)]
    if not values:
        raise InputError("There are no texts to classify.")
    return Texts(values, index)


def _column(frame: pd.DataFrame, column: str | None) -> Any:
    if column is not None:
        if column not in frame.columns:
            known = [str(name) for name in frame.columns]
            raise InputError(
                f"The table has no column {column!r}.{suggest(str(column), known)}"
                f" Its columns: {_named(known)}."
            )
        return column
    textual = [name for name in frame.columns if _looks_textual(frame[name])]
    if len(textual) != 1:
        known = textual or list(frame.columns)
        raise InputError(f"Which column holds the texts? Pass column=, one of: {_named(known)}.")
    return textual[0]


def _looks_textual(series: Any) -> bool:
    if not isinstance(series, pd.Series):  # a column name that stands twice
        return False
    return bool(pd.api.types.is_string_dtype(series.dropna()))


def _text(value: Any, position: int) -> str | None:
    if isinstance(value, str):
        return str(value)
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    raise InputError(f"Text {position + 1} is {_kind(value)}: expected text. {_advice(value)}")


def _advice(value: Any) -> str:
    if isinstance(value, (bytes, bytearray)):
        return "Decode it first, for example with .decode()."
    if isinstance(value, Iterable):
        return "Pass one flat list of strings."
    return "Convert numbers first, for example with .astype(str) or str(x)."


def _kind(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float, complex)):
        name = type(value).__name__
        return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
    return f"a number ({type(value).__name__})"


def _named(names: Sequence[Any], limit: int = 8) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(str(name) for name in names[:limit]) + more
