"""What other tools wrote, put into our words: which tag is which curve, what is an epoch's row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tfwidgets.dashboard.curves import Floats, Steps
from tfwidgets.ui.text import clip, printable

TRAIN = frozenset({"train", "training"})
VALID = frozenset({"eval", "evaluation", "val", "valid", "validation"})
# Trainer measures itself, too: how fast it was is no result of a training.
_SPEED = (
    "runtime",
    "samples_per_second",
    "steps_per_second",
    "jit_compilation_time",
    "model_preparation_time",
    "total_flos",
)
_LONGEST_NAME = 120

Points = list[tuple[int, float]]


@dataclass
class Imported:
    """A training as another tool recorded it.

    Attributes
    ----------
    facts, curves, epochs
        As in ``record.Record``; ``curves`` is name -> (steps, values).
    started
        Seconds since 1970, or None where the file does not say.
    seconds
        How long it took; 0 where the file does not say.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    curves: dict[str, tuple[Steps, Floats]] = field(default_factory=dict)
    epochs: list[dict[str, Any]] = field(default_factory=list)
    started: float | None = None
    seconds: float = 0.0

    @property
    def best(self) -> int | None:
        """Number of the row with the best of the value that is monitored."""
        name = self.facts.get("monitor")
        sign = 1 if self.facts.get("monitor_lower") else -1
        rows = [(k, row["values"].get(name)) for k, row in enumerate(self.epochs)]
        known = [(sign * value, k) for k, value in rows if value is not None and value == value]
        return min(known)[1] if known else None


@dataclass(frozen=True)
class Place:
    """Where in a training a step is: epochs done by then (2.0: two whole ones), and seconds."""

    epoch: float | None = None
    seconds: float = 0.0


def curve_name(tag: str) -> tuple[str | None, bool]:
    """Return our name for a tag and whether it is a result of a validation.

    ``eval/loss``, ``eval_loss``, ``loss/val`` and ``validation/epoch_loss`` are all
    ``valid_loss``. None: it is nothing that a training is judged by.
    """
    words = [word for word in tag.replace("\\", "/").split("/") if word]
    valid = any(word.lower() in VALID for word in words)
    rest = [word for word in words if word.lower() not in VALID | TRAIN] or words
    last = rest[-1]
    for prefix in ("eval_", "val_", "valid_", "validation_"):
        if not valid and last.lower().startswith(prefix):
            valid, last = True, last[len(prefix) :]
    if len(rest) == 1 and last.startswith("epoch_"):
        last = last.removeprefix("epoch_")
    if last.removeprefix("train_").endswith(_SPEED):
        return None, valid
    known = last.lower()
    if len(rest) == 1 and known in ("loss", "train_loss"):
        return "valid_loss" if valid else "loss", valid
    if len(rest) == 1 and known in ("lr", "learning_rate", "grad_norm") and not valid:
        return "grad_norm" if known == "grad_norm" else "lr", False
    name = "/".join([*rest[:-1], last]) if valid else "/".join(words)
    return clip(printable(name), _LONGEST_NAME), valid


def assemble(
    points: Mapping[str, Points],
    place: Callable[[int], Place],
    facts: dict[str, Any],
) -> Imported:
    """Name the curves, sort them by step, and make a row of the values of each validation."""
    made = Imported(facts)
    rows: dict[int, dict[str, float]] = {}
    for tag, values in points.items():
        name, valid = curve_name(tag)
        if name is None or not values:
            continue
        if name in made.curves:  # two tags, one name: the second keeps its own
            name = clip(printable(tag), _LONGEST_NAME)
        x, y = made.curves[name] = _sorted(values)
        if valid:
            for step, value in zip(x.tolist(), y.tolist(), strict=True):
                rows.setdefault(step, {})[name] = value
    before = 0.0
    for number, step in enumerate(sorted(rows)):
        at = place(step)
        # Trainer counts 0.9987 where the last batch of an epoch is left out.
        whole = at.epoch is not None and abs(at.epoch - round(at.epoch)) < 0.01
        epoch = number if at.epoch is None else max(int(np.ceil(at.epoch - 0.01)) - 1, 0)
        made.epochs.append(
            {
                "kind": "epoch" if whole else "evaluation",
                "epoch": epoch,
                "step": step,
                "seconds": max(at.seconds - before, 0.0),
                # The loss first, as in the table of a training of ours.
                "values": dict(sorted(rows[step].items(), key=lambda v: v[0] != "valid_loss")),
            }
        )
        before = max(at.seconds, before)
    return made


def _sorted(values: Points) -> tuple[Steps, Floats]:
    x = np.array([step for step, _ in values], np.int64)
    y = np.array([value for _, value in values], np.float32)
    if len(x) > 1 and (x == x[0]).all():  # written without steps
        return np.arange(1, len(x) + 1), y
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    # A training that was resumed repeats steps: what was written last counts.
    last = np.append(x[1:] != x[:-1], True)
    return x[last], y[last]
