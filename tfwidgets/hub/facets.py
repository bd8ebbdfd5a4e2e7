"""How many of the models in a list are of each task, language, licence and so on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfwidgets.hub.entry import ModelEntry

_SINGLE = {"license": "license", "family": "family", "source": "source", "dtype": "dtype"}
# A model may stand under several of these, under each of them once.
_SEVERAL = {"language": "languages", "library": "libraries"}
FACETS = ("task", *_SEVERAL, *_SINGLE)


def facets(entries: Iterable[ModelEntry]) -> dict[str, list[tuple[str, int]]]:
    """Return the values of each facet with the number of models that have it, most first."""
    found = list(entries)
    counters = {"task": Counter(_each((entry.task, *entry.tasks) for entry in found))}
    for name, attribute in _SEVERAL.items():
        counters[name] = Counter(_each(map(attrgetter(attribute), found)))
    for name, attribute in _SINGLE.items():
        counters[name] = Counter(map(attrgetter(attribute), found))
    return {
        name: sorted(
            ((value, count) for value, count in counter.items() if value),
            key=lambda item: (-item[1], item[0]),
        )
        for name, counter in counters.items()
    }


def _each(values: Iterable[tuple[str | None, ...]]) -> Iterator[str | None]:
    return chain.from_iterable(map(dict.fromkeys, values))
