"""The lines of a chart: few enough values, placed in its frame, written as paths of SVG.

Coordinates are whole tenths of a pixel, each relative to the one before: a curve of 300 points
takes 2 kB.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from xml.etree import ElementTree as ET

import numpy as np
import numpy.typing as npt

from tfwidgets.dashboard.drawing.scales import Scale, extent
from tfwidgets.ui.html import element

MOST_POINTS = 300
"""Points of one drawn line: what comes on top is put into bins with least, greatest and mean."""

MOST_DOTS = 60
"""More points than these would be a thick line."""

Values = npt.NDArray[np.float64]

# Between 3:1 and 6:1 against white and against near-black: what shows the picture need not say
# which of the two it has. Where the page names colours of ours, those are taken.
COLOURS = ("#2f7fe0", "#c9711a", "#1d9a5a", "#d2529a", "#8a7d12", "#2f8aa8", "#8f70e8", "#c0486a")
_DASHES = ("", "6 3", "2 3", "8 3 2 3")
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 18, 24
_ROUND = {"stroke_linejoin": "round", "stroke_linecap": "round"}


@dataclass(frozen=True)
class Series:
    """One curve of a chart.

    Attributes
    ----------
    name
        For the legend; empty keeps it out of there.
    x, y
        Its values. (values,)
    low, high
        Least and greatest of what stands behind each value, for a faint band. (values,)
    style
        ``"line"``, ``"faint"`` (a line and its band, behind the others) or ``"points"``.
    colour
        Number of the colour; by default its place among the series.
    """

    name: str
    x: npt.ArrayLike
    y: npt.ArrayLike
    low: npt.ArrayLike | None = None
    high: npt.ArrayLike | None = None
    style: Literal["line", "faint", "points"] = "line"
    colour: int | None = None


@dataclass(frozen=True)
class Drawn:
    """A series with few enough values to draw."""

    name: str
    colour: str
    dash: str
    style: str
    x: Values
    y: Values
    low: Values | None
    high: Values | None

    @staticmethod
    def of(series: Series, place: int) -> Drawn:
        """Make one of a series, the ``place``-th of its chart."""
        x, y = _floats(series.x), _floats(series.y)
        low = y if series.low is None else _floats(series.low)
        high = y if series.high is None else _floats(series.high)
        banded = series.low is not None and series.high is not None
        if len(x) > MOST_POINTS:
            x, y, low, high = _thinned(x, y, low, high)
            banded = banded or series.style == "faint"
        number = place if series.colour is None else series.colour
        hue, again = number % len(COLOURS), number // len(COLOURS)
        return Drawn(
            series.name,
            f"var(--tfw-series-{hue},{COLOURS[hue]})",
            _DASHES[again % len(_DASHES)],
            series.style,
            x,
            y,
            low if banded else None,
            high if banded else None,
        )

    def paths(self, frame: Frame) -> Iterable[ET.Element]:
        """Write it as paths in a frame, in tenths of a pixel."""
        faint = self.style == "faint"
        if self.low is not None and self.high is not None:
            yield element(
                "path",
                d=_area(self.x, self.low, self.high, frame),
                style=f"fill:{self.colour};fill-opacity:.28",
            )
            if faint:
                return
        dotted = self.style == "points" and len(self.x) <= MOST_DOTS
        extra: dict[str, Any] = {"stroke_opacity": ".45"} if faint else {}
        if self.dash and self.style == "line":
            extra["stroke_dasharray"] = " ".join(f"{part}0" for part in self.dash.split())
        yield element(
            "path",
            d=_line(self.x, self.y, frame),
            stroke_width="10" if faint or dotted else "20",
            style=f"stroke:{self.colour}",
            **_ROUND,
            **extra,
        )
        if dotted:
            yield element(
                "path",
                d=_points(self.x, self.y, frame),
                stroke_width="70",
                style=f"stroke:{self.colour}",
                **_ROUND,
            )


class Frame:
    """Where a value lies in the picture, in tenths of a pixel."""

    def __init__(
        self, drawn: Sequence[Drawn], width: int, height: int, log: bool, x: Scale
    ) -> None:
        self.width, self.height = width, height
        self.x = x
        firm = [d.y for d in drawn if d.style != "faint"] or [d.y for d in drawn]
        y_low, y_high = extent(firm)
        for d in drawn:
            # Single spikes of a raw curve may leave the picture; most of it stays in.
            low, high = (d.y if d.low is None else d.low), (d.y if d.high is None else d.high)
            if len(low) and np.isfinite(low).any() and np.isfinite(high).any():
                y_low = min(y_low, float(np.nanquantile(low, 0.02)))
                y_high = max(y_high, float(np.nanquantile(high, 0.98)))
        self.y = Scale(y_low, y_high, log=log and y_low > 0, roomy=True)

    def across(self, x: Any) -> Any:
        """Place steps."""
        return np.rint(10 * (LEFT + self.x.place(x) * (self.width - LEFT - RIGHT)))

    def down(self, y: Any) -> Any:
        """Place values; what is beyond the frame comes onto its edge."""
        room = self.height - TOP - BOTTOM
        return np.rint(10 * (TOP + (1 - np.clip(self.y.place(y), 0, 1)) * room))


def reach(drawn: Sequence[Drawn], x_range: tuple[float, float] | None) -> tuple[float, float]:
    """Return the ends of the axis of steps."""
    given = [] if x_range is None else [np.array(x_range, np.float64)]
    return extent([*(d.x for d in drawn), *given])


def _floats(values: npt.ArrayLike) -> Values:
    array = np.asarray(values, dtype=np.float64).reshape(-1)
    return np.where(np.isfinite(array), array, np.nan)


def _thinned(x: Values, y: Values, low: Values, high: Values) -> tuple[Values, ...]:
    """Put neighbours together; NaN only where all of them are."""
    starts = np.unique(np.linspace(0, len(x), MOST_POINTS, endpoint=False).astype(np.int64))
    counts = np.add.reduceat((~np.isnan(y)).astype(np.float64), starts)
    sums = np.add.reduceat(np.nan_to_num(y), starts)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums / counts
    # The first and the last value stay where they are: the summary and a reader's eye want them.
    mean[0], mean[-1] = y[0], y[-1]
    at = x[starts]
    at[-1] = x[-1]
    return at, mean, np.fmin.reduceat(low, starts), np.fmax.reduceat(high, starts)


def _runs(x: Values, *ys: Values) -> Iterable[slice]:
    """Stretches without NaN."""
    good = ~np.isnan(x)
    for y in ys:
        good &= ~np.isnan(y)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], good, [False])).astype(np.int8)))
    return (slice(a, b) for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _steps(xs: Any, ys: Any) -> str:
    """Write moves from the first place to each of the others."""
    dx, dy = np.diff(xs).astype(np.int64), np.diff(ys).astype(np.int64)
    return "".join(
        f"{a}{b}" if b < 0 else f"{a} {b}"
        for a, b in ((f" {a}" if a >= 0 else str(a), b) for a, b in zip(dx, dy, strict=True))
    )


def _line(x: Values, y: Values, frame: Frame) -> str:
    parts = []
    for run in _runs(x, y):
        xs, ys = frame.across(x[run]), frame.down(y[run])
        # A lone value: a line of no length, which round caps make a dot.
        parts.append(f"M{xs[0]:.0f} {ys[0]:.0f}l" + (_steps(xs, ys).lstrip() or "0 0"))
    return "".join(parts)


def _points(x: Values, y: Values, frame: Frame) -> str:
    good = ~np.isnan(x) & ~np.isnan(y)
    places = zip(frame.across(x[good]), frame.down(y[good]), strict=True)
    return "".join(f"M{a:.0f} {b:.0f}h0" for a, b in places)


def _area(x: Values, low: Values, high: Values, frame: Frame) -> str:
    parts = []
    for run in _runs(x, low, high):
        there = frame.across(x[run])
        xs = np.concatenate((there, there[::-1]))
        ys = np.concatenate((frame.down(high[run]), frame.down(low[run])[::-1]))
        parts.append(f"M{xs[0]:.0f} {ys[0]:.0f}l{_steps(xs, ys).lstrip()}z")
    return "".join(parts)
