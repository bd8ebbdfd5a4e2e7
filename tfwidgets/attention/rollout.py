"""Attention rollout: what reaches a layer from the input, through all layers before it.

Abnar & Zuidema 2020, "Quantifying Attention Flow in Transformers",
https://arxiv.org/abs/2005.00928: the heads of each layer are averaged, half of each token is
taken to come through the residual connection, and the layers are multiplied.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from tfwidgets.attention.weights import Dense, Weights
from tfwidgets.errors import InputError

# The product is dense and takes the third power of the length.
MOST_TOKENS = 4096
_ROWS = 512


class Rollout:
    """The rollout of some layers, computed as far as it was asked for."""

    def __init__(self, layers: Sequence[Weights]) -> None:
        self._layers = layers
        self._last: tuple[int, Dense] | None = None

    def __len__(self) -> int:
        return len(self._layers)

    def layer(self, number: int) -> Dense:
        """Return what reaches layer ``number``: weights of one head.

        Raises
        ------
        InputError
            When the text is too long for matrices that are multiplied.
        """
        tokens = self._layers[0].queries
        if tokens > MOST_TOKENS:
            raise InputError(
                f"A rollout of {tokens:,} tokens multiplies matrices of {tokens:,} x {tokens:,}: "
                f"it is computed for at most {MOST_TOKENS:,}."
            )
        done, result = -1, torch.eye(tokens)
        if self._last is not None and self._last[0] <= number:
            done, result = self._last[0], self._last[1].values[0]
        for layer in self._layers[done + 1 : number + 1]:
            result = _step(layer) @ result
        # Only the last one is kept: going through the layers in order costs one product each.
        self._last = number, Dense(result[None])
        return self._last[1]


def _step(layer: Weights) -> torch.Tensor:
    """Return the mean over heads with the residual connection, rows that add up to 1."""
    every, columns = list(range(layer.heads)), slice(0, layer.keys)
    rows = range(0, layer.queries, _ROWS)
    mean = torch.cat(
        [
            layer.block(every, slice(start, min(start + _ROWS, layer.queries)), columns).mean(0)
            for start in rows
        ]
    )
    mean += torch.eye(layer.queries)
    return mean / mean.sum(-1, keepdim=True)
