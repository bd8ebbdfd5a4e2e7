"""The store: a folder with a database for each project."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import numpy.typing as npt

from tfwidgets.config import settings
from tfwidgets.dashboard.record import ENDED, Delta
from tfwidgets.dashboard.store import spool
from tfwidgets.dashboard.store.formats import dumps, row_of, write_overview
from tfwidgets.dashboard.store.liveness import live
from tfwidgets.dashboard.store.problems import StoreProblem, problem_of
from tfwidgets.dashboard.store.reading import StoredRecord
from tfwidgets.dashboard.store.summary import Summary, read_summary, write_summary
from tfwidgets.dashboard.store.trackio_storage import Database, databases
from tfwidgets.errors import InputError, TfWidgetsError
from tfwidgets.ui.text import printable

IMPORTED_ROWS = 1000
"""Rows for an imported run, each with a run of steps."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def open_store(path: str | Path | None = None) -> Store:
    """Open the store in a folder (that of the settings), taking in what waits there.

    The folder need not be there, and need not be writable for reading. Nothing is raised here:
    what is wrong stands in ``problems``.
    """
    store = Store(Path(path) if path is not None else settings().run_store_path)
    store.take_in()
    return store


class Store:
    """The runs of a folder.

    Attributes
    ----------
    problems
        Sentences on what could not be read the last time, by file; runs of other files are there
        nevertheless.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[str] = []

    def take_in(self) -> None:
        """Bring what could not be written at its time into the databases."""
        self.problems = spool.take_in(self.folder)

    def runs(self, project: str | None = None) -> list[Summary]:
        """Return the runs of one or all projects, the newest first; no rows are read."""
        found: list[Summary] = []
        self.problems = []
        for database in databases(self.folder):
            try:
                facts, notes = database.texts("facts"), database.texts("note")
                found += [
                    read_summary(run_id, text, facts.get(run_id), notes.get(run_id))
                    for run_id, text in database.texts("run").items()
                ]
            except StoreProblem as error:  # noqa: PERF203
                self.problems.append(str(error))
        if project is not None:
            found = [summary for summary in found if summary.project == project]
        return sorted(found, key=lambda summary: summary.started, reverse=True)

    def projects(self) -> list[str]:
        """Return the names of the projects."""
        return sorted({summary.project for summary in self.runs()})

    def has(self, run_id: str) -> bool:
        """Whether there is such a run."""
        return any(found == run_id for found, _ in self._find({run_id}))

    def record(self, run_id: str) -> StoredRecord:
        """Return a run as it is stored now; one of this process may be under ``live`` as well.

        Raises
        ------
        InputError
            There is no such run.
        StoreProblem
            It is damaged, or was written by a newer version.
        """
        _, database = self._one(run_id)
        text = database.text("run", run_id) or "{}"
        facts, note = database.text("facts", run_id), database.text("note", run_id)
        return StoredRecord(database, read_summary(run_id, text, facts, note))

    def set_note(self, run_id: str, text: str) -> None:
        """Keep what a reader writes about a run.

        Raises
        ------
        InputError
            There is no such run.
        StoreProblem
            The store cannot be written.
        """
        _, database = self._one(run_id)
        self._write(database, run_id, texts={"note": printable(text)})
        if (session := live.get(run_id)) is not None:
            session.note = text

    def delete(self, ids: Iterable[str]) -> None:
        """Delete runs, their checkpoints included.

        Raises
        ------
        InputError
            There is no such run, or it still runs.
        StoreProblem
            The store cannot be written.
        """
        wanted = set([ids] if isinstance(ids, str) else ids)
        found = self._find(wanted)
        if missing := wanted - {run_id for run_id, _ in found}:
            raise InputError(f"There is no run {sorted(missing)[0]!r} in {self.folder}.")
        by_file: dict[Path, tuple[Database, list[str]]] = {}
        for run_id, database in found:
            summary = read_summary(run_id, database.text("run", run_id) or "{}", None, None)
            session = live.get(run_id)
            if summary.live or (session is not None and session.status not in ENDED):
                raise InputError(f"The run {summary.name!r} still runs: stop it first.")
            by_file.setdefault(database.path, (database, []))[1].append(run_id)
        for database, run_ids in by_file.values():
            try:
                database.delete(run_ids)
                for run_id in run_ids:
                    spool.remove(self.folder, run_id)
            except Exception as error:
                raise _failure(error, database) from error
            for run_id in run_ids:
                if _ID.fullmatch(run_id):  # it names a folder, and came from a file
                    shutil.rmtree(self.folder / "checkpoints" / run_id, ignore_errors=True)

    def import_run(
        self,
        name: str,
        project: str,
        facts: Mapping[str, Any],
        curves: Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike]],
        epochs: Sequence[dict[str, Any]] = (),
        log: Sequence[dict[str, Any]] = (),
        *,
        status: str = "finished",
        started: float | None = None,
        seconds: float = 0.0,
        progress: Mapping[str, Any] | None = None,
        error: str | None = None,
        run_id: str | None = None,
    ) -> str:
        """Store a run that was made elsewhere.

        Parameters
        ----------
        name, project, facts, epochs, log, status, error
            As of a ``Record``.
        curves
            Name -> (steps, values); steps never go back.
        started
            Seconds since 1970; now where it is not known.
        seconds
            How long it trained.
        progress
            As of a ``Record``; ``step`` is the last step of the curves if it is not given.
        run_id
            To be told again from others: importing it twice replaces nothing and is an error.

        Returns
        -------
        str
            Its id.

        Raises
        ------
        InputError
            Such an id is there already, or it has other characters than letters, digits, ``-``
            and ``_``.
        StoreProblem
            The store cannot be written.
        """
        run_id = run_id or uuid4().hex[:16]
        if not _ID.fullmatch(run_id):
            raise InputError(f"{run_id!r} cannot be the id of a run.")
        if self.has(run_id):
            raise InputError(f"The run {name!r} is in the store already.")
        arrays = {
            printable(each): (np.asarray(x, np.int64), np.asarray(y, np.float32))
            for each, (x, y) in curves.items()
            if len(np.asarray(x))
        }
        last = max((int(x[-1]) for x, _ in arrays.values()), default=0)
        began = time.time() if started is None else started
        done = Delta(status=status, error=error, progress={"step": last, **(progress or {})})
        rows, counts = [], dict.fromkeys(arrays, 0)
        width = max(1, -(-last // IMPORTED_ROWS))
        for number, end in enumerate(range(width, last + width, width) if last else [0]):
            final = end >= last
            part = {}
            for each, (x, y) in arrays.items():
                start, stop = counts[each], len(x) if final else int(np.searchsorted(x, end + 1))
                if stop > start:
                    part[each] = x[start:stop], y[start:stop]
            delta = Delta(part, status="running", progress={"step": min(end, last)})
            if final:
                delta = Delta(part, epochs, log, {}, status, done.progress, error)
            at = began + seconds * min(end / last, 1.0) if last else began
            stamp = datetime.fromtimestamp(at, timezone.utc).isoformat()
            rows.append(row_of(delta, number, counts, stamp))
        run = {
            "id": run_id,
            "name": name,
            "project": project,
            "status": status,
            "started": began,
            "ended": began + seconds,
            "seconds": seconds,
            "error": error,
            "rows": len(rows),
        }
        texts = {
            "run": write_summary(run, epochs, facts, done.progress, running=False),
            "facts": dumps(dict(facts)),
            "curves": write_overview(arrays, rows[-1], list(epochs), list(log), {}, done),
        }
        self._write(Database(self.folder, project), run_id, printable(name), rows, texts)
        return run_id

    # -- what the others share ---------------------------------------------------------------------

    def _write(self, database: Database, run_id: str, *values: Any, **named: Any) -> None:
        try:
            database.write(run_id, *(values or ("",)), **named)
        except Exception as error:
            raise _failure(error, database) from error

    def _find(self, wanted: set[str]) -> list[tuple[str, Database]]:
        found = []
        for database in databases(self.folder):
            try:
                if len(wanted) == 1:
                    there = {i: text for i in wanted if (text := database.text("run", i))}
                else:
                    there = database.texts("run")
                found += [(i, database) for i in wanted if i in there]
            except StoreProblem as error:  # noqa: PERF203
                self.problems.append(str(error))
        return found

    def _one(self, run_id: str) -> tuple[str, Database]:
        found = self._find({run_id})
        if not found:
            raise InputError(f"There is no run {run_id!r} in {self.folder}.")
        return found[0]


def _failure(error: Exception, database: Database) -> TfWidgetsError:
    problem = problem_of(error, database.path)
    if problem.kind == "locked":
        return StoreProblem(f"Another program holds {database.path}. Try again when it is done.")
    return StoreProblem(problem.text.replace("The run is not being stored: ", "Not stored: "))
