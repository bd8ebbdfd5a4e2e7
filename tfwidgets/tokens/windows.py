"""Parts of the stages that fit on a screen: a few words, and what became of them."""

from __future__ import annotations

from typing import Any

from tfwidgets.tokens.changes import Change, merged
from tfwidgets.tokens.stages import Piece, Stage, Stages, Step
from tfwidgets.ui.text import printable

WORDS = 60
LONGEST = 2000  # characters of one stage in a window: a word may be as long as the text


class Windows:
    """Windows over the stages, each of ``WORDS`` pre-tokens."""

    def __init__(self, stages: Stages) -> None:
        self.stages = stages
        self.count = max(1, -(-stages.words // WORDS))
        # Where each word begins, as (text or pair, code point): windows end between words.
        self._begins = [(piece.sequence, piece.start) for piece in stages.pre_tokens]

    def payload(self, window: int) -> dict[str, Any]:
        """Return a window as the page draws it."""
        window = max(0, min(window, self.count - 1))
        stages = self.stages
        return {
            "problem": None if stages.problem is None else stages.problem.texts(),
            "characters": stages.characters,
            "whole": stages.whole,
            "window": window,
            "windows": self.count,
            "stages": [self._stage(stage, window) for stage in stages],
        }

    def _stage(self, stage: Stage, window: int) -> dict[str, Any]:
        return {
            **self._step(stage, window),
            "kind": stage.kind,
            "absent": stage.absent,
            "steps": [self._step(step, window) for step in stage.steps],
        }

    def _step(self, step: Step, window: int) -> dict[str, Any]:
        pieces = []
        at = 0  # what the post-processor puts in stands with the word before it
        for piece in step.pieces:
            if piece.word >= 0:
                at = piece.word // WORDS
                changes = piece.changes if at == window else ()
            elif piece.kind == "special":
                changes = piece.changes if at == window else ()
            else:
                changes = self._within(piece, window)
            if changes:
                pieces.append(_payload(piece, changes))
        return {"name": step.name, "changed": step.changed, "pieces": pieces}

    def _within(self, piece: Piece, window: int) -> tuple[Change, ...]:
        """Return the part of a long stretch from which the words of a window come."""
        first = self._begins[window * WORDS : window * WORDS + 1]
        after = self._begins[(window + 1) * WORDS : (window + 1) * WORDS + 1]
        return tuple(
            change
            for change in piece.changes
            if (window == 0 or (piece.sequence, change.place) >= first[0])
            and (not after or (piece.sequence, change.place) < after[0])
        )


def _payload(piece: Piece, changes: tuple[Change, ...]) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "runs": [
            {"text": printable(run.text[:LONGEST]), "kind": run.kind} for run in merged(changes)
        ],
        "word": piece.word,
        "kind": piece.kind,
    }
    if piece.id is not None:
        payload["id"] = piece.id
    return payload
