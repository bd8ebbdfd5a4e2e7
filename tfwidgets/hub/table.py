"""A search as a short text table, for consoles and for the plain-text side of an output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfwidgets.hub.told import told
from tfwidgets.ui.amounts import short_count, short_size
from tfwidgets.ui.console import text_table
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    from tfwidgets.hub.entry import ModelEntry
    from tfwidgets.hub.result import ModelSearch

SHOWN = 30
_HEADER = ("#", "id", "task", "where", "params", "size", "downloads")


def as_text(search: ModelSearch, *, lasting: bool = False) -> str:
    """Return the models that are known by now, one a line, and what is wrong with the hub.

    Parameters
    ----------
    lasting
        Whether it is kept in a notebook, where seconds to wait are soon over.
    """
    known = search.known
    parts = [_head(search, len(known))]
    if known:
        rows = [_row(number, entry) for number, entry in enumerate(known[:SHOWN])]
        parts.append(text_table(_HEADER, rows, right=3))
    if (left_out := len(known) - SHOWN) > 0:
        parts.append(f"… and {left_out:,} more: .to_frame() has them all")
    parts += [message.text("en") for message in search.listing.messages]
    if search.problem:
        whole = one_line(str(search.problem), 500)
        parts.append(told(search.problem, "en") if lasting else whole)
    elif not search.listing.sorted_by_hub and search.listing.answered:
        parts.append(
            f"The hub cannot sort by {search.query.sort}: what comes from there comes by downloads."
        )
    return "\n".join(parts)


def _head(search: ModelSearch, shown: int) -> str:
    models = "1 model" if shown == 1 else f"{shown:,} models" if shown else "no models"
    listing = search.listing
    if not listing.read:
        return "Models are being looked for."
    if listing.more and not listing.answered:
        state = "has not answered yet" if listing.asked else "was not asked yet"
        return f"{models} here; the hub {state}"
    if listing.known > search.limit or listing.more:
        return f"the first {models}"
    return models


def _row(number: int, entry: ModelEntry) -> tuple[str, ...]:
    return (
        str(number),
        one_line(entry.id, 60),
        one_line(entry.task or "", 30),
        place(entry),
        "" if entry.params is None else short_count(entry.params),
        "" if entry.disk_size is None else short_size(entry.disk_size),
        "" if entry.downloads is None else f"{entry.downloads:,}",
    )


def place(entry: ModelEntry) -> str:
    """Say where a model is, and what keeps it from being loaded."""
    states = {"not whole": bool(entry.missing), "gated": bool(entry.gated),
              "private": entry.private, "disabled": entry.disabled}  # fmt: skip
    return ", ".join([entry.source, *(name for name, holds in states.items() if holds)])
