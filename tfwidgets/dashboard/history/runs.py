"""``tfw.runs()``: what was trained before, and what trains now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, overload
from weakref import WeakValueDictionary

from tfwidgets.dashboard.flat import flat_settings
from tfwidgets.dashboard.history.compare import Comparison
from tfwidgets.dashboard.history.listing import LEAST_ID, Line, Listing, chosen, tell_views
from tfwidgets.dashboard.record import ENDED
from tfwidgets.dashboard.result import Run
from tfwidgets.dashboard.times import duration, moment
from tfwidgets.errors import InputError, suggest
from tfwidgets.ui.console import text_table
from tfwidgets.ui.shown import Shown
from tfwidgets.ui.strings import translate
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 10
STATUSES = ("waiting", "running", "validating", "paused", *sorted(ENDED))
COLUMNS = (
    *("id", "name", "project", "status", "started", "seconds", "epochs", "steps"),
    *("model", "monitor", "best", "note"),
)


def runs(
    project: str | None = None,
    *,
    status: str | None = None,
    text: str | None = None,
    limit: int | None = None,
) -> Runs:
    """Return the trainings in the store and those that run now, the newest first.

    Parameters
    ----------
    project
        Only those of this project.
    status
        Only those that are ``"running"``, ``"finished"``, ``"stopped"``, ``"failed"``, ….
    text
        Only those in whose name, note, model or project all of these words stand; a word may
        also be the beginning of an id.
    limit
        At most so many.

    Raises
    ------
    InputError
        There is no such status, or the limit is below 1.
    EnvironmentProblem
        The package that the store is built on is not installed.
    """
    if status is not None and status not in STATUSES:
        raise InputError(
            f"There is no status {status!r}.{suggest(status, STATUSES)} "
            f"There are: {', '.join(STATUSES)}."
        )
    if limit is not None and limit < 1:
        raise InputError(f"limit must be at least 1, not {limit!r}.")
    return Runs(project=project, status=status, text=text, limit=limit)


class Runs(Shown):
    """Trainings, newest first: a sequence that reads a run when it is asked for.

    ``runs[0]`` is the newest, ``runs["name"]`` the newest of that name, ``runs["9f2c"]`` the one
    whose id begins so, ``runs[:5]`` the five newest.

    Attributes
    ----------
    project, status, text, limit
        What it was asked for.
    """

    view: ClassVar[str] = "tfwidgets.dashboard.history.widget:RunsView"
    picture: ClassVar[str] = "tfwidgets.dashboard.history.static:draw"

    def __init__(
        self,
        *,
        project: str | None = None,
        status: str | None = None,
        text: str | None = None,
        limit: int | None = None,
    ) -> None:
        self.project, self.status, self.text, self.limit = project, status, text, limit
        self._listing = Listing()
        self._ids: list[str] | None = None  # of a part that was cut out
        self._read: list[Line] | None = None
        self._lines: list[Line] = []
        self._open: WeakValueDictionary[str, Run] = WeakValueDictionary()

    @property
    def lines(self) -> list[Line]:
        """What the list says of each run, without reading the runs."""
        if self._read is None:
            self._choose(self._listing.lines())
        return self._lines

    @property
    def problems(self) -> list[str]:
        """What could not be read of the store, and why; the other runs are there all the same."""
        return self._listing.problems

    def latest(self) -> list[Line]:
        """Return the lines as they are by now: trainings and other processes change them."""
        lines = self._listing.lines()
        if lines is not self._read:
            self._choose(lines)
        return self._lines

    def refresh(self) -> Runs:
        """Read the list again, and have views of it do so; return the same object."""
        self._choose(self._listing.lines(again=True))
        tell_views()
        return self

    def _choose(self, lines: list[Line]) -> None:
        self._read = lines
        if self._ids is not None:
            by_id = {line.id: line for line in lines}
            self._lines = [by_id[identity] for identity in self._ids if identity in by_id]
            return
        found = chosen(lines, project=self.project, status=self.status, text=self.text)
        self._lines = found[: self.limit]

    def __getstate__(self) -> dict[str, Any]:
        """Return what was asked for: where it is unpickled, the store there answers."""
        asked = ("project", "status", "text", "limit", "_ids")
        return {name: self.__dict__[name] for name in asked}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__()  # type: ignore[misc]
        self.__dict__.update(state)

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[Run]:
        for line in self.lines:
            yield self.of_id(line.id)

    @overload
    def __getitem__(self, key: int | str) -> Run: ...
    @overload
    def __getitem__(self, key: slice) -> Runs: ...
    def __getitem__(self, key: int | str | slice) -> Run | Runs:
        """Return a run by number, name or id, or a part of the list."""
        if isinstance(key, slice):
            part = Runs(project=self.project, status=self.status, text=self.text)
            part._listing, part._ids = self._listing, [line.id for line in self.lines[key]]
            return part
        if isinstance(key, str):
            return self.of_id(self._named(key)[0].id)
        try:
            return self.of_id(self.lines[key].id)
        except IndexError:
            raise IndexError(f"There are {len(self)} runs; there is no number {key}.") from None

    def compare(self, *which: Run | int | str) -> Comparison:
        """Return runs beside each other: by number, name, id, or as they are.

        Raises
        ------
        InputError
            There is no such run, or there are not at least two.
        """
        return Comparison([r if isinstance(r, Run) else self[r] for r in which])

    def delete(self, *which: Run | int | str) -> None:
        """Delete runs and their checkpoints from the store, without asking.

        Raises
        ------
        InputError
            There is no such run, several have the name, or one is still running. Then none
            is deleted.
        """
        self.delete_ids([self._one(item) for item in which])

    def delete_ids(self, ids: list[str]) -> None:
        """Delete runs by their whole ids, in this list or not; as ``delete``."""
        from tfwidgets.dashboard.store import live, open_store

        going = {
            line.id: line
            for line in self._listing.lines(again=True)
            if line.status not in ENDED and line.problem is None
        }
        if running := [going[identity].name for identity in ids if identity in going]:
            raise InputError(
                f"{running[0]!r} is still training: stop it before you delete its run."
            )
        store = open_store()
        # What ran in this process may never have come into the store.
        store.delete([i for i in ids if i not in live or store.has(i)])
        for identity in ids:
            live.pop(identity, None)
        self.refresh()

    def note(self, which: Run | int | str, text: str) -> None:
        """Write a note on a run; it takes the place of the one before."""
        (which if isinstance(which, Run) else self.of_id(self._one(which))).note = text
        self.refresh()

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row per run.

        After ``id``, ``name``, ``project``, ``status``, ``started`` (UTC), ``seconds``,
        ``epochs``, ``steps``, ``model``, ``monitor``, ``best`` (of the monitored value) and
        ``note`` come the settings in which the runs differ, and the last of each loss and metric.
        """
        import pandas as pd

        lines = self.lines
        columns: dict[str, Any] = {
            name: [getattr(line, name) for line in lines] for name in COLUMNS
        }
        columns["started"] = pd.to_datetime(
            pd.Series(columns["started"], dtype="float64"), unit="s", utc=True
        )
        made = [flat_settings({"settings": line.facts.get("settings")}) for line in lines]
        for key in dict.fromkeys(key for one in made for key in one):
            values = [one.get(key) for one in made]
            if any(value != values[0] for value in values) and key != "model":
                columns[_free(key, columns)] = values
        for key in dict.fromkeys(key for line in lines for key in line.values):
            columns[_free(key, columns)] = [line.values.get(key) for line in lines]
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        if not self.lines:
            return "\n".join(["no runs", *self.problems])
        rows = [
            (
                str(number),
                one_line(line.name, 40),
                translate("dashboard", f"status-{line.status}", "en"),
                moment(line.started),
                duration(line.seconds),
                str(line.epochs),
                "" if line.best is None else f"{line.monitor} {line.best:.4g}",
                one_line(line.note, 30),
            )
            for number, line in enumerate(self.lines[:SHOWN])
        ]
        header = ("#", "name", "status", "started", "time", "epochs", "best", "note")
        head = "1 run" if len(self) == 1 else f"{len(self):,} runs"
        shown = [head, text_table(header, rows)]
        if len(self) > SHOWN:
            shown.append(f"… and {len(self) - SHOWN:,} more: .to_frame() has them all")
        return "\n".join([*shown, *self.problems])

    def of_id(self, identity: str) -> Run:
        """Return a run by its whole id, in this list or not."""
        from tfwidgets.dashboard.store import live, open_store

        run = self._open.get(identity)
        session = live.get(identity)
        if session is not None:
            run = Run.of(session)
        elif run is None or run.status not in ENDED:  # another kernel may be at it
            run = Run.of(open_store().record(identity))
        self._open[identity] = run
        return run

    def _one(self, which: Run | int | str) -> str:
        """Return the id of what is to be changed: here a name must be that of one run."""
        if isinstance(which, Run):
            return which.id
        if isinstance(which, int):
            return self.lines[which].id
        found = self._named(which)
        if len(found) > 1:
            ids = ", ".join(line.id for line in found[:5])
            raise InputError(f"{len(found)} runs are called {which!r}: say which by its id: {ids}.")
        return found[0].id

    def _named(self, key: str) -> list[Line]:
        """Return the runs with that id or name, or whose id begins so; there is one at least."""
        lines = self.lines
        found = [line for line in lines if line.id == key] or [
            line for line in lines if line.name == key
        ]
        if not found and len(key) >= LEAST_ID:
            found = [line for line in lines if line.id.startswith(key)]
        if not found:
            near = suggest(key, dict.fromkeys(line.name for line in lines[:1000]))
            raise InputError(f"There is no run {key!r} among these {len(lines)}.{near}")
        return found


def _free(name: str, taken: dict[str, Any]) -> str:
    while name in taken:
        name = f"setting: {name}"
    return name
