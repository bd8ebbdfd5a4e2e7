"""Names that occur in the models here, for completion: from what is kept, without looking."""

from __future__ import annotations

from tfwidgets.config import settings
from tfwidgets.hub import seen
from tfwidgets.hub.index.records import one_reader, records_of
from tfwidgets.hub.index.repositories import folder_names, id_of
from tfwidgets.hub.names import KINDS
from tfwidgets.models.available import hub_cache


def known_names(kind: str) -> list[str]:
    """Return the names of a kind that searches of this process brought, or that are here."""
    return sorted({*seen.names(kind), *names_here()[kind]})


def names_here() -> dict[str, list[str]]:
    """Return the names of each of the ``KINDS``. Never raises.

    Ids are those in the hub's cache; of the rest, what no search has looked at yet is not in it.
    """
    found: dict[str, set[str | None]] = {kind: set() for kind in KINDS}
    ids = _ids()
    found["models"].update(ids)
    found["authors"].update(name.partition("/")[0] for name in ids if "/" in name)
    # A search that is reading the disk just now is not waited for.
    if one_reader.acquire(timeout=0.2):
        try:
            cache = records_of("cache", hub_cache()).by_name
            folders = [records_of("folder", place).by_name for place in settings().model_folders]
            summaries = [record.summary for of in (cache, *folders) for record in of.values()]
        except (OSError, RuntimeError, ValueError):
            summaries = []
        finally:
            one_reader.release()
        for summary in summaries:
            found["tasks"].update((summary.task, *summary.tasks))
            found["languages"].update(summary.languages)
            found["licenses"].add(summary.license)
            found["libraries"].update(summary.libraries)
            found["families"].add(summary.family)
    return {kind: sorted(filter(None, names)) for kind, names in found.items()}


def _ids() -> list[str]:
    """Return the names of the folders in the cache: to open them takes a hundred times as long."""
    try:
        return [id_of(name) for name in folder_names(hub_cache())]
    except (OSError, RuntimeError, ValueError):  # no cache, an unknown ~user
        return []
