"""Gradients of several batches added up before a step."""

from __future__ import annotations

from typing import Any

import torch
from fastai.callback.core import Callback, CancelBatchException
from fastai.callback.fp16 import MixedPrecision
from fastai.torch_core import find_bs


class Accumulation(Callback):  # type: ignore[misc]
    """Step after several batches, as if they had been one.

    The gradient of a step is the mean over all its rows. The last batches of an epoch step
    together too, however few they are. (fastai's ``GradientAccumulation`` carries them over, so
    that what is left at the end of one fit goes into the first step of the next.)

    Parameters
    ----------
    batches
        How many batches make a step.
    """

    order, run_valid = MixedPrecision.order - 4, False

    def __init__(self, batches: int) -> None:
        self.batches = batches
        self._seen = 0
        self._weight = 0.0

    def before_train(self) -> None:
        """Begin an epoch without anything left of an earlier one."""
        self._begin()
        self.opt.zero_grad()

    def after_loss(self) -> None:
        """Let each row weigh the same, also those of a smaller batch."""
        self.learn.loss_grad = self.loss_grad * self._share()

    def before_step(self) -> None:
        """Go on to the next batch, or take the mean and let the step happen."""
        steps = self.steps()
        self._seen += 1
        self._weight += self._share()
        if not steps:
            raise CancelBatchException
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        if gradients and self._weight != 1:
            torch._foreach_div_(gradients, self._weight)
        self._begin()

    def steps(self) -> bool:
        """Return whether the batch at hand is the last of a step."""
        return bool(self._seen + 1 >= self.batches or self.iter >= self.n_iter - 1)

    def _share(self) -> float:
        size: Any = find_bs(self.learn.yb)
        return float(size) / float(self.dl.bs or size)

    def _begin(self) -> None:
        self._seen, self._weight = 0, 0.0
