"""Variables of the notebook, by name: ``df``, ``df.text``, ``df["the text"]``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from tfwidgets.errors import InputError, suggest

_PATH = re.compile(
    r"""^(?P<name>[^\W\d]\w*)(?:\.(?P<attribute>[^\W\d]\w*)|\[(?P<quote>["'])(?P<key>.*)(?P=quote)\])?$"""
)


def look_up(path: str, namespace: Mapping[str, Any]) -> Any:
    """Return what ``NAME``, ``NAME.column`` or ``NAME["column"]`` stands for.

    Raises
    ------
    InputError
        When it is written otherwise, or there is no such variable or column.
    """
    match = _PATH.match(path.strip())
    if match is None:
        raise InputError(
            f'{path} is no variable: write a name, name.column or name["column"]. '
            "For anything longer, assign it to a variable first."
        )
    name = match["name"]
    if name not in namespace:
        near = suggest(name, [known for known in namespace if not known.startswith("_")])
        raise InputError(f"There is no variable {name!r}.{near}")
    value, column = namespace[name], match["attribute"] or match["key"]
    if column is None:
        return value
    try:
        return value[column]
    except (KeyError, IndexError, TypeError):
        if match["attribute"] and hasattr(value, column):
            return getattr(value, column)
    columns = columns_of(value) or [str(known) for known in _keys(value)]
    listed = f" It has: {', '.join(columns[:8])}." if columns else ""
    raise InputError(f"{name} has no column {column!r}.{suggest(column, columns)}{listed}")


def fitting(kind: str, namespace: Mapping[str, Any]) -> Iterator[str]:
    """Yield the variables that could be ``"texts"``, ``"labels"``, ``"examples"``, ``"model"``."""
    for name, value in list(namespace.items()):
        if not name.startswith("_") and name not in ("In", "Out") and _fits(kind, value):
            yield name


def columns_of(value: Any) -> list[str]:
    """Return the names of a table's columns."""
    return [str(name) for name in value.columns] if _is_table(value) else []


def _fits(kind: str, value: Any) -> bool:
    if kind == "model":
        # Asked of the class: a learner hands on what it does not know to its model.
        made = type(value)
        makes = any(hasattr(made, name) for name in ("to_loaded_model", "to_choice"))
        return makes or made.__name__ == "LoadedModel"
    if kind == "examples":
        return isinstance(value, dict) or _is_table(value)
    if kind == "labels":
        return _strings(value) or (isinstance(value, dict) and _strings(list(value)))
    if kind == "chats" and _messages(value):
        return True
    return isinstance(value, str) or _strings(value) or _is_table(value) or _is_series(value)


def _strings(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and isinstance(value[0], str)


def _messages(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _keys(value: Any) -> list[Any]:
    return list(value) if isinstance(value, dict) else []


def _is_table(value: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def _is_series(value: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.Series)
