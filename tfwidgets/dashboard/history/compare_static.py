"""The script-free picture of a comparison: curves over each other, settings that differ."""

from __future__ import annotations

from typing import Literal
from xml.etree import ElementTree as ET

from tfwidgets.dashboard.drawing.svg import Series, line_chart
from tfwidgets.dashboard.drawing.tables import cell, decimal, table
from tfwidgets.dashboard.flat import as_text
from tfwidgets.dashboard.history.compare import (
    MOST_SHOWN,
    Comparison,
    compared_settings,
    compared_values,
)
from tfwidgets.dashboard.record import Record
from tfwidgets.ui.html import element
from tfwidgets.ui.strings import Language, current_language, translate
from tfwidgets.ui.strings import table as words
from tfwidgets.ui.text import one_line

MOST_CHARTS = 4
MOST_SETTINGS = 40
_POINTS = 60
_GRID = (
    "display:grid;gap:1em 1.5em;margin:.4em 0;"
    "grid-template-columns:repeat(auto-fit,minmax(min(100%,26em),1fr))"
)
_FAINT = "opacity:.8;margin:.4em 0"
_TITLE = "font-size:1em;margin:1em 0 .3em"


def draw(comparison: Comparison) -> ET.Element:
    """Draw the losses and metrics of the runs, their best values, and what was set differently."""
    language = current_language()
    records = comparison.records[:MOST_SHOWN]
    labels = [one_line(label, 40) for label in comparison.labels[:MOST_SHOWN]]
    parts: list[ET.Element | None] = []
    if len(comparison.runs) > MOST_SHOWN:
        parts.append(element("p", _words("only-some", language, n=MOST_SHOWN), style=_FAINT))
    charts = [_chart(name, records, labels, language) for name in _curves(records)]
    parts.append(element("div", *charts, style=_GRID))
    parts += [*_best(records, labels, language), *_settings(records, labels, language)]
    return element("div", *parts, class_="tfw-static")


def _curves(records: list[Record]) -> list[str]:
    """Return the curves to draw: the losses, then the metrics that most runs have."""
    values = [row.name for row in compared_values(records)]
    names = ["smooth_loss", "valid_loss", *(n for n in values if n not in ("train_loss",))]
    known = [set(record.curve_names) for record in records]
    found = [name for name in dict.fromkeys(names) if any(name in names_ for names_ in known)]
    if "smooth_loss" not in found and any("loss" in names_ for names_ in known):
        found.insert(0, "loss")
    return found[:MOST_CHARTS]


def _chart(name: str, records: list[Record], labels: list[str], language: Language) -> ET.Element:
    series = []
    title = f"curve-{name}"
    for number, (label, record) in enumerate(zip(labels, records, strict=True)):
        if name not in record.curve_names:
            continue
        bins = record.overview(name)
        style: Literal["points", "line"] = "points" if len(bins) <= _POINTS else "line"
        # By its number, so that a run keeps its colour where another lacks this curve.
        series.append(Series(label, bins.x, bins.mean, style=style, colour=number))
    return line_chart(
        series,
        title=_words(title, language) if title in words("runs-static") else one_line(name, 60),
        x_label=_words("step", language),
        whole=True,
        language=language,
    )


def _best(records: list[Record], labels: list[str], language: Language) -> list[ET.Element]:
    rows = []
    for row in compared_values(records):
        cells = [cell(one_line(row.name, 60))]
        for k, value in enumerate(row.values):
            text = "–" if value is None else decimal(value, language)
            cells.append(cell(f"{text} ★" if k == row.best else text, strong=k == row.best))
        rows.append(cells)
    if not rows:
        return []
    title = element("h4", _words("best-values", language), style=_TITLE)
    return [title, table(["", *labels], rows)]


def _settings(records: list[Record], labels: list[str], language: Language) -> list[ET.Element]:
    title = element("h4", _words("differences", language), style=_TITLE)
    different = [setting for setting in compared_settings(records) if not setting.same]
    if not different:
        return [title, element("p", _words("no-differences", language), style=_FAINT)]
    rows = [
        [cell(one_line(s.key, 60)), *(cell(one_line(as_text(v), 60)) for v in s.values)]
        for s in different[:MOST_SETTINGS]
    ]
    parts = [title, table([_words("setting", language), *labels], rows)]
    if (left := len(different) - MOST_SETTINGS) > 0:
        parts.append(element("p", _words("settings-more", language, n=left), style=_FAINT))
    return parts


def _words(key: str, language: Language, **values: object) -> str:
    return translate("runs-static", key, language, **values)
