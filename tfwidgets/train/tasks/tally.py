"""Several metrics of one kind: predictions are kept once, and counted together."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from fastai.learner import Metric


class Tally(ABC):
    """What several metrics are counted from, at the end of a pass.

    fastai asks each metric for itself; who asks first has the batch taken, who asks for a value
    first has all of them counted.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all batches."""
        self.entries: dict[int, Any] = {}
        self._last: Any = None
        self._values: dict[str, float] | None = None
        self._is_whole = False

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what was predicted: an exported learner holds no rows."""
        return {**self.__dict__, "entries": {}, "_last": None}

    def take(self, learn: Any) -> None:
        """Keep what is needed of the learner's batch, once."""
        if learn.pred is self._last:
            return
        self._last, self._values, self._is_whole = learn.pred, None, False
        self.entries |= self.read(learn)

    def merge(self, gather: Callable[[Any], list[Any]]) -> None:
        """Take what all processes have kept, once.

        Parameters
        ----------
        gather
            Returns what each process passes to it.
        """
        if self._is_whole:
            return
        self._is_whole, self._values = True, None
        # Rows that came twice, so that all processes have as many, count once.
        self.entries = {k: entry for part in gather(self.entries) for k, entry in part.items()}

    def values(self) -> dict[str, float]:
        """Return all metrics by name; nothing where no batch was taken."""
        self._last = None
        if self._values is None:
            self._values = self.count(self.entries) if self.entries else {}
            self.entries = {}
        return self._values

    @abstractmethod
    def read(self, learn: Any) -> dict[int, Any]:
        """Return what is kept of the learner's batch, by each row's number in the dataset."""

    @abstractmethod
    def count(self, entries: dict[int, Any]) -> dict[str, float]:
        """Return all metrics by name."""


class TallyMetric(Metric):  # type: ignore[misc]
    """One of the metrics of a tally."""

    def __init__(self, tally: Tally, name: str) -> None:
        self.tally = tally
        self._name = name

    def reset(self) -> None:
        """Forget all batches."""
        self.tally.reset()

    def accumulate(self, learn: Any) -> None:
        """Take the batch."""
        self.tally.take(learn)

    def merge(self, gather: Callable[[Any], list[Any]]) -> None:
        """Take the batches of all processes."""
        self.tally.merge(gather)

    @property
    def value(self) -> float | None:
        """The metric over all batches."""
        return self.tally.values().get(self._name)

    @property
    def name(self) -> str:
        """Its name."""
        return self._name


def metrics_of(tally: Tally, names: Sequence[str]) -> list[TallyMetric]:
    """Return fastai metrics of these names, which share a tally."""
    return [TallyMetric(tally, name) for name in names]
