"""A tokenizer without its model: from demo weights, folders, files and the hub."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

import tfwidgets as tfw
from tests.support.hub_server import HubServer
from tests.support.tiny import tiny_bert, tiny_tokenizer
from tests.tokens.trained import plain
from tfwidgets.models import load_tokenizer


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tiny_bert(tmp_path_factory.mktemp("model"))
    (folder / "pytorch_model.bin").write_bytes(b"not for us")
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    tokenizer = Tokenizer.from_str(plain("WordPiece").to_str())
    tokenizer.enable_truncation(5)
    tokenizer.save(str(tmp_path / "mine.json"))
    return tmp_path / "mine.json"


def ids(tokenizer: Any) -> list[int]:
    return list(tfw.tokens("the cat", tokenizer=tokenizer).ids)


def test_a_demo_model_has_its_name() -> None:
    inspector = tfw.tokens("the cat", model="demo/minilm")
    assert inspector.name == "demo/minilm"
    assert inspector.ids.tolist() == [101, 1996, 4937, 102]


def test_a_folder_needs_no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tiny_tokenizer(tmp_path / "only")
    assert not list(folder.glob("*.safetensors"))
    monkeypatch.chdir(tmp_path)
    whole = ids(str(folder))
    for name in (folder, "./only", "only"):
        assert ids(name) == whole
    assert tfw.tokens("a", model=folder).name == "only"


def test_weights_that_are_there_are_not_read(model: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(model, tmp_path / "broken"))
    (broken / "model.safetensors").write_bytes(b"no weights at all")
    assert ids(broken) == ids(model)


def test_a_folder_with_nothing_but_tokenizer_json(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    folder.mkdir()
    shutil.copy(file, folder / "tokenizer.json")
    assert isinstance(load_tokenizer(folder), Tokenizer)
    assert ids(folder) == plain("WordPiece").encode("the cat").ids[:5]


def test_a_file_of_the_tokenizers_library(file: Path) -> None:
    for name in (file, str(file)):
        inspector = tfw.tokens("the quick brown fox", tokenizer=name)
        assert len(inspector) == 5
        assert inspector.name == "mine.json"
        assert any("ships truncation to 5 tokens; that holds here" in n for n in inspector.notes)


def test_a_tokenizer_is_loaded_once_and_anew_when_it_changed(tmp_path: Path) -> None:
    folder = tiny_tokenizer(tmp_path / "t")
    first = load_tokenizer(folder)
    assert load_tokenizer(folder) is first
    saved = first.__class__.from_pretrained(folder)
    saved.add_tokens(["<new>"])
    saved.save_pretrained(folder)
    assert len(load_tokenizer(folder)) == len(first) + 1


def test_a_loaded_model_brings_its_tokenizer(hub: HubServer, model: Path) -> None:
    hub.add("org/tiny", model)
    loaded = tfw.load("org/tiny", progress=False)
    hub.forget_requests()
    assert load_tokenizer("org/tiny") is loaded.tokenizer
    assert hub.requests == []


# What is no tokenizer


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: (p / "config.json").write_text("{}"), "holds no tokenizer"),
        (lambda p: None, "holds no tokenizer"),
        (lambda p: (p / "tokenizer.json").write_text("{}"), "is no tokenizer file"),
        (lambda p: (p / "tokenizer_config.json").write_text("{"), "folder"),
        (lambda p: (p / "vocab.txt").write_text(""), "folder"),
    ],
)
def test_folders_without_a_tokenizer(make: Any, message: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    make(folder)
    with pytest.raises(tfw.ModelError, match=message) as refused:
        load_tokenizer(folder)
    assert "folder" in str(refused.value)
    assert len(str(refused.value)) < 700


def test_files_that_hold_no_tokenizer(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"a": 1}')
    (tmp_path / "y.json").write_bytes(b"\x00\xff")
    for name in ("x.json", "y.json"):
        with pytest.raises(tfw.ModelError, match=r"\.json is no tokenizer file"):
            load_tokenizer(tmp_path / name)
    with pytest.raises(tfw.ModelError):
        load_tokenizer(tmp_path / "missing.json")


@pytest.mark.parametrize("name", [5, None, b"x"])
def test_what_is_no_name(name: Any) -> None:
    with pytest.raises(tfw.InputError, match="A tokenizer is named by a text or a path"):
        load_tokenizer(name)


def test_code_that_comes_with_a_tokenizer_is_not_run(model: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(model, tmp_path / "code"))
    config = json.loads((folder / "tokenizer_config.json").read_text())
    config |= {"auto_map": {"AutoTokenizer": ["evil.Evil", None]}, "tokenizer_class": "Evil"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with suppress(tfw.ModelError):
        load_tokenizer(folder)
    assert not (tmp_path / "ran").exists()


# The hub


def fetched(hub: HubServer) -> set[str]:
    return {
        r.path.rpartition("/")[2]
        for r in hub.requests
        if "/resolve/" in r.path and r.method == "GET"
    }


def test_only_small_files_are_fetched(hub: HubServer, model: Path) -> None:
    hub.add("org/tiny", model)
    inspector = tfw.tokens("the cat", model="org/tiny", progress=False)
    assert inspector.name == "org/tiny"
    assert {"tokenizer.json", "tokenizer_config.json"} <= fetched(hub)
    assert not [name for name in fetched(hub) if name.endswith((".safetensors", ".bin"))]


def test_later_the_cache_answers_without_the_hub(hub: HubServer, model: Path) -> None:
    hub.add("org/offline", model)
    first = ids("org/offline")
    hub.fault = "refuse"
    from tfwidgets.models import tokenizers

    tokenizers._tokenizers.clear()
    assert ids("org/offline") == first
    with pytest.raises(tfw.ModelError, match=r"weights|safetensors"):
        tfw.load("org/offline", progress=False)


def test_a_repository_without_config_is_enough(hub: HubServer, tmp_path: Path) -> None:
    folder = tiny_tokenizer(tmp_path / "repo")
    (folder / "config.json").unlink(missing_ok=True)
    hub.add("org/words", folder)
    assert ids("org/words") == ids(folder)
    hub.fault = "refuse"
    from tfwidgets.models import tokenizers

    tokenizers._tokenizers.clear()
    assert ids("org/words") == ids(folder)


def test_a_repository_without_a_tokenizer_says_so(hub: HubServer, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    hub.add("org/none", tmp_path)
    with pytest.raises(tfw.ModelError, match="org/none holds no tokenizer"):
        load_tokenizer("org/none", progress=False)


def test_a_hub_that_is_gone_gives_a_short_error(hub: HubServer) -> None:
    hub.fault = "refuse"
    with pytest.raises(tfw.ModelError, match="cannot be reached") as refused:
        load_tokenizer("org/unknown", progress=False)
    assert len(str(refused.value).splitlines()) <= 2


def test_revisions(hub: HubServer, model: Path) -> None:
    commit = hub.add("org/tiny", model).sha
    assert len(load_tokenizer("org/tiny", revision=commit, progress=False)) > 2
    with pytest.raises(tfw.ModelError, match="org/tiny has no revision 'v9'"):
        load_tokenizer("org/tiny", revision="v9", progress=False)
