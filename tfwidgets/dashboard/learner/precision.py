"""Mixed precision: what a validation that breaks off leaves, and weights that exist twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.utils import parameters_to_vector

_DEVICES = ("cpu", "cuda", "mps", "xpu")


@contextmanager
def autocast_kept() -> Iterator[None]:
    """Leave autocast as it is, also where something within enters it and fails.

    fastai enters it before a batch and leaves it after the loss; what the model raises is between.
    """
    devices = [name for name in _DEVICES if torch.amp.is_autocast_available(name)]
    states = [
        (name, torch.is_autocast_enabled(name), torch.get_autocast_dtype(name)) for name in devices
    ]
    cached, depth = torch.is_autocast_cache_enabled(), _depth()
    try:
        yield
    finally:
        for name, enabled, dtype in states:
            torch.set_autocast_enabled(name, enabled)
            torch.set_autocast_dtype(name, dtype)
        torch.set_autocast_cache_enabled(cached)
        # Weights that were cast are kept until the outermost is left: never again, if one stays.
        if _depth() > depth:
            while torch.autocast_decrement_nesting() > depth:
                pass
            torch.clear_autocast_cache()


def _depth() -> int:
    torch.autocast_increment_nesting()
    return int(torch.autocast_decrement_nesting())


def take_over(learn: Any) -> None:
    """Let the optimizer go on from the weights that the model has now.

    fastai's ``NonNativeMixedPrecision`` trains copies in single precision, and writes them into
    the model after each step.
    """
    for cb in learn.cbs:
        copies = getattr(cb, "master_pgs", None)
        if copies is None:
            continue
        with torch.no_grad():
            for weights, masters in zip(cb.model_pgs, copies, strict=True):
                if cb.flat_master:
                    masters[0].copy_(parameters_to_vector([p.float() for p in weights]))
                    continue
                for weight, master in zip(weights, masters, strict=True):
                    master.copy_(weight)
