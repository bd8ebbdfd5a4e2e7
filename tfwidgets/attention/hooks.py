"""Leave a model with the hooks that it came with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# What hooks of a module are kept in, and by the same keys what is known about them.
_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
_ABOUT = (
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_forward_pre_hooks_with_kwargs",
)
# transformers hooks a model when weights are first asked for, and remembers that here: without its
# hooks a model that still says so would return no weights.
_INSTALLED = "_output_capturing_hooks_installed"


@contextmanager
def hooks_put_back(model: Any) -> Iterator[None]:
    """Remove what hooks were added to the modules of a model meanwhile."""
    before = [
        (
            module,
            {name: set(getattr(module, name)) for name in _HOOKS},
            vars(module).get(_INSTALLED),
        )
        for module in model.modules()
    ]
    try:
        yield
    finally:
        for module, own, installed in before:
            for name, keys in own.items():
                for key in set(getattr(module, name)) - keys:
                    for place in (name, *_ABOUT):
                        getattr(module, place).pop(key, None)
            if installed is None:
                vars(module).pop(_INSTALLED, None)
            else:
                setattr(module, _INSTALLED, installed)
