"""The script-free picture of a training: curves as inline SVG, epoch table, what happened.

Its size has a bound whatever the run's length: each part gets a share of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np

from tfwidgets.dashboard.alert_words import alert_texts
from tfwidgets.dashboard.drawing.plots import plots
from tfwidgets.dashboard.drawing.scales import written
from tfwidgets.dashboard.drawing.svg import Marker, Series, line_chart
from tfwidgets.dashboard.log_words import how, what
from tfwidgets.dashboard.record import ENDED, Record
from tfwidgets.ui.html import element, render
from tfwidgets.ui.progress import duration
from tfwidgets.ui.strings import Language, current_language, number, translate
from tfwidgets.ui.text import clip, one_line

MOST_BYTES = 40_000
MOST_ROWS = 200
MOST_EVENTS = 16
_TABLE_HEAD = 1_500
_MOST_COLUMNS = 8

_CALM = "opacity:.8;margin:.3em 0"
_GRID = (
    "display:grid;gap:1em 1.5em;margin:.8em 0;"
    "grid-template-columns:repeat(auto-fit,minmax(min(100%,26em),1fr))"
)
_TABLE = "border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.6em 0"
_RIGHT = "text-align:right"
_ALERT = "border-left:3px solid {colour};padding:.15em .7em;margin:.5em 0"
_BAD, _WARN = "#e0483e", "#c9711a"
_COLOURS = {
    "finished": "#1d9a5a",
    "stopped": _WARN,
    "paused": _WARN,
    "interrupted": _WARN,
    "failed": _BAD,
    "lost": _BAD,
}
_SIGNS = {
    "waiting": "…",
    "running": "▶",
    "validating": "▶",
    "paused": "‖",
    "finished": "✓",
    "stopped": "■",
    "interrupted": "■",
    "failed": "✕",
    "lost": "✕",
}
_LOG_SPAN = 50.0
"""A loss that spans more than this is drawn on a logarithmic axis."""


def draw(run: Any) -> ET.Element:
    """Draw a ``Run``, or whatever has a ``Record`` as ``.record``."""
    return draw_record(run.record)


def draw_record(record: Record) -> ET.Element:
    """Draw a training: how it stands, its curves, what happened, the epoch table."""
    language = current_language()
    events = [event for event in record.log if _is_shown(event)]
    numbered = list(enumerate(events, 1))
    kept = _most_telling(numbered)
    parts: list[ET.Element | None] = [
        _head(record, language),
        element("div", _facts(record, language), style=_CALM),
    ]
    if record.status not in ENDED:
        # A page that was loaded anew meanwhile does not hear how it went on.
        step = int(record.progress.get("step", 0))
        parts.append(element("div", _words("unfinished", language, step=step), style=_CALM))
    if record.error:
        parts.append(_box(one_line(record.error, 500), colour=_BAD))
    if record.note:
        parts.append(
            element("p", clip(record.note, 500), style="margin:.4em 0;white-space:pre-wrap")
        )
    parts.append(element("div", *_charts(record, kept, language), style=_GRID))
    parts += _happened(kept, len(events), record.facts, language)
    picture = element("div", *parts, class_="tfw-static")
    room = MOST_BYTES - len(render(picture).encode()) - _TABLE_HEAD
    if (rows := _table(record, max(room, _TABLE_HEAD), language)) is not None:
        picture.append(rows)
    return picture


def _words(key: str, language: Language, **values: object) -> str:
    return translate("dashboard-static", key, language, **values)


def _head(record: Record, language: Language) -> ET.Element:
    colour = _COLOURS.get(record.status, "var(--jp-brand-color1,#2f7fe0)")
    status = translate("dashboard", f"status-{record.status}", language)
    return element(
        "div",
        element("b", clip(record.name, 100), style="font-size:1.15em"),
        " ",
        element(
            "span",
            f"{_SIGNS.get(record.status, '')} {status}",
            style=f"display:inline-block;margin-left:.5em;padding:0 .6em;border:1px solid {colour};"
            f"border-radius:1em;color:{colour}",
        ),
    )


def _facts(record: Record, language: Language) -> str:
    progress, facts = record.progress, record.facts
    parts = []
    done = sum(row["kind"] == "epoch" for row in record.epochs)
    planned = progress.get("epochs") or facts.get("epochs")
    if planned:
        parts.append(_words("epochs-of", language, done=done, planned=int(planned)))
    elif done:
        parts.append(_words("epochs", language, n=done))
    if step := progress.get("step"):
        parts.append(_words("steps", language, n=int(step)))
    if record.status != "waiting":
        parts.append(_decimal(duration(record.seconds), language))
    if rate := progress.get("samples_per_second"):
        rate = written(float(rate), language, digits=3)
        parts.append(_words("samples-per-second", language, rate=rate))
    if (device := facts.get("device")) is not None:
        parts.append(clip(str(device), 40))
    if (best := _best(record)) is not None:
        row, name = best
        value = written(float(row["values"][name]), language)
        epoch = int(row["epoch"]) + 1
        parts.append(_words("best", language, name=clip(name, 40), value=value, epoch=epoch))
    return " · ".join(parts)


def _best(record: Record) -> tuple[dict[str, Any], str] | None:
    """Return the best row and the name of the value that says so."""
    place, name = record.progress.get("best"), record.facts.get("monitor")
    if place is None or not name or not 0 <= place < len(record.epochs):
        return None
    row = record.epochs[place]
    return (row, name) if row["values"].get(name) is not None else None


# -- curves ---------------------------------------------------------------------------------------


def _charts(
    record: Record, events: list[tuple[int, dict[str, Any]]], language: Language
) -> Iterable[ET.Element]:
    markers = [
        Marker(float(event["step"]), str(n), alert=event["kind"] == "alert") for n, event in events
    ]
    for chart in plots(record):
        series = [s for s in (_series(record, name, chart, language) for name in chart) if s]
        if not series:
            continue
        first = next(iter(chart))
        title = _words("loss", language) if first in ("loss", "train_loss") else series[0].name
        if len(series) == 1:
            series = [
                Series("", series[0].x, series[0].y, style=series[0].style, colour=series[0].colour)
            ]
        yield line_chart(
            series,
            width=460,
            height=200,
            title=clip(title, 60),
            x_label=_words("step", language),
            log="lr" not in chart and _spans_much(series),
            markers=markers,
            whole=True,
            x_range=(0, float(record.progress.get("step") or 1)),
            language=language,
        )


_CURVE_COLOURS = {"loss": 0, "smooth_loss": 0, "train_loss": 0, "valid_loss": 1, "lr": 5}


def _series(record: Record, name: str, chart: dict[str, Any], language: Language) -> Series | None:
    # A row of the epoch table has the mean of the loss that the curve shows already.
    if name == "train_loss" and "smooth_loss" in chart:
        return None
    bins = record.overview(name)
    if not len(bins) or np.isnan(bins.mean).all():
        return None
    words = {
        "loss": _words("loss-raw", language),
        "smooth_loss": _words("loss-smooth", language),
        "train_loss": _words("loss-train", language),
        "valid_loss": _words("loss-valid", language),
        "lr": _words("lr", language),
    }
    style = chart[name]
    banded = style == "faint" and bins.width > 1
    low, high = (bins.low, bins.high) if banded else (None, None)
    colour = _CURVE_COLOURS.get(name, 2)
    return Series(words.get(name, name), bins.x, bins.mean, low, high, style, colour)


def _spans_much(series: list[Series]) -> bool:
    lines = [np.asarray(s.y, np.float64) for s in series if s.style != "faint"]
    values = np.concatenate(lines) if lines else np.empty(0)
    values = values[np.isfinite(values)]
    return bool(len(values) and values.min() > 0 and values.max() > _LOG_SPAN * values.min())


# -- what happened --------------------------------------------------------------------------------


def _is_shown(event: dict[str, Any]) -> bool:
    # Switching a panel on changes nothing about the training.
    return not (event["kind"] == "command" and event.get("command") == "panel")


def _most_telling(
    numbered: list[tuple[int, dict[str, Any]]],
) -> list[tuple[int, dict[str, Any]]]:
    """Keep what there is room for: alerts first, then what came first."""
    order = sorted(numbered, key=lambda pair: (pair[1]["kind"] != "alert", pair[0]))
    return sorted(order[:MOST_EVENTS], key=lambda pair: pair[0])


def _happened(
    kept: list[tuple[int, dict[str, Any]]],
    total: int,
    facts: dict[str, Any],
    language: Language,
) -> Iterable[ET.Element]:
    for n, event in kept:
        if event["kind"] == "alert":
            said, advice = alert_texts(event, language)
            colour = _BAD if event.get("level") == "error" else _WARN
            yield _box(
                element("b", f"{n} "), clip(said, 300), " ", clip(advice, 300), colour=colour
            )
    others = [(n, event) for n, event in kept if event["kind"] != "alert"]
    if others:
        yield element(
            "ol",
            *(element("li", _said(event, facts, language), value=str(n)) for n, event in others),
            style="margin:.5em 0;padding-left:2em",
        )
    if total > len(kept):
        yield element("p", _words("events-left-out", language, n=total - len(kept)), style=_CALM)


def _said(event: dict[str, Any], facts: dict[str, Any], language: Language) -> str:
    said = clip(what(event, facts, language), 300)
    return f"{said} · {how(event, language)}" if event["kind"] == "command" else said


def _box(*parts: ET.Element | str, colour: str) -> ET.Element:
    return element("div", *parts, style=_ALERT.format(colour=colour))


# -- the epoch table ------------------------------------------------------------------------------


def _table(record: Record, most_bytes: int, language: Language) -> ET.Element | None:
    if not record.epochs:
        return None
    names = list(dict.fromkeys(name for row in record.epochs for name in row["values"]))
    columns = names[:_MOST_COLUMNS]
    header = [_words("epoch", language), *(clip(name, 30) for name in columns)]
    header.append(_words("time", language))
    best = record.progress.get("best")
    rows: list[ET.Element] = []
    size = 0
    # The newest rows say most; a long table begins with what it leaves out.
    for place in range(len(record.epochs) - 1, -1, -1):
        row = _row(record.epochs[place], columns, place == best, language)
        size += len(render(row).encode())
        if len(rows) >= MOST_ROWS or (rows and size > most_bytes):
            break
        rows.append(row)
    left = len(record.epochs) - len(rows)
    caption = _words("rows-left-out", language, n=left) if left else None
    table = element(
        "table",
        element("thead", element("tr", *(element("th", h, style=_RIGHT) for h in header))),
        element("tbody", *reversed(rows)),
        cellpadding="5",
        style=_TABLE,
    )
    return element(
        "div",
        element("p", caption, style=_CALM) if caption else None,
        table,
        style="overflow-x:auto",
    )


def _row(row: dict[str, Any], columns: list[str], best: bool, language: Language) -> ET.Element:
    mark = {"evaluation": _words("evaluation", language), "partial": _words("partial", language)}
    name = number(int(row["epoch"]) + 1, language)
    if row["kind"] in mark:
        name += f" ({mark[row['kind']]})"
    cells = [f"★ {name}" if best else name]
    for column in columns:
        value = row["values"].get(column)
        cells.append("" if value is None else written(float(value), language))
    cells.append(_decimal(duration(float(row["seconds"])), language))
    style = f"{_RIGHT};font-weight:bold" if best else _RIGHT
    return element("tr", *(element("td", cell) for cell in cells), style=style)


def _decimal(text: str, language: Language) -> str:
    return text.replace(".", ",") if language == "de" else text
