"""What a tokenizer makes of one text, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from tokenizers import Encoding

Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


@dataclass
class Encoded:
    """One row of ids, and where each comes from.

    Attributes
    ----------
    texts
        The text and, where there is one, its pair.
    ids, type_ids, attention_mask, word_ids
        int32, shape (n,). ``word_ids`` counts pre-tokens within a text; -1 for none.
    special_mask
        bool, shape (n,): put in by the tokenizer ([CLS], [PAD] …), not found in the text.
    sequence_ids
        int32, shape (n,): 0 for the text, 1 for its pair, -1 for neither.
    offsets
        int32, shape (n, 2), code points [start, end) of the token's own text; (0, 0) for what
        the tokenizer put in, (-1, -1) where the place is not known. None where no place is.
    overflow
        The rows that truncation cut off, as the tokenizer returns them. Of a pair they repeat
        each other.
    whole
        Tokens that the texts have without truncation, special ones not counted.
    """

    texts: tuple[str, ...]
    ids: Ints
    type_ids: Ints
    attention_mask: Ints
    word_ids: Ints
    special_mask: Bools
    sequence_ids: Ints
    offsets: Ints | None
    overflow: list[Encoded] = field(default_factory=list)
    whole: int | None = None

    @property
    def cut(self) -> int:
        """Tokens that truncation cut off."""
        kept = int((~self.special_mask).sum())
        return 0 if self.whole is None else max(0, self.whole - kept)

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def placed(self) -> Bools:
        """Which tokens have a place in a text: bool, shape (n,)."""
        if self.offsets is None:
            return np.zeros(len(self.ids), dtype=np.bool_)
        return np.asarray(
            (self.sequence_ids >= 0) & (self.offsets[:, 0] >= 0) & ~self.special_mask, np.bool_
        )

    def text_of(self, k: int) -> str:
        """Return the stretch of text that token ``k`` stands for; "" where it has none."""
        if self.offsets is None or not self.placed[k]:
            return ""
        start, end = self.offsets[k].tolist()
        return self.texts[int(self.sequence_ids[k])][start:end]


def from_rust(encoding: Encoding, texts: tuple[str, ...]) -> Encoded:
    """Read an encoding of the Rust library, its overflow included."""
    n = len(encoding.ids)
    special = _small(encoding.special_tokens_mask).astype(np.bool_)
    if len(texts) > 1:
        sequences = _or_minus_one(encoding.sequence_ids)
    else:
        sequences = np.where(special, -1, 0).astype(np.int32)
    return Encoded(
        texts=texts,
        ids=np.fromiter(encoding.ids, dtype=np.int32, count=n),
        type_ids=_small(encoding.type_ids),
        attention_mask=_small(encoding.attention_mask),
        word_ids=_or_minus_one(encoding.word_ids),
        special_mask=special,
        sequence_ids=sequences,
        offsets=np.fromiter(
            chain.from_iterable(encoding.offsets), dtype=np.int32, count=2 * n
        ).reshape(n, 2),
        overflow=[from_rust(part, texts) for part in encoding.overflowing],
    )


def _small(values: Sequence[int]) -> Ints:
    """Make an array of numbers below 256; several times as fast as of any numbers."""
    try:
        return np.frombuffer(bytes(values), dtype=np.uint8).astype(np.int32)
    except ValueError:  # type ids are small, but nothing says so
        return np.array(values, dtype=np.int32)


def _or_minus_one(values: Sequence[int | None]) -> Ints:
    return np.array([-1 if value is None else value for value in values], dtype=np.int32)


def stack(rows: Sequence[Any], fill: int) -> npt.NDArray[Any]:
    """Put rows of different lengths into one array; what is missing at the end is ``fill``."""
    longest = max((len(row) for row in rows), default=0)
    first = rows[0]
    whole = np.full((len(rows), longest, *first.shape[1:]), fill, dtype=first.dtype)
    for k, row in enumerate(rows):
        whole[k, : len(row)] = row
    return whole
