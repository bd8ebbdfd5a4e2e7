"""Fetch what widgets say while a cell runs, where the front end knows no subshells.

Those front ends (and every one with ipykernel 6) send it behind all other requests to the main
thread, which reads none before the cell has ended. So the cell reads them itself: between two
batches it takes out what has come, handles the messages of widgets, and keeps the rest in order
for when it is done.

A page that is loaded anew asks two things of the main thread, whatever the front end knows, before
it shows a widget: what kernel this is, and which widgets there are. These are answered as well.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import zmq

log = logging.getLogger(__name__)

_COMMS = frozenset({"comm_open", "comm_msg", "comm_close"})
_RELOAD = frozenset({"kernel_info_request", "comm_info_request"})
_AT_ONCE = _COMMS | _RELOAD


class ShellDrain:
    """Takes messages out of the main shell's queue of a kernel; the main thread's only.

    Drains of trainings within trainings share one queue, so that what waits keeps its order:
    made by ``of``, given back by ``close``, which counts.
    """

    _open: ShellDrain | None = None

    def __init__(self, kernel: Any, stream: Any) -> None:
        self._kernel, self._stream = kernel, stream
        self._socket = stream.socket
        self._replies = _reply_stream(kernel)
        self._held: list[list[Any]] = []
        self._users = 0
        self._idle_elsewhere = False

    @classmethod
    def of(cls, kernel: Any) -> ShellDrain | None:
        """Return the drain of a kernel, or None where the running code cannot have one.

        It can in the thread of the kernel's main loop alone: nobody else may read its queue.
        """
        stream = _main_stream(kernel)
        if stream is None or not _in_its_loop(stream):
            return None
        drain = ShellDrain._open
        if drain is None or drain._stream is not stream:
            drain = ShellDrain._open = cls(kernel, stream)
            drain._listen()
        drain._users += 1
        return drain

    def poll(self) -> None:
        """Handle what has come of widgets and reloads. A microsecond or two when nothing has."""
        while self._socket.get(zmq.EVENTS) & zmq.POLLIN:
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK, copy=False)
            except zmq.Again:
                break
            if self._kind(frames) in _AT_ONCE:
                self._handle(frames)
            else:
                self._held.append(frames)
        if self._idle_elsewhere:
            self._idle_elsewhere = False
            _say_busy(self._kernel)

    def close(self) -> None:
        """Give back what waits, in its order, before anything that comes later.

        Belongs into the cell that opened it. If that cell fails, its kernel aborts what waited
        behind it: that is known only after this, and what is given back waits there already.
        """
        self._users -= 1
        if self._users or ShellDrain._open is not self:
            return
        ShellDrain._open = None
        self._kernel.__dict__.pop("_publish_status", None)
        if not _in_its_loop(self._stream):
            # By then the cell may be over, so no more is read that would leave it "busy".
            self._stream.io_loop.add_callback(self._give_back)
            return
        try:
            self.poll()
        finally:
            self._give_back()

    def _listen(self) -> None:
        """Take note of each "idle" that another thread publishes: a subshell's, the control's.

        Front ends and the server take it for the whole kernel's, though a cell still runs.
        """
        publish = self._kernel._publish_status

        def publish_and_note(status: str, *args: Any, **kwargs: Any) -> None:
            publish(status, *args, **kwargs)
            if status == "idle" and threading.current_thread() is not threading.main_thread():
                self._idle_elsewhere = True

        self._kernel._publish_status = publish_and_note

    def _give_back(self) -> None:
        held, self._held = self._held, []
        for frames in held:
            # As if the stream had just read it. To send it through the socket once more
            # would change the order, and loses messages with ipykernel 7.
            self._stream._run_callback(self._stream._recv_callback, frames)
        # The socket tells its stream of news once only, and that may have been before we read.
        self._stream.io_loop.add_callback(self._stream.flush)

    def _kind(self, frames: list[Any]) -> str | None:
        session = self._kernel.session
        try:
            _, parts = session.feed_identities(frames, copy=False)
            # Without its content a message is not remembered as seen, so it can be given back.
            kind: str = session.deserialize(parts, content=False, copy=False)["header"]["msg_type"]
        except Exception:  # the kernel's own single frames, or what it will say is wrong
            return None
        return kind

    def _handle(self, frames: list[Any]) -> None:
        kernel = self._kernel
        try:
            idents, parts = kernel.session.feed_identities(frames, copy=False)
            message = kernel.session.deserialize(parts, content=True, copy=False)
            with _parent(kernel, idents, message), _events_off(kernel):
                handler = kernel.shell_handlers[message["header"]["msg_type"]]
                _finish(handler(self._replies, idents, message))
                self._send_replies()
        except Exception:
            log.exception("a message of the page could not be handled while the cell runs")

    def _send_replies(self) -> None:
        # A stream sends from its loop, which stands still until the cell has ended.
        if self._replies is self._stream:
            self._stream.flush(zmq.POLLOUT)


def _main_stream(kernel: Any) -> Any | None:
    """Return the stream that brings messages to the main thread, if it is as we know it."""
    thread = getattr(kernel, "shell_channel_thread", None)
    if thread is not None:  # ipykernel 7
        pair = getattr(getattr(thread, "manager", None), "_shell_channel_to_main", None)
        stream = getattr(pair, "to_stream", None)
    else:
        stream = getattr(kernel, "shell_stream", None)
    known = (
        isinstance(getattr(stream, "socket", None), zmq.Socket)
        and callable(getattr(stream, "_run_callback", None))
        and callable(getattr(stream, "_recv_callback", None))
        and not getattr(stream, "_recv_copy", True)
        and _AT_ONCE.issubset(getattr(kernel, "shell_handlers", ()))
        and hasattr(kernel, "_publish_status")
        and hasattr(kernel, "_parent_ident")
        and (thread is None or hasattr(thread.manager, "get_subshell_to_shell_channel_socket"))
    )
    return stream if known else None


def _reply_stream(kernel: Any) -> Any:
    """Return what takes the main thread's replies; with ipykernel 7 not what brings requests."""
    thread = getattr(kernel, "shell_channel_thread", None)
    if thread is None:
        return kernel.shell_stream
    return thread.manager.get_subshell_to_shell_channel_socket(None)


def _finish(result: Any) -> None:
    """Run a handler that is a coroutine, as ipykernel writes also those that never wait."""
    if not inspect.iscoroutine(result):
        return
    try:
        result.send(None)
    except StopIteration:
        return
    result.close()
    raise RuntimeError("its handler wants to wait, and nothing else runs until the cell has ended")


def _in_its_loop(stream: Any) -> bool:
    try:
        return bool(stream.io_loop.asyncio_loop is asyncio.get_running_loop())
    except (AttributeError, RuntimeError):
        return False


@contextmanager
def _parent(kernel: Any, idents: Any, message: dict[str, Any]) -> Iterator[None]:
    """Have outputs belong to a message, and tell the front end when it is done."""
    cell, cell_idents = kernel.get_parent("shell"), kernel._parent_ident["shell"]
    _flush()  # older streams send all that waits under the newest parent
    try:
        _set_parent(kernel, idents, message)
        kernel._publish_status("busy", "shell", parent=message)
        yield
    finally:
        _flush()
        # Widgets hold back further changes until they hear this.
        kernel._publish_status("idle", "shell", parent=message)
        _set_parent(kernel, cell_idents, cell)
        _say_busy(kernel)


def _say_busy(kernel: Any) -> None:
    # Front ends show the newest state, and the cell is still running. It names no request:
    # of the cell's they would note that it began only now.
    busy = {"execution_state": "busy"}
    kernel.session.send(kernel.iopub_socket, "status", busy, ident=kernel._topic("status"))


def _set_parent(kernel: Any, idents: Any, message: dict[str, Any]) -> None:
    # What %%capture puts in the place of IPython's publisher has no parent to set.
    with suppress(AttributeError):
        kernel.set_parent(idents, message, channel="shell")


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


@contextmanager
def _events_off(kernel: Any) -> Iterator[None]:
    """Let messages not end the cell: matplotlib would show its figures as their outputs."""
    callbacks = kernel.shell.events.callbacks
    kept = {name: callbacks[name] for name in ("pre_execute", "post_execute")}
    callbacks.update({name: [] for name in kept})
    try:
        yield
    finally:
        for name, functions in kept.items():
            # A handler may have registered a function of its own meanwhile.
            functions += [f for f in callbacks[name] if f not in functions]
            callbacks[name] = functions
