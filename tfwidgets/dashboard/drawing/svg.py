"""Line charts as inline SVG: no script, few kilobytes, readable on light and dark grounds.

Axes and words have the colour of the text around them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from xml.etree import ElementTree as ET

import numpy as np

from tfwidgets.dashboard.drawing.lines import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    Drawn,
    Frame,
    Series,
    reach,
)
from tfwidgets.dashboard.drawing.scales import Scale, ticks, written
from tfwidgets.ui.html import element
from tfwidgets.ui.strings import Language, current_language, translate
from tfwidgets.ui.text import clip

__all__ = ["Marker", "Series", "line_chart"]

MOST_SERIES = 12
MOST_MARKERS = 25

_ALERT = "var(--jp-error-color1,#e0483e)"

_APART, _LONGEST_LABEL = 16, 5
_LEGEND = "display:flex;flex-wrap:wrap;gap:0 1em;margin:0 0 .15em;line-height:1.5"


@dataclass(frozen=True)
class Marker:
    """A vertical line where something happened."""

    x: float
    label: str
    alert: bool = False


def line_chart(
    series: Sequence[Series],
    *,
    width: int = 640,
    height: int = 220,
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    log: bool = False,
    markers: Sequence[Marker] = (),
    whole: bool = False,
    x_range: tuple[float, float] | None = None,
    language: Language | None = None,
) -> ET.Element:
    """Draw curves over a common axis.

    Parameters
    ----------
    width, height
        In pixels; the chart takes the width that it is given, up to a third more than this.
    log
        Draw the logarithm, where every value is above 0.
    whole
        The steps are whole numbers: no tick stands between two of them.
    x_range
        Steps that the axis shows at least, so that charts of one run have a common one.

    Returns
    -------
    xml.etree.ElementTree.Element
        A ``<figure>``: title and legend as text, the curves as ``<svg role="img">``, whose
        label says where each curve begins and ends.
    """
    language = language or current_language()
    drawn = [Drawn.of(s, k) for k, s in enumerate(series[:MOST_SERIES])]
    frame = Frame(drawn, width, height, log, Scale(*reach(drawn, x_range), whole=whole))
    body: list[ET.Element | None] = [*_grid(frame, language)]
    body += _marked(list(_apart(markers, frame)), frame)
    order = {"faint": 0, "line": 1, "points": 2}
    paths = [p for d in sorted(drawn, key=lambda d: order[d.style]) for p in d.paths(frame)]
    body.append(element("g", *paths, transform="scale(.1)", fill="none"))
    if not any(len(d.x) for d in drawn):
        none = translate("dashboard-static", "no-values", language)
        body.append(_text(none, width / 2, height / 2, "middle"))
    if x_label:
        body.append(_text(x_label, width - RIGHT, height - 2, "end"))
    if y_label:
        body.append(_text(y_label, 2, 10, "start"))
    summary = _summary(title, drawn, language)
    picture = element(
        "svg",
        element("title", summary),
        *(part for part in body if part is not None),
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_label=summary,
        style=f"display:block;width:100%;max-width:{width * 4 // 3}px;height:auto;overflow:visible",
        font_size="11.5",
        font_family="system-ui,sans-serif",
    )
    # Where SVG is taken out (an untrusted notebook), the numbers at the axes stay as text.
    for node in picture.iter():
        node.tail = " " if node is not picture else None
    return element("figure", _legend(title, drawn), picture, style="margin:0;min-width:0")


def _grid(frame: Frame, language: Language) -> Iterable[ET.Element]:
    lines, values, steps = [], [], []
    right, bottom = frame.width - RIGHT, frame.height - BOTTOM
    for value in ticks(frame.y, 5):
        y = float(frame.down(value)) / 10
        lines.append(f"M{LEFT} {y:g}H{right}")
        words = written(value, language)
        values.append(element("text", words, x=f"{LEFT - 6}", y=f"{y + 4:g}"))
    for value in ticks(frame.x, 5):
        x = float(frame.across(value)) / 10
        if x <= right - 40:
            words = written(value, language)
            steps.append(element("text", words, x=f"{x:g}", y=f"{bottom + 15}"))
    yield element("path", d="".join(lines), stroke="currentColor", stroke_opacity=".14")
    yield element(
        "path", d=f"M{LEFT} {bottom}H{right}", stroke="currentColor", stroke_opacity=".45"
    )
    calm = {"fill": "currentColor", "fill_opacity": ".72"}
    yield element("g", *values, text_anchor="end", **calm)
    yield element("g", *steps, text_anchor="middle", **calm)


def _apart(markers: Sequence[Marker], frame: Frame) -> Iterable[Marker]:
    """Put markers that would stand on each other together, beginning with alerts."""
    chosen: list[tuple[float, Marker]] = []
    for marker in sorted(markers, key=lambda m: not m.alert):
        x = float(frame.across(marker.x)) / 10
        if not LEFT - 1 <= x <= frame.width - RIGHT + 1:
            continue
        near = next((k for k, (other, _) in enumerate(chosen) if abs(x - other) < _APART), None)
        if near is None:
            if len(chosen) < MOST_MARKERS:
                chosen.append((x, marker))
        elif len(label := f"{chosen[near][1].label},{marker.label}") <= _LONGEST_LABEL:
            chosen[near] = chosen[near][0], replace(chosen[near][1], label=label)
    return (marker for _, marker in sorted(chosen, key=lambda pair: pair[0]))


def _marked(markers: Sequence[Marker], frame: Frame) -> Iterable[ET.Element]:
    for alert in (False, True):
        placed = [(float(frame.across(m.x)) / 10, m.label) for m in markers if m.alert == alert]
        if not placed:
            continue
        colour = _ALERT if alert else "currentColor"
        bottom = frame.height - BOTTOM
        yield element(
            "path",
            d="".join(f"M{x:g} {TOP}V{bottom}" for x, _ in placed),
            stroke_dasharray="3 3",
            style=f"stroke:{colour};stroke-opacity:.6",
        )
        yield element(
            "g",
            *(element("text", label, x=f"{x:g}", y=f"{TOP - 5}") for x, label in placed),
            text_anchor="middle",
            font_weight="600",
            font_size="10.5",
            style=f"fill:{colour}",
        )


def _text(words: str, x: float, y: float, anchor: str) -> ET.Element:
    return element(
        "text",
        words,
        x=f"{x:g}",
        y=f"{y:g}",
        text_anchor=anchor,
        fill="currentColor",
        fill_opacity=".72",
    )


def _legend(title: str, drawn: Sequence[Drawn]) -> ET.Element:
    parts: list[ET.Element] = [element("b", title)] if title else []
    for d in drawn:
        if not d.name:
            continue
        line = "dashed" if d.dash else "solid"
        swatch = "display:inline-block;vertical-align:.25em;margin-right:.4em;width:1.1em"
        swatch += f";border-top:3px {line}"
        if d.style == "points":
            swatch = (
                "display:inline-block;margin-right:.4em;width:.55em;height:.55em;border-radius:50%"
            )
            swatch += f";background:{d.colour}"
        if d.style == "faint":
            swatch += ";opacity:.4"
        mark = element("span", style=f"{swatch};border-color:{d.colour}")
        parts.append(element("span", mark, clip(d.name, 60), " "))
    return element("figcaption", *parts, style=_LEGEND)


def _summary(title: str, drawn: Sequence[Drawn], language: Language) -> str:
    parts = []
    for d in drawn:
        good = d.y[~np.isnan(d.y)]
        if d.name and len(good):
            parts.append(
                translate(
                    "dashboard-static",
                    "chart-summary",
                    language,
                    name=clip(d.name, 60),
                    first=written(float(good[0]), language, digits=3),
                    last=written(float(good[-1]), language, digits=3),
                    least=written(float(good.min()), language, digits=3),
                    greatest=written(float(good.max()), language, digits=3),
                )
            )
    said = "; ".join(parts) or translate("dashboard-static", "no-values", language)
    return f"{title}: {said}" if title else said
