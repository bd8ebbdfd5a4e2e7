"""Curves that grow while they are looked at: every value is kept, a view gets a bounded part.

What a view draws is bins: runs of neighbouring values with their least, greatest and mean. A
spike therefore stays visible however many values share a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MOST_BINS = 1024
"""Bins of a whole curve: more than a chart has pixels on most screens."""

Floats = npt.NDArray[np.float32]
Steps = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Bins:
    """A part of a curve, in bins of ``width`` values each (the last may have fewer).

    Attributes
    ----------
    first
        Number of the first bin, counted from the curve's beginning in bins of this width.
    width
        Values per bin; a power of two.
    x
        The step of each bin's first value. (bins,)
    low, high, mean
        Over the values of each bin that are no NaN; NaN where all are. (bins,)
    """

    first: int
    width: int
    x: Steps
    low: Floats
    high: Floats
    mean: Floats

    def __len__(self) -> int:
        return len(self.x)


class Curve:
    """Values over steps. One thread appends; others read under the session's lock.

    Values are kept as float32 in arrays that double when they are full: 8 to 16 bytes a value
    with its step.
    """

    def __init__(self, x: npt.ArrayLike = (), y: npt.ArrayLike = ()) -> None:
        self._x = np.array(x, dtype=np.int64)
        self._y = np.array(y, dtype=np.float32)
        self._size = len(self._x)
        self.width = 1
        while self._size > MOST_BINS * self.width:
            self.width *= 2

    def __len__(self) -> int:
        return self._size

    @property
    def x(self) -> Steps:
        """The steps: (values,) int64."""
        return self._x[: self._size]

    @property
    def y(self) -> Floats:
        """The values: (values,) float32."""
        return self._y[: self._size]

    def extend(self, x: npt.ArrayLike, y: npt.ArrayLike) -> None:
        """Append values; steps never go back."""
        steps, values = np.atleast_1d(np.asarray(x)), np.atleast_1d(np.asarray(y))
        size = self._size + len(steps)
        if size > len(self._x):
            room = max(256, 2 * len(self._x), size)
            self._x = np.resize(self._x, room) if len(self._x) else np.empty(room, np.int64)
            self._y = np.resize(self._y, room) if len(self._y) else np.empty(room, np.float32)
        self._x[self._size : size] = steps
        self._y[self._size : size] = values
        self._size = size
        while size > MOST_BINS * self.width:
            self.width *= 2

    def overview(self) -> Bins:
        """Return the whole curve in at most ``MOST_BINS`` bins."""
        return self._bins(0, self._size, self.width)

    def news(self, size: int, width: int) -> Bins | None:
        """Return the bins that changed since the curve had ``size`` values in this ``width``.

        All of them when bins got wider since; None when nothing came.
        """
        if (size, width) == (self._size, self.width):
            return None
        start = size if width == self.width else 0
        return self._bins(start // self.width * self.width, self._size, self.width)

    def window(self, first: float, last: float, most: int = MOST_BINS) -> Bins:
        """Return what lies between two steps, a neighbour on either side with it."""
        return window(self.x, self.y, first, last, most)

    def _bins(self, start: int, stop: int, width: int) -> Bins:
        return bins(self._x[start:stop], self._y[start:stop], width, start // width)


def window(x: Steps, y: Floats, first: float, last: float, most: int = MOST_BINS) -> Bins:
    """Return what lies between two steps in at most about ``most`` bins."""
    start = max(int(np.searchsorted(x, first, "left")) - 1, 0)
    stop = min(int(np.searchsorted(x, last, "right")) + 1, len(x))
    width = 1
    while stop - start > most * width:
        width *= 2
    start = start // width * width
    return bins(x[start:stop], y[start:stop], width, start // width)


def bins(x: Steps, y: Floats, width: int, first: int = 0) -> Bins:
    """Put values into bins of ``width``, beginning at bin number ``first``."""
    if width == 1 or not len(x):
        return Bins(first, width, x.astype(np.int64), y.copy(), y.copy(), y.copy())
    starts = np.arange(0, len(x), width)
    empty = np.isnan(y)
    counts = np.add.reduceat((~empty).astype(np.float64), starts)
    sums = np.add.reduceat(np.where(empty, 0.0, y.astype(np.float64)), starts)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (sums / counts).astype(np.float32)
    low = np.fmin.reduceat(y, starts)
    high = np.fmax.reduceat(y, starts)
    return Bins(first, width, x[starts].astype(np.int64), low, high, mean)
