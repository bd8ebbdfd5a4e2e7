"""What a person reads of a cache that is not there, not readable, not whole or not sane."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import tfwidgets as tfw
from tests.support.hub_server import HubServer

TINY = "org/tiny"


@pytest.fixture
def cached(hub: HubServer, hub_cache: Path, base_bert: Path) -> Path:
    """Folder of a cached model, next to another one that stays whole; the hub is gone."""
    from huggingface_hub import snapshot_download

    hub.add(TINY, base_bert)
    hub.add("org/whole", base_bert)
    for name in (TINY, "org/whole"):
        snapshot_download(name, endpoint=hub.url)
    hub.fault = "refuse"
    return hub_cache / "models--org--tiny"


def snapshot(cached: Path) -> Path:
    (folder,) = (cached / "snapshots").iterdir()
    return folder


def here() -> dict[str, tfw.ModelEntry]:
    return {entry.id: entry for entry in tfw.hub(where="cache")}


def replaced_by_a_file(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("a file where a folder should be")


def written(path: Path, content: str | bytes) -> None:
    """Write a file of its own: what it linked to stays as it is."""
    path.unlink(missing_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


# Nothing here


def test_no_cache_folder(hub_cache: Path) -> None:
    search = tfw.hub(where="cache")
    assert list(search) == []
    assert "no models" in repr(search)
    assert not hub_cache.exists()


def test_a_file_in_place_of_the_cache(hub_cache: Path) -> None:
    hub_cache.write_text("a file where a folder should be")
    assert list(tfw.hub(where="cache")) == []
    assert len(tfw.hub(where=("cache", "demo"))) > 0


# Not whole


def without_weights(cached: Path) -> None:
    (snapshot(cached) / "model.safetensors").unlink()


def dangling(cached: Path) -> None:
    (snapshot(cached) / "model.safetensors").resolve().unlink()


def no_blobs(cached: Path) -> None:
    shutil.rmtree(cached / "blobs")


def no_snapshot(cached: Path) -> None:
    shutil.rmtree(cached / "snapshots")


def blobs_are_a_file(cached: Path) -> None:
    replaced_by_a_file(cached / "blobs")


def snapshots_are_a_file(cached: Path) -> None:
    replaced_by_a_file(cached / "snapshots")


def all_is_a_file(cached: Path) -> None:
    replaced_by_a_file(cached)


def cut_weights(cached: Path) -> None:
    file = snapshot(cached) / "model.safetensors"
    written(file, file.read_bytes()[:5000])


def endless_header(cached: Path) -> None:
    written(snapshot(cached) / "model.safetensors", b"\xff" * 4096)


def broken_config(cached: Path) -> None:
    written(snapshot(cached) / "config.json", '{"model_type": "bert", ')


def odd_config(cached: Path) -> None:
    written(snapshot(cached) / "config.json", "[1, 2]")


def deep_config(cached: Path) -> None:
    written(snapshot(cached) / "config.json", "[" * 100_000)


DAMAGES = [
    *(without_weights, dangling, no_blobs, no_snapshot, blobs_are_a_file, snapshots_are_a_file),
    *(all_is_a_file, cut_weights, endless_header, broken_config, odd_config, deep_config),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_never_called_whole(
    cached: Path, damage: Callable[[Path], None]
) -> None:
    assert here()[TINY].cached
    damage(cached)
    found = here()
    assert found["org/whole"].cached  # its neighbour is found all the same
    if damaged := found.get(TINY):
        assert not damaged.cached
        assert damaged.missing or damaged.notes or damaged.folder is None
    for search in (tfw.hub(where="cache"), tfw.hub("tiny")):
        assert repr(search)
        assert search.static_html()
    with pytest.raises(tfw.ModelError) as caught:
        tfw.load(TINY)
    assert "org/tiny" in str(caught.value)


def test_links_without_an_end(cached: Path) -> None:
    weights = snapshot(cached) / "model.safetensors"
    weights.unlink()
    weights.symlink_to(weights.name)
    (cached / "snapshots" / "again").symlink_to(cached / "snapshots")
    assert here()["org/whole"].cached
    assert not here()[TINY].cached


def test_refs_that_say_nothing(cached: Path) -> None:
    main = cached / "refs" / "main"
    for content in (b"", b"\xff\xfe", b"0" * 40, b"../../../etc"):
        main.write_bytes(content)
        assert here()[TINY].folder is None or here()[TINY].folder.is_relative_to(cached)  # type: ignore[union-attr]
    main.unlink()
    main.mkdir()
    assert here()["org/whole"].cached


def test_folders_that_are_no_models(cached: Path, hub_cache: Path) -> None:
    for name in (
        "models--",
        "models--a--b--c",
        "models--<b>x",
        "models--" + "x" * 200,
        "models--ä",
    ):
        (hub_cache / name).mkdir()
    (hub_cache / "models--stray").write_text("")
    (hub_cache / "datasets--org--data").mkdir()
    found = here()
    assert {"org/tiny", "org/whole"} <= {*found}
    assert not any(entry.cached for name, entry in found.items() if not name.startswith("org/"))


def test_a_name_that_is_no_text(cached: Path, hub_cache: Path) -> None:
    import os

    os.mkdir(os.fsencode(hub_cache) + b"/models--org--\xff\xfe")  # noqa: PTH102
    assert here()[TINY].cached
    assert repr(tfw.hub(where="cache"))


# What was noted of it


@pytest.fixture
def new_process(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let only what is on the disk be known; what was just written is kept there, too."""
    from tfwidgets.hub.index import cached, records

    for module in (cached, records):
        monkeypatch.setattr(module, "SETTLED", -1.0)
    return records._opened.clear


def test_notes_that_are_damaged_are_made_anew(
    cached: Path, new_process: Callable[[], None]
) -> None:
    new_process()
    first = here()
    kept = [path for path in tfw.settings().cache_path.rglob("hub*/**/*") if path.is_file()]
    assert kept
    for content in (b"", b"{", b"[]", b'{"version": 99}', b"\xff" * 100, b"[" * 50_000):
        for path in kept:
            path.write_bytes(content)
        new_process()
        assert here() == first
        assert here()[TINY].params == first[TINY].params


def test_notes_that_cannot_be_kept(cached: Path, new_process: Callable[[], None]) -> None:
    first = here()
    tfw.settings().cache_dir = str(cached / "refs" / "main")  # a file
    new_process()
    assert here() == first
