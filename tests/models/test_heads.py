"""A head that was never trained is refused; one that is there is used."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

import tfwidgets as tfw
from tfwidgets.models import demo
from tfwidgets.models.tasks import AUTO_CLASSES, canonical, of_architecture

pytestmark = pytest.mark.usefixtures("nothing_loaded")

HEADS = [task for task in AUTO_CLASSES if task != "feature-extraction"]


def refused(name: str | Path, task: str | None) -> str:
    with pytest.raises(tfw.ModelError) as caught:
        tfw.load(name, task)
    assert tfw.loaded() == []
    return str(caught.value)


@pytest.mark.parametrize("task", HEADS)
def test_a_base_model_has_no_head(base_bert: Path, task: str) -> None:
    message = refused(base_bert, task)
    if task == "text2text-generation":
        assert message == f"{base_bert} is a bert model, which is not made for {task}."
        return
    first, second = message.splitlines()
    assert first.startswith(f"{base_bert} has no trained head for {task}: ")
    assert re.search(r": \d weights are missing \(.+\), so it would answer at random\.$", first)
    assert second.startswith("It was saved as BertModel, for feature-extraction.")


@pytest.mark.skipif(demo.locate(demo.CATALOG["demo/minilm"]) is None, reason="not installed")
@pytest.mark.parametrize("task", HEADS)
def test_minilm_has_no_head(task: str) -> None:
    assert task in refused("demo/minilm", task)


@pytest.mark.skipif(demo.locate(demo.CATALOG["demo/minilm"]) is None, reason="not installed")
def test_minilm_is_an_encoder() -> None:
    model = tfw.load("demo/minilm")
    assert (model.source, model.revision) == ("demo", demo.CATALOG["demo/minilm"].version)
    assert (model.family, model.kind, model.max_length) == ("bert", "encoder", 512)


@pytest.mark.parametrize(
    ("saved", "task", "architecture"),
    [
        ("classifier", "text-classification", "BertForSequenceClassification"),
        ("masked", "fill-mask", "BertForMaskedLM"),
        ("base_bert", "feature-extraction", "BertModel"),
    ],
)
def test_a_trained_head_is_used(
    request: pytest.FixtureRequest, saved: str, task: str, architecture: str
) -> None:
    folder = request.getfixturevalue(saved)
    model = tfw.load(folder)
    assert (model.task, type(model.model).__name__) == (task, architecture)
    assert tfw.load(folder, task) is model


@pytest.mark.parametrize("saved", ["classifier", "masked"])
def test_a_head_serves_no_other_task(request: pytest.FixtureRequest, saved: str) -> None:
    """The weights of a text classifier fit a token classifier; those of a masked model generate."""
    folder = request.getfixturevalue(saved)
    made_for = {"classifier": "text-classification", "masked": "fill-mask"}[saved]
    for task in HEADS:
        if task != made_for:
            message = refused(folder, task)
            assert f"has no trained head for {task}." in message
            assert f"for {made_for}." in message


def test_a_model_with_the_head_is_named(masked: Path) -> None:
    assert refused(masked, "ner").endswith(" A demo model for it: demo/grammar.")
    assert "demo model" not in refused(masked, "question-answering")


@pytest.mark.parametrize("saved", ["classifier", "masked"])
def test_the_base_of_a_model_with_a_head(request: pytest.FixtureRequest, saved: str) -> None:
    """Also where there is no pooler, as in a masked model: it serves heads only."""
    import torch
    from safetensors.torch import load_file

    folder = request.getfixturevalue(saved)
    weights = load_file(folder / "model.safetensors")
    assert ("bert.pooler.dense.weight" in weights) == (saved == "classifier")
    model = tfw.load(folder, "feature-extraction").model
    assert type(model).__name__ == "BertModel"
    for name, value in model.state_dict().items():
        if not name.startswith("pooler."):
            assert torch.equal(value, weights[f"bert.{name}"]), name


@pytest.mark.parametrize(
    ("saved", "lost"),
    [("base_bert", "encoder.layer.1.output.dense.weight"), ("classifier", "classifier.bias")],
)
def test_a_lost_weight_is_refused(
    request: pytest.FixtureRequest, tmp_path: Path, saved: str, lost: str
) -> None:
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "model"
    shutil.copytree(request.getfixturevalue(saved), folder)
    weights = load_file(folder / "model.safetensors")
    del weights[lost]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert refused(folder, None) == (
        f"{folder} is not whole: 1 of its weights are missing ({lost}), "
        "so it would answer at random."
    )


def test_without_a_saved_class_the_weights_decide(classifier: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(classifier, tmp_path / "model"))
    config = json.loads((folder / "config.json").read_text())
    del config["architectures"]
    (folder / "config.json").write_text(json.dumps(config))
    assert tfw.load(folder).task == "feature-extraction"
    assert tfw.load(folder, "text-classification").model.config.id2label[1] == "positive"
    tfw.unload()
    assert "It was saved as a base model" in refused(folder, "fill-mask")


# Tasks


def test_other_names_of_tasks() -> None:
    assert canonical("ner") == "token-classification"
    assert canonical("sentiment-analysis") == "text-classification"
    assert canonical("zero-shot-classification") == "text-classification"
    assert canonical("summarization") == canonical("translation") == "text2text-generation"
    assert canonical("sentence-similarity") == "feature-extraction"
    assert [canonical(task) for task in AUTO_CLASSES] == [*AUTO_CLASSES]


def test_an_alias_is_the_same_question(classifier: Path) -> None:
    model = tfw.load(classifier, "sentiment-analysis")
    assert model.task == "text-classification"
    assert tfw.load(classifier, "text-classification") is model


@pytest.mark.parametrize("name", ["folder", None, "demo/minilm"])
def test_an_unknown_task(name: str | None) -> None:
    with pytest.raises(tfw.InputError) as caught:
        tfw.load(name, "text-clasification")
    first, second = str(caught.value).splitlines()
    assert first == "Unknown task 'text-clasification'. Did you mean 'text-classification'?"
    assert second.startswith("Known tasks: feature-extraction, fill-mask, ner, ")


@pytest.mark.parametrize(
    ("architecture", "task"),
    [
        ("BertModel", "feature-extraction"),
        ("BertForPreTraining", "feature-extraction"),
        ("GPT2LMHeadModel", "text-generation"),
        ("LlamaForCausalLM", "text-generation"),
        ("MarianMTModel", "text2text-generation"),
        ("T5ForConditionalGeneration", "text2text-generation"),
        ("T5WithLMHeadModel", "text2text-generation"),
        ("EncoderDecoderModel", "text2text-generation"),
        ("DistilBertForQuestionAnswering", "question-answering"),
        ("XLMRobertaForTokenClassification", "token-classification"),
    ],
)
def test_the_task_of_a_class(architecture: str, task: str) -> None:
    assert of_architecture(architecture) == task


# Defaults


@pytest.mark.parametrize(
    ("task", "setting"),
    [
        (None, "embedding_model"),
        ("feature-extraction", "embedding_model"),
        ("text-generation", "generation_model"),
        ("summarization", "seq2seq_model"),
        ("ner", "token_model"),
    ],
)
def test_the_default_for_a_task(base_bert: Path, task: str | None, setting: str) -> None:
    from tfwidgets.models import resolve_default

    setattr(tfw.settings(), setting, str(base_bert))
    assert resolve_default(task) == str(base_bert)
    if setting == "embedding_model":
        assert tfw.load(None, task).name == str(base_bert)
    else:
        assert str(base_bert) in refused(None, task)  # type: ignore[arg-type]


def test_the_defaults_are_demo_models() -> None:
    from tfwidgets.models import resolve_default

    for task in ("feature-extraction", "text-generation", "translation", "ner"):
        assert demo.CATALOG[resolve_default(task)].task == canonical(task)


def test_a_task_without_a_default() -> None:
    with pytest.raises(tfw.InputError, match="There is no default model for 'fill-mask': name one"):
        tfw.load(None, "fill-mask")


def test_an_unknown_demo_model() -> None:
    with pytest.raises(tfw.ModelError, match="Did you mean 'demo/minilm'"):
        tfw.load("demo/minlm")
