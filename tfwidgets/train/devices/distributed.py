"""Training on several devices at once: GPUs, or processes on a CPU.

Each process has the whole model and gets rows of its own; their gradients are averaged before
every step (PyTorch's DistributedDataParallel), so that all end with the same weights.
"""

from __future__ import annotations

import inspect
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from fastai.callback.core import GatherPredsCallback
from fastai.callback.progress import ProgressCallback
from fastai.callback.schedule import LRFinder
from fastai.data.load import DataLoader
from fastai.distributed import DistributedDL, DistributedTrainer
from fastai.learner import AvgLoss, AvgMetric
from fastai.metrics import AccumMetric
from fastcore.basics import noop
from fastcore.foundation import L
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from tfwidgets.errors import EnvironmentProblem, InputError
from tfwidgets.train.accumulation import Accumulation
from tfwidgets.train.callback import logits_of
from tfwidgets.train.wrapper import unwrapped

# Layers that a model leaves out now and then have no gradient then.
_LAYER_DROP = ("layerdrop", "encoder_layerdrop", "decoder_layerdrop")
# Nothing in a transformer keeps statistics. PyTorch 2.13 has renamed the option.
_NEW_NAME = "forward_sync_buffers"
_OPTIONS = inspect.signature(DistributedDataParallel.__init__).parameters
_NO_BUFFERS = {_NEW_NAME if _NEW_NAME in _OPTIONS else "broadcast_buffers": False}


@contextmanager
def distributed(learn: Any, *, cpu: bool | None = None, **kwargs: Any) -> Iterator[Any]:
    """Have what is trained inside train together with the other processes.

    Where there are no others nothing changes.

    Parameters
    ----------
    learn
        The learner; each process has one of its own, made in the same way.
    cpu
        Whether to train on CPUs; by default where torch sees no GPU.
    kwargs
        What ``accelerate.Accelerator`` takes.
    """
    if _processes() < 2:
        yield learn
        return
    trainer = TransformerDistributedTrainer(cpu=cpu, **kwargs)
    first = torch.distributed.get_rank() == 0
    progress = [] if first else list(learn._grab_cbs(ProgressCallback))
    logger = learn.logger
    _move(learn, trainer.device)
    try:
        learn.add_cb(trainer)
        learn.remove_cbs(progress)
        if not first:
            learn.logger = noop
        yield learn
    finally:
        trainer.release()
        learn.remove_cb(trainer)
        learn.add_cbs(progress)
        learn.logger = logger


class TransformerDistributedTrainer(DistributedTrainer):  # type: ignore[misc]
    """fastai's ``DistributedTrainer`` for batches that are dicts, on GPUs and on CPUs.

    - Each process trains on rows of its own, of like length in each step.
    - Validation is shared too, where the metrics can be put together: losses, means over rows
      (functions of predictions and targets), what collects predictions (scikit-learn's), and
      metrics with a method ``merge(gather)``, whose ``gather(mine)`` returns everyone's. With
      other metrics each process validates everything. Either way the values are those of a
      single process, and the same everywhere.
    - Layers may be unfrozen while a fit runs.
    - ``get_preds`` and ``predict`` run in each process by itself.

    Parameters
    ----------
    cpu
        Whether to train on CPUs; by default where torch sees no GPU.
    kwargs
        What ``accelerate.Accelerator`` takes.
    """

    order = 8  # before what casts and scales, which asks for the model's device

    def __init__(self, *, cpu: bool | None = None, **kwargs: Any) -> None:
        accelerator = _accelerator()
        # Without cpu=True accelerate takes the processes for GPUs.
        on_cpu = not torch.cuda.is_available() if cpu is None else cpu
        self.accelerator = accelerator(cpu=on_cpu, **kwargs)
        device = self.accelerator.device
        # accelerate numbers CPUs, by which PyTorch finds no tensors of a file.
        self.device = torch.device("cpu") if device.type == "cpu" else device
        self._parallel: DistributedDataParallel | None = None
        self._trained: list[bool] = []
        self._training: tuple[Any, SharedDL] | None = None
        self._shares = False

    def before_fit(self) -> None:
        """Refuse what has to run in one process."""
        if any(isinstance(cb, LRFinder) for cb in self.learn.cbs):
            raise InputError(
                "lr_find runs in one process: call it before the learner trains in several."
            )

    def before_train(self) -> None:
        """Take this process's share of the training rows."""
        if self._training is None or self._training[0] is not self.learn.dl:
            shared = SharedDL(self.learn.dl, training=True, device=self.device)
            self._training = (self.learn.dl, shared)
        self.learn.dl = self._training[1]

    def before_batch(self) -> None:
        """Train through what averages the gradients."""
        if not self.learn.training:
            return
        trained = [parameter.requires_grad for parameter in self.learn.model.parameters()]
        if self._parallel is None or trained != self._trained:
            # It knows only the parameters that were trained when it was made.
            self.release()
            self._trained = trained
            self._parallel = self._around(self.learn.model)
        self.learn.model = self._parallel
        # Between two steps of accumulated gradients there is nothing to exchange yet.
        self._parallel.require_backward_grad_sync = self._steps()

    def after_train(self) -> None:
        """Leave the model as it is outside of training."""
        self._unwrap()
        if getattr(self.learn, "recorder", None) and self.learn.recorder.train_metrics:
            _merge(self.learn.metrics)

    def before_validate(self) -> None:
        """Take this process's share of the validation rows, where results can be put together."""
        self._unwrap()
        cbs = self.learn.cbs
        self._shares = (
            isinstance(self.learn.dl, DataLoader)
            and not any(isinstance(cb, GatherPredsCallback) for cb in cbs)
            and all(map(_can_merge, self.learn.metrics))
        )
        if self._shares:
            self.learn.dl = SharedDL(self.learn.dl, training=False, device=self.device)

    def after_validate(self) -> None:
        """Put together what each process found."""
        if self._shares:
            self._shares = False
            _merge([self.learn.recorder.loss, *self.learn.metrics])

    def after_epoch(self) -> None:
        """Go by what the first process found, so that all stop, or save, at the same time."""
        recorder = getattr(self.learn, "recorder", None)
        if recorder is not None and hasattr(recorder, "log"):
            log = [list(recorder.log)]
            torch.distributed.broadcast_object_list(log, src=0)
            recorder.log = L(log[0])

    def after_fit(self) -> None:
        """Leave the learner as it was."""
        self.release()

    def release(self) -> None:
        """Let go of the wrapper around the model, also after an error."""
        self._unwrap()
        self._parallel = None

    def _unwrap(self) -> None:
        learn = self.learn
        if learn is not None and isinstance(learn.model, DistributedDataParallel):
            learn.model = learn.model.module

    def _steps(self) -> bool:
        for cb in self.learn.cbs:
            if isinstance(cb, Accumulation):
                return cb.steps()
        return True

    def _around(self, model: nn.Module) -> DistributedDataParallel:
        device = self.device
        config = getattr(unwrapped(model), "config", None)
        drops = any(getattr(config, name, 0) for name in _LAYER_DROP)
        unused = drops or _has_unused(model, self.learn.xb, device)
        return DistributedDataParallel(
            model,
            device_ids=[device.index] if device.type == "cuda" else None,
            # Looking for them costs a walk through the graph in every step.
            find_unused_parameters=any(_gathered(unused)),
            **_NO_BUFFERS,
        )


class SharedDL(DistributedDL):  # type: ignore[misc]
    """The part of a data loader's rows that one of several processes gets.

    For training all get equally many rows, and their batches of a step are of like length. Where
    the rows cannot be dealt out evenly, the first ones come twice. For validation whole batches
    are dealt out, each row once.

    Parameters
    ----------
    dl
        The loader of the whole.
    training
        Which of the two it is.
    rank, world_size
        Number of this process and of all; by default torch's.
    device
        Where batches go.
    """

    def __init__(
        self,
        dl: Any,
        *,
        training: bool,
        rank: int | None = None,
        world_size: int | None = None,
        device: Any = None,
    ) -> None:
        if world_size is None:
            rank, world_size = torch.distributed.get_rank(), torch.distributed.get_world_size()
        super().__init__(dl, rank, world_size, device)
        self.training = training

    def __len__(self) -> int:
        if self.training:
            rows, size = -(-self._count // int(self.world_size)), int(self.bs)
            return rows // size if self.drop_last else math.ceil(rows / size)
        first, step = int(self.rank), int(self.world_size)
        return len(range(first, len(self.dl), step))

    @property
    def _count(self) -> int:
        return int(self.dl.n)

    def get_idxs(self) -> list[int]:
        """Return this process's rows, in the order of one pass."""
        order = self._broadcast(self._order(), 0)
        dealt = _dealt(order, self.bs, self.rank, self.world_size, training=self.training)
        self.n = len(dealt)
        return dealt

    def _order(self) -> list[int]:
        """Return the order of all rows; only the first process's counts."""
        if not self.training:
            return list(self.dl.get_idxs())
        # Rows of like length are to fill a step of all processes, not just one's batch.
        self.dl.bs = self.bs * self.world_size
        try:
            return list(self.dl.get_idxs())
        finally:
            self.dl.bs = self.bs

    def _broadcast(self, t: list[int], rank: int) -> list[int]:
        """Return what one process has, in all: nccl exchanges tensors on GPUs, gloo others."""
        on_gpu = torch.distributed.get_backend() == "nccl"
        tensor = torch.tensor(t, device=self.device if on_gpu else "cpu")
        torch.distributed.broadcast(tensor, rank)
        return tensor.tolist()  # type: ignore[no-any-return]

    def after_batch(self, b: Any) -> Any:
        """Transform a batch as the loader of the whole does."""
        return self.dl.after_batch(b)

    def new(self, *args: Any, **kwargs: Any) -> Any:
        """Return a like loader of the whole."""
        return self.dl.new(*args, **kwargs)


def _dealt(order: list[int], size: int, rank: int, processes: int, *, training: bool) -> list[int]:
    """Return the rows of a process from the order of all rows.

    Parameters
    ----------
    size
        Rows per batch of a process.
    training
        True deals out row by row, equally many; False batch by batch.
    """
    if training:
        missing = -len(order) % processes
        even = [*order, *(order * processes)[:missing]]
        return even[rank::processes]
    return [
        row
        for start in range(rank * size, len(order), processes * size)
        for row in order[start : start + size]
    ]


# Metrics whose parts can be put together.
_MERGED = (AvgLoss, AvgMetric, AccumMetric)


def _can_merge(metric: Any) -> bool:
    return isinstance(metric, _MERGED) or hasattr(metric, "merge")


def _merge(metrics: Any) -> None:
    """Give each metric what all processes collected."""
    for metric in metrics:
        if hasattr(metric, "merge"):
            metric.merge(_gathered)
        elif isinstance(metric, AccumMetric):
            parts = _gathered((metric.preds, metric.targs))
            metric.preds = [part for preds, _ in parts for part in preds]
            metric.targs = [part for _, targs in parts for part in targs]
        elif isinstance(metric, _MERGED):
            sums = _gathered((float(metric.total), metric.count))
            metric.total = torch.tensor(sum(total for total, _ in sums))
            metric.count = sum(count for _, count in sums)


def _gathered(value: Any) -> list[Any]:
    """Return what each process has."""
    every: list[Any] = [None] * torch.distributed.get_world_size()
    torch.distributed.all_gather_object(every, value)
    return every


def _has_unused(model: nn.Module, batch: tuple[Any, ...], device: torch.device) -> bool:
    """Whether some parameter that is to be trained has no part in the logits.

    XLNet's embedding of masks, for example. One row is computed to find out.
    """
    rows = tuple(_first_row(part) for part in batch)
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices), torch.enable_grad():
        logits = logits_of(model(*rows))
    used: set[int] = set()
    seen: set[Any] = set()
    nodes = [logits.grad_fn]
    while nodes:
        node = nodes.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            used.add(id(node.variable))
        nodes.extend(following for following, _ in node.next_functions)
    return any(p.requires_grad and id(p) not in used for p in model.parameters())


def _first_row(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {name: value[:1] for name, value in part.items()}
    return part[:1] if isinstance(part, torch.Tensor) else part


def _move(learn: Any, device: torch.device) -> None:
    """Bring model, batches and the optimizer's state to this process's device."""
    learn.model.to(device)
    learn.dls.to(device)
    if learn.opt is not None:
        learn.opt.load_state_dict(learn.opt.state_dict())  # torch puts it where the model is


def _processes() -> int:
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return int(torch.distributed.get_world_size())
    return int(os.environ.get("WORLD_SIZE", "1"))


def _accelerator() -> Any:
    try:
        from accelerate import Accelerator
    except ImportError as error:
        raise EnvironmentProblem(
            "Training on several devices needs the package accelerate: %pip install accelerate, "
            "then restart the kernel."
        ) from error
    return Accelerator
