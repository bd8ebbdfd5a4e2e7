"""Transformer models inside a Jupyter notebook.

In a notebook: ``%load_ext tfwidgets``. In code: ``import tfwidgets as tfw``. Importing
this package imports nothing heavy; each name is loaded when it is first used.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfwidgets.attention.result import AttentionView
    from tfwidgets.attention.run import attention
    from tfwidgets.classify.result import Classification
    from tfwidgets.classify.run import classify
    from tfwidgets.config import settings
    from tfwidgets.dashboard.history.runs import runs
    from tfwidgets.dashboard.imports import import_run
    from tfwidgets.dashboard.learner.callback import TrainingDashboard
    from tfwidgets.dashboard.learner.checkpoints import load_checkpoint
    from tfwidgets.dashboard.result import Run
    from tfwidgets.dashboard.trainer.callback import TrainerDashboard
    from tfwidgets.errors import EnvironmentProblem, InputError, ModelError, TfWidgetsError
    from tfwidgets.extension import load_ipython_extension, unload_ipython_extension
    from tfwidgets.hub.entry import ModelEntry
    from tfwidgets.hub.result import ModelSearch
    from tfwidgets.hub.run import hub
    from tfwidgets.models import LoadedModel, available, load, loaded, unload
    from tfwidgets.models.net import HubProblem
    from tfwidgets.tokens.result import TokenInspector
    from tfwidgets.tokens.run import tokens
    from tfwidgets.train.callback import TransformerCallback
    from tfwidgets.train.data.batches import pad_batches
    from tfwidgets.train.dataloaders import TransformerDataLoaders
    from tfwidgets.train.devices.launch import TrainingFailed
    from tfwidgets.train.learner import TransformerLearner
    from tfwidgets.train.memory import MemoryProblem
    from tfwidgets.train.run import learner
    from tfwidgets.train.splitter import transformer_splitter
    from tfwidgets.train.unfreezing import GradualUnfreezing
    from tfwidgets.train.wrapper import wrap_model
    from tfwidgets.using.result import ModelInUse
    from tfwidgets.using.run import use

__version__ = "0.1.0"

_HOME = {
    "AttentionView": "tfwidgets.attention.result",
    "Classification": "tfwidgets.classify.result",
    "EnvironmentProblem": "tfwidgets.errors",
    "GradualUnfreezing": "tfwidgets.train.unfreezing",
    "HubProblem": "tfwidgets.models.net",
    "InputError": "tfwidgets.errors",
    "LoadedModel": "tfwidgets.models",
    "MemoryProblem": "tfwidgets.train.memory",
    "ModelEntry": "tfwidgets.hub.entry",
    "ModelError": "tfwidgets.errors",
    "ModelInUse": "tfwidgets.using.result",
    "ModelSearch": "tfwidgets.hub.result",
    "Run": "tfwidgets.dashboard.result",
    "TfWidgetsError": "tfwidgets.errors",
    "TokenInspector": "tfwidgets.tokens.result",
    "TrainerDashboard": "tfwidgets.dashboard.trainer.callback",
    "TrainingDashboard": "tfwidgets.dashboard.learner.callback",
    "TrainingFailed": "tfwidgets.train.devices.launch",
    "TransformerCallback": "tfwidgets.train.callback",
    "TransformerDataLoaders": "tfwidgets.train.dataloaders",
    "TransformerLearner": "tfwidgets.train.learner",
    "attention": "tfwidgets.attention.run",
    "available": "tfwidgets.models",
    "classify": "tfwidgets.classify.run",
    "hub": "tfwidgets.hub.run",
    "import_run": "tfwidgets.dashboard.imports",
    "learner": "tfwidgets.train.run",
    "load": "tfwidgets.models",
    "load_checkpoint": "tfwidgets.dashboard.learner.checkpoints",
    "load_ipython_extension": "tfwidgets.extension",
    "loaded": "tfwidgets.models",
    "pad_batches": "tfwidgets.train.data.batches",
    "runs": "tfwidgets.dashboard.history.runs",
    "settings": "tfwidgets.config",
    "tokens": "tfwidgets.tokens.run",
    "transformer_splitter": "tfwidgets.train.splitter",
    "unload": "tfwidgets.models",
    "unload_ipython_extension": "tfwidgets.extension",
    "use": "tfwidgets.using.run",
    "wrap_model": "tfwidgets.train.wrapper",
}

__all__ = [
    "AttentionView",
    "Classification",
    "EnvironmentProblem",
    "GradualUnfreezing",
    "HubProblem",
    "InputError",
    "LoadedModel",
    "MemoryProblem",
    "ModelEntry",
    "ModelError",
    "ModelInUse",
    "ModelSearch",
    "Run",
    "TfWidgetsError",
    "TokenInspector",
    "TrainerDashboard",
    "TrainingDashboard",
    "TrainingFailed",
    "TransformerCallback",
    "TransformerDataLoaders",
    "TransformerLearner",
    "attention",
    "available",
    "classify",
    "hub",
    "import_run",
    "learner",
    "load",
    "load_checkpoint",
    "load_ipython_extension",
    "loaded",
    "pad_batches",
    "runs",
    "settings",
    "tokens",
    "transformer_splitter",
    "unload",
    "unload_ipython_extension",
    "use",
    "wrap_model",
]


class _Package(ModuleType):
    """Keeps ``tfw.classify`` the function, also when the room ``tfwidgets.classify`` is imported.

    The import system would bind the submodule of the same name over it.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (isinstance(value, ModuleType) and name in _HOME):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
