"""The learning rates of a Trainer: its scheduler's, a reader's factor, an epoch more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfwidgets.dashboard.trainer.fit import TrainerFit

LEAST_LEFT, TAIL = 0.05, 0.1
"""An epoch more begins at a tenth of the highest rate and goes evenly to 0, where the schedule
ends below a twentieth of that: at its own end nothing would be learned."""


class TrainerRates:
    """Puts a factor on the rates of each step and takes it off before the scheduler looks.

    Parameters
    ----------
    fit
        The training.

    Attributes
    ----------
    factor
        What the scheduler's rates are multiplied with.
    """

    def __init__(self, fit: TrainerFit) -> None:
        self._fit = fit
        self.factor = 1.0
        self._own: list[tuple[float, float]] | None = None
        self._high: list[float] = []
        self._tail: tuple[int, int] | None = None
        self._planned_steps = int(fit.state.max_steps)

    @property
    def _param_groups(self) -> list[dict[str, Any]]:
        groups: list[dict[str, Any]] = self._fit.parts["optimizer"].param_groups
        return groups

    def scale(self) -> None:
        """Put the factor on the rates, after the scheduler has set them."""
        groups = self._param_groups
        rates = [float(group["lr"]) for group in groups]
        highest = self._high or rates
        self._high = [max(pair) for pair in zip(highest, rates, strict=True)]
        step = int(self._fit.state.global_step)
        tail = step >= self._planned_steps and self._begin_tail(step, rates)
        if self.factor == 1.0 and not tail:
            return
        wanted = rates
        if tail and self._tail is not None:
            first, last = self._tail[0], int(self._fit.state.max_steps)
            left = max(1 - (step - first) / max(last - first, 1), 0.0)
            wanted = [high * TAIL * left for high in self._high]
        self._own = []
        for group, rate, real in zip(groups, rates, wanted, strict=True):
            self._own.append((rate, real * self.factor))
            group["lr"] = real * self.factor

    def unscale(self) -> None:
        """Give the scheduler its own rates back, so that nothing compounds."""
        own, self._own = self._own, None
        for group, (rate, scaled) in zip(self._param_groups, own or (), strict=False):
            # What somebody set meanwhile (ReduceLROnPlateau) was meant of what stood there.
            at = float(group["lr"])
            group["lr"] = rate if at == scaled or not scaled else at * rate / scaled

    def release(self) -> None:
        """Leave nothing of ours in the optimizer."""
        self.unscale()

    def _begin_tail(self, step: int, rates: list[float]) -> bool:
        if int(self._fit.state.max_steps) <= self._planned_steps:
            return False
        if self._tail is None and step == self._planned_steps:
            low = all(r < LEAST_LEFT * high for r, high in zip(rates, self._high, strict=True))
            self._tail = (step, 0) if low else None
        return self._tail is not None
