"""The files of a model: on the hub, here, or both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfwidgets.hub.details.shapes import count, items, mapping, text

MOST = 500


def files(told: Mapping[str, Any], here: Mapping[str, int]) -> tuple[list[dict[str, Any]], int]:
    """Return the files by name with their bytes and whether they are here, and how many more.

    Parameters
    ----------
    told
        What the hub tells of the model: ``siblings``.
    here
        Names and bytes of the files in its folder.
    """
    sizes: dict[str, int | None] = {}
    for item in items(told.get("siblings"), 100_000):
        if name := text(item.get("rfilename")):
            large = mapping(item.get("lfs"))
            sizes[name] = count(large.get("size", item.get("size")))
    found = {name: shown for name in here if (shown := text(name))}
    for name, shown in found.items():
        if sizes.get(shown) is None:
            sizes[shown] = here[name]
    present = set(found.values())
    # Folders after the files beside them, as people list them.
    order = sorted(sizes, key=lambda name: ("/" in name, name.lower()))
    rows = [{"name": name, "size": sizes[name], "here": name in present} for name in order[:MOST]]
    return rows, len(order) - len(rows)
