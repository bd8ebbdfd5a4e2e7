"""The live view of the search: listings kept here, rows sent as they come on screen."""

from __future__ import annotations

import logging
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakSet

import traitlets

from tfwidgets.errors import InputError
from tfwidgets.hub import changes
from tfwidgets.hub.code import load_line
from tfwidgets.hub.index import known_names
from tfwidgets.hub.merge import Listing
from tfwidgets.hub.names import FAMILIES, LIBRARIES, LICENSES, TASKS
from tfwidgets.hub.query import Query
from tfwidgets.hub.rows import Found, as_fields
from tfwidgets.hub.widget_details import HubDetails
from tfwidgets.models import session
from tfwidgets.ui.frontend import shell
from tfwidgets.ui.later import Later, Reply, Waiting
from tfwidgets.ui.routes import honour_subshells
from tfwidgets.ui.strings import table
from tfwidgets.ui.text import one_line
from tfwidgets.ui.view import View, answers

if TYPE_CHECKING:
    from tfwidgets.hub.entry import ModelEntry
    from tfwidgets.hub.result import ModelSearch
    from tfwidgets.models.net import HubClient

log = logging.getLogger(__name__)

MOST_ROWS = 500
MOST_CHOICES, MOST_NAME = 400, 80
KEPT = 8
"""Listings kept: going back to a question that was asked lately costs nothing."""

_views: WeakSet[HubView] = WeakSet()


class HubView(HubDetails, View):
    """The list of models, with what narrows it down; a model's details beside it."""

    bundle: ClassVar[str] = "hub"
    parts: ClassVar[tuple[str, ...]] = ("details", "card", "cache")

    query = traitlets.Dict().tag(sync=True)

    def __init__(self, shown: ModelSearch) -> None:
        super().__init__(query=as_fields(shown.query))
        self._found: OrderedDict[Query, Found] = OrderedDict()
        self._found[shown.query] = Found(shown.listing)
        self._known: dict[str, ModelEntry] = {}
        self._lock = Lock()
        honour_subshells(self.comm)
        _views.add(self)

    @answers("search")
    def _search(
        self, query: dict[str, Any], count: int = 50, *, retry: bool = False, fresh: bool = False
    ) -> Later:
        asked = _asked(query)
        found = self._of(asked, anew=fresh)
        if retry:
            found.listing.retry(self._client())
        found.listing.connect()  # reads the token, which only the asking thread may do
        stop = min(max(count, 1), MOST_ROWS)

        def work(waiting: Waiting) -> Reply:
            waiting.progress({})  # that it is being worked at
            found.listing.local()
            waiting.progress(found.rows(0, stop, self._key))
            found.listing.first(waiting.cancelled)
            if fresh or retry:
                found.listing.reach(stop, waiting.cancelled)
            return found.rows(0, stop, self._key), []

        return Later(work)

    @answers("rows")
    def _rows(self, query: dict[str, Any], start: int, stop: int) -> Later:
        found = self._of(_asked(query))
        found.listing.connect()
        start = max(start, 0)
        stop = max(start, min(stop, start + MOST_ROWS))

        def work(waiting: Waiting) -> Reply:
            waiting.progress({})
            found.listing.reach(stop, waiting.cancelled)
            return found.rows(start, stop, self._key), []

        return Later(work)

    @answers("choices")
    def _choices(self) -> Later:
        def work(waiting: Waiting) -> Reply:
            waiting.progress({})
            known = {
                "task": (TASKS, "tasks"),
                "language": (table("languages"), "languages"),
                "license": (LICENSES, "licenses"),
                "library": (LIBRARIES, "libraries"),
                "family": (FAMILIES, "families"),
            }
            return {
                field: sorted({*names, *(one_line(name, MOST_NAME) for name in known_names(kind))})[
                    :MOST_CHOICES
                ]
                for field, (names, kind) in known.items()
            }, []

        return Later(work)

    @answers("use")
    def _use(self, key: str) -> Later:
        entry, client = self._entry(key), self._client()

        def work(waiting: Waiting) -> Reply:
            waiting.progress({})
            return {"name": entry.use(client=client).name}, []

        return Later(work)

    @answers("code")
    def _code(self, key: str) -> Reply:
        return {"text": load_line(self._entry(key), imported=_is_imported())}, []

    def tell_use(self, name: str) -> None:
        """Have the page mark the model that is in use now."""
        self._tell({"type": "in_use", "name": name})

    def tell_changed(self) -> None:
        """Have the page ask again: models came into the cache or went."""
        with self._lock:  # who goes back to an older question would find what is no longer so
            while len(self._found) > 1:
                self._found.popitem(last=False)
        self._tell({"type": "changed"})

    def _tell(self, news: dict[str, Any]) -> None:
        try:
            self.send(news)
        except Exception:  # a page that is gone is no concern of who makes news
            log.exception("a view of the hub could not be told: %s", news["type"])

    def close(self) -> None:
        """Close the view; what it is still working at is dropped."""
        _views.discard(self)
        self._close_details()
        super().close()

    def _client(self) -> HubClient:
        from tfwidgets.models.net import HubClient

        return HubClient.now()

    def _entry(self, key: str) -> ModelEntry:
        try:
            return self._known[key]
        except KeyError:
            raise InputError("This model is not in the list any more: search again.") from None

    def _key(self, entry: ModelEntry) -> str:
        """Return what the page calls an entry: the same in every search, downloaded or not."""
        place = "hub" if entry.source == "cache" else entry.source
        key = f"{place}:{entry.id}"
        self._known[key] = entry
        return key

    def _of(self, query: Query, *, anew: bool = False) -> Found:
        with self._lock:
            if anew:  # models came or went: what was found before is no longer so
                self._found.clear()
            found = self._found.pop(query, None)
            if found is None:
                found = Found(Listing(query, fresh=anew))
            self._found[query] = found
            self._found.move_to_end(query)
            while len(self._found) > KEPT:
                self._found.popitem(last=False)
            return found


def _asked(fields: dict[str, Any]) -> Query:
    given = {name: value for name, value in fields.items() if value is not None}
    try:
        return Query.of(str(given.pop("text", "")), **given)
    except TypeError:
        raise InputError("The page asks for something that is not known here.") from None


_last: str | None = None


def _tell_views() -> None:
    global _last
    used = session.in_use()
    name = used.name if used else ""
    if name == _last:
        return  # something was loaded
    _last = name
    for view in list(_views):
        view.tell_use(name)


def _tell_changed() -> None:
    for view in list(_views):
        view.tell_changed()


def _is_imported() -> bool:
    """Whether the notebook calls this package ``tfw`` already."""
    terminal = shell()
    named = terminal.user_ns.get("tfw") if terminal else None
    return getattr(named, "__name__", None) == "tfwidgets"


session.observe(_tell_views)
changes.observe(_tell_changed)
