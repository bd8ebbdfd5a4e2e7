"""One question to a hub: what comes back, in which time, and what is said where nothing does."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

import tfwidgets as tfw
from tests.hub.asking import LIST, Serve, problem, send
from tests.support.hub_fixtures import Run
from tests.support.hub_server import Fault, HubServer
from tfwidgets.models.net import HubClient, HubProblem, Kind, limits, paths

# Answers


def test_data_and_the_next_page(hub: HubServer, base_bert: Path) -> None:
    for n in range(3):
        hub.add(f"org/m{n}", base_bert)
    client = HubClient.now()
    items, following = client.json(LIST, {"limit": 2, "expand": ["sha", "tags"], "author": None})
    assert [len(items), sorted(items[0])] == [2, ["_id", "id", "modelId", "sha", "tags"]]
    assert hub.requests[-1].params == {"limit": ["2"], "expand": ["sha", "tags"]}
    assert following
    items, following = client.json(following)
    assert (len(items), following) == (1, None)


def test_a_renamed_model_is_followed(hub: HubServer, base_bert: Path) -> None:
    hub.add("org/new", base_bert)
    hub.rename("old/name", "org/new")
    response = HubClient.now().get(paths.info("old/name"))
    assert response.json()["id"] == "org/new"
    assert [old.status_code for old in response.history] == [307]


def test_a_file_in_pieces_and_in_part(hub: HubServer, base_bert: Path) -> None:
    hub.add("org/tiny", base_bert)
    content = (base_bert / "config.json").read_bytes()
    path = paths.file("org/tiny", "config.json")
    with HubClient.now().stream(path, {"Range": "bytes=10-"}) as response:
        assert b"".join(response.iter_bytes(16)) == content[10:]
        assert response.status_code == 206
    with (
        pytest.raises(HubProblem, match=r"org/tiny has no file a/none\.json") as caught,
        HubClient.now().stream(paths.file("org/tiny", "a/none.json")),
    ):
        pass
    assert (caught.value.kind, caught.value.no_file) == ("missing", True)


def test_a_file_that_breaks_off_is_a_problem_within_the_block(
    hub: HubServer, base_bert: Path
) -> None:
    hub.add("org/tiny", base_bert)
    hub.fault = "cut"
    with (
        pytest.raises(HubProblem, match="no connection") as caught,
        HubClient.now().stream(paths.file("org/tiny", "tokenizer.json")) as response,
    ):
        for _ in response.iter_bytes():
            pass
    assert caught.value.kind == "unreachable"


def test_a_page_for_people_is_no_file(hub: HubServer) -> None:
    hub.fault = "portal"
    with (
        pytest.raises(HubProblem) as caught,
        HubClient.now().stream(paths.file("org/tiny", "config.json")),
    ):
        pytest.fail("it was taken for the file")
    assert caught.value.kind == "portal"


# Failures

FAULTS: dict[Fault, tuple[Kind, str]] = {
    "refuse": ("unreachable", "no connection. Check the network"),
    "reset": ("unreachable", "no connection. Check the network"),
    "hang": ("timeout", "no answer within 2 s"),
    "trickle": ("timeout", "no answer within 2 s"),
    "500": ("server", "HTTP 500). Try again"),
    "502": ("server", "HTTP 502). Try again"),
    "503": ("server", "HTTP 503). Try again"),
    "504": ("server", "HTTP 504). Try again"),
    "429": ("limited", "Ask again in 3 s"),
    "403": ("forbidden", "refuses access to its list of models (HTTP 403)"),
    "portal": ("portal", "sign in and try again"),
    "loop": ("server", "without end"),
    "broken": ("server", "no model hub says"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_failure_in_plain_words_and_in_time(
    hub: HubServer, base_bert: Path, fault: Fault
) -> None:
    tfw.settings().hub_timeout = 2
    hub.add("org/tiny", base_bert)
    hub.fault = fault
    started = time.monotonic()
    found = problem()
    assert time.monotonic() - started < 8  # the client alone: 20 s, or for ever
    kind, words = FAULTS[fault]
    assert (found.kind, words in str(found)) == (kind, True), str(found)
    assert hub.url in str(found)
    assert found.no_hub == (kind != "forbidden")
    assert len(hub.requests) <= 1 or fault == "loop"  # one try
    if kind != "limited":
        hub.fault = None
        assert HubClient.now().json(LIST)[0][0]["id"] == "org/tiny"


def test_one_byte_now_and_then_is_no_answer(serve: Serve) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        for _ in range(30):
            handler.wfile.write(b"H")
            handler.wfile.flush()
            time.sleep(0.05)

    client = HubClient(serve(drip), 0.5)
    started = time.monotonic()
    assert problem(client=client).kind == "timeout"
    assert time.monotonic() - started < 8


def test_an_answer_without_end_is_cut(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    from tfwidgets.models.net import client as module

    monkeypatch.setattr(module, "LARGEST", 1000)
    found = problem(client=HubClient(serve(lambda handler: send(handler, b"[" * 2000)), 5))
    assert (found.kind, found.reason.startswith("what answered is not")) == ("server", True)


@pytest.mark.parametrize("body", [b"", b"[[1, 2", b"\xff\xfe\x00", b"[" * 100_000])
def test_what_is_no_data(serve: Serve, body: bytes) -> None:
    assert problem(client=HubClient(serve(lambda handler: send(handler, body)), 5)).kind == "server"


def test_switched_off_nothing_is_asked(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    found = problem()
    assert (found.kind, "HF_HUB_OFFLINE" in str(found)) == ("offline", True)
    assert hub.requests == []


@pytest.mark.parametrize("endpoint", ["localhost", "http://", "ftp://127.0.0.1", "http://no host"])
def test_an_endpoint_that_is_no_address(online: None, endpoint: str) -> None:
    tfw.settings().endpoint = endpoint
    found = problem()
    assert found.kind == "unreachable"
    assert "https://huggingface.co" in str(found)


def test_the_wrong_scheme_and_a_host_that_is_none(hub: HubServer) -> None:
    tfw.settings().endpoint = hub.url.replace("http:", "https:")
    assert "(http or https)" in str(problem())
    tfw.settings().endpoint = "http://no-such-host.invalid"
    assert problem().kind == "unreachable"


@pytest.mark.parametrize("name", ["a/b/c", "org/", "/org", "-org/x", "or g/x", "a\0b", "x" * 300])
def test_what_cannot_be_an_id(name: str) -> None:
    with pytest.raises(HubProblem, match="cannot be a model's id") as caught:
        paths.info(name)
    assert caught.value.kind == "bad_id"


# What is not shown to this person


def test_who_may_see_what(hub: HubServer, base_bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add("org/tiny", base_bert)
    hub.add("org/gated", base_bert, gated="manual")
    hub.add("org/secret", base_bert, private=True)
    for name in ("org/none", "org/secret"):
        found = problem(paths.info(name))
        assert str(found) == f"There is no model {name!r} at {hub.url} (or it is private)."
        assert (found.kind, found.no_file) == ("missing", False)
    found = problem(paths.info("org/tiny", "a/b"))
    assert (found.kind, str(found)) == ("revision", "org/tiny has no revision 'a/b'.")
    found = problem(paths.file("org/gated", "config.json"))
    assert (found.kind, f"{hub.url}/org/gated" in str(found)) == ("gated", True)
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert HubClient.now().json(paths.info("org/secret"))[0]["id"] == "org/secret"


def test_a_disabled_model(serve: Serve) -> None:
    told = {"X_Error_Message": "Access to this resource is disabled."}
    url = serve(lambda handler: send(handler, b"{}", 403, **told))
    found = problem(paths.info("org/tiny"), HubClient(url, 5))
    assert (found.kind, "org/tiny was disabled" in str(found)) == ("disabled", True)


# A hub that was asked too often


def test_after_429_the_hub_is_left_alone_for_as_long_as_it_says(hub: HubServer) -> None:
    hub.fault = "429"
    hub.reset_seconds = 2
    assert problem().wait == 2
    hub.fault = None
    assert 0 < (problem().wait or 0) <= 2
    assert problem(paths.info("org/tiny")).kind == "limited"
    assert len(hub.requests) == 1
    time.sleep(2.05)
    assert HubClient.now().json(LIST) == ([], None)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"RateLimit": '"api";r=0;t=55'}, 55),
        ({"ratelimit": '"api";r=12;t=55', "Retry-After": "7"}, 7),  # it is not the reason
        ({"Retry-After": "99999999999"}, 3600),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 1),
        ({"Retry-After": "soon"}, 30),
        ({"RateLimit": "?"}, 30),
        ({}, 30),
    ],
)
def test_how_long_a_429_says(headers: dict[str, str], seconds: float) -> None:
    import httpx2

    assert limits.said(httpx2.Headers(headers)) == seconds


# Threads


def test_questions_without_answer_do_not_pile_up(hub: HubServer) -> None:
    hub.fault = "hang"
    client = HubClient(hub.url, 0.4)
    kinds: list[Kind] = []

    def ask() -> None:
        kinds.append(problem(client=client).kind)

    callers = [threading.Thread(target=ask) for _ in range(60)]
    for caller in callers:
        caller.start()
    most = sum(thread.name == "tfwidgets-hub" for thread in threading.enumerate())
    for caller in callers:
        caller.join(20)
    assert kinds == ["timeout"] * 60
    assert most <= 24
    deadline = time.monotonic() + 5
    while any(thread.name == "tfwidgets-hub" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_nothing_heavy_is_imported(run_python: Run) -> None:
    code = """
import sys, json
import tfwidgets.models.net, tfwidgets.hub.net.worker, tfwidgets.hub.sources.online
heavy = "torch transformers huggingface_hub httpx2 yaml numpy ipywidgets IPython".split()
print(json.dumps([name for name in heavy if name in sys.modules]))
"""
    assert json.loads(run_python(code).stdout) == []
