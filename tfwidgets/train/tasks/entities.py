"""Entities: what tags such as B-PER and I-PER say about words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

OUTSIDE = "O"
_TAG = re.compile(r"[BIES]-.+", re.DOTALL)


class Entity(NamedTuple):
    """A stretch of text that the model has named.

    Attributes
    ----------
    label
        What it is: ``"PER"``.
    text
        As it stands in the text.
    start, end
        Where: ``text[start:end]``. For words that came as a list, in these joined by spaces.
    score
        Mean probability of its words' tags.
    """

    label: str
    text: str
    start: int
    end: int
    score: float


def are_entity_tags(labels: Iterable[str]) -> bool:
    """Tell whether labels mark beginning and inside of entities, as B-PER and I-PER do."""
    inside = [label for label in labels if label != OUTSIDE]
    return bool(inside) and all(_TAG.fullmatch(label) for label in inside)


def entity_words(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """Group words to entities.

    Returns
    -------
    list of (str, int, int)
        What each entity is, its first word, and the one behind its last.

    Notes
    -----
    The rules of conlleval, as in seqeval: an I- that continues nothing begins an entity.
    """
    found: list[tuple[str, int, int]] = []
    begun: tuple[str, int] | None = None
    before = ""
    for k, tag in enumerate([*tags, OUTSIDE]):
        prefix, _, kind = tag.partition("-")
        inside = tag != OUTSIDE
        goes_on = inside and begun and prefix in "IE" and before not in "ES" and kind == begun[0]
        if begun and not goes_on:
            found.append((begun[0], begun[1], k))
            begun = None
        if inside and begun is None:
            begun = kind, k
        before = prefix
    return found


def group_entities(
    text: str,
    offsets: Sequence[tuple[int, int]],
    tags: Sequence[str],
    scores: Sequence[float] | None = None,
) -> list[Entity]:
    """Group the words of a text to entities.

    Parameters
    ----------
    text
        The text.
    offsets
        Start and end of each word in it.
    tags
        The tag of each word.
    scores
        Probability of each tag; 1 without.
    """
    found = []
    for label, first, end in entity_words(tags):
        start, stop = offsets[first][0], offsets[end - 1][1]
        score = 1.0 if scores is None else sum(scores[first:end]) / (end - first)
        found.append(Entity(label, text[start:stop], start, stop, float(score)))
    return found
