"""When a hub that was asked too often may be asked again.

Who is kept waiting is told by ``HubClient.mark``: a hub counts what each person asks.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from threading import Lock

# A hub that says nothing of when; the longest that one is believed.
_UNSAID, _LONGEST = 30.0, 3600.0

_until: dict[str, float] = {}
_lock = Lock()


def rest(mark: str) -> float:
    """Return how many seconds the hub is still to be left alone; 0.0 when it may be asked."""
    with _lock:
        return max(_until.get(mark, 0.0) - time.monotonic(), 0.0)


def block(mark: str, seconds: float) -> None:
    """Leave the hub alone for so long; a longer time that runs already stays."""
    with _lock:
        _until[mark] = max(_until.get(mark, 0.0), time.monotonic() + seconds)


def said(headers: Mapping[str, str]) -> float:
    """Return how many seconds an answer 429 asks to wait for."""
    from huggingface_hub.utils import parse_ratelimit_headers

    told = parse_ratelimit_headers(headers)
    # The header comes with every answer; the limit is the reason only where nothing remains.
    if told is not None and told.remaining == 0:
        seconds = float(told.reset_in_seconds)
    else:
        seconds = _retry_after(headers.get("Retry-After", ""))
    return min(max(seconds, 1.0), _LONGEST)


def _retry_after(text: str) -> float:
    """Read a number of seconds or a date."""
    from datetime import datetime, timezone
    from email.utils import parsedate_to_datetime

    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return _UNSAID
    if when.tzinfo is None:
        when = when.replace(tzinfo=timezone.utc)
    return (when - datetime.now(timezone.utc)).total_seconds()
