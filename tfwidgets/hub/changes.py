"""Who hears that models came into the hub's cache, or went from it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock

log = logging.getLogger(__name__)

_lock = Lock()
_observers: list[Callable[[], object]] = []


def observe(callback: Callable[[], object]) -> None:
    """Call back from now on, in whatever thread made the change."""
    with _lock:
        _observers.append(callback)


def tell() -> None:
    """Say that the cache holds other models than before."""
    with _lock:
        observers = list(_observers)
    for callback in observers:
        _call(callback)


def _call(callback: Callable[[], object]) -> None:
    try:
        callback()
    except Exception:  # who looks on is no concern of who downloads or deletes
        log.exception("an observer of the cached models failed")
