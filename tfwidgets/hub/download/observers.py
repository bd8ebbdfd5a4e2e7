"""Who is told how far a download is: in the order in which it happens, at most so often."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Lock, RLock
from typing import Generic, TypeVar

# Seconds between two tellings of how far it is.
INTERVAL = 0.25

_log = logging.getLogger(__name__)

T = TypeVar("T")


class Observers(Generic[T]):
    """Functions that are called with a job, one after the other, whatever thread it is in."""

    def __init__(self, job: T) -> None:
        self._job = job
        self._observers: list[Callable[[T], object]] = []
        self._told = 0.0
        self._ended = False
        self._lock = Lock()
        # Held while they are called, so that nobody hears of the end first. An observer may
        # itself end the job.
        self._telling = RLock()

    def add(self, observer: Callable[[T], object]) -> Callable[[], None]:
        """Call it now and from now on; return what ends that."""
        with self._telling:
            with self._lock:
                self._observers.append(observer)
            self._call(observer)

        def stop() -> None:
            with self._lock:
                if observer in self._observers:
                    self._observers.remove(observer)

        return stop

    def tell(self, *, at_once: bool = False) -> None:
        """Call all, if the last time is a while ago or it is to be known at once."""
        now = time.monotonic()
        if at_once or now - self._told >= INTERVAL:
            self._told = now
            self._call_all(lambda: not self._ended)

    def end(self) -> None:
        """Call all for the last time."""
        self._ended = True
        self._call_all(lambda: True)

    def _call_all(self, wanted: Callable[[], bool]) -> None:
        with self._telling:
            with self._lock:
                observers = list(self._observers)
            for observer in observers:
                if wanted():
                    self._call(observer)

    def _call(self, observer: Callable[[T], object]) -> None:
        try:
            observer(self._job)
        except Exception:
            # A page that was closed is no reason to stop.
            _log.debug("an observer of %r failed", self._job, exc_info=True)
