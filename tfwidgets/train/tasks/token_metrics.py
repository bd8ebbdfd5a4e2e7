"""Metrics over tokens, weighted by tokens: batches hold different numbers of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from fastai.learner import Metric

from tfwidgets.train.data.batches import IGNORED
from tfwidgets.train.losses import TokenCrossEntropy


class _TokenMean(Metric):  # type: ignore[misc]
    """A mean over the tokens of all batches.

    Parameters
    ----------
    shift
        Whether logits are compared with the next token's target.
    """

    def __init__(self, *, shift: bool = False) -> None:
        self.shift = shift
        self.reset()

    def reset(self) -> None:
        """Forget what was counted."""
        self.total = 0.0
        self.count = 0

    def add(self, total: float, count: int) -> None:
        """Add a batch."""
        self.total += total
        self.count += count

    def merge(self, gather: Callable[[Any], list[Any]]) -> None:
        """Put together what several processes have counted."""
        parts = gather((self.total, self.count))
        self.total = sum(total for total, _ in parts)
        self.count = sum(count for _, count in parts)

    def mean(self) -> float | None:
        """Return the mean; None before the first token."""
        return self.total / self.count if self.count else None


class Perplexity(_TokenMean):
    """exp of the mean loss per token over all rows.

    fastai's own takes the mean over rows of batch means, which weighs the tokens of short batches
    more.

    Parameters
    ----------
    name
        How it is called in the table of results.
    """

    def __init__(self, *, shift: bool = False, name: str = "perplexity") -> None:
        super().__init__(shift=shift)
        self._name = name

    @property
    def name(self) -> str:
        """Heading in the table of results."""
        return self._name

    def accumulate(self, learn: Any) -> None:
        """Add a batch's losses."""
        target = learn.yb[0]
        n = int((target[:, 1:] if self.shift else target).ne(IGNORED).sum())
        if n:
            known = isinstance(learn.loss_func, TokenCrossEntropy) and learn.loss.numel() == 1
            loss = learn.loss if known else TokenCrossEntropy(shift=self.shift)(learn.pred, target)
            self.add(float(loss) * n, n)

    @property
    def value(self) -> float | None:
        """The perplexity of all batches; None before the first."""
        loss = self.mean()
        if loss is None:
            return None
        try:
            return math.exp(loss)
        except OverflowError:
            return math.inf


class TokenAccuracy(_TokenMean):
    """Share of tokens with a target that are predicted right."""

    name = "accuracy"

    def accumulate(self, learn: Any) -> None:
        """Add a batch's tokens."""
        predicted, target = learn.pred.argmax(-1), learn.yb[0]
        if self.shift:
            predicted, target = predicted[:, :-1], target[:, 1:]
        counted = target.ne(IGNORED)
        self.add(int((predicted.eq(target) & counted).sum()), int(counted.sum()))

    @property
    def value(self) -> float | None:
        """The share; None before the first batch."""
        return self.mean()
