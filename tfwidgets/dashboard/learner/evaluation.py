"""A validation in the middle of an epoch, of which the training notices nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import torch
from fastai.callback.core import CancelBatchException, CancelValidException
from fastai.callback.hook import HookCallback
from fastai.learner import AvgLoss, Recorder

from tfwidgets.dashboard.learner.columns import columns, unique
from tfwidgets.dashboard.learner.memories import memory_kept
from tfwidgets.dashboard.learner.precision import autocast_kept
from tfwidgets.dashboard.randomness import RandomStates


def evaluate(
    learn: Any,
    begin: Callable[[], None],
    after_batch: Callable[[], None],
    end: Callable[[], None],
) -> dict[str, float | None]:
    """Return loss and metrics of the validation rows, by fastai's metrics.

    Callbacks that come before fastai's recorder take part: they prepare batches and predictions.
    Those after it keep books of the training and hear nothing. What is changed comes back: the
    learner's attributes, the mode of each module, what a recurrent model remembers, autocast,
    random states.

    Parameters
    ----------
    learn
        A fastai learner, between two batches.
    begin, after_batch, end
        Called when the model is in evaluation mode; after each batch, with its predictions on the
        learner; and after the last one. What they raise ends the evaluation.
    """
    metrics = _copies(learn)
    callbacks = [
        cb
        for cb in learn.cbs.sorted("order")
        if cb.order < Recorder.order and not isinstance(cb, HookCallback)
    ]

    def call(event: str) -> None:
        for cb in callbacks:
            cb(event)

    with _as_before(learn):
        learn.model.eval()
        learn.training = False
        for metric in metrics:
            metric.reset()
        learn.dl = learn.dls.valid
        learn.n_iter = len(learn.dl)
        with torch.no_grad():
            try:
                call("before_validate")
                begin()
                for place, batch in enumerate(learn.dl):
                    _one_batch(learn, place, batch, call)
                    if len(learn.yb):
                        for metric in metrics:
                            metric.accumulate(learn)
                    after_batch()
            except CancelValidException:
                call("after_cancel_validate")
            call("after_validate")
            end()
        return dict(zip(_names(learn), [number(metric.value) for metric in metrics], strict=True))


def number(value: Any) -> float | None:
    """Return a number as a float; None for what is none."""
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return None


def _one_batch(learn: Any, place: int, batch: Any, call: Callable[[str], None]) -> None:
    learn.iter = place
    learn._split(learn._set_device(batch))
    try:
        call("before_batch")
        learn.pred = learn.model(*learn.xb)
        call("after_pred")
        if len(learn.yb):
            learn.loss_grad = learn.loss_func(learn.pred, *learn.yb)
            learn.loss = learn.loss_grad.clone()
        call("after_loss")
    except CancelBatchException:
        call("after_cancel_batch")
    call("after_batch")


def _names(learn: Any) -> list[str]:
    names = columns(learn)[1]
    if len(names) != 1 + len(learn.metrics):  # the recorder tells other things of a validation
        names = unique(["valid_loss", *(metric.name for metric in learn.metrics)])
    return names


def _copies(learn: Any) -> list[Any]:
    """Return the loss and the metrics, copied: they may be in use for the training rows.

    What they only refer to is not copied: a task holds the data.
    """
    loss = getattr(getattr(learn, "recorder", None), "loss", None) or AvgLoss()
    shared = [learn, learn.dls, learn.model, learn.loss_func, learn.opt, *learn.cbs]
    task = getattr(learn.dls, "task", None)
    shared += [] if task is None else [task, getattr(task, "tokenizer", None)]
    return deepcopy([loss, *learn.metrics], {id(one): one for one in shared if one is not None})


@contextmanager
def _as_before(learn: Any) -> Iterator[None]:
    attributes = dict(vars(learn))
    modes = [(module, module.training) for module in learn.model.modules()]
    states = RandomStates.now(*learn.dls.loaders)
    try:
        # By the lock callbacks know that this is no training.
        with learn.lock, autocast_kept(), memory_kept(learn.model):
            yield
    finally:
        now = vars(learn)
        for name in [name for name in now if name not in attributes]:
            del now[name]
        now.update(attributes)
        for module, mode in modes:
            module.training = mode
        states.put_back(*learn.dls.loaders)
