"""Learners that are looked at while they train, by probes alone."""

from __future__ import annotations

from typing import Any

import torch
from fastai.callback.core import Callback
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from fastai.losses import CrossEntropyLossFlat, MSELossFlat
from torch import nn

from tfwidgets.dashboard.probes import Probes
from tfwidgets.dashboard.session import Session


class Looking(Callback):
    """Calls probes as the dashboard does; keeps session and probes."""

    order = 61

    def __init__(self, facts: dict[str, Any] | None = None, **options: Any) -> None:
        self.session = Session("test", facts=facts)
        self.options = options

    def before_fit(self) -> None:
        self.probes = Probes(self.session, self.learn, **self.options)
        self.session.begin()
        self.probes.begin()

    def before_batch(self) -> None:
        if self.training and self.probes.due:
            self.probes.before_batch()

    def before_step(self) -> None:
        self.probes.before_step()

    def after_step(self) -> None:
        self.probes.after_step()

    def after_batch(self) -> None:
        if not self.training:
            self.probes.valid_batch()
            return
        self.session.step(self.loss.detach())
        self.probes.after_batch()
        if self.session.due:
            self.session.flush()

    def after_validate(self) -> None:
        self.probes.after_validate()

    def after_epoch(self) -> None:
        self.probes.epoch_end()

    def after_fit(self) -> None:
        self.probes.end()
        self.session.end("finished")

    def panel(self, name: str) -> Any:
        return self.session.panels[name]

    def data(self, name: str) -> Any:
        return self.session.panels[name]["data"]


def always(monkeypatch: Any) -> None:
    """Let probes look at every batch."""
    monkeypatch.setattr("tfwidgets.dashboard.probes.probe.PAUSE", 0.0)
    monkeypatch.setattr("tfwidgets.dashboard.probes.probe.SHARE", float("inf"))
    monkeypatch.setattr("tfwidgets.dashboard.probes.memory._PAUSE", 0.0)


def net(seed: int = 0, outputs: int = 3) -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, outputs))


def halves(model: Any) -> list[list[Any]]:
    """Two layer groups: the first module, and the others."""
    return [list(model[0].parameters()), list(model[1:].parameters())]


def learner(
    *, rows: int = 40, numbers: bool = False, batch: int = 8, classes: int = 3, **options: Any
) -> Learner:
    """Return a quiet learner on four numbers a row."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(rows, 4, generator=generator)
    y = x.sum(1) if numbers else torch.randint(0, classes, (rows,), generator=generator)
    pairs = list(zip(x, y, strict=True))
    valid = rows // 2 + 1  # the last batch of a validation is smaller
    dls = DataLoaders(
        DataLoader(pairs[:-valid], bs=batch, shuffle=True),
        DataLoader(pairs[-valid:], bs=batch),
    )
    loss = MSELossFlat() if numbers else CrossEntropyLossFlat()
    model = options.pop("model", None) or net(outputs=1 if numbers else classes)
    learn = Learner(
        dls, model, **{"loss_func": loss, "lr": 0.1, "splitter": halves, "metrics": []} | options
    )
    if hasattr(learn, "progress"):
        learn.remove_cb(learn.progress)
    learn.logger = lambda *_: None
    return learn
