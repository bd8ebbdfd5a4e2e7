"""Which kind of classification: one label, several, or a number."""

from __future__ import annotations

import numpy as np

from tfwidgets.errors import InputError
from tfwidgets.train.data.columns.choice import Problem
from tfwidgets.train.data.frames import first, kind, shortened
from tfwidgets.train.data.source import Splits

_MANY_CLASSES = 50
_FEW_ROWS_A_CLASS = 0.1


def problem_of(
    splits: Splits,
    label: str | tuple[str, ...] | None,
    problem: Problem | None,
    multi_label: bool | None,
    *,
    named: bool,
) -> Problem:
    """Return whether rows have one label, several, or a number."""
    if not isinstance(label, str):
        if problem == "regression" or multi_label is False:
            raise InputError("Several columns of labels are for several labels of 0 and 1 each.")
        return "multi"
    series = splits.train[label]
    held = kind(series)
    if held == "empty":
        raise InputError(f"Column {label!r} holds no label at all.")
    if held == "dict":
        raise InputError(f"Column {label!r} holds dicts, and labels are names or numbers.")
    if problem == "regression":
        if held not in ("int", "float"):
            raise InputError(
                f"A regression needs numbers, and column {label!r} holds "
                f"{shortened(first(series))}: convert it, df[{label!r}].astype(float)."
            )
        return "regression"
    if held == "list":
        if multi_label is False:
            raise InputError(
                f"Column {label!r} holds lists, and multi_label=False: choose one label of each, "
                f"for example df[{label!r}].str[0]."
            )
        return "multi"
    if problem == "multi":
        raise InputError(
            f"Several labels for each text need lists, and column {label!r} holds "
            f"{shortened(first(series))}: split it first, for example "
            f"df[{label!r}].str.split('|')."
        )
    cells = series.dropna()
    if held == "float" and not (np.asarray(cells, dtype=float) % 1 == 0).all():
        return "regression"
    if held in ("int", "float") and not named and label not in splits.label_names:
        many = int(cells.nunique())
        if many > max(_MANY_CLASSES, _FEW_ROWS_A_CLASS * len(cells)):
            raise InputError(
                f"Column {label!r} holds {many:,} different numbers in {len(cells):,} rows. To "
                "predict the number: task='regression'. If they are classes: "
                "task='text-classification'."
            )
    if held == "other":
        kinds = sorted({type(cell).__name__ for cell in cells})
        raise InputError(
            f"Column {label!r} holds {' and '.join(kinds)}, and labels are all text or all whole "
            f"numbers: convert them, for example with df[{label!r}].astype(str)."
        )
    return "single"
