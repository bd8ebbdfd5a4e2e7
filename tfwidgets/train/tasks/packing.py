"""Texts for language models: encoded whole, then cut, or packed into blocks without padding."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tfwidgets.errors import InputError
from tfwidgets.train.data.dataset import Ragged

_ROWS_AT_ONCE = 1024


@dataclass(frozen=True)
class Frame:
    """The special tokens that a tokenizer puts around a text.

    Attributes
    ----------
    before, after
        Ids of the tokens in front of the text and behind it.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]

    @classmethod
    def of(cls, tokenizer: Any) -> Frame:
        """Ask the tokenizer what it puts around a short text."""
        encoded = tokenizer("a", return_special_tokens_mask=True)
        ids, special = list(encoded["input_ids"]), list(encoded["special_tokens_mask"])
        if 0 not in special:
            return cls((), ())
        first = special.index(0)
        last = len(special) - special[::-1].index(0)
        return cls(tuple(ids[:first]), tuple(ids[last:]))

    def __len__(self) -> int:
        return len(self.before) + len(self.after)


def sided(tokenizer: Any, side: str) -> Any:
    """Return a tokenizer that pads on this side: itself, or a copy."""
    if tokenizer.padding_side != side:
        tokenizer = copy.deepcopy(tokenizer)
        tokenizer.padding_side = side
    return tokenizer


def encode_whole(tokenizer: Any, texts: Sequence[str]) -> Ragged:
    """Encode texts without special tokens, however long they are.

    Returns
    -------
    Ragged
        One row of ids per text, int32.
    """
    parts = []
    for start in range(0, len(texts), _ROWS_AT_ONCE):
        encoded = _encoded(tokenizer, texts[start : start + _ROWS_AT_ONCE])
        parts.append(Ragged.of(encoded["input_ids"]))
    return Ragged.joined(parts)


def word_starts(tokenizer: Any, texts: Sequence[str]) -> Ragged:
    """Tell which tokens of ``encode_whole`` begin a word.

    Returns
    -------
    Ragged
        Rows of 1 (begins a word) and 0 (goes on), int8.

    Raises
    ------
    InputError
        When the tokenizer cannot tell words.
    """
    if not getattr(tokenizer, "is_fast", False):
        raise InputError(
            f"{type(tokenizer).__name__} does not tell which tokens make up a word: "
            "leave whole_word out."
        )
    parts = []
    for start in range(0, len(texts), _ROWS_AT_ONCE):
        encoded = _encoded(tokenizer, texts[start : start + _ROWS_AT_ONCE])
        words = (np.array(one.word_ids, dtype=object) for one in encoded.encodings)
        rows = (np.append(True, row[1:] != row[:-1])[: len(row)] for row in words)
        parts.append(Ragged.of((row.tolist() for row in rows), np.int8))
    return Ragged.joined(parts)


def _encoded(tokenizer: Any, texts: Sequence[str]) -> Any:
    return tokenizer(
        list(texts),
        add_special_tokens=False,
        truncation=False,
        padding=False,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,  # texts longer than the model reads are cut below
    )


def shortened(rows: Ragged, length: int) -> tuple[Ragged, npt.NDArray[np.bool_]]:
    """Keep the beginning of each row; tell which rows were cut, shape (n_rows,)."""
    if length < 1:
        raise InputError("max_length leaves no room for a text beside the special tokens.")
    lengths = rows.lengths
    kept = np.minimum(lengths, length)
    places = np.arange(len(rows.values)) - np.repeat(rows.ends - lengths, lengths)
    return Ragged(rows.values[places < length], np.cumsum(kept)), lengths > length


def framed(rows: Ragged, before: Sequence[int], after: Sequence[int]) -> Ragged:
    """Put the same values before and behind each row."""
    if not before and not after:
        return rows
    starts = rows.ends - rows.lengths
    # Where two insertions meet, numpy keeps the order in which they are named.
    in_front = np.repeat(starts[:, None], len(before), 1)
    behind = np.repeat(rows.ends[:, None], len(after), 1)
    where = np.concatenate([in_front, behind], 1).ravel()
    what = np.tile(np.asarray([*before, *after], dtype=rows.values.dtype), len(rows))
    extra = len(before) + len(after)
    return Ragged(
        np.insert(rows.values, where, what),
        rows.ends + extra * np.arange(1, len(rows) + 1, dtype=np.int64),
    )


def packed(rows: Ragged, size: int) -> tuple[Ragged, npt.NDArray[np.int64]]:
    """Join rows and cut the whole into blocks.

    Parameters
    ----------
    rows
        Texts, each ended by a token that separates it from the next.
    size
        Tokens per block; what is left at the end is a shorter block.

    Returns
    -------
    blocks
        All tokens, in their order.
    origin
        The row in which each block begins, shape (n_blocks,).

    Notes
    -----
    A block may hold the end of one text and the beginning of the next, and attention is not
    cut between them: the usual packing (Raffel et al., "Exploring the Limits of Transfer
    Learning", 2020, section 3.1.2).
    """
    total = len(rows.values)
    starts = np.arange(0, total, size, dtype=np.int64)
    ends = np.minimum(starts + size, total)
    return Ragged(rows.values, ends), np.searchsorted(rows.ends, starts, side="right")
