"""What a validation said about each row, caught from batches that are computed anyway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional
from torch.utils.data import SequentialSampler

from tfwidgets.dashboard.probes.sampling import plain
from tfwidgets.dashboard.randomness import chance_kept

Kind = Literal["single", "multi", "number", "tokens", "other"]

MOST_LOGITS = 8_000_000
"""Of a batch whose loss is computed a second time to know it for each row."""

_PURE = ("torch", "fastai", "tfwidgets")


@dataclass
class Rows:
    """What a whole validation said.

    Attributes
    ----------
    kind
        What rows are: one label, any number of labels, a number, a label per token, other.
    classes
        How many classes the model tells apart.
    index
        Row of the dataset, in the order of the validation; None where a loader does not tell.
        (rows,)
    predicted, target
        Number of the class for ``"single"``, the number itself for ``"number"``; else None.
        (rows,)
    score
        Probability of the predicted class for ``"single"``; else None. (rows,)
    loss
        Loss of each row, or None where the loss function does not tell. (rows,)
    step, epoch
        When.
    """

    kind: Kind
    classes: int
    index: npt.NDArray[np.int64] | None
    predicted: npt.NDArray[Any] | None
    target: npt.NDArray[Any] | None
    score: npt.NDArray[np.float32] | None
    loss: npt.NDArray[np.float32] | None
    step: int
    epoch: int


@dataclass
class Collector:
    """Collects them batch by batch; tensors stay on their device until the last batch.

    Attributes
    ----------
    losses
        Whether losses of rows are wanted.
    """

    losses: bool = True
    kind: Kind = "other"
    batch_rows: npt.NDArray[np.int64] | None = None
    _classes: int = 0
    _index: npt.NDArray[np.int64] | None = None
    _seen: int = 0
    _complete: bool = False
    _parts: dict[str, list[Any]] = field(default_factory=dict)

    def begin(self) -> None:
        """Begin a validation."""
        self._parts, self._seen, self._complete = {}, 0, False
        self._index = self.batch_rows = None

    def batch(self, learn: Any) -> None:
        """Take what there is to know from a batch of the validation that was just computed."""
        if not isinstance(learn.pred, torch.Tensor):
            self.kind, self.batch_rows = "other", None
            return
        pred, targets = plain(learn.pred), [plain(y) for y in learn.yb if _is_tensor(y)]
        if not self._seen:
            self._index = row_numbers(learn.dl)
            self.kind, self._classes = kind_of(pred, targets)
        count = len(pred)
        stop = self._seen + count
        if self._index is not None and stop > len(self._index):
            self._index = None  # rows were skipped or added on the way
        self.batch_rows = None if self._index is None else self._index[self._seen : stop]
        self._seen = stop
        self._complete = learn.iter >= learn.n_iter - 1
        with torch.no_grad():
            if self.kind == "single":
                likelihood = _activation(learn.loss_func, pred)
                score, predicted = likelihood.max(-1)
                self._keep(predicted=predicted, score=score.float(), target=targets[0].reshape(-1))
            elif self.kind == "number":
                self._keep(predicted=pred.reshape(-1).float(), target=targets[0].reshape(-1))
            if self.losses and targets:
                loss = row_losses(learn.loss_func, pred, targets, self.kind)
                if loss is None:
                    self._parts["loss"] = []
                elif self._parts.get("loss", [1]):
                    self._keep(loss=loss)

    def finish(self, step: int, epoch: int) -> Rows | None:
        """Return what was said of all rows; None where the validation was cut short."""
        if not self._seen or not self._complete:
            return None
        parts = {name: _joined(several) for name, several in self._parts.items() if several}
        index = self._index
        rows = Rows(
            self.kind,
            self._classes,
            None if index is None else index[: self._seen],
            parts.get("predicted"),
            parts.get("target"),
            parts.get("score"),
            parts.get("loss"),
            step,
            epoch,
        )
        self.begin()
        return rows

    def _keep(self, **values: Any) -> None:
        for name, value in values.items():
            self._parts.setdefault(name, []).append(value)


def kind_of(pred: Any, targets: list[Any]) -> tuple[Kind, int]:
    """Tell from predictions and targets of a batch what rows are, and the number of classes."""
    if len(targets) != 1:
        return "other", 0
    target = targets[0]
    whole = not target.is_floating_point() and target.dtype != torch.bool
    flat = target.ndim == 1 or (target.ndim == 2 and target.shape[1] == 1)
    if whole and flat and pred.ndim == 2 and pred.shape[1] > 1:
        return "single", int(pred.shape[1])
    if pred.ndim == 2 and pred.shape == target.shape and pred.shape[1] > 1:
        return "multi", int(pred.shape[1])
    if target.is_floating_point() and pred.numel() == target.numel() == len(pred):
        return "number", 0
    if whole and pred.ndim == 3 and target.ndim == 2 and pred.shape[:2] == target.shape:
        return "tokens", int(pred.shape[2])
    return "other", 0


def row_losses(loss_func: Any, pred: Any, targets: list[Any], kind: Kind) -> Any:
    """Return the loss of each row, (rows,), or None where it cannot be told.

    The learner's own loss without its mean, as ``get_preds(with_loss=True)`` has it; of losses
    over several values of a row their mean. Where a loss function knows no ``reduction``, or where
    it may be that computing it draws random numbers or counts (any that is not PyTorch's,
    fastai's or ours), it is not computed again: the cross-entropy of one label, the squared error
    of a number.
    """
    count = len(pred)
    if pred.numel() > MOST_LOGITS:
        return None
    losses = _unreduced(loss_func, pred, targets) if only_computes(loss_func) else None
    if isinstance(losses, torch.Tensor) and losses.numel() >= count and not losses.numel() % count:
        return plain(losses).reshape(count, -1).float().mean(1)
    if kind == "single":
        target = targets[0].reshape(-1).long()
        return functional.cross_entropy(pred.float(), target, reduction="none")
    if kind == "number":
        return (pred.reshape(-1).float() - targets[0].reshape(-1).float()).square()
    return None


def _unreduced(loss_func: Any, pred: Any, targets: list[Any]) -> Any:
    try:
        if not hasattr(loss_func, "reduction"):
            return partial(loss_func, reduction="none")(pred, *targets)
        before = loss_func.reduction
        loss_func.reduction = "none"
        try:
            return loss_func(pred, *targets)
        finally:
            loss_func.reduction = before
    except TypeError:
        return None


def only_computes(loss_func: Any) -> bool:
    """Tell whether a loss function is known to do nothing but compute: it draws and counts nothing.

    One of somebody's own may draw noise or keep a mean; a second call would change the training.
    """
    while isinstance(loss_func, partial):
        loss_func = loss_func.func
    named = isinstance(loss_func, (FunctionType, BuiltinFunctionType, MethodType))
    maker = str((loss_func if named else type(loss_func)).__module__)
    if maker.partition(".")[0] not in _PURE:
        return False
    # fastai's own have PyTorch's in them.
    wrapped = None if named else getattr(loss_func, "__dict__", {}).get("func")
    return wrapped is None or only_computes(wrapped)


def row_numbers(loader: Any) -> npt.NDArray[np.int64] | None:
    """Return the dataset's row of each row that a running loader gives, in that order.

    fastai's loaders keep the order of the running pass; asking ``get_idxs`` again would draw a
    new one where rows are shuffled.
    """
    order = vars(loader).get("_DataLoader__idxs")
    if order is None and isinstance(getattr(loader, "sampler", None), SequentialSampler):
        order = range(len(loader.dataset))
    if order is None:
        return None
    try:
        return np.array(list(order), np.int64)
    except (TypeError, ValueError):  # a stream has no numbers
        return None


def loss_method(loss_func: Any, name: str) -> Any:
    """Return a method of a loss function (``activation``, ``decodes``), or None."""
    method = getattr(loss_func, name, None)
    return method if callable(method) else None


def inputs_at(batch: Any, k: int) -> Any:
    """Return one row of a batch's inputs, on the CPU, where they are a dict of tensors."""
    if not isinstance(batch, Mapping):
        return None
    return {
        name: plain(value)[k : k + 1].cpu() for name, value in batch.items() if _is_tensor(value)
    }


def _activation(loss_func: Any, pred: Any) -> Any:
    activation = loss_method(loss_func, "activation")
    with chance_kept():
        said = activation(pred.float()) if activation else None
    if isinstance(said, torch.Tensor) and said.shape == pred.shape:
        return plain(said)
    return pred.float().softmax(-1)


def _joined(parts: list[Any]) -> npt.NDArray[Any]:
    joined = torch.cat(parts).cpu()
    numbers: npt.NDArray[Any] = joined.numpy()
    return numbers


def _is_tensor(value: Any) -> bool:
    return isinstance(value, torch.Tensor)
