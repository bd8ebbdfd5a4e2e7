"""What stays secret when a hub is asked: the token, and the passwords of proxies."""

from __future__ import annotations

import dataclasses
import pickle
import time
import traceback
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event, current_thread, main_thread

import httpx2
import huggingface_hub
import pytest
from huggingface_hub import constants, errors

import tfwidgets as tfw
from tests.hub.asking import LIST, Serve, problem, send
from tests.support.hub_fixtures import Run
from tests.support.hub_server import Fault, HubServer
from tfwidgets.models import hub as models_hub
from tfwidgets.models.net import HubClient, limits, refusals

TOKEN = "hf_secret-that-nobody-may-see"  # noqa: S105 - opens nothing
FAULTS: tuple[Fault, ...] = ("refuse", "hang", "500", "429", "portal", "loop", "broken")


def test_a_wrong_token_is_named_by_its_place_alone(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    found = problem()
    assert found.kind == "token"
    assert "Correct HF_TOKEN" in str(found)
    assert "unset HF_TOKEN" in str(found)
    assert hub.authorizations == [f"Bearer {TOKEN}"]  # and not once more without it
    monkeypatch.setenv("HF_TOKEN", f"{TOKEN} with ünreadable\x07characters")
    assert problem().kind == "token"
    assert len(hub.requests) == 1


def test_the_token_is_nowhere_to_be_seen(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    tfw.settings().hub_timeout = 1
    client = HubClient.now()
    shown = [repr(client), str(client), client.mark, str(vars(client))]
    shown += [str(dataclasses.asdict(client)), repr(pickle.dumps(client))]
    with caplog.at_level("DEBUG"):
        for fault in (None, *FAULTS):
            hub.fault = fault
            limits._until.clear()
            found = problem(client=client)
            while found is not None:
                told = traceback.TracebackException.from_exception(found, capture_locals=True)
                shown += [repr(found), *told.format(), repr(pickle.dumps(found))]
                found = found.__cause__ or found.__context__  # type: ignore[assignment]
    assert f"Bearer {TOKEN}" in hub.authorizations
    assert TOKEN not in "".join(shown) + caplog.text
    assert pickle.loads(pickle.dumps(client)).credential.header is False  # noqa: S301


def test_a_login_that_has_to_be_renewed_keeps_nobody_waiting(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(f"{hub.token}\n")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    answered, asking = Event(), []

    def renewed() -> str:
        asking.append(current_thread())
        answered.wait(20)
        return TOKEN

    monkeypatch.setattr(huggingface_hub, "get_token", renewed)
    tfw.settings().hub_timeout = 1
    start = time.monotonic()
    client = HubClient.now()
    assert time.monotonic() - start < 5  # and not 20 s
    assert asking == []
    client.json(LIST)
    client.json(LIST)
    assert len(asking) == 1
    assert main_thread() not in asking
    assert hub.authorizations == [f"Bearer {hub.token}"] * 2  # nobody renewed it in time
    answered.set()
    mark = HubClient.now().mark
    assert mark == client.mark
    assert problem().kind == "token"
    assert hub.authorizations[2:] == [f"Bearer {TOKEN}"]


def test_a_new_token_does_not_wait_for_what_an_old_one_asked_too_often(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.fault = "429"
    assert problem().kind == "limited"
    hub.fault = None
    assert problem().kind == "limited"
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert HubClient.now().json(LIST)[0] == []


def test_who_has_a_token_is_told_whose_terms_to_accept(monkeypatch: pytest.MonkeyPatch) -> None:
    client = HubClient("http://me:pass@hub.test", 1)
    words = str(refusals.gated(client, "org/x"))
    assert words.endswith("at http://hub.test/org/x, then set HF_TOKEN and restart the kernel.")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    signed_in = HubClient("http://hub.test", 1, HubClient.now().credential)
    assert "set HF_TOKEN" not in str(refusals.gated(signed_in, "org/x"))
    assert "whose token this is (HF_TOKEN)" in str(refusals.gated(signed_in, "org/x"))


def test_a_gated_download_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object, **__: object) -> None:
        reply = httpx2.Response(403, request=httpx2.Request("GET", "http://hub.test"))
        raise errors.GatedRepoError("closed", response=reply)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", closed)
    client = HubClient("http://me:pass@hub.test", 1)
    with pytest.raises(tfw.ModelError, match="accept its terms at http://hub") as caught:
        models_hub._download("org/x", "c" * 40, client, ["config.json"])
    assert "pass" not in str(caught.value)


def test_other_hosts_get_no_token(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    got: list[tuple[str, str | None]] = []

    def other(handler: BaseHTTPRequestHandler) -> None:
        got.append((handler.path, handler.headers["Authorization"]))
        send(handler, b'{"it": "came"}')

    elsewhere = serve(other)
    url = serve(lambda handler: send(handler, b"", 307, Location=f"{elsewhere}/redirected"))
    tfw.settings().endpoint = url
    client = HubClient.now()
    assert client.json(LIST)[0] == {"it": "came"}
    assert client.json(f"{elsewhere}/direct")[0] == {"it": "came"}
    # A host whose name begins as the hub's does is another one.
    assert client.get(f"{elsewhere}/{url}").json() == {"it": "came"}
    assert [header for _, header in got] == [None, None, None]


def test_a_password_in_the_endpoint_is_not_shown(online: None) -> None:
    client = HubClient("http://me:pass@word@127.0.0.1:9/hub", 1)
    assert repr(client) == "HubClient('http://127.0.0.1:9/hub', timeout=1)"
    assert "pass" not in str(problem(client=client))


# Proxies

ASK = """
from tfwidgets.models.net import HubClient, HubProblem
for endpoint in ("http://hub.test", "https://hub.test"):
    try:
        HubClient(endpoint, 3.0).json("/api/models")
    except HubProblem as problem:
        print(problem.kind, problem)
"""


def test_a_proxy_is_named_by_its_variable_alone(run_python: Run, serve: Serve) -> None:
    asked: list[str] = []

    def refuse(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        send(handler, b"", 407)

    proxy = serve(refuse).replace("http://", "http://me:password@")
    done = run_python(ASK, HTTP_PROXY=proxy, HTTPS_PROXY="http://me:password@127.0.0.1:9")
    http, https = done.stdout.splitlines()
    assert asked == ["http://hub.test/api/models"]
    assert http.startswith("unreachable")
    assert "password in HTTP_PROXY" in http
    assert https.startswith("unreachable")
    assert "HTTPS_PROXY" in https
    assert "me:" not in http + https
    wrong = run_python(ASK, HTTPS_PROXY="nonsense://me:password@x", SSL_CERT_FILE="/none.pem")
    for line in wrong.stdout.splitlines():
        assert "Check SSL_CERT_FILE" in line
        assert "password" not in line
