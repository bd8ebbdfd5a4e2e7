"""A run as a web page: one file without script, which any browser opens."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from tfwidgets.dashboard.drawing.tables import cell, table
from tfwidgets.dashboard.flat import as_text, flat_settings
from tfwidgets.dashboard.log_words import how, what
from tfwidgets.dashboard.record import Record
from tfwidgets.dashboard.static import draw_record
from tfwidgets.dashboard.times import duration
from tfwidgets.ui.html import element, render
from tfwidgets.ui.strings import Language, current_language, number, translate
from tfwidgets.ui.text import one_line

MOST_EVENTS = 500
MOST_SETTINGS = 200
_RIGHT: dict[object, str] = {True: "✓ ", False: "✗ "}

_STYLE = """
:root { color-scheme: light dark; }
body {
  font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1.5rem 1rem 4rem;
  max-width: 60rem; background: light-dark(#fff, #111); color: light-dark(#1a1a1a, #e6e6e6);
}
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
tr + tr > * { border-top: 1px solid light-dark(#e4e4e4, #333); }
td { overflow-wrap: anywhere; }
"""


def page(record: Record) -> str:
    """Write settings, curves, epochs, samples and log of a run into one page."""
    language = current_language()
    parts = [draw_record(record), *_settings(record, language)]
    parts += [*_samples(record, language), *_log(record, language)]
    document = element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("title", one_line(record.name, 120)),
            element("style", _STYLE),
        ),
        element("body", *parts),
        lang=language,
    )
    return "<!doctype html>\n" + render(document)


def _section(title: str, header: list[str], rows: list[list[ET.Element]]) -> list[ET.Element]:
    return [element("h2", title), table(header, rows)] if rows else []


def _settings(record: Record, language: Language) -> list[ET.Element]:
    items = list(flat_settings(record.facts).items())[:MOST_SETTINGS]
    rows = [[cell(one_line(k, 100)), cell(one_line(as_text(v), 300))] for k, v in items]
    header = [_words(key, language) for key in ("setting", "value")]
    return _section(_words("settings", language), header, rows)


def _samples(record: Record, language: Language) -> list[ET.Element]:
    data = record.panels.get("samples", {}).get("data") or {}
    rows = []
    for row in data.get("rows", []):
        last: dict[str, Any] = (row.get("predictions") or [{}])[-1]
        right = _RIGHT.get(last.get("right"), "")
        rows.append(
            [
                cell(one_line(str(row.get("text", "")), 300)),
                cell(one_line(str(row.get("target", "")), 100)),
                cell(right + one_line(str(last.get("text", "–")), 100)),
            ]
        )
    header = [_words(key, language) for key in ("text", "target", "prediction")]
    return _section(_words("samples", language), header, rows)


def _log(record: Record, language: Language) -> list[ET.Element]:
    rows = [
        [
            cell(duration(event.get("time") or 0)),
            cell(number(int(event.get("step") or 0), language)),
            cell(one_line(what(event, record.facts, language), 500)),
            cell(how(event, language)),
        ]
        for event in record.log[-MOST_EVENTS:]
    ]
    header = [_words(key, language) for key in ("time", "step", "event")]
    parts = _section(_words("log", language), [*header, ""], rows)
    if (left := len(record.log) - MOST_EVENTS) > 0:
        parts.append(element("p", _words("log-more", language, n=left)))
    return parts


def _words(key: str, language: Language, **values: object) -> str:
    return translate("runs-static", key, language, **values)
