"""The hub's own client and transformers use what we fetched, and we use what they fetched."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest
from huggingface_hub import HfApi, scan_cache_dir, snapshot_download, try_to_load_from_cache

import tfwidgets as tfw
from tests.support.hub_fixtures import Run
from tests.support.hub_server import HubServer

TINY = "org/tiny"

OFFLINE = """
import json, sys
from transformers import AutoModel, AutoTokenizer
name = sys.argv[1]
encoded = AutoTokenizer.from_pretrained(name)("the cat sat", return_tensors="pt")
shape = AutoModel.from_pretrained(name, local_files_only=True)(**encoded).last_hidden_state.shape
print(json.dumps([encoded["input_ids"].tolist(), list(shape)]))
"""


def test_transformers_loads_what_we_fetched(
    hub: HubServer, hub_cache: Path, base_bert: Path, run_python: Run
) -> None:
    commit = hub.add(TINY, base_bert).sha
    folder = tfw.hub("tiny", where="hub")[TINY].download(progress=False)
    assert folder.name == commit

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        info = scan_cache_dir(hub_cache)
    assert info.warnings == []
    (repo,) = info.repos
    (revision,) = repo.revisions
    assert (repo.repo_id, revision.commit_hash, {*revision.refs}) == (TINY, commit, {"main"})
    assert not [*hub_cache.rglob("*.incomplete")]
    for name, file in hub.repos[TINY].files.items():
        path = try_to_load_from_cache(TINY, name)
        assert isinstance(path, str), name
        assert Path(path).read_bytes() == file.source.read_bytes()

    done = run_python(OFFLINE, TINY, HF_HUB_CACHE=str(hub_cache), HF_HUB_OFFLINE="1")
    assert json.loads(done.stdout) == [[[2, 5, 20, 21, 3]], [1, 5, 32]]


def test_the_client_fetches_nothing_again(hub: HubServer, base_bert: Path) -> None:
    hub.add(TINY, base_bert)
    folder = tfw.hub("tiny", where="hub")[TINY].download(progress=False)
    hub.forget_requests()
    assert snapshot_download(TINY, endpoint=hub.url) == str(folder)
    assert not [request for request in hub.requests if request.method == "GET"
                and "/resolve/" in request.path]  # fmt: skip


def test_we_fetch_nothing_again(hub: HubServer, base_bert: Path) -> None:
    hub.add(TINY, base_bert)
    folder = snapshot_download(TINY, endpoint=hub.url)
    entry = tfw.hub("tiny")[TINY]
    assert entry.cached
    assert str(entry.folder) == folder
    hub.forget_requests()
    assert str(entry.download(progress=False)) == folder
    assert tfw.ModelEntry(TINY, "hub").download(progress=False) == Path(folder)
    assert hub.asked(f"/{TINY}/resolve") == 0


def test_what_the_client_left_in_the_middle_is_finished(
    hub: HubServer, hub_cache: Path, base_bert: Path
) -> None:
    hub.add(TINY, base_bert)
    snapshot_download(TINY, endpoint=hub.url, allow_patterns=["*.json"])
    entry = tfw.hub("tiny")[TINY]
    assert not entry.cached
    hub.forget_requests()
    folder = entry.download(progress=False)
    assert entry.cached
    asked = {request.path.rpartition("/")[2] for request in hub.requests}
    assert "model.safetensors" in asked
    assert "tokenizer.json" not in asked
    assert tfw.load(TINY).folder == folder


def test_the_lists_agree(hub: HubServer) -> None:
    hub.add_many(130)
    api = HfApi(endpoint=hub.url, token=False)
    for theirs, ours in (
        ({}, {}),
        ({"filter": ["de", "license:mit"]}, {"language": "German", "license": "mit"}),
        ({"pipeline_tag": "text-generation"}, {"task": "text-generation"}),
        ({"search": "bert", "author": "acme-ai"}, {"query": "bert", "author": "acme-ai"}),
        ({"num_parameters": "min:100M,max:400M"}, {"params": "100M:400M"}),
        ({"gated": True}, {"gated": True}),
        ({"filter": ["transformers", "llama"]}, {"library": "transformers", "family": "llama"}),
    ):
        expected = [model.id for model in api.list_models(sort="downloads", limit=100, **theirs)]
        found = tfw.hub(limit=100, where="hub", **ours)
        assert [entry.id for entry in found] == expected, ours
        assert expected, ours
    for sort, theirs_sort in (("updated", "last_modified"), ("likes", "likes"),
                              ("trending", "trending_score")):  # fmt: skip
        expected = [model.id for model in api.list_models(sort=theirs_sort, limit=40)]
        assert [entry.id for entry in tfw.hub(sort=sort, limit=40, where="hub")] == expected


def test_what_an_entry_says_is_what_the_client_says(hub: HubServer) -> None:
    hub.add_many(40)
    api = HfApi(endpoint=hub.url, token=False)
    for entry in tfw.hub(limit=40, where="hub"):
        info = api.model_info(entry.id)
        assert info.safetensors is not None
        assert entry.params == info.safetensors.total
        assert (
            entry.dtype
            == {"F32": "float32", "BF16": "bfloat16", "F16": "float16"}[
                next(iter(info.safetensors.parameters))
            ]
        )
        assert (entry.downloads, entry.likes) == (info.downloads, info.likes)
        assert (entry.revision, entry.task) == (info.sha, info.pipeline_tag)
        assert entry.updated == info.last_modified
        assert entry.gated == info.gated
        assert info.card_data is not None
        assert entry.license == info.card_data.license
        assert [*entry.languages] == [*(info.card_data.language or ())]
        assert entry.url == f"{hub.url}/{entry.id}"


@pytest.mark.parametrize("xet", [False, True])
def test_large_files_on_another_host(
    hub: HubServer, base_bert: Path, monkeypatch: pytest.MonkeyPatch, xet: bool
) -> None:
    monkeypatch.setenv("HF_TOKEN", hub.token)
    hub.add(TINY, base_bert, private=True)
    hub.offers_xet = xet
    host = hub.move_files()
    entry = tfw.hub("tiny", where="hub")[TINY]
    folder = entry.download(progress=False)
    source = hub.repos[TINY].folder / "model.safetensors"
    assert (folder / "model.safetensors").read_bytes() == source.read_bytes()
    assert [request.method for request in host.requests] == ["GET"]
    assert host.authorizations == [None]  # the token is for the hub alone
    assert {*hub.authorizations} == {f"Bearer {hub.token}"}


def test_an_endpoint_of_the_environment(run_python: Run, base_bert: Path, tmp_path: Path) -> None:
    code = """
import tfwidgets as tfw
(entry,) = tfw.hub(where="hub")
print(entry.id, entry.download(progress=False).name, entry.url)
print([(e.source, e.cached) for e in tfw.hub(where=("hub", "cache"))])
"""
    with HubServer() as hub:
        commit = hub.add(TINY, base_bert).sha
        done = run_python(
            code, HF_ENDPOINT=hub.url, HF_HOME=str(tmp_path / "hf"), HF_HUB_OFFLINE="0",
            TFWIDGETS_CACHE_DIR=str(tmp_path / "own"),
        )  # fmt: skip
        lines = done.stdout.splitlines()
        assert lines == [f"{TINY} {commit} {hub.url}/{TINY}", "[('cache', True)]"]
