"""What the widgets could do with a model, from its small files and its tags: nothing is loaded."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tfwidgets.errors import InputError
from tfwidgets.hub.names import TASKS
from tfwidgets.models.families import SEES_OR_HEARS, TEXT, has_matrices
from tfwidgets.models.hub import TOKENIZER_FILES, weight_files
from tfwidgets.models.tasks import canonical, of_architecture

Name = Literal[
    "transformers", "safetensors", "remote_code", "head", "classify", "tokens", "attention"
]

_PICKLES = re.compile(r"pytorch_model.*\.bin")
_SETTINGS = "tokenizer_config.json"
# Where models of several parts keep the configuration of the one that reads or writes text.
_PARTS = ("text_config", "encoder", "decoder", "encoder_config", "decoder_config")
_PLACEHOLDER = re.compile(r"LABEL_\d+")
# A model that continues text has one of these classes, or says so in its configuration.
_CONTINUES = ("ForCausalLM", "LMHeadModel")
_GENERATES = {"text-generation", "text2text-generation"}
# Most labels that are named, and characters of each: they are anybody's words.
_LABELS, _LABEL = 6, 40


@dataclass(frozen=True)
class Ability:
    """One thing that a model can or cannot do here.

    Attributes
    ----------
    yes
        Whether it can, as it is and without a permission; None where its files do not tell.
    key
        The sentence about it in the table ``hub-abilities``, and what stands in that.
    """

    name: Name
    yes: bool | None
    key: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Known:
    """What is known of a model."""

    config: Mapping[str, Any]
    files: Collection[str]
    tags: Collection[str]

    @property
    def family(self) -> str:
        return str(self.config.get("model_type") or "")

    @property
    def architecture(self) -> str:
        named = self.config.get("architectures")
        return str(named[0])[:80] if isinstance(named, list) and named else ""

    @property
    def task(self) -> str:
        """The task of the class that it was saved as."""
        return of_architecture(self.architecture)

    @property
    def reads(self) -> Literal["text", "other", "no_text"] | None:
        """What it takes: text alone, something else (perhaps with text); None: not known."""
        if not self.config:
            return None
        if self.family in TEXT:
            return "text"
        if self.family in SEES_OR_HEARS:
            return "other"
        # A family that is not known here may need pictures beside the text that it has words for.
        parts = (self.config, *map(self.config.get, _PARTS))
        worded = any(isinstance(part, Mapping) and "vocab_size" in part for part in parts)
        return None if worded or not self.family else "no_text"

    def some(self, pattern: re.Pattern[str]) -> list[str]:
        return sorted(file for file in self.files if pattern.fullmatch(file))


def abilities(
    config: Mapping[str, Any] | None, files: Collection[str], tags: Collection[str] = ()
) -> tuple[Ability, ...]:
    """Say what the widgets could do with a model.

    Parameters
    ----------
    config
        What is in its ``config.json``; None where that is not known.
    files
        Names of its files; empty where they are not known.
    tags
        Its tags on the Hub, the task and the library among them.
    """
    known = _Known(config if isinstance(config, Mapping) else {}, set(files), set(tags))
    return tuple(judge(known) for judge in _JUDGES)


def _transformers(known: _Known) -> Ability:
    if known.files and "config.json" not in known.files:
        return Ability("transformers", False, "transformers.no_config")
    if not known.config:
        named = "transformers" in known.tags
        return Ability("transformers", True if named else None, f"transformers.{_tell(named)}")
    method = _quantized(known.config)
    if method:
        return Ability("transformers", None, "transformers.quantized", {"method": method})
    if not known.family:
        return Ability("transformers", False, "transformers.no_family")
    if (families := _families()) is not None and known.family not in families:
        key = "transformers.own_code" if known.config.get("auto_map") else "transformers.newer"
        return Ability("transformers", False, key, {"family": known.family[:80]})
    return Ability("transformers", True, "transformers.family", {"family": known.family[:80]})


def _safetensors(known: _Known) -> Ability:
    if not known.files:
        named = "safetensors" in known.tags
        return Ability("safetensors", True if named else None, f"safetensors.{_tell(named)}")
    if weight_files(known.files):
        return Ability("safetensors", True, "safetensors.named")
    if pickles := known.some(_PICKLES):
        return Ability("safetensors", False, "safetensors.pickles", {"file": pickles[0][:80]})
    return Ability("safetensors", False, "safetensors.no_weights")


def _remote_code(known: _Known) -> Ability:
    own = bool(known.config.get("auto_map")) or "custom_code" in known.tags
    if not own:
        return Ability(
            "remote_code",
            True if known.config else None,
            "remote_code.none" if known.config else "remote_code.unknown",
        )
    families = _families()
    if families is None:
        return Ability("remote_code", None, "remote_code.maybe")
    # With both, transformers takes its own class unless it is told to trust the model's.
    if known.family in families:
        return Ability("remote_code", True, "remote_code.optional")
    return Ability("remote_code", False, "remote_code.needed")


def _head(known: _Known) -> Ability:
    wanted = _wanted(known.tags)
    if not known.architecture:
        return Ability("head", None, "head.unknown")
    values = {"task": known.task, "architecture": known.architecture}
    if known.task == "feature-extraction":
        if wanted in (None, "feature-extraction"):
            return Ability("head", True, "head.vectors", values)
        return Ability("head", False, "head.lacking", {**values, "wanted": wanted})
    if wanted in (None, "feature-extraction", known.task) or {wanted, known.task} <= _GENERATES:
        return Ability("head", True, "head.trained", values)
    return Ability("head", False, "head.other", {**values, "wanted": wanted})


def _classify(known: _Known) -> Ability:
    if known.reads is None:
        return Ability("classify", None, "classify.unknown")
    if known.reads != "text":
        return Ability("classify", False, f"classify.{known.reads}")
    if known.task == "text-classification":
        labels = _labels(known.config)
        if labels is None:
            return Ability("classify", True, "classify.unnamed")
        return Ability("classify", True, "classify.head", {"labels": labels})
    if known.architecture.endswith(_CONTINUES) or known.config.get("is_decoder") is True:
        return Ability("classify", True, "classify.decoder")
    return Ability("classify", True, "classify.vectors")


def _tokens(known: _Known) -> Ability:
    if not known.files:
        return Ability("tokens", None, "tokens.unknown")
    if "tokenizer.json" in known.files:
        return Ability("tokens", True, "tokens.fast")
    # Some read bytes or characters, and have only the settings.
    found = [file for file in (*TOKENIZER_FILES, _SETTINGS) if file in known.files]
    if not found:
        return Ability("tokens", False, "tokens.none")
    # transformers makes a fast tokenizer of most of them, when it has the packages to read them.
    return Ability("tokens", None, "tokens.older", {"file": found[0]})


def _attention(known: _Known) -> Ability:
    family = known.family
    if not has_matrices(family, known.config.get("attention_type")):
        return Ability("attention", False, "attention.no", {"family": family[:80]})
    if known.reads is None:
        return Ability("attention", None, "attention.unknown")
    if known.reads != "text":
        return Ability("attention", False, f"attention.{known.reads}")
    return Ability("attention", True, "attention.yes")


_JUDGES: tuple[Callable[[_Known], Ability], ...] = (
    _transformers, _safetensors, _remote_code, _head, _classify, _tokens, _attention,
)  # fmt: skip


def _tell(named: bool) -> str:
    return "named" if named else "unknown"


def _families() -> Collection[str] | None:
    """Return the families that transformers knows; None before it is imported, which is slow."""
    module = sys.modules.get("transformers.models.auto.configuration_auto")
    names: Collection[str] | None = getattr(module, "CONFIG_MAPPING_NAMES", None)
    return names


def _quantized(config: Mapping[str, Any]) -> str | None:
    given = config.get("quantization_config")
    if not isinstance(given, Mapping):
        return None
    return str(given.get("quant_method") or "?")[:40]


def _wanted(tags: Collection[str]) -> str | None:
    """Return the task that a model's tags name, if ``tfw.load`` knows it."""
    named = (_loadable(tag) for tag in TASKS if tag in tags)
    return next(filter(None, named), None)


def _loadable(task: str) -> str | None:
    try:
        return canonical(task)
    except InputError:
        return None


def _labels(config: Mapping[str, Any]) -> str | None:
    """Return the names of the classes, the first of them if there are many; None without."""
    given = config.get("id2label")
    names = [str(name) for name in given.values()] if isinstance(given, Mapping) else []
    if not names or all(_PLACEHOLDER.fullmatch(name) for name in names):
        return None
    shown = ", ".join(name[:_LABEL] for name in names[:_LABELS])
    return f"{shown}, …" if len(names) > _LABELS else shown
