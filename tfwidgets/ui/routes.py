"""Let a widget's messages reach the kernel while a cell runs, where the front end can do that.

JupyterLab sends what widgets say to a subshell: a thread of the kernel that is free while the
main one computes. Two things of the kernel stand in the way, both undone for one comm.
"""

from __future__ import annotations

import logging
from typing import Any

log = logging.getLogger(__name__)


def honour_subshells(widget_or_comm: Any) -> None:
    """Have a comm's messages handled in the thread that the front end chose for them.

    To be called once for each comm, before or while it is used. From then on the handler runs
    in a subshell's thread while a cell runs, so it must not touch what that cell works on; and
    IPython's ``pre_execute`` and ``post_execute`` are not triggered around it. Does nothing where
    a comm has no such thing (older kernels, no kernel), and never raises.

    Parameters
    ----------
    widget_or_comm
        A comm, or an ipywidgets widget with one.
    """
    try:
        comm = getattr(widget_or_comm, "comm", widget_or_comm)
        if comm is not None:
            _keep_route(comm)
            _take_over(comm)
    except Exception:
        log.exception("messages of %r may wait until the cell has ended", widget_or_comm)


def _keep_route(comm: Any) -> None:
    # ipykernel 7.4 sends messages to the thread which last wrote to the comm, whatever the front
    # end asked for: for a widget that the running cell writes to, that is the busy one.
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = _as_asked


def _as_asked(_: Any, default: str | None) -> str | None:
    return default


def _take_over(comm: Any) -> None:
    # A comm triggers post_execute after each message. In the middle of a cell matplotlib would
    # then show and close the figures of that cell as outputs of the message, which nobody sees.
    if hasattr(comm, "_msg_callback") and hasattr(comm, "handle_msg"):

        def handle(message: dict[str, Any]) -> None:
            if comm._msg_callback is not None:
                comm._msg_callback(message)

        comm.handle_msg = handle
