"""What a reader should know of a model, of a place that was looked through, or of a card."""

from __future__ import annotations

from collections.abc import Sequence

from tfwidgets.ui.strings import Message
from tfwidgets.ui.text import one_line

ROOM = "hub-notes"
MOST = 10
_LONGEST = 400


def note(key: str, /, **values: object) -> Message:
    """Return a sentence of the table ``hub-notes``."""
    return Message(ROOM, key, values)


def notes_for_page(messages: Sequence[Message]) -> list[dict[str, str]]:
    """Write the first notes in every language, bounded and safe to show."""
    return [
        {language: one_line(text, _LONGEST) for language, text in message.texts().items()}
        for message in messages[:MOST]
    ]
