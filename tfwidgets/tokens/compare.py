"""Several tokenizers on the same text: where they differ, and how many tokens each needs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tfwidgets.tokens.encoded import Bools, Encoded


def different(encodings: Sequence[Encoded]) -> list[Bools | None]:
    """Return for each reading which tokens the others do not all have.

    Tokens are the same when they stand for the same stretch of text, blanks at its ends aside:
    some tokenizers count the blank before a word as part of it. None where a reading has no
    offsets.
    """
    spans = [_spans(encoded) for encoded in encodings]
    comparable = [codes for codes in spans if codes is not None]
    found: list[Bools | None] = []
    for encoded, codes in zip(encodings, spans, strict=True):
        if codes is None or len(comparable) < 2:
            found.append(None)
            continue
        shared = np.ones(len(codes), dtype=np.bool_)
        for other, theirs in zip(encodings, spans, strict=True):
            if theirs is not None and other is not encoded:
                shared &= np.isin(codes, theirs) | _beyond(encoded, other)
        found.append(np.asarray(encoded.placed & ~shared & (codes >= 0), dtype=np.bool_))
    return found


def _beyond(encoded: Encoded, other: Encoded) -> Bools:
    """Return which tokens lie where truncation left the other reading nothing to differ in."""
    beyond = np.zeros(len(encoded), dtype=np.bool_)
    if not other.overflow or encoded.offsets is None or other.offsets is None:
        return beyond
    for number in range(len(encoded.texts)):
        theirs = other.offsets[other.placed & (other.sequence_ids == number)]
        low, high = (theirs.min(), theirs.max()) if len(theirs) else (0, 0)
        outside = (encoded.offsets[:, 1] <= low) | (encoded.offsets[:, 0] >= high)
        beyond |= outside & (encoded.sequence_ids == number)
    return beyond


def _spans(encoded: Encoded) -> npt.NDArray[np.int64] | None:
    """Return one number for each token's stretch, and -1 for none: int64, shape (n,)."""
    if encoded.offsets is None:
        return None
    starts, ends = encoded.offsets[:, 0].astype(np.int64), encoded.offsets[:, 1].astype(np.int64)
    codes = np.full(len(encoded), -1, dtype=np.int64)
    for number, text in enumerate(encoded.texts):
        mine = encoded.placed & (encoded.sequence_ids == number)
        first, last = _inner(text, starts[mine], ends[mine])
        code = (first << 32 | last) * 2 + number
        codes[mine] = np.where(first < last, code, -1)
    return codes


def _inner(
    text: str, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Take the blanks off both ends of stretches of a text."""
    blank = np.fromiter((c.isspace() for c in text), dtype=np.bool_, count=len(text))
    # For each position the next and the last one that is no blank.
    k = np.arange(len(text) + 1)
    solid = np.concatenate([~blank, [True]])
    following = np.minimum.accumulate(np.where(solid, k, len(text))[::-1])[::-1]
    preceding = np.maximum.accumulate(np.where(np.concatenate([[True], ~blank]), k, 0))
    return np.minimum(following[starts], ends), np.maximum(preceding[ends], starts)


def words(text: str) -> int:
    """Return the number of words between blanks."""
    return len(text.split())
