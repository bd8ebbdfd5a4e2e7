"""The session: what the training writes, what others hear, what they ask for."""

import math
from threading import Thread

import numpy as np
import pytest
import torch

from tfwidgets.dashboard import session as module
from tfwidgets.dashboard.commands import COMMANDS, command
from tfwidgets.dashboard.session import SMOOTHING, Session
from tfwidgets.errors import InputError
from tfwidgets.ui.strings import Message


@pytest.fixture
def heard():
    return []


@pytest.fixture
def session(heard):
    session = Session("a training")
    session.sinks.append(heard.append)
    session.begin(epochs=2)
    return session


def test_losses_come_as_tensors_and_numbers(session):
    losses = [2.0, torch.tensor(1.5), torch.tensor([1.0]), torch.tensor(0.5, dtype=torch.float64)]
    for loss in losses:
        session.step(loss, lr=0.1)
    session.flush()
    x, y = session.values("loss")
    assert x.tolist() == [1, 2, 3, 4]
    assert y.tolist() == [2.0, 1.5, 1.0, 0.5]
    assert session.values("lr")[1].tolist() == pytest.approx([0.1] * 4)
    assert "momentum" not in session.curve_names  # nobody gave any


def test_smoothing_is_that_of_fastai(session):
    losses = np.random.default_rng(0).uniform(size=300)
    for k, loss in enumerate(losses):
        session.step(loss)
        if k % 37 == 0:
            session.flush()
    session.flush()
    value, expected = 0.0, []
    for k, loss in enumerate(losses):
        value = SMOOTHING * value + (1 - SMOOTHING) * loss
        expected.append(value / (1 - SMOOTHING ** (k + 1)))
    assert session.values("smooth_loss")[1] == pytest.approx(expected, rel=1e-5)


def test_one_nan_does_not_stay_in_the_smoothed_loss(session):
    for loss in (1.0, math.nan, 1.0, math.inf, 1.0):
        session.step(loss)
    session.flush()
    assert session.values("smooth_loss")[1].tolist() == pytest.approx([1.0] * 5)
    assert np.isnan(session.values("loss")[1][1])


@pytest.mark.filterwarnings("error")
def test_odd_values_lose_no_others(session):
    """Values beyond single precision stay finite: a loss of NaN is another matter."""
    most = float(np.finfo(np.float32).max)
    odd = [1e300, -(10**400), math.inf, torch.tensor(1e300, dtype=torch.float64)]
    none = [torch.zeros(3), "a word", None, 1j]
    for k, loss in enumerate([1.0, *odd, *none, 2.0]):
        session.step(loss, lr=1e300)
        session.point("metric", loss)
        session.point("other", k)
    session.flush()
    for name in ("loss", "metric"):
        values = session.values(name)[1].tolist()
        assert values[:5] == [1.0, most, -most, math.inf, most]
        assert np.isnan(values[5:9]).all()
        assert values[9] == 2.0
    assert session.values("other")[1].tolist() == list(range(10))
    assert session.values("lr")[1].tolist() == [most] * 10


def test_sinks_hear_each_thing_once(session, heard):
    session.step(1.0)
    session.epoch("epoch", 0, 1.5, {"valid_loss": 0.5, "accuracy": None})
    session.write("message", text="so")
    session.panel("memory", {"data": {}})
    session.flush()
    session.flush()
    _, first, second = heard
    assert set(first.curves) == {"loss", "smooth_loss", "valid_loss"}
    assert first.epochs[0]["values"] == {"valid_loss": 0.5, "accuracy": None}
    assert [event["text"] for event in first.log] == ["so"]
    assert set(first.panels) == {"memory"}
    nothing = (second.curves, second.epochs, second.log, second.panels)
    assert not any(nothing)


def test_a_broken_sink_stops_nothing_and_is_heard_no_more(session, heard, caplog):
    calls = []

    def broken(delta):
        calls.append(delta)
        raise OSError("gone")

    session.sinks.insert(0, broken)
    for _ in range(10):
        session.step(1.0)
        session.flush()
    assert len(calls) == module.PATIENCE
    assert len(heard) == 11
    assert "gone" in caplog.text


def test_a_broken_guard_and_a_broken_pump_stop_nothing(session, monkeypatch):
    def broken(*_):
        raise RuntimeError("no")

    monkeypatch.setattr(module, "PUMP_SECONDS", 0)
    session.guard = session.pump = broken
    session.submit("pause")
    session.flush()
    assert [one.name for one in session.commands()] == ["pause"]
    assert session.guard is None
    assert session.pump is None


def test_alerts_of_the_guard_are_in_the_log_of_the_same_flush(session, heard):
    session.guard = lambda *_: [{"alert": "nan-loss", "level": "error", "values": {}}]
    session.flush()
    assert heard[-1].log[0]["alert"] == "nan-loss"


def test_no_command_is_lost_whatever_thread_it_comes_from(session):
    threads = [
        Thread(target=lambda: [session.submit("lr_factor", {"value": 1}) for _ in range(500)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    taken = 0
    while any(thread.is_alive() for thread in threads):
        taken += len(list(session.commands()))
    assert taken + len(list(session.commands())) == 2000


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("explode", {}, "There are: pause, resume"),
        ("lr_factor", {}, "needs a number"),
        ("lr_factor", {"value": True}, "needs a number"),
        ("lr_factor", {"value": 0}, "between 0.01 and 100"),
        ("lr_factor", {"value": math.nan}, "between 0.01 and 100"),
        ("freeze", {"group": -1}, "by its number"),
        ("unfreeze", {"group": "head"}, "by its number"),
    ],
)
def test_a_wrong_command_is_refused_where_it_comes_in(session, name, values, said):
    with pytest.raises(InputError, match=said):
        session.submit(name, values)
    assert not list(session.commands())


def test_every_command_of_the_table_is_made():
    values = {"value": 0.5, "group": 1, "name": "layers", "on": True}
    for name in COMMANDS:
        assert command(name, values).name == name


def test_what_was_done_and_what_was_refused_is_written_down(session):
    session.applied(command("lr_factor", {"value": 0.5}, "reader"))
    session.refused(command("checkpoint"), Message("dashboard-notes", "why", {"n": 1}))
    done, not_done = session.log
    assert (done["command"], done["values"], done["by"], done["applied"]) == (
        "lr_factor",
        {"value": 0.5},
        "reader",
        True,
    )
    assert not_done["why"] == {"room": "dashboard-notes", "key": "why", "values": {"n": 1}}


def test_it_ends_once(session, heard):
    session.step(0.25)
    session.end("failed", "ValueError: so")
    seconds = session.seconds
    session.end("finished")
    assert (session.status, session.error) == ("failed", "ValueError: so")
    assert heard[-1].status == "failed"
    assert session.values("loss")[1].tolist() == [0.25]
    assert session.seconds == seconds
    assert session.ended >= session.started


def test_the_wall_clock_may_go_back(monkeypatch):
    times = iter([1000.0, 1000.0, 400.0])
    monkeypatch.setattr(module.time, "time", lambda: next(times))
    session = Session("a")
    session.begin()
    session.end("finished")
    assert session.seconds >= 0
    assert session.ended == 400.0
