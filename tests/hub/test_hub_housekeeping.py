"""Making room in the hub's cache: what goes, what stays, and nothing outside of it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from tests.hub.cached_models import add, whole
from tests.hub.downloads import entry, gets, repository, without_weights
from tests.support.hub_server import HubServer
from tfwidgets.errors import InputError
from tfwidgets.hub.download import start
from tfwidgets.hub.housekeeping import delete, delete_incomplete, repos, why_kept
from tfwidgets.models import loading, session
from tfwidgets.models.net import HubClient


@pytest.fixture
def cache(hub_cache: Path) -> Path:
    hub_cache.mkdir()
    return hub_cache


def everything(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_a_model_goes_with_all_that_was_fetched_of_it(cache: Path) -> None:
    gone = add(cache, "org/a", whole(), unfinished={"e1.tfwidgets.incomplete": 500})
    add(cache, "org/a", whole(**{"more.txt": "m"}), commit="d" * 40, ref=None)
    stays = add(cache, "org/b", whole())
    (cache / ".locks" / gone.name).mkdir(parents=True)
    before = everything(stays)
    size = next(repo for repo in repos() if repo.id == "org/a").size
    freed = delete(["org/a", "org/a"])
    assert (freed.deleted, freed.kept) == (("org/a",), {})
    assert freed.bytes == size + 500
    assert not gone.exists()
    assert not (cache / ".locks" / gone.name).exists()
    assert everything(stays) == before
    assert [repo.id for repo in repos()] == ["org/b"]


def test_what_is_not_there_deletes_nothing(cache: Path) -> None:
    kept = add(cache, "org/a", whole())
    with pytest.raises(InputError, match=r"no model 'org/aa'. Did you mean 'org/a'"):
        delete(["org/a", "org/aa"])
    assert kept.exists()
    for odd in ("../../etc", "", "org", "models--org--a"):
        with pytest.raises(InputError):
            delete([odd])


def test_a_link_to_elsewhere_is_left_alone(cache: Path, tmp_path: Path) -> None:
    outside = add(tmp_path / "elsewhere", "org/a", whole())
    (cache / "models--org--a").symlink_to(outside)
    before = everything(outside)
    assert delete(["org/a"]).kept == {"org/a": "outside"}
    assert everything(outside) == before
    assert (cache / "models--org--a").is_symlink()


def test_links_within_a_model_do_not_lead_out(cache: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.safetensors"
    mine.write_bytes(b"precious")
    repo = add(cache, "org/a", whole())
    (repo / "snapshots" / ("c" * 40) / "linked").symlink_to(mine)
    (repo / "blobs" / "folder").symlink_to(tmp_path)
    assert delete("org/a").deleted == ("org/a",)
    assert mine.read_bytes() == b"precious"


def test_a_cache_that_is_itself_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = tmp_path / "big-disk"
    repo = add(real, "org/a", whole())
    (tmp_path / "link").symlink_to(real)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "link"))
    assert delete("org/a").deleted == ("org/a",)
    assert not repo.exists()


def test_what_is_needed_now_stays(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    for name in ("org/loaded", "org/used", "org/free"):
        add(cache, name, whole())
    model = SimpleNamespace(name="org/loaded", source="cache")
    monkeypatch.setattr(loading, "loaded", lambda: [model])
    session.use("org/used")
    try:
        freed = delete([repo.id for repo in repos()])
    finally:
        session.clear()
    assert freed.kept == {"org/loaded": "loaded", "org/used": "in_use"}
    assert freed.deleted == ("org/free",)
    assert {repo.id for repo in repos()} == {"org/loaded", "org/used"}


def test_what_is_being_fetched_stays(cache: Path) -> None:
    from huggingface_hub.utils import WeakFileLock

    repo = add(cache, "org/a", whole(), unfinished={"e1.0badcafe.incomplete": 500})
    lock = cache / ".locks" / repo.name / "e1.lock"
    lock.parent.mkdir(parents=True)
    with WeakFileLock(lock):
        assert why_kept(repos()[0]) == "downloading"
        assert delete("org/a").kept == {"org/a": "downloading"}
        assert delete_incomplete("org/a").kept == {"org/a": "downloading"}
    assert why_kept(repos()[0]) is None
    assert delete("org/a").deleted == ("org/a",)


def test_what_is_fetched_between_two_files_stays(cache: Path) -> None:
    from huggingface_hub.utils import WeakFileLock

    repo = add(cache, "org/a", whole())
    lock = cache / ".locks" / repo.name / "next.lock"
    lock.parent.mkdir(parents=True)
    with WeakFileLock(lock):
        assert delete("org/a").kept == {"org/a": "downloading"}
    assert repo.exists()


def test_what_this_kernel_fetches_stays(hub: HubServer, hub_cache: Path, tmp_path: Path) -> None:
    hub.add("org/tiny", repository(tmp_path / "repo"))
    without_weights(hub)
    hub.fault, hub.fault_path = "hang", "model.safetensors"
    job = start(entry(), HubClient.now())
    while not gets(hub, "model.safetensors"):
        time.sleep(0.01)
    assert [why_kept(repo) for repo in repos()] == ["downloading"]
    assert delete("org/tiny").kept == {"org/tiny": "downloading"}
    job.cancel()
    hub.fault = None


def test_what_was_loaded_by_its_folder_stays(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    folder = add(cache, "org/a", whole()) / "snapshots" / ("c" * 40)
    model = SimpleNamespace(name=str(folder), source="folder", folder=folder)
    monkeypatch.setattr(loading, "loaded", lambda: [model])
    assert delete("org/a").kept == {"org/a": "loaded"}
    monkeypatch.undo()
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    for chosen in (folder, str(folder)):
        session.use(chosen)
        try:
            assert delete("org/a").kept == {"org/a": "in_use"}
        finally:
            session.clear()
    assert delete("org/a").deleted == ("org/a",)


def test_links_that_lead_out_are_not_followed(cache: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "models--org--b").mkdir(parents=True)
    for name in ("x.incomplete", "keep", "models--org--b/mine"):
        (outside / name).write_text("precious")
    before = everything(outside)
    repo = add(cache, "org/a", whole())
    shutil.rmtree(repo / "blobs")
    (repo / "blobs").symlink_to(outside)
    for act in (delete_incomplete, delete):
        assert act("org/a").kept == {"org/a": "outside"}
    (cache / ".locks").symlink_to(outside)
    add(cache, "org/b", whole())
    assert delete("org/b").deleted == ("org/b",)
    assert everything(outside) == before


def test_unfinished_downloads_go_and_whole_files_stay(cache: Path) -> None:
    repo = add(cache, "org/a", whole(), unfinished={"e1.x.incomplete": 500, "e2.incomplete": 7})
    add(cache, "org/b", whole())
    freed = delete_incomplete(["org/a", "org/b"])
    assert (freed.deleted, freed.bytes) == (("org/a", "org/b"), 507)
    (after,) = [each for each in repos() if each.id == "org/a"]
    assert (after.incomplete_bytes, len(after.revisions)) == (0, 1)
    assert after.size > 0
    assert not list(repo.glob("blobs/*.incomplete"))


def test_what_the_system_refuses_is_said(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    repo = add(cache, "org/a", whole())

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(shutil, "rmtree", refuse)
    freed = delete("org/a")
    assert (freed.kept, freed.bytes) == ({"org/a": "refused"}, 0)
    assert repo.exists()


def test_no_cache_is_an_empty_one(hub_cache: Path) -> None:
    assert repos() == []
