"""Pack the units that a page asks for: eight bytes a token, beside the text itself.

``js/src/tokens/flow/units.ts`` unpacks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tfwidgets.models.bytelevel import piece_bytes
from tfwidgets.tokens.encoded import Bools, Encoded, Ints
from tfwidgets.tokens.subject import Subject
from tfwidgets.tokens.units import CLIPPED, CUT, MOST_CHARACTERS, Span, Unit, carried, cut_up
from tfwidgets.tokens.utf16 import Positions, Utf16

# Flags of a token, in the high byte of its id.
SPECIAL, ADDED, PADDING, IGNORED, UNKNOWN, SECOND, DIFFERENT, PARTIAL = (1 << k for k in range(8))

# What fills the first screen.
_FIRST_TOKENS, _FIRST_CHARACTERS, _FIRST_UNITS = 320, 4000, 24
_NOWHERE = 0xFFFF
_LONG = 255
_JUMP, _NO_WORD = 254, 255
_TOKEN = np.dtype([("id", "<u4"), ("at", "<u2"), ("length", "u1"), ("word", "u1")])


class TokenPages:
    """One encoded text in units, packed page by page.

    Parameters
    ----------
    roles
        Stretches of the text in order, each with the number of its role.
    marks
        Annotations: stretches with the number of their label.
    different
        Tokens that other tokenizers do not have; bool, shape (n,).
    """

    def __init__(
        self,
        subject: Subject,
        encoded: Encoded,
        roles: Sequence[Span] = (),
        marks: Sequence[Span] = (),
        different: Bools | None = None,
    ) -> None:
        self.subject = subject
        self.encoded = encoded
        self.marks = marks
        self._texts = [Utf16(text) for text in encoded.texts]
        self._flags = token_flags(subject, encoded)
        if different is not None:
            self._flags[different] |= DIFFERENT
        self.units = cut_up(encoded, self._texts, roles)

    def __len__(self) -> int:
        return len(self.units)

    @property
    def cut_characters(self) -> int:
        """Characters that truncation cut off."""
        return sum(unit.end - unit.start for unit in self.units if unit.flags & CUT)

    @property
    def first_screen(self) -> int:
        """How many units fill the first screen."""
        tokens = characters = 0
        for k, unit in enumerate(self.units[:_FIRST_UNITS], start=1):
            tokens += unit.last - unit.first
            characters += unit.end - unit.start
            if tokens >= _FIRST_TOKENS or characters >= _FIRST_CHARACTERS:
                return k
        return min(_FIRST_UNITS, len(self.units))

    def ids(self, start: int, stop: int) -> list[int]:
        """Return the distinct ids in a range of units."""
        units = self.units[start:stop]
        if not units:
            return []
        found = np.unique(self.encoded.ids[units[0].first : units[-1].last])
        return [int(k) for k in found]

    def page(self, start: int, stop: int) -> tuple[dict[str, Any], list[bytes]]:
        """Pack units ``start`` to ``stop``: what JSON carries, and buffers of units and tokens."""
        units = self.units[start:stop]
        texts, heads, places = [], [], []
        expected: tuple[int, int] | None = None
        for k, unit in enumerate(units):
            shown = self._text(unit)
            texts.append(shown)
            if expected != (unit.sequence, unit.start):
                places.append([k, unit.start])
            expected = unit.sequence, unit.start + len(shown)
            flags = unit.flags | (CLIPPED if len(shown) < unit.end - unit.start else 0)
            heads.append((unit.last - unit.first, len(shown.encode("utf-16-le")) // 2, flags))
        packed, escapes = self._pack(units)
        payload = {
            "start": start,
            "total": len(self.units),
            "text": "".join(texts),
            "token": units[0].first if units else 0,
            "places": places,
            "marks": self._page_marks(units),
        }
        return payload | escapes, [np.array(heads, dtype="<u2").tobytes(), packed]

    def _text(self, unit: Unit) -> str:
        end = min(unit.end, unit.start + MOST_CHARACTERS)
        return self._texts[unit.sequence].text[unit.start : end]

    def _page_marks(self, units: Sequence[Unit]) -> list[list[int]]:
        found = []
        for k, unit in enumerate(units):
            for mark in self.marks if unit.sequence == 0 else ():
                start, end = max(mark.start, unit.start), min(mark.end, unit.end)
                if start < end:
                    begin, a, b = self._texts[0].units(np.array([unit.start, start, end])).tolist()
                    found.append([k, a - begin, b - begin, mark.number])
        return found

    def _pack(self, units: Sequence[Unit]) -> tuple[bytes, dict[str, Any]]:
        first, last = (units[0].first, units[-1].last) if units else (0, 0)
        encoded = self.encoded
        ids = encoded.ids[first:last].astype(np.uint32) | (self._flags[first:last] << 24)
        at = np.full(last - first, _NOWHERE, dtype=np.int64)
        length = np.zeros(last - first, dtype=np.int64)
        hidden: dict[int, str] = {}
        if encoded.offsets is not None:
            for unit in units:
                self._place(
                    unit, encoded.offsets, at[unit.first - first :], length[unit.first - first :]
                )
            partial = self._partial(encoded.offsets, first, last)
            ids[partial] |= PARTIAL << 24
            hidden = self._bytes(first, partial)
        steps, words = _word_steps(encoded.word_ids[first:last])
        packed = np.zeros(last - first, dtype=_TOKEN)
        packed["id"], packed["at"], packed["word"] = ids, at, steps
        packed["length"] = np.minimum(length, _LONG)
        types = encoded.type_ids[first:last]
        return packed.tobytes(), {
            "types": {k: int(types[k]) for k in np.flatnonzero(types > 1).tolist()},
            "lengths": {k: int(length[k]) for k in np.flatnonzero(length >= _LONG).tolist()},
            "words": words,
            "bytes": hidden,
        }

    def _place(self, unit: Unit, offsets: Ints, at: Positions, length: Positions) -> None:
        """Write where a unit's tokens stand in it, in UTF-16 units."""
        mine = np.flatnonzero(self.encoded.placed[unit.first : unit.last])
        end = min(unit.end, unit.start + MOST_CHARACTERS)
        spans = np.clip(offsets[unit.first + mine], unit.start, end)
        text = self._texts[unit.sequence]
        spans = text.units(spans) - text.units(np.array([unit.start]))
        at[mine] = spans[:, 0]
        length[mine] = spans[:, 1] - spans[:, 0]

    def _partial(self, offsets: Ints, first: int, last: int) -> list[int]:
        """Return which tokens share a character with a neighbour, counted from ``first``."""
        sequence = self.encoded.sequence_ids[first:last]
        spans = offsets[first:last]
        solid = self.encoded.placed[first:last] & (spans[:, 1] > spans[:, 0])
        shared = solid[1:] & solid[:-1] & (spans[1:, 0] < spans[:-1, 1])
        second = np.flatnonzero(shared & (sequence[1:] == sequence[:-1])) + 1
        return sorted({*second.tolist(), *(second - 1).tolist()})

    def _bytes(self, first: int, partial: Sequence[int]) -> dict[int, str]:
        """Name the bytes of tokens that are parts of a character."""
        found = {}
        for k in partial:
            piece = self.subject.piece(int(self.encoded.ids[first + k]))
            raw = piece_bytes(piece, byte_level=self.subject.byte_level)
            if raw is not None:
                found[k] = raw.hex()
        return found


def token_flags(subject: Subject, row: Encoded) -> npt.NDArray[np.uint32]:
    """Return the flags of a row's tokens as the page reads them: uint32, shape (n,)."""
    flags = np.zeros(len(row), dtype=np.uint32)
    flags[row.special_mask] |= SPECIAL
    if subject.added:
        flags[np.isin(row.ids, list(subject.added))] |= ADDED
    ignored = row.attention_mask == 0
    flags[ignored] |= IGNORED
    if subject.pad is not None:
        flags[ignored & (row.ids == subject.pad[0])] |= PADDING
    flags[subject.is_unknown(row)] |= UNKNOWN
    flags[row.type_ids == 1] |= SECOND
    return flags


def _word_steps(words: Ints) -> tuple[npt.NDArray[np.uint8], dict[int, int]]:
    """Return each token's step from the word before it, and the words that do not follow."""
    known = words >= 0
    before = carried(np.concatenate([[-1], words])[: len(words)], start=-1)
    steps = words - before
    jumps = known & ((steps < 0) | (steps >= _JUMP))
    packed = np.where(known, np.where(jumps, _JUMP, steps), _NO_WORD).astype(np.uint8)
    return packed, {k: int(words[k]) for k in np.flatnonzero(jumps).tolist()}
