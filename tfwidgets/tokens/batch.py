"""Many texts as one batch: what padding and truncation do to them, as the tokenizer returns it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from tfwidgets.models.texts import Texts
from tfwidgets.tokens.encoded import Bools, Encoded
from tfwidgets.tokens.settings import Settings
from tfwidgets.tokens.subject import Subject


@dataclass
class Batch:
    """Rows of a batch.

    Attributes
    ----------
    rows
        One for each text, as the tokenizer returned it.
    settings
        How the tokenizer was called.
    """

    subject: Subject
    rows: list[Encoded]
    settings: Settings

    @classmethod
    def of(cls, subject: Subject, texts: Sequence[Texts], settings: Settings) -> Batch:
        """Encode texts with these settings."""
        return cls(subject, subject.encode(texts, settings), settings)

    @property
    def columns(self) -> int:
        """Number of tokens in the longest row."""
        return max((len(row) for row in self.rows), default=0)

    @cached_property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Tokens with attention in each row: int64, shape (n_texts,)."""
        return np.array([int(row.attention_mask.sum()) for row in self.rows], dtype=np.int64)

    @property
    def padding(self) -> float:
        """Share of the cells that the model is told to ignore, 0 to 1."""
        cells = sum(len(row) for row in self.rows)
        return 1 - float(self.lengths.sum()) / cells if cells else 0.0

    def wasted(self, batch_size: int, *, by_length: bool) -> float:
        """Return the share of padding in batches of ``batch_size``, 0 to 1.

        Parameters
        ----------
        batch_size
            Texts per batch; the last batch may have fewer.
        by_length
            Sort by length first, as length-bucketed data loaders do.
        """
        lengths = np.sort(self.lengths) if by_length else self.lengths
        cells = 0
        for k in range(0, len(lengths), batch_size):
            part = lengths[k : k + batch_size]
            cells += len(part) * self._padded(int(part.max()))
        return 1 - float(lengths.sum()) / cells if cells else 0.0

    def _padded(self, longest: int) -> int:
        if self.settings.padding == "max_length":
            return max(longest, self.columns)
        multiple = self.settings.pad_to_multiple_of or 1
        return -(-longest // multiple) * multiple

    def disagreeing(self, row: Encoded) -> Bools:
        """Return where mask and pad id contradict each other: bool, shape (n,).

        The mask counts: what is masked is ignored whatever its id, and a pad id that is not
        masked is read like any other token.
        """
        pad = self.subject.pad
        if pad is None:
            return np.zeros(len(row), dtype=np.bool_)
        return np.asarray((row.ids == pad[0]) != (row.attention_mask == 0), dtype=np.bool_)

    @cached_property
    def disagreements(self) -> int:
        """Cells where mask and pad id contradict each other."""
        return sum(int(self.disagreeing(row).sum()) for row in self.rows)

    def overview(self, most: int) -> list[int]:
        """Return four numbers a row: leading pads, tokens, trailing pads, tokens cut off.

        Of more than ``most`` rows an evenly spread selection.
        """
        numbers: list[int] = []
        chosen = np.linspace(0, len(self.rows) - 1, min(most, len(self.rows))).round().astype(int)
        for row in (self.rows[k] for k in chosen.tolist()):
            seen = np.flatnonzero(row.attention_mask)
            first, last = (int(seen[0]), int(seen[-1]) + 1) if len(seen) else (len(row), len(row))
            numbers += [first, last - first, len(row) - last, row.cut]
        return numbers

    def drawn(self) -> list[tuple[int, int, Encoded]]:
        """Return all rows as they are drawn: text, number of the overflow (0: none), row."""
        return [
            (k, number, part)
            for k, row in enumerate(self.rows)
            for number, part in enumerate((row, *row.overflow))
        ]


def for_page(settings: Settings, batch_size: int, subject: Subject) -> dict[str, Any]:
    """Return settings as the page's controls have them."""
    side = settings.padding_side or getattr(subject.tokenizer, "padding_side", None) or "right"
    return {
        "padding": settings.padding,
        "padding_side": side,
        "pad_to_multiple_of": settings.pad_to_multiple_of,
        "truncation": settings.truncation,
        "max_length": settings.max_length,
        "batch_size": batch_size,
    }
