"""Who trains at which rate: the layer groups of a model as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from torch import nn

from tfwidgets.errors import InputError
from tfwidgets.train.splitter import LayerGroup, layer_groups

if TYPE_CHECKING:
    import pandas as pd


def layer_groups_table(learn_or_model: Any, lr: Any = None) -> pd.DataFrame:
    """Show the layer groups, how many weights each has, which train, and at which rate.

    Parameters
    ----------
    learn_or_model
        A fastai ``Learner``, or a model. A learner's groups are those of its optimizer once it
        has one, so also those that another splitter made; they are then numbered.
    lr
        A learning rate as ``fit`` takes it: one for all; ``slice(low, high)`` for rates in equal
        ratios from the first group to the last; ``slice(high)`` for a tenth of it everywhere but
        in the last; or one for each group. Without it the rates are those that the optimizer has
        now (after a schedule, those at its end); before there is an optimizer, the learner's
        ``lr``; of a model, unknown (NaN).

    Returns
    -------
    pandas.DataFrame
        A row per group with ``group``, ``parameters`` (the number of weights), ``trainable``
        (whether most of them train: fastai's ``train_bn`` leaves norms trainable in frozen
        groups) and ``lr``.

    Raises
    ------
    InputError
        `lr` does not fit the groups, or there is no model.
    """
    import pandas as pd

    optimizer = None
    model = learn_or_model
    if not isinstance(model, nn.Module) and hasattr(model, "model"):
        optimizer = getattr(learn_or_model, "opt", None)
        model = learn_or_model.model
        if lr is None and optimizer is None:
            lr = getattr(learn_or_model, "lr", None)
    if not isinstance(model, nn.Module):
        raise InputError(
            "layer_groups_table takes a Learner or a torch.nn.Module, not "
            f"{type(learn_or_model).__name__}."
        )
    groups = layer_groups(model)
    if optimizer is not None:
        groups = _of_optimizer(optimizer, groups)
    if lr is None and optimizer is not None:
        rates = [float(hypers["lr"]) for hypers in optimizer.hypers]
    else:
        rates = group_rates(lr, len(groups))
    return pd.DataFrame(
        {
            "group": [group.name for group in groups],
            "parameters": [_count(group) for group in groups],
            "trainable": [2 * _count(group, training=True) > _count(group) for group in groups],
            "lr": rates,
        }
    )


def group_rates(lr: Any, groups: int) -> list[float]:
    """Return the rate of each group, by the rule of fastai's ``Optimizer.set_hyper``.

    Parameters
    ----------
    lr
        As `layer_groups_table` takes it.
    groups
        How many there are.

    Raises
    ------
    InputError
        `lr` is no rate, or there are not as many as groups.
    """
    if lr is None:
        return [float("nan")] * groups
    try:
        if not isinstance(lr, slice):
            rates = [float(rate) for rate in np.atleast_1d(lr)]
        elif lr.start:
            first, last = float(lr.start), float(lr.stop)
            with np.errstate(invalid="ignore"):  # from a negative rate
                rates = [float(rate) for rate in np.geomspace(first, last, groups)]
            rates[-1] = last  # with one group too
        else:
            rates = [float(lr.stop) / 10] * (groups - 1) + [float(lr.stop)]
        if not all(0 <= rate < float("inf") for rate in rates):
            raise ValueError("not a finite number from 0")
    except (TypeError, ValueError) as error:
        raise InputError(
            f"lr={lr!r} is no learning rate. Give a number, slice(low, high), slice(high), "
            f"or {groups} numbers, one for each group."
        ) from error
    if len(rates) == 1:
        rates *= groups
    if len(rates) != groups:
        raise InputError(f"lr has {len(rates)} rates for {groups} groups. Give {groups}, or one.")
    return rates


def _of_optimizer(optimizer: Any, groups: list[LayerGroup]) -> list[LayerGroup]:
    """Return the groups that the optimizer has: ours with their names, others numbered."""
    lists = [list(parameters) for parameters in optimizer.param_lists]
    if [set(map(id, its)) for its in lists] == [
        set(map(id, group.parameters.values())) for group in groups
    ]:
        return groups
    names = {id(p): name for group in groups for name, p in group.parameters.items()}
    return [
        LayerGroup(f"group {number}", {names.get(id(p), str(at)): p for at, p in enumerate(its)})
        for number, its in enumerate(lists)
    ]


def _count(group: LayerGroup, training: bool = False) -> int:
    """Return how many weights a group has, or how many of them train."""
    return sum(p.numel() for p in group.parameters.values() if p.requires_grad or not training)
