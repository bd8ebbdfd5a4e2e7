"""What a reader can tell a training: commands, checked when they come in, applied at a batch's end.

They come from any thread (a widget's message, another thread's code) and wait in a queue; the
thread that trains takes them out. So nothing but that thread ever touches the model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tfwidgets.errors import InputError

By = Literal["reader", "code", "interrupt", "guard"]

LEAST_FACTOR, MOST_FACTOR = 0.01, 100.0


@dataclass(frozen=True)
class Command:
    """One thing to do.

    Attributes
    ----------
    name
        One of ``COMMANDS``.
    values
        ``value`` of ``lr_factor`` (0.01 to 100), ``group`` of ``freeze`` and ``unfreeze``
        (a number from 0), ``name`` and ``on`` of ``panel``.
    by
        Who asked: ``"reader"`` (a widget), ``"code"``, ``"interrupt"`` (the kernel's interrupt
        button) or ``"guard"``.
    """

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    by: By = "reader"


def _nothing(_: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def _factor(values: Mapping[str, Any]) -> dict[str, Any]:
    value = values.get("value")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(f"lr_factor needs a number as its value, not {value!r}.")
    if not (math.isfinite(value) and LEAST_FACTOR <= value <= MOST_FACTOR):
        raise InputError(
            f"The factor of the learning rate lies between {LEAST_FACTOR:g} and {MOST_FACTOR:g}, "
            f"it cannot be {value!r}."
        )
    return {"value": float(value)}


def _group(values: Mapping[str, Any]) -> dict[str, Any]:
    group = values.get("group")
    if isinstance(group, bool) or not isinstance(group, int) or group < 0:
        raise InputError(f"A layer group is given by its number, from 0 on, not {group!r}.")
    return {"group": group}


def _panel(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": str(values.get("name")), "on": bool(values.get("on"))}


COMMANDS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "pause": _nothing,
    "resume": _nothing,
    "stop": _nothing,
    "stop_after_epoch": _nothing,
    "one_more_epoch": _nothing,
    "lr_factor": _factor,
    "freeze": _group,
    "unfreeze": _group,
    "checkpoint": _nothing,
    "restore_best": _nothing,
    "evaluate": _nothing,
    "panel": _panel,
}
"""Every command, with what checks its values. ``stop_after_epoch`` twice takes it back."""


def command(name: str, values: Mapping[str, Any] | None = None, by: By = "code") -> Command:
    """Make a command, or say what is wrong with it.

    Raises
    ------
    InputError
        There is no such command, or its values are not what it needs.
    """
    check = COMMANDS.get(name)
    if check is None:
        raise InputError(f"There is no command {name!r}. There are: {', '.join(COMMANDS)}.")
    return Command(name, check(values or {}), by)
