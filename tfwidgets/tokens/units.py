"""Cut a text with its tokens into units for the screen.

A unit is a line of the text, or a part of a long one: what a virtual list draws as a block.
Every token lies in one unit, and every character in one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from tfwidgets.tokens.encoded import Bools, Encoded, Ints
from tfwidgets.tokens.utf16 import Positions, Utf16

MOST_TOKENS = 160
MOST_CHARACTERS = 2000

# Flags of a unit; the role of a chat message stands above them, counted from 1.
OF_PAIR, CUT, CLIPPED, BEGINS = 1, 2, 4, 8
ROLE = 8


@dataclass(frozen=True)
class Span:
    """A stretch of the first text with a number: a role of a chat, a label of an annotation."""

    start: int
    end: int
    number: int


@dataclass(frozen=True)
class Unit:
    """A stretch of a text with its tokens.

    Attributes
    ----------
    sequence
        0 for the text, 1 for its pair.
    start, end
        Code points of that text.
    first, last
        Its tokens: [first, last).
    flags
        ``OF_PAIR``, ``CUT`` (truncation left it out), ``BEGINS`` (a message), and the role.
    """

    sequence: int
    start: int
    end: int
    first: int
    last: int
    flags: int


def cut_up(encoded: Encoded, texts: Sequence[Utf16], roles: Sequence[Span] = ()) -> list[Unit]:
    """Return the units of an encoded text, and of its pair after it."""
    n = len(encoded)
    if encoded.offsets is None:
        steps = range(0, max(n, 1), MOST_TOKENS)
        return [Unit(0, 0, 0, k, min(k + MOST_TOKENS, n), 0) for k in steps]
    # What has no place of its own stands with the token before it.
    sequence = carried(np.where(encoded.placed, encoded.sequence_ids, -1), start=0)
    units: list[Unit] = []
    for number, text in enumerate(texts):
        mine = np.flatnonzero(sequence == number)
        first = int(mine[0]) if len(mine) else n * min(number, 1)
        last = int(mine[-1]) + 1 if len(mine) else first
        scissors = _Scissors(encoded, encoded.offsets, number, text, () if number else roles)
        units += scissors.cut(first, last)
    return units


class _Scissors:
    """Cuts one text of a row."""

    def __init__(
        self, encoded: Encoded, offsets: Ints, number: int, text: Utf16, roles: Sequence[Span]
    ) -> None:
        self.encoded = encoded
        self.offsets = offsets
        self.number = number
        self.text = text
        self.roles = roles

    def cut(self, first: int, last: int) -> Iterator[Unit]:
        """Cut the text whose tokens are ``first`` to ``last``."""
        offsets = self.offsets[first:last].astype(np.int64)
        # What has no extent (a blank put in before a word) stands with the token before it.
        solid = self.encoded.placed[first:last] & (offsets[:, 1] > offsets[:, 0])
        head, tail = self._left_by_truncation(offsets[solid])
        ends: Positions = np.maximum.accumulate(np.where(solid, offsets[:, 1], head))
        before = np.concatenate([[head], ends])[: len(ends)]
        starts = np.where(solid, offsets[:, 0], before)
        at, borders = self._borders(solid & (starts >= before), starts, before)
        length = len(self.text.text)
        yield from self._blank(0, head, first, CUT)
        begins, heads = [head, *borders], [0, *at]
        finishes, tails = [*borders, tail], [*at, last - first]
        for begin, end, a, b in zip(begins, finishes, heads, tails, strict=True):
            unit = Unit(self.number, begin, end, first + a, first + b, self._flags(begin))
            yield from self._shortened(unit)
        yield from self._blank(tail, length, last, CUT)

    def _borders(
        self, free: Bools, starts: Positions, before: Positions
    ) -> tuple[list[int], list[int]]:
        """Return the tokens that begin a unit, and the characters where those begin.

        Only a token that overlaps none before it (``free``) may begin one.
        """
        lines = self.text.newlines
        line = np.searchsorted(lines, starts, side="left")
        opened = np.array([span.start for span in self.roles], dtype=np.int64)
        role = np.searchsorted(opened, starts, side="right") - 1
        new_line = free & _differs(line)
        new_role = free & _differs(role) & ~new_line
        breaks = new_line | new_role
        breaks |= free & _every(breaks, MOST_TOKENS)
        at = np.flatnonzero(breaks)
        at = at[at > 0]
        borders = starts[at]
        # A line begins behind its line feed, blanks and all; a role where the template says.
        if len(lines):
            behind = lines[np.maximum(line[at] - 1, 0)] + 1
            borders = np.where(new_line[at], np.maximum(before[at], behind), borders)
        if len(opened):
            behind = opened[np.maximum(role[at], 0)]
            borders = np.where(new_role[at], np.maximum(before[at], behind), borders)
        return at.tolist(), borders.tolist()

    def _left_by_truncation(self, spans: Positions) -> tuple[int, int]:
        """Return what truncation left of the text, given its tokens' places: [head, tail)."""
        text = self.text.text
        if not self.encoded.overflow:
            return 0, len(text)
        if not len(spans):
            return 0, 0 if text.strip() else len(text)
        head, tail = int(spans[0, 0]), int(spans[:, 1].max())
        return head if text[:head].strip() else 0, tail if text[tail:].strip() else len(text)

    def _flags(self, position: int) -> int:
        flags = OF_PAIR if self.number else 0
        for span in self.roles:
            if span.start <= position < span.end:
                flags |= (span.number + 1) << ROLE
                flags |= BEGINS if position == span.start else 0
        return flags

    def _blank(self, start: int, end: int, token: int, flags: int = 0) -> Iterator[Unit]:
        """Yield units for a stretch of text without tokens."""
        opened = {span.start for span in self.roles if start < span.start < end}
        borders = sorted({*range(start, end, MOST_CHARACTERS), *opened, end})
        for begin, stop in pairwise(borders):
            yield Unit(self.number, begin, stop, token, token, flags | self._flags(begin))

    def _shortened(self, unit: Unit) -> Iterator[Unit]:
        """Split a unit whose text is too long to be drawn at once.

        A single token that is too long stays whole: of that the page gets the beginning.
        """
        if unit.end - unit.start <= MOST_CHARACTERS:
            yield unit
            return
        number, flags = unit.sequence, unit.flags
        begin, first, end = unit.start, unit.first, unit.start
        placed = np.flatnonzero(self.encoded.placed[unit.first : unit.last]) + unit.first
        for t in placed.tolist():
            start, stop = self.offsets[t].tolist()
            if start >= end and stop - begin > MOST_CHARACTERS and start > begin:
                if end > begin or t > first:
                    yield Unit(number, begin, end, first, t, flags)
                gap = start if start - end > MOST_CHARACTERS else end
                yield from self._blank(end, gap, t)
                begin, first = gap, t
            end = max(end, stop)
        tail = end if unit.end - begin > MOST_CHARACTERS else unit.end
        if tail > begin or unit.last > first:
            yield Unit(number, begin, tail, first, unit.last, flags)
        yield from self._blank(tail, unit.end, unit.last)


def carried(values: npt.NDArray[Any], *, start: int) -> npt.NDArray[Any]:
    """Fill each -1 with the last value before it."""
    known = np.where(values >= 0, np.arange(len(values)), -1)
    last = np.maximum.accumulate(known) if len(values) else known
    return np.where(last >= 0, values[last], start)


def _differs(values: npt.NDArray[Any]) -> Bools:
    changed = np.zeros(len(values), dtype=np.bool_)
    changed[1:] = values[1:] != values[:-1]
    return changed


def _every(breaks: Bools, most: int) -> Bools:
    """Mark each ``most``-th position after the last break."""
    k = np.arange(len(breaks))
    last = np.maximum.accumulate(np.where(breaks, k, 0)) if len(breaks) else k
    return np.asarray(((k - last) % most == 0) & (k > last), dtype=np.bool_)
