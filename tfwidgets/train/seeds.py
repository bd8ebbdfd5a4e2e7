"""The same seed trains the same model."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch
from fastai.callback.core import Callback
from fastai.callback.schedule import LRFinder

from tfwidgets.dashboard.randomness import RandomStates
from tfwidgets.errors import InputError


class Seeded(Callback):  # type: ignore[misc]
    """Each fit draws the same random numbers, whatever was drawn before it.

    Dropout, the order of rows and random masks come from the seed and from how many fits there
    were, so that a second fit of a learner does not repeat the numbers of its first. Python's,
    NumPy's and PyTorch's random states are afterwards what the caller left. ``lr_find`` is not
    counted: what follows is the same with and without it.

    Parameters
    ----------
    seed
        Any whole number from 0 on.

    Notes
    -----
    Two runs are equal bit for bit on one CPU with the same number of threads. GPUs add numbers
    in changing order (PyTorch's notes on reproducibility tell how to forbid that).
    """

    order = -1000  # before everything that could draw

    def __init__(self, seed: int) -> None:
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
            raise InputError(f"seed must be a whole number from 0 on, not {seed!r}.")
        self.seed = int(seed)
        self.fits = 0
        self._before: RandomStates | None = None
        self._looking: RandomStates | None = None

    def before_fit(self) -> None:
        """Keep the caller's random states, and seed."""
        loader = self.learn.dls.train
        if self._only_looks:
            self._looking = RandomStates.now(loader)
            return
        self._before = RandomStates.now(loader)
        seed_all([self.seed, self.fits, process_rank()], loader)

    def after_fit(self) -> None:
        """Put the caller's random states back."""
        loader = self.learn.dls.train
        if self._only_looks:
            if self._looking is not None:
                self._looking.put_back(loader)
            self._looking = None
        elif self._before is not None:
            self._before.put_back(loader)
            self._before = None
            if not any(isinstance(cb, LRFinder) for cb in self.learn.cbs):
                self.fits += 1

    @property
    def _only_looks(self) -> bool:
        """Whether this is a validation or a prediction, perhaps in the middle of a fit."""
        return bool(self.learn.lock.locked())


def seed_all(entropy: list[int], loader: Any = None) -> None:
    """Seed Python's, NumPy's and PyTorch's random numbers, and those of a data loader."""
    # Seeds that are neighbours would give streams that look alike.
    seeds = np.random.SeedSequence(entropy).generate_state(4)
    random.seed(int(seeds[0]))
    np.random.seed(int(seeds[1]))
    torch.manual_seed(int(seeds[2]))
    if hasattr(loader, "rng"):
        loader.rng = random.Random(int(seeds[3]))  # noqa: S311


def process_rank() -> int:
    """Return which of several processes that train together this one is."""
    together = torch.distributed.is_available() and torch.distributed.is_initialized()
    return torch.distributed.get_rank() if together else 0
