"""What happens around each batch of a fastai learner; it has to be cheap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from tfwidgets.dashboard.learner.fit import Fit


class Batches:
    """Hears fastai's events of each batch (methods of their names).

    Parameters
    ----------
    fit
        The training.
    """

    def __init__(self, fit: Fit) -> None:
        self.fit, self.learn = fit, fit.learn
        self._sampled = self._has_loss = False

    def before_batch(self) -> None:
        """Set the rates for a batch."""
        if not self.learn.training:
            return
        fit, self._has_loss = self.fit, False
        fit.pace.arrives()
        if not fit.rates.idle:
            fit.rates.before_batch()
        probes = fit.probes
        self._sampled = probes is not None and probes.due
        if self._sampled:
            probes.before_batch()

    def after_loss(self) -> None:
        """Remember that there is a loss: a batch may be cancelled before."""
        self._has_loss = bool(self.learn.training)

    def before_step(self) -> None:
        """Look at gradients."""
        if self._sampled:
            self.fit.probes.before_step()

    def after_step(self) -> None:
        """Look at what the step changed."""
        if self._sampled:
            self.fit.probes.after_step()

    def after_batch(self) -> None:
        """Note what came of the batch, and do what was asked for."""
        fit, training = self.fit, bool(self.learn.training)
        if training:
            self._end()
        elif fit.probes is not None:
            fit.probes.valid_batch()
        if fit.session.due:
            fit.feed.tell()
        fit.steering.batch_ended(training=training)
        if training:
            fit.pace.between()

    def end_cut(self) -> None:
        """End a batch that another callback cut short before its end could be heard of."""
        if self._has_loss or self._sampled or self.fit.rates.within:
            self._end()

    def _end(self) -> None:
        fit, has_loss, sampled = self.fit, self._has_loss, self._sampled
        self._has_loss = self._sampled = False  # whatever fails now: it ends once
        if has_loss and isinstance(self.learn.loss, torch.Tensor):
            # fastai's tensors send each operation through Python: ten times slower.
            with torch._C.DisableTorchFunctionSubclass():
                fit.feed.batch()
        if not fit.rates.idle:
            fit.rates.after_batch()
        if sampled:
            fit.probes.after_batch()
