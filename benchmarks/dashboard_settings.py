"""How much is measured, what shows a training, and what was promised."""

from __future__ import annotations

import os

QUICK = os.environ.get("TFWIDGETS_BENCH_QUICK") == "1"

NONE, BAR = "none", "fastai's bar"
OURS, NOT_KEPT = "dashboard", "dashboard, not stored"
OFTEN, PER_EPOCH = "livelossplot, every 20 steps", "livelossplot, every epoch"

# Many short rounds: what slows the machine down for a while then hits all alike.
COST_ROUNDS, COST_BATCHES = (5, 200) if QUICK else (30, 400)
REST_ROUNDS, REST_EPOCHS, REST_BATCHES = (1, 2, 100) if QUICK else (5, 10, 200)
REST_SECONDS = 0.003
PRESSES = 10 if QUICK else 40
PRESSED_SECONDS = 0.05
LENGTHS = (1000, 100_000) if QUICK else (1000, 100_000, 1_000_000)
STORED = 100_000 if QUICK else 1_000_000
OPENINGS = 1 if QUICK else 3

MOST_ADDED = 100  # microseconds a batch
MOST_MESSAGES = 5  # a second
LEAST_RATIO = 50  # livelossplot's CPU time to ours
MOST_BYTES = 100_000
MOST_OPENING = 1.0  # seconds
MOST_LATE = PRESSED_SECONDS + 0.3


def in_turn(names: list[str], round_: int) -> list[str]:
    """Return names, another one first each round: what comes after a slow neighbour is slower."""
    cut = round_ % len(names)
    return names[cut:] + names[:cut]
