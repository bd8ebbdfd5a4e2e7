"""The same seed trains the same model, and leaves the caller's random numbers alone."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from fastai.callback.core import Callback

from tfwidgets.errors import InputError
from tfwidgets.train.seeds import Seeded


def flat(learn) -> torch.Tensor:
    return torch.cat([p.detach().flatten().clone() for p in learn.model.parameters()])


def draw() -> tuple[float, float, float]:
    return random.random(), float(np.random.rand()), float(torch.rand(()))  # noqa: S311


class Order(Callback):
    """Notes the rows in the order in which they come, and a draw of each batch."""

    def before_fit(self) -> None:
        self.rows: list[list[int]] = []
        self.draws: list[float] = []

    def before_batch(self) -> None:
        if self.learn.training:
            self.rows += self.learn.xb[0]["input_ids"].tolist()
            self.draws.append(float(torch.rand(())))


def test_two_learners_are_equal_bit_for_bit_whatever_was_drawn_between(learner) -> None:
    one = learner()
    one.fit_one_cycle(2, slice(1e-4, 1e-3))
    one.fit(1, 1e-3)
    for _ in range(5):
        draw()
    other = learner()
    draw()
    other.fit_one_cycle(2, slice(1e-4, 1e-3))
    draw()
    other.fit(1, 1e-3)
    assert torch.equal(flat(one), flat(other))
    assert one.recorder.losses == other.recorder.losses


def test_another_seed_trains_another_model(learner) -> None:
    trained = []
    for seed in (1, 2):
        learn = learner()  # the same head and the same split
        learn.seeded.seed = seed
        learn.fit(1, 1e-3)
        trained.append(flat(learn))
    assert not torch.equal(*trained)


def test_a_second_fit_draws_other_numbers_than_the_first(learner) -> None:
    learn = learner(cbs=Order())
    seen = []
    for _ in range(2):
        learn.fit(1, 0.0)
        seen.append((learn.order.rows, learn.order.draws))
    assert seen[0][0] != seen[1][0]
    assert seen[0][1] != seen[1][1]
    assert sorted(map(len, seen[0][0])) == sorted(map(len, seen[1][0]))


def test_lr_find_and_validation_change_nothing_of_what_follows(learner) -> None:
    trained = []
    for looks in (False, True):
        learn = learner()
        if looks:
            learn.lr_find(show_plot=False, num_it=3, suggest_funcs=None)
            learn.validate()
            learn.predict("the film")
        learn.fit(1, 1e-3)
        trained.append(flat(learn))
    assert torch.equal(*trained)


class Broken(Exception):
    pass


class Break(Callback):
    def after_batch(self) -> None:
        raise Broken("on purpose")


@pytest.mark.parametrize("what", ["fit", "lr_find", "error"])
def test_the_callers_random_states_are_put_back(learner, what: str) -> None:
    learn = learner()
    random.seed(3)
    np.random.seed(3)
    torch.manual_seed(3)
    expected = draw()
    random.seed(3)
    np.random.seed(3)
    torch.manual_seed(3)
    loader = learn.dls.train.rng.getstate()
    if what == "fit":
        learn.fit(1)
    elif what == "lr_find":
        learn.lr_find(show_plot=False, num_it=2, suggest_funcs=None)
    else:
        with pytest.raises(Broken):
            learn.fit(1, cbs=Break())
    assert draw() == expected
    assert learn.dls.train.rng.getstate() == loader


def test_it_can_go_on_after_an_error(learner) -> None:
    trained = []
    for noise in (0, 3):
        learn = learner()
        with pytest.raises(Broken):
            learn.fit(1, cbs=Break())
        for _ in range(noise):
            draw()
        learn.fit(1, 1e-3)
        trained.append(flat(learn))
    assert torch.equal(*trained)


def test_a_validation_inside_a_fit_disturbs_nothing(learner) -> None:
    class Look(Callback):
        def after_train(self) -> None:
            if self.looks:
                self.learn.get_preds(ds_idx=1)

    trained = []
    for looks in (False, True):
        learn = learner()
        look = Look()
        look.looks = looks
        learn.fit(2, 1e-3, cbs=look)
        trained.append(flat(learn))
    assert torch.equal(*trained)


@pytest.mark.parametrize("seed", [-1, 1.5, "one", True])
def test_no_seed(seed: object) -> None:
    with pytest.raises(InputError, match="seed must be a whole number"):
        Seeded(seed)  # type: ignore[arg-type]
