"""The live view of a training: sends what came, four times a second at most; takes commands.

While a cell trains, requests are answered on a subshell's thread or between two batches, and
the thread that trains pushes. So nothing here changes the session but its queue of commands,
and no trait is written after the view was made: two threads that write traits of one widget
lose each other's changes.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np

from tfwidgets.dashboard.curves import MOST_BINS, Bins
from tfwidgets.dashboard.record import Delta, Record
from tfwidgets.dashboard.result import Run
from tfwidgets.dashboard.session import Session
from tfwidgets.errors import InputError
from tfwidgets.ui.routes import honour_subshells
from tfwidgets.ui.strings import Message
from tfwidgets.ui.text import printable
from tfwidgets.ui.view import Reply, View, answers

PUSH_SECONDS, PUSHES = 0.2, 4
"""So long lies between two messages, and in any second are so many, with the last of a training
five; what comes sooner goes with the next one."""

LONGEST_NOTE = 10_000


class DashboardView(View):
    """A training, live or from the store."""

    bundle: ClassVar[str] = "dashboard"
    parts: ClassVar[tuple[str, ...]] = ("body", "layers", "examples", "more")

    def __init__(self, run: Run) -> None:
        self._run = run
        self._record: Record = run.record
        self._sent: dict[str, tuple[int, int]] = {}
        self._panels: dict[str, int] = {}
        self._epochs = self._log = 0
        self._state: tuple[Any, ...] = ()
        self._pushed: deque[float] = deque([-1.0], maxlen=PUSHES)
        super().__init__()
        honour_subshells(self.comm)
        self._session = self._record if isinstance(self._record, Session) else None
        if self._session is not None and self._session.ended is None:
            self._session.sinks.append(self.push)

    # -- the training's thread -------------------------------------------------------------------

    def push(self, delta: Delta) -> None:
        """Send what came since the last message, unless that was a moment ago."""
        session = self._session
        if session is None:
            return
        now = time.monotonic()
        over = session.ended is not None
        times = self._pushed
        often = len(times) == PUSHES and now - times[0] < 1
        if (often or now - times[-1] < PUSH_SECONDS) and not over:
            return
        curves = []
        with session.lock:
            for name, curve in session.curves.items():
                bins = curve.news(*self._sent.get(name, (0, 0)))
                if bins is not None:
                    curves.append((name, bins))
                    self._sent[name] = len(curve), curve.width
        head, buffers = packed(curves)
        epochs, log = session.epochs[self._epochs :], session.log[self._log :]
        panels = {
            name: payload
            for name, payload in session.panels.items()
            if self._panels.get(name) != id(payload)
        }
        state = (session.status, session.error, dict(session.progress), id(session.facts))
        if not (curves or epochs or log or panels or state != self._state):
            return
        message = {
            "type": "delta",
            "status": session.status,
            "error": session.error,
            "ended": session.ended,
            "seconds": session.seconds,
            "progress": session.progress,
            "epochs": epochs,
            "epochs_at": self._epochs,
            "log": told(log),
            "log_at": self._log,
            "panels": panels,
            "curves": head,
        }
        if delta.facts is not None or not self._state:
            message["facts"] = session.facts
        self.send(plain(message), buffers=buffers)
        self._state = state
        times.append(now)
        self._epochs += len(epochs)
        self._log += len(log)
        self._panels |= {name: id(payload) for name, payload in panels.items()}

    # -- requests, on any thread -----------------------------------------------------------------

    @answers("open")
    def _open(self) -> Reply:
        return opening(self._record)

    @answers("window")
    def _window(self, names: list[str], first: float, last: float, bins: int = MOST_BINS) -> Reply:
        return windows(self._record, names, first, last, bins)

    @answers("command")
    def _command(self, command: str, values: dict[str, Any] | None = None) -> Reply:
        if self._session is None or self._session.ended is not None:
            raise InputError("This training has ended: there is nothing left to steer.")
        self._session.submit(command, values, by="reader")
        return {}, []

    @answers("note")
    def _note(self, text: str) -> Reply:
        self._run.note = printable(str(text)[:LONGEST_NOTE])
        return {}, []

    @answers("export")
    def _export(self, kind: str) -> Reply:
        return exported(self._record, kind)


def opening(record: Record) -> Reply:
    """Return all that a page needs to show a training, with the curves as buffers."""
    head, buffers = packed((name, record.overview(name)) for name in record.curve_names)
    payload = {
        "info": {
            "id": record.id,
            "name": record.name,
            "project": record.project,
            "live": record.live,
            "started": record.started,
            "ended": record.ended,
            "seconds": record.seconds,
            "facts": record.facts,
            "note": record.note,
        },
        "status": record.status,
        "error": record.error,
        "progress": dict(record.progress),
        "epochs": list(record.epochs),
        "log": told(record.log),
        "panels": dict(record.panels),
        "curves": head,
    }
    return plain(payload), buffers


def told(log: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return events for the page: alerts and messages in words of every language."""
    return [_told(event) for event in log]


def _told(event: dict[str, Any]) -> dict[str, Any]:
    if event["kind"] == "alert":
        key, values = f"alert-{event['alert']}", event["values"]
        return event | {
            "said": Message("dashboard-notes", key, values),
            "advice": Message("dashboard-notes", f"{key}-try", values),
        }
    if event["kind"] == "message" and event.get("why"):
        return event | {"text": event["why"]}
    return event


def windows(record: Record, names: list[str], first: float, last: float, bins: int) -> Reply:
    """Return parts of curves."""
    most = max(16, min(int(bins), 4 * MOST_BINS))
    known = set(record.curve_names)
    head, buffers = packed(
        (name, record.window(name, first, last, most)) for name in names if name in known
    )
    return {"curves": head}, buffers


def exported(record: Record, kind: str) -> Reply:
    """Return a run as a file for the page to download."""
    from tfwidgets.dashboard.exports import export_bytes, file_name

    types = {"csv": "text/csv", "html": "text/html", "png": "image/png"}
    if kind not in types:
        raise InputError(f"A run is exported as {', '.join(types)}, not as {kind!r}.")
    return {"name": file_name(record, kind), "mime": types[kind]}, [export_bytes(record, kind)]


def packed(curves: Iterable[tuple[str, Bins]]) -> tuple[list[dict[str, Any]], list[bytes]]:
    """Put curves into what describes them and one buffer for each.

    A buffer holds, little-endian: the steps as float64 unless they are evenly spaced, then the
    means as float32, then, where a bin has more than one value, least and greatest.
    """
    head, buffers = [], []
    for name, bins in curves:
        count = len(bins)
        dense = count > 0 and bool((np.diff(bins.x) == bins.width).all())
        parts = [] if dense else [bins.x.astype("<f8")]
        parts.append(bins.mean.astype("<f4"))
        if bins.width > 1:
            parts += [bins.low.astype("<f4"), bins.high.astype("<f4")]
        head.append(
            {
                "name": name,
                "first": bins.first,
                "width": bins.width,
                "count": count,
                "dense": dense,
                "x0": int(bins.x[0]) if count else 0,
            }
        )
        buffers.append(b"".join(part.tobytes() for part in parts))
    return head, buffers


def plain(value: Any) -> Any:
    """Return what JSON can say: NaN and infinity become null, sentences come in every language."""
    if isinstance(value, Message):
        return value.texts()
    if isinstance(value, dict):
        if value.keys() == {"room", "key", "values"}:
            return Message(**value).texts()
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (bool, int, type(None))):
        return value
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return printable(str(value))
