"""A view as a page that works by itself: offline, from a double click.

The page holds pictures of whole heads, a byte a weight, compressed, and the JavaScript of the live
view with something in place of a kernel that answers from them (``js/src/attention/page``).
"""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Sequence
from importlib.resources import files
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from tfwidgets.attention.capture import Pane
from tfwidgets.attention.item import ROLLOUT, Item, layer_index
from tfwidgets.attention.lens import Lens
from tfwidgets.attention.notes import note
from tfwidgets.attention.payload import STATS_WORK, figures, opened
from tfwidgets.attention.pictures import tile
from tfwidgets.config import settings
from tfwidgets.errors import InputError
from tfwidgets.ui.html import element, render
from tfwidgets.ui.strings import Message, current_language, translate

if TYPE_CHECKING:
    from tfwidgets.attention.result import AttentionView

# Bytes before they are compressed, which takes two thirds of them or less.
MOST_BYTES = 100_000_000
# Nothing is fetched, whatever a token says.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)
# A page has what it has: nothing can be computed anew.
_CAN = {"words": False, "special": False, "neuron": False, "attribution": [], "export": []}


def write_page(
    view: AttentionView,
    *,
    layers: int | Sequence[int] | None = None,
    words: bool = False,
    special_tokens: bool = True,
    renormalize: bool = False,
    item: int = 0,
) -> str:
    """Return a text of a view as HTML that needs no kernel and no network.

    Parameters
    ----------
    view
        What to write.
    layers
        Numbers of the layers that go into it, of each kind that has them; negative ones count from
        the end. By default all.
    words, special_tokens, renormalize
        What the matrices are about: see ``AttentionView.matrix``. The page can show nothing else.
    item
        Which text of several.

    Raises
    ------
    InputError
        When there are no such layers, or the page would be too large.
    """
    chosen = view[item].items[0]
    lens = Lens(words, special_tokens, renormalize)
    there, flags = opened(chosen, lens)
    kept = _kept(chosen, there["panes"], layers)
    _check_size(chosen, kept, lens)
    panes = []
    for pane in there["panes"]:
        numbers = kept[pane["kind"]]
        panes.append(
            {
                **pane,
                "heads": [pane["heads"][k] for k in numbers],
                "layers": [pane["layers"][k] for k in numbers],
            }
        )
    data = {
        "version": 1,
        "language": settings().language,
        "summary": {
            "model": view.name,
            "items": [chosen.label],
            "notes": [message.texts() for message in view.call_messages],
        },
        "opened": {
            **there,
            "panes": [pane for pane in panes if pane["layers"]],
            "notes": [message.texts() for message in _about(lens)] + there["notes"],
            "can": _CAN,
        },
        "flags": [_base64(buffer) for buffer in flags],
        "panes": [
            {"kind": kind, "layers": [_layer(chosen, kind, k, lens) for k in numbers]}
            for kind, numbers in kept.items()
            if numbers
        ],
        "stats": {
            kind: _figures(chosen, chosen.pane(kind), numbers)
            for kind, numbers in kept.items()
            if numbers and kind != ROLLOUT
        },
    }
    return _document(view[item], data)


def _about(lens: Lens) -> list[Message]:
    """Tell what the matrices are about: the page has nothing that could be switched."""
    found = [note("page.words")] if lens.words else []
    if not lens.special:
        found.append(note("page.renormalized" if lens.renormalize else "page.no-special"))
    return found


def _kept(
    item: Item, panes: list[dict[str, Any]], layers: int | Sequence[int] | None
) -> dict[str, list[int]]:
    """Return which layers of each kind go into the page, by their places in the list."""
    every = {pane["kind"]: list(range(len(pane["layers"]))) for pane in panes}
    if layers is None:
        return every
    try:
        wanted: list[Any] = [index(layers)]  # type: ignore[arg-type]
    except TypeError:
        wanted = list(layers)  # type: ignore[arg-type]
    kept: dict[str, list[int]] = {kind: [] for kind in every}
    problem = InputError("layers names no layer: give their numbers, such as [0, 11].")
    for layer in wanted:
        found = False
        for kind in every:
            try:
                number = layer_index(_pane(item, kind), layer)
            except InputError as error:  # another kind may have it
                problem = error
                continue
            found = True
            if number not in kept[kind]:
                kept[kind].append(number)
        if not found:
            raise problem
    if not wanted:
        raise problem
    return {kind: sorted(numbers) for kind, numbers in kept.items()}


def _pane(item: Item, kind: str) -> Pane:
    if kind == ROLLOUT and item.rollout_of is not None:
        return item.rollout_of
    return item.pane(kind)


def _check_size(item: Item, kept: dict[str, list[int]], lens: Lens) -> None:
    total = 0
    for kind, numbers in kept.items():
        for number in numbers:
            matrix = item.matrix(kind, number, [0], lens)
            total += matrix.weights.heads * matrix.shape[0] * matrix.shape[1]
    if total <= MOST_BYTES:
        return
    several = any(len(numbers) > 1 for numbers in kept.values())
    advice = "name fewer layers, such as layers=[0]" if several else "take a shorter text"
    raise InputError(
        f"A page with all these weights would hold {total / 1e6:,.0f} MB, and a browser shows at "
        f"most {MOST_BYTES / 1e6:,.0f} MB well: {advice}."
    )


def _layer(item: Item, kind: str, number: int, lens: Lens) -> dict[str, Any]:
    first = item.matrix(kind, number, [0], lens)
    (height, width), heads = first.shape, first.weights.heads
    cells = np.empty((heads, height, width), dtype=np.uint8)
    for head in range(heads):
        matrix = item.matrix(kind, number, [head], lens)
        cells[head] = tile(matrix, 0, (0, height), (0, width)).cells
    layer = {
        "layer": int(_pane(item, kind).names[number]),
        "heads": list(range(heads)),
        "height": height,
        "width": width,
        # No time in it: the same view gives the same page.
        "data": _base64(gzip.compress(cells.tobytes(), 6, mtime=0)),
    }
    if not lens.special and not lens.renormalize:
        matrices = [item.matrix(kind, number, [head], lens) for head in range(heads)]
        shares = np.stack([matrix.hidden_shares().numpy() for matrix in matrices])
        layer["hidden"] = _base64(shares.astype("<f2").tobytes())
    return layer


def _figures(item: Item, pane: Pane, numbers: list[int]) -> dict[str, Any]:
    payload, values = figures(item, pane, numbers, work=STATS_WORK)
    return {**payload, "values": _base64(values)}


def _document(view: AttentionView, data: dict[str, Any]) -> str:
    language = current_language()
    name = translate("attention-notes", "page.title", language)
    title = render(element("title", f"{name}: {view.name}" if view.name else name))
    # Without JavaScript: what a notebook without a live widget shows.
    still = f"<noscript>{view.static_html()}</noscript>"
    script = _bundle("js").replace("</script", "<\\/script").replace("<!--", "<\\!--")
    style = _bundle("css").replace("</style", "<\\/style")
    return "\n".join(
        (
            "<!DOCTYPE html>",
            f'<html lang="{language}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            title,
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            '<div id="tfw-root"></div>',
            still,
            f'<script type="application/json" id="tfw-data">{_json(data)}</script>',
            f'<script type="module">{script}</script>',
            "</body>",
            "</html>",
            "",
        )
    )


def _json(data: dict[str, Any]) -> str:
    """Write data so that it can stand in a script: nothing in it ends the script or a string."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _bundle(kind: str) -> str:
    return files("tfwidgets").joinpath(f"static/attention-page.{kind}").read_text("utf-8")


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
