"""What the page is sent of a listing: rows as plain values, bounded and safe to show."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tfwidgets.hub.facets import facets
from tfwidgets.hub.notes import notes_for_page
from tfwidgets.models import session
from tfwidgets.ui.text import clip, one_line, printable

if TYPE_CHECKING:
    from tfwidgets.hub.entry import ModelEntry
    from tfwidgets.hub.merge import Listing
    from tfwidgets.hub.query import Query
    from tfwidgets.models.net import HubProblem

SHOWN_FACETS = ("task", "language", "license", "library", "family")
MOST_VALUES = 60
_ID, _WORD, _TEXT = 400, 80, 400


class Found:
    """A listing, and what was counted of it when it last grew."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self._counted: tuple[tuple[int, bool], dict[str, Any]] | None = None
        self._failed: tuple[HubProblem, float] | None = None

    def rows(self, start: int, stop: int, key: Callable[[ModelEntry], str]) -> dict[str, Any]:
        """Return rows ``start`` to ``stop`` of what is known, without asking the hub."""
        listing = self.listing
        # Before the entries are taken: what comes in between is then said to be still to come.
        more, problem = not listing.done, listing.problem
        entries = listing.entries
        used = session.in_use()
        return {
            "start": start,
            "rows": [
                row_of(entry, key(entry), in_use=used is not None and used.name == entry.id)
                for entry in entries[start:stop]
            ],
            "known": len(entries),
            "more": more,
            "problem": problem and self._problem(problem),
            "notes": notes_for_page(listing.messages),
            **self._counts(entries),
        }

    def _problem(self, problem: HubProblem) -> dict[str, Any]:
        if self._failed is None or self._failed[0] is not problem:
            self._failed = problem, time.monotonic()
        passed = time.monotonic() - self._failed[1]
        return {
            "kind": problem.kind,
            "text": clip(printable(str(problem)), 2 * _TEXT),
            "wait": problem.wait and max(problem.wait - passed, 0.0),
        }

    def _counts(self, entries: list[ModelEntry]) -> dict[str, Any]:
        state = len(entries), self.listing.answered
        if self._counted is None or self._counted[0] != state:
            counted = facets(entries)
            self._counted = (
                state,
                {
                    "facets": {
                        name: [
                            (one_line(value, _WORD), count)
                            for value, count in counted[name][:MOST_VALUES]
                        ]
                        for name in SHOWN_FACETS
                    },
                    "counts": dict(Counter(entry.source for entry in entries)),
                },
            )
        return self._counted[1]


def row_of(entry: ModelEntry, key: str, *, in_use: bool = False) -> dict[str, Any]:
    """Return a model as the list shows it."""
    return {
        "key": key,
        "id": one_line(entry.id, _ID),
        "source": entry.source,
        "task": _word(entry.task),
        "languages": [one_line(code, _WORD) for code in entry.languages[:40]],
        "license": _word(entry.license),
        "params": entry.params,
        "dtype": _word(entry.dtype),
        "size": entry.disk_size,
        "downloads": entry.downloads,
        "likes": entry.likes,
        "updated": _seconds(entry.updated),
        "gated": _gate(entry.gated),
        "cached": entry.cached,
        "private": entry.private,
        "disabled": entry.disabled,
        "missing": len(entry.missing),
        "notes": notes_for_page(entry.messages),
        "inUse": in_use,
        "family": _word(entry.family),
        "author": _word(entry.author),
        "url": entry.url and clip(printable(entry.url), _ID),
    }


def as_fields(query: Query) -> dict[str, Any]:
    """Return a query as the page knows it: without what is as it is by default."""
    fields: dict[str, Any] = {
        name: value
        for name in ("task", "language", "license", "library", "family", "author", "gated")
        if (value := getattr(query, name)) is not None
    }
    if query.params:
        fields["params"] = ":".join("" if n is None else _short(n) for n in query.params)
    return {"text": printable(query.text), "sort": query.sort, "where": list(query.where), **fields}


def _short(number: int) -> str:
    """Write a number of parameters without its zeros: ``50M``."""
    for sign, unit in (("B", 10**9), ("M", 10**6), ("K", 10**3)):
        if number >= unit and number % (unit // 10) == 0:
            return f"{number / unit:g}{sign}"
    return str(number)


def _word(text: str | None) -> str | None:
    return text and one_line(text, _WORD)


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _gate(gated: bool | str | None) -> bool | str | None:
    return one_line(gated, _WORD) if isinstance(gated, str) else gated
