"""What a matrix is about: tokens or words, with special tokens or without."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch

from tfwidgets.attention.tokens import BREAK, NO_GAP, Tokens, joined

SPECIAL, BLANK_BEFORE, BREAK_BEFORE = 1, 2, 4


@dataclass(frozen=True)
class Lens:
    """How rows and columns come from tokens.

    Attributes
    ----------
    words
        The tokens of a word are one: weights to it are added, weights from it averaged
        (Clark et al. 2019, https://arxiv.org/abs/1906.04341, section 4.1).
    special
        Special tokens are shown.
    renormalize
        Where they are not shown, what is left of a row is scaled to add up to 1.
    """

    words: bool = False
    special: bool = True
    renormalize: bool = False


@dataclass(frozen=True, eq=False)
class Units:
    """A sequence seen through a lens: each unit is a stretch of tokens.

    Attributes
    ----------
    tokens
        What it is made of.
    starts, ends
        The tokens [start, end) of each unit: int64, (units,).
    """

    tokens: Tokens
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts)

    @cached_property
    def is_plain(self) -> bool:
        """Whether every token is a unit."""
        return len(self) == len(self.tokens)

    @cached_property
    def labels(self) -> list[str]:
        """How the units read."""
        labels = self.tokens.labels
        return [
            joined(labels[start:end])
            for start, end in zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        ]

    @property
    def flags(self) -> npt.NDArray[np.uint8]:
        """Special, after a blank, after the end of a line: bits, (units,)."""
        gaps, special = self.tokens.gaps[self.starts], self.tokens.special[self.starts]
        flags = np.zeros(len(self), dtype=np.uint8)
        flags[special] |= SPECIAL
        flags[gaps != NO_GAP] |= BLANK_BEFORE
        flags[gaps == BREAK] |= BREAK_BEFORE
        return flags

    @property
    def split(self) -> int | None:
        """The first unit of the second text."""
        if self.tokens.split is None or not len(self):
            return None
        split = int(np.searchsorted(self.starts, self.tokens.split))
        return split if 0 < split < len(self) else None

    @cached_property
    def hidden(self) -> list[slice]:
        """Stretches of tokens that belong to no unit."""
        edges = [0, *np.stack([self.starts, self.ends], 1).ravel().tolist(), len(self.tokens)]
        return [slice(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]

    @cached_property
    def shown(self) -> list[slice]:
        """Stretches of tokens between the hidden ones."""
        edges = [0, *(edge for cut in self.hidden for edge in (cut.start, cut.stop))]
        edges.append(len(self.tokens))
        return [slice(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]

    def span(self, start: int, stop: int) -> slice:
        """Return the tokens from unit ``start`` to before unit ``stop``."""
        return slice(int(self.starts[start]), int(self.ends[stop - 1]))

    def owners(self, start: int, stop: int) -> torch.Tensor:
        """Return, for the tokens of ``span``, which unit (from 0) each belongs to; -1: none."""
        span = self.span(start, stop)
        owners = torch.full((span.stop - span.start,), -1)
        counts = self.ends[start:stop] - self.starts[start:stop]
        numbers = np.repeat(np.arange(stop - start), counts)
        offsets = np.arange(len(numbers)) - np.repeat(np.cumsum(counts) - counts, counts)
        places = np.repeat(self.starts[start:stop] - span.start, counts) + offsets
        owners[torch.from_numpy(places)] = torch.from_numpy(numbers)
        return owners


def look(tokens: Tokens, lens: Lens) -> Units:
    """Return the units of a sequence."""
    n = len(tokens)
    starts = np.arange(n)
    if lens.words:
        words = tokens.words
        fresh = np.ones(n, dtype=bool)
        fresh[1:] = (words[1:] != words[:-1]) | (words[1:] < 0)
        starts = np.flatnonzero(fresh)
    ends = np.append(starts[1:], n)
    if not lens.special:
        shown = ~tokens.special[starts]
        starts, ends = starts[shown], ends[shown]
    return Units(tokens, starts, ends)
