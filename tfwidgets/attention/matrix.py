"""One matrix as it is looked at: heads averaged, tokens or words, any part of it."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from tfwidgets.attention.lens import Lens, Units
from tfwidgets.attention.weights import Weights

# Most weights that are computed at once: 64 MB as float32.
AT_ONCE = 2**24


@dataclass(frozen=True, eq=False)
class Matrix:
    """The weights of some heads of a layer, averaged, between units of a lens.

    Attributes
    ----------
    weights
        The layer.
    heads
        Which of its heads.
    queries, keys
        What the rows and columns are.
    lens
        How they come from tokens.
    """

    weights: Weights
    heads: list[int]
    queries: Units
    keys: Units
    lens: Lens

    @property
    def shape(self) -> tuple[int, int]:
        """Number of queries and of keys."""
        return len(self.queries), len(self.keys)

    @property
    def work(self) -> int:
        """How many weights a whole picture of it takes."""
        return len(self.heads) * self.weights.queries * self.weights.keys

    def block(self, rows: tuple[int, int], columns: tuple[int, int]) -> torch.Tensor:
        """Return a part of the matrix: float32, shape (rows, columns).

        Computed in stripes, so that it takes little memory.
        """
        (top, bottom), (left, right) = rows, columns
        result = torch.empty(bottom - top, right - left)
        if not result.numel():
            return result
        wide = self.keys.span(left, right)
        per_row = len(self.heads) * (wide.stop - wide.start)
        stripe = max(1, AT_ONCE // max(1, per_row))
        for start in range(top, bottom, stripe):
            stop = min(start + stripe, bottom)
            result[start - top : stop - top] = self._stripe(start, stop, left, right, wide)
        return result

    def rows(self, chosen: list[int], columns: tuple[int, int]) -> torch.Tensor:
        """Return some rows: float32, shape (len(chosen), columns)."""
        wide = self.keys.span(*columns)
        if self.queries.is_plain and self.keys.is_plain:
            return self.weights.block(self.heads, torch.tensor(chosen), wide).mean(0)
        parts = [self.block((row, row + 1), columns) for row in chosen]
        return torch.cat(parts) if parts else torch.empty(0, columns[1] - columns[0])

    def hidden(self, row: int) -> float:
        """Return the share of a row's weight that lies on tokens which are not shown."""
        if not self.keys.hidden:
            return 0.0
        span = self.queries.span(row, row + 1)
        return float(self._on(self.keys.hidden, span).mean())

    def hidden_shares(self) -> torch.Tensor:
        """Return ``hidden`` of all rows: float32, (queries,)."""
        count = len(self.queries)
        if not self.keys.hidden or not count:
            return torch.zeros(count)
        shares = self._on(self.keys.hidden, self.queries.span(0, count)).mean(0)
        if self.queries.is_plain:
            return shares
        sizes = torch.from_numpy(self.queries.ends - self.queries.starts)
        return _gathered(shares, self.queries, 0, count) / sizes

    def _stripe(self, top: int, bottom: int, left: int, right: int, wide: slice) -> torch.Tensor:
        high = self.queries.span(top, bottom)
        part = self.weights.block(self.heads, high, wide)
        if self.lens.renormalize and self.keys.hidden:
            # Added up, and not 1 less what is hidden: rows with a sink have less than 1, and
            # where 99.9 % are hidden the difference of two nearly equal numbers says little.
            kept = self._on(self.keys.shown, high)
            part /= torch.where(kept > 1e-6, kept, torch.inf)[..., None]
        mean = part.mean(0) if len(part) > 1 else part[0]
        if not self.keys.is_plain:
            mean = _gathered(mean.mT, self.keys, left, right).mT
        if not self.queries.is_plain:
            mean = _gathered(mean, self.queries, top, bottom)
            counts = self.queries.ends[top:bottom] - self.queries.starts[top:bottom]
            mean = mean / torch.from_numpy(counts)[:, None]
        return mean

    def _on(self, stretches: list[slice], rows: slice) -> torch.Tensor:
        """Return the weight of queries on stretches of keys: (heads, queries)."""
        total = torch.zeros(len(self.heads), rows.stop - rows.start)
        for stretch in stretches:
            total += self.weights.block(self.heads, rows, stretch).sum(-1)
        return total


def _gathered(values: torch.Tensor, units: Units, start: int, stop: int) -> torch.Tensor:
    """Add up the rows of each unit: (tokens, …) -> (units, …)."""
    owners = units.owners(start, stop)
    shown = owners >= 0
    result = torch.zeros(stop - start, *values.shape[1:])
    return result.index_add_(0, owners[shown], values[shown])
