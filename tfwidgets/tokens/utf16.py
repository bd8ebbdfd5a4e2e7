"""From Python's positions in a text to JavaScript's.

Python counts code points, JavaScript UTF-16 units: what lies beyond U+FFFF (emoji, rare
scripts) counts once here and twice there.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]


class Utf16:
    """A text with its positions in both countings."""

    def __init__(self, text: str) -> None:
        self.text = text
        encoded = text.encode("utf-32-le", "surrogatepass")
        self.points = np.frombuffer(encoded, dtype="<u4")

    @cached_property
    def _before(self) -> Positions | None:
        astral = self.points > 0xFFFF
        return np.concatenate([[0], np.cumsum(astral)]) if astral.any() else None

    def units(self, points: npt.NDArray[np.integer]) -> Positions:
        """Return the UTF-16 positions of code point positions (0 to the length of the text)."""
        found: Positions = points.astype(np.int64)
        return found if self._before is None else found + self._before[points]

    @property
    def newlines(self) -> Positions:
        """Positions of the line feeds, in code points."""
        return np.flatnonzero(self.points == 0x0A)
