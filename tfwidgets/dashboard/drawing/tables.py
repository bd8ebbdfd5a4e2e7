"""Tables of static pages."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from tfwidgets.ui.html import element
from tfwidgets.ui.strings import Language
from tfwidgets.ui.text import one_line

CELL = "padding:.25em .7em .25em 0;text-align:left;vertical-align:top"


def table(header: Sequence[str], rows: Sequence[Sequence[ET.Element]]) -> ET.Element:
    """Return a table that scrolls sideways where it does not fit."""
    return element(
        "div",
        element(
            "table",
            element(
                "thead",
                element("tr", *(element("th", one_line(h, 60), style=CELL) for h in header)),
            ),
            element("tbody", *(element("tr", *row) for row in rows)),
            style="border-collapse:collapse;font-size:.95em",
        ),
        style="overflow-x:auto;max-width:100%",
    )


def cell(text: str, *, strong: bool = False) -> ET.Element:
    """Return a cell of a table."""
    return element("td", element("b", text) if strong else text, style=CELL, dir="auto")


def decimal(value: float, language: Language) -> str:
    """Write a measured number with four digits that count."""
    written = f"{value:.4g}"
    return written.replace(".", ",") if language == "de" else written
