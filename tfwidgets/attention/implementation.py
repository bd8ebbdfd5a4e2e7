"""Switch how a model computes attention, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_FIELD = "_attn_implementation_internal"


@contextmanager
def using(model: Any, name: str) -> Iterator[None]:
    """Let a model compute attention by the implementation of that name, and restore its own.

    ``model.set_attn_implementation`` misses modules that hold a configuration object of their
    own, as the encoder of an ``EncoderDecoderModel`` does; so every module is looked at.
    """
    configs = {
        id(config): config
        for module in model.modules()
        if hasattr(config := getattr(module, "config", None), _FIELD)
    }
    before = [(config, getattr(config, _FIELD)) for config in configs.values()]
    try:
        for config, _ in before:
            setattr(config, _FIELD, name)
        yield
    finally:
        for config, own in before:
            setattr(config, _FIELD, own)


def implementation(module: Any) -> str:
    """Return how the model of this module computes attention: "sdpa", "eager" or another."""
    return getattr(getattr(module, "config", None), _FIELD, None) or "eager"
