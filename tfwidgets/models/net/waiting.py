"""Waiting for what may never come: the work goes into a thread, the caller can leave."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import copy_context
from threading import Event, Lock, Semaphore, Thread
from typing import Generic, TypeVar

T = TypeVar("T")

# How long a caller may go without a look at whether it is still wanted.
_LOOK = 0.05


# Threads that wait for a hub at once. One that was left ends when its request does, at the
# latest when the system gives up to look for the name.
_places = Semaphore(24)


class Cancelled(Exception):
    """Nobody waits for the answer any more."""


class TooLate(Exception):
    """The time for the answer is over."""


def in_thread(
    work: Callable[[], T],
    *,
    cancelled: Event | None = None,
    seconds: float | None = None,
    drop: Callable[[T], object] | None = None,
) -> T:
    """Do the work in a thread of its own, wait for it, and return what it returns or raise.

    A thread cannot be stopped in a system call (the look-up of a name has no time-out), but it
    can be left. It does not keep the process from ending.

    Parameters
    ----------
    work
        What to do.
    cancelled
        Ends the waiting when it is set, at most 0.1 s later. So does Ctrl+C in the main thread.
    seconds
        Longest time to wait.
    drop
        What to do with a result that comes when nobody waits any more.

    Raises
    ------
    Cancelled
        When ``cancelled`` was set first.
    TooLate
        When the time was over first.
    """
    job = _Job(work, drop)
    # The context of the caller, so that the work may tell a page how far it is. A name that
    # debuggers and the tests can tell.
    run = copy_context().run
    Thread(target=run, args=(job.run,), name="tfwidgets-hub", daemon=True).start()
    end = None if seconds is None else time.monotonic() + seconds
    try:
        while True:
            rest = _LOOK if end is None else min(_LOOK, max(end - time.monotonic(), 0))
            if job.done.wait(rest):
                return job.result()
            if cancelled is not None and cancelled.is_set():
                raise Cancelled
            if end is not None and time.monotonic() >= end:
                raise TooLate
    finally:
        job.leave()


def in_place(work: Callable[[], T], seconds: float, drop: Callable[[T], object]) -> T:
    """Do the work as ``in_thread`` does, but in one of few threads; wait for a free one first.

    Raises
    ------
    TooLate
        When the time was over first.
    """
    end = time.monotonic() + seconds

    def held() -> T:
        try:
            return work()
        finally:
            _places.release()

    if not _places.acquire(timeout=seconds):
        raise TooLate
    return in_thread(held, seconds=max(end - time.monotonic(), 0.0), drop=drop)


class _Job(Generic[T]):
    """One work, its outcome, and whether anybody still wants that."""

    def __init__(self, work: Callable[[], T], drop: Callable[[T], object] | None) -> None:
        self.done = Event()
        self._work = work
        self._drop = drop
        self._left = False
        self._lock = Lock()
        self._outcome: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            value = self._work()
        except BaseException as error:  # it is raised where the work is waited for
            self._error = error
        else:
            with self._lock:
                if not self._left:
                    self._outcome.append(value)
            if not self._outcome and self._drop:
                self._drop(value)
        self.done.set()

    def result(self) -> T:
        if (error := self._error) is not None:
            self._error = None
            try:
                raise error
            finally:
                del error  # which holds this frame, which would hold it
        return self._outcome.pop()

    def leave(self) -> None:
        with self._lock:
            self._left = True
            kept, self._outcome = self._outcome, []
        # It came between the last look and the leaving.
        if kept and self._drop:
            self._drop(kept[0])
