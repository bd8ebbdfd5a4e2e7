"""What a fastai training loop must know about transformers models."""

from __future__ import annotations

from typing import Any

import torch
from fastai.callback.core import Callback


class TransformerCallback(Callback):  # type: ignore[misc]
    """Hands the logits on as the prediction; the model's whole output stays on the learner.

    ``learn.pred`` becomes a tensor, as losses and metrics expect it: (batch, classes),
    (batch, tokens, classes), or for question answering (batch, tokens, 2) with the logits of
    starts and ends. ``learn.model_output`` holds hidden states, attention and the rest until the
    next batch.
    """

    name = "transformer_outputs"  # what it is called on the learner
    order = -9  # right after fastai's own, before all that look at predictions

    def before_fit(self) -> None:
        """Nothing of an earlier run is left."""
        self.learn.model_output = None

    def before_batch(self) -> None:
        """Let go of the last batch's graph before the next one is built.

        Its hundreds of small blocks would otherwise lie between those of the next, and the
        memory of a process would only grow.
        """
        self.learn.pred = self.learn.model_output = self.learn.loss_grad = None
        if isinstance(self.loss, torch.Tensor):
            self.learn.loss = self.loss.detach()

    def after_pred(self) -> None:
        """Take the logits out of the output."""
        self.learn.model_output = self.pred
        self.learn.pred = logits_of(self.pred)

    def after_fit(self) -> None:
        """Let go of the last output, which may hold much memory."""
        self.learn.model_output = None


def logits_of(output: Any) -> torch.Tensor:
    """Return the logits in a model's output."""
    if isinstance(output, torch.Tensor):
        return output
    if "start_logits" in output:
        return torch.stack([output["start_logits"], output["end_logits"]], dim=-1)
    logits = output["logits"] if "logits" in output else output[0]
    if not isinstance(logits, torch.Tensor):
        raise TypeError(f"A {type(output).__name__} holds no logits: this model has no head.")
    return logits
