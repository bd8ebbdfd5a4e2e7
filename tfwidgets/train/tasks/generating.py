"""Let a model write, in the middle of training or after it, and leave it as it was."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from tfwidgets.errors import InputError, suggest
from tfwidgets.models.quiet import quiet
from tfwidgets.train.data.batches import pad_batch
from tfwidgets.train.inference import casting, evaluating
from tfwidgets.train.wrapper import unwrapped


def check_options(options: Mapping[str, Any]) -> None:
    """Refuse options that transformers' ``generate`` does not have.

    Raises
    ------
    InputError
        With the nearest one that it has.
    """
    from transformers import GenerationConfig, GenerationMixin

    known = {*vars(GenerationConfig()), *inspect.signature(GenerationMixin.generate).parameters}
    known = {name for name in known if not name.startswith("_")} - {"self", "kwargs", "inputs"}
    if unknown := [name for name in options if name not in known]:
        raise InputError(
            f"transformers' generate has no option {unknown[0]!r}.{suggest(unknown[0], known)}"
        )


def generate(
    learn: Any,
    rows: Sequence[dict[str, list[int]]],
    *,
    side: str,
    tokenizer: Any,
    **options: Any,
) -> list[list[int]]:
    """Generate for encoded rows, in batches of like length.

    Parameters
    ----------
    learn
        The learner, whose batch size is used.
    rows
        What the tokenizer returned for each text.
    side
        Where to pad: decoders continue on the right, so they are padded on the left.
    options
        As transformers' ``generate`` takes them.

    Returns
    -------
    list of list of int
        Ids per row as ``generate`` returns them: a decoder's begin with the (padded) prompt,
        which is taken off.

    Raises
    ------
    InputError
        When the model does not take an option, or not with the others.
    """
    from tfwidgets.train.tasks.packing import sided

    check_options(options)
    model = unwrapped(learn.model)
    tokenizer = sided(tokenizer, side)
    size = learn.dls.valid.bs
    order = np.argsort([-len(row["input_ids"]) for row in rows], kind="stable")
    written: list[list[int]] = [[] for _ in rows]
    options.setdefault("pad_token_id", tokenizer.pad_token_id)
    is_decoder = not getattr(model.config, "is_encoder_decoder", False)
    with evaluating(learn.model), casting(learn, model.device), quiet():
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            batch = pad_batch(tokenizer, [rows[k] for k in chosen])
            batch = {name: value.to(model.device) for name, value in batch.items()}
            ids = _call(model, batch, options)
            if is_decoder:
                ids = ids[:, batch["input_ids"].shape[1] :]
            # With num_return_sequences there are several for each row: the first is the best.
            ids = ids[:: len(ids) // len(chosen)].cpu().tolist()
            for k, row in zip(chosen, ids, strict=True):
                written[k] = row
    return written


def _call(model: Any, batch: dict[str, torch.Tensor], options: dict[str, Any]) -> torch.Tensor:
    reads = inspect.signature(model.forward).parameters
    inputs = {name: value for name, value in batch.items() if name in reads}
    try:
        result = model.generate(**inputs, **{"use_cache": True, **options})
    except (ValueError, TypeError) as error:
        if not options:
            raise
        raise InputError(
            f"{type(model).__name__} cannot generate with these options "
            f"({', '.join(options)}):\n{str(error).splitlines()[0]}"
        ) from error
    return result if isinstance(result, torch.Tensor) else result.sequences
