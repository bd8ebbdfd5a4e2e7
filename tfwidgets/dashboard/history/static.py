"""The script-free picture of the list of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from tfwidgets.dashboard.drawing.tables import CELL, decimal, table
from tfwidgets.dashboard.times import duration, moment
from tfwidgets.ui.html import element
from tfwidgets.ui.strings import current_language, translate
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    from tfwidgets.dashboard.history.listing import Line
    from tfwidgets.dashboard.history.runs import Runs
    from tfwidgets.ui.strings import Language

ROWS = 25
_NUMBER = CELL + ";white-space:nowrap;font-variant-numeric:tabular-nums"
_FAINT = "opacity:.8;margin:.4em 0"


def draw(runs: Runs) -> ET.Element:
    """Draw the newest runs; say how many are left out."""
    language = current_language()

    def words(key: str, **values: object) -> str:
        return translate("runs-static", key, language, **values)

    lines = runs.lines
    problems = [element("p", text, style="margin:.4em 0") for text in runs.problems]
    if not lines:
        none = element("p", words("none"), style=_FAINT)
        return element("div", none, *problems, class_="tfw-static")
    names = ("name", "status", "started", "time", "epochs", "best", "note")
    left_out = len(lines) - ROWS
    return element(
        "div",
        element("div", words("runs", n=len(lines)), style=_FAINT),
        table([words(name) for name in names], [_row(line, language) for line in lines[:ROWS]]),
        element("p", words("more", n=left_out), style=_FAINT) if left_out > 0 else None,
        *problems,
        class_="tfw-static",
    )


def _row(line: Line, language: Language) -> list[ET.Element]:
    best = "–" if line.best is None else f"{line.monitor} {decimal(line.best, language)}"
    return [
        element("td", element("b", one_line(line.name, 60)), style=CELL + ";min-width:9em"),
        element("td", translate("dashboard", f"status-{line.status}", language), style=CELL),
        element("td", moment(line.started), style=_NUMBER),
        element("td", duration(line.seconds), style=_NUMBER),
        element("td", str(line.epochs), style=_NUMBER),
        element("td", best, style=_NUMBER),
        element("td", one_line(line.note, 80), style=CELL + ";min-width:12em", dir="auto"),
    ]
