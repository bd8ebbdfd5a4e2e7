"""Text from outside, made safe to show, send and print."""

from __future__ import annotations

import re

# Persian, Indic scripts and emoji are spelled with these invisible characters.
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def printable(text: str) -> str:
    """Replace lone surrogates, which no UTF-8 message can carry, by U+FFFD."""
    if text.isascii():
        return text
    return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def clip(text: str, limit: int) -> str:
    """Cut to ``limit`` characters, an ellipsis included where something was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def one_line(text: str, limit: int) -> str:
    """Return the beginning of a text on one line, without control characters."""
    head = " ".join(printable(text[: 4 * limit]).split())
    shown = "".join(
        c if c.isprintable() or c in _JOINERS else "\N{REPLACEMENT CHARACTER}" for c in head
    )
    return clip(shown if len(text) <= 4 * limit else shown + "…", limit)
