"""A transformers model as fastai expects a model: called with one batch, returning predictions."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from tfwidgets.errors import InputError
from tfwidgets.models import LoadedModel


class ModelWrapper(nn.Module):  # type: ignore[misc]
    """Calls a transformers model with a batch that is a dict.

    What the model does not read (labels, the rows' numbers) is left out, so that the model does
    not compute a loss besides the learner's. For an encoder-decoder, ``labels`` become the
    decoder's inputs by the model's own rule.

    Parameters
    ----------
    model
        A transformers model, or one that peft has wrapped.
    tokenizer, name, task
        Known where the whole was made by ``tfw.learner``; ``to_loaded_model`` needs them.
    """

    def __init__(
        self, model: nn.Module, *, tokenizer: Any = None, name: str = "", task: str = ""
    ) -> None:
        super().__init__()
        self.model = model
        self.tokenizer = tokenizer
        self.name = name or str(getattr(getattr(model, "config", None), "_name_or_path", ""))
        self.task = task
        self._reads = frozenset(inspect.signature(self.transformer.forward).parameters)

    @property
    def transformer(self) -> Any:
        """The transformers model itself, also where peft has put adapters around it."""
        get = getattr(self.model, "get_base_model", None)
        return get() if callable(get) else self.model

    @property
    def config(self) -> Any:
        """The model's configuration."""
        return self.transformer.config

    def forward(self, inputs: Mapping[str, torch.Tensor]) -> Any:
        """Return the model's output: its logits and what else it was asked for."""
        arguments = {k: v for k, v in inputs.items() if k in self._reads and k != "labels"}
        labels = inputs.get("labels")
        if labels is not None and "decoder_input_ids" in self._reads:
            arguments.setdefault("decoder_input_ids", self._shifted(labels))
        if "use_cache" in self._reads:
            arguments["use_cache"] = False
        return self.model(**arguments)

    def _shifted(self, labels: torch.Tensor) -> torch.Tensor:
        """Move the targets one to the right, as this family does."""
        model = self.transformer
        prepare = getattr(model, "prepare_decoder_input_ids_from_labels", None)
        if prepare is not None:
            return prepare(labels=labels)
        # M2M100 (NLLB) and Blenderbot have the rule beside the class, as their forward uses it.
        shift = getattr(sys.modules[type(model).__module__], "shift_tokens_right", None)
        if shift is None:
            raise TypeError(
                f"{type(model).__name__} does not say how targets become its decoder's inputs "
                "(it has no prepare_decoder_input_ids_from_labels)."
            )
        config = model.config
        return shift(labels, config.pad_token_id, config.decoder_start_token_id)

    def to_loaded_model(self) -> LoadedModel:
        """Return the model as the other functions of the package take it: no copy is made."""
        if self.tokenizer is None:
            raise InputError(
                "This model was wrapped without its tokenizer: pass wrap_model(model, tokenizer)."
            )
        return LoadedModel(self.transformer, self.tokenizer, self.name, "pair", self.task)


def wrap_model(model: nn.Module, tokenizer: Any = None, *, task: str = "") -> ModelWrapper:
    """Make a transformers model one that a fastai ``Learner`` can train.

    Parameters
    ----------
    model
        With the head for the task.
    tokenizer, task
        Needed only to pass the learner on to ``tfw.attention``, ``tfw.classify``, ``tfw.tokens``.

    Examples
    --------
    >>> Learner(dls, wrap_model(model), loss_func=CrossEntropyLossFlat(),
    ...         splitter=transformer_splitter, cbs=TransformerCallback())
    """
    return ModelWrapper(model, tokenizer=tokenizer, task=task)


def unwrapped(model: nn.Module) -> Any:
    """Return the transformers model inside wrappers: ours, and PyTorch's for several devices."""
    while not isinstance(model, ModelWrapper) and isinstance(
        getattr(model, "module", None), nn.Module
    ):
        model = model.module
    return model.transformer if isinstance(model, ModelWrapper) else model
