"""What the kernel trains while the dashboard, or a peer, shows it; imported there."""

from __future__ import annotations

import gc
import time
from contextlib import nullcontext
from functools import cache
from typing import Any

import torch
from fastai.callback.core import Callback
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from fastai.losses import CrossEntropyLossFlat
from fastai.metrics import accuracy
from fastcore.basics import noop
from torch import nn

from benchmarks.dashboard_settings import BAR, NONE, NOT_KEPT, OFTEN, OURS, PER_EPOCH
from tfwidgets.dashboard.learner.callback import TrainingDashboard

BATCH_SIZE = 8
RATE = 1e-2


def learner(batches: int, model: nn.Module | None = None) -> Any:
    """Return a learner whose epoch has so many batches, and two to validate."""
    torch.manual_seed(0)
    rows = _rows((batches + 2) * BATCH_SIZE)
    cut = batches * BATCH_SIZE
    dls = DataLoaders(
        DataLoader(rows[:cut], bs=BATCH_SIZE, shuffle=True), DataLoader(rows[cut:], bs=BATCH_SIZE)
    )
    model = model or nn.Linear(4, 2)
    return Learner(dls, model, loss_func=CrossEntropyLossFlat(), metrics=accuracy)


@cache
def _rows(count: int) -> list[Any]:
    x = torch.randn(count, 4)
    return list(zip(x, (x.sum(1) > 0).long(), strict=True))


def _callbacks(shown_by: str) -> list[Any]:
    if shown_by in (OURS, NOT_KEPT):
        return [TrainingDashboard(keep=shown_by == OURS)]
    if shown_by in (OFTEN, PER_EPOCH):
        return [LiveLossPlot(20 if shown_by == OFTEN else 0)]
    return []


# -- the cost of a batch -----------------------------------------------------------------------


def clocks() -> tuple[float, float, float]:
    """Return wall time, and CPU time of this thread and of the process."""
    return time.perf_counter(), time.thread_time(), time.process_time()


class Stopwatch(Callback):  # type: ignore[misc]
    """Takes the time of the batches alone: after all else has begun, until all else has ended."""

    order = 1000

    def before_train(self) -> None:
        """Begin."""
        self.begun = clocks()

    def after_train(self) -> None:
        """End."""
        self.ended = clocks()


def one_epoch(shown_by: str, batches: int) -> dict[str, list[float]]:
    """Return the clocks of an epoch's batches (seconds a batch), and of all else (seconds)."""
    learn, watch = learner(batches), Stopwatch()
    with learn.no_bar() if shown_by == NONE else nullcontext():
        begun = clocks()
        learn.fit(1, RATE, cbs=[*_callbacks(shown_by), watch])
        ended = clocks()
    inner = [b - a for a, b in zip(watch.begun, watch.ended, strict=True)]
    whole = [b - a for a, b in zip(begun, ended, strict=True)]
    return {
        "batch": [seconds / batches for seconds in inner],
        "rest": [all_ - part for all_, part in zip(whole, inner, strict=True)],
    }


# -- a training that rests in each step --------------------------------------------------------


class Rest(Callback):  # type: ignore[misc]
    """Sleeps in each batch that is trained on, as a device would compute."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def after_pred(self) -> None:
        """Sleep."""
        if self.training:
            time.sleep(self.seconds)


class LiveLossPlot(Callback):  # type: ignore[misc]
    """Plots loss and rate every so many steps, or (0) what an epoch's row says after each."""

    order = 61

    def __init__(self, every: int) -> None:
        from livelossplot import PlotLosses

        self.every = every
        self.plot = PlotLosses()

    def after_batch(self) -> None:
        """Plot what each step brings."""
        if not (self.every and self.training):
            return
        self.plot.update({"loss": self.loss.item(), "lr": self.opt.hypers[-1]["lr"]})
        if self.train_iter % self.every == 0:
            self.plot.send()

    def after_epoch(self) -> None:
        """Plot what each epoch brings."""
        if self.every:
            return
        train, valid, right = self.recorder.log[1:4]
        self.plot.update({"loss": train, "val_loss": valid, "accuracy": right})
        self.plot.send()


def resting(shown_by: str, epochs: int, batches: int, seconds: float) -> dict[str, float]:
    """Return wall and CPU time of a training (seconds), CPU of the whole process."""
    body = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
    learn = learner(batches, body)
    callbacks = [*_callbacks(shown_by), Rest(seconds)]
    with nullcontext() if shown_by in (BAR, OURS) else learn.no_bar():
        if shown_by != BAR:
            learn.logger = noop  # else it prints
        gc.collect()  # what another one left is not this one's to clear away
        wall, _, cpu = clocks()
        learn.fit(epochs, RATE, cbs=callbacks)
        ended, _, used = clocks()
    return {"wall": ended - wall, "cpu": used - cpu}


# -- presses -----------------------------------------------------------------------------------


class Watch(Callback):  # type: ignore[misc]
    """Notes when another learning rate holds: what a press leads to."""

    order = 1000

    def before_fit(self) -> None:
        """Begin with nothing seen."""
        self.factors: list[tuple[float, float]] = []

    def after_batch(self) -> None:
        """Look at the factor."""
        if not self.training:
            return
        factor = self.learn.dashboard.session.progress["lr_factor"]
        if not self.factors or self.factors[-1][1] != factor:
            self.factors.append((time.perf_counter(), factor))


def steered(batches: int, seconds: float) -> list[tuple[float, float]]:
    """Train until told to stop; return when (``time.perf_counter``) which factor began to hold."""
    learn, watch = learner(batches), Watch()
    learn.fit(1, RATE, cbs=[TrainingDashboard(), Rest(seconds), watch])
    return watch.factors
