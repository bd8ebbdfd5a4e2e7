"""Which keys a query may attend to, in little memory.

A mask of 32,768 x 32,768 bits takes 128 MB. Almost all masks are bands: each query attends to
one stretch of keys (causal, sliding window, everything), less the padding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import torch

ROWS = 512

# Which queries: a stretch, or chosen ones (int64, one dimension).
Rows: TypeAlias = "slice | torch.Tensor"


@dataclass(frozen=True)
class Mask:
    """What is forbidden, and what is added to the scores.

    Attributes
    ----------
    low, high
        The stretch of keys [low, high) that each query may attend to: int64, shape (queries,).
    open
        Keys that may be attended to at all, bool, shape (keys,); None for all.
    bits
        Where the stretches do not tell it all: bool, shape (queries, keys).
    bias
        What is added to the scores, float, shape (heads or 1, queries, keys); or where it
        depends on the distance alone, shape (heads or 1, queries + keys - 1), by
        ``key - query + queries - 1``.
    """

    low: torch.Tensor
    high: torch.Tensor
    open: torch.Tensor | None = None
    bits: torch.Tensor | None = None
    bias: torch.Tensor | None = None

    @property
    def is_causal(self) -> bool:
        """Whether nothing attends to what comes after it (one token alone is not causal)."""
        n = len(self.high)
        return n > 1 and bool((self.high <= torch.arange(1, n + 1)).all())

    def apply(self, scores: torch.Tensor, heads: list[int], rows: Rows, columns: slice) -> None:
        """Add the bias to scores of shape (heads, rows, columns), and forbid what is forbidden."""
        if self.bias is not None:
            scores += self._bias(self.bias, heads, rows, columns)
        keys = torch.arange(columns.start, columns.stop)
        low, high = self.low[rows, None], self.high[rows, None]
        if self.open is None and self.bits is None and _allows_all(low, high, columns):
            return
        forbidden = (keys < low) | (keys >= high)
        if self.open is not None:
            forbidden |= ~self.open[columns]
        if self.bits is not None:
            forbidden |= ~self.bits[rows, columns]
        scores.masked_fill_(forbidden, -torch.inf)

    def _bias(
        self, bias: torch.Tensor, heads: list[int], rows: Rows, columns: slice
    ) -> torch.Tensor:
        mine = bias[heads] if len(bias) > 1 else bias
        if mine.dim() == 3:
            return mine[:, rows, columns].float()
        queries = torch.arange(len(self.high))[rows, None]
        keys = torch.arange(columns.start, columns.stop)
        return mine[:, keys - queries + len(self.high) - 1].float()


def _allows_all(low: torch.Tensor, high: torch.Tensor, columns: slice) -> bool:
    return bool((low <= columns.start).all()) and bool((high >= columns.stop).all())


def everything(queries: int, keys: int) -> Mask:
    """Return the mask that forbids nothing."""
    return Mask(torch.zeros(queries, dtype=torch.long), torch.full((queries,), keys))


def causal(queries: int, keys: int) -> Mask:
    """Return the mask of ``is_causal=True``: query i attends to keys 0 to i."""
    return Mask(
        torch.zeros(queries, dtype=torch.long), torch.arange(1, queries + 1).clamp(max=keys)
    )


def compact(mask: Any, queries: int, keys: int) -> Mask:
    """Return a mask of transformers in little memory.

    Parameters
    ----------
    mask
        bool (True: attend) or float (added to the scores), shape
        (1, heads or 1, queries or 1, keys).
    """
    mask = mask.detach().cpu()[0, ..., :keys]
    mask = mask.expand(mask.shape[0], queries, keys)
    if mask.dtype == torch.bool:
        return _banded(mask[0])
    # Nothing real is that low: transformers forbids with the least number of the dtype.
    least = torch.finfo(mask.dtype).min / 2
    allowed = torch.empty(queries, keys, dtype=torch.bool)
    added = False
    for start in range(0, queries, ROWS):
        part = mask[:, start : start + ROWS]
        may = part > least
        allowed[start : start + ROWS] = may.any(0)
        added = added or bool((part[may] != 0).any())
    band = _banded(allowed)
    if not added:
        return band
    return Mask(band.low, band.high, band.open, band.bits, _relative(mask))


def _banded(allowed: torch.Tensor) -> Mask:
    """Find each query's stretch of keys; keep the bits only where it is not one."""
    queries, keys = allowed.shape
    used = allowed.any(0)
    low = torch.zeros(queries, dtype=torch.long)
    high = torch.zeros(queries, dtype=torch.long)
    whole = True
    positions = torch.arange(keys)
    for start in range(0, queries, ROWS):
        part = allowed[start : start + ROWS]
        first = part.int().argmax(1)
        last = keys - part.flip(1).int().argmax(1)
        some = part.any(1)
        low[start : start + ROWS] = first
        high[start : start + ROWS] = torch.where(some, last, first)
        if whole:
            band = (positions >= first[:, None]) & (positions < last[:, None])
            whole = bool(((band & used & some[:, None]) == part).all())
    return Mask(low, high, None if used.all() else used, None if whole else allowed.clone())


def _relative(bias: torch.Tensor) -> torch.Tensor:
    """Return a bias by distance where it depends on nothing else, as in T5; else as it is."""
    heads, queries, keys = bias.shape
    first = bias[:, :, 0].flip(1)  # distances 1 - queries … 0
    line = torch.cat([first, bias[:, 0, 1:]], dim=1)
    columns = torch.arange(keys)
    for start in range(0, queries, ROWS):
        rows = torch.arange(start, min(start + ROWS, queries))[:, None]
        if not torch.equal(line[:, columns - rows + queries - 1], bias[:, start : start + ROWS]):
            return bias.clone() if heads * queries * keys < 2**26 else bias.half()
    return line
