"""Small text tables for consoles and for the plain-text side of an output."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import category, east_asian_width


def width(text: str) -> int:
    """Return the number of terminal columns that a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if category(c) in ("Mn", "Me", "Cf") else 2 if east_asian_width(c) in "WF" else 1
        for c in text
    )


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: int = 0) -> str:
    """Align rows under a header; the last ``right`` columns are aligned to the right."""
    widths = [max(width(row[k]) for row in (header, *rows)) for k in range(len(header))]
    first_right = len(header) - right

    def line(row: Sequence[str]) -> str:
        cells = []
        for k, (cell, wide) in enumerate(zip(row, widths, strict=True)):
            gap = " " * (wide - width(cell))
            cells.append(gap + cell if k >= first_right else cell + gap)
        return "  ".join(cells).rstrip()

    return "\n".join(line(row) for row in (header, *rows))
