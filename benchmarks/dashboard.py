"""The training dashboard in a real kernel with a client attached, beside its peers.

What a batch costs, messages, CPU beside livelossplot, how soon a press has its effect, the saved
notebook, and a run of a million steps from the store.

``TFWIDGETS_BENCH_QUICK=1`` takes few rounds and steps: to see that it runs, not to measure.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import dashboard_costs, dashboard_presses, dashboard_size, dashboard_store
from benchmarks.dashboard_page import Page
from benchmarks.dashboard_settings import (
    COST_BATCHES,
    COST_ROUNDS,
    LENGTHS,
    MOST_BYTES,
    MOST_OPENING,
    OPENINGS,
    PRESSED_SECONDS,
    PRESSES,
    QUICK,
    REST_BATCHES,
    REST_EPOCHS,
    REST_ROUNDS,
    REST_SECONDS,
    STORED,
)
from benchmarks.table import Row, seconds, show, size
from benchmarks.timing import spread


def main() -> None:
    print(
        f"Load of the machine: {os.getloadavg()[0]:.1f}. Median [range]; "
        "what is added: to the same round without any."
    )
    if QUICK:
        print("Few rounds and steps: figures that mean little.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Page(folder / "trainings") as page:
            page.run(dashboard_costs.SETUP)
            print(f"\na linear model, {COST_ROUNDS} rounds of {COST_BATCHES} batches")
            show(list(dashboard_costs.batches(page)))
            print(
                f"{REST_EPOCHS} epochs of {REST_BATCHES} steps that rest for {REST_SECONDS} s, "
                f"{REST_ROUNDS} rounds"
            )
            show(list(dashboard_costs.steps(page)))
            print(f"{PRESSES} presses while batches of {PRESSED_SECONDS} s are trained")
            show(list(dashboard_presses.presses(page)))
        print("what a shown training adds to the saved notebook")
        show(list(_sizes(folder / "sizes")))
        print(f"a run of {STORED:,} steps from the store, {OPENINGS} kernels")
        show(list(_stored(folder / "stored")))


def _sizes(folder: Path) -> Iterator[Row]:
    flushes: list[float] = []
    with Page(folder) as page:
        page.run(dashboard_size.SETUP)
        for steps in LENGTHS:
            grown, flushes = dashboard_size.in_lab(page, steps)
            yield _grown(f"{steps:,} steps, by JupyterLab", grown)
    for steps in LENGTHS:
        outputs, both = dashboard_size.in_nbclient(folder, steps)
        yield _grown(f"{steps:,} steps, by nbclient, outputs", outputs)
        yield _grown(f"{steps:,} steps, by nbclient, with widgets' states", both)
    yield Row(
        f"a flush at {LENGTHS[-1]:,} steps: median, most",
        f"{seconds(statistics.median(flushes))}, {seconds(max(flushes))}",
    )


def _grown(what: str, grown: int) -> Row:
    return Row(what, size(grown), limit=size(MOST_BYTES), holds=grown <= MOST_BYTES)


def _stored(folder: Path) -> Iterator[Row]:
    with Page(folder) as page:
        dashboard_store.fill(page, STORED)
    cold, warm = [], []
    for _ in range(OPENINGS):
        cold.append(dashboard_store.open_again(folder, warm=False))
        warm.append(dashboard_store.open_again(folder, warm=True))
    whole = [1e3 * one.whole for one in warm]
    yield Row(
        "tfw.runs()[0] to the view's answer, after imports (ms)",
        spread(whole),
        limit=seconds(MOST_OPENING),
        holds=statistics.median(whole) <= 1e3 * MOST_OPENING,
    )
    yield Row("of these: reading it (ms)", spread([1e3 * one.read for one in warm]))
    yield Row("of these: making its view (ms)", spread([1e3 * one.shown for one in warm]))
    yield Row("the view's answer", size(warm[0].bytes))
    yield Row(
        "the same, first in a new kernel, with imports (ms)",
        spread([1e3 * one.whole for one in cold]),
    )
    with Page(folder) as page:
        dashboard_store.opened(page)
        times, most = dashboard_store.zooms(page, STORED)
    yield Row(
        f"{len(times)} zooms: median, most",
        f"{seconds(statistics.median(times))}, {seconds(max(times))}",
    )
    yield Row("most bytes of a zoom", size(most))
