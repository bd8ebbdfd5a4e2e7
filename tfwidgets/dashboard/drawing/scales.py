"""Axes: from values to places, the ticks on them, and numbers as a language writes them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tfwidgets.ui.strings import Language

_NICE = (1.0, 2.0, 5.0, 10.0)


class Scale:
    """An axis between two values.

    Parameters
    ----------
    low, high
        What must be on it; equal ones are moved apart.
    log
        Places are logarithms; both ends are above 0.
    roomy
        Leave some room beyond both ends.
    whole
        Only whole numbers are ticks.
    """

    def __init__(
        self,
        low: float,
        high: float,
        *,
        log: bool = False,
        roomy: bool = False,
        whole: bool = False,
    ) -> None:
        self.log, self.whole = log, whole
        a, b = (math.log10(low), math.log10(high)) if log else (low, high)
        if not b > a:
            apart = 0.5 if log or a == 0 else max(abs(a) * 0.1, 1e-12)
            a, b = (a, b + 1) if whole else (a - apart, b + apart)
        room = (b - a) * 0.05 if roomy else 0.0
        # Losses, rates and shares are not below 0: their axis is not, either.
        self._a = 0.0 if roomy and not log and 0 <= a < room else a - room
        self._b = b + room

    @property
    def ends(self) -> tuple[float, float]:
        """Return the values at both ends."""
        return (10**self._a, 10**self._b) if self.log else (self._a, self._b)

    def place(self, values: Any) -> Any:
        """Return where values lie: 0 and 1 are the ends."""
        if self.log:
            with np.errstate(invalid="ignore", divide="ignore"):
                values = np.log10(np.maximum(values, 1e-300))
        return (np.asarray(values, dtype=np.float64) - self._a) / (self._b - self._a)


def extent(arrays: Sequence[npt.NDArray[np.float64]]) -> tuple[float, float]:
    """Return the least and the greatest finite value; 0 and 1 where there is none."""
    ends = [
        (float(np.nanmin(a)), float(np.nanmax(a)))
        for a in arrays
        if len(a) and not np.isnan(a).all()
    ]
    return (min(e[0] for e in ends), max(e[1] for e in ends)) if ends else (0.0, 1.0)


def ticks(scale: Scale, most: int) -> list[float]:
    """Return round values on the axis, about ``most`` of them.

    1, 2 or 5 times a power of ten apart; on a logarithmic axis powers of ten, with twos and fives
    between where there are few.
    """
    low, high = scale.ends
    if scale.log:
        return _log_ticks(low, high, most)
    step = _nice((high - low) / most)
    if scale.whole:
        step = max(1.0, step)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [k * step for k in range(first, last + 1)]


def _nice(step: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(step))
    return next(n for n in _NICE if n * power >= step * 0.999) * power


def _log_ticks(low: float, high: float, most: int) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for factors in ((1,), (1, 3), (1, 2, 5)):
        found = [
            f * 10.0**e
            for e in range(first, last + 1)
            for f in factors
            if low <= f * 10.0**e <= high
        ]
        if len(found) >= 3:
            return found[:: -(-len(found) // (2 * most))]
    linear = Scale(low, high)
    return ticks(linear, most)


def written(value: float, language: Language, digits: int = 4) -> str:
    """Write a number for people: ``1,234``, ``0.25``, ``5e-5``; German ``1.234``, ``0,25``."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("∞" if value > 0 else "-∞")
    size = abs(value)
    if size and not 1e-4 < size < 1e9:
        text = f"{value:.{max(digits - 2, 0)}e}"
        mantissa, _, power = text.partition("e")
        if "." in mantissa:
            mantissa = mantissa.rstrip("0").rstrip(".")
        text = f"{mantissa}e{int(power)}"
    else:
        places = max(0, digits - 1 - math.floor(math.log10(size))) if size else 0
        text = f"{value:,.{min(places, 10)}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
    return text if language == "en" else text.translate(str.maketrans(",.", ".,"))
