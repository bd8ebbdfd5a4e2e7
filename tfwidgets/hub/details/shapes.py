"""Data of unknown shape, from a hub or a card, as what it should be; nothing where it is not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tfwidgets.ui.text import one_line

LONGEST = 200


def text(value: Any, limit: int = LONGEST) -> str | None:
    """Return a text on one line, safe to show."""
    return one_line(value, limit) or None if isinstance(value, str) else None


def texts(value: Any, most: int = 50) -> list[str]:
    """Return the texts of a list; a single text is a list of one."""
    given = [value] if isinstance(value, str) else value if isinstance(value, (list, tuple)) else []
    return [shown for item in given[:most] if (shown := text(item))]


def count(value: Any) -> int | None:
    """Return a number that can be one of things."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if 0 <= value < 2**53 else None


def number(value: Any) -> float | int | None:
    """Return a number that JSON can carry."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if math.isfinite(value) and abs(value) < 2**53 else None


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a mapping, empty where it is none."""
    return value if isinstance(value, Mapping) else {}


def items(value: Any, most: int) -> list[Mapping[str, Any]]:
    """Return the mappings of a list; a mapping alone is a list of one."""
    given = [value] if isinstance(value, Mapping) else value if isinstance(value, list) else []
    return [item for item in given[:most] if isinstance(item, Mapping)]
