"""A batch that does not fit in memory, explained."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from tfwidgets.errors import TfWidgetsError


class MemoryProblem(TfWidgetsError, MemoryError):
    """A batch does not fit in memory."""


@contextmanager
def explained_memory(learn: Any) -> Iterator[None]:
    """Turn running out of memory into advice, and free what can be freed."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryProblem) or not _is_memory(error):
            raise
        device = next(learn.model.parameters()).device
        ids = _ids(learn)
        shape = None if ids is None else tuple(ids.shape)
        if device.type == "cuda":
            torch.cuda.empty_cache()
        raise MemoryProblem(_advice(learn, device, shape)) from error


def _is_memory(error: BaseException) -> bool:
    text = str(error)
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or (
        "can't allocate memory" in text or "out of memory" in text
    )


def _ids(learn: Any) -> torch.Tensor | None:
    batch = getattr(learn, "xb", None)
    inputs = batch[0] if batch else None
    return inputs.get("input_ids") if isinstance(inputs, dict) else None


def _advice(learn: Any, device: torch.device, shape: tuple[int, ...] | None) -> str:
    size = learn.dls.train.bs
    length = getattr(learn.task, "max_length", None)
    which = f"A batch of {shape[0]} rows x {shape[1]} tokens" if shape else "A batch"
    return (
        f"{which} does not fit in the memory of {device}.\n"
        f"Lower batch_size (now {size}; accumulate={2} with half of it trains alike) or max_length "
        f"(now {length}), or pass checkpointing=True, precision='bf16', or lora=True."
    )
