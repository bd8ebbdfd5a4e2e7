"""The script-free picture of a view, for notebooks without a live widget."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from xml.etree import ElementTree as ET

from tfwidgets.attention.export import title
from tfwidgets.attention.item import layer_index
from tfwidgets.attention.lens import Lens
from tfwidgets.attention.matrix import Matrix
from tfwidgets.attention.pictures import Picture, from_bytes, tile
from tfwidgets.attention.result import AttentionView
from tfwidgets.attention.thumbnail import SIDE, thumbnail
from tfwidgets.ui.html import element
from tfwidgets.ui.strings import Language, current_language, translate
from tfwidgets.ui.text import clip

# Weights that are looked at for the picture: a saved notebook must not wait for it.
_WORK = 2**24
_TOKEN = 40
_CALM = "opacity:.8;margin:.4em 0"
_CELL = "padding:.15em .8em .15em 0;text-align:left;vertical-align:top"
_NUMBER = "padding:.15em .8em .15em 0;text-align:right"
_SIDE_BY_SIDE = "display:flex;flex-wrap:wrap;gap:1.5em;align-items:flex-start"
_BESIDE = "flex:1;min-width:16em"
# Larger on the screen than in the file: some pixels of a short text are many.
_PICTURE = "max-width:100%;border:1px solid rgba(128,128,128,.4)"


def draw(view: AttentionView) -> ET.Element:
    """Draw one head, the strongest pairs, and what a reader should know."""
    language = current_language()
    if not view.items or not any(pane.layers for pane in view.items[0].panes):
        return element("div", element("div", view.headline(), style=_CALM), class_="tfw-static")
    pairs = view.strongest_pairs()
    matrix, what = _chosen(view, pairs)
    parts: list[ET.Element | None] = [
        element("div", view.headline(), style=_CALM),
        element(
            "div", _figure(matrix, what, language), _table(pairs, language), style=_SIDE_BY_SIDE
        ),
    ]
    if len(view) > 1:
        left_out = _words("static.texts-left-out", language, n=len(view) - 1)
        parts.append(element("p", left_out, style=_CALM))
    parts += [element("p", note, style="margin:.4em 0") for note in view.notes]
    caution = translate("attention", "caution", language)
    sources = translate("attention", "caution.more", language)
    parts.append(element("p", caution, title=sources, style=_CALM))
    return element("div", *parts, class_="tfw-static")


def _chosen(view: AttentionView, pairs: Any) -> tuple[Matrix, str]:
    """Return the head with the strongest pair, else the mean of the last layer; and its name."""
    item = view.items[0]
    pane = next(pane for pane in item.panes if pane.layers)
    number, heads = len(pane.layers) - 1, list(range(pane.layers[-1].heads))
    if len(pairs):
        best = pairs.iloc[0]
        pane = item.pane(str(best["kind"]))
        number, heads = layer_index(pane, int(best["layer"])), [int(best["head"])]
    matrix = item.matrix(pane.kind, number, heads, Lens())
    return matrix, title("", pane.kind, pane.names[number], matrix)


def _figure(matrix: Matrix, what: str, language: Language) -> ET.Element:
    picture = _picture(matrix)
    key = "static.picture" if picture.exact else "static.sampled"
    caption = _words(key, language, what=what)
    data = b64encode(thumbnail(from_bytes(picture.cells))).decode("ascii")
    return element(
        "div",
        element("img", src=f"data:image/png;base64,{data}", alt=caption, style=_PICTURE),
        element("div", caption, style="opacity:.8;max-width:20em;font-size:.9em"),
    )


def _picture(matrix: Matrix) -> Picture:
    level = 0
    while max(matrix.shape) > SIDE << level:
        level += 1
    height, width = (-(-size // (1 << level)) for size in matrix.shape)
    sample = max(1, _WORK // max(1, len(matrix.heads) * height * matrix.shape[1]))
    return tile(matrix, level, (0, height), (0, width), sample=sample)


def _table(pairs: Any, language: Language) -> ET.Element | None:
    if not len(pairs):
        return None
    kinds = pairs["kind"].nunique() > 1
    header = [_words(f"column.{key}", language) for key in ("from", "to")]
    header += [_words("column.kind", language)] if kinds else []
    header += [_words(f"column.{key}", language) for key in ("layer", "head", "weight")]
    rows = []
    for pair in pairs.itertuples():
        weight = f"{pair.weight:.2f}"
        numbers = (
            str(pair.layer),
            str(pair.head),
            weight.replace(".", ",") if language == "de" else weight,
        )
        kind = element("td", _words(f"kind.{pair.kind}", language), style=_CELL) if kinds else None
        rows.append(
            element(
                "tr",
                element("td", clip(pair.query_token, _TOKEN), style=_CELL, dir="auto"),
                element("td", clip(pair.key_token, _TOKEN), style=_CELL, dir="auto"),
                kind,
                *(element("td", text, style=_NUMBER) for text in numbers),
            )
        )
    left = len(header) - 3
    heads = [
        element("th", text, style=_CELL if k < left else _NUMBER) for k, text in enumerate(header)
    ]
    return element(
        "div",
        element("div", _words("strongest", language), style=_CALM),
        element(
            "table",
            element("thead", element("tr", *heads)),
            element("tbody", *rows),
            style="border-collapse:collapse",
        ),
        style=_BESIDE,
    )


def _words(key: str, language: Language, **values: object) -> str:
    return translate("attention-notes", key, language, **values)
