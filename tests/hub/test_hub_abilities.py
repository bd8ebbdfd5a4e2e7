"""What could be done with a model, told from its small files."""

from __future__ import annotations

import json
import sys
import types
from typing import Any

import pytest

import tfwidgets as tfw
from tfwidgets.hub.abilities import Ability, abilities
from tfwidgets.models.checkpoints import find
from tfwidgets.models.families import NO_ATTENTION, NO_MATRICES, SEES_OR_HEARS, TEXT
from tfwidgets.ui.strings import table, translate

BERT: dict[str, Any] = {
    "model_type": "bert",
    "architectures": ["BertForMaskedLM"],
    "vocab_size": 30_522,
}
FILES = ("config.json", "model.safetensors", "tokenizer.json")


@pytest.fixture
def _families(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = types.ModuleType("configuration_auto")
    module.CONFIG_MAPPING_NAMES = {"bert": "BertConfig", "gpt2": "", "t5": "", "phi": ""}
    monkeypatch.setitem(sys.modules, "transformers.models.auto.configuration_auto", module)


@pytest.fixture
def _unimported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "transformers.models.auto.configuration_auto", raising=False)


def judged(config: Any, files: Any = FILES, tags: Any = ()) -> dict[str, Ability]:
    found = abilities(config, files, tags)
    for ability in found:
        assert ability.key in table("hub-abilities")
        for language in ("en", "de"):
            translate("hub-abilities", ability.key, language, **ability.values)
        assert ability.key.startswith(f"{ability.name}.")
    return {ability.name: ability for ability in found}


def said(config: Any, files: Any = FILES, tags: Any = ()) -> dict[str, tuple[bool | None, str]]:
    return {
        name: (ability.yes, ability.key.partition(".")[2])
        for name, ability in judged(config, files, tags).items()
    }


@pytest.mark.usefixtures("_families")
def test_a_masked_language_model() -> None:
    assert said(BERT) == {
        "transformers": (True, "family"),
        "safetensors": (True, "named"),
        "remote_code": (True, "none"),
        "head": (True, "trained"),
        "classify": (True, "vectors"),
        "tokens": (True, "fast"),
        "attention": (True, "yes"),
    }
    assert judged(BERT)["head"].values["task"] == "fill-mask"


def test_nothing_is_known() -> None:
    for config in (None, {}, [], "config"):
        assert {yes for yes, _ in said(config, ()).values()} == {None}
        assert {key for _, key in said(config, ()).values()} == {"unknown"}
    known = said(None, (), ("transformers", "safetensors", "custom_code"))
    assert known["transformers"] == (True, "named")
    assert known["safetensors"] == (True, "named")


@pytest.mark.parametrize(
    ("architecture", "tags", "expected"),
    [
        ("BertForMaskedLM", ["fill-mask"], (True, "trained")),
        ("BertModel", ["sentence-similarity", "feature-extraction"], (True, "vectors")),
        ("BertModel", [], (True, "vectors")),
        ("BertModel", ["text-classification"], (False, "lacking")),
        ("BertForMaskedLM", ["text-classification", "bert"], (False, "other")),
        ("BertForMaskedLM", ["feature-extraction"], (True, "trained")),
        ("BartForSequenceClassification", ["zero-shot-classification"], (True, "trained")),
        ("T5ForConditionalGeneration", ["text-generation"], (True, "trained")),
        ("BertForMaskedLM", ["image-classification"], (True, "trained")),  # not ours to judge
    ],
)
def test_heads(architecture: str, tags: list[str], expected: tuple[bool, str]) -> None:
    assert said({**BERT, "architectures": [architecture]}, FILES, tags)["head"] == expected


def test_classes_of_its_own_are_named() -> None:
    config = {**BERT, "architectures": ["BertForSequenceClassification"]}
    assert said(config)["classify"] == (True, "unnamed")
    assert said({**config, "id2label": {"0": "LABEL_0"}})["classify"] == (True, "unnamed")
    ability = judged({**config, "id2label": {"0": "neg", "1": "p" * 100}})["classify"]
    assert ability.values == {"labels": "neg, " + "p" * 40}
    many = {str(n): f"c{n}" for n in range(9)}
    assert judged({**config, "id2label": many})["classify"].values == {
        "labels": "c0, c1, c2, c3, c4, c5, …"
    }


def test_what_reads_no_text() -> None:
    config = {"model_type": "vit", "architectures": ["ViTModel"], "hidden_size": 8}
    found = said(config)
    assert found["classify"] == (False, "no_text")
    assert found["attention"] == (False, "no_text")
    nested = {"model_type": "gemma3", "text_config": {"vocab_size": 9}}
    assert said(nested)["attention"] == (None, "unknown")  # with pictures, perhaps only so
    decoder = {**BERT, "model_type": "gpt2", "architectures": ["GPT2LMHeadModel"]}
    assert said(decoder)["classify"] == (True, "decoder")


def test_weights_and_tokenizers() -> None:
    shards = ("config.json", "model-00001-of-00002.safetensors", "pytorch_model.bin")
    assert said(BERT, shards)["safetensors"] == (True, "named")
    assert said(BERT, shards)["tokens"] == (False, "none")
    pickled = ("config.json", "pytorch_model.bin", "vocab.txt")
    assert said(BERT, pickled)["safetensors"] == (False, "pickles")
    assert said(BERT, pickled)["tokens"] == (None, "older")
    assert said(BERT, ("config.json", "tokenizer_config.json"))["tokens"] == (None, "older")
    assert said(BERT, ("config.json", "model.gguf"))["safetensors"] == (False, "no_weights")
    # Adapters and optimizers are no weights that tfw.load reads.
    odd = ("config.json", "adapter_model.safetensors", "onnx/model.safetensors")
    assert said(BERT, odd)["safetensors"] == (False, "no_weights")
    assert said(None, ("model.gguf",))["transformers"] == (False, "no_config")


@pytest.mark.usefixtures("_families")
def test_code_of_its_own() -> None:
    own = {**BERT, "auto_map": {"AutoModel": "modeling.X"}}
    assert said({**own, "model_type": "phi"})["remote_code"] == (True, "optional")
    strange = said({**own, "model_type": "strange"})
    assert strange["remote_code"] == (False, "needed")
    assert strange["transformers"] == (False, "own_code")
    assert said({**BERT, "model_type": "newest"})["transformers"] == (False, "newer")
    assert said({"vocab_size": 3})["transformers"] == (False, "no_family")
    quantized = judged({**BERT, "quantization_config": {"quant_method": "gptq"}})["transformers"]
    assert (quantized.yes, quantized.values) == (None, {"method": "gptq"})


@pytest.mark.usefixtures("_unimported")
def test_before_transformers_is_imported_less_is_said() -> None:
    assert said({**BERT, "auto_map": {"AutoModel": "x"}})["remote_code"] == (None, "maybe")
    assert said({**BERT, "model_type": "newest"})["transformers"] == (True, "family")
    assert said(BERT, FILES, ["custom_code"])["remote_code"] == (None, "maybe")


def test_families_without_matrices() -> None:
    for family in (*NO_MATRICES, *NO_ATTENTION):
        assert said({**BERT, "model_type": family})["attention"] == (False, "no")
    plain = {**BERT, "model_type": "big_bird", "attention_type": "original_full"}
    assert said(plain)["attention"] == (True, "yes")


def test_a_vocabulary_does_not_make_a_model_for_texts() -> None:
    for family in ("whisper", "wav2vec2", "clip", "hubert", "siglip", "trocr", "seamless_m4t"):
        found = said({**BERT, "model_type": family})
        assert found["classify"] == (False, "other"), family
        assert found["attention"] == (False, "other"), family
    unknown = said({**BERT, "model_type": "made-tomorrow"})
    assert unknown["classify"] == unknown["attention"] == (None, "unknown")
    parts = {"encoder": BERT, "decoder": BERT, "model_type": "encoder-decoder"}
    assert said(parts)["classify"] == said(parts)["attention"] == (None, "unknown")
    # Its two vocabularies have names of their own.
    fsmt = {"model_type": "fsmt", "src_vocab_size": 8, "tgt_vocab_size": 8}
    assert said(fsmt)["attention"] == (True, "yes")


def test_families_for_texts_are_what_transformers_says() -> None:
    from transformers.models.auto import modeling_auto as auto

    for_texts = {
        *auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        *auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES,
        *auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
        *auto.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES,
        *auto.MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES,
        *auto.MODEL_FOR_QUESTION_ANSWERING_MAPPING_NAMES,
    }
    known = TEXT & {*auto.MODEL_MAPPING_NAMES}
    assert {"bert", "gpt2", "t5", "llama", "deberta-v2", "jamba"} <= known <= for_texts
    assert not TEXT & SEES_OR_HEARS
    pictures_and_sound = {
        *auto.MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES,
        *auto.MODEL_FOR_AUDIO_CLASSIFICATION_MAPPING_NAMES,
        *auto.MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING_NAMES,
        *auto.MODEL_FOR_ZERO_SHOT_IMAGE_CLASSIFICATION_MAPPING_NAMES,
    }
    assert not TEXT & pictures_and_sound


@pytest.mark.parametrize(
    "config",
    [
        {"architectures": "BertModel", "model_type": 3, "id2label": [1], "auto_map": 1},
        {"architectures": [None], "vocab_size": None, "quantization_config": "x"},
        {"architectures": [{}], "text_config": 7, "is_decoder": "yes", "model_type": ["a"]},
    ],
)
def test_configurations_of_any_shape(config: dict[str, Any]) -> None:
    judged(config)


@pytest.mark.parametrize("name", ["demo/minilm", "demo/grammar", "demo/smollm2", "demo/t5-title"])
def test_real_models_can_what_is_said(name: str) -> None:
    """What is said before loading is what loading shows."""
    if name not in tfw.available():
        pytest.skip("the demo model is not installed")
    checkpoint = find(name, revision=None, allow_pickle=False, progress=False)
    config = json.loads((checkpoint.folder / "config.json").read_text("utf-8"))
    said_of = judged(config, [path.name for path in checkpoint.folder.iterdir()])
    assert said_of["head"].values["task"] == checkpoint.task
    for ability in said_of.values():
        assert ability.yes is True, ability
