"""Spans: the likeliest one, its loss, and how answers are measured."""

from __future__ import annotations

import itertools

import pytest
import torch
from fastcore.foundation import L
from torch.nn import functional

from tfwidgets.train.tasks.spans import SpanLoss, best_spans, keep_places
from tfwidgets.train.tasks.squad import exact_match, f1, normalized

LOW = -torch.inf


def by_trying(
    starts: torch.Tensor, ends: torch.Tensor, longest: int
) -> list[tuple[float, int, int]]:
    """Return all possible spans of one row, the best first."""
    possible = starts.isfinite() & ends.isfinite()
    found = [
        (float(starts[first] + ends[last]), first, last)
        for first, last in itertools.product(range(len(starts)), repeat=2)
        if first <= last < first + longest and possible[first : last + 1].all()
    ]
    return sorted(found, reverse=True)


@pytest.mark.parametrize("longest", [1, 3, 30])
@pytest.mark.parametrize("blocked", [0.0, 0.3])
def test_the_best_spans_are_those_found_by_trying_all(longest: int, blocked: float) -> None:
    draw = torch.Generator().manual_seed(longest)
    starts, ends = torch.randn(2, 20, 11, generator=draw)
    holes = torch.rand(20, 11, generator=draw) < blocked
    starts, ends = starts.masked_fill(holes, LOW), ends.masked_fill(holes, LOW)
    scores, spans = best_spans(starts, ends, longest, top_k=5)
    for k in range(20):
        expected = by_trying(starts[k], ends[k], longest)[:5]
        got = [
            (float(s), *span.tolist())
            for s, span in zip(scores[k], spans[k], strict=True)
            if s > LOW
        ]
        assert [one[1:] for one in got] == [one[1:] for one in expected]
        assert [one[0] for one in got] == pytest.approx([one[0] for one in expected])


def test_there_may_be_fewer_spans_than_asked_for() -> None:
    scores, spans = best_spans(torch.zeros(1, 2), torch.tensor([[0.0, 1.0]]), 30, top_k=9)
    assert spans.shape == (1, 4, 2)
    possible = scores[0] > LOW
    assert scores[0][possible].tolist() == [1, 1, 0]
    assert sorted(spans[0][possible].tolist()) == [[0, 0], [0, 1], [1, 1]]
    nothing = torch.full((1, 4), LOW)
    assert best_spans(nothing, nothing)[0].item() == LOW
    assert 0 <= best_spans(nothing, nothing)[1].max() < 4


def test_the_loss_is_the_mean_of_both_cross_entropies() -> None:
    logits = torch.randn(5, 9, 2, generator=torch.Generator().manual_seed(0))
    target = torch.tensor([[0, 3], [8, 8], [2, 2], [4, 7], [1, 5]])
    loss = SpanLoss()
    expected = [
        (
            functional.cross_entropy(row[:, 0], place[0])
            + functional.cross_entropy(row[:, 1], place[1])
        )
        / 2
        for row, place in zip(logits, target, strict=True)
    ]
    torch.testing.assert_close(loss(logits, target, reduction="none"), torch.stack(expected))
    torch.testing.assert_close(loss(logits, target), torch.stack(expected).mean())
    without = torch.where(torch.arange(5)[:, None] == 3, -100, target)
    torch.testing.assert_close(loss(logits, without), torch.stack(expected)[[0, 1, 2, 4]].mean())


def test_predictions_of_different_lengths_are_decoded_alike() -> None:
    logits = torch.randn(4, 7, 2, generator=torch.Generator().manual_seed(1))
    loss = SpanLoss(max_tokens=3)
    whole = loss.activation(logits)
    torch.testing.assert_close(whole.sum(1), torch.ones(4, 2))
    rows = loss.activation(L(*logits))
    assert isinstance(rows, L)
    spans = loss.decodes(whole)
    assert spans.tolist() == loss.decodes(rows).tolist()
    assert ((spans[:, 1] - spans[:, 0]) < 3).all()


def test_no_answer_goes_through_a_question() -> None:
    # No answer stands at 0, the question at 1 and 2, the context behind.
    places = torch.tensor([[2, 0, 0, 1, 1, 1]])
    logits = torch.zeros(1, 6, 2)
    logits[0, 0, 0], logits[0, 2, 0], logits[0, 3, 0], logits[0, 4, 1] = 9.0, 8.0, 1.0, 9.0
    loss = SpanLoss()
    assert loss.decodes(loss.activation(logits)).tolist() == [[0, 4]]
    kept = loss.activation(keep_places(logits, places))
    assert kept[0, 1:3].sum() == 0
    assert loss.decodes(kept).tolist() == [[3, 4]]


@pytest.mark.parametrize(
    ("predicted", "answers", "exact", "words"),
    [
        ("The Eiffel Tower!", ["eiffel  tower"], 1, 1),
        ("tower", ["the Eiffel Tower", "a tower."], 1, 1),
        ("Eiffel", ["the Eiffel Tower"], 0, 2 / 3),
        ("big big tower", ["big tower tower"], 0, 2 / 3),
        ("Rome", ["Paris"], 0, 0),
        ("", [], 1, 1),
        ("Paris", [], 0, 0),
        ("", ["Paris"], 0, 0),
        ("the", ["a"], 1, 1),
    ],
)
def test_answers_are_compared_as_squad_does(
    predicted: str, answers: list[str], exact: float, words: float
) -> None:
    assert exact_match(predicted, answers) == exact
    assert f1(predicted, answers) == pytest.approx(words)


def test_an_answer_is_normalized_as_squad_does() -> None:
    assert normalized(" The  U.S.-led, an “Anthem” ") == "usled “anthem”"
