"""The tokens along the sides of a matrix, and how they read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tfwidgets.models.bytelevel import piece_bytes
from tfwidgets.ui.text import printable

NO_GAP, BLANK, BREAK = 0, 1, 2

_SPECIAL = re.compile(
    r"\[(CLS|SEP|PAD|MASK|UNK|BOS|EOS)\]|</?(s|pad|unk|mask|cls|sep|bos|eos)>|<\|[^|<>]+\|>",
    re.IGNORECASE,
)
# What shows nothing by itself; as in the token view.
_GLYPHS = {"\n": "↵", "\r": "␍", "\t": "⇥"}
_BLANK = "␣"
_SIGNS = _BLANK + "".join(_GLYPHS.values())
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True, eq=False)
class Tokens:
    """One sequence of tokens, n of them.

    Attributes
    ----------
    labels
        How they read: characters instead of bytes, without blanks at the edges. The parts of a
        character that was cut into several tokens are numbered.
    pieces
        What the vocabulary calls them.
    ids
        int64, (n,); -1 where they are not known.
    special
        Put in by the tokenizer ([CLS], </s> …): bool, (n,).
    words
        Number of the word, int64, (n,); -1 for special tokens.
    gaps
        What stands before each in the text: nothing, a blank, or the end of a line: uint8, (n,).
    split
        The first token of the second text; None where there is one text.
    """

    labels: list[str]
    pieces: list[str]
    ids: npt.NDArray[np.int64]
    special: npt.NDArray[np.bool_]
    words: npt.NDArray[np.int64]
    gaps: npt.NDArray[np.uint8]
    split: int | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def blank(self) -> npt.NDArray[np.bool_]:
        """What shows nothing in the text: bool, (n,)."""
        return np.array([not label.strip(_SIGNS) for label in self.labels], dtype=bool)

    @property
    def has_words(self) -> bool:
        """Whether some words have several tokens: else words are nothing new."""
        words = self.words[self.words >= 0]
        return len(np.unique(words)) < len(words)


def from_pieces(
    pieces: Sequence[str],
    *,
    ids: Sequence[int] | None = None,
    special: Sequence[bool] | None = None,
    split: int | None = None,
) -> Tokens:
    """Read how tokens look in the text from what the vocabulary calls them.

    By the conventions of WordPiece (``##ing``), byte-level BPE (``Ġthe``), SentencePiece
    (``▁the``, ``<0xE2>``) and BPE with ends of words (``the</w>``).

    Parameters
    ----------
    pieces
        As ``tokenizer.convert_ids_to_tokens`` returns them.
    ids, special
        If they are known; special tokens are else told by their usual names.
    split
        The first token of the second text.
    """
    pieces = [printable(str(piece)) for piece in pieces]
    marked = (
        [_SPECIAL.fullmatch(piece) is not None for piece in pieces]
        if special is None
        else list(special)
    )
    plain = [piece for piece, is_special in zip(pieces, marked, strict=True) if not is_special]
    ends = any(piece.endswith("</w>") and piece != "</w>" for piece in plain)
    byte_level = not ends and any("Ġ" in piece or "Ċ" in piece for piece in plain)
    hashes = any(piece.startswith("##") and len(piece) > 2 for piece in plain)
    marks = byte_level or any("▁" in piece for piece in plain)
    texts, gaps = [], []
    ended = True  # whether a word has ended before
    for piece, is_special in zip(pieces, marked, strict=True):
        text, gap = piece, BLANK
        if not is_special:
            text = piece.replace("▁", " ").replace("</w>", "") if not byte_level else piece
            if hashes:
                gap = NO_GAP if piece.startswith("##") and len(piece) > 2 else BLANK
                text = text.removeprefix("##") if gap == NO_GAP else text
            elif marks:
                gap = _gap_of(piece)
            elif ends:
                gap = BLANK if ended else NO_GAP
        ended = is_special or piece.endswith("</w>") or not ends
        texts.append(text)
        gaps.append(gap)
    labels = _decoded(pieces, texts, marked, byte_level=byte_level)
    for k in range(1, len(labels)):
        if gaps[k] == NO_GAP and not marked[k - 1] and labels[k - 1].endswith("↵"):
            gaps[k] = BREAK
    return Tokens(
        labels,
        pieces,
        np.full(len(pieces), -1) if ids is None else np.asarray(ids, dtype=np.int64),
        np.array(marked, dtype=bool),
        group(gaps, marked, split),
        np.array(gaps, dtype=np.uint8),
        split,
    )


def readable(text: str) -> str:
    """Return the text of a token without blanks at its edges; one of blanks alone gets glyphs."""
    text = printable(text)
    shown = text.strip()
    if not shown:
        return "".join(_GLYPHS.get(c, _BLANK) for c in text) or "∅"
    return "".join(_GLYPHS.get(c, c if c.isprintable() else "�") for c in shown)


def joined(labels: list[str]) -> str:
    """Return how a word of several tokens reads: a blank that is a token of its own is none."""
    return "".join(labels).strip(_BLANK) or "".join(labels)


def part(text: str, number: int) -> str:
    """Return the label of one of several tokens that are parts of the same characters."""
    return readable(text) + str(number).translate(_SUBSCRIPTS)


def group(
    gaps: Sequence[int], special: Sequence[bool], split: int | None = None
) -> npt.NDArray[np.int64]:
    """Return numbers of words; one begins after a gap, a special token, or in the second text."""
    words = np.full(len(gaps), -1, dtype=np.int64)
    number, fresh = -1, True
    for k, (gap, is_special) in enumerate(zip(gaps, special, strict=True)):
        if is_special:
            fresh = True
            continue
        if fresh or gap != NO_GAP or k == split:
            number += 1
        words[k], fresh = number, False
    return words


def _gap_of(piece: str) -> int:
    if piece.startswith("Ċ") or piece == "<0x0A>":
        return BREAK
    return BLANK if piece.startswith(("Ġ", "▁")) else NO_GAP


def _decoded(
    pieces: list[str], texts: list[str], special: list[bool], *, byte_level: bool
) -> list[str]:
    """Return labels; bytes become characters, also where these are cut into several tokens."""
    labels = [readable(text) for text in texts]
    held = b""  # bytes of a character that has not ended
    waiting: list[int] = []  # the tokens that they are of
    for k, piece in enumerate(pieces):
        raw = None if special[k] else piece_bytes(piece, byte_level=byte_level)
        if raw is None:
            held, waiting = b"", []
            continue
        held += raw
        waiting.append(k)
        try:
            whole = held.decode("utf-8")
        except UnicodeDecodeError as error:
            if error.end == len(held) and "unexpected end" in error.reason:
                labels[k] = " ".join(f"{byte:02X}" for byte in raw)
                continue
            whole = held.decode("utf-8", "replace")
        if len(waiting) == 1:
            labels[k] = readable(whole)
        else:
            for number, j in enumerate(waiting, start=1):
                labels[j] = part(whole, number)
        held, waiting = b"", []
    return labels
