"""The guard: real trainings that go well get no alert, real ones that go wrong do."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np
import pytest
import torch

from tfwidgets.dashboard.alert_words import alert_texts
from tfwidgets.dashboard.guard import ACTIONS, Guard
from tfwidgets.dashboard.guard.rules import RULES
from tfwidgets.dashboard.session import Session
from tfwidgets.errors import InputError
from tfwidgets.ui.strings import table

LEVELS = {rule.key: rule.level for rule in RULES}


def guarded(actions: Any = True, **facts: Any) -> Session:
    session = Session("guarded", facts=facts)
    session.guard = Guard(actions)
    session.begin()
    return session


def alerts(session: Session) -> list[str]:
    return [event["alert"] for event in session.log if event["kind"] == "alert"]


def fed(losses: Any, lrs: Any = None, every: int = 10) -> Session:
    """Return a session that had these losses, flushed every few steps."""
    session = guarded()
    for k, loss in enumerate(losses):
        session.step(float(loss), float("nan") if lrs is None else float(lrs[k]))
        if k % every == 0:
            session.flush()
    session.flush()
    return session


def trained(
    make: Any,
    lr: float,
    steps: int = 300,
    rows: int = 4,
    seed: int = 0,
    one_cycle: bool = False,
    raise_at: tuple[int, float] | None = None,
    deep: int = 2,
    activation: type[torch.nn.Module] = torch.nn.ReLU,
) -> Session:
    """Train a small classifier of noisy data, with the probes' curves at every tenth step."""
    torch.manual_seed(seed)
    layers: list[torch.nn.Module] = []
    for k in range(deep):
        layers += [torch.nn.Linear(16 if k else 8, 16), activation()]
    layers.append(torch.nn.Linear(16, 2))
    model = torch.nn.Sequential(*layers)
    linear = [m for m in model if isinstance(m, torch.nn.Linear)]
    names = [f"layer {k}" for k in range(len(linear))]
    x = torch.randn(512, 8)
    # A tenth of the labels is wrong: losses stay noisy to the end.
    y = ((x[:, 0] * x[:, 1] > 0) ^ (torch.rand(512) < 0.1)).long()
    opt = make(model.parameters(), lr=lr)
    schedule = (
        torch.optim.lr_scheduler.OneCycleLR(opt, lr, total_steps=steps + 1) if one_cycle else None
    )
    session = guarded(groups=names)
    for k in range(steps):
        if raise_at is not None and k == raise_at[0]:
            opt.param_groups[0]["lr"] = raise_at[1]
        at = torch.randint(0, 512, (rows,))
        loss = torch.nn.functional.cross_entropy(model(x[at]), y[at])
        opt.zero_grad()
        loss.backward()
        rate = opt.param_groups[0]["lr"]
        sampled = k % 10 == 9
        before = [m.weight.detach().clone() for m in linear]
        opt.step()
        session.step(loss.detach(), rate)
        if sampled:
            norms = [m.weight.grad.norm() for m in linear]
            session.point("grad_norm", torch.stack(norms).norm())
            for name, norm, m, old in zip(names, norms, linear, before, strict=True):
                session.point(f"grad_norm/{name}", norm)
                ratio = (m.weight.detach() - old).norm() / old.norm()
                session.point(f"update_ratio/{name}", ratio)
            session.flush()
        if schedule is not None:
            schedule.step()
    session.flush()
    return session


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    ("make", "lr", "rows", "one_cycle"),
    [
        (torch.optim.Adam, 3e-3, 16, True),
        (torch.optim.Adam, 1e-3, 1, False),
        (torch.optim.AdamW, 1e-2, 4, True),
        (torch.optim.SGD, 0.05, 4, False),
    ],
)
def test_healthy_trainings_get_no_alert(
    seed: int, make: Any, lr: float, rows: int, one_cycle: bool
) -> None:
    session = trained(make, lr, rows=rows, seed=seed, one_cycle=one_cycle)
    assert len(session.curves["loss"]) == 300
    assert alerts(session) == []


def test_losses_that_only_scatter_get_no_alert() -> None:
    random = np.random.default_rng(0)
    rates = np.concatenate((np.linspace(0, 1e-3, 500), np.linspace(1e-3, 0, 1500)))
    for make in (
        lambda: random.exponential(1.0, 2000),
        lambda: random.lognormal(-1, 1.5, 2000),
        lambda: np.where(random.random(2000) < 0.1, 1.0, 0.01),
        lambda: random.normal(0, 1, 2000),
        lambda: 0.7 + random.normal(0, 0.3, 2000),
    ):
        for _ in range(4):
            assert alerts(fed(make(), rates, every=7)) == []


def test_a_slow_fall_under_heavy_noise_gets_no_alert() -> None:
    random = np.random.default_rng(1)
    trend = 0.1 + 2 * np.exp(-np.arange(3000) / 800)
    assert alerts(fed(trend * random.exponential(1.0, 3000))) == []


def test_an_absurd_rate_is_found() -> None:
    session = trained(torch.optim.SGD, 500.0)
    assert set(alerts(session)) & {"diverging", "nan-loss"}
    session = trained(torch.optim.Adam, 10.0)
    assert "diverging" in alerts(session)
    assert alerts(session).count("diverging") == 1
    assert alerts(fed([0.7, *np.random.default_rng(0).normal(30, 5, 100)])) == ["diverging"]


def test_steps_that_replace_the_weights_are_found_after_ten_losses() -> None:
    """Losses that scatter this much tell it alone only much later."""
    session = guarded()
    session.point("update_ratio/head", 40.0)
    scattered = [0.69, *np.random.default_rng(0).lognormal(4, 2, 40)]
    for loss in scattered:
        session.step(loss)
        session.flush()
    (found,) = [event for event in session.log if event["alert"] == "diverging"]
    assert found["step"] <= 15
    usual = guarded()
    usual.point("update_ratio/head", 0.001)
    for loss in scattered:
        usual.step(loss)
        usual.flush()
    assert "diverging" not in alerts(usual)


def test_a_rate_that_gets_too_high_in_the_middle_is_found() -> None:
    session = trained(torch.optim.Adam, 3e-3, steps=600, rows=16, raise_at=(400, 3.0))
    found = [event for event in session.log if event["kind"] == "alert"]
    assert "diverging" in [event["alert"] for event in found]
    assert all(event["step"] > 400 for event in found)
    first = next(event for event in found if event["alert"] == "diverging")
    assert first["level"] == "error"
    assert first["values"]["now"] > 1.5 * first["values"]["best"]


def test_a_loss_that_is_no_number_is_found_within_two_steps() -> None:
    torch.manual_seed(0)
    session = guarded()
    weight = torch.ones(1, requires_grad=True)
    for k in range(30):
        data = torch.full((1,), float("nan") if k == 20 else 1.0)
        loss = ((weight * data - 0.5) ** 2).mean()
        (gradient,) = torch.autograd.grad(loss, weight)
        weight = (weight - 0.1 * gradient).detach().requires_grad_()
        session.step(loss.detach())
        session.flush()
    (event,) = session.log
    assert (event["alert"], event["level"]) == ("nan-loss", "error")
    assert event["values"] == {"step": 21}
    assert event["step"] == 22


def test_one_bad_batch_is_no_alarm_but_the_count_goes_across_flushes() -> None:
    nan = float("nan")
    assert alerts(fed([1.0, nan, 1.0, nan, 1.0, float("inf")], every=1)) == []
    assert alerts(fed([1.0, nan, nan, 1.0], every=1)) == ["nan-loss"]
    assert alerts(fed([nan, nan, 1.0], every=100)) == []  # it is well again already


def test_gradients_that_are_no_numbers() -> None:
    session = guarded()
    for k in range(8):
        session.point("grad_norm", float("nan") if k > 2 else 1.0, step=10 * k)
        session.flush()
    (event,) = session.log
    assert (event["alert"], event["values"]) == ("nan-gradients", {"step": 30})


def test_exploding_gradients_are_found_and_single_spikes_are_not() -> None:
    random = np.random.default_rng(0)
    norms = random.lognormal(0, 0.5, 60)
    norms[40] = 1000
    session = guarded()
    for norm in norms:
        session.point("grad_norm", norm)
        session.flush()
    assert alerts(session) == []
    for norm in (400.0, 500.0, 600.0):
        session.point("grad_norm", norm)
        session.flush()
    assert alerts(session) == ["exploding-gradients"]


def test_gradients_that_vanish_in_a_deep_sigmoid_net_are_found() -> None:
    session = trained(torch.optim.SGD, 0.01, deep=12, activation=torch.nn.Sigmoid, steps=100)
    assert alerts(session) == ["vanishing-gradients"]
    values = session.log[0]["values"]
    assert (values["group"], values["last_group"]) == ("layer 0", "layer 12")
    assert values["first"] < 1e-5 * values["last"]


def test_a_frozen_first_group_has_not_vanished() -> None:
    session = guarded(groups=["a", "b", "c"])
    for _ in range(10):
        for name, norm in (("a", 0.0), ("b", 1.0), ("c", 1.0)):
            session.point(f"grad_norm/{name}", norm)
        session.flush()
    assert alerts(session) == []


def test_weights_that_jump_while_nothing_is_learned() -> None:
    """The loss stays where it is: only the updates tell that the rate is too high."""
    random = np.random.default_rng(0)

    def run(ratio: float, fall: float) -> list[str]:
        session = guarded()
        for k in range(40):
            for j in range(10):
                session.step(0.7 - fall * (10 * k + j) / 400 + random.normal(0, 0.05))
            session.point("update_ratio/a", ratio)
            session.point("update_ratio/b", ratio * 2)
            session.flush()
        return alerts(session)

    assert run(0.2, 0.0) == ["rate-too-high"]
    assert run(0.2, 0.6) == []
    assert run(0.005, 0.0) == []


def test_a_loss_that_rises_in_warm_up() -> None:
    random = np.random.default_rng(0)
    loss = np.concatenate((np.linspace(0.7, 0.4, 150), np.linspace(0.4, 0.65, 150)))
    loss = loss + random.normal(0, 0.02, 300)
    rising = np.linspace(1e-5, 1e-2, 300)
    session = fed(loss, rising)
    assert alerts(session) == ["rising-in-warmup"]
    assert 3e-3 < session.log[0]["values"]["lr"] < 7e-3
    assert alerts(fed(loss, rising[::-1])) == []


def test_overfitting_is_found_once_and_needs_a_falling_training_loss() -> None:
    def run(train: list[float], valid: list[float]) -> list[dict[str, Any]]:
        session = guarded()
        for k, (t, v) in enumerate(zip(train, valid, strict=True)):
            session.epoch("epoch", k, 1.0, {"train_loss": t, "valid_loss": v})
            session.flush()
        return [event for event in session.log if event["kind"] == "alert"]

    (event,) = run([0.6, 0.5, 0.4, 0.3, 0.2, 0.1], [0.6, 0.5, 0.55, 0.6, 0.7, 0.8])
    assert event["alert"] == "overfitting"
    assert event["values"] == {"best": 0.5, "now": 0.6, "epoch": 2}
    assert run([0.6, 0.5, 0.5, 0.6], [0.6, 0.5, 0.55, 0.6]) == []
    assert run([0.6, 0.5, 0.4, 0.3], [0.6, 0.5, 0.52, 0.49]) == []
    assert run([0.6, 0.5, 0.4, 0.3], [0.5, 0.5, 0.501, 0.502]) == []


def test_overfitting_is_found_after_evaluations_and_many_epochs_each_read_once() -> None:
    class Row(dict[str, Any]):
        reads = 0

        def __getitem__(self, name: str) -> Any:
            Row.reads += 1
            return super().__getitem__(name)

    def run(valid: list[float], kinds: str = "") -> list[Any]:
        session = guarded()
        for k, value in enumerate(valid):
            values = {"train_loss": 1 - 0.01 * k, "valid_loss": value}
            kind = "evaluation" if kinds[k : k + 1] == "v" else "epoch"
            session.epochs.append(Row(kind=kind, epoch=k, values=values))
            session.flush()
        return [event["values"]["epoch"] for event in session.log]

    falling = [0.9 - 0.01 * k for k in range(40)]
    assert run([*falling, 0.55, 0.6]) == [40]
    assert Row.reads <= 4 * 42
    assert run([0.3, *falling, 0.55, 0.6]) == []  # the best is long past
    assert run([0.6, 0.5, 0.1, 0.55, 0.6], "  v  ") == [2]
    assert run([float("nan"), 0.6, 0.5, 0.55, 0.6]) == [3]


def test_a_pause_where_nobody_could_resume_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    for cells, action, said in ((False, "stop", ["guard-stops"]), (True, "pause", [])):
        monkeypatch.setattr("tfwidgets.dashboard.guard.has_cells", lambda cells=cells: cells)
        session = guarded("pause")
        for loss in (1.0, float("nan"), float("nan"), float("nan")):
            session.step(loss)
        session.flush()
        assert [command.name for command in session.commands()] == [action]
        assert [e["action"] for e in session.log if e["kind"] == "alert"] == [action]
        assert [e["why"]["key"] for e in session.log if e["kind"] == "message"] == said


def test_a_device_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    session = guarded()
    now = session._begun
    monkeypatch.setattr("time.monotonic", lambda: now)
    for seconds, share, expected in ((0, 0.7, 0), (9, 0.8, 0), (9.5, 0.1, 0), (15, 0.6, 0),
                                     (24, 0.6, 0), (26, 0.6, 1), (60, 0.6, 1)):  # fmt: skip
        now = session._begun + seconds
        session.progress["waiting"] = share
        session.flush()
        assert len(alerts(session)) == expected, seconds
    assert session.log[0]["values"] == {"percent": 60}


def test_an_alert_comes_again_only_after_recovery() -> None:
    nan = float("nan")
    assert alerts(fed([1.0] * 5 + [nan] * 900)) == ["nan-loss"]
    assert alerts(fed([1.0, *[nan] * 20, *[1.0] * 600, *[nan] * 20])) == ["nan-loss"] * 2


def test_actions_are_asked_for_in_the_guards_name() -> None:
    nan = float("nan")
    for actions, expected in (
        ("stop", ["stop"]),
        ({"nan-loss": "restore_best"}, ["restore_best"]),
        ({"overfitting": "stop"}, []),
        (True, []),
    ):
        session = guarded(actions)
        for loss in (1.0, nan, nan, nan):
            session.step(loss)
        session.flush()
        commands = list(session.commands())
        assert [command.name for command in commands] == expected
        assert all(command.by == "guard" for command in commands)
        assert session.log[0]["action"] == (expected[0] if expected else None)


def test_an_action_for_errors_leaves_warnings_alone() -> None:
    session = guarded("stop")
    for k, valid in enumerate((0.5, 0.6, 0.7)):
        session.epoch("epoch", k, 1.0, {"train_loss": 0.5 - 0.1 * k, "valid_loss": valid})
    session.flush()
    assert alerts(session) == ["overfitting"]
    assert list(session.commands()) == []


def test_false_watches_nothing_and_nonsense_is_refused() -> None:
    session = guarded(False)
    for _ in range(5):
        session.step(float("nan"))
    session.flush()
    assert session.log == []
    with pytest.raises(InputError, match="cannot do 'explode'"):
        Guard("explode")
    with pytest.raises(InputError, match=r"no alert 'nan'.*nan-loss"):
        Guard({"nan": "stop"})
    with pytest.raises(InputError, match="cannot do 'halt'"):
        Guard({"nan-loss": "halt"})
    with pytest.raises(InputError, match="guard is True"):
        Guard(3)  # type: ignore[arg-type]
    assert {"pause", "stop", "restore_best"} <= set(ACTIONS)


def test_a_rule_that_fails_is_left_out_and_the_others_go_on() -> None:
    session = guarded()
    session.epochs.append({"kind": "epoch"})  # no values: the table's rule cannot read it
    session.flush()
    for loss in (1.0, float("nan"), float("nan")):
        session.step(loss)
    session.epochs.append({"kind": "epoch"})
    session.flush()
    assert alerts(session) == ["nan-loss"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_each_alert_has_words_with_its_numbers(language: Any) -> None:
    values: dict[str, Any] = {"step": 5, "now": 1.5, "best": 0.5, "start": 0.7, "usual": 1.0}
    values |= {"times": 20, "first": 1e-9, "last": 0.1, "group": "a<b>", "last_group": "z"}
    values |= {"percent": 12.5, "lr": 5e-5, "epoch": 2}
    for key in LEVELS:
        what, advice = alert_texts({"alert": key, "values": values}, language)
        assert what != key
        assert advice
        assert "{" not in what + advice
    what, _ = alert_texts({"alert": "diverging", "values": values}, language)
    assert ("0,5" in what) == (language == "de")


def test_alerts_of_another_version_are_shown_by_their_names() -> None:
    assert alert_texts({"alert": "from-the-future", "values": {}}) == ("from-the-future", "")
    assert alert_texts({"alert": "diverging", "values": {}})[0] == "diverging"
    assert {f"alert-{key}" for key in LEVELS} <= set(table("dashboard-notes"))


def test_a_flush_costs_little() -> None:
    session = guarded(groups=["a", "b"])
    random = np.random.default_rng(0)
    guard, spent = session.guard, []

    def timed(*given: Any) -> Any:
        begun = perf_counter()
        found = guard(*given)  # type: ignore[misc]
        spent.append(perf_counter() - begun)
        return found

    session.guard = timed
    for _ in range(300):
        for _ in range(5):
            session.step(0.7 + random.normal(0, 0.1), 1e-3)
        session.point("grad_norm", 1 + random.random())
        session.flush()
    # About 0.04 ms; a tenth of the limit is room for whatever else the machine does.
    assert np.median(spent) < 4e-4
