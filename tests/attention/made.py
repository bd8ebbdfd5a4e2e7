"""Weights, views and whole pages that tests make up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

import tfwidgets as tfw
from tfwidgets.attention.capture import Pane
from tfwidgets.attention.item import Item
from tfwidgets.attention.masks import Mask, causal, everything
from tfwidgets.attention.result import AttentionView
from tfwidgets.attention.tokens import Tokens, from_pieces
from tfwidgets.attention.weights import Dense, Factored, log_sums

PLAIN = {"words": False, "special": True, "renormalize": False}


def random_weights(
    heads: int, queries: int, keys: int | None = None, *, is_causal: bool = False, seed: int = 0
) -> torch.Tensor:
    """Return rows that add up to 1, some of them sharp: float32, (heads, queries, keys)."""
    draw = torch.Generator().manual_seed(seed)
    scores = 3 * torch.randn(heads, queries, keys or queries, generator=draw)
    if is_causal:
        scores = scores.masked_fill(torch.ones(queries, queries).triu(1).bool(), -torch.inf)
    return scores.softmax(-1)


def factored(
    heads: int, tokens: int, dimension: int = 8, *, is_causal: bool = False, seed: int = 0
) -> Factored:
    """Return random queries and keys."""
    draw = torch.Generator().manual_seed(seed)
    q, k = (2 * torch.randn(heads, tokens, dimension, generator=draw) for _ in range(2))
    mask: Mask = (causal if is_causal else everything)(tokens, tokens)
    weights = Factored(q, k, torch.empty(0), dimension**-0.5, mask)
    weights.lse = log_sums(weights)
    return weights


def pieces(count: int) -> list[str]:
    """Return WordPiece tokens: [CLS], words of one to three pieces, [SEP] in the middle and end."""
    found = ["[CLS]"]
    while len(found) < count:
        k = len(found)
        found.append(f"##s{k}" if k % 5 in (2, 3) else f"w{k}")
    found[count // 2] = "[SEP]"
    found[-1] = "[SEP]"
    return found[:count]


def view_of(
    layers: Sequence[torch.Tensor | Dense | Factored], tokens: Tokens | Sequence[str] | None = None
) -> AttentionView:
    """Return a view of the layers of one stack."""
    weights = [Dense(layer) if torch.is_tensor(layer) else layer for layer in layers]
    if tokens is None:
        tokens = pieces(weights[0].queries)
    axis = tokens if isinstance(tokens, Tokens) else from_pieces(tokens)
    pane = Pane("self", weights, [str(k) for k in range(len(weights))])
    return AttentionView([Item("text", [axis], [pane])])


def two_sides(source: int = 9, target: int = 5, layers: tuple[int, int] = (4, 2)) -> AttentionView:
    """Return a view of an encoder-decoder, from tensors."""
    encoder = [random_weights(2, source, seed=k)[None] for k in range(layers[0])]
    decoder = [random_weights(3, target, is_causal=True, seed=k)[None] for k in range(layers[1])]
    cross = [random_weights(3, target, source, seed=9 + k)[None] for k in range(layers[1])]
    return tfw.AttentionView.from_tensors(
        encoder_attention=encoder,
        decoder_attention=decoder,
        cross_attention=cross,
        encoder_tokens=[f"s{k}" for k in range(source)],
        decoder_tokens=[f"t{k}" for k in range(target)],
    )


def bytes_of(weights: Any) -> npt.NDArray[np.uint8]:
    """Return weights as bytes, one by one, as the protocol says it."""
    values = np.clip(np.asarray(weights, dtype=np.float64), 0, 1)
    cells = np.round(254 * np.sqrt(values))
    return np.where(np.isnan(cells), 255, cells).astype(np.uint8)


class Page:
    """A page that shows a view: it asks as ``js/src/attention/model.ts`` says."""

    def __init__(self, view: AttentionView) -> None:
        self.view = view.widget()
        self.sent = 0
        self._replies: list[tuple[dict[str, Any], Any]] = []
        self.view.send = lambda content, buffers=None: self._replies.append((content, buffers))

    def ask(self, type_: str, **fields: Any) -> tuple[dict[str, Any], list[bytes]]:
        """Return what a request is answered with, as it arrives; or raise what the error says."""
        self._replies.clear()
        self.view._handle_custom_msg({"id": "x", "type": type_, **fields}, [])
        ((content, buffers),) = self._replies
        text = json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
        content = json.loads(text)
        assert content["id"] == "x"
        if "error" in content:
            raise LookupError(content["error"])
        buffers = list(buffers)
        self.sent += len(text) + sum(map(len, buffers))
        return content["ok"], buffers

    def open(self, item: int = 0, **lens: bool) -> tuple[dict[str, Any], list[bytes]]:
        return self.ask("open", item=item, lens={**PLAIN, **lens})

    def tile(self, **fields: Any) -> tuple[dict[str, Any], npt.NDArray[np.uint8]]:
        """Return a picture; by default all of head 0 in layer 0."""
        payload, (data,) = self.ask("tile", **{**FIRST, "rows": ALL, "columns": ALL, **fields})
        shape = payload["height"], payload["width"]
        return payload, np.frombuffer(data, np.uint8).reshape(shape)

    def thumbs(self, **fields: Any) -> tuple[dict[str, Any], npt.NDArray[np.uint8]]:
        asked = {"item": 0, "kind": "self", "layers": [0, 1], "size": 64, **fields}
        payload, (data,) = self.ask("thumbs", **asked)
        shape = -1, payload["height"], payload["width"]
        return payload, np.frombuffer(data, np.uint8).reshape(shape)

    def lines(self, **fields: Any) -> tuple[dict[str, Any], list[npt.NDArray[np.float16]]]:
        matrix = {k: FIRST[k] for k in ("item", "kind", "layer", "heads", "lens")}
        payload, buffers = self.ask("lines", **{**matrix, "query": None, "key": None, **fields})
        return payload, [np.frombuffer(buffer, "<f2") for buffer in buffers]


ALL = [0, 2**20]
FIRST: dict[str, Any] = {
    "item": 0,
    "kind": "self",
    "layer": 0,
    "heads": [0],
    "lens": PLAIN,
    "level": 0,
    "sample": 0,
}
