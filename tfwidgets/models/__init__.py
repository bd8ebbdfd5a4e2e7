"""From a name to a model: resolve, check, load once, keep.

Nothing heavy is imported until a model is loaded.
"""

from __future__ import annotations

from tfwidgets.models.available import available, resolve_default
from tfwidgets.models.kept import loaded, unload
from tfwidgets.models.loaded import LoadedModel, MakesModel, given_model
from tfwidgets.models.loading import load, saved_for
from tfwidgets.models.tokenizers import load_tokenizer

__all__ = [
    "LoadedModel",
    "MakesModel",
    "available",
    "given_model",
    "load",
    "load_tokenizer",
    "loaded",
    "resolve_default",
    "saved_for",
    "unload",
]
