"""One list of what is here and of what the hub has, without anything twice."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock
from typing import TYPE_CHECKING

from tfwidgets.hub import seen
from tfwidgets.hub.order import ordered
from tfwidgets.hub.query import HUB_SORTS, Query
from tfwidgets.hub.sources.here import here

if TYPE_CHECKING:
    from tfwidgets.hub.entry import ModelEntry
    from tfwidgets.hub.sources.online import OnlineSearch
    from tfwidgets.models.net import HubClient, HubProblem
    from tfwidgets.ui.strings import Message

FEWEST, MOST = 30, 100
"""Entries that one page of the hub is asked for."""

BARREN = 20
"""Pages in a row without a new model, after which a hub is taken to turn in circles."""


class Listing:
    """The answer to a query: what is here at once, then what the hub has, page by page.

    Threads may share it: an entry keeps its place once it has one, and no page is asked for
    twice. What is in the cache stands in it once, with what the hub knows of it.

    Parameters
    ----------
    query
        What is looked for.
    client
        How the hub is asked; None: as the settings say when it is first asked, which then has
        to be in the main thread.
    fresh
        Whether the hub is asked also for what it has answered lately.

    Attributes
    ----------
    problem
        Why the hub did not answer, or None. It is not asked again before ``retry``.
    messages
        ``notes`` before they are written in a language.
    """

    def __init__(
        self, query: Query, client: HubClient | None = None, *, fresh: bool = False
    ) -> None:
        self.query = query
        self.problem: HubProblem | None = None
        self.messages: tuple[Message, ...] = ()
        self._client = client
        self._fresh = fresh
        self._online: OnlineSearch | None = None
        self._tries = 0
        self._renewed = True
        self._answered = self._ended = False
        self._barren = 0
        self._local: int | None = None
        self._entries: list[ModelEntry] = []
        self._shown: dict[str, ModelEntry] = {}
        self._cached: dict[str, ModelEntry] = {}
        self._moved: dict[str, str] = {}
        self._lock, self._looking, self._asking = Lock(), Lock(), Lock()

    @property
    def entries(self) -> list[ModelEntry]:
        """What is known by now."""
        with self._lock:
            return list(self._entries)

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be looked at here: a folder that is not there."""
        return tuple(message.text() for message in self.messages)

    @property
    def known(self) -> int:
        """How many entries are known by now."""
        return len(self._entries)

    @property
    def read(self) -> bool:
        """Whether what is here was looked through."""
        return self._local is not None

    @property
    def answered(self) -> bool:
        """Whether the hub has sent a page."""
        return self._answered

    @property
    def done(self) -> bool:
        """Whether nothing more will come."""
        if "hub" not in self.query.where:
            return self.read
        return self._ended

    @property
    def more(self) -> bool:
        """Whether asking on is of use: something may come, and the hub did not fail."""
        return not self.done and self.problem is None

    @property
    def sorted_by_hub(self) -> bool:
        """Whether the hub can sort as asked; else its part comes by downloads."""
        return self.query.sort in HUB_SORTS

    def local(self) -> list[ModelEntry]:
        """Return what is here and meant, without asking the hub."""
        with self._looking:  # not the other lock: what is known can be shown meanwhile
            if self._local is None:
                self._look_here()
        return self._entries[: self._local]

    def rows(self, start: int, stop: int, cancelled: Event | None = None) -> list[ModelEntry]:
        """Return the entries from ``start`` to ``stop``; there may be fewer."""
        self.reach(stop, cancelled)
        with self._lock:
            return self._entries[max(start, 0) : max(stop, 0)]

    def reach(self, stop: int, cancelled: Event | None = None) -> None:
        """Ask the hub until so many entries are known, it has no more, or it fails.

        Returns at the first of these; why it failed is in ``problem``.

        Raises
        ------
        Cancelled
            ``cancelled`` was set, before or meanwhile. What arrives later is kept.
        """
        self.local()
        self._wait(lambda: max(stop - self.known, 0), cancelled)

    def first(self, cancelled: Event | None = None) -> None:
        """Wait for the hub's first page, as ``reach`` does."""
        self.local()
        self._wait(lambda: 0 if self._answered else FEWEST, cancelled)

    @property
    def asked(self) -> bool:
        """Whether a question to the hub was begun."""
        return self._online is not None

    def connect(self) -> OnlineSearch | None:
        """Take the settings and the token of now, which are read in the main thread alone."""
        if "hub" not in self.query.where:
            return None
        from tfwidgets.hub.sources.online import OnlineSearch
        from tfwidgets.models.net import HubClient

        with self._lock:
            if self._online is None:
                client = self._client or HubClient.now()
                self._online = OnlineSearch(self.query, client, fresh=self._fresh)
            elif not self._renewed:
                self._online.reach_by(self._client or HubClient.now())
            self._renewed = True
            return self._online

    def retry(self, client: HubClient | None = None) -> None:
        """Forget that the hub failed, so that the next call asks it again.

        It is asked with the token of now; one that never answered is asked anew, as the settings
        say now. What an earlier try still waits for counts no more if it fails.
        """
        with self._lock:
            self.problem = None
            self._tries += 1
            self._client, self._renewed = client, False
            if not self._answered:
                # Who asks now does not wait until the earlier try has ended, either.
                self._online, self._asking = None, Lock()

    def _wait(self, lacking: Callable[[], int], cancelled: Event | None) -> None:
        """Ask for pages, in a thread, as long as entries are lacking."""
        if not (lacking() and self.more and (online := self.connect())):
            return
        from tfwidgets.models.net import in_thread

        ended = cancelled or Event()
        with self._lock:
            tries, asking = self._tries, self._asking

        def wanted() -> bool:
            return self._tries == tries and not ended.is_set()

        def work() -> None:
            with asking:
                while (count := lacking()) and self.more and wanted() and online is self._online:
                    self._ask(online, count, wanted)

        try:
            in_thread(work, cancelled=ended)
        except BaseException:
            if cancelled is None:  # Ctrl+C: the thread ends with the page that it waits for
                ended.set()
            raise

    def _look_here(self) -> None:
        places = here(self.query)
        # Of what is in the cache the hub may know better that it is meant.
        self._cached = {entry.id: entry for entry in places["cache"].entries}
        asked = [found for place, found in places.items() if place in self.query.where]
        self.messages = tuple(message for found in asked for message in found.messages)
        meant = [e for found in asked for e in found.entries if self.query.matches(e)]
        with self._lock:
            self._entries = ordered(meant, self.query.sort)
            self._shown = {entry.id: entry for entry in self._entries if entry.source == "cache"}
            self._local = len(self._entries)

    def _ask(self, online: OnlineSearch, lacking: int, wanted: Callable[[], bool]) -> None:
        from tfwidgets.models.net import HubProblem

        try:
            page = online.page(min(max(lacking, FEWEST), MOST))
        except HubProblem as problem:
            with self._lock:
                if wanted():  # else who asks next finds out how the hub is by then
                    # Its traceback would keep alive what was sent.
                    self.problem = problem.with_traceback(None)
            return
        seen.remember(page)
        with self._lock:
            if online is not self._online:  # after a new start
                return
            before = self.known
            for entry in page:
                self._take(entry)
            self._barren = 0 if self.known > before else self._barren + 1
            self._answered = True
            self._ended = online.done or self._barren >= BARREN

    def _take(self, entry: ModelEntry) -> None:
        known = self._shown.get(entry.id) or self._cached.get(entry.id) or self._renamed(entry)
        if known is not None:
            known.enrich(entry)
            entry = known
        if entry.id not in self._shown:
            self._shown[entry.id] = entry
            self._entries.append(entry)

    def _renamed(self, entry: ModelEntry) -> ModelEntry | None:
        """Return the cached model that an owner has taken on since: ``bert`` for ``org/bert``.

        Only these: two owners may have copies of one commit, each under a name of its own.
        """
        owner, _, name = entry.id.rpartition("/")
        cached = self._cached.get(name) if owner else None
        if cached is None or not entry.revision or cached.revision != entry.revision:
            return None
        # The first that comes; the next is somebody's copy.
        return cached if self._moved.setdefault(name, entry.id) == entry.id else None
