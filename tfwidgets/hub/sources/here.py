"""All that is here: in the cache, in folders, among the demo models."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfwidgets.hub.query import Query
    from tfwidgets.hub.sources.inventory import Inventory


def here(query: Query) -> dict[str, Inventory]:
    """Look into the places that a query names, and into the cache in any case."""
    from tfwidgets.hub.sources import cache, demo, folders

    found = {"cache": cache.look()}
    if "folders" in query.where:
        found["folders"] = folders.look()
    if "demo" in query.where:
        found["demo"] = demo.look()
    return found
