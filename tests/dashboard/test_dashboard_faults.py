"""Whatever goes wrong: the right status, and a learner as it was."""

from __future__ import annotations

import io
import os
import signal
from contextlib import redirect_stdout
from typing import Any

import pytest
import torch
from fastai.callback.core import Callback
from IPython.core.interactiveshell import InteractiveShell
from torch import nn

from tests.dashboard.steered import (
    BATCHES,
    At,
    dashboard,
    left_behind,
    plain_learner,
    store,
)
from tests.dashboard.test_dashboard_callback import bert_learner, tiny
from tfwidgets.dashboard.learner import callback as module
from tfwidgets.dashboard.learner import fit as fit_module
from tfwidgets.dashboard.learner.feed import Feed
from tfwidgets.dashboard.store import Writer

__all__ = ["store", "tiny"]


class Fails(nn.Module):
    """Raises in its ``n``-th forward pass."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self.layer, self.left = nn.Linear(4, 2), n

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.left -= 1
        if self.left == 0:
            raise RuntimeError("no such weights\nat all")
        return self.layer(x)


class FailsAt(Callback):
    order = 70

    def __init__(self, event: str, error: type[BaseException] = ValueError) -> None:
        self.error = error
        setattr(self, event, self._fail)

    def _fail(self) -> None:
        raise self.error("on purpose")


def check_usable(learn: Any, board: Any) -> None:
    """It trains again, with the dashboard and without."""
    assert left_behind(learn) == []
    learn.fit(1, cbs=board if board not in learn.cbs else None)
    assert board.session.status == "finished"
    assert board.session.step_number == BATCHES
    assert left_behind(learn) == []


def callbacks(learn: Any) -> list[str]:
    return [type(cb).__name__ for cb in learn.cbs]


@pytest.mark.parametrize("kept", [True, False])
def test_the_model_fails(store, kept: bool) -> None:
    learn, board = plain_learner(nn.Sequential(Fails(9))), dashboard()
    if kept:
        learn.add_cb(board)
    before, logger = callbacks(learn), learn.logger
    with pytest.raises(RuntimeError, match="no such weights"):
        learn.fit(3, cbs=None if kept else board)
    assert board.session.status == "failed"
    assert board.session.error == "RuntimeError: no such weights at all"
    assert board.session.ended is not None
    assert callbacks(learn) == before
    assert learn.logger is logger
    check_usable(learn, board)


def test_a_metric_fails(store) -> None:
    def broken(*_: Any) -> float:
        raise KeyError("nothing")

    learn, board = plain_learner(metrics=broken), dashboard()
    with pytest.raises(KeyError):
        learn.fit(1, cbs=board)
    assert board.session.status == "failed"
    assert board.session.error.startswith("KeyError")
    learn.metrics = []
    check_usable(learn, board)


EVENTS = (
    "before_epoch",
    "after_batch",
    "before_validate",
    "after_epoch",
    "after_fit",
)


@pytest.mark.parametrize("event", EVENTS)
def test_another_callback_fails(store, event: str) -> None:
    learn, board, other = plain_learner(), dashboard(), FailsAt(event)
    learn.add_cb(board)
    with pytest.raises(ValueError, match="on purpose"):
        learn.fit(1, cbs=other)
    board.close(ValueError("on purpose"))  # as at the end of a cell
    expected = "finished" if event == "after_fit" else "failed"  # by then ours had ended
    assert board.session.status == expected
    if expected == "failed":
        assert "on purpose" in board.session.error
    check_usable(learn, board)


@pytest.mark.parametrize("event", ["before_epoch", "after_fit"])
def test_a_callback_fails_before_ours_can_hear_it(store, event: str) -> None:
    """Ours is of the fit alone: fastai takes it away, with the error at hand."""
    learn, board, other = plain_learner(), dashboard(), FailsAt(event)
    other.order = 30
    with pytest.raises(ValueError, match="on purpose"):
        learn.fit(1, cbs=[other, board])
    assert board.session.status == "failed"
    assert "on purpose" in board.session.error
    check_usable(learn, board)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_fit_that_never_began_leaves_nothing(store, capsys, error: type[BaseException]) -> None:
    """Nobody hears of what another callback raises in ``before_fit``."""
    learn, board = plain_learner(), dashboard(keep=True)
    learn.add_cb(board)
    interrupts = signal.getsignal(signal.SIGINT)
    with pytest.raises(error, match="on purpose"):
        learn.fit(1, cbs=FailsAt("before_fit", error))
    assert board.session is None
    assert signal.getsignal(signal.SIGINT) is interrupts
    assert not store.exists()
    learn.validate()
    assert hasattr(learn.progress, "pbar")  # it was seen
    learn.fit(1)
    check_usable(learn, board)


@pytest.mark.parametrize("way", ["close", "remove_cb", "the next fit"])
def test_bars_that_a_fit_hid_which_never_began_come_back(store, capsys, way: str) -> None:
    learn, board = plain_learner(), dashboard()
    learn.add_cb(board)
    with pytest.raises(ValueError, match="on purpose"):
        learn.fit(1, cbs=FailsAt("before_fit"))
    if way == "close":
        board.close()
    elif way == "remove_cb":
        learn.remove_cb(board)
    else:
        learn.lr_find(num_it=2, show_plot=False)
    assert left_behind(learn) == []
    capsys.readouterr()
    learn.logger("a row")
    assert capsys.readouterr().out == "a row\n"


def test_a_fit_that_never_began_ends_with_its_cell(store) -> None:
    terminal = InteractiveShell.instance()
    try:
        learn, board = plain_learner(), dashboard()
        learn.add_cb(board)
        terminal.push({"learn": learn, "fails": FailsAt("before_fit")})
        with redirect_stdout(io.StringIO()):
            terminal.run_cell("learn.fit(1, cbs=fails)", store_history=False)
    finally:
        InteractiveShell.clear_instance()
    assert left_behind(learn) == []
    assert learn.logger is print


def test_a_validation_when_a_fit_begins_does_not_bring_the_bars_back(store) -> None:
    class Looks(Callback):
        def before_fit(self) -> None:
            if not self.learn.lock.locked():
                self.learn.validate()

    learn, board, bars = plain_learner(), dashboard(), []
    at = At({1: lambda learn: bars.append((bool(learn.progress.run), learn.logger is print))})
    learn.fit(1, cbs=[board, Looks(), at])
    assert bars == [(False, False)]
    assert not hasattr(learn.progress, "mbar")
    assert board.session.status == "finished"
    assert left_behind(learn) == []


def test_our_learner_is_whole_after_an_error(store, tiny, tmp_path) -> None:
    learn = bert_learner(tiny, tmp_path, cbs=dashboard())
    with pytest.raises(ValueError, match="on purpose"):
        learn.fit(1, cbs=FailsAt("before_fit"))
    assert left_behind(learn) == []
    learn.fit(1)
    assert learn.dashboard.session.status == "finished"


def test_an_interrupt_ends_it(store) -> None:
    learn, board = plain_learner(), dashboard(interrupt=False)

    def interrupt(_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn.fit(1, cbs=[board, At({2: interrupt})])
    assert board.session.status == "interrupted"
    assert board.session.error is None
    assert not learn.model.training
    check_usable(learn, board)


def test_the_first_interrupt_stops_gracefully(store) -> None:
    learn, board = plain_learner(), dashboard()
    before = signal.getsignal(signal.SIGINT)
    at = At({2: lambda _: os.kill(os.getpid(), signal.SIGINT)})
    learn.fit(1, cbs=[board, at])
    assert board.session.status == "stopped"
    assert board.session.log[0]["by"] == "interrupt"
    assert at.trained in (2, 3)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_sink_that_fails_is_not_the_trainings_matter(store, caplog) -> None:
    def broken(_: Any) -> None:
        raise OSError("no view")

    learn, board = plain_learner(), dashboard()
    at = At({1: lambda learn: board.session.sinks.append(broken)})
    learn.fit(2, cbs=[board, at])
    assert board.session.status == "finished"
    assert "no view" in caplog.text


def test_what_fails_of_ours_is_left_out(store, monkeypatch, caplog) -> None:
    def broken(*_: Any) -> None:
        raise TypeError("ours")

    monkeypatch.setattr(Feed, "batch", broken)
    monkeypatch.setattr(fit_module.Fit, "before_validate", broken)
    learn, board = plain_learner(), dashboard()
    learn.fit(2, cbs=board)
    assert board.session.status == "finished"
    assert caplog.text.count("failed in after_batch") == module.PATIENCE
    assert left_behind(learn) == []


def test_it_cannot_even_begin(store, monkeypatch, caplog) -> None:
    def broken(*_: Any) -> None:
        raise TypeError("no facts")

    monkeypatch.setattr(fit_module, "facts_of", broken)
    learn, board = plain_learner(), dashboard()
    learn.fit(1, cbs=board)
    assert len(learn.recorder.values) == 1
    assert "goes on without it" in caplog.text
    assert left_behind(learn) == []


def test_a_part_that_cannot_begin_is_named(store, monkeypatch) -> None:
    def broken(*_: Any) -> None:
        raise OSError("no store")

    monkeypatch.setattr(Writer, "of", broken)
    learn, board = plain_learner(), dashboard(keep=True)
    learn.fit(1, cbs=board)
    assert board.session.status == "finished"
    assert "no store" in board.session.log[0]["text"]


def test_a_loss_that_is_no_number_is_noted_as_it_is(store) -> None:
    learn, board = plain_learner(), dashboard()

    def ruin(learn: Any) -> None:
        with torch.no_grad():
            learn.model[4].weight.fill_(float("nan"))

    learn.fit(1, cbs=[board, At({3: ruin})])
    loss = board.session.values("loss")[1]
    assert torch.isnan(torch.tensor(loss)).tolist() == [False] * 3 + [True] * 3
    assert board.session.progress["best"] is None
