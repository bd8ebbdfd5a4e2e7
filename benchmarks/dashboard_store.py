"""A training of a million steps, opened from the store by a kernel that has just begun."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.dashboard_page import Page

DRAWN = ["loss", "smooth_loss", "lr", "momentum"]
ZOOMS = 40

_FILL = "from benchmarks import dashboard_steps; dashboard_steps.stored({steps})"
_OPEN = """
import time
begun = time.perf_counter()
import tfwidgets as tfw
imported = time.perf_counter()
run = tfw.runs()[0]
read = time.perf_counter()
run.show()
shown = time.perf_counter()
value = [begun, imported, read, shown]
"""
# A small run has all modules imported and all files read that any run needs.
_WARM = """
import os
import tfwidgets as tfw
from benchmarks import dashboard_steps
from tfwidgets.config import settings
place = settings().run_store_path
settings().run_store = str(place) + "-small"
dashboard_steps.stored(100)
tfw.runs()[0].show()
settings().run_store = str(place)
"""


@dataclass(frozen=True)
class Opened:
    """Seconds from the cell's beginning to the page's answer, and of parts of it; bytes."""

    whole: float
    read: float
    shown: float
    bytes: int


def fill(page: Page, steps: int) -> None:
    """Put the long run into the page's store."""
    page.run(_FILL.format(steps=steps))


def opened(page: Page) -> Opened:
    """Open the run, as somebody does who comes back after a restart."""
    cell = page.run(_OPEN)
    comm = page.shown(page.views - 1)
    at, size = page.answer(f"{comm}-open")
    begun, imported, read, shown = cell.value
    return Opened(at - begun, read - imported, shown - read, size)


def warmed(page: Page) -> None:
    """Have the kernel import all that opening needs."""
    page.run(_WARM)
    page.answer(f"{page.shown(0)}-open")


def zooms(page: Page, steps: int) -> tuple[list[float], int]:
    """Zoom to parts of all sizes; return seconds from question to answer, and most bytes."""
    chance = random.Random(0)  # noqa: S311 - no secret
    comm = page.shown(page.views - 1)
    seconds, most = [], 0
    for number in range(ZOOMS):
        width = steps * 10 ** (-4 * number / ZOOMS)
        first = chance.uniform(1, max(steps - width, 1))
        asked, answered, size = page.ask(
            comm, type="window", names=DRAWN, first=int(first), last=int(first + width), bins=1024
        )
        seconds.append(answered - asked)
        most = max(most, size)
        time.sleep(0.05)
    return seconds, most


def open_again(folder: Path, *, warm: bool) -> Opened:
    """Open the run in a new kernel, all imports done before or not."""
    with Page(folder) as page:
        if warm:
            warmed(page)
        return opened(page)
