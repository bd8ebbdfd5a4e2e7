"""What an alert says, and what to try, with numbers as the language writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfwidgets.dashboard.drawing.scales import written
from tfwidgets.ui.strings import Language, current_language, table, translate
from tfwidgets.ui.text import one_line

_NOTES, _LONGEST = "dashboard-notes", 60


def alert_texts(event: Mapping[str, Any], language: Language | None = None) -> tuple[str, str]:
    """Return what an alert says, and what to try."""
    language = language or current_language()
    key = f"alert-{event['alert']}"
    if key not in table(_NOTES):  # written by another version
        return str(event["alert"]), ""
    values = _values(event.get("values") or {}, language)
    try:
        return (
            translate(_NOTES, key, language, **values),
            translate(_NOTES, f"{key}-try", language, **values),
        )
    except KeyError:
        return str(event["alert"]), ""


def _values(values: Mapping[str, Any], language: Language) -> dict[str, Any]:
    return {
        name: written(value, language, digits=3)
        if isinstance(value, float)
        else one_line(value, _LONGEST)
        if isinstance(value, str)
        else value
        for name, value in values.items()
    }
