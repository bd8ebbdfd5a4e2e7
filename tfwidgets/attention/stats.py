"""What each head does, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from tfwidgets.attention.tokens import Tokens
from tfwidgets.attention.weights import Weights

NAMES = ("entropy", "previous", "next", "self", "first", "duplicate", "induction")
# Those that make sense where queries and keys are different texts.
ACROSS = ("entropy", "first")

# Weights that are looked at at once: several arrays of this size are made of them.
_AT_ONCE = 2**22


@dataclass(frozen=True, eq=False)
class HeadStats:
    """Numbers about the heads of one layer.

    Attributes
    ----------
    values
        float32, (statistics, heads), in the order of ``NAMES``; NaN where one is not defined.
    exact
        Whether all queries were looked at.
    """

    values: npt.NDArray[np.float32]
    exact: bool


def head_stats(
    weights: Weights, tokens: Tokens | None, *, is_causal: bool, work: int | None = None
) -> HeadStats:
    """Return the statistics of a layer's heads.

    Parameters
    ----------
    weights
        The layer.
    tokens
        The sequence, where queries and keys are the same one; else None.
    is_causal
        Equal tokens are then looked for before a query only, else on both sides.
    work
        Look at about this many weights at most, queries left out evenly; by default at all.
    """
    per_row = weights.heads * weights.keys
    rows = torch.arange(weights.queries)
    if work is not None and per_row * weights.queries > work:
        rows = rows[:: -(-per_row * weights.queries // work)]
    exact = len(rows) == weights.queries
    sums = torch.zeros(len(NAMES), weights.heads, dtype=torch.float64)
    counts = torch.zeros(len(NAMES), dtype=torch.float64)
    at_once = max(1, _AT_ONCE // max(1, per_row))
    equal = _Equal(tokens, is_causal=is_causal) if tokens is not None else None
    for start in range(0, len(rows), at_once):
        chosen = rows[start : start + at_once]
        part = weights.block(list(range(weights.heads)), chosen, slice(0, weights.keys))
        _add(sums, counts, part, chosen, equal)
    counts = torch.where(counts > 0, counts, torch.nan)
    return HeadStats((sums / counts[:, None]).float().numpy(), exact)


def _add(
    sums: torch.Tensor,
    counts: torch.Tensor,
    part: torch.Tensor,
    rows: torch.Tensor,
    equal: _Equal | None,
) -> None:
    """Add up what some rows say: ``part`` has shape (heads, rows, keys)."""
    keys = part.shape[2]

    def note(name: str, values: torch.Tensor, number: int) -> None:
        k = NAMES.index(name)
        sums[k] += values.double()
        counts[k] += number

    # Not xlogy, which takes one number after the other.
    logarithms = part.clamp(min=torch.finfo(torch.float32).tiny).log2_()
    note("entropy", -logarithms.mul_(part).sum((1, 2)), len(rows))
    note("first", part[:, :, 0].sum(1), len(rows))
    if equal is None:
        return
    for name, distance in (("previous", -1), ("next", 1), ("self", 0)):
        there = rows + distance
        inside = (there >= 0) & (there < keys)
        places = torch.arange(len(rows))[inside]
        note(name, part[:, places, there[inside]].sum(1), int(inside.sum()))
    for name, mask in (("duplicate", equal.duplicates(rows)), ("induction", equal.followers(rows))):
        some = mask.any(1)
        on_them = torch.einsum("hqk,qk->h", part, mask.float())
        note(name, on_them, int(some.sum()))


class _Equal:
    """Where tokens come again."""

    def __init__(self, tokens: Tokens, *, is_causal: bool) -> None:
        known = (tokens.ids >= 0).all()
        numbers = tokens.ids if known else np.unique(tokens.pieces, return_inverse=True)[1]
        self._ids = torch.from_numpy(np.asarray(numbers, dtype=np.int64))
        self._plain = torch.from_numpy(~tokens.special)
        self._causal = is_causal

    def duplicates(self, rows: torch.Tensor) -> torch.Tensor:
        """Return where the token of a query stands a second time: bool, (rows, keys)."""
        same = (self._ids[rows, None] == self._ids) & self._plain[rows, None] & self._plain
        if self._causal:
            same[:, 0] = False  # a decoder's heads attend to it whatever it is
        return same & self._elsewhere(rows)

    def followers(self, rows: torch.Tensor) -> torch.Tensor:
        """Return what follows such a place: bool, (rows, keys)."""
        same = (self._ids[rows, None] == self._ids) & self._plain[rows, None] & self._plain
        after = torch.zeros_like(same)
        after[:, 1:] = (same & self._elsewhere(rows))[:, :-1]
        # A separator behind an equal token is what heads attend to anyway.
        return after & self._plain & self._elsewhere(rows)

    def _elsewhere(self, rows: torch.Tensor) -> torch.Tensor:
        keys = torch.arange(len(self._ids))
        return keys < rows[:, None] if self._causal else keys != rows[:, None]
