"""The script-free picture of the model in use and of the models in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from tfwidgets.models import loaded
from tfwidgets.ui.amounts import short_count, short_size
from tfwidgets.ui.html import element
from tfwidgets.ui.strings import Language, current_language, translate
from tfwidgets.ui.text import one_line
from tfwidgets.using.memory import NAME, SOURCES, Taken, shown_name, total
from tfwidgets.using.result import defaults_now

if TYPE_CHECKING:
    from tfwidgets.using.result import ModelInUse

_CELL = "padding:.25em .7em .25em 0;text-align:left;vertical-align:top"
_NUMBER = _CELL + ";text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums"
_FAINT = "opacity:.8;margin:.4em 0"


def draw(shown: ModelInUse) -> ET.Element:
    """Draw what is in use, and a list of what is in memory."""
    language = current_language()
    rows = [Taken.of(model) for model in loaded()]
    parts = [*_chosen(shown, language), *_memory(shown, rows, language)]
    return element("div", *parts, class_="tfw-static")


def _chosen(shown: ModelInUse, language: Language) -> list[ET.Element]:
    if shown.name is None:
        items = [
            element("li", f"{task}: ", element("b", shown_name(name)))
            for task, name in defaults_now()
        ]
        none = element("div", translate("using", "none", language))
        return [none, element("ul", *items, style="margin:.3em 0;padding-left:1.5em")]
    facts = [shown.architecture, shown.task, shown.revision]
    if shown.source in SOURCES:
        facts.append(translate("using", f"source.{shown.source}", language))
    line = element(
        "div",
        translate("using", "in-use" if shown.in_use else "no-longer", language) + ": ",
        element("b", shown_name(shown.name)),
        *(f" · {one_line(fact, NAME)}" for fact in facts if fact),
    )
    if shown.loaded or not shown.in_use:
        return [line]
    return [line, element("div", translate("using", "not-loaded", language), style=_FAINT)]


def _memory(shown: ModelInUse, rows: list[Taken], language: Language) -> list[ET.Element]:
    if not rows and shown.name is None:
        return [element("p", translate("using", "nothing-loaded", language), style=_FAINT)]
    if not rows:
        return []  # of a chosen model it is said already that it is not in memory
    body = [
        element(
            "tr",
            element(
                "td",
                element("b", shown_name(row.name)),
                element("div", _facts(row, language), style="opacity:.8"),
                style=_CELL,
            ),
            element("td", short_size(row.bytes, language), style=_NUMBER),
        )
        for row in rows
    ]
    count = translate(
        "using", "count", language, n=len(rows), size=short_size(total(rows), language)
    )
    table = element(
        "table",
        element("tbody", *body),
        style="border-collapse:collapse;font-size:.95em",
    )
    return [
        element("div", count, style=_FAINT),
        element("div", table, style="overflow-x:auto;max-width:100%"),
    ]


def _facts(row: Taken, language: Language) -> str:
    parameters = translate(
        "using", "parameters", language, count=short_count(row.parameters, language)
    )
    return " · ".join([row.kind, row.task, parameters, row.dtype, row.device])
