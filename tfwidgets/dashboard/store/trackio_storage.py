"""The one place that knows trackio: the SQLite files that it lays out, one for each project.

trackio makes and migrates the tables, so its own dashboard can open our folder
(``TRACKIO_DIR=... trackio show``). It is neither started nor told of a run: no server, no thread,
no network. Reading needs only SQLite, so a list of runs does not wait for trackio's import.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cached_property
from hashlib import sha256
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from threading import RLock
from typing import Any

from filelock import FileLock

from tfwidgets.dashboard.store.formats import Row, dumps
from tfwidgets.dashboard.store.problems import MISSING, StoreProblem, damaged, kind_of
from tfwidgets.errors import EnvironmentProblem

SCHEMA_VERSION = 2
"""Of trackio's tables: the first in which runs have ids."""

LONGEST = 200
"""Bytes of a file's name, its ending apart; common file systems take 255 in all."""

_COPY = "tfwidgets.dashboard.store._trackio_sqlite_storage"
_loading = RLock()


def _storage(folder: Path | None = None) -> Any:
    """Return our own copy of trackio's storage class, set to a folder.

    A copy, because the folder is a global variable of its module: a notebook may use trackio
    itself, for a folder of its own.
    """
    with _loading:
        module = sys.modules.get(_COPY)
        if module is None:
            package = find_spec("trackio")
            places = package.submodule_search_locations if package else None
            spec = PathFinder.find_spec("trackio.sqlite_storage", places) if places else None
            if spec is None or spec.origin is None:
                raise EnvironmentProblem(MISSING)
            copy = spec_from_file_location(_COPY, spec.origin)
            if copy is None or copy.loader is None:
                raise EnvironmentProblem(MISSING)
            module = module_from_spec(copy)
            copy.loader.exec_module(module)
            # Else it asks the environment for a dataset on the hub to fill the folder from.
            module.SQLiteStorage._dataset_import_attempted = True
            sys.modules[_COPY] = module
        if folder is not None:
            module.TRACKIO_DIR = folder  # type: ignore[attr-defined]
        return module.SQLiteStorage


def file_name(project: str) -> str:
    """Return the name of a project's file without its ending: as trackio makes it, cut if long."""
    name = "".join(c for c in project if c.isalnum() or c in "-_") or "default"
    if len(name.encode()) <= LONGEST:
        return name
    # No longer than that in all: the name of a file, given as a project, stays as it is.
    mark = sha256(name.encode()).hexdigest()[:12]
    return f"{name.encode()[: LONGEST - 13].decode(errors='ignore')}-{mark}"


def databases(folder: Path) -> list[Database]:
    """Return the databases of a folder."""
    return [Database(folder, path.stem) for path in sorted(folder.glob("*.db"))]


class Database:
    """The runs of one project.

    Parameters
    ----------
    folder
        Of the store.
    project
        Name of the project; different names may mean the same file.
    """

    def __init__(self, folder: Path, project: str) -> None:
        self.folder, self.project = folder, project

    @cached_property
    def path(self) -> Path:
        """The SQLite file."""
        return self.folder / f"{file_name(self.project)}.db"

    # -- reading -----------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open the file to read.

        Raises
        ------
        StoreProblem
            It is damaged, or held by another program.
        """
        try:
            with closing(self._connect()) as connection:
                yield connection
        except sqlite3.DatabaseError as error:
            said = damaged(self.path, error)
            if kind_of(error) == "locked":
                said = f"Another program holds {self.path}. Try again when it is done."
            elif kind_of(error) == "folder":
                said = f"{self.path} cannot be read ({error})."
            raise StoreProblem(said) from error

    def _connect(self) -> sqlite3.Connection:
        address = self.path.absolute().as_uri()
        connection = sqlite3.connect(f"{address}?mode=ro", uri=True, timeout=5)
        try:
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            connection.close()
            if kind_of(error) != "folder" or not self.path.is_file():
                raise
            # In a folder that cannot be written SQLite has no place for its index of the log.
            return sqlite3.connect(f"{address}?immutable=1", uri=True)
        except BaseException:
            connection.close()
            raise
        return connection

    def texts(self, what: str) -> dict[str, str]:
        """Return a text of every run (``"run"``, ``"facts"``, ``"note"``) by the run's id."""
        begin = f"tfw:{what}:"
        with self.reading() as connection:
            if not _has(connection, "project_metadata"):
                return {}
            found = connection.execute(
                "SELECT key, value FROM project_metadata WHERE key >= ? AND key < ?",
                (begin, f"tfw:{what};"),
            )
            return {key[len(begin) :]: value for key, value in found}

    def text(self, what: str, run_id: str) -> str | None:
        """Return a text of one run."""
        with self.reading() as connection:
            if not _has(connection, "project_metadata"):
                return None
            row = connection.execute(
                "SELECT value FROM project_metadata WHERE key = ?", (f"tfw:{what}:{run_id}",)
            ).fetchone()
            return row[0] if row else None

    def rows(self, run_id: str, first: int | None = None, last: int | None = None) -> list[str]:
        """Return what was written for a run, from one step to another and one row more."""
        where, values = "run_id = ?", [run_id]  # type: tuple[str, list[Any]]
        with self.reading() as connection:
            if first is not None:
                where, values = f"{where} AND step >= ?", [*values, first]
            if last is not None:
                found = connection.execute(
                    "SELECT MIN(step) FROM metrics WHERE run_id = ? AND step >= ?", (run_id, last)
                ).fetchone()
                if found[0] is not None:
                    where, values = f"{where} AND step <= ?", [*values, found[0]]
            query = f"SELECT metrics FROM metrics WHERE {where} ORDER BY step, id"  # noqa: S608
            return [row[0] for row in connection.execute(query, values)]

    def count(self, run_id: str, first: int, last: int | None) -> int:
        """Return how many rows there are from one step to another."""
        with self.reading() as connection:
            found = connection.execute(
                "SELECT COUNT(*) FROM metrics WHERE run_id = ? AND step BETWEEN ? AND ?",
                (run_id, first, 2**62 if last is None else last),
            )
            return int(found.fetchone()[0])

    # -- writing -----------------------------------------------------------------------------------

    @contextmanager
    def writing(self, timeout: float) -> Iterator[sqlite3.Connection]:
        """Open the file to write, all of it in one transaction.

        Raises
        ------
        filelock.Timeout, sqlite3.OperationalError
            Another program holds the file for longer than ``timeout`` seconds.
        EnvironmentProblem
            trackio is not installed.
        OSError, sqlite3.DatabaseError
            The folder cannot be written, the disk is full, the file is damaged.
        """
        storage = _storage()
        self.folder.mkdir(parents=True, exist_ok=True)
        # The file that trackio's own processes lock; both use flock.
        lock = FileLock(self.folder / f"{self.path.stem}.lock", timeout=timeout)
        with lock:
            ready = self.path.is_file() and self.path.stat().st_size > 0 and self._is_ready(timeout)
        if not ready:
            with _loading:
                _storage(self.folder).init_db(self.path.stem)
        with (
            lock,
            storage._get_connection(self.path, timeout=timeout, row_factory=None) as connection,
        ):
            connection.execute("BEGIN IMMEDIATE")
            yield connection

    def _is_ready(self, timeout: float) -> bool:
        with closing(sqlite3.connect(self.path, timeout=timeout)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            return version >= SCHEMA_VERSION and _has(connection, "project_metadata")

    def write(
        self,
        run_id: str,
        name: str,
        rows: Iterable[Row] = (),
        texts: Mapping[str, str] | None = None,
        config: Mapping[str, Any] | None = None,
        timeout: float = 5.0,
    ) -> None:
        """Add rows to a run and replace texts of it (see ``writing`` for the errors).

        A row that is there already is left as it is, so that writing twice does no harm.
        """
        rows = list(rows)
        with self.writing(timeout) as connection:
            _insert(connection, run_id, name, rows)
            if config:
                connection.execute(
                    "INSERT OR REPLACE INTO configs (run_id, run_name, config, created_at) "
                    "VALUES (?, ?, ?, ?)",
                    (run_id, name, dumps(config), rows[0].timestamp if rows else ""),
                )
            put_texts(connection, run_id, texts or {})

    def delete(self, run_ids: Iterable[str], timeout: float = 5.0) -> None:
        """Delete runs with all that belongs to them."""
        ids = list(run_ids)
        with self.writing(timeout) as connection:
            for table in ("metrics", "configs", "system_metrics", "alerts", "traces"):
                if _has(connection, table):
                    connection.executemany(
                        f"DELETE FROM {table} WHERE run_id = ?",  # noqa: S608
                        [(run_id,) for run_id in ids],
                    )
            connection.executemany(
                "DELETE FROM project_metadata WHERE key = ?",
                [(f"tfw:{w}:{i}",) for w in ("run", "facts", "curves", "note") for i in ids],
            )


def _insert(connection: sqlite3.Connection, run_id: str, name: str, rows: Iterable[Row]) -> None:
    for row in rows:
        connection.execute(
            "INSERT OR IGNORE INTO metrics (timestamp, run_id, run_name, step, metrics, log_id) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (row.timestamp, run_id, name, row.step, row.metrics, f"{run_id}:{row.number}"),
        )
        connection.executemany(
            "INSERT OR IGNORE INTO alerts "
            "(run_id, timestamp, run_name, title, text, level, step, alert_id) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    run_id,
                    row.timestamp,
                    name,
                    str(alert.get("alert", "")),
                    dumps(alert.get("values", {})),
                    "error" if alert.get("level") == "error" else "warn",
                    row.step,
                    f"{run_id}:{row.number}:{k}",
                )
                for k, alert in enumerate(row.alerts)
            ],
        )


def put_texts(connection: sqlite3.Connection, run_id: str, texts: Mapping[str, str]) -> None:
    """Replace texts of a run in an open transaction."""
    connection.executemany(
        "INSERT OR REPLACE INTO project_metadata (key, value) VALUES (?, ?)",
        [(f"tfw:{what}:{run_id}", text) for what, text in texts.items()],
    )


def _has(connection: sqlite3.Connection, table: str) -> bool:
    found = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
    )
    return found.fetchone() is not None
