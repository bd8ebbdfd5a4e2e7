"""A model that is ready to use, and what is known about it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from tfwidgets.models.tasks import canonical, of_architecture

# Tokenizers without a limit of their own report an astronomically large one.
_NO_LIMIT = 10**9


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model with its tokenizer.

    Attributes
    ----------
    model
        The ``transformers`` model, in evaluation mode when it was loaded here.
    tokenizer
        Its tokenizer.
    name
        The name it was asked for by, or what its configuration calls it.
    source
        ``"demo"``, ``"folder"``, ``"hub"``, ``"cache"`` (the hub's cache, offline), ``"pair"``
        or ``"learner"``.
    task
        What it is loaded for, by the Hub's names: ``"feature-extraction"``, ``"fill-mask"``, …
    revision
        Commit on the hub, version of the demo package, or None.
    folder
        Where its files are, or None for a ready pair and a learner.
    """

    model: Any
    tokenizer: Any
    name: str
    source: str
    task: str
    revision: str | None = None
    folder: Path | None = field(default=None, repr=False)

    @property
    def family(self) -> str:
        """The architecture's name in transformers: ``"bert"``, ``"llama"``, ``"t5"``."""
        return str(self.model.config.model_type)

    @property
    def kind(self) -> str:
        """``"encoder"``, ``"decoder"`` or ``"encoder-decoder"``."""
        config = self.model.config
        if getattr(config, "is_encoder_decoder", False):
            return "encoder-decoder"
        names = (*(config.architectures or ()), type(self.model).__name__)
        causal = any(name.endswith(("ForCausalLM", "LMHeadModel")) for name in names)
        if causal or getattr(config, "is_decoder", False) or self._is_causal_family:
            return "decoder"
        return "encoder"

    @property
    def _is_causal_family(self) -> bool:
        """Whether the family generates text and has no masked form: GPT-2 and Llama, not BERT."""
        from transformers.models.auto.modeling_auto import (
            MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
            MODEL_FOR_MASKED_LM_MAPPING_NAMES,
        )

        return (
            self.family in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
            and self.family not in MODEL_FOR_MASKED_LM_MAPPING_NAMES
        )

    @property
    def max_length(self) -> int | None:
        """Most tokens that the model reads, special ones included; None where unlimited."""
        limits = (self.tokenizer.model_max_length, self._positions)
        known = [int(n) for n in limits if n and 0 < n < _NO_LIMIT]
        return min(known) if known else None

    @property
    def has_positions(self) -> bool:
        """Whether the model has only so many positions; T5 counts distances, and has none."""
        # Code that comes with a checkpoint may call them anything.
        known = type(self.model.config).__module__.startswith("transformers.")
        return not known or (self._positions or 0) > 0

    @property
    def _positions(self) -> int | None:
        model, config = self.model, self.model.config
        for part in ("encoder", "text_config"):  # of several models the one that reads
            inner = getattr(config, part, None)
            if hasattr(inner, "model_type"):
                model, config = getattr(model, part, model), inner
        named = ("max_encoder_position_embeddings", "max_position_embeddings", "max_seq_len")
        positions = next((n for name in named if (n := getattr(config, name, None))), None)
        embeddings = getattr(getattr(model, "base_model", None), "embeddings", None)
        padding = getattr(getattr(embeddings, "position_embeddings", None), "padding_idx", None)
        # RoBERTa and its kin begin to count after the padding's own position.
        return positions - padding - 1 if positions and padding is not None else positions

    @property
    def parameters(self) -> int:
        """Number of parameters; shared ones count once."""
        return sum(p.numel() for p in self.model.parameters())

    @property
    def bytes(self) -> int:
        """Bytes that the parameters take in memory."""
        return sum(p.numel() * p.element_size() for p in self.model.parameters())

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Language codes that its model card names; empty where it names none."""
        card = self.folder and self.folder / "README.md"
        if not card or not card.is_file():
            return ()
        from tfwidgets.models.front_matter import Unreadable, front_matter

        try:
            named = front_matter(card).get("language")
        except Unreadable:  # a card is for people; few are checked
            return ()
        codes = named if isinstance(named, list) else [] if named is None else [named]
        # YAML reads the code of Norwegian, no, as false.
        return tuple("no" if code is False else str(code) for code in codes)

    def describe(self) -> str:
        """Return a few lines for people: what it is, how large, where from."""
        config = self.model.config
        shape = [
            f"{count} {what}"
            for what, attribute in (
                ("layers", "num_hidden_layers"),
                ("heads", "num_attention_heads"),
                ("wide", "hidden_size"),
            )
            if (count := getattr(config, attribute, None))
        ]
        reads = f", reads up to {self.max_length:,} tokens" if self.max_length else ""
        revision = f" at {self.revision}" if self.revision else ""
        return "\n".join(
            (
                f"{self.name}: {type(self.model).__name__} ({self.family}, {self.kind})",
                f"  for {self.task}; {' x '.join(shape)}{reads}",
                f"  {self.parameters / 1e6:,.1f} M parameters, {self.bytes / 1e6:,.0f} MB "
                f"{str(self.model.dtype).removeprefix('torch.')} on {self.model.device}",
                f"  from {self.source}{revision}",
            )
        )

    def __repr__(self) -> str:
        return (
            f"LoadedModel({self.name!r}, {type(self.model).__name__}, "
            f"task={self.task!r}, source={self.source!r})"
        )


@runtime_checkable
class MakesModel(Protocol):
    """What holds a model that changes, as a learner does, and can hand it out as it is now."""

    def to_loaded_model(self) -> LoadedModel:
        """Return the model, which shares its weights, with its tokenizer."""
        ...


def given_model(value: Any) -> LoadedModel | None:
    """Return the model that an object is or holds, or None for names, folders and pairs.

    An object holds one if it, or its ``model`` (fastai's learners), has ``to_loaded_model``.
    Nothing is kept: a learner that is asked again may have another model.
    """
    if isinstance(value, LoadedModel):
        return value
    if isinstance(value, (str, bytes, tuple, list, dict, type, type(None))):
        return None
    for maker in (value, getattr(value, "model", None)):
        if isinstance(maker, MakesModel) and not isinstance(maker, type):
            made = maker.to_loaded_model()
            task = canonical(made.task or of_architecture(type(made.model).__name__))
            return made if made.task == task else replace(made, task=task)
    return None
