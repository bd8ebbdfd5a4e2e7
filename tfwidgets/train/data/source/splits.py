"""Any data as two tables: one to train on, one to validate on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from tfwidgets.errors import InputError
from tfwidgets.train.data.frames import described, kind, listed, need_column
from tfwidgets.train.data.source.forms import labels_beside, read_table
from tfwidgets.train.data.source.named import as_splits, train_and_valid
from tfwidgets.train.data.source.table import Table
from tfwidgets.train.data.source.validation import NEED_VALID, choose_validation
from tfwidgets.ui.strings import Message

Part = Literal["train", "valid"]


@dataclass(frozen=True)
class Splits:
    """What is trained on and what is validated on.

    Attributes
    ----------
    train, valid
        The rows, each with an index from 0; all names of columns are strings.
    label_names
        By column: names of the classes, where the data told them (datasets' ClassLabel).
    source
        Where the data came from, in a few words.
    train_rows, valid_rows
        Positions (int, from 0) of the rows in the data that the caller gave.
    separate
        Whether the validation rows came from data of their own and are counted there.
    text, label
        Columns which the caller named, or which lists were read into.
    notes
        What a reader should know.
    """

    train: pd.DataFrame
    valid: pd.DataFrame
    label_names: dict[str, list[str]]
    source: str
    train_rows: np.ndarray
    valid_rows: np.ndarray
    separate: bool = False
    text: tuple[str, ...] | None = None
    label: str | tuple[str, ...] | None = None
    notes: list[Message] = field(default_factory=list)

    def part(self, part: Part) -> pd.DataFrame:
        """Return one of the two tables."""
        return self.train if part == "train" else self.valid

    def where(self, part: Part, position: int) -> str:
        """Return how the caller counts a row: "row 17", "row 3 of the validation data"."""
        rows = self.train_rows if part == "train" else self.valid_rows
        whose = " of the validation data" if part == "valid" and self.separate else ""
        return f"row {int(rows[position])}{whose}"


def read_splits(
    data: Any,
    *,
    valid: Any = 0.2,
    text: str | Iterable[str] | None = None,
    label: Any = None,
    stratify: bool | None = None,
    seed: int | None = 42,
) -> Splits:
    """Read data and choose what is validated on.

    Parameters
    ----------
    data
        A DataFrame; a ``datasets.Dataset`` or ``DatasetDict``; a dict of columns, or of splits;
        a list of texts, of (text, label), of (text, text, label) or of dicts; a tuple of two
        lists (texts, labels) where a text may be a pair; a path to a CSV, TSV, JSON lines or
        Parquet file. Lists become the columns text, text_b, label (tokens and tags where the
        texts are lists of words).
    valid
        A share (0 to 1) of the rows; data of the same forms; the name of a boolean column (true
        means validation) or of a split; row positions from 0; a boolean mask. Data in splits
        that has one for validation is validated on that, whatever the share.
    text, label
        Names of columns, if known. With a list of texts, ``label`` is the list of labels.
    stratify
        Whether a share keeps the proportions of the classes; by default where there are classes.
    seed
        Of the random choice of rows; None for another one each time.

    Raises
    ------
    InputError
        When the data is of no known form, has no rows, or cannot be split as asked.

    Notes
    -----
    A class with a single row stays in training when a share is stratified.
    """
    names = column_names(text)
    label = str(label) if isinstance(label, int) else label
    parts = as_splits(data)
    if parts is not None:
        main, valid = train_and_valid(parts, valid)
    else:
        main = data
    table = read_table(main, labels_beside(main, label))
    if not len(table.frame) or not len(table.frame.columns):
        raise InputError(f"The data has no {'columns' if len(table.frame) else 'rows'}.")
    chosen = table.label or _label_names(label, table.frame)
    if isinstance(chosen, str):
        need_column(table.frame, chosen, "label")
    for name in names or ():
        need_column(table.frame, name, "text")
    names = names or table.text
    other, mask = choose_validation(valid, main, table, chosen, stratify, seed)
    if other is not None:
        return _two(table, other, names, chosen)
    frame = table.frame
    if isinstance(valid, str):
        frame = frame.drop(columns=valid)
    rows = np.flatnonzero(~mask), np.flatnonzero(mask)
    _need_both(*map(len, rows))
    train, held = (frame.iloc[positions].reset_index(drop=True) for positions in rows)
    notes = _leak(train, held, names, chosen)
    return Splits(train, held, table.label_names, table.source, *rows, False, names, chosen, notes)


def _two(
    table: Table,
    other: Table,
    names: tuple[str, ...] | None,
    chosen: str | tuple[str, ...] | None,
) -> Splits:
    """Return the splits of data that came as two tables."""
    train, held = table.frame, other.frame
    _need_both(len(train), len(held))
    if not set(train.columns) & set(held.columns):
        raise InputError(
            "The validation data shares no column with the training data. "
            f"Its columns: {described(held)}. Those of training: {described(train)}."
        )
    for column, known in table.label_names.items():
        also = other.label_names.get(column, known)
        if also != known:
            raise InputError(
                f"Column {column!r} numbers its labels differently in training ({listed(known)}) "
                f"and validation ({listed(also)}): cast one to the other's ClassLabel."
            )
    notes = _leak(train, held, names, chosen)
    rows = np.arange(len(train)), np.arange(len(held))
    named = {**other.label_names, **table.label_names}
    return Splits(train, held, named, table.source, *rows, True, names, chosen, notes)


def _need_both(train: int, valid: int) -> None:
    if not valid:
        raise InputError(f"The validation data has no rows: {NEED_VALID}")
    if not train:
        raise InputError("All rows are for validation: none are left to train on.")


def column_names(text: Any) -> tuple[str, ...] | None:
    """Return the one or two columns that ``text=`` names; all names are strings here.

    Raises
    ------
    InputError
        When it names none, more than two, or one twice.
    """
    if text is None:
        return None
    names = tuple(text) if isinstance(text, Iterable) and not isinstance(text, str) else (text,)
    if len(names) not in (1, 2) or not all(isinstance(name, (str, int)) for name in names):
        raise InputError(
            f"text={text!r}: expected the name of a column, or two for pairs of texts."
        )
    if len(set(names)) < len(names):
        raise InputError(f"text={text!r} names a column twice.")
    return tuple(str(name) for name in names)


def _label_names(label: Any, frame: Any) -> str | tuple[str, ...] | None:
    if label is None or isinstance(label, str):
        return label
    names = tuple(str(name) for name in label)
    for name in names[:20]:
        need_column(frame, name, "label")
    return names if len(names) != 1 else names[0]


def _leak(
    train: Any, valid: Any, names: tuple[str, ...] | None, label: str | tuple[str, ...] | None
) -> list[Message]:
    """Note how many validation texts are in training, too."""
    if names is None:
        aside = {label} if isinstance(label, str) else set(label or ())
        names = tuple(
            name for name in train.columns if name not in aside and kind(train[name]) == "text"
        )
    names = tuple(name for name in names if name in train.columns and name in valid.columns)
    if not names:
        return []
    seen = set(_keys(train, names))
    n = sum(key in seen for key in _keys(valid, names))
    if not n:
        return []
    return [Message("train-notes", "leak", {"n": n, "total": len(valid)})]


def _keys(frame: Any, names: tuple[str, ...]) -> Iterable[tuple[Any, ...]]:
    columns = (frame[name].tolist() for name in names)
    for cells in zip(*columns, strict=True):
        yield tuple(tuple(cell) if isinstance(cell, list) else str(cell) for cell in cells)
