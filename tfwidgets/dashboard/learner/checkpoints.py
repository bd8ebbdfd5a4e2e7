"""Weights in files: checkpoints that a reader asks for, and the best ones so far."""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from fastai.learner import get_model
from safetensors import SafetensorError
from safetensors.torch import load_model, save_file, save_model

from tfwidgets.config import settings
from tfwidgets.errors import InputError

LARGEST_BEST = 4 * 2**30
"""Bytes of a model that is not kept at each improvement: writing would stop the training long."""


class NotSaved(Exception):
    """Weights could not be written, or read."""


def folder_of(run: str) -> Path:
    """Return the folder of a run's checkpoints.

    Deleting the run in the store deletes it. Of a run that is not kept only the checkpoints that
    were asked for stay, and nobody but the reader throws them away: such a run is in no list.
    """
    return settings().run_store_path / "checkpoints" / run


def size_of(model: Any, without: Collection[str] = ()) -> int:
    """Return how many bytes the weights take, without some of the parameters."""
    left_out = set(without)
    named = get_model(model).named_parameters()
    tensors = [*(p for name, p in named if name not in left_out), *model.buffers()]
    return sum(t.numel() * t.element_size() for t in tensors)


def never_trained(model: Any, opt: Any) -> set[str]:
    """Return the names of frozen parameters that the optimizer does not have.

    Nothing that the dashboard does can train them: a model under a LoRA adapter.
    """
    held = {id(p) for group in opt.param_lists for p in group}
    named = get_model(model).named_parameters(remove_duplicate=False)
    return {name for name, p in named if not p.requires_grad and id(p) not in held}


def save_weights(model: Any, path: Path, without: Collection[str] = ()) -> None:
    """Write weights as safetensors; the file is either whole or not there.

    Parameters
    ----------
    model, path
        Which, and where.
    without
        Names of parameters that are left out.

    Raises
    ------
    NotSaved
        The folder cannot be written, or the disk is full.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if without:
            save_file(_some(model, without), str(part))
        else:
            save_model(get_model(model), str(part))
        part.replace(path)
    except (OSError, SafetensorError, RuntimeError, ValueError) as error:
        with suppress(OSError):  # such as a folder that is a file
            part.unlink(missing_ok=True)
        raise NotSaved(str(error)) from error


def read_weights(model: Any, path: Path, without: Collection[str] = ()) -> None:
    """Load weights in place; those of which ``without`` has the names stay.

    Raises
    ------
    NotSaved
        The file is gone, damaged, or of another model.
    """
    try:
        missing, more = load_model(get_model(model), str(path), strict=not without)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise NotSaved(str(error)) from error
    if more or set(missing) - set(without):
        raise NotSaved("the weights are of another model")


def _some(model: Any, without: Collection[str]) -> dict[str, Any]:
    left_out, seen = set(without), set()
    some = {}
    for name, tensor in get_model(model).state_dict().items():
        place = (tensor.data_ptr(), tensor.shape, tensor.stride()) if tensor.numel() else name
        if name not in left_out and place not in seen:  # tied weights stand in a file once
            seen.add(place)
            some[name] = tensor.contiguous()
    return some


def load_checkpoint(learn: Any, path: str | os.PathLike[str]) -> None:
    """Put weights back that the dashboard's "save a checkpoint" wrote.

    Parameters
    ----------
    learn
        A fastai ``Learner`` with the same model (or the model itself). The optimizer begins anew.
    path
        A ``.safetensors`` file: ``learn.dashboard.session.progress["checkpoints"]`` lists them.

    Raises
    ------
    InputError
        There is no such file, or it is of another model.
    """
    try:
        read_weights(getattr(learn, "model", learn), Path(path))
    except NotSaved as error:
        raise InputError(f"{path} holds no weights of this model: {error}") from error
    if getattr(learn, "opt", None) is not None:
        learn.opt.clear_state()


class Best:
    """The weights of the best epoch so far, in a file.

    Parameters
    ----------
    run
        The run's id.
    monitor, lower
        The value that counts, and whether less of it is better.
    """

    def __init__(self, run: str, monitor: str, lower: bool) -> None:
        self.monitor, self.lower = monitor, lower
        self.path = folder_of(run) / "best.safetensors"
        self.value: float | None = None
        self.step: int | None = None
        self.without: set[str] = set()
        self.kept = False

    def improves(self, values: dict[str, float]) -> bool:
        """Tell whether an epoch is better than all before; NaN never is."""
        value = values.get(self.monitor)
        if value is None or value != value:
            return False
        better = self.value is None or (value < self.value if self.lower else value > self.value)
        if better:
            self.value = value
        return better

    def save(self, model: Any, opt: Any, step: int) -> bool:
        """Keep the weights as they are; return whether they are small enough for that.

        Raises
        ------
        NotSaved
            They could not be written.
        """
        self.kept = False  # should writing fail, what lies there is of a worse epoch
        self.without = never_trained(model, opt)
        if size_of(model, self.without) > LARGEST_BEST:
            return False
        save_weights(model, self.path, self.without)
        self.kept, self.step = True, step
        return True

    def restore(self, model: Any) -> None:
        """Put them back.

        Raises
        ------
        NotSaved
            The file is gone, damaged, or of another model.
        """
        read_weights(model, self.path, self.without)

    def drop(self) -> None:
        """Remove the file: nobody can ask for it after the training."""
        self.kept = False
        try:
            self.path.unlink(missing_ok=True)
            self.path.parent.rmdir()
        except OSError:  # checkpoints that were asked for lie beside it
            return
