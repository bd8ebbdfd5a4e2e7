"""A table in its canonical form: names of columns are strings, rows have an index from 0."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from tfwidgets.errors import InputError
from tfwidgets.train.data.frames import kind


@dataclass(frozen=True)
class Table:
    """Data in its canonical form."""

    frame: pd.DataFrame
    source: str
    label_names: dict[str, list[str]] = field(default_factory=dict)
    text: tuple[str, ...] | None = None
    label: str | None = None


def table_of(frame: Any, source: str) -> Table:
    """Return a DataFrame in its canonical form, arrays as lists, a column for each language."""
    if frame.columns.nlevels > 1:
        raise InputError("The columns have several levels: flatten them first.")
    frame = frame.copy(deep=False)
    frame.columns = [str(name) for name in frame.columns]
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise InputError(f"The table has several columns {twice[0]!r}: rename one of them.")
    frame = frame.reset_index(drop=True)
    for name in frame.columns:
        if frame[name].dtype == object and kind(frame[name]) in ("list", "dict"):
            frame[name] = pd.Series(list(map(_plain, frame[name])), dtype=object)
    return Table(_languages(frame), source)


def column(values: Any) -> Any:
    """Return a column; cells that are lists stay whole."""
    if isinstance(values, pd.Series):
        return values.reset_index(drop=True)
    values = list(values)
    if any(isinstance(value, (list, tuple, set, dict, np.ndarray)) for value in values):
        return pd.Series(values, dtype=object)
    try:
        return pd.Series(values, dtype=object if not values else None)
    except UnicodeEncodeError:  # a lone surrogate, which Arrow's strings cannot hold
        return pd.Series(values, dtype=object)


def _plain(value: Any) -> Any:
    """Return arrays, also those inside dicts, as lists."""
    if isinstance(value, np.ndarray):
        return [_plain(part) for part in value.tolist()]
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return value


def _languages(frame: Any) -> Any:
    """Give each language of a column of translations a column of its own."""
    if "translation" not in frame.columns or kind(frame["translation"]) != "dict":
        return frame
    cells = frame["translation"]
    codes = list(dict.fromkeys(key for cell in cells if isinstance(cell, dict) for key in cell))
    if set(codes) & set(frame.columns):
        return frame
    made = {
        code: [cell.get(code) if isinstance(cell, dict) else None for cell in cells]
        for code in codes
    }
    return pd.concat([frame.drop(columns="translation"), pd.DataFrame(made)], axis=1)
