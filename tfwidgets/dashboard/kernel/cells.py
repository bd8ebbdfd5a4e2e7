"""The end of the running cell, for what nobody else tells that it is over."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tfwidgets.ui.frontend import shell


def at_end_of_cell(end: Callable[[BaseException | None], object]) -> Callable[[], None]:
    """Have ``end`` called with the error of the running cell, or None, when the cell ends.

    Returns
    -------
    Callable
        Takes that back. Where no cell runs in this thread nothing is called.
    """
    terminal, thread = shell(), threading.get_ident()
    if terminal is None:
        return lambda: None
    events = terminal.events

    def over(cell: object) -> None:
        if threading.get_ident() == thread:
            error = getattr(cell, "error_before_exec", None) or getattr(cell, "error_in_exec", None)
            end(error)

    events.register("post_run_cell", over)
    return lambda: events.unregister("post_run_cell", over)
