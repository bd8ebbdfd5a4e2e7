"""The interrupt button (Ctrl+C in a console) as a polite stop; pressed twice it interrupts."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)


class GracefulInterrupt:
    """From now on the first SIGINT calls a function, the second raises ``KeyboardInterrupt``.

    Works in the main thread alone, where Python handles signals; elsewhere it does nothing,
    and neither does it where SIGINT is ignored on purpose.

    Parameters
    ----------
    on_first
        Called between two instructions of whatever runs: it should only take a note.
    """

    def __init__(self, on_first: Callable[[], None]) -> None:
        self._on_first = on_first
        self._process = os.getpid()
        self._pressed = self._closed = False
        self._before: Any = None
        self.installed = False
        if threading.current_thread() is not threading.main_thread():
            return
        before = signal.getsignal(signal.SIGINT)
        if before in (None, signal.SIG_IGN):  # None: not set from Python, so never to be put back
            return
        self._before = before
        try:
            signal.signal(signal.SIGINT, self._on_signal)
        except ValueError:  # a main thread of a subinterpreter
            return
        self.installed = True

    def close(self) -> None:
        """Put back what was there before. May be called more than once, and in any order."""
        if self._closed:
            return
        self._closed = True
        if not self.installed:
            return
        try:
            if signal.getsignal(signal.SIGINT) == self._on_signal:
                signal.signal(signal.SIGINT, self._next())
        except ValueError:
            log.debug("closed by another thread: SIGINT goes on to what was there before")

    def _next(self) -> Any:
        """Return what handled SIGINT before us and is still open."""
        owner = getattr(self._before, "__self__", None)
        if isinstance(owner, GracefulInterrupt) and owner._closed:
            return owner._next()
        return self._before

    def _on_signal(self, number: int, frame: Any) -> None:
        if self._closed:
            handler = self._next()
            if callable(handler):
                handler(number, frame)
                return
            raise KeyboardInterrupt
        if self._pressed:
            self.close()
            raise KeyboardInterrupt
        self._pressed = True
        # Workers of a data loader are forked with this handler, and a terminal or Jupyter
        # signals them too: they go on until the training has stopped.
        if os.getpid() == self._process:
            try:
                self._on_first()
            except Exception:
                log.exception("the polite stop failed")
                self.close()
                raise KeyboardInterrupt from None
