"""From what a card and a configuration claim to what a search can compare: checked and clipped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tfwidgets.hub.index.facts import Facts
from tfwidgets.hub.names import TASKS
from tfwidgets.models.tasks import of_architecture
from tfwidgets.ui.text import one_line

MOST = 50
"""Values of one kind that are kept: some cards name hundreds of languages."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*|multilingual|code")
# Tasks of classes that the package does not load; the first that fits counts.
_OTHER_TASKS = {
    "ForImageClassification": "image-classification",
    "ForAudioClassification": "audio-classification",
    "ForSequenceClassificationAudio": "audio-classification",
    "ForObjectDetection": "object-detection",
    "ForDepthEstimation": "depth-estimation",
    "ForSemanticSegmentation": "image-segmentation",
    "ForSpeechSeq2Seq": "automatic-speech-recognition",
    "ForCTC": "automatic-speech-recognition",
    "WhisperForConditionalGeneration": "automatic-speech-recognition",
    "SpeechEncoderDecoderModel": "automatic-speech-recognition",
    "VisionEncoderDecoderModel": "image-to-text",
}
_LIBRARIES = {"sentence-transformers": "modules.json", "peft": "adapter_config.json"}


def task_of(facts: Facts) -> tuple[str | None, tuple[str, ...]]:
    """Return the task that a card names, else that of the architecture, and the others."""
    named = _name(facts.card.get("pipeline_tag"))
    own = _task_of_class(facts)
    if "modules.json" in facts.sizes and own == "feature-extraction":
        own = "sentence-similarity"
    tags = [tag for tag in names(facts.card.get("tags")) if tag in TASKS]
    all_of_them = unique([named if named in TASKS else None, own, *tags])
    return (all_of_them[0] if all_of_them else None), all_of_them[1:]


def _task_of_class(facts: Facts) -> str | None:
    name = facts.architecture
    if not name:
        return None
    for ending, task in _OTHER_TASKS.items():
        if name.endswith(ending):
            return task
    task = of_architecture(name)
    if task == "text2text-generation" and "vision_config" in (facts.config or {}):
        return "image-text-to-text"
    # Of a class with a head that is not known there, the encoder's task would be a guess.
    return None if task == "feature-extraction" and "For" in name else task


def languages_of(card: Mapping[str, Any]) -> tuple[str, ...]:
    """Return language codes; an unquoted ``no`` is Norwegian, though YAML reads False."""
    given = card.get("language")
    listed = given if isinstance(given, list) else [given]
    codes = ["no" if code is False else _name(code) for code in listed]
    return unique(code for code in codes if code and _LANGUAGE.fullmatch(code))


def license_of(card: Mapping[str, Any]) -> str | None:
    """Return the licence's id, the first where there are several."""
    return next(iter(names(card.get("license"))), None)


def family_of(facts: Facts) -> str | None:
    """Return the ``model_type`` of the configuration."""
    return _name((facts.config or {}).get("model_type"))


def libraries_of(facts: Facts) -> tuple[str, ...]:
    """Return the libraries and formats that the files are for, as the Hub calls them."""
    files = facts.sizes
    marks = [library for library, file in _LIBRARIES.items() if file in files]
    ends = {name.rpartition(".")[2] for name in files}
    formats = [name for name in ("safetensors", "gguf", "onnx") if name in ends]
    transformers = "transformers" if facts.config and family_of(facts) else None
    return unique([_name(facts.card.get("library_name")), transformers, *marks, *formats])


def base_models_of(facts: Facts) -> tuple[str, ...]:
    """Return the models that it was made from."""
    given = facts.card.get("base_model")
    listed = given if isinstance(given, list) else [given]
    if facts.adapter and facts.config:
        listed = [*listed, facts.config.get("base_model_name_or_path")]
    return unique(one_line(base, 200) for base in listed if isinstance(base, str))


def configured_dtype(facts: Facts) -> str | None:
    """Return the type that the configuration names, for weights that are not here."""
    config = facts.config or {}
    named = _name(config.get("dtype") or config.get("torch_dtype"))
    return named.removeprefix("torch.") if named else None


def names(given: Any) -> tuple[str, ...]:
    """Return the names in a value that should be one or a list of them."""
    listed = given if isinstance(given, list) else [given]
    return unique(_name(item) for item in listed[: 4 * MOST])


def unique(items: Iterable[str | None]) -> tuple[str, ...]:
    """Return what is no empty text, each once, in order, ``MOST`` at most."""
    return tuple(dict.fromkeys(item for item in items if item))[:MOST]


def _name(value: Any) -> str | None:
    if not isinstance(value, str) or len(value) > 200:
        return None
    return one_line(value, 100).lower() or None
