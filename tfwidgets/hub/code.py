"""The line of Python that loads a model of the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfwidgets.hub.entry import ModelEntry


def load_line(entry: ModelEntry, *, imported: bool) -> str:
    """Return the line; it loads what the list shows, today and offline.

    Parameters
    ----------
    imported
        Whether ``tfw`` is there already. One line all the same: an editor that a page types
        into may indent a second one.
    """
    arguments = [_literal(entry.id)]
    if (revision := _revision(entry)) is not None:
        arguments.append(f"revision={_literal(revision)}")
    start = "" if imported else "import tfwidgets as tfw; "
    return f"{start}model = tfw.load({', '.join(arguments)})"


def _revision(entry: ModelEntry) -> str | None:
    """Return the commit in the cache, unless the name alone leads to it."""
    from tfwidgets.models.contents import Unreadable, beginning

    if entry.source not in ("hub", "cache") or entry.folder is None:
        return None
    commit = entry.folder.name
    try:
        main = beginning(entry.folder.parent.parent / "refs" / "main", 200)
    except Unreadable:
        return commit
    return None if main.decode("ascii", "replace").strip() == commit else commit


def _literal(text: str) -> str:
    """Write a text in quotes, with escapes for signs that are not seen or turn others round."""
    written = repr(text)
    return f'"{written[1:-1]}"' if written[0] == "'" and '"' not in written else written
