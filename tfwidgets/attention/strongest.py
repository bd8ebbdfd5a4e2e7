"""The strongest pairs, for those who want them as text."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from tfwidgets.attention.matrix import AT_ONCE
from tfwidgets.attention.weights import Weights


@dataclass(frozen=True, order=True)
class Pair:
    """A weight and where it is."""

    weight: float
    head: int
    query: int
    key: int


def strongest(
    weights: Weights,
    heads: list[int],
    count: int,
    *,
    rows: torch.Tensor,
    columns: torch.Tensor,
    distance: int = 0,
) -> list[Pair]:
    """Return the strongest pairs of some heads of a layer, strongest first.

    Parameters
    ----------
    weights
        The layer.
    heads
        Which heads.
    count
        How many pairs at most.
    rows, columns
        Which queries and keys count at all: bool, (queries,) and (keys,).
    distance
        Pairs that are less apart do not count: 1 leaves out a token's weight on itself.
    """
    found: list[Pair] = []
    per_row = len(heads) * weights.keys
    at_once = max(1, AT_ONCE // max(1, per_row))
    keys = slice(0, weights.keys)
    for start in range(0, weights.queries, at_once):
        stop = min(start + at_once, weights.queries)
        part = weights.block(heads, slice(start, stop), keys)
        if weights.has_nan:
            part.nan_to_num_(0.0)
        part[:, :, ~columns] = -1.0
        part[:, ~rows[start:stop]] = -1.0
        for offset in range(1 - distance, distance):
            part.diagonal(start + offset, 1, 2).fill_(-1.0)
        found += _of_part(part, heads, start, count)
        found = sorted(found, reverse=True)[:count]
    return found


def _of_part(part: torch.Tensor, heads: list[int], top: int, count: int) -> list[Pair]:
    """Look through the rows with the largest maxima only: the strongest stand in these."""
    flat = part.reshape(-1, part.shape[2])
    rows = flat.amax(1).topk(min(count, len(flat))).indices
    best = flat[rows].flatten()
    values, places = best.topk(min(count, len(best)))
    pairs = []
    for value, place in zip(values.tolist(), places.tolist(), strict=True):
        if value < 0:
            continue
        row, key = divmod(place, part.shape[2])
        head, query = divmod(int(rows[row]), part.shape[1])
        pairs.append(Pair(value, heads[head], top + query, key))
    return pairs
