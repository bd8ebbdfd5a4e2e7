"""How a run was made, as one level of names and values that can be compared and shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def flat_settings(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a run was made as one level of names: ``batch_size``, ``data.rows``, …."""
    found: dict[str, Any] = {}
    settings = facts.get("settings")
    _flatten("", settings if isinstance(settings, Mapping) else {}, found)
    for key in ("epochs", "seed", "device"):
        if facts.get(key) is not None:
            found.setdefault(key, facts[key])
    for key in ("data", "packages"):
        _flatten(key, facts.get(key) or {}, found)
    return found


def _flatten(prefix: str, value: Any, found: dict[str, Any]) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            _flatten(f"{prefix}.{key}" if prefix else str(key), item, found)
    elif isinstance(value, (list, tuple)):
        found[prefix] = ", ".join(as_text(item) for item in value)
    else:
        found[prefix] = value


def as_text(value: Any) -> str:
    """Write the value of a setting."""
    if value is None:
        return "–"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
