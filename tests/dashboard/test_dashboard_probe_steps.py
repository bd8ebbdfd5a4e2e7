"""What probes measure of single batches: gradients, updates, dead units, memory; and how often."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from fastai.callback.core import Callback
from fastai.callback.training import GradientAccumulation, GradientClip
from torch import nn

from tests.dashboard.probed import Looking, always, halves, learner, net
from tests.train.tiny_learners import review_learner
from tfwidgets.dashboard.probes import Probes
from tfwidgets.dashboard.probes.activations import DeadUnits
from tfwidgets.dashboard.probes.gradients import group_norms
from tfwidgets.dashboard.probes.memory import process_memory
from tfwidgets.dashboard.probes.probe import SHARE
from tfwidgets.dashboard.probes.sampling import MOST_WEIGHTS, WeightSample
from tfwidgets.dashboard.session import Session


class Direct(Callback):
    """Computes what the probes should say, where gradients are not clipped yet."""

    order = 10.4
    run_valid = False

    def before_fit(self) -> None:
        self.norms: list[Any] = []
        self.ratios: list[Any] = []

    def before_step(self) -> None:
        self.norms.append([_norm([p.grad for p in group]) for group in self.opt.param_lists])
        self.weights = [[p.detach().clone() for p in group] for group in self.opt.param_lists]

    def after_step(self) -> None:
        self.ratios.append(
            [
                _norm([p.detach() - w for p, w in zip(group, before, strict=True)]) / _norm(before)
                for group, before in zip(self.opt.param_lists, self.weights, strict=True)
            ]
        )


def _norm(tensors: Any) -> float:
    return float(torch.cat([t.detach().flatten() for t in tensors]).norm())


def _column(look: Looking, name: str) -> list[float]:
    return [float(value) for value in look.session.values(name)[1]]


@pytest.mark.parametrize("extra", [[], [GradientClip(0.01)], [GradientAccumulation(16)]])
def test_gradients_and_updates_are_those_of_each_step(
    monkeypatch: pytest.MonkeyPatch, extra: list[Any]
) -> None:
    always(monkeypatch)
    learn, look, direct = learner(rows=64), Looking({"groups": ["first", "rest"]}), Direct()
    learn.fit(2, cbs=[look, direct, *extra])
    steps = len(direct.norms)
    assert steps == (3 if isinstance(extra and extra[0], GradientAccumulation) else 8)
    for k, name in enumerate(("first", "rest")):
        norms, ratios = _column(look, f"grad_norm/{name}"), _column(look, f"update_ratio/{name}")
        assert norms == pytest.approx([norm[k] for norm in direct.norms], rel=1e-5)
        assert ratios == pytest.approx([ratio[k] for ratio in direct.ratios], rel=1e-4)
    whole = [(a * a + b * b) ** 0.5 for a, b in direct.norms]
    assert _column(look, "grad_norm") == pytest.approx(whole, rel=1e-5)
    assert look.data("layers")["groups"][1]["grad_norm"] == pytest.approx(direct.norms[-1][1])
    assert look.data("layers")["groups"][1]["lr"] == pytest.approx(0.1)
    assert min(whole) > 0.02  # clipped it would be 0.01


def test_the_scale_of_float16_is_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from tfwidgets.train.precision import Precision

    always(monkeypatch)
    learn, look, direct = learner(), Looking(), Direct()
    learn.fit(1, cbs=[look, direct, Precision("fp16", init_scale=1024.0)])
    assert direct.norms
    assert max(a for a, _ in direct.norms) < 10  # scaled it would be hundreds
    expected = [norm[0] for norm in direct.norms]
    assert _column(look, "grad_norm/group 0") == pytest.approx(expected, rel=1e-4)


def test_a_frozen_group_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    always(monkeypatch)
    learn, look = learner(), Looking()
    learn.create_opt()
    learn.freeze()
    learn.fit(1, cbs=look)
    frozen, trained = look.data("layers")["groups"]
    assert frozen["frozen"]
    assert not trained["frozen"]
    assert frozen["grad_norm"] is None
    assert frozen["update_ratio"] is None
    assert trained["grad_norm"] > 0
    assert "grad_norm/group 0" not in look.session.curve_names


def test_steps_are_numbered_as_the_session_numbers_them(monkeypatch: pytest.MonkeyPatch) -> None:
    always(monkeypatch)
    look = Looking()
    learner(rows=64).fit(2, cbs=look)
    steps = look.session.values("loss")[0].tolist()
    assert look.session.values("grad_norm")[0].tolist() == steps
    assert look.session.values("memory/process")[0].tolist() == steps


def test_norms_of_sparse_and_half_gradients() -> None:
    table = nn.Embedding(6, 3, sparse=True)
    table(torch.tensor([1, 1, 4])).square().sum().backward()
    assert table.weight.grad.is_sparse
    half = nn.Parameter(torch.zeros(400, dtype=torch.float16))
    half.grad = torch.full((400,), 300.0, dtype=torch.float16)  # squares overflow
    sparse, halves_, nothing = group_norms([[table.weight], [half], [nn.Parameter(torch.ones(2))]])
    assert float(sparse) == pytest.approx(_norm([table.weight.grad.to_dense()]))
    assert float(halves_) == pytest.approx(6000.0)
    assert float(nothing) == 0


def test_a_large_group_is_looked_at_in_part() -> None:
    matrix = nn.Parameter(torch.arange(512.0 * 512).reshape(512, 512))
    bias = nn.Parameter(torch.tensor([-1.0]))
    taken = WeightSample([matrix, bias]).take()
    assert len(taken) <= MOST_WEIGHTS
    assert len(taken) > MOST_WEIGHTS / 2
    assert float(taken[-1]) == -1
    columns = {int(value) % 512 for value in taken[:-1].tolist()}
    assert len(columns) == 512
    before = taken.clone()
    with torch.no_grad():
        matrix.add_(1)
    assert torch.equal(taken, before)


def _dead_net() -> tuple[nn.Sequential, Any]:
    """Return a net in which 5 of the first 8 units are dead, and the rows to see it on."""
    model = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 4), nn.GELU(), nn.Linear(4, 2))
    with torch.no_grad():
        model[0].weight.fill_(1.0)
        model[0].bias.copy_(torch.tensor([-100.0] * 5 + [1.0] * 3))
        model[2].weight.fill_(0.1)
        model[2].bias.copy_(torch.tensor([-100.0, 1.0, 1.0, 1.0]))
    return model, torch.rand(6, 2)


def test_dead_units_are_counted() -> None:
    model, rows = _dead_net()
    dead = DeadUnits(model, [list(model[0].parameters()), list(model[2].parameters())])
    dead.attach(rows)
    model(rows)
    dead.detach()
    assert dead.shares(torch.device("cpu")).tolist() == pytest.approx([5 / 8, 1 / 4])
    assert not any(module._forward_hooks for module in model.modules())


def test_hidden_positions_do_not_bring_a_unit_to_life() -> None:
    model = nn.Sequential(nn.Linear(1, 2, bias=False), nn.ReLU())
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[1.0], [-1.0]]))
    values = torch.tensor([[[1.0], [-1.0]]])  # the second position is padding
    for mask, share in (([1, 1], 0.0), ([1, 0], 0.5)):
        dead = DeadUnits(model, [list(model.parameters())])
        dead.attach({"attention_mask": torch.tensor([mask])})
        model(values)
        dead.detach()
        assert dead.shares(torch.device("cpu")).tolist() == [share]


def test_units_of_convolutions_are_channels() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 1), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten())
    with torch.no_grad():
        model[1].bias.copy_(torch.tensor([-50.0, 1.0, 1.0, 1.0]))
    dead = DeadUnits(model, [list(model[0].parameters()), list(model[1].parameters())])
    dead.attach(None)
    model(torch.rand(5, 1, 6, 6))
    dead.detach()
    first, second = dead.shares(torch.device("cpu")).tolist()
    assert first != first
    assert second == pytest.approx(0.25)


def test_each_block_of_a_transformer_has_its_dead_units(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    always(monkeypatch)
    learn, look = review_learner(tmp_path), Looking()
    groups = [f"part {k}" for k in range(4)]
    look.session.facts["groups"] = groups
    blocks = learn.transformer.bert.encoder.layer
    with torch.no_grad():
        blocks[1].intermediate.dense.bias[:16] = -100.0
    learn.fit(1, 0.0, cbs=look)
    rows = {row["name"]: row["dead"] for row in look.data("layers")["groups"]}
    assert rows["part 0"] is None
    assert rows["part 1"] == 0
    assert rows["part 2"] == pytest.approx(16 / 64)
    assert look.session.values("dead/part 2")[1][0] == pytest.approx(16 / 64)


def test_memory_is_that_of_the_process() -> None:
    import psutil

    memory = process_memory()
    assert memory["process"] == pytest.approx(psutil.Process().memory_info().rss, rel=0.2)
    assert memory["process_peak"] >= memory["process"] * 0.9
    assert memory["system_total"] == psutil.virtual_memory().total


def test_memory_without_psutil(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = process_memory()
    monkeypatch.setitem(__import__("sys").modules, "psutil", None)
    assert process_memory()["process"] == pytest.approx(expected["process"], rel=0.1)
    assert process_memory()["system_total"] == pytest.approx(expected["system_total"], rel=0.1)


class _Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_probes_keep_to_their_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, learn = _Clock(), learner()
    learn.create_opt()
    learn.xb = (torch.rand(2, 4),)
    session = Session("test")
    probes = Probes(session, learn, {"memory": False}, clock=clock)
    monkeypatch.setattr(probes._layers, "before_batch", lambda: _pass(clock, 0.02))
    monkeypatch.setattr(probes._layers, "after_batch", lambda: True)
    probes.begin()
    looked = []
    for _ in range(3000):
        if probes.due:
            looked.append(clock.now)
        probes.before_batch()
        clock.now += 0.01
        probes.after_batch()
    cost = probes._layers.cost
    assert looked[0] == 0
    assert cost.calls == len(looked)
    assert 0.7 * SHARE * clock.now < cost.seconds <= SHARE * clock.now + 0.02
    assert probes._layers.payload()["cost"]["share"] == pytest.approx(cost.seconds / clock.now)


def test_cheap_probes_look_at_most_four_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, learn = _Clock(), learner()
    learn.create_opt()
    probes = Probes(Session("test"), learn, {"memory": False}, clock=clock)
    looked = []
    monkeypatch.setattr(probes._layers, "before_batch", lambda: looked.append(clock.now))
    monkeypatch.setattr(probes._layers, "after_batch", lambda: True)
    probes.begin()
    for _ in range(1000):
        probes.before_batch()
        clock.now += 0.01
        probes.after_batch()
    assert 36 <= len(looked) <= 41


def _pass(clock: _Clock, seconds: float) -> None:
    clock.now += seconds


def test_nothing_stays_on_the_learner(monkeypatch: pytest.MonkeyPatch) -> None:
    always(monkeypatch)
    learn, look = learner(), Looking()
    before = [type(cb) for cb in learn.cbs]
    learn.fit(1, cbs=look)
    assert [type(cb) for cb in learn.cbs] == before
    assert not hasattr(learn, "gradient_look")
    assert not any(module._forward_hooks for module in learn.model.modules())
    look.probes.end()
    assert look.probes._fit.learn is None


def test_hooks_are_off_also_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    always(monkeypatch)

    class Fails(Callback):
        order = 70

        def after_loss(self) -> None:
            if self.training:
                raise ZeroDivisionError("in the middle of a batch")

    model = net()
    learn, look = learner(model=model, splitter=halves), Looking()
    with pytest.raises(ZeroDivisionError):
        learn.fit(1, cbs=[look, Fails()])
    look.probes._fit.learn = learn
    assert any(module._forward_hooks for module in model.modules())
    look.probes.end()
    assert not any(module._forward_hooks for module in model.modules())
    assert not hasattr(learn, "gradient_look")
