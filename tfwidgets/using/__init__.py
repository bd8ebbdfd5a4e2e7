"""The session's model, and the models in memory: what they are and how to let go of them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfwidgets.using.result import ModelInUse
    from tfwidgets.using.run import choose, use

__all__ = ["ModelInUse", "choose", "use"]

_HOME = {
    "ModelInUse": "tfwidgets.using.result",
    "choose": "tfwidgets.using.run",
    "use": "tfwidgets.using.run",
}


def __getattr__(name: str) -> Any:
    # Late, as loading the extension imports the magic of this room and nothing of the models.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
