"""From the head down: layers are unfrozen one after the other while a fit runs."""

from __future__ import annotations

from typing import Any

from fastai.callback.core import Callback

from tfwidgets.errors import InputError


class GradualUnfreezing(Callback):  # type: ignore[misc]
    """Trains the last layer group first, and unfreezes further ones epoch by epoch.

    For one fit: ``learn.fit_one_cycle(4, slice(1e-6, 1e-4), cbs=GradualUnfreezing())``. The
    learner is afterwards as unfrozen as it then was.

    Parameters
    ----------
    every
        Epochs between two steps.
    groups
        Layer groups that a step unfreezes (``layer_groups_table`` shows them).
    start
        Layer groups that train from the first epoch on.

    Notes
    -----
    Howard and Ruder, "Universal Language Model Fine-tuning for Text Classification", 2018,
    section 3.3. The state of the optimizer for what trains already is kept.
    """

    order = 0
    run_valid = False

    def __init__(self, every: int = 1, groups: int = 1, start: int = 1) -> None:
        for name, value in (("every", every), ("groups", groups), ("start", start)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InputError(f"{name} must be a whole number from 1 on, not {value!r}.")
        self.every, self.groups, self.start = every, groups, start

    def before_train(self) -> None:
        """Freeze all but the groups whose turn has come."""
        opt: Any = self.learn.opt
        count = len(opt.param_lists)
        training = self.start + self.groups * (self.epoch // self.every)
        opt.freeze_to(max(count - training, 0))
