"""Work that a person may stop waiting for."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import TypeVar

from tfwidgets.models.net.waiting import Cancelled, in_thread

__all__ = ["Cancelled", "cancellable"]

T = TypeVar("T")


def cancellable(work: Callable[[], T], cancelled: Event) -> T:
    """Do the work in a thread and return what it returns, unless ``cancelled`` is set first.

    Then the thread is left to itself, which no request outlives by more than its time-out.
    In the main thread Ctrl+C ends the waiting, too.

    Raises
    ------
    Cancelled
        At most 0.2 s after ``cancelled`` was set.
    """
    if cancelled.is_set():
        raise Cancelled
    return in_thread(work, cancelled=cancelled)
