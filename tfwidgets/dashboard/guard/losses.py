"""What a loss tells: that it is no number, runs away, or rises in warm-up.

Losses are noisy, and alerts for nothing are read no more: so windows of a loss are compared by
their quartiles. That the lowest quartile of one stands above the highest of another happens by
chance practically never, whatever the distribution of the loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from tfwidgets.dashboard.guard.rule import Values, told

if TYPE_CHECKING:
    from tfwidgets.dashboard.curves import Floats
    from tfwidgets.dashboard.record import Delta
    from tfwidgets.dashboard.session import Session

BAD_LOSSES = 2
"""One loss that is no number may be one bad batch that is skipped (GradScaler does that)."""

BAD_GRADIENTS = 5
"""With fp16, infinite gradients are usual until the scale of the loss is found."""

WINDOW = 50
"""Steps that are compared."""

LEAST_POINTS = 5
"""Points that make a window where each is a mean over many steps (HF Trainer)."""

LOST = 1.3
"""Diverging: the loss is so many times its best, and as high as at the beginning (a classifier
that collapses comes back to there)."""

LOST_WINDOWS = 3

FAR_ABOVE_FIRST = 20.0
"""Diverging from the first steps on: so many times the very first loss, which no update had
touched yet."""

FIRST_STEPS, BLOWN_UP = 10, 20.0
"""Blown up: three of the first losses, on end, are so many times what the loss was before and is
after, and more than twice the highest one after. A model that died of it has a loss again that
looks harmless."""


SOON, FAR_UPDATE, FAR_SOON = 10, 0.3, 5.0
"""Blown up and known at once: most of so many losses are so many times the first one, and a step
changed a layer group's weights by this share of their norm (usual is 0.001)."""


class _NoNumbers:
    """Values of a curve that are no numbers, several in a row."""

    curve: ClassVar[str]
    patience: ClassVar[int]

    def __init__(self) -> None:
        self._since: int | None = None
        self._count = 0

    def check(self, session: Session, delta: Delta) -> Values | None:
        """Look at the new values."""
        if (new := delta.curves.get(self.curve)) is None:
            return None
        steps, values = new
        good = np.isfinite(values)
        if good.all():
            self._since, self._count = None, 0
            return None
        first = int(np.flatnonzero(good)[-1]) + 1 if good.any() else 0
        if first or self._since is None:
            self._since, self._count = None, 0
            if first < len(values):
                self._since = int(steps[first])
        self._count += len(values) - first
        return {"step": self._since} if self._count >= self.patience else None


class NaNLoss(_NoNumbers):
    """The loss is NaN or infinite."""

    key: ClassVar[str] = "nan-loss"
    level: ClassVar[Literal["warning", "error"]] = "error"
    curve, patience = "loss", BAD_LOSSES


class NaNGradients(_NoNumbers):
    """The gradients are; of Trainer, which leaves out such losses, this is all that shows."""

    key: ClassVar[str] = "nan-gradients"
    level: ClassVar[Literal["warning", "error"]] = "error"
    curve, patience = "grad_norm", BAD_GRADIENTS

    def check(self, session: Session, delta: Delta) -> Values | None:
        """Look at the new norms, where the loss does not tell already."""
        loss = session.curves.get("loss")
        told = loss is not None and len(loss) and not np.isfinite(loss.y[-1])
        return None if told else super().check(session, delta)


class _Windows:
    """The losses in windows: the first, the best, and the last one."""

    def __init__(self) -> None:
        self.first: Floats | None = None
        self.best: Floats | None = None
        self._at = 0

    def take(self, session: Session) -> Floats | None:
        """Return the last window (its quartiles) when there is a new one, every half window."""
        curve = session.curves.get("loss")
        if curve is None or len(curve) < 2:
            return None
        x, y = curve.x, curve.y
        apart = max(1.0, (int(x[-1]) - int(x[0])) / (len(x) - 1))
        size = max(LEAST_POINTS, int(WINDOW / apart))
        if len(y) < self._at + max(1, size // 2) or len(y) < size:
            return None
        self._at = len(y)
        last = y[-size:]
        last = last[np.isfinite(last)]
        if len(last) < size // 2:
            return None
        last = np.sort(last)  # by hand: quantile() takes ten times as long
        now: Floats = last[[len(last) // 4, len(last) // 2, 3 * len(last) // 4]]
        if self.first is None:
            self.first = now
        if self.best is None or now[1] < self.best[1]:
            self.best = now
        return now


class Diverging:
    """All that was learned is lost, in three windows on end; or the first steps blew it up."""

    key: ClassVar[str] = "diverging"
    level: ClassVar[Literal["warning", "error"]] = "error"

    def __init__(self) -> None:
        self._windows = _Windows()
        self._bad = 0
        self._early: bool | None = None

    def check(self, session: Session, delta: Delta) -> Values | None:
        """Compare the last window with the first and the best one."""
        if "loss" not in delta.curves:
            return None
        if (blown := self._blown_up(session)) is not None:
            return blown
        if (now := self._windows.take(session)) is None:
            return None
        first, best = self._windows.first, self._windows.best
        if first is None or best is None:
            return None
        lost = (
            _above(now, best)
            and now[1] - best[1] > (LOST - 1) * abs(best[1])
            and now[1] >= first[1]
        )
        self._bad = self._bad + 1 if lost else 0
        if self._bad >= LOST_WINDOWS:
            return told(now=now[1], best=best[1], start=first[1])
        if self._bad:
            return None
        return self._from_the_first(session.curves["loss"].y, now, best)

    def _blown_up(self, session: Session) -> Values | None:
        """Compare the last few losses with the first, where steps were far too large as well."""
        y = session.curves["loss"].y
        if len(y) <= SOON or not 0 < y[0] < np.inf:
            return None
        last = np.sort(y[-SOON:])
        if not last[SOON // 5] > FAR_SOON * y[0]:
            return None
        steps = [
            curve.y[np.isfinite(curve.y)].max(initial=0.0)
            for name, curve in session.curves.items()
            if name.startswith("update_ratio/")
        ]
        if max(steps, default=0.0) < FAR_UPDATE:
            return None
        return told(now=last[SOON // 2], best=y[0], start=y[0])

    def _from_the_first(self, y: Floats, now: Floats, best: Floats) -> Values | None:
        """Compare with the first loss: no window saw this training while it was well."""
        start = float(y[0])
        if len(y) <= WINDOW or not 0 < start < np.inf:
            return None
        # One loss alone may be low by chance: only losses that hardly scatter tell by it.
        low = float(np.sort(y[-WINDOW:])[WINDOW // 20])
        if now[1] > FAR_ABOVE_FIRST * start and low > now[1] / 3:
            return told(now=now[1], best=min(start, float(best[1])), start=start)
        if self._early is None:
            later = np.abs(y[FIRST_STEPS + 1 : WINDOW])
            early = y[1 : FIRST_STEPS + 1]
            spike = np.minimum(np.minimum(early[:-2], early[1:-1]), early[2:]).max()
            usual = max(start, later.mean())
            self._early = bool(spike > max(BLOWN_UP * usual, 2 * later.max()))
            if self._early:
                return told(now=spike, best=start, start=start)
        return None


class RisingInWarmup:
    """The loss rises while the learning rate still grows."""

    key: ClassVar[str] = "rising-in-warmup"
    level: ClassVar[Literal["warning", "error"]] = "warning"

    def __init__(self) -> None:
        self._windows = _Windows()
        self._best_rate = 0.0

    def check(self, session: Session, delta: Delta) -> Values | None:
        """Compare the last window with the best, and the rate now with that before."""
        if "loss" not in delta.curves or (rates := session.curves.get("lr")) is None:
            return None
        before = self._windows.best
        if (now := self._windows.take(session)) is None:
            return None
        best, rate = self._windows.best, rates.y
        if best is not before:
            self._best_rate = float(rate[-1])
        grows = len(rate) > WINDOW and rate[-1] > 1.02 * rate[-WINDOW]
        if best is None or not grows or not _above(now, best):
            return None
        if now[1] - best[1] <= 0.2 * abs(best[1]):
            return None
        return told(now=now[1], best=best[1], lr=self._best_rate)


def _above(now: Floats, before: Floats) -> bool:
    """Tell whether three quarters of one window are above three quarters of the other."""
    return bool(now[0] > before[2])
