"""How fast a training goes, how long it still takes, and how long the device waits for data."""

from __future__ import annotations

from collections import deque
from time import perf_counter
from typing import Any, NamedTuple

SECONDS = 5.0
"""Rates are means over so long."""

_GUESS = 1 / 3
"""A forward pass takes about a third of a forward and a backward pass: before any is measured."""


class _Mark(NamedTuple):
    """Sums since the beginning."""

    seconds: float
    training: float
    waited: float
    batches: int
    samples: int
    places: int


class Pace:
    """Sums up batches, and says at what rates they came lately. Pauses do not count."""

    def __init__(self) -> None:
        self._begun = self._left = perf_counter()
        self._away = self._training = self._waited = 0.0
        self._batches = self._samples = self._places = 0
        self._marks: deque[_Mark] = deque()
        self._validating: float | None = None
        self._validation: float | None = None

    def between(self) -> None:
        """Forget how long ago the last batch was: what was between is no waiting for data."""
        self._left = perf_counter()

    def arrives(self) -> None:
        """Note that a batch to train on has arrived."""
        now = perf_counter()
        self._waited += now - self._left
        self._training += now - self._left
        self._left = now

    def leaves(self, samples: int, places: int) -> None:
        """Note that it was trained on; ``places`` are its tokens with padding."""
        now = perf_counter()
        self._training += now - self._left
        self._left = now
        self._batches += 1
        self._samples += samples
        self._places += places

    def away(self, seconds: float) -> None:
        """So long nothing was done: a pause."""
        self._away += seconds
        self.between()

    def validates(self, begins: bool) -> None:
        """Note that a validation begins, or ends."""
        now = perf_counter() - self._away
        if begins:
            self._validating = now
        elif self._validating is not None:
            self._validation, self._validating = now - self._validating, None
        self.between()

    def rates(self, padding: float | None) -> dict[str, float | None]:
        """Return ``samples_per_second``, ``tokens_per_second`` and ``waiting`` of late."""
        mark = _Mark(
            perf_counter() - self._begun - self._away,
            self._training,
            self._waited,
            self._batches,
            self._samples,
            self._places,
        )
        marks = self._marks
        if not marks or mark.batches > marks[-1].batches:
            marks.append(mark)
        while len(marks) > 2 and mark.seconds - marks[1].seconds > SECONDS:
            marks.popleft()
        first = marks[0] if len(marks) > 1 else _Mark(0.0, 0.0, 0.0, 0, 0, 0)
        seconds = marks[-1].training - first.training
        if seconds <= 0:
            return {"samples_per_second": None, "tokens_per_second": None, "waiting": None}
        places = marks[-1].places - first.places
        return {
            "samples_per_second": (marks[-1].samples - first.samples) / seconds,
            "tokens_per_second": places * (1 - (padding or 0.0)) / seconds if places else None,
            "waiting": (marks[-1].waited - first.waited) / seconds,
        }

    def left(self, batches: int, validations: int, size: int) -> float | None:
        """Return how many seconds remain.

        Parameters
        ----------
        batches
            To train on.
        validations, size
            How many are still to come, one that runs included, and the batches of each.
        """
        if len(self._marks) > 1:
            first, last = self._marks[0], self._marks[-1]
        elif self._batches:
            first, last = _Mark(0.0, 0.0, 0.0, 0, 0, 0), self._marks[-1]
        else:
            return None
        each = (last.training - first.training) / max(last.batches - first.batches, 1)
        validation = self._validation if self._validation is not None else each * size * _GUESS
        seconds = batches * each + validations * validation
        if self._validating is not None:
            seconds -= min(perf_counter() - self._away - self._validating, validation)
        return max(seconds, 0.0)


def rows_of(batch: Any) -> int:
    """Return how many rows a batch has: of its targets, or its inputs."""
    first = batch[0] if batch else ()
    if isinstance(first, dict):
        first = next(iter(first.values()), ())
    try:
        return len(first)
    except TypeError:
        return 0
