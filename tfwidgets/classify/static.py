"""The script-free picture of a classification, for notebooks without a live widget."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from tfwidgets.classify.result import Classification
from tfwidgets.ui.html import element
from tfwidgets.ui.strings import Language, current_language, number, percent, table, translate
from tfwidgets.ui.text import clip

ROWS = 25
COLUMNS = 8
_CELL = "padding:.25em .6em;text-align:left;vertical-align:top"
_TRACK = "display:inline-block;width:4em;height:.6em;border:1px solid currentColor;opacity:.7"


def draw(result: Classification) -> ET.Element:
    """Draw the first rows and the labels predicted most often; say what is left out."""
    language = current_language()
    columns = frequent(result, COLUMNS)
    rows = min(len(result), ROWS)

    def words(key: str, **values: object) -> str:
        return translate("classify", key, language, **values)

    header = ["#", words("column.text"), words("column.label")]
    header += [clip(result.labels[k], 40) for k in columns]
    body = [_row(result, k, columns, language) for k in range(rows)]
    left_out = []
    if rows < len(result):
        left_out.append(words("static.rows-left-out", n=len(result) - rows))
    if len(columns) < len(result.labels):
        left_out.append(words("static.labels-left-out", n=len(result.labels) - len(columns)))
    facts = (
        words("count.texts", n=len(result)),
        words("count.labels", n=len(result.labels)),
        _method(result.method, language),
        result.model_name,
    )
    return element(
        "div",
        element("div", " · ".join(facts), style="opacity:.8;margin-bottom:.4em"),
        element(
            "table",
            element("thead", element("tr", *(element("th", h, style=_CELL) for h in header))),
            element("tbody", *body),
            style="border-collapse:collapse",
        ),
        *(element("p", text, style="opacity:.8;margin:.4em 0") for text in left_out),
        *(element("p", note, style="margin:.4em 0") for note in result.notes),
        class_="tfw-static",
    )


def _method(name: str, language: Language) -> str:
    """Return the name of a method in words, or as it is where there are none."""
    known = f"method.{name}" in table("classify")
    return translate("classify", f"method.{name}", language) if known else name


def frequent(result: Classification, most: int) -> list[int]:
    """Return the columns of the labels predicted most often, in column order."""
    if len(result.labels) <= most:
        return list(range(len(result.labels)))
    counts = label_counts(result)
    return sorted(sorted(range(len(counts)), key=lambda k: -counts[k])[:most])


def label_counts(result: Classification) -> list[int]:
    """Return how many texts each label was predicted for, in column order."""
    counts = [0] * len(result.labels)
    for columns in result.predicted:
        for k in columns:
            counts[k] += 1
    return counts


def _row(result: Classification, k: int, columns: list[int], language: Language) -> ET.Element:
    text = result.texts[k]
    label = ", ".join(result.labels[c] for c in result.predicted[k]) or "–"
    return element(
        "tr",
        element("td", number(k + 1, language), style=_CELL),
        element("td", "–" if text is None else clip(text, 300), style=_CELL, dir="auto"),
        element("td", element("b", clip(label, 300)), style=_CELL),
        *(_score(float(result.scores[k, c]), language) for c in columns),
    )


def _score(score: float, language: Language) -> ET.Element:
    if score != score:  # NaN: there was nothing to read
        return element("td", "–", style=_CELL)
    width = f"width:{score * 100:.0f}%;height:100%;background:currentColor"
    bar = element("span", element("span", style=f"display:block;{width}"), style=_TRACK)
    return element("td", bar, f" {percent(score, language)}", style=_CELL + ";white-space:nowrap")
