"""A run as it was stored."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from tfwidgets.dashboard.curves import MOST_BINS, Bins, Curve, Floats, Steps, bins, window
from tfwidgets.dashboard.record import ENDED
from tfwidgets.dashboard.store.formats import (
    VERSION,
    coarsened,
    payload_of,
    unpack_floats,
    unpack_overview,
    unpack_steps,
)
from tfwidgets.dashboard.store.problems import StoreProblem, damaged
from tfwidgets.dashboard.store.summary import Summary
from tfwidgets.dashboard.store.trackio_storage import Database

MOST_ROWS = 5_000
"""Rows that are read for a part of a curve: about a fifth of a second."""


class StoredRecord:
    """A run that was read from the store; a ``Record`` (see there for the attributes).

    It shows the run as of when it was read. Opening reads bins of whole curves and the few rows
    that came after them; rows of the time between are read when they are asked for.
    """

    live = False

    def __init__(self, database: Database, summary: Summary) -> None:
        if summary.problem:
            raise StoreProblem(f"The run {summary.name!r} cannot be opened. {summary.problem}")
        self._database = database
        self.id, self.name, self.project = summary.id, summary.name, summary.project
        self.status: str = summary.status
        self.started, self.ended, self.note = summary.started, summary.ended, summary.note
        self.error, self.facts, self._seconds = summary.error, summary.facts, summary.seconds
        self.progress: dict[str, Any] = {}
        self.epochs: list[dict[str, Any]] = []
        self.log: list[dict[str, Any]] = []
        self.panels: dict[str, dict[str, Any]] = {}
        self._bins: dict[str, Bins] = {}
        self._recent: tuple[Any, list[dict[str, Any]]] = None, []
        try:
            self._open()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreProblem(damaged(database.path, error)) from error

    @property
    def seconds(self) -> float:
        """How long it trained."""
        return self._seconds

    @property
    def curve_names(self) -> list[str]:
        """Names of the curves, in the order in which they came up."""
        return list(self._bins)

    def overview(self, name: str) -> Bins:
        """Return a whole curve in at most ``MOST_BINS`` bins."""
        return self._bins[name]

    def window(self, name: str, first: float, last: float, most: int = MOST_BINS) -> Bins:
        """Return what lies between two steps in at most about ``most`` bins.

        Reads rows only where the bins of the whole curve are too coarse, and at most
        ``MOST_ROWS`` of them: a wider part comes in the bins of the whole curve.
        """
        whole = self._bins[name]
        if whole.width == 1:
            return window(whole.x, whole.mean, first, last, most)
        start = max(int(np.searchsorted(whole.x, first, "right")) - 2, 0)
        stop = min(int(np.searchsorted(whole.x, last, "right")) + 1, len(whole))
        factor = 1
        while stop - start > most * factor:
            factor *= 2
        end = int(whole.x[stop]) if stop < len(whole) else None
        if 2 * (stop - start) > most or self._takes_long(int(whole.x[start]), end):
            start = start // factor * factor
            part = slice(start, stop)
            low, high, mean = whole.low[part], whole.high[part], whole.mean[part]
            return coarsened(Bins(start, whole.width, whole.x[part], low, high, mean), most + 1)
        at, x, y = self._read(name, int(whole.x[start]), end)
        # Of the values that were read only those matter, and a neighbour on either side.
        from_ = max(int(np.searchsorted(x, first, "left")) - 1, 0)
        to = min(int(np.searchsorted(x, last, "right")) + 1, len(x))
        width = 1
        while to - from_ > most * width:
            width *= 2
        from_ = max((at + from_) // width * width - at, 0)
        return bins(x[from_:to], y[from_:to], width, (at + from_) // width)

    def values(self, name: str) -> tuple[Steps, Floats]:
        """Return all values of a curve, with their steps. Reads all rows of the run."""
        if name not in self._bins:
            raise KeyError(name)
        return self.all_values([name])[name]

    def all_values(self, names: list[str] | None = None) -> dict[str, tuple[Steps, Floats]]:
        """Return all values of several curves (of all): one reading of the rows for all of them."""
        wanted = self.curve_names if names is None else names
        parts: dict[str, list[tuple[Steps, Floats]]] = {name: [] for name in wanted}
        for payload in self._payloads():
            for name in wanted:
                if (part := payload["curves"].get(name)) is not None:
                    parts[name].append(_values(part))
        return {name: _joined(each) for name, each in parts.items()}

    # -- rows --------------------------------------------------------------------------------------

    def _takes_long(self, first: int, last: int | None) -> bool:
        return self._database.count(self.id, first, last) > MOST_ROWS

    def _payloads(self, first: int | None = None, last: int | None = None) -> list[dict[str, Any]]:
        """Return what was written down between two steps, in the order in which it came."""
        if last is not None and self._recent[0] == (first, last):
            return self._recent[1]  # another curve of the same part
        texts = self._database.rows(self.id, first, last)
        found = [payload for text in texts if (payload := payload_of(text)) is not None]
        # By their numbers: rows that waited in a file were put in later than others.
        found.sort(key=lambda payload: int(payload["n"]))
        self._recent = (first, last), found
        return found

    def _read(
        self, name: str, first: int | None, last: int | None = None
    ) -> tuple[int, Steps, Floats]:
        """Return values of a curve between two steps, and how many come before them."""
        parts = [p["curves"][name] for p in self._payloads(first, last) if name in p["curves"]]
        x, y = _joined([_values(part) for part in parts])
        return (int(parts[0]["at"]) if parts else 0), x, y

    # -- opening -----------------------------------------------------------------------------------

    def _open(self) -> None:
        text = self._database.text("curves", self.id)
        base: dict[str, Any] = json.loads(text) if text else {}
        if base.get("v", VERSION) != VERSION:
            base = {}
        packed = base.get("curves", {})
        self._bins = {name: unpack_overview(entry) for name, entry in packed.items()}
        if base:
            self.epochs, self.log = base["epochs"], base["log"]
            self.panels, self.progress = base["panels"], base["progress"]
        if base.get("status") in ENDED and base.get("status") == self.status:
            return
        # The last bin of each curve may not be full: it is made anew from its values.
        firsts = [int(b.x[-1]) for b in self._bins.values() if b.width > 1 and len(b)]
        payloads = self._payloads(min([*firsts, base["step"]]) if base else None)
        for payload in payloads:
            if int(payload["n"]) > int(base.get("row", -1)):
                more = json.loads(payload["more"])
                self.epochs += more["epochs"]
                self.log += more["log"]
                self.panels |= more["panels"]
                self.progress = more["progress"]
        parts: dict[str, list[dict[str, Any]]] = {}
        for payload in payloads:
            for name, part in payload["curves"].items():
                parts.setdefault(name, []).append(part)
        for name, each in parts.items():
            x, y = _joined([_values(part) for part in each])
            self._bins[name] = self._extended(name, int(each[0]["at"]), x, y)

    def _extended(self, name: str, at: int, x: Steps, y: Floats) -> Bins:
        old = self._bins.get(name)
        if old is None:
            return Curve(x, y).overview()
        kept = len(old) if old.width == 1 else max(len(old) - 1, 0)
        skip = max(kept * old.width - at, 0)
        new = bins(x[skip:], y[skip:], old.width, kept)
        steps = np.concatenate([old.x[:kept], new.x])
        low, high, mean = (
            np.concatenate([getattr(old, part)[:kept], getattr(new, part)])
            for part in ("low", "high", "mean")
        )
        last = at + len(y) - (len(steps) - 1) * old.width
        return coarsened(Bins(0, old.width, steps, low, high, mean), MOST_BINS, last)


def _values(part: dict[str, Any]) -> tuple[Steps, Floats]:
    y = unpack_floats(part["y"])
    return unpack_steps(part["x"], len(y)), y


def _joined(parts: list[tuple[Steps, Floats]]) -> tuple[Steps, Floats]:
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.float32)
    return np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])
