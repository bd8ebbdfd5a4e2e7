"""What a classification is to code: data, a sequence, a table, a short text."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.classify.results import made
from tfwidgets.classify.result import Classified
from tfwidgets.ui.console import width
from tfwidgets.ui.strings import Message

SCORES = [[0.9, 0.1], [0.25, 0.75], [0, 0], [0.5, 0.5]]
TEXTS = ["goal", "vote", None, "both"]
MULTI = [[0.9, 0.1], [0.7, 0.8], [0, 0], [0.1, 0.2]]


def test_single_label_predictions() -> None:
    result = made(TEXTS, scores=SCORES)
    assert result.predictions == ["sports", "politics", "", "sports"]
    assert result.missing.tolist() == [False, False, True, False]


def test_multi_label_predictions_are_lists_the_best_first() -> None:
    result = made(TEXTS, scores=MULTI, multi_label=True)
    assert result.predictions == [["sports"], ["politics", "sports"], [], []]


def test_a_score_of_a_half_is_a_label() -> None:
    result = made(["a", "b"], scores=[[0.5, 0.0], [0.4999, 0.0]], multi_label=True)
    assert result.predictions == [["sports"], []]


def test_items() -> None:
    result = made(TEXTS, scores=SCORES)
    assert result[0] == Classified(
        "goal", "sports", pytest.approx({"sports": 0.9, "politics": 0.1})
    )
    assert result[-1].text == "both"
    assert result[2].prediction == ""
    assert np.isnan(list(result[2].scores.values())).all()
    assert [item.text for item in result] == TEXTS
    assert [item.prediction for item in result] == result.predictions
    for outside in (4, -5):
        with pytest.raises(IndexError):
            result[outside]


def test_items_when_multi_label() -> None:
    result = made(TEXTS, scores=MULTI, multi_label=True)
    assert [item.prediction for item in result] == result.predictions


def test_going_through_many_texts_is_linear(monkeypatch: pytest.MonkeyPatch) -> None:
    result = made(["a"] * 500)
    asked: list[int] = []
    inner = type(result)._prediction
    monkeypatch.setattr(
        type(result), "_prediction", lambda self, k: asked.append(k) or inner(self, k)
    )
    assert len(list(result)) == 500
    assert asked == list(range(500))


@pytest.mark.parametrize("part", [slice(1, 3), slice(None), slice(None, None, -2), slice(9, 20)])
def test_a_part_is_a_classification(part: slice) -> None:
    index = pd.Index(["w", "x", "y", "z"])
    result = made(TEXTS, scores=SCORES, index=index)
    cut = result[part]
    assert cut.texts == TEXTS[part]
    assert cut.predictions == result.predictions[part]
    np.testing.assert_array_equal(cut.scores, result.scores[part])
    assert cut.index is not None
    assert cut.index.tolist() == index[part].tolist()
    assert (cut.labels, cut.method, cut.model_name) == (
        result.labels,
        result.method,
        result.model_name,
    )
    assert repr(cut)
    assert len(cut.to_frame()) == len(cut)


def test_a_part_keeps_only_notes_without_positions() -> None:
    notes = [Message("notes", "missing", {"n": 1, "position": 3}), Message("notes", "few-examples")]
    result = made(TEXTS, messages=notes)
    assert len(result.notes) == 2
    assert result[:2].notes == [Message("notes", "few-examples").text()]


def test_to_frame() -> None:
    frame = made(TEXTS, scores=SCORES).to_frame()
    assert frame.columns.tolist() == ["text", "prediction", "sports", "politics"]
    assert frame["text"].iloc[[0, 1, 3]].tolist() == ["goal", "vote", "both"]
    assert frame["prediction"].isna().tolist() == [False, False, True, False]
    assert frame["sports"].dtype == np.float32
    assert frame["sports"].isna().tolist() == [False, False, True, False]
    assert frame.index.tolist() == [0, 1, 2, 3]


def test_to_frame_of_several_labels_holds_lists() -> None:
    frame = made(TEXTS, scores=MULTI, multi_label=True).to_frame()
    assert frame["prediction"].tolist() == [["sports"], ["politics", "sports"], [], []]


@pytest.mark.parametrize(
    "index",
    [
        pd.Index(["a", "a", "b", "a"], name="key"),  # the same row twice
        pd.MultiIndex.from_tuples([(1, "a"), (1, "b"), (2, "a"), (1, "a")]),
        pd.RangeIndex(10, 14),
        pd.to_datetime(["2024-01-02", "2024-01-01", "2024-01-03", "2024-01-01"]),
    ],
)
def test_to_frame_keeps_the_index_and_no_more_rows(index: pd.Index) -> None:
    result = made(TEXTS, scores=SCORES, index=index)
    frame = result.to_frame()
    pd.testing.assert_index_equal(frame.index, index)
    np.testing.assert_array_equal(frame[["sports", "politics"]].to_numpy(), result.scores)


@pytest.mark.parametrize(
    "labels",
    [
        ["text", "prediction"],
        ["text", "score: text"],
        ["score: text", "text"],
        ["score: score: text", "score: text", "text"],
    ],
)
def test_no_two_columns_have_one_name(labels: list[str]) -> None:
    result = made(["a", "b"], labels)
    frame = result.to_frame()
    assert frame.columns.is_unique
    assert frame["text"].tolist() == ["a", "b"]
    np.testing.assert_array_equal(frame.iloc[:, 2:].to_numpy(), result.scores)


@pytest.mark.parametrize("make_again", [lambda r: pickle.loads(pickle.dumps(r)), copy.deepcopy])  # noqa: S301
def test_it_can_be_pickled_and_copied(make_again: Any) -> None:
    notes = [Message("notes", "few-examples")]
    result = made(TEXTS, scores=SCORES, index=pd.Index(list("abcd")), messages=notes)
    again = make_again(result)
    assert (again.texts, again.labels, again.predictions, again.notes) == (
        result.texts,
        result.labels,
        result.predictions,
        result.notes,
    )
    np.testing.assert_array_equal(again.scores, result.scores)
    pd.testing.assert_frame_equal(again.to_frame(), result.to_frame())


def test_it_can_be_pickled_after_it_was_displayed() -> None:
    result = made(TEXTS, scores=SCORES)
    view = result.widget()
    assert result.widget() is view
    again = pickle.loads(pickle.dumps(result))  # noqa: S301
    assert again.predictions == result.predictions
    assert again.widget() is not view


def test_repr_is_a_small_table() -> None:
    notes = [Message("notes", "few-examples")]
    lines = repr(made(TEXTS, scores=SCORES, messages=notes)).splitlines()
    assert lines[0] == "4 texts, 2 labels (zero-shot, demo/minilm)"
    assert lines[1:-1] == [
        "#  text  label     score",
        "1  goal  sports      90%",
        "2  vote  politics    75%",
        "3  –     –",
        "4  both  sports      50%",
    ]
    assert lines[-1].startswith("Note: One example per label says little")


def test_repr_shows_ten_rows_and_says_what_is_left_out() -> None:
    lines = repr(made(["a"] * 1000)).splitlines()
    assert len(lines) == 13
    assert lines[-1] == "… and 990 more: .to_frame() has them all"


def test_repr_of_one_text_and_of_blank_ones() -> None:
    assert repr(made(["a"])).startswith("1 text, 2 labels")
    assert repr(made(["  "])).splitlines()[2].split()[:2] == ["1", "–"]


def test_repr_is_aligned_with_wide_characters() -> None:
    result = made(["政治の話", "goal", "ไม่มี", "👍"], ["スポーツ", "politics"])
    lines = repr(result).splitlines()[1:]
    assert len({width(line) for line in lines}) == 1


def test_repr_is_short_whatever_the_texts() -> None:
    labels = [f"{'x' * 1000} {k}" for k in range(50)]
    hostile = "<script>\n\x1b[31m\x00\ud800\u202e" + "x" * 1_000_000
    shown = repr(made([hostile], labels, [[0.9] * 50], multi_label=True))
    assert len(shown) < 500
    assert "\x1b" not in shown
    shown.encode()
