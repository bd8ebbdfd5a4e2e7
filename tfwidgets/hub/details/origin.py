"""Where a model comes from, and what was made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tfwidgets.hub.details.shapes import count, items, mapping, text, texts

RELATIONS = ("finetune", "adapter", "quantized", "merge")
"""What a model may be to the one that it was made from, in the Hub's words."""

_MOST = 30


def origin(
    base_models: Iterable[str], told: Mapping[str, Any], card: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the models that a model was made from, and how many were made from it.

    Parameters
    ----------
    base_models
        As an entry of a list names them.
    told
        What the hub tells of the model: ``baseModels`` and ``childrenModelCount`` are mappings
        on the Hub, where its client's documentation has a list and a number.
    card
        The header of its card.
    """
    found: dict[str, None] = {}
    relation = text(mapping(told.get("baseModels")).get("relation"))
    bases = mapping(told.get("baseModels")).get("models", told.get("baseModels"))
    for base in bases if isinstance(bases, list) else ():
        if name := text(base) or text(mapping(base).get("id")):
            found[name] = None
    for name in (*texts(card.get("base_model")), *base_models):
        if shown := text(name):
            found[shown] = None
    relation = relation or text(card.get("base_model_relation")) or _tagged(told.get("tags"))
    return {
        "bases": list(found)[:_MOST],
        "relation": relation if relation in RELATIONS else None,
        "children": _children(told.get("childrenModelCount")),
    }


def _tagged(tags: Any) -> str | None:
    """Read the relation of tags like ``base_model:quantized:org/name``."""
    for tag in texts(tags, 2000):
        parts = tag.split(":")
        if parts[0] == "base_model" and len(parts) > 2:
            return parts[1]
    return None


def _children(told: Any) -> list[dict[str, Any]]:
    """Return how many models were made from it, by how; None for any way."""
    if (total := count(told)) is not None:
        return [{"relation": None, "n": total}] if total else []
    if isinstance(told, list):
        told = {str(item.get("relation")): item.get("count") for item in items(told, 20)}
    numbers = ((name, count(mapping(told).get(name))) for name in RELATIONS)
    return [{"relation": name, "n": n} for name, n in numbers if n]
