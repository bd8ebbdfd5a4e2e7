"""The strongest pairs of tokens of a text, as records."""

from __future__ import annotations

from typing import Any

import torch

from tfwidgets.attention.capture import Pane
from tfwidgets.attention.item import Item
from tfwidgets.attention.strongest import Pair, strongest
from tfwidgets.attention.tokens import Tokens

# The strongest pairs of a console: looked for among this many weights at most, and then in the
# last layer of each kind alone.
_WORK = 2**22
_LAYER_WORK = 2**23
# Many heads attend to a neighbour, whatever the text says.
_APART = 2


def same_text(item: Item, pane: Pane) -> Tokens | None:
    """Return the text, where queries and keys are the same one."""
    return item.axes[pane.queries] if pane.queries == pane.keys else None


def layer_pairs(
    item: Item,
    pane: Pane,
    layer: int,
    heads: list[int],
    top: int,
    special_tokens: bool,
    *,
    distance: int = 0,
) -> list[Pair]:
    """Return the strongest pairs of some heads of a layer.

    With a ``distance`` only those that say something: not of blanks or nearer tokens, and not
    the first one of a decoder.
    """
    queries, keys = item.axes[pane.queries], item.axes[pane.keys]
    rows = torch.from_numpy(~queries.special | special_tokens)
    columns = torch.from_numpy(~keys.special | special_tokens)
    if distance:
        columns &= torch.from_numpy(~keys.blank)
        # What a decoder's heads attend to when they have nothing to say.
        columns[0] &= not pane.is_causal
    distance = distance if pane.queries == pane.keys else 0
    return strongest(pane.layers[layer], heads, top, rows=rows, columns=columns, distance=distance)


def telling_pairs(item: Item, top: int) -> list[dict[str, Any]]:
    """Return the strongest pairs that say something, of each two tokens one, at little cost."""
    work = sum(
        weights.heads * weights.queries * weights.keys
        for pane in item.panes
        for weights in pane.layers
    )
    rows = []
    for pane in item.panes:
        last = len(pane.layers) - 1
        for number in range(last + 1) if work <= _WORK else [last]:
            weights = pane.layers[number]
            if weights.heads * weights.queries * weights.keys > _LAYER_WORK:
                continue
            heads = list(range(weights.heads))
            pairs = layer_pairs(item, pane, number, heads, 2 * top, False, distance=_APART)
            rows += [(pane, number, pair) for pair in pairs]
    rows.sort(key=lambda row: row[2].weight, reverse=True)
    best: dict[tuple[str, int, int], dict[str, Any]] = {}
    for pane, number, pair in rows:
        place = (pane.kind, pair.query, pair.key)
        best.setdefault(place, record(item, pane, number, pair))
    return list(best.values())[:top]


def record(item: Item, pane: Pane, layer: int, pair: Pair) -> dict[str, Any]:
    """Return a pair as a row of a table."""
    return {
        "kind": pane.kind,
        "layer": int(pane.names[layer]),
        "head": pair.head,
        "query": pair.query,
        "key": pair.key,
        "query_token": item.axes[pane.queries].labels[pair.query],
        "key_token": item.axes[pane.keys].labels[pair.key],
        "weight": pair.weight,
    }
