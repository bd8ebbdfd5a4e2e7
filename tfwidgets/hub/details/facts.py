"""The facts of a model in one table: from what is here, and from what the hub tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tfwidgets.hub.details.shapes import count, mapping, text, texts

if TYPE_CHECKING:
    from tfwidgets.hub.entry import ModelEntry

# What configurations call the same thing.
_CONTEXT = (
    *("max_position_embeddings", "n_positions", "n_ctx", "max_sequence_length"),
    *("seq_length", "max_target_positions", "model_max_length"),
)
_HIDDEN = ("hidden_size", "d_model", "n_embd", "dim", "model_dim")
_LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers")
_HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads", "encoder_attention_heads")


def facts(
    entry: ModelEntry, params: Mapping[str, Any], config: Mapping[str, Any], card: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the facts, None or empty where they are not known.

    Parameters
    ----------
    params
        Numbers of parameters by type, in safetensors' names: ``{"F32": 22713216}``.
    config
        The model's configuration, whole or what a hub tells of it.
    card
        The header of its card.
    """
    # Models of texts and images keep the half for texts apart.
    inner = mapping(config.get("text_config"))
    counts = ((text(name, 20), count(number)) for name, number in list(params.items())[:20])
    return {
        "task": text(entry.task),
        "languages": texts(entry.languages, 100),
        "license": text(entry.license) or text(card.get("license_name")),
        "libraries": texts(entry.libraries, 10),
        "datasets": texts(card.get("datasets"), 20),
        "params": count(entry.params),
        "dtypes": [[name, n] for name, n in counts if name and n],
        "dtype": text(entry.dtype, 20),
        "size": count(entry.disk_size),
        "downloads": count(entry.downloads),
        "likes": count(entry.likes),
        "created": seconds(entry.created),
        "updated": seconds(entry.updated),
        "used": seconds(entry.used),
        "revision": text(entry.revision, 60),
        "architecture": text(entry.architecture),
        "family": text(entry.family) or text(config.get("model_type")),
        "context": _first(config, inner, _CONTEXT),
        "hidden": _first(config, inner, _HIDDEN),
        "layers": _first(config, inner, _LAYERS),
        "heads": _first(config, inner, _HEADS),
        "vocabulary": _first(config, inner, ("vocab_size",)),
        "folder": text(str(entry.folder), 500) if entry.folder else None,
    }


def seconds(moment: datetime | None) -> float | None:
    """Return a moment as seconds since 1970."""
    try:
        return None if moment is None else moment.timestamp()
    except (OverflowError, OSError, ValueError):
        return None


def _first(
    config: Mapping[str, Any], inner: Mapping[str, Any], names: tuple[str, ...]
) -> int | None:
    numbers = (count(place.get(name)) for place in (config, inner) for name in names)
    return next((number for number in numbers if number), None)
