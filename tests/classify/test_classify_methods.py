"""The methods on small vectors, without a model."""

from __future__ import annotations

import numpy as np
import pytest

from tfwidgets.classify.methods import (
    METHODS,
    Question,
    choose,
    few_shot,
    one_shot,
    unit,
    zero_shot,
)
from tfwidgets.errors import InputError


def question(shots: list[int], *, multi_label: bool = False, texts: int = 5) -> Question:
    random = np.random.default_rng(0)

    def directions(rows: int) -> np.ndarray:
        return unit(random.normal(size=(rows, 8)).astype(np.float32))

    return Question(
        texts=directions(texts),
        labels=directions(len(shots)),
        examples=[directions(n) for n in shots],
        neutral=directions(1)[0],
        multi_label=multi_label,
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shots", [[2, 3], [1, 2, 3], [0, 2, 1]])
def test_scores_are_shares_of_one(method: str, shots: list[int]) -> None:
    scores = METHODS[method](question(shots))
    assert (scores.dtype, scores.shape) == (np.float32, (5, len(shots)))
    assert (scores >= 0).all()
    np.testing.assert_allclose(scores.sum(1), 1, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_multi_label_scores_stand_alone(method: str) -> None:
    scores = METHODS[method](question([1, 2, 3], multi_label=True))
    assert (scores.dtype, scores.shape) == (np.float32, (5, 3))
    assert ((scores >= 0) & (scores <= 1)).all()
    assert not np.allclose(scores.sum(1), 1, atol=0.01)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("multi_label", [False, True])
def test_columns_follow_the_labels(method: str, multi_label: bool) -> None:
    asked = question([2, 3, 2, 4], multi_label=multi_label)
    order = [2, 0, 3, 1]
    turned = Question(
        asked.texts,
        asked.labels[order],
        [asked.examples[k] for k in order],
        asked.neutral,
        multi_label,
    )
    np.testing.assert_allclose(METHODS[method](turned), METHODS[method](asked)[:, order], atol=2e-3)


def test_far_apart_vectors_do_not_overflow() -> None:
    labels = np.array([[1, 0], [-1, 0]], dtype=np.float32)
    asked = Question(labels, labels, [labels[:0]] * 2, labels[0], multi_label=False)
    np.testing.assert_allclose(zero_shot(asked), np.eye(2), atol=1e-6)


def test_one_shot_moves_a_label_towards_its_example() -> None:
    asked = question([1, 0], texts=1)
    asked.examples[0][:] = asked.texts
    assert one_shot(asked)[0, 0] > zero_shot(asked)[0, 0]


def test_a_label_without_examples_is_scored_by_its_name() -> None:
    asked = question([0, 0, 0])
    np.testing.assert_allclose(one_shot(asked), zero_shot(asked), atol=1e-6)


def test_a_multi_label_text_may_be_an_example_of_two_labels() -> None:
    asked = question([3, 3, 3], multi_label=True, texts=1)
    for label in (0, 1):
        asked.examples[label][0] = asked.texts[0]
    scores = few_shot(asked)[0]
    assert (scores[:2] > 0.5).all()
    assert scores[2] < 0.5


@pytest.mark.parametrize(
    ("method", "shots", "chosen"),
    [
        ("auto", [0, 0], "zero-shot"),
        ("auto", [1, 0], "one-shot"),
        ("auto", [1, 1], "one-shot"),
        ("auto", [5, 1], "one-shot"),
        ("auto", [2, 2], "few-shot"),
        ("zero-shot", [2, 2], "zero-shot"),
        ("one-shot", [2, 2], "one-shot"),
        ("few-shot", [1, 0], "few-shot"),
    ],
)
def test_the_method_follows_from_the_examples(method: str, shots: list[int], chosen: str) -> None:
    assert choose(method, shots) == chosen


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("fewshot", "Unknown method 'fewshot'. Did you mean 'few-shot'? Methods: auto, zero-shot"),
        (None, "Unknown method None. Methods: auto"),
        ("one-shot", "The method 'one-shot' needs examples: pass examples={label: [texts]}."),
        ("few-shot", "The method 'few-shot' needs examples"),
    ],
)
def test_a_method_that_cannot_be_used_is_refused(method: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        choose(method, [0, 0])
    assert str(refused.value).startswith(message)


def test_unit_leaves_a_zero_vector_finite() -> None:
    assert np.isfinite(unit(np.zeros((1, 3), dtype=np.float32))).all()
