"""Fine-tuning MiniLM for classification: ``tfw.learner`` beside transformers' ``Trainer``.

Rounds of all three in turn, in an order that changes; every round has a seed of its own, in which
all start from equal weights. What is timed is one epoch, as ``benchmarks.training_peer`` says.

``TFWIDGETS_BENCH_QUICK=1`` takes few rows and rounds: to see that it runs, not to measure.
"""

from __future__ import annotations

import gc
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import torch

import tfwidgets as tfw
from benchmarks import training_memory, training_peer
from benchmarks.table import Row, show
from benchmarks.timing import interleaved, spread
from benchmarks.training_data import drawn, reviews
from benchmarks.training_peer import GROUPED, MODEL, NAMES, OURS, PEERS, RANDOM
from tfwidgets.train.data.loader import bucketed

QUICK = os.environ.get("TFWIDGETS_BENCH_QUICK") == "1"


@dataclass(frozen=True)
class Setting:
    """Texts, how many of them, and how many rounds."""

    name: str
    source: str
    max_length: int
    rows: int
    valid_rows: int
    rounds: int
    prepared_rows: int
    limits: dict[str, float]

    def quick(self) -> Setting:
        """Return the same with few rows."""
        return replace(self, rows=32, valid_rows=16, rounds=2, prepared_rows=200)


SETTINGS = (
    Setting(
        "sentences of reviews",
        "rotten_tomatoes",
        max_length=128,
        rows=640,
        valid_rows=512,
        rounds=5,
        prepared_rows=8_000,
        limits={GROUPED: 1.0, RANDOM: 0.75},
    ),
    # Most of these fill their 256 tokens: there is little padding to be saved.
    Setting(
        "whole reviews, cut at 256 tokens",
        "imdb",
        max_length=256,
        rows=160,
        valid_rows=256,
        rounds=3,
        prepared_rows=2_000,
        limits={GROUPED: 1.0},
    ),
)


@dataclass
class Measured:
    """What one of the three took in each round (seconds), and its validation loss after it."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)


def main() -> None:
    print(
        f"MiniLM, batches of {training_peer.BATCH_SIZE}, {torch.get_num_threads()} threads. "
        f"Load of the machine: {os.getloadavg()[0]:.1f}. Ratios are ours to the peer's, "
        "per round: median [range]"
    )
    if QUICK:
        print("Few rows and rounds: figures that mean nothing.")
    for setting in SETTINGS:
        _measure(setting.quick() if QUICK else setting)


def _measure(setting: Setting) -> None:
    table = reviews(setting.source)
    training, valid = drawn(table, setting.rows, setting.valid_rows, seed=0)
    print(f"\n{setting.name}: {_described(training, setting.max_length)}, {setting.rounds} rounds")
    # Each at once: the whole takes minutes.
    show(list(_epochs(setting, training, valid)))
    show(list(_preparation(setting, table.sample(setting.prepared_rows, random_state=0))))
    show(list(_memory(setting, training)))


def _described(rows: pd.DataFrame, max_length: int) -> str:
    """Say how long rows are, and how much of the batches is padding."""
    tokenizer = tfw.load(MODEL, progress=False).tokenizer
    ids = tokenizer(rows["text"].tolist(), truncation=True, max_length=max_length)["input_ids"]
    lengths = np.array([len(row) for row in ids])
    chance = random.Random(0)  # noqa: S311 - no secret
    by_length = bucketed(lengths, training_peer.BATCH_SIZE, chance)
    return (
        f"{len(rows)} rows of {lengths.min()} to {lengths.max()} tokens "
        f"(median {np.median(lengths):.0f}); padding: {_padding(lengths):.0%} of random batches, "
        f"{_padding(lengths[by_length]):.0%} of ours"
    )


def _padding(lengths: np.ndarray) -> float:
    size = training_peer.BATCH_SIZE
    batches = [lengths[start : start + size] for start in range(0, len(lengths), size)]
    return 1 - lengths.sum() / sum(batch.max() * len(batch) for batch in batches)


# -- one epoch ---------------------------------------------------------------------------------


def _epochs(setting: Setting, training: pd.DataFrame, valid: pd.DataFrame) -> Iterator[Row]:
    measured = _rounds(setting, training, valid)
    mine = measured[OURS]
    for peer in PEERS:
        theirs, limit = measured[peer], setting.limits.get(peer)
        for what, ours, others in (
            ("wall", mine.wall, theirs.wall),
            ("CPU", mine.cpu, theirs.cpu),
        ):
            ratios = [a / b for a, b in zip(ours, others, strict=True)]
            yield Row(
                f"an epoch, {what}; peer: {peer}",
                spread(ours, " s"),
                spread(others, " s"),
                spread(ratios),
                f"{limit:.2f}" if limit else "",
                statistics.median(ratios) <= limit if limit else None,
            )
    for peer in PEERS:
        theirs = measured[peer]
        yield Row(
            f"loss after it ({len(mine.loss)} seeds); peer: {peer}",
            _mean(mine.loss),
            _mean(theirs.loss),
            f"difference {statistics.mean(mine.loss) - statistics.mean(theirs.loss):+.4f}",
            "2 standard errors",
            _not_worse(mine.loss, theirs.loss),
        )


def _rounds(setting: Setting, training: pd.DataFrame, valid: pd.DataFrame) -> dict[str, Measured]:
    measured = {name: Measured() for name in NAMES}
    tokenizer = tfw.load(MODEL, progress=False).tokenizer
    first = training.iloc[: 4 * training_peer.BATCH_SIZE]
    for name in NAMES:  # once before, unmeasured, on a few rows
        training_peer.prepare(name, first, valid, setting.max_length, 0).fit()
    for round_ in range(setting.rounds):
        # Another one first each time: what stands behind a slow neighbour is not always the same.
        for name in (*NAMES[round_ % 3 :], *NAMES[: round_ % 3]):
            run = training_peer.prepare(name, training, valid, setting.max_length, round_)
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            run.fit()
            found = measured[name]
            found.wall.append(time.perf_counter() - wall)
            found.cpu.append(time.process_time() - cpu)
            found.loss.append(
                training_peer.loss_on(run.model, tokenizer, valid, setting.max_length)
            )
    return measured


def _mean(values: list[float]) -> str:
    return f"{statistics.mean(values):.4f} (sd {statistics.stdev(values):.4f})"


def _not_worse(ours: list[float], others: list[float]) -> bool:
    """Say whether our mean is at most two standard errors of the difference above theirs."""
    error = np.sqrt(
        statistics.variance(ours) / len(ours) + statistics.variance(others) / len(others)
    )
    return statistics.mean(ours) - statistics.mean(others) <= 2 * error


# -- before it ---------------------------------------------------------------------------------


def _preparation(setting: Setting, rows: pd.DataFrame) -> Iterator[Row]:
    """From a frame to encoded rows: all that ours checks is in its time."""
    from tfwidgets.train.dataloaders import TransformerDataLoaders

    loaded = tfw.load(MODEL, progress=False)
    ready, rest = rows, rows.iloc[:2]
    vocab = sorted(rows["label"].unique())

    def ours() -> object:
        return TransformerDataLoaders.from_frame(
            ready,
            loaded.tokenizer,
            text="text",
            label="label",
            valid=rest,
            max_length=setting.max_length,
        )

    def theirs() -> object:
        return training_peer.encode_with_datasets(
            ready, loaded.tokenizer, vocab, setting.max_length
        )

    candidates: dict[str, Callable[[], object]] = {"ours": ours, "map": theirs}
    seconds = interleaved(candidates, 5)
    rates = {name: [len(rows) / value for value in values] for name, values in seconds.items()}
    ratios = [a / b for a, b in zip(rates["ours"], rates["map"], strict=True)]
    yield Row(
        f"rows prepared per second, of {len(rows)}; peer: datasets.map",
        f"{statistics.median(rates['ours']):.0f}",
        f"{statistics.median(rates['map']):.0f}",
        spread(ratios),
    )


# -- memory ------------------------------------------------------------------------------------


def _memory(setting: Setting, training: pd.DataFrame) -> Iterator[Row]:
    rows = training.iloc[:128]
    sizes = training_memory.measure(NAMES, rows, setting.max_length, 1 if QUICK else 3)
    ours, *others = sizes
    for peer, theirs in zip(NAMES[1:], others, strict=True):
        yield Row(
            f"memory at most, over that after imports; peer: {peer}",
            f"{ours / 1e6:,.0f} MB",
            f"{theirs / 1e6:,.0f} MB",
            f"{ours / theirs:.2f}",
        )
