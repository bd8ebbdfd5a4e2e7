"""Data that comes in splits with names: train, validation, test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfwidgets.errors import InputError, suggest
from tfwidgets.train.data.frames import listed
from tfwidgets.train.data.source.forms import is_file, is_table, no_stream, read_table

TRAIN = ("train", "training")
# In the order in which they are looked for.
VALID = ("validation", "valid", "val", "dev", "eval", "test", "testing")


def as_splits(data: Any) -> Mapping[str, Any] | None:
    """Return data as a mapping from split to data, where it is one."""
    if not isinstance(data, Mapping) or not data:
        return None
    no_stream(data)
    known = {*TRAIN, *VALID}
    keys = {str(key).lower() for key in data}
    tables = all(is_table(value) for value in data.values())
    if tables or (keys & set(TRAIN) and keys <= known):
        return {str(key): value for key, value in data.items()}
    return None


def train_and_valid(parts: Mapping[str, Any], valid: Any) -> tuple[Any, Any]:
    """Return the data to train on, and ``valid`` with the name of a split resolved."""
    by_name = {name.lower(): name for name in reversed(list(parts))}
    trains = [by_name[name] for name in TRAIN if name in by_name]
    if not trains and len(parts) > 1:
        raise InputError(
            f"Which split is to be trained on? None of {listed(parts)} is called 'train': "
            "pass one of them as data and another as valid=."
        )
    train = trains[0] if trains else next(iter(parts))
    if isinstance(valid, str) and not is_file(valid):
        if valid in parts and valid != train:
            return parts[train], parts[valid]
        if valid == train:
            raise InputError(f"valid={valid!r} is the split that is trained on.")
        columns = [str(name) for name in read_table(parts[train], None).frame.columns]
        if valid not in columns:
            raise InputError(
                f"valid={valid!r} is no split.{suggest(valid, parts)} There are: {listed(parts)}."
            )
    elif valid is None or (isinstance(valid, float) and 0 < valid < 1):
        held = [by_name[name] for name in VALID if name in by_name and by_name[name] != train]
        return parts[train], parts[held[0]] if held else valid
    return parts[train], valid
