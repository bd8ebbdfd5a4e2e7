"""The table of layer groups."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from fastai.callback.core import Callback
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from fastai.optimizer import OptimWrapper

from tests.train.layered import SIZES
from tfwidgets.errors import InputError
from tfwidgets.train.groups import group_rates, layer_groups_table
from tfwidgets.train.splitter import transformer_splitter

GROUPS = ["embeddings", "layer 0", "layer 1", "head"]
LAYER = 4 * (16 * 16 + 16) + 2 * 16 * 24 + 24 + 16 + 4 * 16  # attention, feed-forward, two norms
COUNTS = [(40 + 32 + 2) * 16 + 2 * 16, LAYER, LAYER, 16 * 16 + 16 + 3 * 16 + 3]


class Logits(Callback):
    order = -9

    def after_pred(self) -> None:
        self.learn.pred = self.pred.logits


@pytest.fixture
def model() -> Any:
    return transformers.BertForSequenceClassification(transformers.BertConfig(**SIZES))


def learner(model: Any, **more: Any) -> Learner:
    rows = [(torch.tensor([1, 2, 3]), torch.tensor(n % 3)) for n in range(4)]
    dls = DataLoaders(DataLoader(rows, bs=2), DataLoader(rows, bs=2))
    options = {
        "splitter": transformer_splitter,
        "opt_func": partial(OptimWrapper, opt=torch.optim.AdamW),
        "loss_func": torch.nn.CrossEntropyLoss(),
        "train_bn": False,
        "cbs": Logits(),
    }
    return Learner(dls, model, **{**options, **more})


def test_of_a_model(model: Any) -> None:
    table = layer_groups_table(model)
    assert list(table.columns) == ["group", "parameters", "trainable", "lr"]
    assert table["group"].tolist() == GROUPS
    assert table["parameters"].tolist() == COUNTS
    assert table["parameters"].sum() == sum(p.numel() for p in model.parameters())
    assert table["trainable"].tolist() == [True] * 4
    assert table["lr"].isna().all()


@pytest.mark.parametrize("lr", [1e-3, slice(1e-5, 1e-3), slice(1e-3), [1.0, 2.0, 3.0, 4.0]])
def test_rates_are_those_that_fastai_sets(model: Any, lr: Any) -> None:
    optimizer = OptimWrapper(transformer_splitter(model), opt=torch.optim.SGD, lr=1.0)
    optimizer.set_hypers(lr=lr)
    wanted = [hypers["lr"] for hypers in optimizer.hypers]
    assert layer_groups_table(model, lr)["lr"].tolist() == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("lr", [1e-3, slice(1e-5, 1e-3), slice(1e-3)])
def test_one_group_trains_at_the_highest_rate(lr: Any) -> None:
    assert group_rates(lr, 1) == [1e-3]


@pytest.mark.parametrize(
    "lr",
    ["fast", slice(1e-3, None), slice(None), slice("a", "b"), slice(-1, 1), -1.0, float("inf")],
)
def test_what_is_no_rate_is_refused(lr: Any) -> None:
    with pytest.raises(InputError, match="no learning rate"):
        group_rates(lr, 4)


def test_too_many_rates_are_refused() -> None:
    with pytest.raises(InputError, match="3 rates for 4 groups"):
        group_rates([1, 2, 3], 4)


def test_of_a_learner(model: Any) -> None:
    learn = learner(model, lr=0.5)
    assert layer_groups_table(learn)["lr"].tolist() == [0.5] * 4  # there is no optimizer yet
    learn.freeze()
    assert layer_groups_table(learn)["trainable"].tolist() == [False] * 3 + [True]
    learn.freeze_to(-2)
    assert layer_groups_table(learn)["trainable"].tolist() == [False, False, True, True]
    learn.unfreeze()
    assert layer_groups_table(learn)["trainable"].all()

    with learn.no_logging():
        learn.fit(1, lr=slice(1e-6, 1e-3))
    rates = layer_groups_table(learn)["lr"]
    np.testing.assert_allclose(rates, [1e-6, 1e-5, 1e-4, 1e-3])
    assert layer_groups_table(learn, slice(1e-2))["lr"].tolist() == [1e-3] * 3 + [1e-2]


def test_frozen_groups_count_as_frozen_though_fastai_trains_their_norms(model: Any) -> None:
    learn = learner(model, train_bn=True)
    learn.freeze()
    assert model.bert.encoder.layer[0].output.LayerNorm.weight.requires_grad
    assert layer_groups_table(learn)["trainable"].tolist() == [False] * 3 + [True]


def test_groups_of_another_splitter_are_numbered(model: Any) -> None:
    def halves(model: Any) -> list[list[torch.nn.Parameter]]:
        return [list(model.bert.parameters()), list(model.classifier.parameters())]

    learn = learner(model, splitter=halves)
    learn.create_opt()
    table = layer_groups_table(learn, slice(1.0))
    assert table["group"].tolist() == ["group 0", "group 1"]
    assert table["parameters"].tolist() == [sum(COUNTS) - 51, 51]
    assert table["lr"].tolist() == [0.1, 1.0]


def test_what_is_neither_learner_nor_model_is_refused() -> None:
    with pytest.raises(InputError, match=r"Learner or a torch\.nn.Module, not str"):
        layer_groups_table("bert")
