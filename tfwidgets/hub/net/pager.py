"""Page after page of a list on a hub."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from tfwidgets.hub.net import answers
from tfwidgets.models.net import failures, paths

if TYPE_CHECKING:
    from tfwidgets.models.net import HubClient

# Where a mirror passes on what the Hub itself says, it leads there.
_THE_HUB = ("https://huggingface.co", "https://hf.co")


class Pager:
    """A list that a hub gives out in pages, each asked for when it is wanted.

    One thread at a time. A page that failed is asked for anew by the next call.

    Attributes
    ----------
    done
        Whether the last page was got.
    """

    def __init__(
        self, client: HubClient, path: str, params: Mapping[str, Any], *, fresh: bool = False
    ) -> None:
        self.done = False
        self._client = client
        self._fresh = fresh
        self._next: str = path
        self._params: Mapping[str, Any] | None = params
        self._seen: set[str] = set()

    def reach_by(self, client: HubClient) -> None:
        """Ask with another token or time-out; the list stays that of the hub it began with."""
        if client.endpoint == self._client.endpoint:
            self._client = client

    def page(self, count: int) -> list[Any]:
        """Return the next page; ``count`` is how long the first one should be.

        Raises
        ------
        HubProblem
            When it cannot be had, is no list, or the page after it is said to be elsewhere.
        """
        if self.done:
            return []
        params = None if self._params is None else {**self._params, "limit": count}
        items, following = answers.ask(self._client, self._next, params, list, fresh=self._fresh)
        self._seen.add(self._next)
        following = following and own(self._client, following)
        self._params = None
        # A hub that leads in circles, or on and on through nothing, has no more to give.
        self.done = not following or following in self._seen or not items
        self._next = following or ""
        return list(items)


def own(client: HubClient, link: str) -> str:
    """Return the path on this hub that a link to a next page means.

    Only host and path of the hub that was asked count: it may be behind a proxy that ends the
    encryption, or pass on the addresses of the Hub that it mirrors.

    Raises
    ------
    HubProblem
        When the link leads to another host.
    """
    try:
        address = urljoin(client.endpoint, link)
    except ValueError:
        address = ""
    there = paths.origin(address)
    url = urlsplit(address) if there else None
    if url is None or there not in {paths.origin(a) for a in (client.endpoint, *_THE_HUB)}:
        raise failures.led_away(client)
    path = url.path
    if there == paths.origin(client.endpoint):
        # The endpoint may itself have a path, which is put before this one again.
        path = path.removeprefix(urlsplit(client.endpoint).path)
    return f"{path}?{url.query}"
