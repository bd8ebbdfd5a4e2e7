"""In which order the models that are here stand in the list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from tfwidgets.hub.query import Sort

if TYPE_CHECKING:
    from tfwidgets.hub.entry import ModelEntry

# What is sorted by, and whether the greatest comes first. The hub alone knows what is trending.
_KEYS: dict[Sort, tuple[str | None, bool]] = {
    "downloads": ("downloads", True),
    "likes": ("likes", True),
    "trending": (None, True),
    "updated": ("updated", True),
    "created": ("created", True),
    "params": ("params", False),
    "size": ("disk_size", False),
}


def ordered(entries: Iterable[ModelEntry], sort: Sort) -> list[ModelEntry]:
    """Sort: what loads without a network first; what is not known last, used lately first."""
    attribute, greatest_first = _KEYS.get(sort, (None, False))

    def key(entry: ModelEntry) -> tuple[bool, bool, float, float, str]:
        value = _measure(getattr(entry, attribute)) if attribute else None
        used = 0.0 if sort == "name" else _measure(entry.used) or 0.0
        signed = 0.0 if value is None else -value if greatest_first else value
        return not entry.cached, value is None, signed, -used, entry.id.casefold()

    return sorted(entries, key=key)


def _measure(value: float | datetime | None) -> float | None:
    return value.timestamp() if isinstance(value, datetime) else value
