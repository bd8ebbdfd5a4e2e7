"""Models that were saved in folders: ``save_pretrained``, a trainer's checkpoints, a USB stick."""

from __future__ import annotations

import os
from pathlib import Path

from tfwidgets.config import settings
from tfwidgets.hub.entry import ModelEntry
from tfwidgets.hub.index.records import one_reader, records_of
from tfwidgets.hub.index.saved import summary_of
from tfwidgets.hub.index.walk import walk
from tfwidgets.hub.notes import note
from tfwidgets.hub.sources.inventory import Inventory
from tfwidgets.ui.text import one_line


def entries() -> list[ModelEntry]:
    """Return the models below the configured folders. Never raises; new objects each time."""
    return look().entries


def look() -> Inventory:
    """Return the models below the configured folders, and what was not looked at. Never raises.

    An entry's id is the path as one would type it: ``./models/mine``, ``~/mine``, ``/mnt/mine``.
    """
    found: dict[str, ModelEntry] = {}
    messages = []
    with one_reader:
        for place in settings().model_folders:
            root = _absolute(place)
            if root is None:
                shown = one_line(place, 200)
                messages.append(note("folders.absent", folder=shown))
                continue
            known = records_of("folder", root)
            walked = walk(root)
            try:
                for path in walked.models:
                    summary = summary_of(path, known)
                    if summary is not None:
                        found.setdefault(path, summary.entry(typed(path), "folder", Path(path)))
                if not walked.cut:
                    known.only(set(walked.models))
            finally:
                known.save()
            if walked.cut:
                shown = one_line(place, 200)
                messages.append(note("folders.cut", folder=shown))
    return Inventory(list(found.values()), tuple(messages))


def typed(path: str) -> str:
    """Return a path as short as ``tfw.load`` takes it, never to be mistaken for a hub's id."""
    try:
        here = os.getcwd()  # noqa: PTH109
    except OSError:  # it was deleted
        return path
    home = os.path.expanduser("~")  # noqa: PTH111
    for above, sign in ((here, "."), (home, "~")):
        if path == above:
            return sign
        if path.startswith(above.rstrip(os.sep) + os.sep):
            return f"{sign}/{Path(path).relative_to(above).as_posix()}"
    return path


def _absolute(place: str) -> str | None:
    """Return the folder that is meant, or None where there is none."""
    try:
        path = Path(place).expanduser().absolute()
        return os.path.normpath(path) if place and path.is_dir() else None
    except (OSError, RuntimeError, ValueError):  # an unknown ~user, no path at all
        return None
