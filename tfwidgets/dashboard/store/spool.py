"""Where rows wait that could not be written to a database: a file for each run.

Lines of JSON in ``<store>/pending``. They are taken in when the store is opened the next time, by
whichever process comes first; rows have numbers, so that taking them in twice does no harm.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from tfwidgets.dashboard.store.formats import VERSION, Row, dumps
from tfwidgets.dashboard.store.trackio_storage import Database
from tfwidgets.errors import EnvironmentProblem

log = logging.getLogger(__name__)

BUSY_SECONDS = 1.0
"""Somebody waits for a list of runs, and a training for the file that is taken in."""


def _path(folder: Path, run_id: str) -> Path:
    return folder / "pending" / f"{run_id}.jsonl"


def _lock(folder: Path, timeout: float) -> FileLock:
    return FileLock(folder / "pending" / ".lock", timeout=timeout)


def append(
    folder: Path,
    project: str,
    run_id: str,
    name: str,
    rows: Iterable[Row],
    texts: Mapping[str, str],
) -> None:
    """Write rows and texts of a run to its file.

    Raises
    ------
    OSError
        The folder cannot be written, or the disk is full; the file is as it was before.
    """
    place = _path(folder, run_id)
    place.parent.mkdir(parents=True, exist_ok=True)
    head = {"v": VERSION, "project": project, "id": run_id, "name": name}
    lines = [{**head, "row": asdict(row)} for row in rows]
    if texts:
        lines.append({**head, "texts": dict(texts)})
    # A line that a crash cut short ends here, so that it spoils no other.
    data = "\n" + "".join(dumps(line) + "\n" for line in lines)
    with _lock(folder, 2), place.open("ab", buffering=0) as file:
        end = file.seek(0, os.SEEK_END)
        left = memoryview(data.encode("utf-8", "replace"))
        try:
            while left:
                left = left[file.write(left) :]
        except OSError:
            file.truncate(end)  # tried again, the pieces would fill the disk
            raise


class Waiting:
    """What of one run waits in a file: each row, and each text as it was last, put there once.

    Parameters
    ----------
    run
        Its ``id``, ``name`` and ``project``.
    """

    def __init__(self, run: Mapping[str, str]) -> None:
        self._run = run
        self._folder: Path | None = None
        self._texts: dict[str, str] = {}
        self._next = 0

    def add(self, folder: Path, rows: Iterable[Row], texts: Mapping[str, str]) -> None:
        """Put there what is not there yet.

        Raises
        ------
        OSError
            The folder cannot be written, or the disk is full.
        """
        if folder != self._folder:  # another was chosen meanwhile
            with suppress(OSError):
                self.clear()
            self._forget()
        new = [row for row in rows if row.number >= self._next]
        changed = {what: text for what, text in texts.items() if self._texts.get(what) != text}
        if not new and not changed:
            return
        run = self._run
        self._folder = folder
        append(folder, run["project"], run["id"], run["name"], new, changed)
        self._texts |= changed
        if new:
            self._next = new[-1].number + 1

    def clear(self) -> None:
        """Throw the file away: all that is in it was stored.

        Raises
        ------
        OSError
            It cannot be thrown away.
        """
        if self._folder is not None:
            remove(self._folder, self._run["id"])
            self._forget()

    def _forget(self) -> None:
        self._folder, self._texts, self._next = None, {}, 0


def remove(folder: Path, run_id: str) -> None:
    """Throw a run's file away."""
    place = _path(folder, run_id)
    if place.exists():
        with _lock(folder, 2):
            place.unlink(missing_ok=True)


def take_in(folder: Path) -> list[str]:
    """Bring what waits into the databases; return sentences on what could not be brought.

    A file that nobody can read is put aside, so that it is told of once.
    """
    problems: list[str] = []
    pending = folder / "pending"
    if not any(pending.glob("*.jsonl")):
        return problems
    try:
        with _lock(folder, 1):
            for place in sorted(pending.glob("*.jsonl")):
                try:
                    _take(folder, place)
                except EnvironmentProblem as error:  # noqa: PERF203
                    return [str(error)]
                except _Unreadable as error:
                    aside = place.with_suffix(".unreadable")
                    place.replace(aside)
                    problems.append(f"What waited in {place} cannot be read: {error}. Its file "
                                    f"is {aside.name} now.")  # fmt: skip
                except Exception as error:
                    log.info("what waits in %s could not be taken in", place, exc_info=True)
                    problems.append(f"What waits in {place} could not be stored yet: {error}")
    except (Timeout, OSError) as error:
        log.info("%s is left for later: %s", pending, error)
    return problems


class _Unreadable(Exception):
    """What is in a file was not written by us, or is damaged."""


def _take(folder: Path, place: Path) -> None:
    lines = [line for raw in place.read_bytes().split(b"\n") if (line := _parsed(raw))]
    if any(line.get("v") != VERSION for line in lines):
        raise ValueError("it was written by a newer tfwidgets. Update tfwidgets.")
    if lines:
        try:
            head = {key: _text(lines[0][key]) for key in ("project", "id", "name")}
            rows = [_row(line["row"]) for line in lines if "row" in line]
            texts: dict[str, str] = {}
            for line in lines:
                texts |= {what: _text(text) for what, text in line.get("texts", {}).items()}
            waiting = _rows(texts.get("run"))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _Unreadable(f"{type(error).__name__}: {error}") from error
        database = Database(folder, head["project"])
        database.write(head["id"], head["name"], rows, timeout=BUSY_SECONDS)
        if texts and waiting >= _rows(database.text("run", head["id"])):
            database.write(head["id"], head["name"], texts=texts, timeout=BUSY_SECONDS)
    place.unlink()


def _parsed(raw: bytes) -> dict[str, Any] | None:
    """Read a line; one that a crash cut short is none."""
    try:
        line = json.loads(raw)
    except ValueError:
        return None
    return line if isinstance(line, dict) else None


def _row(given: Any) -> Row:
    row = Row(**given)
    for value, kind in ((row.number, int), (row.step, int), (row.alerts, list)):
        if not isinstance(value, kind):
            raise TypeError(f"{value!r} in a row")
    _text(row.timestamp), _text(row.metrics)
    return row


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _rows(summary: str | None) -> int:
    return int(json.loads(summary).get("rows", 0)) if summary else -1
