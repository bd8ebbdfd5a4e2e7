"""What a model remembers from one batch to the next, kept and put back.

Buffers are part of a model's weights, and no validation changes them. A recurrent model
(fastai's AWD-LSTM, any with a method ``reset``) has a hidden state besides, in plain attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

_Restore = Callable[[], None]


@contextmanager
def memory_kept(model: Any) -> Iterator[None]:
    """Leave what a model remembers as it is; models without ``reset`` remember nothing."""
    modules = list(model.modules())
    if not any(callable(getattr(module, "reset", None)) for module in modules):
        yield
        return
    before = [(module, _attributes(module)) for module in modules]
    restore = [undo for _, kept in before for undo in map(_contents, kept.values()) if undo]
    try:
        yield
    finally:
        for module, kept in before:
            now = _attributes(module)
            for name in now.keys() - kept.keys():
                delattr(module, name)
            for name, value in kept.items():
                if name not in now or now[name] is not value:
                    setattr(module, name, value)  # an LSTM takes note of it
        for undo in restore:
            undo()


def _attributes(module: Any) -> dict[str, Any]:
    own = vars(module)
    return {name: own[name] for name in own if name[0] != "_" and name != "training"}


def _contents(value: Any) -> _Restore | None:
    """Return what puts the contents back where they were changed in place."""
    if isinstance(value, torch.Tensor):
        # One with a history belongs to a single batch, such as weights with dropout.
        if value.requires_grad or value.is_inference():
            return None
        copy = value.clone()
        return lambda: _fill(value, copy)
    if not isinstance(value, (list, tuple)):
        return None
    undo = [one for one in map(_contents, value) if one]
    if not undo:
        return None
    items = list(value)

    def again() -> None:
        if isinstance(value, list):
            value[:] = items
        for one in undo:
            one()

    return again


def _fill(value: Any, copy: Any) -> None:
    with torch.no_grad():
        value.copy_(copy)
