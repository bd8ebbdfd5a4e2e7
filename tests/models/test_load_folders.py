"""Loading from a folder, a ready pair, or what is neither."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

import tfwidgets as tfw
from tests.support.tiny import tiny_bert
from tfwidgets.models.loading import ModelLike

pytestmark = pytest.mark.usefixtures("nothing_loaded")


@pytest.fixture
def folder(base_bert: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(base_bert, tmp_path / "model"))


def refused(name: Any, error: type[Exception] = tfw.ModelError, **options: Any) -> str:
    with pytest.raises(error) as caught:
        tfw.load(name, **options)
    assert type(caught.value) is error
    message = str(caught.value)
    assert len(message.splitlines()) <= 2
    assert len(message) < 700
    return message


# Folders


def test_ways_to_name_a_folder(
    base_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").symlink_to(base_bert)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    model = tfw.load("mine")
    assert (model.name, model.source, model.revision) == ("mine", "folder", None)
    assert model.folder == base_bert.resolve()
    for name in (Path("mine"), "./mine", "~/mine", tmp_path / "mine", f" {tmp_path}/mine "):
        assert tfw.load(name).folder == model.folder
    # One model, whatever it is called: its weights are in memory once.
    assert tfw.loaded() == [model]


def test_the_same_relative_name_elsewhere_is_another_folder(
    base_bert: Path, masked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, source in (("a", base_bert), ("b", masked)):
        (tmp_path / place).mkdir()
        (tmp_path / place / "mine").symlink_to(source)
    monkeypatch.chdir(tmp_path / "a")
    assert tfw.load("mine").task == "feature-extraction"
    monkeypatch.chdir(tmp_path / "b")
    assert tfw.load("mine").task == "fill-mask"


def test_a_model_saved_again_is_loaded_again(folder: Path) -> None:
    import torch

    def weights() -> Any:
        return tfw.load(folder).model.embeddings.word_embeddings.weight

    before = weights()
    assert weights() is before
    tiny_bert(folder, seed=1)
    assert not torch.equal(weights(), before)
    assert len(tfw.loaded()) == 1  # the old one is gone


@pytest.mark.parametrize("name", ["./no/such", "/no/such", "~/no/such", "~nobody-of-that-name/x"])
def test_no_such_folder(name: str) -> None:
    assert refused(name).startswith(f"There is no folder {name}.\n")


def test_a_path_is_never_looked_for_on_the_hub() -> None:
    assert refused(Path("org/model")).startswith("There is no folder org/model.\n")


def test_a_file_in_place_of_its_folder(base_bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = base_bert / "model.safetensors"
    advice = f"is a file: name the folder that it lies in ({base_bert.resolve()})."
    assert refused(file) == f"{file} {advice}"
    monkeypatch.chdir(base_bert.parent)
    relative = f"{base_bert.name}/config.json"  # could be an id on the hub
    assert refused(relative) == f"{relative} {advice}"


def test_a_folder_that_is_no_model(tmp_path: Path) -> None:
    assert refused(tmp_path).startswith(
        f"{tmp_path} is no model folder: it has no config.json (it holds nothing).\n"
    )
    for name in ("notes.txt", "b.csv"):
        (tmp_path / name).touch()
    assert "(it holds b.csv, notes.txt)" in refused(tmp_path)


def test_a_folder_without_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    assert refused(folder) == f"{folder} has a config.json but no weights (*.safetensors)."


def test_a_folder_of_pickles(tmp_path: Path) -> None:
    folder = tiny_bert(tmp_path, pickle_only=True)
    assert "tfw.load(" in refused(folder)
    assert "allow_pickle=True" in refused(folder)
    assert tfw.load(folder, allow_pickle=True).source == "folder"


def test_a_missing_shard(base_bert: Path, tmp_path: Path) -> None:
    from transformers import BertModel

    BertModel.from_pretrained(base_bert).save_pretrained(tmp_path, max_shard_size="20KB")
    first, second, *rest = sorted(tmp_path.glob("model-*.safetensors"))
    first.unlink()
    second.unlink()
    assert f"2 of its {2 + len(rest)} weight files are missing ({first.name}, " in refused(tmp_path)


# Damaged files


@pytest.mark.parametrize("size", [0, 4, 100, 40_000])
def test_cut_weights(folder: Path, size: int) -> None:
    os.truncate(folder / "model.safetensors", size)
    start = f"{folder} cannot be loaded. The trouble is in its model: "
    assert refused(folder).startswith(start)


def test_weights_of_another_size(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_size": 16}))
    assert refused(folder) == (
        f"{folder} cannot be loaded. The trouble is in its model: "
        "the weights have other shapes than config.json says."
    )


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[1, 2]"])
def test_a_broken_configuration(folder: Path, content: bytes) -> None:
    (folder / "config.json").write_bytes(content)
    assert refused(folder).startswith(f"The config.json of {folder} ")


@pytest.mark.parametrize("content", ["", "{", '{"model": 3}'])
def test_a_broken_tokenizer(folder: Path, content: str) -> None:
    (folder / "tokenizer.json").write_text(content)
    start = f"{folder} cannot be loaded. The trouble is in its tokenizer: "
    message = refused(folder)
    assert message.startswith(start)
    assert " " in message.removeprefix(start)  # more than the name of a key


def test_weights_without_a_tokenizer(folder: Path) -> None:
    """For which transformers makes one up that reads every word as unknown."""
    for file in folder.glob("tokenizer*"):
        file.unlink()
    assert refused(folder).startswith(f"{folder} comes without the files of its tokenizer")


def test_an_unknown_family(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "no-such-family"}')
    assert "`no-such-family`" in refused(folder)


# Ready pairs, and what is no model at all


def ready(folder: Path, auto: str = "AutoModel") -> tuple[Any, Any]:
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    return getattr(transformers, auto).from_pretrained(folder), tokenizer


def test_a_ready_pair(masked: Path) -> None:
    model, tokenizer = ready(masked, "AutoModelForMaskedLM")
    model.train()
    pair = tfw.load((model, tokenizer))
    assert pair.model is model
    assert pair.tokenizer is tokenizer
    assert (pair.name, pair.source, pair.task) == (str(masked), "pair", "fill-mask")
    assert (pair.revision, pair.folder, pair.languages) == (None, None, ())
    assert model.training  # it is the caller's
    assert tfw.loaded() == []
    assert tfw.load([model, tokenizer]).model is model
    assert tfw.load(pair) is pair


def test_a_pair_made_in_code_is_called_by_its_class(base_bert: Path) -> None:
    from transformers import BertConfig, BertModel

    config = BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, vocab_size=40)
    pair = tfw.load((BertModel(config), ready(base_bert)[1]))
    assert pair.name == "BertModel"
    assert pair.describe().startswith("BertModel: BertModel (bert, encoder)\n")


def test_a_pair_is_not_taken_for_what_it_is_not(base_bert: Path, masked: Path) -> None:
    base = ready(base_bert)
    assert tfw.load(base, "feature-extraction").task == "feature-extraction"
    assert refused(base, task="fill-mask") == (
        "This BertModel is for feature-extraction: it has no head for fill-mask."
    )
    head = ready(masked, "AutoModelForMaskedLM")
    assert tfw.load(head, "feature-extraction").model is head[0]
    assert "is for fill-mask" in refused(head, task="text-generation")
    assert "is for fill-mask" in refused(tfw.load(head), task="ner")
    loaded = tfw.load(masked)
    assert "is for fill-mask" in refused(loaded, task="text-classification")


def test_a_class_of_the_users_own_is_believed(base_bert: Path) -> None:
    from transformers import BertModel

    class Mine(BertModel):
        pass

    pair = (Mine.from_pretrained(base_bert), ready(base_bert)[1])
    assert tfw.load(pair, "text-classification").task == "text-classification"


@pytest.mark.parametrize("pair", [(), (1,), (1, 2), ("a", "b"), [None, None], ("a", "b", "c")])
def test_a_pair_of_something_else(pair: ModelLike) -> None:
    assert refused(pair, tfw.InputError) == "A ready model is a pair: (model, tokenizer)."


def test_a_pair_the_wrong_way_round(base_bert: Path) -> None:
    assert "(model, tokenizer)" in refused(ready(base_bert)[::-1], tfw.InputError)


@pytest.mark.parametrize("thing", [3, 1.5, {"a": 1}, object(), b"demo/minilm", lambda: None])
def test_what_is_no_model(thing: Any) -> None:
    assert refused(thing, tfw.InputError) == (
        f"A model is a name, a folder or a (model, tokenizer) pair, not {type(thing).__name__}."
    )


@pytest.mark.parametrize("name", ["", "  ", "\n"])
def test_an_empty_name(name: str) -> None:
    assert refused(name, tfw.InputError).startswith("The name of the model is empty.\n")


# Devices


def test_a_device_is_taken_at_its_word(base_bert: Path) -> None:
    import torch

    model = tfw.load(base_bert, device="cpu")
    assert tfw.load(base_bert, device=torch.device("cpu")) is model
    if not torch.cuda.is_available():
        assert tfw.load(base_bert) is model
        assert "cannot be moved to cuda" in refused(base_bert, device="cuda")
    assert "'gpu' is no device" in refused(base_bert, tfw.InputError, device="gpu")
    assert "no device" in refused(base_bert, tfw.InputError, device=["cpu"])
    assert tfw.loaded() == [model]
