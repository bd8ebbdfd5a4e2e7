"""Fine-tuning: transformers in fastai.

Three levels, each usable alone: ``tfw.learner``; ``TransformerDataLoaders``; and the pieces
``pad_batches``, ``transformer_splitter``, ``TransformerCallback`` and ``wrap_model``.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from tfwidgets.errors import EnvironmentProblem

if find_spec("fastai") is None:
    raise EnvironmentProblem(
        "Fine-tuning needs fastai: %pip install 'tfwidgets[train]' (or: %pip install fastai)."
    )

_HOME = {
    "GradualUnfreezing": "unfreezing",
    "MemoryProblem": "memory",
    "ModelWrapper": "wrapper",
    "TokenCrossEntropy": "losses",
    "TransformerCallback": "callback",
    "TransformerDL": "data.loader",
    "TransformerDataLoaders": "dataloaders",
    "TransformerLearner": "learner",
    "layer_groups_table": "groups",
    "pad_batches": "data.batches",
    "transformer_splitter": "splitter",
    "wrap_model": "wrapper",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
