"""The search's view with a hub that is really asked, or that cannot be."""

from __future__ import annotations

import json
import time

import pytest

import tfwidgets as tfw
from tests.hub.page import Page, ids
from tests.support.hub_server import HubServer
from tfwidgets.models.net import limits


@pytest.fixture(autouse=True)
def _no_pause() -> None:
    limits._until.clear()


def test_the_list_goes_on_page_after_page(hub: HubServer) -> None:
    hub.add_many(230)
    page = Page()
    here = page.search(where=["cache", "demo"])["known"]
    payload = page.search()
    assert payload["more"] is True
    query = {"text": ""}
    while payload["more"]:
        known = payload["known"]
        payload = page.ask("rows", query=query, start=known, stop=known + 50)
        assert len(ids(payload)) == min(50, payload["known"] - known)
    assert payload["known"] == here + 230
    everything = ids(page.ask("rows", query=query, start=0, stop=500))
    assert len(set(everything)) == here + 230
    assert hub.asked("/api/models") > 2


def test_a_filter_is_asked_of_the_hub(hub: HubServer) -> None:
    hub.add_many(90)
    payload = Page().search("bert", task="fill-mask", where=["hub"])
    assert payload["rows"]
    assert {row["task"] for row in payload["rows"]} == {"fill-mask"}
    assert payload["facets"]["task"] == [("fill-mask", payload["known"])]


def test_a_pause_is_told_and_kept(hub: HubServer) -> None:
    hub.add_many(30)
    hub.fault, hub.reset_seconds = "429", 40
    page = Page()
    payload = page.search(where=["hub"])
    assert payload["problem"]["kind"] == "limited"
    assert 30 < payload["problem"]["wait"] <= 41
    asked = hub.asked("/api/models")
    hub.fault = None
    assert page.search("other", where=["hub"])["problem"]["kind"] == "limited"
    assert page.search(where=["hub"], retry=True)["problem"]["wait"] > 30
    assert hub.asked("/api/models") == asked, "nobody was asked in the pause"
    limits._until.clear()
    assert page.search(where=["hub"], retry=True)["known"] == 30


@pytest.mark.parametrize(
    ("fault", "kind"), [("refuse", "unreachable"), ("500", "server"), ("portal", "portal")]
)
def test_what_is_here_is_shown_when_the_hub_fails(hub: HubServer, fault: str, kind: str) -> None:
    hub.add_many(30)
    hub.fault = fault  # type: ignore[assignment]
    page = Page()
    began = time.monotonic()
    payload = page.search()
    assert time.monotonic() - began < 5
    assert payload["problem"]["kind"] == kind
    assert "demo/minilm" in ids(payload)
    hub.fault = None
    payload = page.search(retry=True)
    assert payload["problem"] is None
    assert payload["counts"]["hub"] == 30


def test_a_silent_hub_is_dropped_at_once(hub: HubServer) -> None:
    hub.fault = "hang"
    page = Page()
    identity = page.start("search", query={"text": "", "where": ["hub"]}, count=50)
    while identity in page.view._waiting and not hub.asked("/api/models"):
        time.sleep(0.005)
    began = time.monotonic()
    page.drop(identity)
    hub.fault = None
    assert page.search("x", where=["demo"])["problem"] is None
    assert time.monotonic() - began < 2
    assert not [content for content in page.of(identity) if "progress" not in content]


def test_switched_off_the_hub_is_left_alone(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    payload = Page().search()
    assert payload["problem"]["kind"] == "offline"
    assert "demo/minilm" in ids(payload)
    assert not hub.requests


def test_the_token_reaches_the_hub_and_nothing_else(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", hub.token)
    hub.add_many(10)
    page = Page()
    payload = page.search(where=["hub"])
    assert payload["known"] == 10
    assert f"Bearer {hub.token}" in hub.authorizations
    assert hub.token not in json.dumps(page.sent)
    assert hub.token not in repr(page.view.get_state())
    assert hub.token not in repr(tfw.hub())
