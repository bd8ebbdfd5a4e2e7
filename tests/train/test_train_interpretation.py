"""fastai's ``Interpretation`` over rows of text: what stands together belongs together."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import torch
from fastai.interpret import ClassificationInterpretation, Interpretation
from sklearn.metrics import confusion_matrix
from torch.nn import functional

from tests.train.tiny_learners import review_learner, reviews, train
from tfwidgets.train import interpret, tables
from tfwidgets.train.interpret import TokenInterpretation

mpl.use("Agg")


@pytest.fixture(scope="module")
def learn(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A learner whose validation rows fill several batches, each of another length."""
    folder = tmp_path_factory.mktemp("learner")
    learn = train(review_learner(folder, reviews(40), valid=0.5, batch_size=3))
    learn.remove_cb(learn.progress)
    return learn


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[pd.DataFrame]:
    """The tables that were shown."""
    kept: list[pd.DataFrame] = []
    monkeypatch.setattr(interpret, "show_table", kept.append)
    monkeypatch.setattr(tables, "show_table", kept.append)
    return kept


@pytest.fixture(scope="module")
def expected(learn: Any) -> pd.DataFrame:
    """What each validation row is, asked one by one."""
    made = []
    for _, row in learn.dls.valid_ds.rows.iterrows():
        label, _, probabilities = learn.predict(row["review"])
        number = learn.dls.vocab.index(row["sentiment"])
        loss = -probabilities[number].log()
        made.append(
            (row["review"], row["sentiment"], label, float(loss), float(max(probabilities)))
        )
    return pd.DataFrame(made, columns=["review", "sentiment", "predicted", "loss", "probability"])


def test_the_losses_are_those_of_the_rows(learn: Any, expected: pd.DataFrame) -> None:
    interp = Interpretation.from_learner(learn)
    losses, rows = interp.top_losses()
    assert sorted(rows.tolist()) == list(range(20))
    np.testing.assert_allclose(losses, expected["loss"].to_numpy()[rows], atol=1e-5)
    assert (losses[:-1] >= losses[1:]).all()
    least = interp.top_losses(3, largest=False)[0]
    np.testing.assert_allclose(least, np.sort(expected["loss"])[:3], atol=1e-5)


def test_top_losses_with_the_rows_themselves(learn: Any, expected: pd.DataFrame) -> None:
    _, rows, items = Interpretation.from_learner(learn).top_losses(4, items=True)
    wanted = expected["review"][rows.tolist()].tolist()
    assert [item.row["review"] for item in items] == wanted
    assert expected["review"][int(rows[0])] in repr(items[0])


@pytest.mark.parametrize("k", [7, range(2, 9), [0, 5, 19]])
def test_the_table_of_top_losses(
    learn: Any, expected: pd.DataFrame, shown: list[pd.DataFrame], k: Any
) -> None:
    Interpretation.from_learner(learn).plot_top_losses(k)
    ordered = expected.sort_values("loss", ascending=False).reset_index(drop=True)
    wanted = ordered.iloc[list(range(k)) if isinstance(k, int) else list(k)]
    (table,) = shown
    assert list(table) == ["review", "sentiment", "predicted", "loss", "probability"]
    np.testing.assert_allclose(table["loss"], wanted["loss"], atol=1e-4)
    # Rows with the same text have the same loss, so their order does not matter.
    for (_, got), (_, row) in zip(table.iterrows(), wanted.iterrows(), strict=True):
        same = expected[expected["review"] == got["review"]].iloc[0]
        assert got["loss"] == pytest.approx(same["loss"], abs=1e-4)
        assert got["sentiment"] == same["sentiment"]
        assert got["predicted"] == same["predicted"]
        assert got["probability"] == pytest.approx(same["probability"], abs=1e-4)
        assert got["loss"] == pytest.approx(row["loss"], abs=1e-4)


def test_the_smallest_losses(learn: Any, expected: pd.DataFrame, shown: list[pd.DataFrame]) -> None:
    Interpretation.from_learner(learn).plot_top_losses(3, largest=False)
    np.testing.assert_allclose(shown[0]["loss"], np.sort(expected["loss"])[:3], atol=1e-4)


def test_it_prints_where_there_is_no_notebook(
    learn: Any, expected: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    Interpretation.from_learner(learn).plot_top_losses(2)
    printed = capsys.readouterr().out
    worst = expected.sort_values("loss", ascending=False).iloc[0]
    assert worst["review"] in printed
    assert "probability" in printed


def test_show_results_of_chosen_rows(
    learn: Any, expected: pd.DataFrame, shown: list[pd.DataFrame]
) -> None:
    rows = [7, 0, 12]
    Interpretation.from_learner(learn).show_results(rows)
    columns = ["review", "sentiment", "predicted"]
    pd.testing.assert_frame_equal(
        shown[0][columns], expected.iloc[rows][columns].reset_index(drop=True), check_dtype=False
    )


def test_the_training_rows(learn: Any, shown: list[pd.DataFrame]) -> None:
    interp = Interpretation.from_learner(learn, ds_idx=0)
    assert len(interp.losses) == len(learn.dls.train_ds)
    interp.plot_top_losses(2)
    rows = learn.dls.train_ds.rows
    known = set(zip(rows["review"], rows["sentiment"], strict=True))
    assert set(zip(shown[0]["review"], shown[0]["sentiment"], strict=True)) <= known


def test_classification(
    learn: Any, expected: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    interp = ClassificationInterpretation.from_learner(learn)
    names = ["neg", "pos"]
    assert list(interp.vocab) == names
    counts = confusion_matrix(expected["sentiment"], expected["predicted"], labels=names)
    np.testing.assert_array_equal(interp.confusion_matrix(), counts)
    confused = interp.most_confused()
    wrong = {(a, p): n for a, p, n in confused}
    off = {(names[i], names[1 - i]): counts[i, 1 - i] for i in (0, 1) if counts[i, 1 - i]}
    assert wrong == off
    interp.print_classification_report()
    report = capsys.readouterr().out
    assert "neg" in report
    assert "pos" in report
    interp.plot_confusion_matrix()
    labels = [text.get_text() for text in mpl.pyplot.gca().get_xticklabels()]
    assert labels == names
    mpl.pyplot.close("all")


def test_pairs(tmp_path_factory: pytest.TempPathFactory, shown: list[pd.DataFrame]) -> None:
    data = reviews().assign(question=["is it good", "was it bad"] * 12)
    learn = review_learner(tmp_path_factory.mktemp("pairs"), data, text=["question", "review"])
    Interpretation.from_learner(learn).plot_top_losses(3)
    assert list(shown[0])[:3] == ["question", "review", "sentiment"]
    pairs = set(zip(data["question"], data["review"], data["sentiment"], strict=True))
    assert set(shown[0][["question", "review", "sentiment"]].itertuples(index=False)) <= pairs


def test_several_labels_and_numbers(
    tmp_path_factory: pytest.TempPathFactory, shown: list[pd.DataFrame]
) -> None:
    data = reviews()
    data["long"] = [int(len(text) > 40) for text in data["review"]]
    data["pos"] = [int(label == "pos") for label in data["sentiment"]]
    folder = tmp_path_factory.mktemp("several")
    learn = review_learner(folder, data, "text-classification", label=["long", "pos"])
    interp = Interpretation.from_learner(learn)
    interp.plot_top_losses(3)
    assert list(shown[0])[-1] == "loss"
    data["score"] = [len(text) / 20 for text in data["review"]]
    learn = review_learner(folder, data, "regression", label="score")
    interp = Interpretation.from_learner(learn)
    interp.plot_top_losses(3)
    table = shown[1]
    assert list(table) == ["review", "score", "predicted", "loss"]
    errors = (table["score"].astype(float) - table["predicted"].astype(float)) ** 2
    np.testing.assert_allclose(table["loss"], errors, rtol=1e-2)


TAGS = {"good": "J", "bad": "J", "great": "J", "boring": "J", "film": "N", "movie": "N", "dog": "N"}


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> Any:
    rows = [text.split() for text in reviews(30)["review"]]
    tags = [[TAGS.get(word, "O") for word in row] for row in rows]
    data = pd.DataFrame({"tokens": rows, "tags": tags})
    learn = review_learner(
        tmp_path_factory.mktemp("tagger"),
        data,
        "token-classification",
        text="tokens",
        label="tags",
        batch_size=3,
    )
    learn.remove_cb(learn.progress)
    return train_quietly(learn)


def train_quietly(learn: Any) -> Any:
    learn.logger = lambda *_: None
    learn.fit(1, 1e-3)
    return learn


def test_tokens(tagger: Any, shown: list[pd.DataFrame]) -> None:
    interp = TokenInterpretation.from_learner(tagger)
    words = sum(len(row) for row in tagger.dls.valid_ds.rows["tokens"])
    matrix = interp.confusion_matrix()
    assert matrix.sum() == words
    tags = [tag for row in tagger.dls.valid_ds.rows["tags"] for tag in row]
    counts = [tags.count(name) for name in interp.vocab]
    assert matrix.sum(1).tolist() == counts
    interp.plot_top_losses(2)
    assert len(shown[0]) == 2
    assert "loss" in shown[0]
    interp.print_classification_report()


def test_losses_of_rows_of_tokens(tagger: Any) -> None:
    """A row's loss is the mean over its tokens, however much it was padded."""
    interp = Interpretation.from_learner(tagger)
    dataset = tagger.dls.valid_ds
    for k in range(len(dataset)):
        batch = tagger.dls.valid.new(dataset.take([k]), by_length=False).one_batch()
        with torch.no_grad():
            logits = tagger.model.eval()(batch[0]).logits
        loss = functional.cross_entropy(logits[0], batch[1][0], ignore_index=-100)
        assert float(interp.losses[k]) == pytest.approx(float(loss), abs=1e-5)


def test_the_way_of_showing_is_found_by_type(learn: Any) -> None:
    from fastai.interpret import plot_top_losses

    with pytest.raises(Exception, match="not implemented"):
        plot_top_losses(1, 2)
