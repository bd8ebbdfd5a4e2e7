"""Classification by the head that a model was trained with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import transformers

import tfwidgets as tfw
from tests.magics.plain_shell import plain_shell
from tests.support.learner import Learner
from tests.support.tiny import tiny_bert
from tests.tokens.trained import dressed
from tfwidgets.classify.result import Classification
from tfwidgets.errors import InputError, ModelError
from tfwidgets.magics.base import ShortError

TEXTS = ["the film was very good", "a boring movie", "it", "the dog sat on the mat and the cat"]
LABELS = ("good", "bad", "neither")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    head = "sequence-classification"
    return tiny_bert(tmp_path_factory.mktemp("classifier"), head, labels=LABELS)


@pytest.fixture
def pair(folder: Path) -> tuple[Any, Any]:
    return (
        transformers.AutoModelForSequenceClassification.from_pretrained(folder),
        transformers.AutoTokenizer.from_pretrained(folder),
    )


def classify(texts: Any, labels: Any = None, **options: Any) -> Classification:
    return tfw.classify(texts, labels, progress=False, **options)


def expected(model: Any, tokenizer: Any, texts: list[str]) -> np.ndarray[Any, Any]:
    """Return each text's softmax, one text at a time."""
    with torch.no_grad():
        rows = [model(**tokenizer(text, return_tensors="pt")).logits[0] for text in texts]
    return torch.stack(rows).softmax(-1).numpy()  # type: ignore[no-any-return]


def test_the_scores_are_the_models_own(folder: Path, pair: tuple[Any, Any]) -> None:
    result = classify(TEXTS, model=folder)
    assert (result.method, result.labels, result.multi_label) == ("head", list(LABELS), False)
    assert result.model_name == str(folder)
    np.testing.assert_allclose(result.scores, expected(*pair, TEXTS), atol=1e-5)
    assert len({tuple(row) for row in result.scores.round(4).tolist()}) == 4
    assert result.predictions == [LABELS[k] for k in result.scores.argmax(1)]
    assert result.notes == []


@pytest.mark.parametrize("form", ["pair", "loaded", "learner", "holder", "name"])
def test_whatever_has_a_head(folder: Path, pair: tuple[Any, Any], form: str) -> None:
    learner = Learner(*pair)
    holder = type("Holder", (), {"model": learner})()
    forms = {
        "pair": pair,
        "loaded": tfw.load(folder),
        "learner": learner,
        "holder": holder,
        "name": str(folder),
    }
    result = classify(TEXTS, model=forms[form])
    assert result.method == "head"
    np.testing.assert_allclose(result.scores, expected(*pair, TEXTS), atol=1e-5)


def test_a_learner_is_asked_as_it_is_now(pair: tuple[Any, Any]) -> None:
    learner = Learner(*pair)
    before = classify(TEXTS, model=learner)
    with torch.no_grad():
        learner.model.classifier.bias[1] += 100.0
    after = classify(TEXTS, model=learner)
    assert set(after.predictions) == {"bad"} != set(before.predictions)
    assert after.model_name == "a learner"


@pytest.mark.parametrize("budget", [1, 17, 10_000])
def test_neither_batches_nor_order_change_a_score(
    pair: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch, budget: int
) -> None:
    sizes: list[tuple[int, ...]] = []
    forward = pair[0].forward

    def spied(input_ids: Any = None, attention_mask: Any = None, token_type_ids: Any = None) -> Any:
        sizes.append(tuple(input_ids.shape))
        return forward(input_ids, attention_mask, token_type_ids)

    monkeypatch.setattr(pair[0], "forward", spied)
    texts = [*TEXTS, *TEXTS[::-1], "the mat"]
    result = classify(texts, model=pair, batch_tokens=budget)
    monkeypatch.undo()
    np.testing.assert_allclose(result.scores, expected(*pair, texts), atol=1e-5)
    assert sum(rows for rows, _ in sizes) == 5  # equal texts are read once
    assert all(rows * width <= budget or rows == 1 for rows, width in sizes)
    assert len(sizes) == {1: 5, 17: 3, 10_000: 1}[budget]


def test_missing_texts_keep_their_place(pair: tuple[Any, Any]) -> None:
    frame = pd.DataFrame({"text": ["a dog", None, "  ", "a cat"]}, index=[7, 5, 3, 1])
    result = classify(frame, model=pair, column="text")
    assert result.missing.tolist() == [False, True, True, False]
    assert list(result.to_frame().index) == [7, 5, 3, 1]
    assert result.notes == ["2 texts are empty or missing and have no scores, the first is text 2."]
    nothing = classify(["", None], model=pair)
    assert nothing.predictions == ["", ""]


def test_a_text_that_is_cut_is_noted(pair: tuple[Any, Any]) -> None:
    result = classify(["dog", "cat " * 100], model=pair)
    (note,) = result.notes
    assert note.startswith("Text 2 is longer than")
    assert "(64 tokens): only its first 247 characters count." in note  # 62 words
    short = classify("cat " * 62, model=pair)
    assert short.notes == []
    np.testing.assert_allclose(result.scores[1], short.scores[0], atol=1e-5)


def test_several_labels(pair: tuple[Any, Any]) -> None:
    model, _ = pair
    model.config.problem_type = "multi_label_classification"
    with torch.no_grad():
        model.classifier.bias[:] = torch.tensor([50.0, 50.0, -50.0])
    result = classify(TEXTS, model=pair)
    assert result.multi_label
    np.testing.assert_allclose(result.scores, [[1, 1, 0]] * 4, atol=1e-5)
    assert [sorted(labels) for labels in result.predictions] == [["bad", "good"]] * 4
    assert classify("it", model=pair, multi_label=True).multi_label


def test_model_and_tokenizer_are_left_as_they_were(pair: tuple[Any, Any]) -> None:
    model, tokenizer = pair
    model.train()
    model.bert.eval()
    tokenizer("dog", truncation=True, max_length=5, padding="max_length")
    backend = tokenizer._tokenizer
    before = (
        [module.training for module in model.modules()],
        backend.truncation,
        backend.padding,
        torch.random.get_rng_state(),
        [weight.requires_grad for weight in model.parameters()],
    )
    one, two = classify(TEXTS, model=pair), classify(TEXTS, model=pair)
    np.testing.assert_array_equal(one.scores, two.scores)  # no dropout
    assert [module.training for module in model.modules()] == before[0]
    assert (backend.truncation, backend.padding) == before[1:3]
    assert torch.equal(torch.random.get_rng_state(), before[3])
    assert [weight.requires_grad for weight in model.parameters()] == before[4]
    loss = model(**tokenizer("dog", return_tensors="pt")).logits.sum()
    loss.backward()  # can still be trained


@pytest.mark.parametrize("pads", [False, True])
def test_a_decoder_is_asked_with_and_without_a_padding_token(pads: bool) -> None:
    """Padding must not become the token whose state is read."""
    tokenizer = dressed("byte-level BPE", model_max_length=48, eos_token="<|endoftext|>")  # noqa: S106
    config = transformers.GPT2Config(
        vocab_size=len(tokenizer), n_embd=32, n_layer=2, n_head=4, n_positions=48, num_labels=3,
        initializer_range=0.3,
    )  # fmt: skip
    torch.manual_seed(0)
    model = transformers.AutoModelForSequenceClassification.from_config(config).eval()
    reference = expected(model, tokenizer, TEXTS)
    if pads:
        tokenizer.pad_token = tokenizer.eos_token
        model.config.pad_token_id = tokenizer.pad_token_id
    result = classify(TEXTS, model=(model, tokenizer))
    np.testing.assert_allclose(result.scores, reference, atol=1e-5)
    assert result.labels == ["LABEL_0", "LABEL_1", "LABEL_2"]
    assert (tokenizer.pad_token is not None) is pads


# Labels


@pytest.mark.parametrize("labels", [LABELS, ["bad", "good"], {"bad": "a poor film", "good": "x"}])
def test_its_own_labels_may_be_named(pair: tuple[Any, Any], labels: Any) -> None:
    result = classify(TEXTS, labels, model=pair)
    assert (result.method, result.labels) == ("head", list(LABELS))


def test_other_labels_are_refused(pair: tuple[Any, Any]) -> None:
    with pytest.raises(InputError) as caught:
        classify(TEXTS, ["good", "boring"], model=Learner(*pair))
    first, second = str(caught.value).splitlines()
    assert first == (
        "This learner has a head of its own, which knows the labels good, bad, neither: 'boring' "
        "is none of them."
    )
    assert second == (
        "Leave labels out to use it. For labels of your own use a model without a head "
        "(demo/minilm), or method='zero-shot'."
    )


def test_other_methods_use_its_body(pair: tuple[Any, Any]) -> None:
    asked = {"good": ["a great film", "very good"], "boring": ["a boring story", "boring"]}
    assert classify(TEXTS, ["good", "boring"], model=pair, method="zero-shot").labels[1] == "boring"
    assert classify(TEXTS, examples=asked, model=pair).method == "few-shot"


def test_a_head_without_names_is_asked_only_where_there_are_no_labels(
    pair: tuple[Any, Any],
) -> None:
    pair[0].config.id2label = {k: f"LABEL_{k}" for k in range(3)}
    assert classify(TEXTS, ["good", "boring"], model=pair).method == "zero-shot"
    assert classify(TEXTS, model=pair).labels == ["LABEL_0", "LABEL_1", "LABEL_2"]
    with pytest.raises(InputError, match="which knows the labels LABEL_0, LABEL_1, LABEL_2"):
        classify(TEXTS, ["good", "boring"], model=pair, method="head")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"multi_label": True}, "trained to give each text exactly one label: leave multi_label"),
        ({"template": "About {}."}, "template goes with labels in words"),
        (
            {"method": "head", "examples": {"good": ["a"], "bad": ["b"]}},
            "examples go with few-shot; a trained head needs none",
        ),
        ({"method": "zero-shot"}, "No labels: name at least two"),
        ({"batch_tokens": 0}, "batch_tokens must be at least 1"),
        ({"labels": "good"}, "labels is one string"),
    ],
)
def test_what_does_not_go_with_a_head(
    pair: tuple[Any, Any], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        classify(TEXTS, options.pop("labels", None), model=pair, **options)


@pytest.mark.parametrize("problem", ["regression", None])
def test_numbers_are_no_classes(pair: tuple[Any, Any], problem: str | None) -> None:
    model, tokenizer = pair
    model.config.problem_type = problem
    if problem is None:
        model.config.id2label = {0: "LABEL_0"}  # as transformers sees it: one output, a number
    with pytest.raises(InputError, match=r"numbers \(regression\), not classes: learn.predict"):
        classify(TEXTS, model=Learner(model, tokenizer))


def test_without_a_head_labels_are_needed(tiny: Any, tmp_path: Path) -> None:
    for model in (tiny.folder, tiny, None, tiny_bert(tmp_path / "mlm", "mlm")):
        with pytest.raises(InputError, match="No labels: name at least two"):
            classify(TEXTS, model=model)
    with pytest.raises(ModelError, match="has no trained head for text-classification"):
        classify(TEXTS, model=tiny.folder, method="head")
    assert classify(TEXTS, ["dog", "film"], model=tiny.folder).method == "zero-shot"


# What is shown


def test_the_method_has_a_name_in_both_languages(pair: tuple[Any, Any]) -> None:
    result = classify(TEXTS, model=Learner(*pair))
    assert "4 texts, 3 labels (head, a learner)" in repr(result)
    assert "trained head · a learner" in result.static_html()
    tfw.settings().language = "de"
    assert "trainierter Kopf · a learner" in result.static_html()


@pytest.fixture
def shell(pair: tuple[Any, Any], tiny: Any, folder: Path) -> Iterator[Any]:
    with plain_shell(
        {"TfWidgets": {"embedding_model": str(tiny.folder)}},
        learn=Learner(*pair),
        pair=pair,
        loaded=tfw.load(folder),
        texts=TEXTS,
    ) as loaded:
        yield loaded


@pytest.mark.parametrize("name", ["learn", "pair", "loaded", "folder"])
def test_the_magic_needs_no_labels(
    shell: Any, pair: tuple[Any, Any], folder: Path, name: str
) -> None:
    name = str(folder) if name == "folder" else name
    cell = shell.run_cell_magic("classify", f"--model {name}", "\n".join(TEXTS))
    line = shell.run_line_magic("classify", f"--input texts --model {name}")
    for result in (cell, line):
        assert result.method == "head"
        np.testing.assert_allclose(result.scores, expected(*pair, TEXTS), atol=1e-5)


def test_the_magic_without_a_head(shell: Any) -> None:
    with pytest.raises(ShortError, match="No labels: name at least two"):
        shell.run_cell_magic("classify", "", "\n".join(TEXTS))
    with pytest.raises(ShortError, match="'sports' is none of them"):
        shell.run_cell_magic("classify", "sports, politics --model learn", "\n".join(TEXTS))
