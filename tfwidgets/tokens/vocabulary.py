"""Search a vocabulary: by piece, by beginning, by id."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from tfwidgets.errors import InputError
from tfwidgets.models.bytelevel import piece_bytes
from tfwidgets.tokens.subject import Subject

Kind = Literal["piece", "added", "special", "byte"]
MODES = ("contains", "prefix", "id")
# What tokenizers write for a blank before a word.
_BLANKS = ("▁", "Ġ")


@dataclass(frozen=True)
class Entry:
    """An id with its piece.

    Attributes
    ----------
    id, piece
        As the vocabulary has them.
    decoded
        What the piece alone decodes to.
    kind
        ``"piece"``, ``"added"``, ``"special"`` or ``"byte"`` (a single byte).
    bytes
        The bytes that it stands for: of byte-level pieces their own, else UTF-8, without the
        mark of a piece that goes on (##).
    """

    id: int
    piece: str
    decoded: str
    kind: Kind
    bytes: bytes


class Vocabulary:
    """All pieces of a tokenizer by id."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    @cached_property
    def ids(self) -> list[int]:
        """All ids in order."""
        return sorted(self._pieces)

    @cached_property
    def _pieces(self) -> dict[int, str]:
        vocabulary = self.subject.tokenizer.get_vocab()
        return {int(k): str(piece) for piece, k in vocabulary.items()}

    @cached_property
    def _folded(self) -> list[str]:
        return [_plain(self._pieces[k]) for k in self.ids]

    def __len__(self) -> int:
        return len(self.ids)

    def search(self, query: str | int, mode: str = "contains") -> list[int]:
        """Return the ids that fit, in order; a blank finds what stands for one.

        Parameters
        ----------
        query
            What to look for, whatever its case; an id for mode ``"id"``.
        mode
            ``"contains"``, ``"prefix"`` or ``"id"`` (that id, if there is one).

        Raises
        ------
        InputError
            For another mode, and for an id that is no number.
        """
        if mode not in MODES:
            raise InputError(f"Unknown mode {mode!r}: {', '.join(MODES)}.")
        query = str(query)
        if mode == "id":
            return [k for k in (_number(query),) if k in self._pieces]
        if not query:
            return self.ids
        wanted = _plain(query)
        if mode == "prefix":
            # People look for the beginning of a word, with and without the mark before it.
            fits = [p.startswith(wanted) or p.lstrip(" #").startswith(wanted) for p in self._folded]
        else:
            fits = [wanted in piece for piece in self._folded]
        return [k for k, fit in zip(self.ids, fits, strict=True) if fit]

    def position(self, query: str) -> int | None:
        """Return where an id stands among all ids, or the nearest one to it.

        Raises
        ------
        InputError
            For what is no number.
        """
        if not query.strip() or not self.ids:
            return None
        return min(int(np.searchsorted(self.ids, _number(query))), len(self.ids) - 1)

    def entry(self, k: int) -> Entry:
        """Return what is known about an id.

        Raises
        ------
        InputError
            When the vocabulary has no such id.
        """
        piece = self._pieces.get(k)
        if piece is None:
            raise InputError(f"{self.subject.name} has no id {k}.")
        raw = piece_bytes(piece, byte_level=self.subject.byte_level)
        token = self.subject.added.get(k)
        kind: Kind = "piece"
        if token is not None:
            kind = "special" if getattr(token, "special", False) else "added"
        elif raw is not None and len(raw) == 1:
            kind = "byte"
        decoded = self.subject.decode([k])
        content = decoded.removeprefix(self.subject.continuation).encode("utf-8", "replace")
        if raw is not None and token is None:
            content = raw
        return Entry(k, piece, decoded, kind, content)

    def neighbours(self, k: int, each_side: int = 4) -> list[Entry]:
        """Return the entries with the ids around one, itself among them."""
        at = int(np.searchsorted(self.ids, k))
        return [self.entry(n) for n in self.ids[max(0, at - each_side) : at + each_side + 1]]


def _number(query: str) -> int:
    try:
        return int(query)
    except ValueError:
        raise InputError(f"{query!r} is no id: ids are whole numbers.") from None


def _plain(piece: str) -> str:
    for blank in _BLANKS:
        piece = piece.replace(blank, " ")
    return piece.casefold()
