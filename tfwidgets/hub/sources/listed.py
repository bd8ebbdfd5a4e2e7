"""One model as a hub's list tells of it, whatever shape that has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote

from tfwidgets.hub.entry import ModelEntry
from tfwidgets.hub.index.weights import dtype_of
from tfwidgets.hub.sources.codes import is_family, is_language
from tfwidgets.ui.text import one_line

# Names longer than any on the Hub, and more tags than any model has, are somebody's mischief.
_LONGEST, _MOST_TAGS = 200, 2000
_FRACTION = re.compile(r"\.\d+")
# By SHA-1 or SHA-256. It becomes a part of paths: nothing else will do.
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# Libraries beside the one that the hub names: what else a model's files are made for.
_LIBRARIES = frozenset(
    ("transformers", "sentence-transformers", "adapter-transformers", "peft", "diffusers", "timm",
     "spacy", "flair", "stanza", "fasttext", "keras", "keras-hub", "gguf", "onnx", "safetensors",
     "pytorch", "tf", "jax", "mlx", "openvino", "transformers.js", "allennlp", "speechbrain",
     "nemo", "paddlenlp", "span-marker", "setfit", "fastai", "coreml")
)  # fmt: skip


def entry_of(item: Any, endpoint: str) -> ModelEntry | None:
    """Return the model that an item of a list tells of; None if that has not even an id.

    What has another type than it should counts as not told.

    Parameters
    ----------
    item
        What the API sends for a model, be it in a list or alone.
    endpoint
        Address of the hub, for the link to the model's page.
    """
    if not isinstance(item, Mapping):
        return None
    name = _text(item.get("id")) or _text(item.get("modelId"))
    if not name:
        return None
    tags = _texts(item.get("tags"))
    params = _counts(item.get("safetensors"))
    task = _text(item.get("pipeline_tag"))
    library = _text(item.get("library_name"))
    card = item.get("cardData")
    card = card if isinstance(card, Mapping) else {}
    config = item.get("config")
    config = config if isinstance(config, Mapping) else {}
    return ModelEntry(
        id=name,
        source="hub",
        task=task,
        languages=_languages(tags, card),
        license=_tagged(tags, "license:") or _text(card.get("license")),
        params=_total(item.get("safetensors"), params),
        dtype=dtype_of(params),
        disk_size=_count(item.get("usedStorage")),
        downloads=_count(item.get("downloads")),
        likes=_count(item.get("likes")),
        updated=_date(item.get("lastModified")),
        gated=_gated(item.get("gated")),
        revision=_commit(item.get("sha")),
        architecture=next(iter(_texts(config.get("architectures"))), None),
        url=f"{endpoint}/{quote(name)}",
        family=_text(config.get("model_type")) or next(filter(is_family, tags), None),
        author=_text(item.get("author")) or name.rpartition("/")[0] or None,
        libraries=_once([library, *(tag for tag in tags if tag in _LIBRARIES)]),
        tasks=(task,) if task else (),
        tags=tags,
        base_models=_base_models(item, tags),
        private=item.get("private") is True,
        disabled=item.get("disabled") is True,
        created=_date(item.get("createdAt")),
    )


def _languages(tags: Iterable[str], card: Mapping[str, Any]) -> tuple[str, ...]:
    said = card.get("language")
    said = [said] if isinstance(said, str) else _texts(said)
    return _once([*said, *filter(is_language, tags)])


def _base_models(item: Mapping[str, Any], tags: Iterable[str]) -> tuple[str, ...]:
    """Return what the model was made from.

    Tags say ``base_model:org/name`` and ``base_model:finetune:org/name``; ``baseModels`` is
    ``{"relation": …, "models": [{"id": …}]}`` on the Hub and a list elsewhere.
    """
    found = [tag.split(":")[-1] for tag in tags if tag.startswith("base_model:")]
    for key in ("baseModels", "base_models"):
        told = item.get(key)
        if isinstance(told, Mapping):
            told = told.get("models")
        for model in told if isinstance(told, list) else ():
            named = model.get("id") if isinstance(model, Mapping) else model
            found.append(_text(named) or "")
    return _once(found)


def _counts(safetensors: Any) -> dict[str, int]:
    told = safetensors.get("parameters") if isinstance(safetensors, Mapping) else None
    if not isinstance(told, Mapping):
        return {}
    counts = {str(dtype)[:20]: _count(number) for dtype, number in told.items()}
    return {dtype: number for dtype, number in counts.items() if number}


def _total(safetensors: Any, counts: Mapping[str, int]) -> int | None:
    told = safetensors.get("total") if isinstance(safetensors, Mapping) else None
    return _count(told) or sum(counts.values()) or None


def _count(value: Any) -> int | None:
    """Return a number that can be one of things; JSON may hold 1e400, true and -1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if 0 <= value < 2**63 else None


def _commit(value: Any) -> str | None:
    return value if isinstance(value, str) and _COMMIT.fullmatch(value) else None


def _gated(value: Any) -> bool | str | None:
    return value if isinstance(value, bool) or value in ("auto", "manual") else None


def _date(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        # Python 3.10 reads neither "Z" nor fractions of other than three or six digits.
        date = datetime.fromisoformat(_FRACTION.sub("", value.strip()).removesuffix("Z"))
        date = date if date.tzinfo else date.replace(tzinfo=timezone.utc)
        return date.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def _text(value: Any) -> str | None:
    """Return a text as a name: on one line, and not longer than any is."""
    return one_line(value, _LONGEST) or None if isinstance(value, str) else None


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return _once(text for item in value[:_MOST_TAGS] if (text := _text(item)))


def _tagged(tags: Iterable[str], start: str) -> str | None:
    return next((tag.removeprefix(start) for tag in tags if tag.startswith(start)), None)


def _once(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
