"""Fair timing: rounds of all candidates in turn, so that a noisy moment hits each of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def interleaved(
    candidates: dict[str, Callable[[], object]],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Return seconds per round for each candidate; each was run once before, unmeasured."""
    for candidate in candidates.values():
        candidate()
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, candidate in candidates.items():
            started = clock()
            candidate()
            seconds[name].append(clock() - started)
    return seconds


def spread(values: list[float], unit: str = "") -> str:
    """Write a median with its range."""
    middle = statistics.median(values)
    return f"{middle:.2f} [{min(values):.2f} to {max(values):.2f}]{unit}"
