"""What a stage did to the characters of a text: kept, changed or removed them."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from tfwidgets.tokens.trace import Split

Kind = Literal["same", "changed", "removed"]


class Change(NamedTuple):
    """What stands at one place of the original text after a stage; removed: what stood before."""

    place: int
    text: str
    kind: Kind


class Run(NamedTuple):
    """Neighbouring characters to which the same happened."""

    text: str
    kind: Kind


def changes(
    before: Sequence[Split], after: Sequence[Split], *, removed: bool
) -> Iterator[tuple[Split | None, tuple[Change, ...]]]:
    """Compare by place in the original text, split by split of ``after``.

    With ``removed`` what is gone stands in the split before it, or in the first one; where an
    added token stands between, or nothing at all is left, it stands alone (without a split).
    """
    old = _by_place(before)
    places = sorted(old)
    end_of_all = 1 + max(places, default=-1)

    def between(begin: int, end: int) -> list[int]:
        return places[bisect_left(places, begin) : bisect_left(places, end)]

    def gone(begin: int, end: int) -> Iterator[tuple[None, tuple[Change, ...]]]:
        if removed and (lost := between(begin, end)):
            yield None, tuple(Change(place, old[place], "removed") for place in lost)

    at = 0
    for k, split in enumerate(after):
        if split.added is not None:
            yield from gone(at, split.start)
            yield split, (Change(split.start, split.text, "same"),)
            at = split.end
            continue
        new = _by_place([split])
        end = after[k + 1].start if k + 1 < len(after) else end_of_all
        here = between(at, end) if removed else ()
        made = (
            _change(place, old.get(place, ""), new.get(place, ""))
            for place in sorted(new.keys() | set(here))
        )
        yield split, tuple(made)
        at = max(at, end)
    yield from gone(at, end_of_all)


def merged(changes: Sequence[Change]) -> tuple[Run, ...]:
    """Join neighbours to which the same happened."""
    runs: list[Run] = []
    for _, text, kind in changes:
        if runs and runs[-1].kind == kind:
            runs[-1] = Run(runs[-1].text + text, kind)
        else:
            runs.append(Run(text, kind))
    return tuple(runs)


def _change(place: int, old: str, new: str) -> Change:
    if not new:
        return Change(place, old, "removed")
    return Change(place, new, "same" if new == old else "changed")


def _by_place(splits: Sequence[Split]) -> dict[int, str]:
    found: dict[int, str] = defaultdict(str)
    for split in splits:
        if split.added is not None:
            found[split.start] += split.text
            continue
        for character, (start, _) in zip(split.characters, split.places, strict=True):
            found[start] += character
    return dict(found)
