"""Random states of a process: kept, and put back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch


@contextmanager
def chance_kept() -> Iterator[None]:
    """Leave the random numbers that the training will draw as they are."""
    states = RandomStates.now()
    try:
        yield
    finally:
        states.put_back()


@dataclass
class RandomStates:
    """Python's, NumPy's and PyTorch's random states, and those of data loaders."""

    python: Any
    numpy: Any
    torch: torch.Tensor
    cuda: list[torch.Tensor]
    mps: torch.Tensor | None
    loaders: list[LoaderStates]

    @classmethod
    def now(cls, *loaders: Any) -> RandomStates:
        """Keep the states as they are."""
        return cls(
            random.getstate(),
            np.random.get_state(),
            torch.get_rng_state(),
            torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else [],
            torch.mps.get_rng_state() if torch.backends.mps.is_available() else None,
            [LoaderStates.now(loader) for loader in loaders],
        )

    def put_back(self, *loaders: Any) -> None:
        """Go on drawing from where it was; ``loaders`` are those of ``now``."""
        random.setstate(self.python)
        np.random.set_state(self.numpy)
        torch.set_rng_state(self.torch)
        if self.cuda:
            torch.cuda.set_rng_state_all(self.cuda)
        if self.mps is not None:
            torch.mps.set_rng_state(self.mps)
        for loader, states in zip(loaders, self.loaders, strict=True):
            states.put_back(loader)


@dataclass
class LoaderStates:
    """What a data loader draws from: fastai's ``rng``, PyTorch's generators."""

    rng: random.Random | None
    rng_state: Any
    generators: list[tuple[torch.Generator, torch.Tensor]]

    @classmethod
    def now(cls, loader: Any) -> LoaderStates:
        """Keep the states as they are."""
        rng = _own(loader, "rng")
        rng = rng if isinstance(rng, random.Random) else None
        # Not only the object: where two loaders are one, both draw from it.
        state = None if rng is None else rng.getstate()
        return cls(rng, state, [(one, one.get_state()) for one in _generators(loader)])

    def put_back(self, loader: Any) -> None:
        """Go on drawing from where it was."""
        if self.rng is not None:
            self.rng.setstate(self.rng_state)
            loader.rng = self.rng
        for generator, state in self.generators:
            generator.set_state(state)


def _generators(loader: Any) -> list[torch.Generator]:
    batches = _own(loader, "batch_sampler")
    holders = (loader, _own(loader, "sampler"), batches, _own(batches, "sampler"))
    found = (_own(holder, "generator") for holder in holders)
    return list({id(one): one for one in found if isinstance(one, torch.Generator)}.values())


def _own(thing: Any, name: str) -> Any:
    """Return an attribute of its own: fastai's loaders ask their data set for all others."""
    return getattr(thing, "__dict__", {}).get(name)
