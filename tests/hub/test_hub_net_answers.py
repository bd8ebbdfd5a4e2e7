"""Answers that are kept, and lists in pages."""

from __future__ import annotations

import re
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

import tfwidgets as tfw
from tests.support.hub_server import HubServer
from tfwidgets.hub.net import answers
from tfwidgets.hub.net.pager import Pager, own
from tfwidgets.models.net import HubClient, HubProblem

LIST = "/api/models"


def test_who_looks_again_does_not_ask_again(hub: HubServer, base_bert: Path) -> None:
    hub.add("org/tiny", base_bert)
    client = HubClient.now()
    first, _ = answers.ask(client, LIST, {"limit": 1, "search": "tiny"})
    first[0]["id"] = "spoiled"
    again, _ = answers.ask(HubClient.now(), LIST, {"search": "tiny", "limit": 1})
    assert again[0]["id"] == "org/tiny"
    assert len(hub.requests) == 1
    answers.ask(client, LIST, {"limit": 2, "search": "tiny"})
    assert len(hub.requests) == 2
    answers.ask(client, LIST, {"limit": 1, "search": "tiny"}, fresh=True)
    assert len(hub.requests) == 3


def test_another_person_gets_other_answers(
    hub: HubServer, base_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("org/secret", base_bert, private=True)
    assert answers.ask(HubClient.now(), LIST)[0] == []
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert answers.ask(HubClient.now(), LIST)[0][0]["id"] == "org/secret"
    monkeypatch.delenv("HF_TOKEN")
    assert answers.ask(HubClient.now(), LIST)[0] == []
    assert len(hub.requests) == 2
    assert hub.token not in repr(vars(answers.ask.__self__))  # type: ignore[attr-defined]


def test_where_no_hub_is_heard_what_it_said_before_has_to_do(
    hub: HubServer, base_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("org/tiny", base_bert)
    client = HubClient.now()
    said = answers.ask(client, LIST)
    now = time.monotonic()
    monkeypatch.setattr(answers, "time", SimpleNamespace(monotonic=lambda: now + 3600))
    hub.fault = "500"
    assert answers.ask(client, LIST) == said
    assert len(hub.requests) == 2
    with pytest.raises(HubProblem):
        answers.ask(client, LIST, fresh=True)
    hub.fault = "403"
    with pytest.raises(HubProblem):
        answers.ask(client, LIST)


def test_failures_are_not_kept(hub: HubServer) -> None:
    for fault in ("500", "portal", "broken"):
        hub.fault = fault
        with pytest.raises(HubProblem):
            answers.ask(HubClient.now(), LIST)
    hub.fault = None
    assert answers.ask(HubClient.now(), LIST) == ([], None)


def test_no_more_is_kept_than_there_is_room_for(
    hub: HubServer, base_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("org/tiny", base_bert)
    client, store = HubClient.now(), answers.Answers()
    monkeypatch.setattr(answers, "MOST", 3)
    for n in range(1, 6):
        store.ask(client, LIST, {"limit": n})
    store.ask(client, LIST, {"limit": 3})
    assert len(hub.requests) == 5
    store.ask(client, LIST, {"limit": 1})
    assert len(hub.requests) == 6
    monkeypatch.setattr(answers, "MOST_BYTES", 100)
    store.ask(client, LIST, {"limit": 9})
    store.ask(client, LIST, {"limit": 9})
    assert len(hub.requests) == 8
    monkeypatch.setattr(answers, "MOST_BYTES", 10_000)
    monkeypatch.setattr(answers, "SECONDS", -1)
    store.ask(client, LIST, {"limit": 9})
    store.ask(client, LIST, {"limit": 9})
    assert len(hub.requests) == 10


def test_page_after_page(hub: HubServer, base_bert: Path) -> None:
    for n in range(5):
        hub.add(f"org/m{n}", base_bert)
    pager = Pager(HubClient.now(), LIST, {"search": "m"})
    assert [len(pager.page(2)), pager.done] == [2, False]
    hub.fault = "500"
    with pytest.raises(HubProblem, match="HTTP 500"):
        pager.page(2)
    hub.fault = None
    assert [len(pager.page(2)), len(pager.page(2)), pager.done] == [2, 1, True]
    assert pager.page(2) == []
    asked = [request.params for request in hub.requests]
    assert [params["limit"] for params in asked] == [["2"]] * 4
    assert [params.get("cursor") for params in asked] == [None, ["2"], ["2"], ["4"]]


def test_a_list_that_is_none_or_leads_in_circles(
    hub: HubServer, base_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("org/tiny", base_bert)
    client = HubClient.now()
    circle = f"{hub.url}{LIST}?cursor=0"
    monkeypatch.setattr(HubClient, "parsed", lambda self, response: (response.json(), circle))
    pager = Pager(client, LIST, {})
    assert [len(pager.page(2)), pager.done] == [1, False]
    assert [len(pager.page(2)), pager.done] == [1, True]


def test_data_of_another_shape_is_no_answer_and_is_not_kept(hub: HubServer) -> None:
    hub.fault = "shape"
    pager = Pager(HubClient.now(), LIST, {})
    with pytest.raises(HubProblem, match="no model hub says"):
        pager.page(2)
    hub.fault = None
    assert pager.page(2) == []
    assert len(hub.requests) == 2


NEXT = "/api/models?cursor=x%3D&limit=2"


@pytest.mark.parametrize(
    ("endpoint", "link"),
    [
        ("https://hub.test", f"https://hub.test{NEXT}"),
        ("https://hub.test", NEXT),
        ("https://hub.test", f"http://hub.test{NEXT}"),  # the proxy ends the encryption
        ("https://hub.test:443", f"https://HUB.test{NEXT}"),
        ("https://mirror.test", f"https://huggingface.co{NEXT}"),  # it passes on what the Hub says
        ("https://hub.test/hf", f"https://hub.test/hf{NEXT}"),
        ("https://hub.test/hf", f"https://huggingface.co{NEXT}"),
    ],
)
def test_where_the_next_page_is(endpoint: str, link: str) -> None:
    assert own(HubClient(endpoint, 1), link) == NEXT


@pytest.mark.parametrize(
    "link",
    [
        *(f"https://evil.test{NEXT}", f"https://hub.test.evil.test{NEXT}", f"//evil.test{NEXT}"),
        *(
            f"https://hub.test@evil.test{NEXT}",
            f"https://hub.test:8443{NEXT}",
            "file:///etc/passwd",
        ),
        *("javascript:alert(1)", "http://[", "https://hub.test:x/"),
    ],
)
def test_no_other_server_is_asked_for_the_next_page(link: str) -> None:
    with pytest.raises(HubProblem, match="on another server; it was not followed"):
        own(HubClient("https://hub.test", 1), link)


def test_no_key_holds_the_token() -> None:
    tfw.settings().endpoint = "https://hub.test"
    assert re.fullmatch(r"https://hub\.test [0-9a-f]{16}", HubClient("https://hub.test", 1).mark)
