"""What the view of the search answers about one model, and about the cache."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tfwidgets.errors import InputError
from tfwidgets.hub.notes import notes_for_page
from tfwidgets.ui.later import Later, Reply, Waiting
from tfwidgets.ui.text import clip, one_line, printable
from tfwidgets.ui.view import answers

if TYPE_CHECKING:
    from tfwidgets.hub.card import Card
    from tfwidgets.hub.download import Job
    from tfwidgets.hub.entry import ModelEntry
    from tfwidgets.hub.housekeeping import CachedRepo, Freed
    from tfwidgets.models.net import HubClient

_ID = 400
_MOST_REPOS = 5_000


class HubDetails:
    """Answers about a model's details, its card and its download, and about the cache.

    The view it is mixed into has ``_entry`` (from a row's key), ``_client`` and ``send``.
    """

    _entry: Callable[[str], ModelEntry]
    _client: Callable[[], HubClient]
    send: Callable[..., None]
    _watched: dict[str, Callable[[], None]]

    @answers("details")
    def _details(self, key: str) -> Later:
        from tfwidgets.hub.download import job_of

        entry, client = self._entry(key), self._client()
        if (job := job_of(entry)) and not job.ended:
            self._watch(key, job)  # a page that is new hears of it, too

        def work(waiting: Waiting) -> Reply:
            from tfwidgets.hub.details import details
            from tfwidgets.hub.net.worker import cancellable

            payload = cancellable(
                lambda: details(entry, client, waiting.progress), waiting.cancelled
            )
            return payload, []

        return Later(work)

    @answers("card")
    def _card(self, key: str) -> Later:
        entry, client = self._entry(key), self._client()

        def work(waiting: Waiting) -> Reply:
            from tfwidgets.hub.card import NoCardError, card
            from tfwidgets.hub.net.worker import cancellable

            waiting.progress({})  # that it is being worked at
            try:
                shown = cancellable(lambda: card(entry, client), waiting.cancelled)
            except NoCardError:
                return {"none": True}, []
            return _card_payload(entry, shown), []

        return Later(work)

    @answers("download")
    def _download(self, key: str) -> Reply:
        from tfwidgets.hub.details.fitness import job_state
        from tfwidgets.hub.download import start

        job = start(self._entry(key), self._client())
        self._watch(key, job)
        return job_state(job), []

    @answers("cancel")
    def _cancel(self, key: str) -> Reply:
        from tfwidgets.hub.details.fitness import job_state
        from tfwidgets.hub.download import job_of

        job = job_of(self._entry(key))
        if job is None:
            raise InputError("This model is not being downloaded.")
        job.cancel()
        return job_state(job), []

    @answers("cache")
    def _cache(self) -> Later:
        def work(waiting: Waiting) -> Reply:
            waiting.progress({})
            return _cache_payload(), []

        return Later(work)

    @answers("delete")
    def _delete(self, keys: list[str], incomplete: bool = False) -> Later:
        wanted = [str(key) for key in keys]

        def work(waiting: Waiting) -> Reply:
            from tfwidgets.hub.housekeeping import delete, delete_incomplete

            waiting.progress({})
            freed = delete_incomplete(wanted) if incomplete else delete(wanted)
            return _freed_payload(freed), []

        return Later(work)

    def _watch(self, key: str, job: Job) -> None:
        """Tell the page how far a download is, until that ends or the view does."""
        from tfwidgets.hub.details.fitness import job_state

        lock = self._watching()

        def tell(job: Job) -> None:
            self.send({"type": "job", "key": key, **job_state(job)})

        with lock:
            if stop := self._watched.pop(key, None):
                stop()
            self._watched[key] = job.observe(tell)

    def _watching(self) -> Lock:
        lock: Lock = self.__dict__.setdefault("_watch_lock", Lock())
        self.__dict__.setdefault("_watched", {})
        return lock

    def _close_details(self) -> None:
        """Stop listening to downloads; they go on."""
        with self._watching():
            for stop in self._watched.values():
                stop()
            self._watched.clear()


def _card_payload(entry: ModelEntry, card: Card) -> dict[str, Any]:
    links = images = None
    if entry.url and entry.source in ("hub", "cache"):
        revision = quote(entry.revision or "main", safe="")
        links, images = (f"{entry.url}/{part}/{revision}/" for part in ("blob", "resolve"))
    return {
        "text": card.text,
        "truncated": card.truncated,
        "origin": card.origin,
        "notes": notes_for_page(card.messages),
        "links": links,
        "images": images,
    }


def _cache_payload() -> dict[str, Any]:
    from tfwidgets.hub.housekeeping import repos
    from tfwidgets.hub.machine import disk_free
    from tfwidgets.models.available import hub_cache

    found = repos()
    return {
        "folder": clip(printable(str(hub_cache())), _ID),
        "free": disk_free(hub_cache()),
        "size": sum(repo.size for repo in found),
        "incomplete": sum(repo.incomplete_bytes for repo in found),
        "repos": [_repo_payload(repo) for repo in found[:_MOST_REPOS]],
    }


def _repo_payload(repo: CachedRepo) -> dict[str, Any]:
    from tfwidgets.hub.details.facts import seconds
    from tfwidgets.hub.housekeeping import why_kept

    return {
        "key": repo.id,
        "id": one_line(repo.id, _ID),
        "size": repo.size,
        "incomplete": repo.incomplete_bytes,
        "revisions": len(repo.revisions),
        "used": seconds(repo.used),
        "kept": why_kept(repo),
    }


def _freed_payload(freed: Freed) -> dict[str, Any]:
    return {
        "deleted": [one_line(name, _ID) for name in freed.deleted],
        "freed": freed.bytes,
        "kept": [[one_line(name, _ID), reason] for name, reason in freed.kept.items()],
    }
