"""Attention of a model that is being trained: a learner in place of a name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import tfwidgets as tfw
from tests.attention.models import tiny
from tests.magics.plain_shell import plain_shell
from tests.support.learner import Learner

TEXT = "the dog sat on the mat"


@pytest.fixture
def learner() -> Learner:
    import copy

    model, tokenizer = tiny()
    return Learner(copy.deepcopy(model).train(), tokenizer, "feature-extraction")


def weights(view: Any) -> Any:
    return np.stack([view.weights(layer, "mean") for layer in range(2)])


def test_a_learner_in_place_of_a_name(learner: Learner) -> None:
    holder = type("Holder", (), {"model": learner})()
    pair = tfw.attention(TEXT, model=(learner.model, learner.tokenizer))
    for one in (learner, holder):
        view = tfw.attention(TEXT, model=one)
        assert view.name == "a learner"
        np.testing.assert_array_equal(weights(view), weights(pair))


def test_it_is_looked_at_as_it_is_now_and_left_in_training(learner: Learner) -> None:
    grads = [weight.requires_grad for weight in learner.model.parameters()]
    before = weights(tfw.attention(TEXT, model=learner))
    with torch.no_grad():
        for weight in learner.model.parameters():
            weight.mul_(1.5)
    after = weights(tfw.attention(TEXT, model=learner))
    assert np.abs(after - before).max() > 1e-3
    assert all(module.training for module in learner.model.modules())
    assert [weight.requires_grad for weight in learner.model.parameters()] == grads
    assert tfw.loaded() == [] or all(m.model is not learner.model for m in tfw.loaded())


def test_the_magic_takes_the_variable(learner: Learner) -> None:
    with plain_shell(learn=learner) as shell:
        view = shell.run_line_magic("attention", f"--model learn {TEXT}")
    assert view.name == "a learner"
