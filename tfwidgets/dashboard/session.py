"""A training while it runs: what came of it so far, who hears of it, what it is told to do.

The thread that trains writes (``step``, ``epoch``, ``point``, ``panel``, ``flush``) and takes
commands out of the queue. Any other thread may read, under ``lock``, and put commands in. The
session knows neither fastai nor widgets: callbacks feed it, sinks (a view, the store) are given
to it, and what a sink raises never reaches the training.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from threading import RLock
from typing import Any
from uuid import uuid4

import numpy as np

from tfwidgets.dashboard.commands import By, Command, command
from tfwidgets.dashboard.curves import Bins, Curve, Floats, Steps
from tfwidgets.dashboard.readout import numbers
from tfwidgets.dashboard.record import ENDED, Delta
from tfwidgets.ui.strings import Message

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.25
"""At most four messages a second go to a view."""

PUMP_SECONDS = 0.05
PATIENCE = 3
"""How often a sink may fail before it is heard no more."""

SMOOTHING = 0.98
"""Of the smoothed loss: the weight of what was, as in fastai's recorder."""

Sink = Callable[[Delta], None]


class Session:
    """One training that runs in this process; a ``Record`` (see there for the attributes).

    Parameters
    ----------
    name, project
        For people; ``project`` names the file of the store.
    facts
        How the training was made.
    """

    live = True

    def __init__(
        self, name: str, project: str = "default", facts: dict[str, Any] | None = None
    ) -> None:
        self.id = uuid4().hex[:16]
        self.name, self.project, self.note = name, project, ""
        self.facts: dict[str, Any] = dict(facts or {})
        self.status: str = "waiting"
        self.started = time.time()
        self.ended: float | None = None
        self.error: str | None = None
        self.progress: dict[str, Any] = {"step": 0, "lr_factor": 1.0, "frozen": [], "best": None}
        self.epochs: list[dict[str, Any]] = []
        self.log: list[dict[str, Any]] = []
        self.panels: dict[str, dict[str, Any]] = {}
        self.curves: dict[str, Curve] = {}
        self.lock = RLock()
        self.sinks: list[Sink] = []
        # What checks the curves at each flush and returns alerts for the log; see guard.py.
        self.guard: Callable[[Session, Delta], list[dict[str, Any]]] | None = None
        # What fetches messages of a front end that cannot reach a busy kernel; see kernel/drain.py.
        self.pump: Callable[[], None] | None = None
        self._queue: SimpleQueue[Command] = SimpleQueue()
        self._failures: dict[int, int] = {}
        self._begun = self._stopped = time.monotonic()
        self._pumped = self._due = 0.0
        self._steps: list[tuple[Any, float, float]] = []
        self._points: dict[str, tuple[list[int], list[Any]]] = {}
        self._new_epochs: list[dict[str, Any]] = []
        self._new_log: list[dict[str, Any]] = []
        self._new_panels: dict[str, dict[str, Any]] = {}
        self._new_facts = False
        self._smooth = self._weight = 0.0
        self._said: set[str] = set()

    # -- read by any thread ----------------------------------------------------------------------

    @property
    def seconds(self) -> float:
        """How long it trained so far, pauses included."""
        end = self._stopped if self.status in ENDED else time.monotonic()
        return end - self._begun

    @property
    def step_number(self) -> int:
        """Batches trained so far."""
        return int(self.progress["step"])

    @property
    def curve_names(self) -> list[str]:
        """Names of the curves, in the order in which they came up."""
        with self.lock:
            return list(self.curves)

    def overview(self, name: str) -> Bins:
        """Return a whole curve in at most ``MOST_BINS`` bins."""
        with self.lock:
            return self.curves[name].overview()

    def window(self, name: str, first: float, last: float, most: int) -> Bins:
        """Return what lies between two steps in at most about ``most`` bins."""
        with self.lock:
            return self.curves[name].window(first, last, most)

    def values(self, name: str) -> tuple[Steps, Floats]:
        """Return all values of a curve, with their steps."""
        with self.lock:
            return self.curves[name].x.copy(), self.curves[name].y.copy()

    # -- commands: in from any thread, out by the one that trains ---------------------------------

    def submit(self, name: str, values: dict[str, Any] | None = None, by: By = "code") -> None:
        """Ask for something; it is done at the end of the running batch.

        Raises
        ------
        InputError
            There is no such command, or its values are wrong.
        """
        self._queue.put(command(name, values, by))

    def commands(self) -> Iterator[Command]:
        """Take out what was asked for since the last time."""
        if self.pump is not None and (now := time.monotonic()) - self._pumped >= PUMP_SECONDS:
            self._pumped = now
            try:
                self.pump()
            except Exception:
                log.exception("fetching commands failed; the kernel is asked no more")
                self.pump = None
        # Only this thread takes out: what is there stays there.
        while not self._queue.empty():
            yield self._queue.get_nowait()

    # -- written by the thread that trains -------------------------------------------------------

    def begin(self, **progress: Any) -> None:
        """Start the clock and tell the sinks."""
        self._begun = time.monotonic()
        self.started = time.time()
        self.status = "running"
        self.progress |= progress
        self._new_facts = True
        self.flush()

    def step(
        self,
        loss: Any,
        lr: float = float("nan"),
        momentum: float = float("nan"),
    ) -> None:
        """One batch was trained on.

        Parameters
        ----------
        loss
            Its loss: a number, or a detached tensor, which is read at the next flush together
            with the others (reading it at once would make a GPU wait).
        lr, momentum
            Of the last layer group.
        """
        self.progress["step"] += 1
        self._steps.append((loss, lr, momentum))

    @property
    def due(self) -> bool:
        """Whether it is time to flush."""
        return time.monotonic() >= self._due

    def point(self, name: str, value: Any, step: int | None = None) -> None:
        """Add a value (a number or a detached tensor of one) to a curve that has few."""
        steps, values = self._points.setdefault(name, ([], []))
        steps.append(self.step_number if step is None else step)
        values.append(value)

    def epoch(self, kind: str, number: int, seconds: float, values: dict[str, float]) -> None:
        """Add a row to the epoch table; its values become points of curves."""
        row = {
            "kind": kind,
            "epoch": number,
            "step": self.step_number,
            "seconds": seconds,
            "values": values,
        }
        self.epochs.append(row)
        self._new_epochs.append(row)
        for name, value in values.items():
            if value is not None:
                self.point(name, value)

    def panel(self, name: str, payload: dict[str, Any]) -> None:
        """Replace what a panel shows: small, and plain JSON."""
        self.panels[name] = payload
        self._new_panels[name] = payload

    def write(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Add an event to the log."""
        event = {"kind": kind, "step": self.step_number, "time": self.seconds, **fields}
        self.log.append(event)
        self._new_log.append(event)
        return event

    def say(self, key: str, **values: Any) -> None:
        """Write a sentence of ``dashboard-notes`` into the log, the first time that it is said."""
        if key in self._said:
            return
        self._said.add(key)
        message = Message("dashboard-notes", key, values)
        why = {"room": message.room, "key": key, "values": values}
        self.write("message", text=message.text(), why=why)

    def applied(self, done: Command, **values: Any) -> None:
        """Log that a command was carried out."""
        self.write(
            "command", command=done.name, by=done.by, values={**done.values, **values}, applied=True
        )

    def refused(self, asked: Command, why: Message) -> None:
        """Log that a command could not be carried out, and why."""
        self.write(
            "command",
            command=asked.name,
            by=asked.by,
            values=dict(asked.values),
            applied=False,
            why={"room": why.room, "key": why.key, "values": why.values},
        )

    def end(self, status: str, error: str | None = None) -> None:
        """Close the session with a status of ``ENDED``; only the first call counts."""
        if self.status in ENDED:
            return
        self.flush()
        self._stopped, self.ended = time.monotonic(), time.time()
        self.status, self.error = status, error
        self.flush()

    def flush(self) -> None:
        """Bring the curves up to date and tell the sinks; the one place that waits for a GPU."""
        self._due = time.monotonic() + FLUSH_SECONDS
        curves = self._take_curves()
        with self.lock:
            for name, (x, y) in curves.items():
                self.curves.setdefault(name, Curve()).extend(x, y)
        delta = Delta(curves, status=self.status, error=self.error)
        if self.guard is not None:
            try:
                for alert in self.guard(self, delta):
                    self.write("alert", **alert)
            except Exception:
                log.exception("the guard failed; it watches no more")
                self.guard = None
        delta.epochs, self._new_epochs = self._new_epochs, []
        delta.log, self._new_log = self._new_log, []
        delta.panels, self._new_panels = self._new_panels, {}
        delta.progress = {**self.progress, "seconds": self.seconds}
        if self._new_facts:
            delta.facts, self._new_facts = self.facts, False
        for sink in list(self.sinks):
            self._tell(sink, delta)

    def _tell(self, sink: Sink, delta: Delta) -> None:
        try:
            sink(delta)
        except Exception:
            failures = self._failures[id(sink)] = self._failures.get(id(sink), 0) + 1
            log.exception("a view or the store of the training failed (%d)", failures)
            if failures >= PATIENCE:
                self.sinks.remove(sink)

    def _take_curves(self) -> dict[str, tuple[Steps, Floats]]:
        curves: dict[str, tuple[Steps, Floats]] = {}
        steps, self._steps = self._steps, []
        points, self._points = self._points, {}
        losses, lrs, momenta = zip(*steps, strict=True) if steps else [()] * 3
        loss, *rest = numbers(losses, *(values for _, values in points.values()))
        last = self.step_number
        if steps:
            x = np.arange(last - len(steps) + 1, last + 1)
            curves["loss"] = x, loss
            curves["smooth_loss"] = x, self._smoothed(loss)
            for name, values in (("lr", lrs), ("momentum", momenta)):
                (taken,) = numbers(values)
                if not np.isnan(taken).all():
                    curves[name] = x, taken
        for (name, (at, _)), taken in zip(points.items(), rest, strict=True):
            curves[name] = np.array(at), taken
        return curves

    def _smoothed(self, loss: Floats) -> Floats:
        smoothed = np.empty_like(loss)
        value, weight = self._smooth, self._weight
        for k, raw in enumerate(loss.tolist()):
            if raw == raw and abs(raw) != float("inf"):  # one NaN would stay for good
                value = SMOOTHING * value + (1 - SMOOTHING) * raw
                weight = SMOOTHING * weight + (1 - SMOOTHING)
            smoothed[k] = value / weight if weight else float("nan")
        self._smooth, self._weight = value, weight
        return smoothed
