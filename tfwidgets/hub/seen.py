"""Names that searches of this process brought, for completion: authors, licences and more."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from typing import TYPE_CHECKING

from tfwidgets.hub.names import KINDS
from tfwidgets.models import session

if TYPE_CHECKING:
    from tfwidgets.hub.entry import ModelEntry

MOST = 1000
"""Names of a kind that are kept; those seen longest ago go first."""

_names: dict[str, dict[str, None]] = {kind: {} for kind in KINDS}
_lock = Lock()


def remember(entries: Iterable[ModelEntry]) -> None:
    """Keep the names that stand in entries of the hub."""
    entries = list(entries)
    session.see(entry.id for entry in entries)  # a model that was found can be chosen
    with _lock:
        for entry in entries:
            _keep("tasks", entry.task, *entry.tasks)
            _keep("languages", *entry.languages)
            _keep("licenses", entry.license)
            _keep("authors", entry.author)
            _keep("libraries", *entry.libraries)
            _keep("families", entry.family)
            _keep("models", entry.id)


def names(kind: str) -> list[str]:
    """Return the names of a kind, the one seen last at the end."""
    with _lock:
        return list(_names[kind])


def _keep(kind: str, *found: str | None) -> None:
    kept = _names[kind]
    for name in found:
        if name:
            kept.pop(name, None)
            kept[name] = None
            if len(kept) > MOST:
                del kept[next(iter(kept))]
