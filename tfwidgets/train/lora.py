"""Less to train, less to keep in memory: LoRA adapters and checkpoints of activations."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from tfwidgets.errors import EnvironmentProblem, InputError, suggest
from tfwidgets.models.heads import head_parameters

if TYPE_CHECKING:
    from peft import LoraConfig

DEFAULTS: dict[str, Any] = {"r": 8, "lora_alpha": 16, "lora_dropout": 0.05}
"""Rank, scale and dropout of adapters; the scale is twice the rank, as in most recipes."""

# peft's names; it has none for masked language models.
_TASKS = {
    "text-classification": "SEQ_CLS",
    "token-classification": "TOKEN_CLS",
    "question-answering": "QUESTION_ANS",
    "text-generation": "CAUSAL_LM",
    "summarization": "SEQ_2_SEQ_LM",
    "translation": "SEQ_2_SEQ_LM",
    "text2text-generation": "SEQ_2_SEQ_LM",
}
# Their heads are small and made for one set of data, so they train whole.
_SMALL_HEADS = ("text-classification", "token-classification", "question-answering")


def with_lora(
    model: Any,
    lora: bool | Mapping[str, Any] | LoraConfig,
    task_name: str,
    *,
    new_weights: Iterable[str] = (),
    seed: int | None = None,
) -> Any:
    """Put adapters into a model; only they and its head are trained.

    Parameters
    ----------
    model
        A transformers model; it is changed.
    lora
        True for rank 8 at the layers that ``peft`` chooses for the family (all linear layers
        where it knows none); a dict of options of ``peft.LoraConfig``; or such a config.
    task_name
        The task, by the Hub's name.
    new_weights
        Names of parameters that were drawn at random: they are trained whole.
    seed
        Draws the same adapters every time. The caller's random state is not touched.

    Returns
    -------
    peft.PeftModel
        Called as the model was.

    Raises
    ------
    EnvironmentProblem
        When ``peft`` is not installed.
    InputError
        When an option is unknown or fits no layer, or the model has adapters already.

    Notes
    -----
    Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", 2021.
    """
    peft = _peft()
    if hasattr(model, "peft_config"):
        raise InputError("This model has adapters already: pass it without lora=.")
    config = _config(peft, model, lora)
    if config.task_type is None:
        config.task_type = _TASKS.get(task_name)
    trained = {*new_weights, *(head_parameters(model) if task_name in _SMALL_HEADS else ())}
    config.modules_to_save = sorted({*(config.modules_to_save or ()), *whole(model, trained)})
    try:
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            # peft asks transformers by names that change.
            warnings.simplefilter("ignore", FutureWarning)
            torch.seed() if seed is None else torch.manual_seed(seed)
            # Not get_peft_model: its class for question answering drops token_type_ids.
            return peft.PeftModel(model, config)
    except ValueError as error:
        raise InputError(f"lora does not fit {type(model).__name__}: {error}") from error


def with_checkpointing(model: Any) -> Any:
    """Have a model compute activations again in the backward pass, and keep few of them.

    Raises
    ------
    InputError
        When the family cannot.
    """
    if not getattr(model, "supports_gradient_checkpointing", False):
        raise InputError(
            f"{type(model).__name__} cannot compute its activations again: pass "
            "checkpointing=False, and lower batch_size or max_length to save memory."
        )
    # The other way of PyTorch's gives a frozen body no gradients at all.
    options = {"use_reentrant": False}
    if hasattr(model, "activation_checkpointing_enable"):  # what transformers calls it now
        model.activation_checkpointing_enable(options)
    else:
        model.gradient_checkpointing_enable(options)
    return model


def merged(model: Any) -> Any:
    """Return a transformers model with its adapters added to the weights, as a copy.

    A model without adapters is returned itself.
    """
    if not hasattr(model, "merge_and_unload"):
        return model
    # The copy must not train: tensors with a history cannot be copied.
    return copy.deepcopy(model).merge_and_unload()


def whole(model: nn.Module, names: Iterable[str]) -> list[str]:
    """Return the paths of the outermost modules that hold nothing but these parameters.

    What lies in a module with others (BERT's bias of its tied output) is left out: the module
    would be copied, and a tied matrix would be one no more.
    """
    chosen = set(names)
    holds = {
        path: all(f"{path}.{name}" in chosen for name, _ in module.named_parameters())
        for path, module in model.named_modules()
        if path and next(module.parameters(), None) is not None
    }
    return [path for path, only in holds.items() if only and not holds.get(_above(path), False)]


def _above(path: str) -> str:
    return path.rpartition(".")[0]


def _config(peft: Any, model: Any, lora: Any) -> Any:
    if isinstance(lora, peft.LoraConfig):
        return copy.deepcopy(lora)
    options = {} if lora is True else lora
    if not isinstance(options, Mapping):
        raise InputError(
            f"lora must be True, a dict of options or a peft.LoraConfig, not {type(lora).__name__}."
        )
    known = [field.name for field in fields(peft.LoraConfig)]
    if unknown := [name for name in options if name not in known]:
        raise InputError(
            f"lora has no option {unknown[0]!r}.{suggest(str(unknown[0]), known)} "
            "peft.LoraConfig lists them."
        )
    options = {**DEFAULTS, **options}
    mapping = peft.utils.TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING
    if options.get("target_modules") is None and model.config.model_type not in mapping:
        options["target_modules"] = "all-linear"
    try:
        return peft.LoraConfig(**options)
    except (TypeError, ValueError) as error:
        raise InputError(f"lora: {error}") from error


def _peft() -> Any:
    try:
        import peft
    except ImportError as error:
        raise EnvironmentProblem(
            "lora needs the package peft: %pip install peft, then restart the kernel."
        ) from error
    return peft
