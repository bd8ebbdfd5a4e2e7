"""Every command and what it does to a real training."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fastai.callback.core import Callback
from fastai.callback.fp16 import NonNativeMixedPrecision, get_master, to_model_params
from fastai.callback.rnn import ModelResetter
from fastai.callback.tracker import ReduceLROnPlateau
from fastai.data.core import DataLoaders
from fastai.optimizer import OptimWrapper
from torch import nn
from torch.utils.data import DataLoader as TorchLoader

from tests.dashboard.steered import (
    BATCHES,
    VALIDATIONS,
    At,
    ask,
    commands,
    dashboard,
    left_behind,
    plain_learner,
    refusals,
    same,
    store,
    weights,
)
from tfwidgets.dashboard.learner.checkpoints import load_checkpoint
from tfwidgets.dashboard.learner.precision import take_over
from tfwidgets.errors import InputError

__all__ = ["store"]

torch_adamw = lambda p, **kw: OptimWrapper(p, torch.optim.AdamW, **kw)  # noqa: E731


def fitted(at: At, epochs: int = 2, how: str = "fit", learn: Any = None, **options: Any) -> Any:
    """Train with a dashboard, steered, and return the learner and the dashboard."""
    learn = learn or plain_learner()
    board = dashboard(**options)
    getattr(learn, how)(epochs, 1e-2, cbs=[board, at])
    assert left_behind(learn) == []
    return learn, board


def test_stop_keeps_the_weights_and_a_partial_row(store) -> None:
    at = At({BATCHES + 2: ask("stop")})
    learn, board = fitted(at, 3)
    assert at.trained == BATCHES + 2
    assert board.session.status == "stopped"
    assert [row["kind"] for row in board.session.epochs] == ["epoch", "partial"]
    assert board.session.epochs[-1]["step"] == BATCHES + 2
    assert list(board.session.epochs[-1]["values"]) == ["train_loss"]
    assert not learn.model.training
    assert commands(board) == [("stop", True)]


def test_stop_acts_in_a_validation_too(store) -> None:
    at = At(valid={1: ask("stop")})
    _, board = fitted(at, 3)
    assert (at.trained, at.validated) == (BATCHES, 1)
    assert board.session.status == "stopped"
    assert board.session.epochs[0]["kind"] == "partial"


def test_stop_after_the_epoch_validates_first(store) -> None:
    at = At({2: ask("stop_after_epoch")})
    _, board = fitted(at, 3)
    assert (at.trained, at.validated, at.epochs) == (BATCHES, VALIDATIONS, 1)
    assert board.session.status == "stopped"
    assert board.session.epochs[0]["kind"] == "epoch"
    assert board.session.progress["stop_after_epoch"] is True


def test_stop_after_the_epoch_twice_takes_it_back(store) -> None:
    at = At({2: ask("stop_after_epoch"), 4: ask("stop_after_epoch")})
    _, board = fitted(at, 2)
    assert at.epochs == 2
    assert board.session.status == "finished"
    assert board.session.progress["stop_after_epoch"] is False


def pausing(board: Any, wanted: list[tuple[str, dict[str, Any]]], seen: list[Any]) -> Any:
    """Return a thread that waits for a pause and then asks for things, a moment apart."""

    def work() -> None:
        for _ in range(500):
            if board.session is not None and board.session.status == "paused":
                break
            time.sleep(0.01)
        for name, values in wanted:
            seen.append((board.session.status, board.session.step_number))
            board.submit(name, **values)
            time.sleep(0.1)

    return threading.Thread(target=work)


def test_pause_waits_and_other_commands_work_meanwhile(store) -> None:
    learn, board, seen = plain_learner(), dashboard(), []
    wanted = [("lr_factor", {"value": 0.5}), ("checkpoint", {}), ("evaluate", {}), ("resume", {})]
    thread = pausing(board, wanted, seen)
    at = At({3: ask("pause")})
    thread.start()
    learn.fit(1, 1e-2, cbs=[board, at])
    thread.join()
    assert seen == [("paused", 3)] * 4
    assert at.trained == BATCHES
    assert at.rates[3:] == pytest.approx([0.005] * 3)
    assert [name for name, _ in commands(board)] == ["pause", *(name for name, _ in wanted)]
    assert [row["kind"] for row in board.session.epochs] == ["evaluation", "epoch"]
    assert board.session.status == "finished"


def test_stop_ends_a_pause(store) -> None:
    learn, board = plain_learner(), dashboard()
    thread = pausing(board, [("stop", {})], [])
    thread.start()
    at = At({3: ask("pause")})
    learn.fit(1, 1e-2, cbs=[board, at])
    thread.join()
    assert (at.trained, board.session.status) == (3, "stopped")


def test_one_more_epoch_with_a_constant_rate(store) -> None:
    at = At({2: ask("one_more_epoch"), 3: ask("one_more_epoch")})
    learn, board = fitted(at, 1)
    assert at.trained == 3 * BATCHES
    assert [row["epoch"] for row in board.session.epochs] == [0, 1, 2]
    assert [e["values"]["rate"] for e in board.session.log] == ["constant"] * 2
    assert at.rates == pytest.approx([1e-2] * 18)
    assert board.session.status == "finished"
    assert len(learn.recorder.values) == 3
    assert learn.n_epoch == 1  # as it was asked for


@pytest.mark.parametrize("how", ["fit_one_cycle", "fit_flat_cos"])
def test_one_more_epoch_stretches_the_schedule(store, how: str) -> None:
    plain, at = At(), At({6: ask("one_more_epoch")})
    fitted(plain, 2, how)
    _, board = fitted(at, 2, how)
    assert board.session.log[0]["values"]["rate"] == "stretched"
    assert len(at.rates) == 3 * BATCHES
    assert at.rates[:6] == plain.rates[:6]
    # The other half of the schedule takes twice as long: every second rate is as planned.
    assert at.rates[6::2] == pytest.approx(plain.rates[6:], rel=1e-3)
    assert at.rates == pytest.approx(board.session.values("lr")[1].tolist(), rel=1e-5)


@pytest.mark.parametrize("opt", [None, torch_adamw])
def test_at_the_end_of_a_cycle_a_further_epoch_has_a_rate_to_learn_with(store, opt: Any) -> None:
    learn = plain_learner(**({"opt_func": opt} if opt else {}))
    at = At(valid={2 * VALIDATIONS: ask("one_more_epoch")})
    _, board = fitted(at, 2, "fit_one_cycle", learn)
    assert board.session.log[0]["values"]["rate"] == "tail"
    assert len(at.rates) == 3 * BATCHES
    highest = max(at.rates[: 2 * BATCHES])
    tail = at.rates[2 * BATCHES :]
    assert tail[0] == pytest.approx(highest / 10, rel=1e-2)
    np.testing.assert_allclose(np.diff(tail), -tail[0] / BATCHES, rtol=1e-3)


def test_a_further_epoch_in_the_tail_and_another(store) -> None:
    at = At(
        {2 * BATCHES + 3: ask("one_more_epoch")}, valid={2 * VALIDATIONS: ask("one_more_epoch")}
    )
    _, board = fitted(at, 2, "fit_one_cycle")
    assert len(at.rates) == 4 * BATCHES
    tail = at.rates[2 * BATCHES :]
    assert all(a > b > 0 for a, b in pairwise(tail))
    assert [row["kind"] for row in board.session.epochs] == ["epoch"] * 4
    assert board.session.progress["epochs"] == 4


@pytest.mark.parametrize("opt", [None, torch_adamw])
@pytest.mark.parametrize("how", ["fit", "fit_one_cycle"])
def test_the_factor_scales_all_groups_and_nothing_compounds(store, how: str, opt: Any) -> None:
    def make() -> Any:
        return plain_learner(**({"opt_func": opt} if opt else {}))

    plain, learn = At(), make()
    fitted(plain, 2, how, make())
    groups: list[list[float]] = []
    at = At({3: ask("lr_factor", value=0.1), 9: ask("lr_factor", value=2)})
    at.train_calls[5] = lambda learn: groups.append([h["lr"] for h in learn.opt.hypers])
    _, board = fitted(at, 2, how, learn)
    factors = [1.0] * 3 + [0.1] * 6 + [2.0] * 3
    expected = [rate * factor for rate, factor in zip(plain.rates, factors, strict=True)]
    assert at.rates == pytest.approx(expected)
    assert learn.recorder.lrs == pytest.approx(expected)
    assert board.session.values("lr")[1].tolist() == pytest.approx(expected, rel=1e-5)
    assert len(set(groups[0])) == 1
    assert board.session.progress["lr_factor"] == 2
    assert learn.opt.hypers[-1]["lr"] == pytest.approx(plain.rates[-1])  # ours is off again


def test_who_lowers_rates_between_epochs_is_scaled_once(store, capsys) -> None:
    plateau = ReduceLROnPlateau("valid_loss", min_delta=1e6, factor=10.0)
    learn, board = plain_learner(), dashboard()
    at = At({1: ask("lr_factor", value=0.5)})
    learn.fit(3, 1e-2, cbs=[board, at, plateau])
    assert at.rates[1:12] == pytest.approx([5e-3] * 11)
    assert at.rates[12:] == pytest.approx([5e-4] * 6)


@pytest.mark.parametrize("opt", [None, torch_adamw])
def test_a_frozen_group_stands_still(store, opt: Any) -> None:
    learn = plain_learner(train_bn=False, **({"opt_func": opt} if opt else {}))
    states: dict[int, torch.Tensor] = {}

    def look(number: int) -> Any:
        return lambda learn: states.__setitem__(number, learn.model[0].weight.detach().clone())

    at = At(
        {2: ask("freeze", group=0), 3: look(3), 5: look(5), 6: ask("unfreeze", group=0), 8: look(8)}
    )
    _, board = fitted(at, 2, "fit", learn)
    assert torch.equal(states[3], states[5])
    assert not torch.equal(states[5], states[8])
    assert board.session.progress["frozen"] == []
    assert [event["values"]["name"] for event in board.session.log] == ["layer 0"] * 2


def test_what_cannot_be_frozen_is_refused(store) -> None:
    learn = plain_learner(train_bn=False)
    learn.create_opt()
    learn.freeze_to(1)
    asked = [("freeze", 7), ("freeze", 0), ("freeze", 1), ("freeze", 2), ("unfreeze", 2)]
    at = At({k + 1: ask(name, group=group) for k, (name, group) in enumerate(asked)})
    learn, board = fitted(at, 1, "fit", learn)
    assert refusals(board) == [
        *("refused-no-group", "refused-frozen-already", "refused-last-group"),
        "refused-trains-already",
    ]
    assert board.session.progress["frozen"] == [0, 1]
    assert learn.opt.frozen_idx == 2
    assert learn.model[4].weight.requires_grad


def test_a_checkpoint_is_loaded_again(store) -> None:
    then: list[Any] = []
    at = At({4: ask("checkpoint"), 5: lambda _: None})
    at.train_calls[4] = lambda learn: (ask("checkpoint")(learn), then.append(weights(learn)))
    learn, board = fitted(at)
    path = Path(board.session.progress["checkpoints"][0])
    assert path.name == "step-000004.safetensors"
    assert path.is_relative_to(store)
    assert board.session.log[0]["values"]["path"] == str(path)
    assert not same(weights(learn), then[0])
    load_checkpoint(learn, path)
    assert same(weights(learn), then[0])
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    with pytest.raises(InputError, match="no weights of this model"):
        load_checkpoint(torch.nn.Linear(2, 2), path)
    with pytest.raises(InputError):
        load_checkpoint(learn, path.with_name("none.safetensors"))


def test_a_checkpoint_without_room_is_refused_and_training_goes_on(store) -> None:
    store.parent.mkdir(exist_ok=True)
    store.write_text("a file where the folder should be")
    at = At({2: ask("checkpoint")})
    _, board = fitted(at, 1)
    assert at.trained == BATCHES
    assert refusals(board)[0] == "refused-not-saved"
    assert board.session.status == "finished"


def test_back_to_the_best(store) -> None:
    best: list[Any] = []

    def ruin(learn: Any) -> None:
        with torch.no_grad():
            learn.model[4].weight.mul_(-100)
            learn.model[4].bias.add_(10)

    at = At(epoch={1: lambda learn: best.append(weights(learn))})
    at.train_calls = {
        1: ask("restore_best"),  # there is none yet
        BATCHES + 1: ruin,
        2 * BATCHES + 1: lambda learn: (ask("restore_best")(learn), ask("stop")(learn)),
    }
    learn, board = fitted(at, 3)
    assert refusals(board) == ["refused-no-best"]
    assert board.session.progress["best"] == 0
    assert same(weights(learn), best[0])
    restored = board.session.log[-2]
    assert restored["values"]["from_step"] == BATCHES
    assert not list(store.rglob("*.safetensors"))  # a file for the training only
    assert not list((store / "checkpoints").iterdir())  # and no folder: it is in no list of runs


def test_without_keep_best_it_is_refused(store) -> None:
    at = At({BATCHES + 1: ask("restore_best")})
    _, board = fitted(at, keep_best=False)
    assert refusals(board) == ["refused-best-not-kept"]


@pytest.mark.parametrize("how", ["fit", "fit_one_cycle"])
def test_the_training_does_not_notice_an_evaluation(store, how: str) -> None:
    at = At({3: ask("evaluate"), 8: ask("evaluate")}, valid={1: ask("evaluate")})
    learn, board = fitted(at, 2, how)
    plain, without = fitted(At(), 2, how)
    assert same(weights(learn), weights(plain))
    assert np.array_equal(board.session.values("loss")[1], without.session.values("loss")[1])
    rows = board.session.epochs
    assert [row["kind"] for row in rows] == [
        *("evaluation", "epoch", "evaluation", "evaluation", "epoch"),
    ]
    assert [list(map(float, v)) for v in learn.recorder.values] == [
        list(map(float, v)) for v in plain.recorder.values
    ]
    assert at.validated == 2 * VALIDATIONS  # an evaluation is none of a callback's business


def test_an_evaluation_says_what_a_validation_says(store) -> None:
    _, board = fitted(At({BATCHES: ask("evaluate")}), 1)
    evaluation, epoch = (row["values"] for row in board.session.epochs)
    assert evaluation == pytest.approx(epoch)


@pytest.mark.parametrize("kind", ["fastai", "torch"])
def test_an_evaluation_draws_nothing_where_the_loaders_share_what_they_draw_from(
    store, kind: str
) -> None:
    ends = []
    for calls in ({}, {3: ask("evaluate"), 7: ask("evaluate")}):
        learn, chance = plain_learner(), torch.Generator().manual_seed(1)
        rows = learn.dls.train.dataset
        if kind == "fastai":
            learn.dls = DataLoaders(learn.dls.train, learn.dls.train)
        else:
            loaders = [TorchLoader(rows, 8, shuffle=k == 0, generator=chance) for k in range(2)]
            learn.dls = DataLoaders(*loaders)
        torch.manual_seed(2)
        fitted(At(calls), 2, "fit", learn)
        ends.append(weights(learn))
    assert same(*ends)


class Carried(nn.Module):
    """A recurrent model: what it remembers goes from batch to batch; ``broken`` ones fail."""

    def __init__(self) -> None:
        super().__init__()
        self.inner, self.broken = nn.Linear(4, 2), False
        self.seen: list[float] = []
        self.reset()

    def __iter__(self) -> Any:
        return iter([self.inner])

    def reset(self) -> None:
        self.count, self.hidden, self.cells = 0, torch.zeros(1), [torch.zeros(1), torch.zeros(1)]

    def forward(self, x: Any) -> Any:
        if self.broken and not self.training:
            raise RuntimeError("out of memory")
        self.count += 1
        self.hidden = self.hidden + 1  # by a new tensor, in place, and in a list
        self.cells[0].add_(1)
        self.cells[1] = self.cells[1] + 1
        if not self.training:
            self.last = x
            return self.inner(x)
        remembered = [self.count, *(float(one) for one in (self.hidden, *self.cells))]
        assert len(set(remembered)) == 1
        self.seen.append(remembered[0])
        return self.inner(x)


@pytest.mark.parametrize("resetting", [True, False])
def test_what_a_recurrent_model_remembers_outlasts_an_evaluation(store, resetting: bool) -> None:
    model = Carried()
    learn = plain_learner(model, cbs=ModelResetter() if resetting else None)
    fitted(At({2: ask("evaluate"), 4: ask("evaluate")}), 1, "fit", learn)
    assert model.seen == [1, 2, 3, 4, 5, 6]


class Autocast(Callback):
    """Mixed precision as fastai has it: entered before a batch, left after the loss."""

    order = 10

    def before_batch(self) -> None:
        self.cast = torch.autocast("cpu", torch.bfloat16)
        self.cast.__enter__()

    def after_pred(self) -> None:
        self.learn.pred = self.pred.float()

    def after_loss(self) -> None:
        self.cast.__exit__(None, None, None)


def test_an_evaluation_that_fails_leaves_no_autocast(store, caplog) -> None:
    model = Carried()
    at = At({3: lambda learn: (setattr(model, "broken", True), ask("evaluate")(learn))})
    at.train_calls[4] = lambda learn: setattr(model, "broken", False)
    _, board = fitted(at, 1, "fit", plain_learner(model, cbs=Autocast()))
    assert refusals(board) == ["refused-failed"]
    assert not torch.is_autocast_enabled("cpu")
    assert torch.autocast_increment_nesting() == 1
    torch.autocast_decrement_nesting()


def test_an_evaluation_ended_by_a_stop_is_in_the_log(store) -> None:
    class StopsIn(Callback):
        order = 1

        def after_pred(self) -> None:
            if self.learn.lock.locked():
                ask("stop")(self.learn)

    learn, board = plain_learner(), dashboard()
    learn.fit(1, 1e-2, cbs=[board, At({3: ask("evaluate")}), StopsIn()])
    assert commands(board) == [("stop", True), ("evaluate", False)]
    assert refusals(board) == ["refused-cut-short"]
    assert board.session.status == "stopped"


def test_what_was_fixed_in_a_group_stays_fixed(store) -> None:
    learn = plain_learner(train_bn=False)
    learn.model[0].bias.requires_grad_(False)
    fixed, moved = learn.model[0].bias.detach().clone(), learn.model[0].weight.detach().clone()
    at = At({1: ask("freeze", group=0), 2: ask("unfreeze", group=0)})
    _, board = fitted(at, 1, "fit", learn)
    assert commands(board) == [("freeze", True), ("unfreeze", True)]
    assert torch.equal(learn.model[0].bias, fixed)
    assert not torch.equal(learn.model[0].weight, moved)
    assert board.session.progress["frozen"] == []


@pytest.mark.parametrize("flat", [False, True])
def test_copies_of_the_weights_go_on_from_the_models(flat: bool) -> None:
    learn = plain_learner()
    learn.create_opt()
    half = NonNativeMixedPrecision(flat_master=flat)
    half.model_pgs, half.master_pgs = get_master(learn.opt, flat)
    learn.add_cb(half)
    with torch.no_grad():
        for p in learn.model.parameters():
            p.fill_(0.25)
    take_over(learn)
    to_model_params(half.model_pgs, half.master_pgs, flat)
    assert all((p == 0.25).all() for p in learn.model.parameters())


def test_commands_that_change_weights_wait_for_the_end_of_a_validation(store) -> None:
    at = At(valid={1: ask("freeze", group=0), VALIDATIONS + 1: ask("checkpoint")})
    learn, board = fitted(at, 2, "fit", plain_learner(train_bn=False))
    log = board.session.log
    assert [(e["command"], e["step"], e["applied"]) for e in log] == [
        ("freeze", BATCHES, True),
        ("checkpoint", 2 * BATCHES, True),
    ]
    assert not learn.model[0].weight.requires_grad


def test_what_comes_too_late_is_refused(store) -> None:
    at = At({BATCHES: lambda learn: [ask("stop")(learn), ask("checkpoint")(learn)]})
    _, board = fitted(at, 2)
    assert set(commands(board)) == {("stop", True), ("checkpoint", True)}
    at = At(epoch={1: None})
    learn, board = plain_learner(), dashboard()
    at.epoch_calls[1] = ask("pause")
    at.after_fit = lambda: board.submit("evaluate")
    learn.fit(1, cbs=[board, at, Resume(board)])
    assert ("evaluate", False) in commands(board)
    assert refusals(board) == ["refused-over"]


class Resume(At):
    """Ends a pause from another thread."""

    def __init__(self, board: Any) -> None:
        super().__init__()
        self.board = board

    def before_fit(self) -> None:
        super().before_fit()
        pausing(self.board, [("resume", {})], []).start()


def test_resume_without_a_pause_is_refused(store) -> None:
    _, board = fitted(At({1: ask("resume")}), 1)
    assert refusals(board) == ["refused-not-paused"]


def test_panels_are_switched(store) -> None:
    calls = {
        1: ask("panel", name="memory", on=True),
        3: ask("panel", name="nothing", on=True),
    }
    _, board = fitted(At(calls), 1)
    assert board.session.panels["memory"]["on"] is True
    assert commands(board) == [("panel", True), ("panel", False)]
