"""Losses over tokens, as fastai wants losses: with reduction, activation and decoding."""

from __future__ import annotations

from typing import Any

import torch
from fastai.learner import AvgLoss
from fastai.torch_core import TensorBase, find_bs
from fastcore.foundation import L
from torch import nn
from torch.nn import functional

from tfwidgets.train.data.batches import IGNORED


class TokenCrossEntropy(nn.Module):  # type: ignore[misc]
    """Cross-entropy at every token that has a target.

    The mean is over tokens, as the models' own losses take it; with ``reduction="none"`` there
    is one value per row, the mean over its tokens, which is what fastai's ``get_preds`` expects.

    Parameters
    ----------
    shift
        Compare the logits of a token with the target of the next one, as causal language models
        do.
    weight
        Weight of each class, shape (n_classes,).

    Notes
    -----
    Equal to ``model(**inputs, labels=labels).loss`` of transformers' models.
    """

    def __init__(self, *, shift: bool = False, weight: torch.Tensor | None = None) -> None:
        super().__init__()
        self.shift = shift
        self.reduction = "mean"
        self.register_buffer("weight", weight)

    def forward(
        self, logits: torch.Tensor, target: torch.Tensor, reduction: str | None = None
    ) -> torch.Tensor:
        """Compute the loss of logits (batch, tokens, classes) at targets (batch, tokens)."""
        # fastai's subclasses of tensors make each of the operations below slower.
        logits, target = plain(logits), plain(target)
        target = self.compared(target)
        reduction = reduction or self.reduction
        weight = None if self.weight is None else self.weight.to(logits.dtype)
        losses = functional.cross_entropy(
            logits.flatten(0, 1).float(),
            target.flatten(),
            weight,
            ignore_index=IGNORED,
            reduction="none" if reduction == "none" else reduction,
        )
        if reduction != "none":
            return losses
        counted = (target != IGNORED).sum(1).clamp(min=1)
        return losses.view(target.shape).sum(1) / counted

    def compared(self, target: torch.Tensor) -> torch.Tensor:
        """Return the target of each token's logits, (batch, tokens)."""
        if not self.shift:
            return target
        # Moving the targets is a few bytes; cutting the logits would copy them all.
        return functional.pad(target[:, 1:], (0, 1), value=IGNORED)

    def counted(self, target: torch.Tensor) -> torch.Tensor:
        """Return what the mean of a batch was divided by: its targets, or their weights."""
        target = self.compared(plain(target))
        kept = target[target != IGNORED]
        return kept.new_tensor(len(kept)) if self.weight is None else self.weight[kept].sum()

    def activation(self, logits: Any) -> Any:
        """Return probabilities: softmax over the classes; a list of rows stays one."""
        if isinstance(logits, torch.Tensor):
            return logits.softmax(-1)
        return L(row.softmax(-1) for row in logits)

    def decodes(self, predictions: Any) -> Any:
        """Return the likeliest class of each token."""
        if isinstance(predictions, torch.Tensor):
            return predictions.argmax(-1)
        return L(row.argmax(-1) for row in predictions)


def plain(tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor without fastai's subclass, which makes each operation slower."""
    return tensor.as_subclass(torch.Tensor) if isinstance(tensor, TensorBase) else tensor


class TargetLoss(AvgLoss):  # type: ignore[misc]
    """The validation loss: the mean over all targets, whatever batch they were in.

    fastai's weighs each batch by its rows, which for losses over tokens depends on how rows
    came together.
    """

    def accumulate(self, learn: Any) -> None:
        """Add a batch."""
        weight = _divisor(learn.loss_func, learn.yb)
        self.total += learn.to_detach(learn.loss.mean()) * weight
        self.count += weight


def _divisor(loss_func: Any, targets: Any) -> float:
    """Return what the mean of a batch was divided by."""
    if hasattr(loss_func, "counted"):
        return float(loss_func.counted(*targets))
    inner = getattr(loss_func, "func", loss_func)  # fastai's losses hold PyTorch's
    weight = getattr(inner, "weight", None)
    if isinstance(inner, nn.CrossEntropyLoss) and weight is not None:
        return float(weight[plain(targets[0])].sum())
    return float(find_bs(targets))
