"""Learners that train in a moment, and a callback that steers them at given batches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from fastai.callback.core import Callback
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from fastai.losses import CrossEntropyLossFlat
from fastai.metrics import accuracy
from torch import nn

from tfwidgets.config import settings
from tfwidgets.dashboard.learner.callback import TrainingDashboard

BATCHES, VALIDATIONS = 6, 2


def plain_learner(model: nn.Module | None = None, rows: Any = None, **options: Any) -> Any:
    """Return a learner over 48 rows to train on (6 batches) and 16 to validate (2 batches).

    The body, the middle and the head are groups; nothing of it is ours.
    """
    torch.manual_seed(0)
    if rows is None:
        x = torch.randn(64, 4)
        rows = list(zip(x, (x.sum(1) > 0).long(), strict=True))
    dls = DataLoaders(DataLoader(rows[:48], bs=8, shuffle=True), DataLoader(rows[48:], bs=8))
    dls.train.rng.seed(1)
    if model is None:
        model = nn.Sequential(
            nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 2)
        )
    options = {"loss_func": CrossEntropyLossFlat(), "metrics": accuracy, **options}
    return Learner(dls, model, splitter=groups, **options)


def groups(model: Any) -> list[list[Any]]:
    return [list(part.parameters()) for part in model if list(part.parameters())]


def dashboard(**options: Any) -> TrainingDashboard:
    """Return a dashboard that stores nothing and looks into nothing."""
    return TrainingDashboard(**{"keep": False, "panels": "none", "guard": False, **options})


class At(Callback):
    """Calls functions at the end of batches: ``At({3: lambda learn: …})``, counted from 1."""

    order = 55  # after what takes part in evaluations

    def __init__(self, train: Any = None, valid: Any = None, epoch: Any = None) -> None:
        self.train_calls, self.valid_calls, self.epoch_calls = train or {}, valid or {}, epoch or {}

    def before_fit(self) -> None:
        if self.learn.lock.locked():
            return
        self.trained = self.validated = self.epochs = 0
        self.rates: list[float] = []

    def after_batch(self) -> None:
        if self.learn.lock.locked():
            return
        if self.learn.training:
            self.trained += 1
            self.rates.append(float(self.learn.opt.hypers[-1]["lr"]))
            self._call(self.train_calls, self.trained)
        else:
            self.validated += 1
            self._call(self.valid_calls, self.validated)

    def after_epoch(self) -> None:
        if self.learn.lock.locked():
            return
        self.epochs += 1
        self._call(self.epoch_calls, self.epochs)

    def _call(self, calls: dict[int, Callable[[Any], Any]], number: int) -> None:
        if number in calls:
            calls[number](self.learn)


def ask(command: str, /, **values: Any) -> Callable[[Any], Any]:
    """Return what asks the dashboard of a learner for something."""
    return lambda learn: learn.dashboard.submit(command, **values)


def weights(learn: Any) -> list[torch.Tensor]:
    return [value.clone() for value in learn.model.state_dict().values()]


def same(first: list[torch.Tensor], second: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def commands(board: Any) -> list[tuple[str, bool]]:
    log = board.session.log
    return [(e["command"], e["applied"]) for e in log if e["kind"] == "command"]


def refusals(board: Any) -> list[str]:
    return [e["why"]["key"] for e in board.session.log if "why" in e]


def left_behind(learn: Any) -> list[str]:
    """Return what a fit left on a learner that does not belong there."""
    wrapped = ("_with_events", "_call_one", "__getstate__")
    left = [name for name in wrapped if name in vars(learn)]
    bars = getattr(learn, "progress", None)
    if bars is not None and bars.run is not True:
        left.append("bars are off")
    if learn.lock.locked():
        left.append("locked")
    return left


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have runs and checkpoints lie in a folder of the test."""
    folder = tmp_path / "store"
    monkeypatch.setattr(settings(), "run_store", str(folder))
    return folder
