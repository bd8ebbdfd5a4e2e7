"""What a stage did to the characters of a text: kept, changed or removed them."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
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
) -> list[tuple[Change, ...]]:
    """Compare by place in the original text; one tuple for each split of ``after``.

    With ``removed`` what is gone stands in the split before it, or in the first one.
    """
    old = _by_place(before)
    places = sorted(old)
    found: list[tuple[Change, ...]] = []
    for k, split in enumerate(after):
        if split.added is not None:
            found.append((Change(split.start, split.text, "same"),))
            continue
        begin, end = split.start, split.end
        if removed:
            begin = 0 if k == 0 else begin
            end = after[k + 1].start if k + 1 < len(after) else max(end, *places[-1:]) + 1
        new = _by_place([split])
        here = places[bisect_left(places, begin) : bisect_left(places, end)]
        made = (
            _change(place, old.get(place, ""), new.get(place, ""))
            for place in sorted(new.keys() | set(here))
        )
        found.append(tuple(change for change in made if removed or change.kind != "removed"))
    return found


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
