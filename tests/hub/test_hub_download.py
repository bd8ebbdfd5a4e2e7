"""Downloading a model: what is fetched, where it lies then, and that it can be loaded."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

import tfwidgets as tfw
from tests.hub.downloads import entry, repository, run
from tests.support.hub_repo import Repo, RepoFile
from tests.support.hub_server import HubServer
from tfwidgets.errors import ModelError
from tfwidgets.hub.download import PlannedFile, plan
from tfwidgets.hub.download.meter import Meter
from tfwidgets.hub.download.storage import Storage
from tfwidgets.hub.download.transfer import Transfer
from tfwidgets.hub.entry import ModelEntry
from tfwidgets.models.net import HubClient, HubProblem

pytestmark = pytest.mark.timeout(60)


def test_a_plan_says_what_would_be_fetched(hub: HubServer, hub_cache: Path, tmp_path: Path) -> None:
    repo = hub.add("org/tiny", repository(tmp_path / "repo"))
    planned = plan(entry(), HubClient.now())
    sizes = {file.name: file.size for file in planned.files}
    assert set(sizes) == {"config.json", "tokenizer.json", "README.md", "model.safetensors"}
    assert planned.files[-1].name == "model.safetensors"  # small files first
    assert planned.total == planned.missing == sum(filter(None, sizes.values()))
    assert planned.folder == hub_cache / "models--org--tiny" / "snapshots" / repo.sha
    assert planned.free == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.2)
    assert planned.enough
    assert planned.refused is None
    assert not hub_cache.exists()  # a plan writes nothing
    assert len(hub.requests) == 1


def test_only_pickles_and_what_is_no_model_are_refused(
    hub: HubServer, hub_cache: Path, tmp_path: Path
) -> None:
    folder = repository(tmp_path / "repo")
    (folder / "model.safetensors").unlink()
    hub.add("org/tiny", folder)
    planned = plan(entry(), HubClient.now())
    assert "pickled weights (pytorch_model.bin)" in str(planned.refused)
    assert "pytorch_model.bin" in {file.name for file in planned.files}
    assert run().problem == planned.refused
    (folder / "config.json").unlink()
    hub.add("org/tiny", folder)
    planned = plan(entry(), HubClient.now())
    assert "it has no config.json" in str(planned.refused)
    assert planned.files == ()
    assert not (hub_cache / "models--org--tiny" / "blobs").exists()


def test_what_was_downloaded_is_loaded_without_the_hub(
    hub: HubServer, hub_cache: Path, base_bert: Path
) -> None:
    from huggingface_hub import scan_cache_dir

    repo = hub.add("org/tiny", base_bert)
    wanted = entry(revision=repo.sha)
    folder = wanted.download(progress=False)
    assert wanted.cached
    assert wanted.folder == folder
    assert (folder / "model.safetensors").read_bytes() == (
        base_bert / "model.safetensors"
    ).read_bytes()
    asked = len(hub.requests)
    assert wanted.download(progress=False) == folder
    assert len(hub.requests) == asked  # what is here is not asked for

    cache = scan_cache_dir(hub_cache)
    assert not cache.warnings
    (found,) = cache.repos
    assert {file.file_name for version in found.revisions for file in version.files} == {
        path.name for path in base_bert.iterdir()
    }
    hub.fault = "refuse"
    assert tfw.load("org/tiny").source == "cache"  # so `main` stands for it
    assert not list(hub_cache.rglob("*incomplete*"))


def test_the_hubs_client_finds_everything_and_the_other_way_round(
    hub: HubServer, base_bert: Path, tmp_path: Path
) -> None:
    from huggingface_hub import snapshot_download

    hub.add("org/tiny", base_bert)
    assert run().state == "done"
    hub.forget_requests()
    snapshot_download("org/tiny", endpoint=hub.url)
    assert not [path for _, path in hub.requests if "/resolve/" in path]

    hub.add("org/other", repository(tmp_path / "repo"))
    snapshot_download("org/other", endpoint=hub.url)
    hub.forget_requests()
    planned = plan(entry("org/other"), HubClient.now())
    assert planned.missing == 0
    assert all(file.here for file in planned.files)
    assert run(name="org/other").state == "done"
    assert not [path for _, path in hub.requests if "/resolve/" in path]


def test_an_older_revision_does_not_become_main(
    hub: HubServer, hub_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = hub.add("org/tiny", repository(tmp_path / "repo"))
    old = "0" * 39 + "1"
    real = Repo.has_revision
    monkeypatch.setattr(Repo, "has_revision", lambda self, name: name == old or real(self, name))
    answer = Repo.describe
    monkeypatch.setattr(
        Repo,
        "describe",
        lambda self, *a, **k: (
            answer(self, *a, **k)
            | ({"sha": old} if hub.requests[-1].path.split("?")[0].endswith(old) else {})
        ),
    )
    job = run(revision=old)
    assert job.state == "done", job.problem
    assert job.folder is not None
    assert job.folder.name == old
    assert not (hub_cache / "models--org--tiny" / "refs").exists()
    assert run(revision=repo.sha).state == "done"
    assert (hub_cache / "models--org--tiny" / "refs" / "main").read_text() == repo.sha


@pytest.mark.parametrize("revision", ["../../../../x", "/x", "a//b", "a\\b", "a/./b", "x\0"])
def test_a_revision_is_never_a_path(
    hub: HubServer, hub_cache: Path, base_bert: Path, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tfwidgets.hub.sources.online import entry_of
    from tfwidgets.models.hub import remember

    hub.add("org/tiny", base_bert)
    monkeypatch.setattr(Repo, "has_revision", lambda *_: True)
    wanted = entry(revision=revision)
    before = {*hub_cache.parent.rglob("*")}
    for act in (lambda: wanted.download(progress=False), wanted.load):
        with pytest.raises(ModelError, match="has no revision"):
            act()
    with pytest.raises(HubProblem):
        remember(hub_cache / "models--org--tiny" / "snapshots" / "c", revision, "c")
    assert {*hub_cache.parent.rglob("*")} == before
    told = entry_of({"id": "org/tiny", "sha": revision}, hub.url)
    assert told is not None
    assert told.revision is None


def test_branches_of_all_kinds_are_revisions() -> None:
    from tfwidgets.models.hub import check_revision

    for name in ("main", "v1.0", "refs/pr/1", "a" * 40, "grün", "feature/x-y_z@2"):
        check_revision("org/tiny", name)


def test_where_links_are_not_possible(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_DISABLE_SYMLINKS", True)
    hub.add("org/tiny", repository(tmp_path / "repo"))
    job = run()
    assert job.state == "done", job.problem
    assert job.folder is not None
    assert not any(path.is_symlink() for path in job.folder.iterdir())
    assert plan(entry(), HubClient.now()).missing == 0
    hub.forget_requests()
    assert run().state == "done"
    assert not [path for _, path in hub.requests if "/resolve/" in path]


def test_files_on_another_host_get_no_token(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", hub.token)
    hub.add("org/tiny", repository(tmp_path / "repo"))
    host = hub.move_files()
    assert run().state == "done"
    assert host.authorizations == [None]
    assert f"Bearer {hub.token}" in hub.authorizations


def test_whole_folders_and_demos_are_returned_as_they_are(base_bert: Path) -> None:
    assert ModelEntry("here", "folder", folder=base_bert).download() == base_bert
    assert ModelEntry("org/x", "cache", folder=base_bert, cached=True).download() == base_bert
    with pytest.raises(HubProblem, match="switched off"):  # not whole, and the hub is off
        ModelEntry(
            "org/x", "cache", folder=base_bert, cached=True, missing=("model.safetensors",)
        ).download()


def test_mirrors_that_tell_less(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RepoFile, "sibling", lambda self, **_: {"rfilename": self.name})
    hub.add("org/tiny", repository(tmp_path / "repo"))
    hub.move_files()
    job = run()
    assert job.state == "done", job.problem
    assert job.folder is not None
    assert job.done == job.total > 400_000  # as the answers say
    pointer = job.folder / "model.safetensors"
    assert pointer.resolve().name == hub.repos["org/tiny"].files["model.safetensors"].sha256


def test_the_length_of_a_redirect_is_not_the_files(hub_cache: Path) -> None:
    moved = SimpleNamespace(headers={"ETag": '"abc"', "Content-Length": "17"})
    answer = SimpleNamespace(history=[moved], headers={"Content-Length": "400000"})
    client: Any = SimpleNamespace(timeout=1, stream=lambda *_, **__: nullcontext(answer))
    transfer = Transfer(
        client,
        Storage.of("org/tiny"),
        "0" * 40,
        PlannedFile("model.safetensors", None),
        meter=(meter := Meter()),
        cancelled=Event(),
        tell=lambda: None,
        blocked=lambda _: None,
    )
    assert transfer._ask_name() == "abc"
    assert meter.total == 400_000


def test_sizes_that_only_the_answers_tell(
    hub: HubServer, hub_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = RepoFile.sibling

    def without_size(self: RepoFile, **more: object) -> dict[str, object]:
        told = dict(real(self, **more))  # type: ignore[arg-type]
        large = {name: value for name, value in (told.get("lfs") or {}).items() if name != "size"}
        told.pop("size", None)
        return told | ({"lfs": large} if large else {})

    monkeypatch.setattr(RepoFile, "sibling", without_size)
    hub.add("org/tiny", repository(tmp_path / "repo"))
    hub.altered = {"config.json"}
    assert "damaged" in str(run().problem)  # git's hash needs the size
    hub.altered = set()
    job = run()
    assert job.state == "done", job.problem
    assert job.done == job.total > 400_000
    assert run().total == job.total  # of what is here, too


@pytest.mark.parametrize("name", ["../../x", "a/../../x", "/etc/x", "c:\\x", "a\0b", "\ud800"])
def test_names_that_lead_out_of_the_cache_are_refused(
    hub: HubServer, hub_cache: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("org/tiny", repository(tmp_path / "repo"))
    planned = plan(entry(), HubClient.now(), files=[name, "config.json"])
    assert f"{name!r}, which is refused" in str(planned.refused)
    assert [file.name for file in planned.files] == ["config.json"]
    for refused in (name, ""):
        with pytest.raises(ModelError, match="refused"):
            Storage.of("org/tiny").pointer("0" * 40, refused)
    real = RepoFile.sibling
    monkeypatch.setattr(
        RepoFile,
        "sibling",
        lambda self, **more: real(self, **more) | {"blobId": name or ".", "lfs": None},
    )
    job = run()
    assert job.state == "failed"
    assert not hub_cache.exists()
