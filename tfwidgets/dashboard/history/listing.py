"""The list of runs, as lines: read from the store once, kept while nothing was written there."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tfwidgets.config import settings
from tfwidgets.dashboard.history.compare import best_of, less_is_better
from tfwidgets.dashboard.record import ENDED, Record
from tfwidgets.errors import InputError

if TYPE_CHECKING:
    from tfwidgets.dashboard.store.summary import Summary

READ_SECONDS = 1.0
"""While trainings write, the list is read again at most this often."""

LOOK_SECONDS = 5.0
"""A kernel that was killed writes nothing: while runs go on, it is looked for this often."""

LEAST_ID = 4
"""Characters of an id that name its run."""

SORTS = ("started", "name", "status", "seconds", "epochs", "best")


@dataclass(frozen=True)
class Line:
    """What the list says of a run.

    Attributes
    ----------
    started
        Seconds since 1970.
    seconds
        How long it trained.
    epochs, steps
        Epochs that were finished, and batches.
    monitor, best
        The value that says which epoch is best, and its best.
    values
        The last of each value of the epoch table.
    facts_of
        Returns the facts (see ``record.Record``), which are read when first asked for.
    live
        Whether it trains in this process now.
    problem
        Why only this line of it can be read, or None.
    """

    id: str
    name: str
    project: str
    status: str
    started: float
    seconds: float
    epochs: int
    steps: int
    note: str
    monitor: str | None = None
    best: float | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    facts_of: Callable[[], Mapping[str, Any]] = dict
    live: bool = False
    problem: str | None = None

    @property
    def facts(self) -> Mapping[str, Any]:
        """How the training was made."""
        return self.facts_of()

    @property
    def model(self) -> str | None:
        """The model's name, where the settings say it."""
        made = self.facts.get("settings")
        name = made.get("model") if isinstance(made, Mapping) else None
        return None if name is None else str(name)


def line_of(record: Record) -> Line:
    """Return the line of a run that is read whole, such as one that trains."""
    rows = record.epochs
    values = {name: v for row in rows for name, v in row["values"].items() if v is not None}
    monitor = record.facts.get("monitor") or ("valid_loss" if "valid_loss" in values else None)
    lower = less_is_better(monitor, record.facts) if monitor else True
    return Line(
        id=record.id,
        name=record.name,
        project=record.project,
        status=record.status,
        started=record.started,
        seconds=record.seconds,
        epochs=sum(row["kind"] == "epoch" for row in rows),
        steps=int(record.progress.get("step", 0)),
        note=record.note,
        monitor=monitor,
        best=best_of(rows, monitor, lower) if monitor else None,
        values=values,
        facts_of=lambda: record.facts,
        live=record.live and record.status not in ENDED,
    )


class Listing:
    """All runs, newest first.

    Attributes
    ----------
    problems
        What could not be read, and why.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._lines: list[Line] = []
        self._seen: object = None
        self._read = self._full = float("-inf")

    def lines(self, *, again: bool = False) -> list[Line]:
        """Return the lines; read anew where something was written since, or ``again``."""
        now = time.monotonic()
        if again or now - self._read >= READ_SECONDS:
            seen = _state_of_store()
            going = any(line.status not in ENDED for line in self._lines)
            if again or seen != self._seen or (going and now - self._full >= LOOK_SECONDS):
                (self._lines, self.problems), self._seen = _read(), seen
                self._full = time.monotonic()
            self._read = time.monotonic()
        return self._lines


def _state_of_store() -> object:
    """Return something that differs after anything was written to the store.

    Databases, what was written to them last (``-wal``), and what waits to be taken in.
    """
    from tfwidgets.dashboard.store import live

    folder = settings().run_store_path
    try:
        files = [(entry.name, entry.stat()) for entry in os.scandir(folder)]
    except OSError:
        files = []
    # Empty ones come and go with every reader.
    written = [
        (name, found.st_mtime_ns, found.st_size)
        for name, found in files
        if found.st_size and not name.endswith((".lock", "-shm"))
    ]
    return folder, sorted(written), [(s.id, s.status, s.step_number) for s in live.values()]


def _read() -> tuple[list[Line], list[str]]:
    """Return the lines, and what could not be read."""
    from tfwidgets.dashboard.store import live, open_store, written

    here = {key: line_of(session) for key, session in list(live.items())}
    store = open_store()
    problems = store.problems
    lines = [here.get(found.id) or _line(found) for found in store.runs()]
    problems = list(dict.fromkeys([*problems, *store.problems]))
    # A training that is not written yet, or cannot be, is seen all the same.
    kept = {line.id for line in lines} | written
    lines += [line for key, line in here.items() if key not in kept]
    return sorted(lines, key=lambda line: line.started, reverse=True), problems


def _line(found: Summary) -> Line:
    best = found.best or {}
    return Line(
        id=found.id,
        name=found.name,
        project=found.project,
        status=found.status,
        started=found.started,
        seconds=found.seconds,
        epochs=found.epochs,
        steps=found.steps,
        note=found.note,
        monitor=best.get("name"),
        best=best.get("value"),
        values=found.values,
        facts_of=lambda: found.facts,
        problem=found.problem,
    )


def chosen(
    lines: Sequence[Line],
    *,
    project: str | None = None,
    status: str | None = None,
    text: str | None = None,
    by: str = "started",
    descending: bool = True,
) -> list[Line]:
    """Return the lines that pass the filters, sorted; those without a value come last.

    Raises
    ------
    InputError
        There is no such order.
    """
    if by not in SORTS:
        raise InputError(f"Runs cannot be sorted by {by!r}, but by {', '.join(SORTS)}.")
    wanted = (text or "").casefold().split()
    kept = [
        line
        for line in lines
        if (project is None or line.project == project)
        and (status is None or line.status == status)
        and (not wanted or _has(line, wanted))
    ]
    known = [line for line in kept if getattr(line, by) is not None]
    unknown = [line for line in kept if getattr(line, by) is None]
    if by in ("name", "status"):
        known.sort(key=lambda line: str(getattr(line, by)).casefold(), reverse=descending)
    else:
        known.sort(key=lambda line: float(getattr(line, by)), reverse=descending)
    return known + unknown


def _has(line: Line, words: Sequence[str]) -> bool:
    text = "\n".join((line.name, line.note, line.model or "", line.project)).casefold()
    # Of an id only the beginning: short words stand somewhere in most of them.
    return all(
        word in text or (len(word) >= LEAST_ID and line.id.startswith(word)) for word in words
    )


def tell_views() -> None:
    """Have the views of the list ask for it again."""
    # Only where one was shown: do not import widgets for that.
    if widgets := sys.modules.get("tfwidgets.dashboard.history.widget"):
        widgets.tell_views()
