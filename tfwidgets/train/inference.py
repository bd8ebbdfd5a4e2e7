"""Ask a model without the training loop: also in the middle of a fit, which notices nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from fastai.callback.fp16 import MixedPrecision
from fastai.torch_core import to_concat, to_device

from tfwidgets.train.callback import logits_of


@contextmanager
def evaluating(model: torch.nn.Module) -> Iterator[None]:
    """Switch off dropout and gradients; each module's mode comes back as it was."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode


def logits(learn: Any, dl: Any) -> Any:
    """Return the logits of all rows of a data loader, in the order of its dataset.

    Returns
    -------
    torch.Tensor or list of torch.Tensor
        (n_rows, …) where all rows have the same shape, else one tensor per row: float32, CPU.

    Notes
    -----
    fastai's ``get_preds`` runs every callback, as if it were a fit of its own: within a fit that
    ends the outer one's mixed precision and empties its records. And PyTorch's loaders draw a
    random number each time that they are iterated.
    """
    order = dl.get_idxs()
    device = next(learn.model.parameters()).device
    parts = []
    with evaluating(learn.model), casting(learn, device):
        for start in range(0, len(order), dl.bs):
            batch = dl.do_batch([dl.do_item(row) for row in order[start : start + dl.bs]])
            output = learn.model(dl.after_batch(to_device(batch, device))[0])
            parts.append(logits_of(output).float().cpu())
    return to_concat(parts)[torch.as_tensor(order).argsort()]


def casting(learn: Any, device: torch.device) -> Any:
    """Return the context in which the learner's precision holds."""
    for cb in learn.cbs:
        if isinstance(cb, MixedPrecision):
            dtype = torch.bfloat16 if cb.amp_mode.value == "bf16" else torch.float16
            return torch.autocast(device.type, dtype=dtype)
    return nullcontext()
