"""What can go wrong in a training, each as a rule of its own.

A rule sees the session and what is new, and returns the numbers of its sentence, or None where
all is well.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from tfwidgets.dashboard.guard.losses import Diverging, NaNGradients, NaNLoss, RisingInWarmup
from tfwidgets.dashboard.guard.rule import Rule, Values, told

if TYPE_CHECKING:
    from tfwidgets.dashboard.record import Delta
    from tfwidgets.dashboard.session import Session

EXPLODED = 20.0
"""Gradient norms above so many times their median; clipping to 1 hides nothing up to there."""

GRADIENT_SAMPLES = 20

VANISHED = 1e-5
"""Gradient of the first group by that of the last. Ten sigmoid layers give about 1e-6 (at most
1/4 each: Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
networks"); transformers with residual connections stay above 1e-2."""

HIGH_RATIO = 0.03
"""Update by weight. About 1e-3 is the rule of thumb (CS231n, "Ratio of weights:updates"; A.
Karpathy, "Neural Networks: Zero to Hero", part 4), a new head under Adam does 1e-2 and is well."""

HIGH_SAMPLES = 12

OVERFIT = 1.02
"""Validation loss by its best: less is noise."""

WAITING, WAITING_SECONDS = 0.4, 10.0


class ExplodingGradients:
    """The gradient's norm is many times what it was, in three samples on end."""

    key: ClassVar[str] = "exploding-gradients"
    level: ClassVar[Literal["warning", "error"]] = "error"

    def check(self, session: Session, delta: Delta) -> Values | None:
        """Compare the last three norms with those before."""
        if "grad_norm" not in delta.curves:
            return None
        y = session.curves["grad_norm"].y
        if len(y) < GRADIENT_SAMPLES + 3:
            return None
        last = float(y[-3:].min())
        # At a well-fitted end all norms are tiny, and those of the beginning are large and well.
        if not last > 2 * float(y[:GRADIENT_SAMPLES].max()):
            return None
        usual = float(np.nanmedian(y[-1000:-3]))
        if not last > EXPLODED * usual > 0:
            return None
        return told(now=last, usual=usual, times=round(last / usual))


class VanishingGradients:
    """The first group that trains gets next to none of the last group's gradient."""

    key: ClassVar[str] = "vanishing-gradients"
    level: ClassVar[Literal["warning", "error"]] = "warning"

    def check(self, session: Session, delta: Delta) -> Values | None:
        """Compare the first group with the last."""
        new = [name for name in delta.curves if name.startswith("grad_norm/")]
        if len(new) < 2:
            return None
        groups = [g for g in session.facts.get("groups", ()) if f"grad_norm/{g}" in new]
        if len(groups) < 2:
            return None
        first, last = (session.curves[f"grad_norm/{g}"].y[-5:] for g in (groups[0], groups[-1]))
        if len(first) < 5 or len(last) < 5:
            return None
        # Exactly none is a frozen or an unused group.
        if not (0 < first.max() < VANISHED * last.min()):
            return None
        values = told(first=np.median(first), last=np.median(last))
        return {**values, "group": groups[0], "last_group": groups[-1]}


class RateTooHigh:
    """Most groups change by several percent a step, and the loss does not fall."""

    key: ClassVar[str] = "rate-too-high"
    level: ClassVar[Literal["warning", "error"]] = "warning"

    def __init__(self) -> None:
        self._loss: float | None = None
        self._samples = 0

    def check(self, session: Session, delta: Delta) -> Values | None:
        """Look at the median group's ratio, and at the loss since it became high."""
        ratios = [
            float(values[-1])
            for name, (_, values) in delta.curves.items()
            if name.startswith("update_ratio/") and values[-1] > 0
        ]
        smooth = session.curves.get("smooth_loss")
        if not ratios or smooth is None or not len(smooth):
            return None
        ratio, loss = float(np.median(ratios)), float(smooth.y[-1])
        if ratio < HIGH_RATIO or self._loss is None:
            self._loss, self._samples = loss, 0
        if ratio >= HIGH_RATIO:
            self._samples += 1
        if self._samples < HIGH_SAMPLES:
            return None
        if loss < self._loss - 0.02 * abs(self._loss):
            self._loss, self._samples = loss, 0
            return None
        return told(percent=100 * ratio)


class Overfitting:
    """The validation loss rose in two epochs on end, while the training loss fell."""

    key: ClassVar[str] = "overfitting"
    level: ClassVar[Literal["warning", "error"]] = "warning"

    def __init__(self) -> None:
        self._seen = 0
        self._last: deque[tuple[Any, Any, int]] = deque(maxlen=3)
        self._best_before = float("inf")
        self._complete = True

    def check(self, session: Session, delta: Delta) -> Values | None:
        """Look at the epoch table when it has a new row."""
        new = session.epochs[self._seen :]
        self._seen += len(new)
        for row in new:
            if row["kind"] == "epoch":
                self._take(row)
        if not new or len(self._last) < 3 or not self._complete:
            return None
        train, valid, numbers = zip(*self._last, strict=True)
        best, now = valid[0], valid[2]
        rose = now > valid[1] > best and best < self._best_before
        if not rose or not train[2] < train[1] < train[0]:
            return None
        if now - best <= (OVERFIT - 1) * abs(best):
            return None
        return {**told(best=best, now=now), "epoch": numbers[0] + 1}

    def _take(self, row: dict[str, Any]) -> None:
        train, valid = (row["values"].get(name) for name in ("train_loss", "valid_loss"))
        self._complete = self._complete and train is not None and valid is not None
        if len(self._last) == 3 and self._complete and self._last[0][1] < self._best_before:
            self._best_before = self._last[0][1]
        self._last.append((train, valid, row["epoch"]))


class IdleDevice:
    """The device waits for data, for ten seconds now."""

    key: ClassVar[str] = "idle-device"
    level: ClassVar[Literal["warning", "error"]] = "warning"

    def __init__(self) -> None:
        self._since: float | None = None

    def check(self, session: Session, delta: Delta) -> Values | None:
        """Look at the share of waiting."""
        share = session.progress.get("waiting")
        if share is None or delta.status != "running" or share <= WAITING:
            self._since = None
            return None
        now = session.seconds
        if self._since is None:
            self._since = now
        if now - self._since <= WAITING_SECONDS:
            return None
        return {"percent": round(100 * share)}


RULES: tuple[type[Rule], ...] = (
    NaNLoss,
    NaNGradients,
    Diverging,
    RisingInWarmup,
    ExplodingGradients,
    VanishingGradients,
    RateTooHigh,
    Overfitting,
    IdleDevice,
)
