"""What a search for models found: a list that asks the hub for as much as is wanted of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextvars import copy_context
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, ClassVar, overload

from tfwidgets.errors import InputError, suggest
from tfwidgets.hub.entry import ModelEntry
from tfwidgets.hub.facets import facets
from tfwidgets.hub.merge import Listing
from tfwidgets.hub.query import Query
from tfwidgets.hub.table import as_text
from tfwidgets.ui.frontend import has_cells, in_notebook
from tfwidgets.ui.shown import Shown

if TYPE_CHECKING:
    import pandas as pd

    from tfwidgets.models.net import HubProblem

LOOK_SECONDS = 0.3
"""How long a cell of an open notebook waits for what is here; the rest comes when it is there."""

COLUMNS = (
    *("id", "source", "task", "languages", "license", "params", "dtype", "disk_size"),
    *("downloads", "likes", "updated", "gated", "cached", "revision", "architecture", "url"),
)
_COUNTS = ("params", "disk_size", "downloads", "likes")


class ModelSearch(Shown, Sequence[ModelEntry]):
    """Models, what is here first: a sequence that asks the hub when it has to.

    ``search[0]`` is the first, ``search["org/name"]`` the one of that id, ``search[:5]`` a list
    of five. What is here needs no network. Where the hub does not answer, what is here is the
    result, and ``problem`` says why.

    Attributes
    ----------
    query
        What is looked for.
    limit
        How many models the sequence has at most.
    listing
        All that is known by now; it goes on beyond the limit.
    """

    view: ClassVar[str] = "tfwidgets.hub.widget:HubView"
    picture: ClassVar[str] = "tfwidgets.hub.static:draw"

    def __init__(self, query: Query, limit: int = 30) -> None:
        self.query = query
        self.limit = limit
        self.listing = Listing(query)
        self._drawn: tuple[object, ...] = ()

    @property
    def problem(self) -> HubProblem | None:
        """Why the hub did not answer, or None: it did, or was not asked yet."""
        return self.listing.problem

    @property
    def known(self) -> list[ModelEntry]:
        """What is known by now, without asking the hub."""
        return self.listing.entries[: self.limit]

    def retry(self) -> ModelSearch:
        """Forget that the hub did not answer, so that it is asked again; return the same object."""
        self.listing.retry()
        return self

    def facets(self) -> dict[str, list[tuple[str, int]]]:
        """Return how many of the models known by now are of each task, language, licence, ….

        Counted is what the sequence has: no more than ``limit``.
        """
        self.listing.local()
        return facets(self.known)

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row per model; what is not known is missing.

        Raises
        ------
        HubProblem
            When only the hub was to be asked, and it does not answer.
        """
        import pandas as pd

        found = list(self)
        columns: dict[str, Any] = {
            name: [getattr(entry, name) for entry in found] for name in COLUMNS
        }
        for name in _COUNTS:
            columns[name] = pd.array(columns[name], dtype="Int64")
        columns["updated"] = pd.to_datetime(pd.Series(columns["updated"], dtype=object), utc=True)
        columns["cached"] = pd.Series(columns["cached"], dtype=bool)
        for name in ("languages", "gated"):
            columns[name] = pd.Series(columns[name], dtype=object)
        return pd.DataFrame(columns, columns=list(COLUMNS))

    def __len__(self) -> int:
        return len(self._reach(self.limit))

    def __bool__(self) -> bool:
        return bool(self._reach(1))

    def __iter__(self) -> Iterator[ModelEntry]:
        number = 0
        while number < self.limit and (found := self.listing.rows(number, number + 1)):
            yield found[0]
            number += 1
        self._refuse_nothing()

    def __contains__(self, item: object) -> bool:
        return any(item in (entry.id, entry) for entry in self)

    @overload
    def __getitem__(self, key: int | str) -> ModelEntry: ...
    @overload
    def __getitem__(self, key: slice) -> list[ModelEntry]: ...
    def __getitem__(self, key: int | str | slice) -> ModelEntry | list[ModelEntry]:
        """Return a model by number or id, or a list of some."""
        if isinstance(key, str):
            return self._of_id(key)
        if isinstance(key, slice):
            ends = (key.start or 0, key.stop if key.stop is not None else self.limit)
            open_end = min(ends) < 0 or (key.step or 1) < 0
            return self._reach(self.limit if open_end else max(ends))[key]
        found = self._reach(self.limit if key < 0 else key + 1)
        try:
            return found[key]
        except IndexError:
            words = f"There are {len(self)} models; there is no number {key}."
            raise IndexError(words + self._why()) from None

    def _reach(self, stop: int) -> list[ModelEntry]:
        found = self.listing.rows(0, min(stop, self.limit))
        self._refuse_nothing()
        return found

    def _refuse_nothing(self) -> None:
        """Raise the problem where only the hub was to be asked and has given nothing."""
        if self.problem and self.query.where == ("hub",) and not self.listing.known:
            raise self.problem.with_traceback(None)

    def _of_id(self, name: str) -> ModelEntry:
        for entry in self:
            if entry.id == name:
                return entry
        known = [entry.id for entry in self]
        words = f"There is no model {name!r} among these {len(known)}.{suggest(name, known)}"
        raise InputError(words + self._why())

    def _why(self) -> str:
        """Return what to add to a complaint that something is not there: the hub was not heard."""
        return f"\n{self.problem}" if self.problem else ""

    def __getstate__(self) -> dict[str, Any]:
        """Return what was asked: where it is unpickled, it is looked for anew."""
        return {"query": self.query, "limit": self.limit}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def __repr__(self) -> str:
        # Notebooks call it for much that is not to be shown: lists of variables, tracebacks.
        if in_notebook():
            self.listing.local()
        else:
            self.listing.reach(self.limit)
        return as_text(self)

    def static_html(self) -> str:
        """Return the static fallback: HTML without script, every text escaped."""
        self.listing.reach(self.limit)
        return super().static_html()

    def _text(self) -> str:
        # Of what is known by now: a cell that shows it waits for no hub.
        return as_text(self, lasting=True)

    def _ipython_display_(self) -> None:
        if not in_notebook():
            raise NotImplementedError  # IPython then asks for the bundle
        if not has_cells():
            self.listing.reach(self.limit)  # nobody looks while it runs: what lasts is what counts
            super()._ipython_display_()
            return
        # The cell ends at once. The page asks for its rows by itself; what stays in a saved
        # notebook is filled in when the hub has answered.
        looked, shown = Event(), Event()
        self.listing.connect()
        run = copy_context().run  # without it ipykernel 7.0 shows nothing that a thread shows
        Thread(target=run, args=(self._follow, looked, shown), daemon=True).start()
        looked.wait(LOOK_SECONDS)
        self._drawn = self._state()
        try:
            super()._ipython_display_()
        finally:
            shown.set()

    def _follow(self, looked: Event, shown: Event) -> None:
        """Have the output keep what comes after the cell has ended."""
        self.listing.local()
        looked.set()
        self.listing.first()
        shown.wait()
        if self._state() != self._drawn:
            self.settle()

    def _state(self) -> tuple[object, ...]:
        """Return what differs when there is something else to be seen."""
        listing = self.listing
        return listing.read, listing.known, listing.answered, listing.problem
