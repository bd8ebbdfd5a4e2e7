"""What a page is told about a text: sequences, kinds of attention, what can be asked."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfwidgets.attention import stats
from tfwidgets.attention.capture import Pane
from tfwidgets.attention.item import ROLLOUT, Item
from tfwidgets.attention.lens import Lens, Units
from tfwidgets.attention.pairs import same_text
from tfwidgets.attention.rollout import MOST_TOKENS
from tfwidgets.attention.weights import Factored
from tfwidgets.ui.text import printable

# Weights of a pane that statistics look at: at 512 tokens those of 10 layers of 12 heads.
STATS_WORK = 2**25

_SIZES = (12, 16, 24, 32, 40, 48)
_SCREEN, _REPLY = 450_000, 200_000


def opened(item: Item, lens: Lens) -> tuple[dict[str, Any], list[bytes]]:
    """Return what ``js/src/attention/model.ts`` calls ``Opened``, and the flags of each axis."""
    seen = [item.units(k, lens) for k in range(len(item.axes))]
    panes = [_pane(pane) for pane in item.panes]
    if item.rollout_of is not None and len(item.axes[item.rollout_of.queries]) <= MOST_TOKENS:
        whole = _pane(item.rollout_of)
        panes.append({**whole, "kind": ROLLOUT, "heads": [1] * len(whole["layers"])})
    payload = {
        "axes": [_axis(units, _name(k, len(seen))) for k, units in enumerate(seen)],
        "panes": panes,
        "notes": [message.texts() for message in item.messages],
        "can": {
            "words": any(tokens.has_words for tokens in item.axes),
            "special": any(bool(tokens.special.any()) for tokens in item.axes),
            "neuron": any(isinstance(pane.layers[0], Factored) for pane in item.panes),
            "attribution": [],
            "export": [],
        },
    }
    return payload, [units.flags.tobytes() for units in seen]


def first_thumbs(pane: Pane) -> tuple[int, int]:
    """Return size and number of layers of the thumbnails that a page draws first.

    ``js/src/attention/grid/thumbs.ts`` asks the same: by these rules a first screen has half a
    megabyte at most, and one reply less than half of that.
    """
    count = pane.heads * len(pane.layers)
    fitting = [size for size in _SIZES if size * size * count <= _SCREEN]
    size = max([_SIZES[0], *fitting])
    return size, min(len(pane.layers), max(1, _REPLY // (pane.heads * size * size)))


def figures(
    item: Item, pane: Pane, numbers: list[int], *, work: int
) -> tuple[dict[str, Any], bytes]:
    """Return the statistics of some layers: names, and f32 of shape (names, layers, heads).

    ``work`` is how many weights of the whole pane are looked at, before queries are left out.
    """
    text = same_text(item, pane)
    names = [name for name in stats.NAMES if text is not None or name in stats.ACROSS]
    values = np.full((len(names), len(numbers), pane.heads), np.nan, dtype="<f4")
    exact = True
    for k, number in enumerate(numbers):
        layer, most = pane.layers[number], work // len(pane.layers)
        found = stats.head_stats(layer, text, is_causal=pane.is_causal, work=most)
        exact &= found.exact
        for row, name in enumerate(names):
            values[row, k, : layer.heads] = found.values[stats.NAMES.index(name)]
    return {"names": names, "heads": pane.heads, "exact": exact}, values.tobytes()


def _pane(pane: Pane) -> dict[str, Any]:
    return {
        "kind": pane.kind,
        "heads": [layer.heads for layer in pane.layers],
        "layers": pane.names,
        "queries": pane.queries,
        "keys": pane.keys,
        "causal": pane.is_causal,
        "nan": any(layer.has_nan for layer in pane.layers),
    }


def _name(number: int, count: int) -> str:
    return "text" if count == 1 else ("source", "target")[number]


def _axis(units: Units, name: str) -> dict[str, Any]:
    labels = [printable(label) for label in units.labels]
    pieces: list[str | None] = [None] * len(labels)
    if all(units.ends - units.starts == 1):
        whole = [printable(units.tokens.pieces[k]) for k in units.starts.tolist()]
        pieces = [
            None if piece == label else piece for piece, label in zip(whole, labels, strict=True)
        ]
    return {
        "name": name,
        "count": len(units),
        "labels": labels,
        "pieces": pieces,
        "split": units.split,
    }
