"""Models on a hub: the search of its API, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfwidgets.hub.net.pager import Pager
from tfwidgets.hub.query import HUB_SORTS
from tfwidgets.hub.sources.listed import entry_of

if TYPE_CHECKING:
    from tfwidgets.hub.entry import ModelEntry
    from tfwidgets.hub.query import Query
    from tfwidgets.models.net import HubClient

__all__ = ["OnlineSearch", "entry_of"]

MOST = 100
"""Models on a page."""

# What a list may be asked for; `baseModels` and `usedStorage` only one model's page tells.
# `cardData` and `config` (which holds chat templates) are many times longer than the rest.
FIELDS = (
    *("author", "createdAt", "disabled", "downloads", "gated", "lastModified", "library_name"),
    *("likes", "pipeline_tag", "private", "safetensors", "sha", "tags"),
)


class OnlineSearch:
    """What a hub has on a query, in the order asked for as far as the hub can sort so.

    One thread at a time. How many models there are in all, a hub does not say.

    Attributes
    ----------
    done
        Whether there is no further page.
    """

    def __init__(self, query: Query, client: HubClient, *, fresh: bool = False) -> None:
        self._query = query
        self._shown = client.shown
        self._pager = Pager(client, "/api/models", params_of(query), fresh=fresh)

    @property
    def done(self) -> bool:
        """Whether there is no further page."""
        return self._pager.done

    def reach_by(self, client: HubClient) -> None:
        """Ask with another token or time-out from now on."""
        self._pager.reach_by(client)

    def page(self, count: int) -> list[ModelEntry]:
        """Return the next models, about ``count``, at most 100; empty when there are no more.

        What a hub that does not understand all of the query sent without being asked is left out.

        Raises
        ------
        HubProblem
            When the hub does not answer. The next call asks for the same page.
        """
        items = self._pager.page(min(max(count, 1), MOST))
        entries = (entry_of(item, self._shown) for item in items)
        return [entry for entry in entries if entry and not self._query.excludes(entry)]


def params_of(query: Query) -> dict[str, Any]:
    """Return a query in the hub's words."""
    tags = [query.language, query.library, query.family]
    if query.license:
        tags.append(f"license:{query.license}")
    params: dict[str, Any] = {
        "search": query.text or None,
        "author": query.author,
        "pipeline_tag": query.task,
        "filter": [tag for tag in tags if tag] or None,
        "num_parameters": _range(query.params),
        "gated": None if query.gated is None else str(query.gated).lower(),
        "sort": HUB_SORTS.get(query.sort, "downloads"),
        "expand": [*FIELDS, *(("trendingScore",) if query.sort == "trending" else ())],
    }
    return {name: value for name, value in params.items() if value is not None}


def _range(params: tuple[int | None, int | None] | None) -> str | None:
    if params is None:
        return None
    bounds = zip(("min", "max"), params, strict=True)
    return ",".join(f"{name}:{number}" for name, number in bounds if number is not None)
