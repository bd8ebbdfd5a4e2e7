"""The local hub, asked by the real client."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
import types
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2
import pytest
from huggingface_hub import (
    HfApi,
    constants,
    file_download,
    get_session,
    hf_hub_download,
    snapshot_download,
)
from huggingface_hub import errors as hub_errors
from huggingface_hub.utils import _http as hub_http
from huggingface_hub.utils import parse_ratelimit_headers

from tests.support.hub_server import HubServer, Request
from tests.support.tiny import model_card, tiny_bert

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TINY = "org/tiny"


@pytest.fixture(autouse=True)
def _online(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere tests never ask a hub; here there is one."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


TEXT = "an outside text, long enough to be cut in two\n" * 200


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tiny_bert(tmp_path_factory.mktemp("tiny"))
    model_card(folder, "license: mit\nlanguage: de")
    (folder / "notes").mkdir()
    (folder / "notes" / "long.txt").write_text(TEXT, encoding="utf-8")
    return folder


@pytest.fixture
def hub(folder: Path) -> Iterator[HubServer]:
    with HubServer() as hub:
        hub.add(TINY, folder, tags=["license:gpl", "pt"], pipeline_tag="fill-mask", downloads=30)
        hub.add("org/small-bert", folder, tags=["pt"], downloads=20)
        hub.add("other/bert", folder, pipeline_tag="fill-mask", downloads=40, likes=7)
        hub.add("org/secret", folder, private=True)
        hub.add("org/gated", folder, gated="manual")
        hub.rename("old/name", TINY)
        yield hub


@pytest.fixture
def api(hub: HubServer) -> HfApi:
    return HfApi(endpoint=hub.url, token=False)


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let the client's pauses between two attempts pass at once; return how long they were."""
    pauses: list[float] = []
    quick = types.SimpleNamespace(sleep=pauses.append, time=time.time)
    monkeypatch.setattr(hub_http, "time", quick)
    monkeypatch.setattr(file_download, "time", quick)
    return pauses


# Listing


def test_list_is_sorted_and_filtered(api: HfApi) -> None:
    def ids(**query: object) -> list[str]:
        return [model.id for model in api.list_models(sort="downloads", **query)]

    assert ids() == ["other/bert", TINY, "org/small-bert", "org/gated"]
    assert ids(search="BERT") == ["other/bert", "org/small-bert"]
    assert ids(author="other") == ["other/bert"]
    assert ids(filter=["pt", "license:gpl"]) == [TINY]
    assert ids(pipeline_tag="fill-mask") == ["other/bert", TINY]
    assert ids(gated=True) == ["org/gated"]
    assert ids(num_parameters="min:1M") == []
    assert ids(limit=1) == ["other/bert"]


def test_list_tells_what_the_hub_tells(api: HfApi) -> None:
    (plain,) = api.list_models(search="tiny")
    assert (plain.downloads, plain.pipeline_tag, plain.private) == (30, "fill-mask", False)
    assert plain.tags == [
        *("license:gpl", "pt", "transformers", "fill-mask"),
        *("de", "license:mit"),  # from its card
    ]
    assert plain.sha is plain.siblings is plain.safetensors is None

    (full,) = api.list_models(search="tiny", full=True, cardData=True)
    assert full.author == "org"
    assert full.card_data.license == "mit"
    assert "notes/long.txt" in [file.rfilename for file in full.siblings]

    (expanded,) = api.list_models(search="tiny", expand=["safetensors", "gated"])
    assert expanded.safetensors.total == sum(expanded.safetensors.parameters.values()) > 10_000
    assert expanded.downloads is None


def test_pages_are_fetched_when_needed(hub: HubServer, api: HfApi) -> None:
    hub.page_size = 2
    models = api.list_models(sort="downloads", search="r")
    assert hub.requests == []
    first = next(models)
    assert hub.requests == [("GET", "/api/models?search=r&sort=downloads")]
    assert [first.id, *(model.id for model in models)] == [
        *("other/bert", TINY, "org/small-bert", "org/gated")
    ]
    assert [request.params.get("cursor") for request in hub.requests] == [None, ["2"]]
    assert hub.requests[1].params["search"] == ["r"]


# One repository


def test_info_and_files(api: HfApi, folder: Path) -> None:
    info = api.model_info(TINY, files_metadata=True)
    assert len(info.sha) == 40
    weights = next(file for file in info.siblings if file.rfilename == "model.safetensors")
    size = (folder / "model.safetensors").stat().st_size
    assert weights.size == weights.lfs.size == size
    assert api.model_info(TINY, revision=info.sha).sha == info.sha

    files = api.list_repo_files(TINY)
    assert {"README.md", "config.json", "notes/long.txt"} <= {*files}
    top = {entry.path: type(entry).__name__ for entry in api.list_repo_tree(TINY)}
    assert top["notes"] == "RepoFolder"
    assert "notes/long.txt" not in top
    assert [entry.path for entry in api.list_repo_tree(TINY, "notes")] == ["notes/long.txt"]
    assert api.get_safetensors_metadata(TINY).files_metadata


def test_tree_is_paged(hub: HubServer, api: HfApi) -> None:
    everything = api.list_repo_files(TINY)
    hub.page_size = 2
    hub.forget_requests()
    assert api.list_repo_files(TINY) == everything
    assert len(hub.requests) == 4


def test_commit_follows_the_content(hub: HubServer, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one")
    first = hub.add("org/a", tmp_path).sha
    assert hub.add("org/b", tmp_path).sha == first
    (tmp_path / "a.txt").write_text("two")
    assert hub.add("org/a", tmp_path).sha != first


def test_snapshot_is_the_folder(hub: HubServer, folder: Path, tmp_path: Path) -> None:
    where = snapshot_download(TINY, endpoint=hub.url, cache_dir=tmp_path, token=False)
    assert where.endswith(hub.repos[TINY].sha)
    for name, file in hub.repos[TINY].files.items():
        assert (tmp_path / where / name).read_bytes() == file.source.read_bytes()


def test_range(hub: HubServer) -> None:
    url = f"{hub.url}/{TINY}/resolve/main/notes/long.txt"
    part = httpx2.get(url, headers={"Range": "bytes=3-9"})
    assert (part.status_code, part.text) == (206, TEXT[3:10])
    assert part.headers["Content-Range"] == f"bytes 3-9/{len(TEXT)}"
    assert httpx2.get(url, headers={"Range": f"bytes={len(TEXT)}-"}).status_code == 416
    head = httpx2.head(url)
    assert (head.headers["Content-Length"], head.content) == (str(len(TEXT)), b"")


def test_transformers_loads_by_name(hub: HubServer, tmp_path: Path) -> None:
    code = f"""
import json
from transformers import AutoModel, AutoTokenizer
encoded = AutoTokenizer.from_pretrained({TINY!r})("the cat sat", return_tensors="pt")
shape = AutoModel.from_pretrained({TINY!r})(**encoded).last_hidden_state.shape
print(json.dumps([encoded["input_ids"].tolist(), list(shape)]))
"""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, "HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[[2, 5, 20, 21, 3]], [1, 5, 32]]
    assert ("GET", f"/api/models/{TINY}") in hub.requests
    assert {*hub.authorizations} == {None}


# Who may see what


def test_missing_things_have_their_own_errors(hub: HubServer, api: HfApi, tmp_path: Path) -> None:
    with pytest.raises(hub_errors.RepositoryNotFoundError) as anonymous:
        api.model_info("org/none")
    assert anonymous.value.response.status_code == 401
    with pytest.raises(hub_errors.RepositoryNotFoundError) as signed_in:
        api.model_info("org/none", token=hub.token)
    assert signed_in.value.response.status_code == 404
    with pytest.raises(hub_errors.RevisionNotFoundError):
        api.model_info(TINY, revision="v9")
    with pytest.raises(hub_errors.RemoteEntryNotFoundError) as entry:
        hf_hub_download(TINY, "no.txt", endpoint=hub.url, cache_dir=tmp_path, token=False)
    assert entry.value.response.headers["X-Repo-Commit"] == hub.repos[TINY].sha
    with pytest.raises(hub_errors.RemoteEntryNotFoundError):
        list(api.list_repo_tree(TINY, "nowhere"))


def test_only_the_files_of_the_folder_are_served(hub: HubServer, folder: Path) -> None:
    (folder.parent / "outside.txt").write_text("not yours")
    connection = http.client.HTTPConnection(urlsplit(hub.url).netloc, timeout=10)
    connection.request("GET", f"/{TINY}/resolve/main/../outside.txt")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["X-Error-Code"]) == (404, "EntryNotFound")


def test_private_needs_the_token(hub: HubServer, api: HfApi) -> None:
    with pytest.raises(hub_errors.RepositoryNotFoundError):
        api.model_info("org/secret")
    assert api.model_info("org/secret", token=hub.token).private is True
    assert "org/secret" not in [model.id for model in api.list_models()]
    assert "org/secret" in [model.id for model in api.list_models(token=hub.token)]


def test_gated_shows_its_card_but_not_its_files(hub: HubServer, api: HfApi, tmp_path: Path) -> None:
    assert api.model_info("org/gated").gated == "manual"

    def download(token: str | bool) -> str:
        return hf_hub_download(
            "org/gated", "config.json", endpoint=hub.url, cache_dir=tmp_path, token=token
        )

    for token, status in ((False, 401), (hub.token, 403)):
        with pytest.raises(hub_errors.GatedRepoError) as gated:
            download(token)
        assert gated.value.response.status_code == status
    hub.granted.add("org/gated")
    assert "hidden_size" in json.loads((tmp_path / download(hub.token)).read_text())


def test_whoami_and_a_wrong_token(hub: HubServer, api: HfApi) -> None:
    assert api.whoami(token=hub.token)["name"] == hub.user
    with pytest.raises(hub_errors.HfHubHTTPError, match="Invalid user token"):
        api.whoami(token="hf_wrong")  # noqa: S106 - shows what a wrong one gets
    with pytest.raises(hub_errors.HfHubHTTPError, match="Invalid credentials") as wrong:
        next(api.list_models(token="hf_wrong"))  # noqa: S106
    assert not isinstance(wrong.value, hub_errors.RepositoryNotFoundError)
    assert hub.authorizations[0] == f"Bearer {hub.token}"
    assert hub.authorizations[-1] == "Bearer hf_wrong"


def test_renamed_repositories_are_followed(hub: HubServer, api: HfApi, tmp_path: Path) -> None:
    assert api.model_info("old/name").id == TINY
    file = hf_hub_download(
        "old/name", "notes/long.txt", endpoint=hub.url, cache_dir=tmp_path, token=False
    )
    assert (tmp_path / file).read_text() == TEXT
    assert ("HEAD", f"/{TINY}/resolve/main/notes/long.txt") in hub.requests


# Faults


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("refuse", httpx2.ConnectError),
        ("500", hub_errors.HfHubHTTPError),
        ("429", hub_errors.HfHubHTTPError),
        ("portal", json.JSONDecodeError),
    ],
)
def test_faults_of_a_list(
    hub: HubServer, api: HfApi, no_waiting: list[float], fault: str, error: type[Exception]
) -> None:
    hub.fault = fault
    with pytest.raises(error) as caught:
        next(api.list_models(limit=1))
    expected = {"429": [4.0] * 5, "500": [1, 2, 4, 8, 8], "refuse": [1, 2, 4, 8, 8]}
    assert no_waiting == expected.get(fault, [])
    if fault in ("429", "500"):
        assert caught.value.response.status_code == int(fault)
    if fault == "429":
        limits = parse_ratelimit_headers(caught.value.response.headers)
        assert (limits.remaining, limits.reset_in_seconds, limits.limit) == (0, 3, 500)

    hub.fault = None
    assert next(api.list_models(limit=1)).id == TINY


def test_hang_lasts_until_the_client_gives_up(hub: HubServer) -> None:
    hub.fault = "hang"
    start = time.monotonic()
    with pytest.raises(httpx2.ReadTimeout):
        get_session().get(f"{hub.url}/api/models", timeout=0.3)
    assert time.monotonic() - start < 3
    assert hub.requests == [Request("GET", "/api/models")]
    hub.fault = None
    assert get_session().get(f"{hub.url}/api/models", timeout=10).status_code == 200


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the client write down what it has every 1000 bytes, not every 10 MB."""
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)


@pytest.mark.usefixtures("small_chunks")
def test_a_cut_download_fails(hub: HubServer, tmp_path: Path, no_waiting: list[float]) -> None:
    hub.fault = "cut"
    with pytest.raises(httpx2.RemoteProtocolError):
        hf_hub_download(TINY, "notes/long.txt", endpoint=hub.url, cache_dir=tmp_path, token=False)
    assert no_waiting == [1] * 5
    assert not [*tmp_path.rglob("long.txt")]


@pytest.mark.usefixtures("small_chunks")
def test_a_cut_download_goes_on_when_the_line_is_back(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def line_is_back(_: float) -> None:
        hub.fault = None

    monkeypatch.setattr(file_download, "time", types.SimpleNamespace(sleep=line_is_back))
    hub.fault = "cut"
    file = hf_hub_download(
        TINY, "notes/long.txt", endpoint=hub.url, cache_dir=tmp_path, token=False
    )
    assert (tmp_path / file).read_text() == TEXT
    assert [request.method for request in hub.requests] == ["HEAD", "GET", "GET"]
    assert hub.ranges == ["bytes=4000-"]
