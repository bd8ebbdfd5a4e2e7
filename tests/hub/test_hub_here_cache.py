"""The models in the hub's cache: what is told of them, kept of them, and when it is read again."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

import pytest

import tfwidgets as tfw
from tests.hub.cached_models import COMMIT, add, etag, settle, weights, whole
from tfwidgets.hub.entry import ModelEntry
from tfwidgets.hub.index import cached, names_here, records, repos
from tfwidgets.hub.index.repositories import read_repo
from tfwidgets.hub.sources import cache as source


def only() -> ModelEntry:
    (entry,) = source.entries()
    return entry


def told(entry: ModelEntry) -> dict[str, object]:
    """Return all but the time of the last use, which looking changes on some systems."""
    return {name: value for name, value in vars(entry).items() if name != "used"}


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The repositories whose files were looked at."""
    names: list[str] = []

    def counted(folder: Path) -> object:
        names.append(folder.name.rpartition("--")[2])
        return read_repo(folder)

    monkeypatch.setattr(cached, "read_repo", counted)
    return names


@pytest.fixture
def restarted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Forget what this process knows, as a new one does."""
    return records._opened.clear


def test_all_that_the_files_tell(hub_cache: Path) -> None:
    tfw.settings().endpoint = "http://mirror.test/"
    files = whole()
    repo = add(hub_cache, "org/tiny", files)
    then = datetime(2025, 3, 4, 5, 6, 7, tzinfo=timezone.utc)
    settle(repo, datetime.now(timezone.utc).timestamp() - then.timestamp())
    entry = only()
    assert (entry.id, entry.source, entry.author, entry.family) == (
        *("org/tiny", "cache", "org", "bert"),
    )
    assert entry.task == "text-classification"
    assert entry.tasks == ("token-classification",)
    assert entry.languages == ("de", "en")
    assert entry.license == "apache-2.0"
    assert (entry.params, entry.dtype) == (30, "float32")
    assert entry.disk_size == sum(len(path.read_bytes()) for path in repo.glob("blobs/*"))
    assert entry.updated == then
    assert entry.cached
    assert entry.revision == COMMIT
    assert entry.folder == repo / "snapshots" / COMMIT
    assert entry.architecture == "BertForSequenceClassification"
    assert entry.url == "http://mirror.test/org/tiny"
    assert entry.libraries == ("transformers", "safetensors")
    assert entry.base_models == ("org/base",)
    assert (entry.missing, entry.notes, entry.gated) == ((), (), None)
    assert entry.used is not None


def test_each_call_returns_objects_of_its_own(hub_cache: Path) -> None:
    add(hub_cache, "org/tiny", whole())
    first = only()
    first.likes = 3
    assert only().likes is None


def test_the_commit_of_main_counts_else_the_newest(hub_cache: Path) -> None:
    old, new = "a" * 40, "b" * 40
    repo = add(hub_cache, "org/two", whole(), commit=old)
    settle(repo)
    add(hub_cache, "org/two", whole(**{"model.safetensors": weights()}), commit=new, ref="v2")
    assert only().revision == old
    (repo / "refs" / "main").unlink()
    assert only().revision == new
    (repo / "refs" / "main").write_text("../../../../etc")
    assert only().revision == new


def test_a_file_of_two_commits_is_counted_once(hub_cache: Path) -> None:
    size = sum(len(path.read_bytes()) for path in add(hub_cache, "a", whole()).glob("blobs/*"))
    add(hub_cache, "a", whole(**{"new.txt": "12345"}), commit="d" * 40, ref="dev")
    (repo,) = repos()
    assert repo.size == size + 5
    assert {revision.size for revision in repo.revisions} == {size, size + 5}
    assert [revision.refs for revision in repo.revisions] == [("main",), ("dev",)]
    assert "new.txt" in repo.revisions[1].files


def test_a_download_that_did_not_end(hub_cache: Path) -> None:
    files = whole()
    here = {name: files[name] for name in ("config.json", "tokenizer.json")}
    hub = files | {"onnx/model.onnx": "x", "README.md": "# A model"}
    name = etag(files["model.safetensors"]) + ".tfwidgets.incomplete"
    add(hub_cache, "org/half", here, unfinished={name: 7}, listed=hub)
    entry = only()
    assert not entry.cached
    assert entry.missing == ("model.safetensors",)
    assert "A download of it did not end." in entry.notes
    (repo,) = repos()
    assert repo.incomplete_bytes == 7
    assert repo.size == entry.disk_size == sum(len(str(json.dumps(v))) for v in here.values())


def test_without_a_list_of_its_files_an_unfinished_one_has_no_name(hub_cache: Path) -> None:
    add(hub_cache, "org/half", {"config.json": {}}, unfinished={"0123456789abcdef.incomplete": 1})
    assert only().missing == ("0123456789ab…",)


def test_what_a_killed_download_left_behind_is_not_missing(hub_cache: Path) -> None:
    files = whole()
    name = etag(files["model.safetensors"]) + ".0123abcd.incomplete"
    add(hub_cache, "org/tiny", files, unfinished={name: 7, "feed.incomplete": 1})
    entry = only()
    assert entry.cached
    assert entry.missing == entry.notes == ()
    assert repos()[0].incomplete_bytes == 8


def test_files_that_nobody_asked_for_are_not_missing(hub_cache: Path) -> None:
    listed = whole() | {"pytorch_model.bin": "x", "onnx/model.onnx": "x", "vocab.txt": "x"}
    add(hub_cache, "org/tiny", whole(), listed=listed)
    assert only().missing == ()


@pytest.mark.skipif(not hasattr(os, "O_NOATIME"), reason="reading always counts as using here")
def test_looking_is_not_using(hub_cache: Path) -> None:
    repo = add(hub_cache, "org/tiny", whole())
    settle(repo, 1e7)
    times = {path: path.stat().st_atime_ns for path in repo.glob("blobs/*")}
    for _ in range(2):
        entry = only()
    assert {path: path.stat().st_atime_ns for path in times} == times
    assert entry.used is not None
    assert entry.used.timestamp() * 1e9 == pytest.approx(max(times.values()))


def test_a_cache_without_links(hub_cache: Path) -> None:
    """So the client writes it on Windows: the files themselves lie in the snapshot."""
    repo = add(hub_cache, "org/tiny", whole(**{"1_Pooling/config.json": {}}))
    size = only().disk_size
    for link in (repo / "snapshots").rglob("*"):
        if link.is_symlink():
            link.resolve().replace(link)
    entry = only()
    assert (entry.disk_size, entry.cached, entry.params) == (size, True, 30)
    assert repos()[0].size == size


def test_threads_get_the_same(hub_cache: Path, reads: list[str]) -> None:
    for number in range(20):
        settle(add(hub_cache, f"org/m{number}", whole()))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: len(source.entries()), range(8)))
    assert found == [20] * 8
    assert len(reads) == 20


def test_a_name_without_files(hub_cache: Path) -> None:
    (hub_cache / "models--org--nothing").mkdir(parents=True)
    entry = only()
    assert (entry.folder, entry.revision, entry.cached) == (None, None, False)
    assert entry.notes == ("Nothing of it is here but its name.",)


def test_notes_are_told_in_the_readers_language(hub_cache: Path) -> None:
    add(hub_cache, "org/tiny", whole(**{"model.safetensors": b"x"}))
    entry = only()
    assert entry.notes == ("model.safetensors is damaged or cut off.",)
    tfw.settings().language = "de"
    assert entry.notes == ("model.safetensors ist beschädigt oder abgeschnitten.",)


def test_what_was_read_is_not_read_again(
    hub_cache: Path, reads: list[str], restarted: Callable[[], None]
) -> None:
    for name in ("one", "two"):
        settle(add(hub_cache, f"org/{name}", whole()))
    first = source.entries()
    assert reads == ["one", "two"]
    restarted()
    again = source.entries()
    assert reads == ["one", "two"]
    assert [told(entry) for entry in again] == [told(entry) for entry in first]


def finished(repo: Path) -> None:
    blob = repo / "blobs" / "feed"
    blob.write_bytes(b"x")
    (repo / "snapshots" / COMMIT / "added.txt").symlink_to(blob)


def other_commit(repo: Path) -> None:
    add(repo.parent, "org/one", whole(), commit="d" * 40)


def cut_off(repo: Path) -> None:
    weights_file = (repo / "snapshots" / COMMIT / "model.safetensors").resolve()
    weights_file.write_bytes(weights_file.read_bytes()[:-1])


def edited(repo: Path) -> None:
    (repo / "snapshots" / COMMIT / "config.json").resolve().write_text("{")


@pytest.mark.parametrize("change", [finished, other_commit, cut_off, edited])
def test_what_changed_is_read_again(
    hub_cache: Path, reads: list[str], change: Callable[[Path], None]
) -> None:
    repo = add(hub_cache, "org/one", whole())
    settle(repo)
    settle(add(hub_cache, "org/two", whole()))
    before = source.entries()[0]
    change(repo)
    reads.clear()
    after = source.entries()[0]
    assert reads == ["one"]
    assert told(after) != told(before)


def test_what_has_just_changed_is_not_trusted(hub_cache: Path, reads: list[str]) -> None:
    add(hub_cache, "org/one", whole())
    source.entries()
    source.entries()
    assert reads == ["one", "one"]


def test_a_deleted_model_is_forgotten(hub_cache: Path, restarted: Callable[[], None]) -> None:
    for name in ("one", "two"):
        settle(add(hub_cache, f"org/{name}", whole()))
    source.entries()
    shutil.rmtree(hub_cache / "models--org--two")
    assert [entry.id for entry in source.entries()] == ["org/one"]
    restarted()
    assert names_here()["models"] == ["org/one"]


def index_file() -> Path:
    (file,) = (tfw.settings().cache_path / "hub-index").iterdir()
    return file


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"\xff", b'{"version": 99, "models": {}}', b'{"version": 1, "models": 3}',
        b'{"version": 1, "models": {"models--org--one": null, "x": [1, 2, 3]}}',
    ],
)  # fmt: skip
def test_a_damaged_index_is_built_anew(
    hub_cache: Path, reads: list[str], restarted: Callable[[], None], content: bytes
) -> None:
    settle(add(hub_cache, "org/one", whole()))
    source.entries()
    index_file().write_bytes(content)
    for _ in range(2):
        restarted()
        assert only().params == 30
    assert reads == ["one", "one"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"params": "many"}, {"params": True}, {"task": ["x"]}, {"tags": [1]}, {"strange": 1},
        {"notes": [["no such note", {}]]}, {"notes": [["broken", {}]]}, {"loads": "yes"},
    ],
)  # fmt: skip
def test_a_record_of_something_else_does_not_count(
    hub_cache: Path, reads: list[str], restarted: Callable[[], None], wrong: dict[str, object]
) -> None:
    settle(add(hub_cache, "org/one", whole()))
    before = told(only())
    content = json.loads(index_file().read_text())
    content["models"]["models--org--one"][2].update(wrong)
    index_file().write_text(json.dumps(content))
    restarted()
    assert told(only()) == before
    assert reads == ["one", "one"]


def test_a_kept_note_may_have_values_of_any_name(
    hub_cache: Path, reads: list[str], restarted: Callable[[], None]
) -> None:
    settle(add(hub_cache, "org/one", whole()))
    only()
    content = json.loads(index_file().read_text())
    notes = [["broken", {"file": "x", "key": "y", "room": "z", "language": "de"}]]
    content["models"]["models--org--one"][2]["notes"] = notes
    index_file().write_text(json.dumps(content))
    restarted()
    assert only().notes == ("x is damaged or cut off.",)
    assert reads == ["one"]


def test_an_index_that_cannot_be_written(hub_cache: Path, tmp_path: Path, reads: list[str]) -> None:
    (tmp_path / "file").write_text("")
    tfw.settings().cache_dir = str(tmp_path / "file")
    settle(add(hub_cache, "org/one", whole()))
    assert only().cached
    assert only().cached
    assert reads == ["one"]


def test_no_half_written_index_is_left(hub_cache: Path) -> None:
    settle(add(hub_cache, "org/one", whole()))
    source.entries()
    assert index_file().suffix == ".json"


@pytest.mark.parametrize("place", ["missing", "file", "~nobody-of-that-name/x", "nul\0"])
def test_a_cache_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    (tmp_path / "file").write_text("")
    path = place if place.startswith("~") else str(tmp_path / place)
    if "\0" in path:
        monkeypatch.setattr(source, "hub_cache", lambda: Path(path))
    else:
        monkeypatch.setenv("HF_HUB_CACHE", path)
    found = source.look()
    assert found.entries == []
    assert bool(found.messages) == (place != "missing")
    assert repos() == [] or "\0" in path
    names_here()


def test_strange_things_in_the_cache(hub_cache: Path) -> None:
    add(hub_cache, "org/good", whole())
    (hub_cache / "models--file").write_text("")
    (hub_cache / "models--link").symlink_to("nowhere")
    (hub_cache / "datasets--org--data").mkdir()
    (hub_cache / "models--a--b--c").mkdir()
    (hub_cache / "models--<b>--x\u202e").mkdir()
    os.mkdir(os.fsencode(hub_cache) + b"/models--\xff--x")  # noqa: PTH102
    dangling = add(hub_cache, "org/dangling", whole())
    shutil.rmtree(dangling / "blobs")
    (dangling / "blobs").write_text("")
    (dangling / "snapshots" / "file").write_text("")
    loop = add(hub_cache, "org/loop", {})
    (loop / "snapshots" / COMMIT / "config.json").symlink_to("config.json")
    found = {entry.id: entry for entry in source.entries()}
    assert set(found) == {"org/good", "org/dangling", "org/loop"}
    assert [name for name, entry in found.items() if entry.cached] == ["org/good"]
    assert len(repos()) == 6  # all can be cleared away


def test_a_folder_that_may_not_be_read(hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(hub_cache, "org/one", whole())
    scandir = os.scandir

    def refused(path: str) -> object:
        if "snapshots" in str(path):
            raise PermissionError(13, "no", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    assert not only().cached
    monkeypatch.setattr(os, "scandir", lambda path: refused("snapshots"))
    assert source.look().messages


def test_a_password_in_the_endpoint_is_in_no_entry(hub_cache: Path) -> None:
    tfw.settings().endpoint = "https://me:s3cret@mirror.test/"
    add(hub_cache, "org/one", whole())
    assert only().url == "https://mirror.test/org/one"


def test_ids_are_completed_before_anything_was_looked_at(hub_cache: Path) -> None:
    add(hub_cache, "org/one", whole())
    assert names_here()["models"] == ["org/one"]
    assert names_here()["authors"] == ["org"]


def test_names_for_completion(hub_cache: Path, restarted: Callable[[], None]) -> None:
    assert not any(names_here().values())
    settle(add(hub_cache, "org/one", whole()))
    source.entries()
    restarted()
    assert names_here() == {
        "tasks": ["text-classification", "token-classification"],
        "languages": ["de", "en"],
        "licenses": ["apache-2.0"],
        "authors": ["org"],
        "libraries": ["safetensors", "transformers"],
        "families": ["bert"],
        "models": ["org/one"],
    }


def test_what_the_hubs_client_downloads(hub: object, hub_cache: Path, tmp_path: Path) -> None:
    from huggingface_hub import scan_cache_dir, snapshot_download

    from tests.hub.cached_models import saved

    repo = hub.add("org/real", saved(tmp_path / "real", whole()))  # type: ignore[attr-defined]
    endpoint = hub.url  # type: ignore[attr-defined]
    snapshot_download("org/real", endpoint=endpoint, allow_patterns="*.json")
    entry = only()
    assert (entry.revision, entry.cached) == (repo.sha, False)
    assert entry.missing == ("model.safetensors",)
    snapshot_download("org/real", endpoint=endpoint)
    entry = only()
    assert (entry.missing, entry.cached, entry.params) == ((), True, 30)
    (scanned,) = scan_cache_dir(hub_cache).repos
    assert entry.disk_size == scanned.size_on_disk == repos()[0].size
