"""Models in the hub's cache: what was downloaded, whole or not."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tfwidgets.hub.entry import ModelEntry
from tfwidgets.hub.index.cached import summary_of
from tfwidgets.hub.index.records import Records, one_reader, records_of
from tfwidgets.hub.index.repositories import folder_names, id_of
from tfwidgets.hub.notes import note
from tfwidgets.hub.sources.inventory import Inventory
from tfwidgets.models.available import hub_cache
from tfwidgets.models.net import paths
from tfwidgets.models.net.endpoint import endpoint
from tfwidgets.ui.text import one_line

# What the hub allows; a folder of another name was made by something else.
_ID = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)?")


def entries() -> list[ModelEntry]:
    """Return the models in the cache, by id. Never raises; each call returns new objects."""
    return look().entries


def look() -> Inventory:
    """Return the models in the cache, and a note where it cannot be read. Never raises."""
    try:
        cache = hub_cache()
        names = folder_names(cache)
    except FileNotFoundError:
        return Inventory()
    except (OSError, RuntimeError, ValueError) as error:  # an unknown ~user, no path at all
        shown = one_line(str(getattr(error, "filename", None) or error), 200)
        return Inventory(messages=(note("cache.unreadable", folder=shown),))
    with one_reader:
        known = records_of("cache", cache)
        try:
            found = [_entry(cache, name, known) for name in names if _ID.fullmatch(id_of(name))]
            known.only(set(names))
        finally:  # what was read before an interruption is kept
            known.save()
    return Inventory(found)


def _entry(cache: Path, name: str, known: Records) -> ModelEntry:
    model = id_of(name)
    folder = os.path.join(cache, name)  # noqa: PTH118 - thousands of them
    summary, commit, used = summary_of(folder, name, known)
    return summary.entry(
        model,
        "cache",
        Path(folder, "snapshots", commit) if commit else None,
        revision=commit,
        used=used or None,
        author=model.partition("/")[0] if "/" in model else None,
        # As it may be shown: entries are printed, saved and sent.
        url=f"{paths.shown(endpoint())}/{model}",
    )
