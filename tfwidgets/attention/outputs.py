"""What a model decides: which of its outputs are the alternatives at a place."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from tfwidgets.attention.notes import note
from tfwidgets.attention.tokens import readable
from tfwidgets.errors import InputError, ModelError
from tfwidgets.models.tasks import of_architecture
from tfwidgets.ui.strings import Message
from tfwidgets.ui.text import clip

_WHOLE = ("text-classification", "question-answering")
_LONGEST = 60


@dataclass(frozen=True, eq=False)
class Decision:
    """The alternatives that a model chooses from, at one place.

    Attributes
    ----------
    logits
        One for each alternative: (alternatives,), with their graph.
    label
        What an alternative is called.
    position
        The token whose output it is; None where it is about the whole text.
    exclusive
        One of them is right: probabilities add up to 1. Else each is judged by itself.
    messages
        What a reader should know.
    """

    logits: torch.Tensor
    label: Callable[[int], str]
    position: int | None = None
    exclusive: bool = True
    messages: list[Message] = field(default_factory=list)

    def probabilities(self) -> torch.Tensor:
        """Return the probability of each alternative: float32, (alternatives,)."""
        logits = self.logits.detach().float()
        return logits.softmax(-1) if self.exclusive else logits.sigmoid()


def task_of(model: Any) -> str | None:
    """Return what the head of a model decides, as a task of the Hub; None without a head."""
    task = of_architecture(type(model).__name__)
    if task == "feature-extraction":
        return None
    if task == "text-generation" and getattr(model.config, "causal", None) is False:
        return "fill-mask"  # XLM and FlauBERT have one class for both
    return task


def has_positions(task: str) -> bool:
    """Whether there is one output for each token."""
    return task not in _WHOLE


def options(
    model: Any, task: str, inputs: Mapping[str, torch.Tensor], position: int | None
) -> dict[str, Any]:
    """Return what a model's forward is told beside its inputs."""
    names = set(inspect.signature(model.forward).parameters)
    chosen: dict[str, Any] = {"return_dict": True}
    if "use_cache" in names:
        chosen["use_cache"] = False
    if task == "text-generation" and "logits_to_keep" in names:
        # From the position on: a large vocabulary makes logits of a long text huge.
        count = inputs["input_ids"].shape[1]
        chosen["logits_to_keep"] = 1 if position is None else count - position
    return chosen


def decision(
    model: Any,
    task: str,
    output: Any,
    inputs: Mapping[str, torch.Tensor],
    tokenizer: Any,
    position: int | None,
) -> Decision:
    """Read the alternatives from a model's output.

    Parameters
    ----------
    position
        A token of the last sequence, from 0; None for the one that says most.

    Raises
    ------
    ModelError
        When the output has not the form that the task has elsewhere.
    """
    name = "start_logits" if task == "question-answering" else "logits"
    logits: Any = getattr(output, name, None)
    if not torch.is_tensor(logits) or len(logits) != 1 or logits.dim() != 2 + has_positions(task):
        raise ModelError(
            f"{type(model).__name__} gives no {name} that could be attributed to its input."
        )
    if task == "text-classification":
        return _of_text(model, logits[0])
    if task == "question-answering":
        ids = inputs["input_ids"][0].tolist()
        return Decision(logits[0], lambda k: token_label(tokenizer, ids[k]))
    if task == "token-classification":
        place = _most_telling(logits[0], inputs, tokenizer) if position is None else position
        return Decision(logits[0, place], lambda k: class_label(model, k), place)
    found: list[Message] = []
    count = inputs["decoder_input_ids" if "decoder_input_ids" in inputs else "input_ids"].shape[1]
    place = count - 1
    if position is not None:
        place = position
    elif task == "fill-mask":
        place, found = _mask(logits[0], inputs, tokenizer)
    # From the end, as there may be logits of the last tokens only.
    row = logits[0, place - count]
    return Decision(row, lambda k: token_label(tokenizer, k), place, messages=found)


def class_label(model: Any, index: int) -> str:
    """Return what a model's configuration calls a class."""
    names = getattr(model.config, "id2label", None) or {}
    return clip(str(names.get(index, index)), _LONGEST)


def token_label(tokenizer: Any, index: int) -> str:
    """Return how a token reads; its number where there is no tokenizer."""
    if tokenizer is None:
        return str(index)
    try:
        text = tokenizer.decode([index], skip_special_tokens=False)
        text = text or str(tokenizer.convert_ids_to_tokens([index])[0])
    except (IndexError, KeyError, TypeError, ValueError):  # more outputs than the vocabulary has
        return str(index)
    return clip(readable(text), _LONGEST)


def resolved(position: Any, count: int) -> int:
    """Return a position from 0; negative ones count from the end.

    Raises
    ------
    InputError
        When there is no such token.
    """
    if isinstance(position, bool) or not hasattr(position, "__index__"):
        raise InputError(f"position={position!r}: it is the number of a token, from 0.")
    number = int(position)
    if not -count <= number < count:
        raise InputError(f"position={number}: there are the tokens 0 to {count - 1}.")
    return number % count


def _of_text(model: Any, logits: torch.Tensor) -> Decision:
    one = len(logits) == 1
    several = getattr(model.config, "problem_type", None) == "multi_label_classification"
    messages = (
        [note("attribution.one-output", value=f"{float(logits[0].detach()):.3g}")] if one else []
    )
    return Decision(
        logits,
        lambda k: class_label(model, k),
        exclusive=not one and not several,
        messages=messages,
    )


def _plain(inputs: Mapping[str, torch.Tensor], tokenizer: Any) -> torch.Tensor:
    """Return which tokens are text: bool, (tokens,); all of them where none is."""
    ids = inputs["input_ids"][0]
    plain = torch.ones_like(ids, dtype=torch.bool)
    mask = inputs.get("attention_mask")
    if mask is not None and mask.shape == inputs["input_ids"].shape:
        plain &= mask[0].bool()
    if tokenizer is not None:
        plain &= ~is_special(ids, tokenizer)
    return plain if bool(plain.any()) else torch.ones_like(plain)


def is_special(ids: torch.Tensor, tokenizer: Any) -> torch.Tensor:
    """Return which tokens are special: bool, of the shape of ``ids``."""
    special = getattr(tokenizer, "all_special_ids", None) or []
    return torch.isin(ids, ids.new_tensor(list(special)))


def _most_telling(logits: torch.Tensor, inputs: Mapping[str, torch.Tensor], tokenizer: Any) -> int:
    """Return the token with the surest label that is not the commonest.

    Most tokens of a text are no names ("O"), which says little about the text.
    """
    shares, labels = logits.detach().float().softmax(-1).max(-1)
    plain = _plain(inputs, tokenizer)
    commonest = labels[plain].mode().values
    telling = plain & (labels != commonest)
    chosen = telling if bool(telling.any()) else plain
    return int(torch.where(chosen, shares.nan_to_num(0.0), -1.0).argmax())


def _mask(
    logits: torch.Tensor, inputs: Mapping[str, torch.Tensor], tokenizer: Any
) -> tuple[int, list[Message]]:
    """Return the masked token; where there is none, the one that the model doubts most."""
    ids = inputs["input_ids"][0]
    mask = getattr(tokenizer, "mask_token_id", None)
    masked = (ids == mask).nonzero() if mask is not None else ids.new_empty(0)
    if len(masked):
        return int(masked[0]), []
    shares = logits.detach().float().softmax(-1).amax(-1).nan_to_num(1.0)
    place = int(torch.where(_plain(inputs, tokenizer), shares, 2.0).argmin())
    name = str(getattr(tokenizer, "mask_token", None) or "[MASK]")
    return place, [
        note("attribution.no-mask", mask=name, token=token_label(tokenizer, int(ids[place])))
    ]
