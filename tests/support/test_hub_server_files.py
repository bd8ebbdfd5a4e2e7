"""The local hub's files: on another host, slow, altered, gone; and its further faults."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url
from huggingface_hub import errors as hub_errors

from tests.support.hub_server import HubServer

WEIGHTS = bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def _online(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubServer]:
    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / "model.safetensors").write_bytes(WEIGHTS)
    (repo / "config.json").write_text("{}")
    with HubServer() as hub:
        hub.add("org/tiny", repo)
        yield hub


@pytest.fixture
def weights(hub: HubServer) -> str:
    return f"{hub.url}/org/tiny/resolve/main/model.safetensors"


def test_large_files_may_be_on_another_host(hub: HubServer, tmp_path: Path) -> None:
    host = hub.move_files()
    file = hf_hub_download(
        "org/tiny", "model.safetensors", endpoint=hub.url, cache_dir=tmp_path, token=hub.token
    )
    assert Path(file).read_bytes() == WEIGHTS
    assert len(host.requests) == 1
    assert host.authorizations == [None]  # the token is for the hub alone
    assert f"Bearer {hub.token}" in hub.authorizations
    small = hf_hub_download("org/tiny", "config.json", endpoint=hub.url, cache_dir=tmp_path)
    assert Path(small).read_text() == "{}"
    assert len(host.requests) == 1


def test_another_host_knows_ranges_and_refuses_guesses(hub: HubServer, weights: str) -> None:
    host = hub.move_files()
    part = httpx2.get(weights, headers={"Range": "bytes=5-9"}, follow_redirects=True)
    assert (part.status_code, part.content) == (206, WEIGHTS[5:10])
    assert host.ranges == ["bytes=5-9"]
    assert httpx2.get(f"{host.url}/repos/x/y").status_code == 403


def test_xet_is_offered_for_large_files(hub: HubServer) -> None:
    hub.offers_xet = True
    large, small = (
        get_hf_file_metadata(hf_hub_url("org/tiny", name, endpoint=hub.url), endpoint=hub.url)
        for name in ("model.safetensors", "config.json")
    )
    assert large.xet_file_data is not None
    assert small.xet_file_data is None


def test_a_range_may_be_ignored(hub: HubServer, weights: str) -> None:
    hub.ignores_ranges = True
    whole = httpx2.get(weights, headers={"Range": "bytes=5-9"})
    assert (whole.status_code, whole.content) == (200, WEIGHTS)


def test_altered_bytes_have_the_old_checksum(hub: HubServer, weights: str) -> None:
    hub.altered.add("model.safetensors")
    answer = httpx2.get(weights)
    assert len(answer.content) == len(WEIGHTS)
    assert hashlib.sha256(WEIGHTS).hexdigest() == answer.headers["ETag"].strip('"')
    assert hashlib.sha256(answer.content).hexdigest() != answer.headers["ETag"].strip('"')


def test_one_file_may_be_gone(hub: HubServer, tmp_path: Path) -> None:
    hub.gone.add("config.json")
    with pytest.raises(hub_errors.RemoteEntryNotFoundError):
        hf_hub_download("org/tiny", "config.json", endpoint=hub.url, cache_dir=tmp_path)


def test_a_slow_line(hub: HubServer, weights: str) -> None:
    hub.rate = len(WEIGHTS) * 2
    start = time.monotonic()
    assert httpx2.get(weights).content == WEIGHTS
    assert 0.3 < time.monotonic() - start < 5


def test_a_stalled_download(hub: HubServer, weights: str) -> None:
    hub.fault = "stall"
    with httpx2.stream("GET", weights, timeout=0.3) as answer:
        parts = answer.iter_bytes(len(WEIGHTS) // 2)
        assert next(parts) == WEIGHTS[: len(WEIGHTS) // 2]
        with pytest.raises(httpx2.ReadTimeout):
            next(parts)


def test_an_answer_in_drops_outlasts_every_time_out_between_bytes(hub: HubServer) -> None:
    hub.fault = "trickle"
    start = time.monotonic()
    with httpx2.stream("GET", f"{hub.url}/api/models", timeout=0.3) as answer:
        for number, _ in enumerate(answer.iter_raw()):
            if number == 12:
                break
    assert time.monotonic() - start > 0.3


def test_further_faults(hub: HubServer) -> None:
    url = f"{hub.url}/api/models"
    for status in ("502", "503", "504", "403"):
        hub.fault = status
        assert httpx2.get(url).status_code == int(status)
    hub.fault = "reset"
    with pytest.raises(httpx2.RemoteProtocolError):
        httpx2.get(url)
    hub.fault = "loop"
    with pytest.raises(httpx2.TooManyRedirects):
        httpx2.get(url, follow_redirects=True)
    hub.fault = "shape"
    assert isinstance(httpx2.get(url).json(), dict)
    hub.fault = "broken"
    with pytest.raises(json.JSONDecodeError):
        httpx2.get(url).json()


def test_too_many_requests_are_told_in_three_ways(hub: HubServer) -> None:
    hub.fault = "429"
    told = {}
    for hub.tells_reset in ("RateLimit", "Retry-After", None):
        headers = httpx2.get(f"{hub.url}/api/models").headers
        told[hub.tells_reset] = (headers.get("RateLimit"), headers.get("Retry-After"))
    assert told == {
        "RateLimit": ('"api";r=0;t=3', None),
        "Retry-After": (None, "3"),
        None: (None, None),
    }


def test_only_some_paths_may_fail(hub: HubServer, weights: str) -> None:
    hub.fault, hub.fault_path = "500", r"^/api/models\?"
    assert httpx2.get(f"{hub.url}/api/models?limit=1").status_code == 500
    assert httpx2.get(weights).status_code == 200
    assert (hub.asked("/api/models"), hub.asked()) == (1, 2)


def test_latency(hub: HubServer) -> None:
    hub.delay = 0.2
    start = time.monotonic()
    assert httpx2.get(f"{hub.url}/api/models").status_code == 200
    assert time.monotonic() - start > 0.2
