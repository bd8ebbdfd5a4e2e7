"""Parameters and types from the headers of weight files, and what is wrong with them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.hub.cached_models import CONFIG, saved, weights, whole
from tfwidgets.hub.index import describe
from tfwidgets.hub.index.weights import dtype_of

SHARD = "model-0000{}-of-00002.safetensors"


def test_parameters_are_counted_by_type(tmp_path: Path) -> None:
    shapes = {"a": ("BF16", (7, 3)), "b": ("F32", (4,)), "n": ("F32", ())}
    facts = describe(saved(tmp_path, whole() | {"model.safetensors": weights(shapes)}))
    assert facts.params == {"BF16": 21, "F32": 5}
    assert dtype_of(facts.params) == "bfloat16"
    assert facts.loads
    assert facts.notes == ()
    assert facts.architecture == "BertForSequenceClassification"
    assert facts.card_file == tmp_path / "README.md"
    assert facts.sizes["config.json"] == (tmp_path / "config.json").stat().st_size


def test_files_that_the_library_wrote(tmp_path: Path) -> None:
    import numpy as np
    from safetensors.numpy import save_file

    saved(tmp_path, whole())
    tensors = {"a": np.zeros((3, 4), np.float16), "b": np.zeros((0, 5)), "c": np.array(1, np.int8)}
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    facts = describe(tmp_path)
    assert facts.params == {"F16": 12, "F64": 0, "I8": 1}
    assert facts.loads


def test_shards_are_added_up(tmp_path: Path) -> None:
    index = {"weight_map": {"a": SHARD.format(1), "b": SHARD.format(2), "c": SHARD.format(2)}}
    files = whole() | {"model.safetensors.index.json": index, SHARD.format(1): weights()}
    del files["model.safetensors"]
    facts = describe(saved(tmp_path, files))
    assert facts.missing == (SHARD.format(2),)
    assert not facts.loads

    facts = describe(saved(tmp_path, {SHARD.format(2): weights()}))
    assert facts.missing == ()
    assert facts.params == {"F32": 60}
    assert facts.loads


GOOD = weights()
HUGE = json.dumps({"w": {"dtype": "F32", "shape": [2**70], "data_offsets": [0, 0]}}).encode()
ODD = json.dumps({"w": {"dtype": 4, "shape": "ab", "data_offsets": {}}}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"abc",
        GOOD[:-1],
        GOOD[:20],
        GOOD + b"x",
        (2**62).to_bytes(8, "little") + GOOD,
        b"\0" * 64,
        (4).to_bytes(8, "little") + b"[[[[",
        (2).to_bytes(8, "little") + b"[]",
        len(HUGE).to_bytes(8, "little") + HUGE,
        len(ODD).to_bytes(8, "little") + ODD,
        (60_000).to_bytes(8, "little") + b"[" * 60_000,
    ],
)
def test_damaged_weights_are_told_and_do_not_count_as_here(tmp_path: Path, content: bytes) -> None:
    facts = describe(saved(tmp_path, whole() | {"model.safetensors": content}))
    assert ("broken", {"file": "model.safetensors"}) in facts.notes
    assert facts.params == {}
    assert not facts.loads


def test_a_header_longer_than_the_first_read(tmp_path: Path) -> None:
    shapes = {f"layer.{n}.weight": ("F32", (2, 2)) for n in range(2000)}
    facts = describe(saved(tmp_path, whole() | {"model.safetensors": weights(shapes)}))
    assert facts.params == {"F32": 8000}


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("pytorch_model.bin", "stored.pickle"),
        ("model-q4.gguf", "stored.gguf"),
        ("onnx/model.onnx", "stored.onnx"),
        ("tf_model.h5", "stored.tensorflow"),
        ("training_args.bin", "no_weights"),
    ],
)
def test_weights_in_other_formats_are_no_error(tmp_path: Path, name: str, note: str) -> None:
    files = whole() | {name: b"x"}
    del files["model.safetensors"]
    facts = describe(saved(tmp_path, files))
    assert facts.notes == ((note, {}),)
    assert not facts.loads


def test_an_adapter_is_none_that_loads_alone(tmp_path: Path) -> None:
    adapter = {"base_model_name_or_path": "org/base", "peft_type": "LORA"}
    files = {"adapter_config.json": adapter, "adapter_model.safetensors": weights()}
    facts = describe(saved(tmp_path, files))
    assert facts.notes == (("adapter", {"base": "org/base"}),)
    assert facts.params == {"F32": 30}
    assert not facts.loads


@pytest.mark.parametrize("config", ["[1]", "{", "", b"\xff\xfe", "[" * 100_000])
def test_a_configuration_that_cannot_be_read(tmp_path: Path, config: str | bytes) -> None:
    facts = describe(saved(tmp_path, whole() | {"config.json": config}))
    assert facts.config is None
    assert ("config", {"file": "config.json"}) in facts.notes
    assert not facts.loads


def test_without_a_tokenizer_it_does_not_load(tmp_path: Path) -> None:
    files = whole()
    del files["tokenizer.json"]
    assert describe(saved(tmp_path, files)).notes == (("tokenizer", {}),)
    kind = {"tokenizer_class": "CanineTokenizer"}
    assert describe(saved(tmp_path, {"tokenizer_config.json": kind})).loads


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes here")
    os.mkfifo(tmp_path / "config.json")
    saved(tmp_path, {"model.safetensors": weights(), "tokenizer.json": "{}"})
    assert describe(tmp_path).config is None


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.write_text("x")])
def test_what_is_no_folder_has_no_facts(tmp_path: Path, make: object) -> None:
    make(tmp_path / "model")  # type: ignore[operator]
    assert describe(tmp_path / "model").files == ()


def test_nothing_heavy_is_imported_for_it(tmp_path: Path, run_python: object) -> None:
    files = whole()
    del files["README.md"]
    saved(tmp_path, files | {"config.json": CONFIG})
    code = """
import sys
from tfwidgets.hub.index import describe
assert describe(sys.argv[1]).loads
heavy = {"torch", "transformers", "huggingface_hub", "yaml", "numpy", "ipywidgets", "IPython"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    run_python(code, tmp_path)  # type: ignore[operator]
