"""What each batch brings to a session; everything here runs once per batch and has to be cheap."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import torch
from fastai.optimizer import OptimWrapper

from tfwidgets.dashboard.pace import Pace, rows_of
from tfwidgets.dashboard.session import Session

SAMPLE_TOKENS = 8
"""Padding is counted in every eighth batch: to add up a mask costs more than all else."""

_SECOND = 1.0


class Feed:
    """Feeds a session with losses, rates and progress.

    Parameters
    ----------
    session
        What is fed.
    learn
        The learner that trains.
    pace
        Is told of each batch.
    """

    def __init__(self, session: Session, learn: Any, pace: Pace) -> None:
        self.session, self.learn, self.pace = session, learn, pace
        self._momentum = _momentum_of(learn.opt)
        self._real: list[Any] = []
        self._places = 0
        self._second = 0.0

    def batch(self) -> None:
        """Note what came of the batch at hand."""
        learn, session = self.learn, self.session
        loss = learn.loss.detach()
        if loss.dim():
            loss = loss.mean()
        lr, momentum = self._momentum()
        session.step(loss, lr, momentum)
        inputs = learn.xb[0] if learn.xb else None
        places = 0
        if isinstance(inputs, dict) and (ids := inputs.get("input_ids")) is not None:
            places = ids.numel()
            mask = inputs.get("attention_mask")
            if mask is not None and session.step_number % SAMPLE_TOKENS == 1:
                self._real.append(mask.sum())
                self._places += mask.numel()
        self.pace.leaves(rows_of(learn.yb or learn.xb), places)

    def tell(self) -> None:
        """Flush, with the progress as it is."""
        self.note()
        self.session.flush()

    def note(self) -> None:
        """Bring the progress up to date, and the curves that have few values."""
        session = self.session
        if self._real:
            real = torch.stack(self._real).sum()
            session.point("padding", 1 - real / self._places)
            self._real, self._places = [], 0
        progress = self.progress()
        session.progress |= progress
        if (now := perf_counter()) - self._second >= _SECOND:
            self._second = now
            for name in ("samples_per_second", "tokens_per_second"):
                if progress[name] is not None:
                    session.point(name, progress[name])

    @property
    def batches(self) -> int:
        """Batches of an epoch."""
        return len(self.learn.dls.train)

    def steps_left(self) -> int:
        """Return how many batches are still to come."""
        learn = self.learn
        epochs = int(learn.n_epoch) - int(learn.epoch) - 1
        training = learn.training and self.session.progress.get("phase") == "train"
        here = self.batches - int(getattr(learn, "iter", -1)) - 1 if training else 0
        return max(here, 0) + max(epochs, 0) * self.batches

    def progress(self) -> dict[str, Any]:
        """Return where the training is, and how fast it goes."""
        learn, session = self.learn, self.session
        padding = session.curves.get("padding")
        loaders = learn.dls.loaders
        size = len(loaders[1]) if len(loaders) > 1 else 0
        begun = session.status != "waiting"
        epoch = int(getattr(learn, "epoch", 0)) if begun else 0
        left = self.steps_left() if begun else self.batches * int(learn.n_epoch)
        validations = int(learn.n_epoch) - epoch if size else 0
        return {
            "epoch": epoch,
            "epochs": int(learn.n_epoch),
            "batch": int(getattr(learn, "iter", 0)) if begun else 0,
            "batches": int(getattr(learn, "n_iter", 0)) if begun else self.batches,
            "steps": session.step_number + left,
            **self.pace.rates(float(padding.y[-1]) if padding is not None else None),
            "left": self.pace.left(left, validations, size),
        }


def _momentum_of(opt: Any) -> Callable[[], tuple[float, float]]:
    """Return what reads rate and momentum of the last group.

    ``OptimWrapper.hypers`` makes a dict for every group each time that it is asked.
    """
    nan = float("nan")
    if not isinstance(opt, OptimWrapper):
        return lambda: (float(opt.hypers[-1]["lr"]), float(opt.hypers[-1].get("mom", nan)))
    rate = opt.bwd_map.get("lr", "lr")
    name, _, place = opt.bwd_map.get("mom", "").partition("__")

    def read() -> tuple[float, float]:
        group = opt.opt.param_groups[-1]
        momentum = group.get(name, nan)
        return float(group[rate]), float(momentum[int(place)] if place else momentum)

    return read
