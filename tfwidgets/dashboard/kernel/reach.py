"""Open every way by which a reader reaches the training that begins, and close them after it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from tfwidgets.dashboard.kernel.cells import at_end_of_cell
from tfwidgets.dashboard.kernel.interrupts import GracefulInterrupt
from tfwidgets.dashboard.session import Session
from tfwidgets.ui.frontend import shell

log = logging.getLogger(__name__)


class Reach:
    """The open ways to a session; ``open`` makes it, ``close`` puts back what was before.

    In the main thread of a kernel these are its queue of messages and its interrupt button, in
    a script or a console Ctrl+C, in other threads nothing: there the kernel is free.
    """

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    @classmethod
    def open(cls, session: Session, *, interrupt: bool = True) -> Reach:
        """Let a session be reached by the running cell. Never raises.

        Parameters
        ----------
        session
            Its ``pump`` is set where messages have to be fetched.
        interrupt
            Whether the first interrupt submits ``stop`` instead of interrupting.
        """
        reach = cls()
        if threading.current_thread() is not threading.main_thread():
            return reach
        try:
            if interrupt:
                reach._interrupt(session)
            reach._pump(session)
        except Exception:
            log.exception("the running training may hear of clicks late")
        return reach

    def close(self) -> None:
        """Close all ways. Never raises, and may be called more than once."""
        undo, self._undo = self._undo[::-1], []
        for put_back in undo:
            _try(put_back)

    def _interrupt(self, session: Session) -> None:
        interrupt = GracefulInterrupt(lambda: session.submit("stop", by="interrupt"))
        self._undo.append(interrupt.close)

    def _pump(self, session: Session) -> None:
        terminal = shell()
        kernel = getattr(terminal, "kernel", None)
        if terminal is None or kernel is None:
            return
        # pyzmq is there where a kernel is.
        from tfwidgets.dashboard.kernel.drain import ShellDrain

        drain = ShellDrain.of(kernel)
        if drain is None:
            return
        session.pump = drain.poll
        self._undo += [drain.close, lambda: setattr(session, "pump", None)]
        # At the end of the cell at the latest: what waits must not be lost.
        self._undo.append(at_end_of_cell(lambda _: self.close()))


def _try(put_back: Callable[[], None]) -> None:
    try:
        put_back()
    except Exception:
        log.exception("a way to the training could not be closed")
