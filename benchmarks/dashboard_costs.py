"""What the dashboard costs a training: time of each batch, CPU time of each step, messages."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchmarks import dashboard_size
from benchmarks.dashboard_page import Page
from benchmarks.dashboard_settings import (
    BAR,
    COST_BATCHES,
    COST_ROUNDS,
    LEAST_RATIO,
    MOST_ADDED,
    MOST_MESSAGES,
    NONE,
    NOT_KEPT,
    OFTEN,
    OURS,
    PER_EPOCH,
    REST_BATCHES,
    REST_EPOCHS,
    REST_ROUNDS,
    REST_SECONDS,
    in_turn,
)
from benchmarks.dashboard_traffic import Cell
from benchmarks.table import Row, size
from benchmarks.timing import spread

SETUP = "from benchmarks import dashboard_trainings"


def batches(page: Page) -> Iterator[Row]:
    """Train a linear model, whose batches take as long as fastai needs for any."""
    names = [NONE, BAR, OURS, NOT_KEPT]
    batch: dict[str, list[list[float]]] = {name: [] for name in names}
    rest: dict[str, list[float]] = {name: [] for name in names}
    for name in names:  # once before, unmeasured
        page.run(f"dashboard_trainings.one_epoch({name!r}, 100)")
    for round_ in range(COST_ROUNDS):
        for name in in_turn(names, round_):
            cell = page.run(f"value = dashboard_trainings.one_epoch({name!r}, {COST_BATCHES})")
            batch[name].append(cell.value["batch"])
            rest[name].append(1e3 * cell.value["rest"][0])
    bare = [1e6 * wall for wall, *_ in batch[NONE]]
    print(f"without any: {spread(bare)} us; what is added to it (us):")
    for clock, what in enumerate(("wall", "CPU of its thread", "CPU of the process")):
        added = {
            name: [
                1e6 * (with_[clock] - without[clock])
                for with_, without in zip(batch[name], batch[NONE], strict=True)
            ]
            for name in names[1:]
        }
        ours, bar = (statistics.median(added[name]) for name in (OURS, BAR))
        yield Row(
            f"a batch, {what}; peer: {BAR}",
            spread(added[OURS]),
            spread(added[BAR]),
            f"{ours / bar:.2f}",
            f"{MOST_ADDED} us, below the bar",
            ours <= MOST_ADDED and ours < bar,
        )
        yield Row(f"the same, {NOT_KEPT}", spread(added[NOT_KEPT]))
    yield Row("all but the batches, once (ms)", spread(rest[OURS]), spread(rest[BAR]))
    yield Row("the same without any (ms)", spread(rest[NONE]))


def steps(page: Page) -> Iterator[Row]:
    """Train with a rest in each step, as where a device computes; CPU time of ours and peers."""
    for name in (OURS, BAR, OFTEN, PER_EPOCH):  # once before: imports, fonts
        page.run(_resting(name, 1, 20))
    found: dict[str, list[Cell]] = {name: [] for name in (NONE, OURS, BAR, OFTEN, PER_EPOCH)}
    for round_ in range(REST_ROUNDS):
        # livelossplot takes long, and its cost is far above the noise.
        names = [NONE, OURS, BAR] if round_ % 2 else list(found)
        for name in in_turn(names, round_):
            found[name].append(page.run(_resting(name, REST_EPOCHS, REST_BATCHES)))
    cpu = {name: [cell.value["cpu"] for cell in cells] for name, cells in found.items()}
    print(f"CPU time without any: {spread(cpu[NONE])} s; what is added to it:")
    bare, count = statistics.median(cpu[NONE]), REST_EPOCHS * REST_BATCHES
    added = {name: [1e3 * (all_ - bare) / count for all_ in each] for name, each in cpu.items()}
    for peer, limit in ((OFTEN, LEAST_RATIO), (PER_EPOCH, None), (BAR, None)):
        ratio = statistics.median(added[peer]) / statistics.median(added[OURS])
        yield Row(
            f"CPU of a step (ms); peer: {peer}",
            spread(added[OURS]),
            spread(added[peer]),
            f"{ratio:.1f} times ours",
            f"{limit} times" if limit else "",
            ratio >= limit if limit else None,
        )
    yield from _messages(found)


def _resting(name: str, epochs: int, batches: int) -> str:
    what = f"{name!r}, {epochs}, {batches}, {REST_SECONDS}"
    return f"value = dashboard_trainings.resting({what})"


def _messages(found: dict[str, list[Cell]]) -> Iterator[Row]:
    rates = [cell.counts()["comm_msg delta"] / cell.value["wall"] for cell in found[OURS]]
    most = max(cell.most_in_a_second("comm_msg delta") for cell in found[OURS])
    for what, said, holds in (
        ("messages a second while it trains", spread(rates), max(rates) <= MOST_MESSAGES),
        ("most in any second", str(most), most <= MOST_MESSAGES),
    ):
        yield Row(what, said, limit=str(MOST_MESSAGES), holds=holds)
    mine = found[OURS][0]
    deltas = [message.bytes for message in mine.messages if message.kind == "comm_msg delta"]
    yield Row("sent while it trains", size(sum(deltas)))
    for peer in (BAR, OFTEN, PER_EPOCH):
        theirs = found[peer][0]
        yield Row(
            f"sent in all; peer: {peer}",
            f"{len(mine.messages)} messages, {size(mine.bytes)}",
            f"{len(theirs.messages)} messages, {size(theirs.bytes)}",
            f"{mine.bytes / theirs.bytes:.2f}",
        )
        yield Row(
            f"outputs in the notebook; peer: {peer}",
            size(dashboard_size.size(mine.outputs)),
            size(dashboard_size.size(theirs.outputs)),
        )
