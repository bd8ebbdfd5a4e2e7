"""Counts and sizes as a table has room for them, in the units of the field."""

from __future__ import annotations

from tfwidgets.ui.strings import Language

_COUNTS = ("", "k", "M", "B", "T")
_SIZES = ("B", "kB", "MB", "GB", "TB")


def short_count(value: int, language: Language = "en") -> str:
    """Write a count with three digits at most: ``950``, ``22.7 M``, ``7 B``."""
    return _scaled(value, _COUNTS, language)


def short_size(value: int, language: Language = "en") -> str:
    """Write a number of bytes, a thousand to a kilobyte as the Hub counts: ``438 MB``."""
    return _scaled(value, _SIZES, language)


def _scaled(value: int, units: tuple[str, ...], language: Language) -> str:
    scale, last = 0, len(units) - 1
    amount = float(value)
    # 999.6 would be written as a thousand of its unit.
    while abs(amount) >= 999.5 and scale < last:
        amount, scale = amount / 1000, scale + 1
    written = f"{amount:.1f}" if scale and abs(amount) < 99.95 else f"{amount:.0f}"
    written = written.removesuffix(".0")
    if language == "de":
        written = written.replace(".", ",")
    return f"{written}\N{NO-BREAK SPACE}{units[scale]}".rstrip()
