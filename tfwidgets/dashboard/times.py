"""When a run began and how long it took, as a table has room for it."""

from __future__ import annotations

from datetime import datetime


def moment(started: float) -> str:
    """Write when a run began, by the clock of this place."""
    try:
        return datetime.fromtimestamp(started).astimezone().strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return "–"


def duration(seconds: float) -> str:
    """Write how long a run took: 48 s, 3:12, 1:02:03."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if whole < 60:
        return f"{whole} s"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
