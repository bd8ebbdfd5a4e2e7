"""``tfw.classify`` with real weights: each method recomputed here with plain transformers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import tfwidgets as tfw
from tfwidgets.classify.labels import DEFAULT_TEMPLATES

if TYPE_CHECKING:
    from tfwidgets.models import LoadedModel

LABELS = ["sports", "politics", "cooking"]
TEXTS = [
    "The striker scored twice in the final.",
    "Parliament passed the budget after a long debate, and the opposition walked out.",
    "Simmer the onions in butter.",
    "Goalkeeper injured",
]
SHOTS = {
    "sports": ["The team won the cup.", "She ran the marathon in three hours."],
    "politics": ["The minister resigned.", "Voters go to the polls on Sunday."],
    "cooking": ["Whisk the eggs with sugar.", "Bake for forty minutes."],
}
Embed = Callable[[Sequence[str]], np.ndarray]


@pytest.fixture(scope="module")
def embed(minilm: LoadedModel) -> Embed:
    """Return the plain way to a sentence embedding: one text at a time, mean, length 1."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(minilm.folder)
    model = AutoModel.from_pretrained(minilm.folder).eval()

    def embed(texts: Sequence[str]) -> np.ndarray:
        vectors = []
        for text in texts:
            ids = tokenizer(text, truncation=False, padding=False, return_tensors="pt").input_ids
            with torch.inference_mode():
                mean = model(ids).last_hidden_state[0].mean(0)
            vectors.append((mean / mean.norm()).double().numpy())
        return np.array(vectors)

    return embed


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def of_names(embed: Embed, names: Sequence[str], templates: Sequence[str]) -> np.ndarray:
    filled = [embed([t.replace("{}", name) for name in names]) for t in templates]
    return unit(np.mean(filled, axis=0))


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits)
    return powers / powers.sum(1, keepdims=True)


@pytest.mark.parametrize("template", [None, "This example is {}.", ["{}", "About {}!"]])
def test_zero_shot_is_the_softmax_of_scaled_cosines(
    minilm: LoadedModel, embed: Embed, template: Any
) -> None:
    templates = template or DEFAULT_TEMPLATES
    templates = [templates] if isinstance(templates, str) else templates
    result = tfw.classify(TEXTS, LABELS, model=minilm, template=template, progress=False)
    expected = softmax(20 * embed(TEXTS) @ of_names(embed, LABELS, templates).T)
    np.testing.assert_allclose(result.scores, expected, atol=1e-5)
    np.testing.assert_allclose(result.scores.sum(1), 1, atol=1e-6)
    assert result.method == "zero-shot"


def test_it_understands(minilm: LoadedModel) -> None:
    result = tfw.classify(TEXTS, LABELS, model=minilm, progress=False)
    assert result.predictions == ["sports", "politics", "cooking", "sports"]


def test_a_description_is_compared_instead_of_the_name(minilm: LoadedModel, embed: Embed) -> None:
    meanings = {"A": "games and athletes", "B": "elections and laws"}
    result = tfw.classify(TEXTS, meanings, model=minilm, progress=False)
    anchors = of_names(embed, list(meanings.values()), DEFAULT_TEMPLATES)
    assert result.labels == ["A", "B"]
    np.testing.assert_allclose(result.scores, softmax(20 * embed(TEXTS) @ anchors.T), atol=1e-5)


def test_one_shot_compares_with_the_mean_of_name_and_examples(
    minilm: LoadedModel, embed: Embed
) -> None:
    shots = {"politics": SHOTS["politics"][:1], "sports": SHOTS["sports"]}
    result = tfw.classify(TEXTS, LABELS, examples=shots, model=minilm, progress=False)
    names = of_names(embed, LABELS, DEFAULT_TEMPLATES)
    prototypes = [
        np.mean([name, *(embed(shots[label]) if label in shots else ())], axis=0)
        for label, name in zip(LABELS, names, strict=True)
    ]
    expected = softmax(20 * embed(TEXTS) @ unit(np.array(prototypes)).T)
    np.testing.assert_allclose(result.scores, expected, atol=1e-5)
    assert result.method == "one-shot"


def test_few_shot_is_a_logistic_regression_on_examples_and_names(
    minilm: LoadedModel, embed: Embed
) -> None:
    from sklearn.linear_model import LogisticRegression

    result = tfw.classify(TEXTS, LABELS, examples=SHOTS, model=minilm, progress=False)
    rows = [of_names(embed, LABELS, DEFAULT_TEMPLATES), *(embed(SHOTS[name]) for name in LABELS)]
    classes = [0, 1, 2, 0, 0, 1, 1, 2, 2]
    head = LogisticRegression(C=10.0, max_iter=1000, class_weight="balanced")
    expected = head.fit(np.vstack(rows), classes).predict_proba(embed(TEXTS))
    np.testing.assert_allclose(result.scores, expected, atol=2e-3)
    assert result.method == "few-shot"
    assert result.predictions == ["sports", "politics", "cooking", "sports"]


@pytest.mark.parametrize("method", ["one-shot", "few-shot"])
def test_columns_are_in_the_order_of_the_labels_not_of_the_examples(
    minilm: LoadedModel, method: str
) -> None:
    turned = dict(reversed(SHOTS.items()))
    ask = {"model": minilm, "method": method, "progress": False}
    first = tfw.classify(TEXTS, LABELS, examples=SHOTS, **ask)
    second = tfw.classify(TEXTS, LABELS, examples=turned, **ask)
    own = tfw.classify(TEXTS, examples=turned, **ask)
    np.testing.assert_allclose(first.scores, second.scores, atol=2e-3)
    assert own.labels == LABELS[::-1]
    np.testing.assert_allclose(own.scores[:, ::-1], first.scores, atol=2e-3)


def test_examples_may_come_as_a_table(minilm: LoadedModel) -> None:
    rows = [(text, label) for label, texts in SHOTS.items() for text in texts]
    table = pd.DataFrame(rows[::-1], columns=["text", "label"])
    ask = {"model": minilm, "progress": False}
    first = tfw.classify(TEXTS, LABELS, examples=SHOTS, **ask)
    second = tfw.classify(TEXTS, LABELS, examples=table, **ask)
    np.testing.assert_allclose(first.scores, second.scores, atol=2e-3)


def test_multi_label_compares_with_a_neutral_text_and_the_average_label(
    minilm: LoadedModel, embed: Embed
) -> None:
    texts = [*TEXTS, "The minister cooked dinner for the football team.", "a", "zzzz"]
    result = tfw.classify(texts, LABELS, model=minilm, multi_label=True, progress=False)
    cosines = embed(texts) @ of_names(embed, LABELS, DEFAULT_TEMPLATES).T
    neutral = embed(texts) @ of_names(embed, ["something"], DEFAULT_TEMPLATES)[0]
    baseline = np.maximum(neutral, cosines.mean(1))
    expected = 1 / (1 + np.exp(-20 * (cosines - baseline[:, None])))
    np.testing.assert_allclose(result.scores, expected, atol=1e-5)
    assert result.predictions[:3] == [["sports"], ["politics"], ["cooking"]]
    for prediction, scores in zip(result.predictions, result.scores, strict=True):
        assert set(prediction) == {LABELS[k] for k in np.flatnonzero(scores >= 0.5)}


def test_equal_texts_get_equal_scores(minilm: LoadedModel) -> None:
    texts = [TEXTS[0], TEXTS[1], TEXTS[0], TEXTS[0]]
    result = tfw.classify(texts, LABELS, model=minilm, progress=False)
    assert len(result) == 4
    assert (result.scores[[2, 3]] == result.scores[0]).all()
    assert (result.scores[1] != result.scores[0]).all()


@pytest.mark.parametrize(
    "data",
    [
        TEXTS,
        tuple(TEXTS),
        (text for text in TEXTS),
        np.array(TEXTS),
        pd.Series(TEXTS, index=[7, 7, 2, 1]),
        pd.DataFrame({"n": range(4), "body": TEXTS}),
    ],
)
def test_every_kind_of_input_gives_the_same(minilm: LoadedModel, data: Any) -> None:
    result = tfw.classify(data, LABELS, model=minilm, progress=False)
    assert result.texts == TEXTS
    assert result.predictions == ["sports", "politics", "cooking", "sports"]


def test_a_single_string_is_one_text(minilm: LoadedModel) -> None:
    result = tfw.classify("The goal!", LABELS, model=minilm, progress=False)
    assert result.predictions == ["sports"]


def test_the_default_model_is_the_configured_one(minilm: LoadedModel) -> None:
    result = tfw.classify("The goal!", LABELS, progress=False)
    assert result.model_name == tfw.settings().embedding_model == "demo/minilm"
