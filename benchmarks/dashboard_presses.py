"""How soon a press of a button has its effect on a training that runs."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator

from benchmarks.dashboard_page import Page
from benchmarks.dashboard_settings import MOST_LATE, PRESSED_SECONDS, PRESSES
from benchmarks.table import Row, seconds


def presses(page: Page) -> Iterator[Row]:
    """Press with a subshell, as JupyterLab does, and without, as front ends that know none."""
    for subshell in (True, False):
        if subshell and page.subshell is None:
            continue
        late = _late(page, subshell)
        name = "a subshell" if subshell else "no subshell"
        for what, value in (("median", statistics.median(late)), ("most", max(late))):
            yield Row(
                f"press to effect, {name}: {what}",
                seconds(value),
                limit=seconds(MOST_LATE),
                holds=value <= MOST_LATE,
            )


def _late(page: Page, subshell: bool) -> list[float]:
    """Set the learning rate's factor again and again; return the seconds until each held."""
    chance = random.Random(0)  # noqa: S311 - no secret
    number = page.views
    sent: dict[float, float] = {}

    def press() -> None:
        comm = page.shown(number)
        page.wait_for("comm_msg delta", 3)
        for k in range(PRESSES):
            factor = 2 + k / 1000
            sent[factor] = page.tell(
                comm,
                subshell=subshell,
                type="command",
                command="lr_factor",
                values={"value": factor},
            )
            # Far enough apart that none is overtaken by the next, and at any time of a batch.
            time.sleep(MOST_LATE + chance.uniform(0, PRESSED_SECONDS))
        page.tell(comm, subshell=subshell, type="command", command="stop")

    steps = int(2 * PRESSES * MOST_LATE / PRESSED_SECONDS) + 200
    cell = page.run(
        f"value = dashboard_trainings.steered({steps}, {PRESSED_SECONDS})", meanwhile=press
    )
    held = {factor: at for at, factor in cell.value}
    missed = [factor for factor in sent if factor not in held]
    assert not missed, f"{len(missed)} presses had no effect"
    return [held[factor] - at for factor, at in sent.items()]
