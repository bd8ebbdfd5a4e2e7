"""What a reader should know about a view."""

from __future__ import annotations

from tfwidgets.ui.strings import Message


def note(key: str, **values: object) -> Message:
    """Return a sentence of the table ``attention-notes``."""
    return Message("attention-notes", key, values)
