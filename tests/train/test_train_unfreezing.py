"""Layer groups are unfrozen from the head down while a fit runs."""

from __future__ import annotations

import pytest
import torch
from fastai.callback.core import Callback

from tests.train.reviews import reviews
from tfwidgets.errors import InputError
from tfwidgets.train.unfreezing import GradualUnfreezing

GROUPS = 4  # embeddings, two layers, head


class Watch(Callback):
    """Notes which groups train in each epoch, and which changed."""

    order = 1

    def before_fit(self) -> None:
        self.trained: list[list[bool]] = []
        self.changed: list[list[bool]] = []

    def _groups(self) -> list[torch.Tensor]:
        return [
            torch.cat([p.detach().flatten().clone() for p in group])
            for group in self.learn.opt.param_lists
        ]

    def before_train(self) -> None:
        self.before = self._groups()

    def after_train(self) -> None:
        groups = self.learn.opt.param_lists
        norms = {
            id(p)
            for m in self.learn.model.modules()
            if isinstance(m, torch.nn.LayerNorm)
            for p in m.parameters()
        }
        self.trained.append(
            [any(p.requires_grad for p in group if id(p) not in norms) for group in groups]
        )
        after = self._groups()
        self.changed.append(
            [not torch.equal(a, b) for a, b in zip(self.before, after, strict=True)]
        )


def trains(last: int) -> list[bool]:
    return [k >= GROUPS - last for k in range(GROUPS)]


@pytest.mark.parametrize(
    ("options", "groups"),
    [
        ({}, [1, 2, 3, 4, 4]),
        ({"start": 2}, [2, 3, 4, 4, 4]),
        ({"groups": 2}, [1, 3, 4, 4, 4]),
        ({"every": 2}, [1, 1, 2, 2, 3]),
    ],
)
def test_from_the_head_down(learner, options: dict[str, int], groups: list[int]) -> None:
    learn = learner(reviews(16), cbs=Watch(), learner_options={"train_bn": False})
    learn.fit_one_cycle(5, slice(1e-4, 1e-2), cbs=GradualUnfreezing(**options))
    assert learn.watch.trained == [trains(k) for k in groups]
    assert learn.opt.frozen_idx == GROUPS - groups[-1]
    assert learn.history[-1]["frozen_groups"] == GROUPS - groups[-1]


@pytest.mark.parametrize("rate", [1e-3, slice(1e-4, 1e-3)])
def test_only_what_is_unfrozen_changes(learner, rate: object) -> None:
    learn = learner(cbs=Watch(), learner_options={"train_bn": False})
    learn.fit_one_cycle(4, rate, cbs=GradualUnfreezing())
    assert learn.watch.trained == [trains(k) for k in (1, 2, 3, 4)]
    assert learn.watch.changed == [trains(k) for k in (1, 2, 3, 4)]


def test_the_learner_stays_as_unfrozen_as_it_ended(learner) -> None:
    learn = learner(cbs=Watch(), learner_options={"train_bn": False})
    learn.fit(2, 1e-3, cbs=GradualUnfreezing())
    learn.validate()
    learn.fit(1, 1e-3)
    assert learn.watch.trained == [trains(2)]
    learn.unfreeze()
    learn.fit(1, 1e-3)
    assert learn.watch.trained == [trains(4)]


def test_the_optimizer_goes_on_with_what_it_knows_of_the_head(learner) -> None:
    learn = learner()
    learn.fit(3, 1e-3, cbs=GradualUnfreezing())
    steps = [
        {int(learn.opt.opt.state[p]["step"]) for p in group if p in learn.opt.opt.state}
        for group in learn.opt.param_lists
    ]
    per_epoch = len(learn.dls.train)
    assert steps[-1] == {3 * per_epoch}
    assert per_epoch in steps[1]


@pytest.mark.parametrize("option", ["every", "groups", "start"])
def test_no_number(option: str) -> None:
    for value in (0, -1, 1.5, True):
        with pytest.raises(InputError, match=f"{option} must be a whole number"):
            GradualUnfreezing(**{option: value})
