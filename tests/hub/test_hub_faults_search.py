"""What a person reads when the hub fails during a search; what is here is found all the same."""

from __future__ import annotations

import re
import time

import pytest

import tfwidgets as tfw
from tests.support.hub_server import Fault, HubServer

ONLY_HUB = {"where": "hub"}

# How it fails, the kind, what the person reads about it ("" stands for the hub's address).
FAILURES: list[tuple[Fault, str, str]] = [
    ("refuse", "unreachable", "{hub} cannot be reached: no connection. Check the network."),
    ("reset", "unreachable", "{hub} cannot be reached: no connection. Check the network."),
    (
        "hang",
        "timeout",
        "{hub} gave no answer within 2 s. Try again, check the network, or wait longer: "
        "%config TfWidgets.hub_timeout = 8",
    ),
    ("trickle", "timeout", "{hub} gave no answer within 2 s."),
    ("500", "server", "{hub} is in trouble (HTTP 500). Try again in some minutes."),
    ("502", "server", "{hub} is in trouble (HTTP 502)."),
    ("503", "server", "{hub} is in trouble (HTTP 503)."),
    ("504", "server", "{hub} is in trouble (HTTP 504)."),
    (
        "429",
        "limited",
        "{hub} was asked too often (HTTP 429). Ask again in 3 s. "
        "With a token (HF_TOKEN) more may be asked.",
    ),
    (
        "portal",
        "portal",
        "A web page answered in place of {hub}. If this network has a sign-in page, open any page "
        "in the browser, sign in and try again.",
    ),
    ("loop", "server", "{hub} sends from one address to the next without end."),
    ("shape", "server", "{hub} answered with something that no model hub says."),
    ("broken", "server", "{hub} answered with something that no model hub says."),
    ("403", "forbidden", "{hub} refuses access to its list of models (HTTP 403)."),
]


@pytest.mark.parametrize(("fault", "kind", "words"), FAILURES, ids=[row[0] for row in FAILURES])
def test_what_is_here_is_found_and_what_is_wrong_is_said(
    hub: HubServer, fault: Fault, kind: str, words: str
) -> None:
    tfw.settings().hub_timeout = 2
    hub.add_many(3)
    hub.fault = fault
    start = time.monotonic()
    search = tfw.hub(where=("hub", "demo"))
    assert search[0].source == "demo"
    assert hub.requests == []  # what is here needs no network
    here = [entry.id for entry in search]
    assert time.monotonic() - start < 10

    assert here
    assert all(name.startswith("demo/") for name in here)
    assert search.problem is not None
    assert search.problem.kind == kind
    said = str(search.problem)
    assert said.startswith(words.format(hub=hub.url))
    assert said.splitlines()[0] in repr(search)
    assert len(here) == len(search)
    if fault != "loop":
        assert hub.asked() == (fault != "refuse")  # one try

    hub.fault = None
    if fault == "429":
        return
    assert search.retry().problem is None
    assert len(tfw.hub(sort="downloads", where="hub")) == 3


@pytest.mark.parametrize("fault", ["refuse", "500", "portal"])
def test_where_only_the_hub_is_asked_its_failure_is_an_error(hub: HubServer, fault: Fault) -> None:
    hub.fault = fault
    search = tfw.hub("bert", where="hub")
    for use in (len, list, bool, lambda found: found[0], lambda found: found.to_frame()):
        with pytest.raises(tfw.HubProblem, match=re.escape(hub.url)):
            use(search)
    assert "no models" in repr(search)  # what is shown never raises


def test_a_bad_token_is_named_by_its_variable(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add_many(3)
    monkeypatch.setenv("HF_TOKEN", "hf_expired")
    with pytest.raises(tfw.HubProblem) as caught:
        len(tfw.hub(**ONLY_HUB))
    assert str(caught.value) == (
        f"{hub.url} does not accept the token in HF_TOKEN. Correct HF_TOKEN; public models need "
        "none (unset HF_TOKEN and restart the kernel)."
    )
    assert caught.value.kind == "token"
    assert hub.authorizations == ["Bearer hf_expired"]  # not once more without it
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert len(tfw.hub(**ONLY_HUB)) == 3


def test_a_hub_that_was_asked_too_often_is_left_alone(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add_many(3)
    hub.fault = "429"
    hub.reset_seconds = 40
    search = tfw.hub(where=("hub", "demo"))
    assert len(search) > 0
    assert search.problem is not None
    assert search.problem.wait == pytest.approx(40, abs=1)
    hub.fault = None

    again = tfw.hub("other words", where=("hub", "demo"))
    list(again)
    assert again.problem is not None
    assert "Ask again in 40 s" in str(again.problem) or "Ask again in 39 s" in str(again.problem)
    with pytest.raises(tfw.ModelError, match="HTTP 429"):
        tfw.load("org/tiny")
    assert hub.asked() == 1

    now = time.monotonic()
    monkeypatch.setattr("tfwidgets.models.net.limits.time.monotonic", lambda: now + 41)
    assert len(tfw.hub(**ONLY_HUB)) == 3


@pytest.mark.parametrize(("header", "wait"), [("Retry-After", 7), (None, 30)])
def test_the_wait_is_what_the_hub_says(hub: HubServer, header: str | None, wait: int) -> None:
    hub.fault, hub.reset_seconds = "429", 7
    hub.tells_reset = header  # type: ignore[assignment]
    with pytest.raises(tfw.HubProblem) as caught:
        len(tfw.hub(**ONLY_HUB))
    assert caught.value.wait == pytest.approx(wait, abs=1)


def test_switched_off_nobody_is_asked(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    search = tfw.hub(where=("hub", "demo"))
    assert len(search) > 0
    assert search.problem is not None
    assert search.problem.kind == "offline"
    assert "switched off (HF_HUB_OFFLINE)" in str(search.problem)
    assert hub.asked() == 0


def test_a_page_that_fails_leaves_those_before_it(hub: HubServer) -> None:
    ids = hub.add_many(70)
    search = tfw.hub(limit=70, where="hub")
    assert search[0].id == ids[0]
    got = search.listing.known
    assert 0 < got < 70
    hub.fault = "500"
    assert [entry.id for entry in search] == ids[:got]
    assert search.problem is not None
    assert "HTTP 500" in repr(search)
    hub.fault = None
    assert [entry.id for entry in search.retry()] == ids


def test_next_pages_elsewhere_are_not_followed(hub: HubServer) -> None:
    ids = hub.add_many(70)
    with HubServer() as stranger:
        stranger.add_many(3)
        hub.next_pages_at = stranger.url
        search = tfw.hub(limit=70, where=("hub", "demo"))
        found = [entry.id for entry in search]
        assert stranger.asked() == 0
    assert {*found} - {*ids} == {entry.id for entry in tfw.hub(where="demo")}
    assert search.problem is not None
    assert "another server; it was not followed" in str(search.problem)


def test_one_bad_item_spoils_no_page(hub: HubServer) -> None:
    ids = hub.add_many(4)
    odd = {
        "tags": [None, 7, {"x": 1}, "license:mit"],
        "downloads": "many",
        "likes": None,
        "lastModified": "yesterday",
        "createdAt": 5,
        "safetensors": {"parameters": "F32", "total": "lots"},
        "gated": {"odd": 1},
        "pipeline_tag": ["a", "b"],
        "library_name": 3,
        "author": [],
        "cardData": "none",
    }
    before = hub.describe

    def describe(repo: object, keys: tuple[str, ...], **options: bool) -> dict[str, object]:
        told = before(repo, keys, **options)  # type: ignore[arg-type]
        return {**told, **odd} if told["id"] == ids[1] else told

    hub.describe = describe  # type: ignore[assignment, method-assign]
    found = {entry.id: entry for entry in tfw.hub(**ONLY_HUB)}
    assert [*found] == ids
    assert (found[ids[1]].license, found[ids[1]].params) == ("mit", None)
    assert repr(tfw.hub(**ONLY_HUB))
    assert tfw.hub(**ONLY_HUB).static_html()
