"""Models and a hub for tests of what is made of them, without files and network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from threading import Event
from typing import Any

import pytest

from tfwidgets.hub.entry import ModelEntry
from tfwidgets.hub.query import Query
from tfwidgets.hub.sources.inventory import Inventory
from tfwidgets.models.net import HubClient, HubProblem
from tfwidgets.ui.strings import Message

UNREACHABLE = HubProblem("http://hub.test cannot be reached (no connection).", "unreachable")
OFFLINE = HubProblem("The hub is switched off (HF_HUB_OFFLINE).", "offline")


def entry(name: str, source: Any = "hub", **known: Any) -> ModelEntry:
    """Return a model; what is in the cache, a folder or a demo loads without a network."""
    known.setdefault("cached", source != "hub")
    known.setdefault("author", name.partition("/")[0] if "/" in name else None)
    return ModelEntry(name, source, **known)


class PlannedHub:
    """What stands in for the online search: pages, or problems, in this order.

    Attributes
    ----------
    counts
        How many entries each question asked for.
    clients
        With what it was asked, each time that a search began or was tried again.
    fresh
        Whether only what it says at that time was wanted.
    gate
        A question waits until it is set.
    """

    def __init__(self, pages: Sequence[Sequence[ModelEntry] | HubProblem]) -> None:
        self.pages = list(pages)
        self.counts: list[int] = []
        self.clients: list[HubClient] = []
        self.fresh: list[bool] = []
        self.gate = Event()
        self.gate.set()

    @property
    def done(self) -> bool:
        return not self.pages

    def reach_by(self, client: HubClient) -> None:
        self.clients.append(client)

    def page(self, count: int) -> list[ModelEntry]:
        self.counts.append(count)
        self.gate.wait(20)
        page = self.pages.pop(0)
        if isinstance(page, HubProblem):
            raise page
        return list(page)


Plan = Callable[..., PlannedHub]


@pytest.fixture(name="plan")
def plan_hub(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """Return a function that says what is here and which pages the hub has."""
    # By its name the package gives the function, not the room.
    merge = import_module("tfwidgets.hub.merge")
    online = import_module("tfwidgets.hub.sources.online")

    def plan(
        *pages: Sequence[ModelEntry] | HubProblem,
        cache: Sequence[ModelEntry] = (),
        folders: Sequence[ModelEntry] = (),
        demo: Sequence[ModelEntry] = (),
        messages: tuple[Message, ...] = (),
    ) -> PlannedHub:
        hub = PlannedHub(pages)
        places = {"cache": cache, "folders": folders, "demo": demo}

        def here(query: Query) -> dict[str, Inventory]:
            asked = ["cache", *(place for place in ("folders", "demo") if place in query.where)]
            return {
                place: Inventory(list(places[place]), messages if place == "folders" else ())
                for place in asked
            }

        monkeypatch.setattr(merge, "here", here)

        def search(query: Query, client: HubClient, *, fresh: bool = False) -> PlannedHub:
            hub.clients.append(client)
            hub.fresh.append(fresh)
            return hub

        monkeypatch.setattr(online, "OnlineSearch", search)
        return hub

    return plan
