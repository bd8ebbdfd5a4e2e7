"""What probes say of validation rows: matrix, hardest rows, samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from fastai.losses import BaseLoss, BCEWithLogitsLossFlat
from sklearn.metrics import confusion_matrix
from torch import nn
from torch.utils.data import DataLoader as TorchLoader
from torch.utils.data import IterableDataset

from tests.dashboard.probed import Looking, learner, net
from tests.train.tiny_learners import review_learner
from tfwidgets.dashboard.probes.texts import class_names, described
from tfwidgets.dashboard.probes.validation import row_numbers


@pytest.fixture
def reviews_seen(tmp_path: Path) -> tuple[Any, Looking]:
    """Return a learner of reviews after a fit of two epochs, and what looked at it."""
    learn, look = review_learner(tmp_path, valid=0.4), Looking(samples=3)
    learn.remove_cbs([cb for cb in learn.cbs if cb.name == "progress"])
    learn.logger = lambda *_: None
    learn.fit(2, 1e-3, cbs=look)
    return learn, look


def test_everything_said_of_reviews_is_true(reviews_seen: tuple[Any, Looking]) -> None:
    learn, look = reviews_seen
    dataset = learn.dls.valid_ds
    with learn.no_bars():
        said, targets, losses = learn.get_preds(with_loss=True)
    lengths = dataset.lengths
    assert not np.all(np.diff(lengths) <= 0)  # else the loader's order would be the dataset's

    matrix = look.data("confusion")
    assert matrix["labels"] == ["neg", "pos"]
    assert matrix["counts"] == confusion_matrix(targets, said.argmax(1), labels=[0, 1]).tolist()
    assert (matrix["step"], matrix["epoch"]) == (look.session.step_number, 1)

    hardest = look.data("hardest")["rows"]
    order = np.argsort(-losses.numpy(), kind="stable")
    assert [row["loss"] for row in hardest] == pytest.approx(losses[order].tolist(), rel=1e-4)
    assert len(hardest) == len(dataset)
    for row in hardest:
        raw = dataset.raw(row["index"])
        assert row["text"] == raw["review"]
        assert row["target"] == raw["sentiment"]
        assert row["loss"] == pytest.approx(float(losses[row["index"]]), rel=1e-4)
        assert row["predicted"] == learn.task.vocab[int(said[row["index"]].argmax())]
        assert row["score"] == pytest.approx(float(said[row["index"]].max()), rel=1e-4)

    samples = look.data("samples")["rows"]
    assert len(samples) == 3
    assert {row["target"] for row in samples} == {"neg", "pos"}
    for row in samples:
        raw = dataset.raw(row["index"])
        assert (row["text"], row["target"]) == (raw["review"], raw["sentiment"])
        assert [p["epoch"] for p in row["predictions"]] == [0, 1]
        assert row["predictions"][0]["step"] < row["predictions"][1]["step"]
        label, _, shares = learn.predict(raw["review"])
        last = row["predictions"][-1]
        assert last["text"] == label
        assert last["score"] == pytest.approx(float(shares.max()), rel=1e-4)
        assert last["right"] == (label == raw["sentiment"])
    json.dumps(look.session.panels, allow_nan=False)


def test_a_plain_learner_with_numbers_as_labels() -> None:
    learn, look = learner(), Looking(samples=[5, 2])
    learn.fit(3, cbs=look)
    said, targets, losses = learn.get_preds(with_loss=True)
    expected = confusion_matrix(targets, said.argmax(1), labels=[0, 1, 2]).tolist()
    assert look.data("confusion")["counts"] == expected
    assert [row["loss"] for row in look.data("hardest")["rows"]] == pytest.approx(
        sorted(losses.tolist(), reverse=True)[:20], rel=1e-4
    )
    first, second = look.data("samples")["rows"]
    assert (first["index"], second["index"]) == (5, 2)
    assert first["target"] == str(int(targets[5]))
    assert len(first["predictions"]) == 3
    assert first["predictions"][-1]["text"] == str(int(said[5].argmax()))
    x = learn.dls.valid.dataset[5][0]
    assert first["text"] == ", ".join(f"{value:.4g}" for value in x.tolist())


def test_numbers_are_followed_and_have_no_matrix() -> None:
    learn, look = learner(numbers=True), Looking()
    learn.fit(1, cbs=look)
    said, targets, losses = learn.get_preds(with_loss=True)
    assert look.panel("confusion")["available"] is False
    assert look.panel("confusion")["why"]["key"] == "probe-not-one-label"
    worst = int(losses.argmax())
    top = look.data("hardest")["rows"][0]
    assert top["index"] == worst
    assert top["predicted"] == f"{float(said[worst]):.4g}"
    assert top["target"] == f"{float(targets[worst]):.4g}"
    sample = look.data("samples")["rows"][0]
    assert sample["predictions"][-1]["text"] == f"{float(said[sample['index']]):.4g}"
    assert sample["predictions"][-1]["right"] is None


def test_a_loss_without_reduction_still_ranks_rows() -> None:
    learn, look = learner(loss_func=lambda p, y: nn.functional.cross_entropy(p, y)), Looking()
    learn.fit(1, cbs=look)
    dataset = learn.dls.valid.dataset
    with torch.no_grad():
        losses = nn.functional.cross_entropy(
            learn.model(torch.stack([x for x, _ in dataset])),
            torch.stack([y for _, y in dataset]),
            reduction="none",
        )
    rows = look.data("hardest")["rows"]
    assert [row["loss"] for row in rows] == pytest.approx(
        losses.sort(descending=True).values[:20].tolist(), rel=1e-4
    )


def test_reduction_of_the_loss_comes_back_also_when_it_fails() -> None:
    loss = nn.CrossEntropyLoss()

    def forward(said: Any, target: Any) -> Any:
        if loss.reduction == "none":
            raise ZeroDivisionError
        return nn.functional.cross_entropy(said, target)

    loss.forward = forward
    learn, look = learner(loss_func=loss), Looking()
    learn.fit(1, cbs=look)
    assert loss.reduction == "mean"
    assert look.session.status == "finished"
    assert look.panel("hardest")["why"]["key"] == "probe-failed"


class Counts(nn.Module):
    """A loss that draws noise and knows how often it was called."""

    reduction = "mean"

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, said: Any, target: Any) -> Any:
        self.calls += 1
        noisy = said + 0.1 * torch.randn_like(said)
        return nn.functional.cross_entropy(noisy, target, reduction=self.reduction)

    def activation(self, said: Any) -> Any:
        return said.softmax(-1) + 0 * torch.rand(1)


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_loss_of_somebodys_own_is_not_called_again(wrapped: bool) -> None:
    ends = []
    for look in (None, Looking()):
        torch.manual_seed(3)
        loss: Any = BaseLoss(Counts) if wrapped else Counts()
        learn = learner(loss_func=loss)
        learn.dls.train.rng.seed(1)
        torch.manual_seed(4)
        learn.fit(2, cbs=look)
        counted = loss.func if wrapped else loss
        ends.append((counted.calls, learn.model[0].weight.detach(), torch.rand(1)))
    (calls, weight, after), (other_calls, other_weight, other_after) = ends
    assert calls == other_calls
    assert torch.equal(weight, other_weight)
    assert torch.equal(after, other_after)
    assert look is not None
    assert len(look.data("hardest")["rows"]) == 20


def test_more_labels_than_a_matrix_shows() -> None:
    learn, look = learner(classes=51), Looking()
    learn.fit(1, cbs=look)
    assert look.panel("confusion")["why"]["key"] == "probe-many-labels"
    assert look.panel("hardest")["available"]


def test_a_row_whose_loss_is_no_number_comes_first() -> None:
    learn, look = learner(), Looking()
    dataset = learn.dls.valid.dataset
    dataset[3] = (torch.full((4,), float("nan")), dataset[3][1])
    learn.fit(1, cbs=look)
    top = look.data("hardest")["rows"][0]
    assert top["index"] == 3
    assert top["loss"] is None
    json.dumps(look.session.panels, allow_nan=False)


def test_a_validation_that_was_cut_short_shows_nothing_new() -> None:
    from fastai.callback.core import Callback, CancelValidException

    class CutsSecond(Callback):
        order = 80

        def after_batch(self) -> None:
            if not self.training and self.epoch == 1:
                raise CancelValidException

    learn, look = learner(), Looking()
    learn.fit(2, cbs=[look, CutsSecond()])
    assert look.data("confusion")["epoch"] == 0
    assert np.sum(look.data("confusion")["counts"]) == len(learn.dls.valid.dataset)


def test_loaders_of_torch_and_streams() -> None:
    pairs = [(torch.rand(4), torch.tensor(k % 3)) for k in range(10)]

    class Stream(IterableDataset):
        def __iter__(self) -> Any:
            return iter(pairs)

    train = DataLoader(pairs, bs=5)
    for valid, known in (
        (TorchLoader(pairs, batch_size=4), True),
        (TorchLoader(pairs, batch_size=4, shuffle=True), False),
        (DataLoader(Stream(), bs=4, n=10), False),
    ):
        learn = learner()
        learn.dls = DataLoaders(train, valid)
        look = Looking()
        learn.fit(1, cbs=look)
        assert np.sum(look.data("confusion")["counts"]) == 10  # which row is which does not matter
        for name in ("hardest", "samples"):
            assert look.panel(name)["available"] is known
            if not known:
                assert look.panel(name)["why"]["key"] == "probe-stream"


def test_rows_of_a_shuffled_loader_are_told_in_their_order() -> None:
    loader = DataLoader(list(range(20)), bs=6, shuffle=True)
    seen = [int(row) for batch in loader for row in batch]
    numbers = row_numbers(loader)
    assert numbers is not None
    assert numbers.tolist() == seen != sorted(seen)


def test_samples_outside_the_data_are_refused() -> None:
    look = Looking(samples=[0, 99])
    learner().fit(1, cbs=look)
    why = look.panel("samples")["why"]
    assert why["key"] == "probe-samples-outside"
    assert why["values"]["row"] == 99
    assert look.session.status == "finished"


def test_any_number_of_labels(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "review": [f"the film was {'good' if k % 2 else 'bad'} and funny" for k in range(16)],
            "good": [k % 2 for k in range(16)],
            "funny": [1] * 16,
        }
    )
    learn = review_learner(tmp_path, frame, label=["good", "funny"])
    look = Looking(samples=2)
    learn.fit(1, cbs=look)
    assert look.panel("confusion")["why"]["key"] == "probe-not-one-label"
    for row in look.data("samples")["rows"]:
        raw = learn.dls.valid_ds.raw(row["index"])
        assert row["target"] == ("good, funny" if raw["good"] else "funny")
        said = learn.predict(raw["review"])[0]
        assert row["predictions"][-1]["text"] == (", ".join(said) or "–")
    assert len(look.data("hardest")["rows"]) == len(learn.dls.valid_ds)


def test_any_number_of_labels_in_a_plain_learner() -> None:
    pairs = [(torch.rand(4), torch.tensor([1.0, 0.0, float(k % 2)])) for k in range(12)]
    learn = learner(loss_func=BCEWithLogitsLossFlat(), model=net())
    learn.dls = DataLoaders(DataLoader(pairs, bs=4), DataLoader(pairs, bs=4))
    look = Looking(samples=[1])
    learn.fit(1, cbs=look)
    (row,) = look.data("samples")["rows"]
    with torch.no_grad():
        said = torch.sigmoid(learn.model(pairs[1][0][None]))[0] > 0.5
    names = [name for name, on in zip("012", said.tolist(), strict=True) if on]
    assert row["predictions"][-1]["text"] == (", ".join(names) or "–")


def test_tags_are_written_by_their_task(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "words": [["the", "dog", "sat"], ["a", "cat", "and", "a", "dog"]] * 4,
            "tags": [["O", "B-X", "O"], ["O", "B-X", "O", "O", "B-X"]] * 4,
        }
    )
    tagger = review_learner(
        tmp_path, frame, "token-classification", text="words", label="tags", valid=0.5
    )
    look = Looking(samples=[0])
    tagger.fit(1, cbs=look)
    (row,) = look.data("samples")["rows"]
    assert "dog/B-X" in row["target"] or "cat/B-X" in row["target"]
    last = row["predictions"][-1]
    words = [part.split("/")[0] for part in last["text"].split()]
    assert words == [part.split("/")[0] for part in row["target"].split()]
    assert last["right"] == (last["text"] == row["target"])
    assert look.panel("hardest")["available"]
    assert look.panel("confusion")["why"]["key"] == "probe-not-one-label"


def test_hidden_tokens_and_answers_are_written_by_their_task(tmp_path: Path) -> None:
    texts = ["the dog sat on the mat", "a very good film and a bad story"] * 6
    filler = review_learner(
        tmp_path, pd.DataFrame({"text": texts}), "fill-mask", text="text", label=None, new_head=True
    )
    look = Looking(samples=[0])
    filler.fit(1, cbs=look)
    (row,) = look.data("samples")["rows"]
    assert "[MASK]" in row["text"]
    assert row["predictions"][-1]["text"].count(",") == row["target"].count(",")
    assert row["predictions"][-1]["right"] is None

    frame = pd.DataFrame(
        {
            "question": ["was it good"] * 12,
            "context": ["the film was very good"] * 12,
            "answers": [{"text": ["very good"], "answer_start": [13]}] * 12,
        }
    )
    reader = review_learner(tmp_path, frame, "question-answering", text=None, label=None)
    look = Looking(samples=[0])
    reader.fit(3, 1e-2, cbs=look)
    (row,) = look.data("samples")["rows"]
    assert row["text"] == "was it good · the film was very good"
    assert row["target"] == "very good"
    assert row["predictions"][-1]["text"] == "very good"
    assert row["predictions"][-1]["right"] is True


def test_fastai_tables_are_written_as_they_were() -> None:
    from fastai.tabular.all import (
        Categorify,
        CategoryBlock,
        Normalize,
        TabularDataLoaders,
        tabular_learner,
    )

    frame = pd.DataFrame(
        {
            "kind": ["cat", "dog"] * 20,
            "weight": [float(k) for k in range(40)],
            "label": ["light" if k < 20 else "heavy" for k in range(40)],
        }
    )
    dls = TabularDataLoaders.from_df(
        frame,
        procs=[Categorify, Normalize],
        cat_names=["kind"],
        cont_names=["weight"],
        y_names="label",
        y_block=CategoryBlock(),
        valid_idx=list(range(0, 40, 3)),
        bs=8,
    )
    learn = tabular_learner(dls, layers=[8], metrics=[])
    learn.remove_cb(learn.progress)
    learn.logger = lambda *_: None
    look = Looking(samples=[1])
    learn.fit(1, cbs=look)
    (row,) = look.data("samples")["rows"]
    assert row["text"].startswith("kind: dog, weight: 3")
    assert row["target"] == "light"
    assert row["predictions"][-1]["text"] in ("light", "heavy")
    assert look.data("confusion")["labels"] == ["heavy", "light"]
    said, targets = learn.get_preds()
    expected = confusion_matrix(targets.flatten(), said.argmax(1), labels=[0, 1]).tolist()
    assert look.data("confusion")["counts"] == expected


def test_images_and_predictions_without_words() -> None:
    pairs = [(torch.rand(1, 6, 6), torch.rand(1, 6, 6)) for _ in range(8)]
    model = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), nn.ReLU(), nn.Conv2d(1, 1, 1))
    learn = Learner(
        DataLoaders(DataLoader(pairs, bs=4), DataLoader(pairs, bs=4)),
        model,
        loss_func=nn.MSELoss(),
        metrics=[],
    )
    learn.remove_cb(learn.progress)
    learn.logger = lambda *_: None
    look = Looking()
    learn.fit(1, cbs=look)
    assert look.panel("samples")["why"]["key"] == "probe-no-words"
    assert look.data("hardest")["rows"][0]["text"] == "Tensor 1×6×6"
    assert look.data("layers")["groups"][0]["dead"] is not None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a b", "a b"),
        (torch.tensor([1.5, 2.0]), "1.5, 2"),
        (torch.zeros(3, 28, 28), "Tensor 3×28×28"),
        (np.zeros((2, 9)), "ndarray 2×9"),
        ((1, "x"), "1 · x"),
        ({"ids": torch.zeros(20)}, "ids: Tensor 20"),
        (np.float32(0.25), "0.25"),
    ],
)
def test_values_in_words(value: Any, text: str) -> None:
    assert described(value) == text


def test_names_of_classes() -> None:
    class Learn:
        class dls:  # noqa: N801
            vocab = (["tokens"] * 9, ["neg", "po\ns\ud800"])

    assert class_names(Learn, 2) == ["neg", "po s\N{REPLACEMENT CHARACTER}"]
    assert class_names(Learn, 3) == ["0", "1", "2"]


def test_texts_are_fit_for_a_message(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "review": [f"<b>good</b>\n\a {k} " + "film " * 200 for k in range(8)],
            "sentiment": ["<i>", "x"] * 4,
        }
    )
    look = Looking()
    review_learner(tmp_path, frame).fit(1, cbs=look)
    for name in ("samples", "hardest"):
        for row in look.data(name)["rows"]:
            assert len(row["text"]) == 300
            assert row["text"].isprintable()
