"""Which rows are for validation: a share, a column, positions, a mask, or other data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tfwidgets.errors import InputError
from tfwidgets.train.data.frames import a, is_listlike, kind, listed, need_column
from tfwidgets.train.data.names import LABEL_NAMES
from tfwidgets.train.data.source.forms import is_file, read_table
from tfwidgets.train.data.source.named import as_splits
from tfwidgets.train.data.source.table import Table

NEED_VALID = (
    "a validation set is needed, to see what is learnt and not just remembered. Pass a share "
    "(valid=0.2), a second table, the name of a boolean column or of a split, row positions, or a "
    "boolean mask."
)


def choose_validation(
    valid: Any,
    data: Any,
    table: Table,
    label: str | tuple[str, ...] | None,
    stratify: bool | None,
    seed: int | None,
) -> tuple[Table | None, np.ndarray]:
    """Return data for validation, or a mask (bool, one per row) of what is taken from ``table``."""
    n = len(table.frame)
    nobody = np.zeros(n, dtype=bool)
    if valid is None or isinstance(valid, (bool, np.bool_)) or _is_zero(valid):
        raise InputError(f"valid={valid!r}: {NEED_VALID}")
    if isinstance(valid, (int, float, np.number)):
        share = float(valid)
        if not 0 < share < 1:
            raise InputError(f"valid={valid!r} is no share between 0 and 1: {NEED_VALID}")
        if n < 2:
            raise InputError("The data has a single row: at least two are needed, one to validate.")
        return None, _share(table.frame, share, label, stratify, seed)
    if isinstance(valid, str) and not is_file(valid):
        need_column(table.frame, valid, "valid")
        return None, _flags(table.frame[valid], f"Column {valid!r}")
    if isinstance(valid, (str, Path)):
        return read_table(valid, None), nobody
    if is_listlike(valid) and not _is_texts(valid):
        return None, _rows(valid, data, n)
    parts = as_splits(valid)
    if parts is not None:
        raise InputError(f"valid holds several splits ({listed(parts)}): pass one of them.")
    return read_table(valid, None), nobody


def _is_zero(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and value == 0


def _is_texts(values: Any) -> bool:
    """Tell data from positions and masks."""
    if isinstance(values, np.ndarray) and values.ndim > 1:
        return True
    every = list(values)
    return bool(every) and not isinstance(every[0], (bool, int, float, np.number, np.bool_))


def _rows(valid: Any, data: Any, n: int) -> np.ndarray:
    """Return a mask from a mask or from positions."""
    if (
        isinstance(valid, pd.Series)
        and isinstance(data, pd.DataFrame)
        and pd.api.types.is_bool_dtype(valid)
        and not valid.index.equals(data.index)
    ):
        raise InputError(
            "valid is a Series whose index is not that of the data: make it from the same "
            "table, or pass valid.to_numpy() if it is in the same order."
        )
    values = pd.Series(list(valid))
    if not len(values):
        raise InputError(f"valid is empty: {NEED_VALID}")
    if kind(values) == "bool" and not values.isna().any():
        if len(values) != n:
            raise InputError(f"valid is a mask of {len(values):,}, and the data has {n:,} rows.")
        return np.asarray(values, dtype=bool)
    if kind(values) != "int" or values.isna().any():
        raise InputError(
            f"valid is {a(valid)}, of neither row positions (whole numbers) nor booleans: "
            f"{NEED_VALID}"
        )
    positions = np.asarray(values, dtype=np.int64)
    outside = positions[(positions < 0) | (positions >= n)]
    if len(outside):
        raise InputError(
            f"valid names row {outside[0]}, and the data has {n:,} rows, counted from 0."
        )
    mask = np.zeros(n, dtype=bool)
    mask[positions] = True
    return mask


def _flags(series: Any, what: str) -> np.ndarray:
    if series.isna().any():
        raise InputError(f"{what} has {int(series.isna().sum()):,} missing values.")
    if kind(series) == "bool" or (
        kind(series) in ("int", "float") and set(series.unique()) <= {0, 1}
    ):
        return np.asarray(series, dtype=bool)
    value = series.iloc[-1]
    raise InputError(
        f"{what} is not boolean ({series.dtype}), as valid= needs it: true for validation. "
        f"Pass a mask, for example valid=df[{series.name!r}] == {value!r}."
    )


def _share(
    frame: Any,
    share: float,
    label: str | tuple[str, ...] | None,
    stratify: bool | None,
    seed: int | None,
) -> np.ndarray:
    """Choose a share of the rows at random, in the proportions of the classes if there are any."""
    n = len(frame)
    wanted = min(max(round(n * share), 1), n - 1)
    random = np.random.default_rng(seed)
    mask = np.zeros(n, dtype=bool)
    classes = _classes(frame, label, stratify)
    if classes is None:
        mask[random.permutation(n)[:wanted]] = True
        return mask
    sizes = np.bincount(classes)
    exact = sizes * (wanted / n)
    # One row of each class stays in training: a class that is never seen cannot be learnt.
    most = sizes - 1
    taken = np.minimum(np.floor(exact).astype(int), most)
    shuffled = random.permutation(len(sizes))
    order = shuffled[np.argsort(-(exact - np.floor(exact))[shuffled], kind="stable")]
    while taken.sum() < wanted and (taken < most).any():
        for k in order[taken[order] < most[order]][: wanted - taken.sum()]:
            taken[k] += 1
    for k, many in enumerate(taken):
        mask[random.permutation(np.flatnonzero(classes == k))[:many]] = True
    return mask


def _classes(frame: Any, label: Any, stratify: bool | None) -> np.ndarray | None:
    """Return the class of each row as an id, or None where there are none to keep apart."""
    if stratify is False:
        return None
    found = label if isinstance(label, str) else None
    if found is None and label is None:
        known = [name for name in frame.columns if name.lower() in LABEL_NAMES]
        found = min(known, key=lambda name: LABEL_NAMES.index(name.lower()), default=None)
    why = "the data has no column of labels: name it, label="
    if found is not None:
        series = frame[found]
        why = f"column {found!r} holds no classes"
        held = kind(series)
        whole = held == "float" and bool((series.dropna() % 1 == 0).all())
        if held in ("class", "text", "int", "bool") or whole:
            ids = pd.factorize(series, use_na_sentinel=False)[0]
            sizes = np.bincount(ids)
            # Where most values occur once, they are no classes.
            if len(sizes) > 1 and (sizes > 1).any() and len(sizes) <= len(frame) / 2:
                return np.asarray(ids)
    if stratify:
        raise InputError(f"stratify=True: {why}. Leave it out for a split by chance.")
    return None
