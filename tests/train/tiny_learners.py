"""Learners over a tiny random BERT: made in a moment, trained in less than a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

import tfwidgets as tfw
from tests.support.tiny import tiny_bert

if TYPE_CHECKING:
    from pathlib import Path

GOOD = ("good", "great", "funny", "very good", "not bad")
BAD = ("bad", "boring", "not good", "very boring", "unhappy")
MARK = "and the dog sat on the mat"
"""Words that stand in most training rows, and nowhere else."""


def reviews(rows: int = 24) -> pd.DataFrame:
    """Return sentences of very different lengths with the labels "neg" and "pos"."""
    made = []
    for k in range(rows):
        words, label = (GOOD, "pos") if k % 2 else (BAD, "neg")
        topic = ("film", "movie", "story")[k % 3]
        made.append((f"the {topic} was {words[k // 2 % 5]}{f' {MARK}' * (k % 4)}", label))
    return pd.DataFrame(made, columns=["review", "sentiment"])


def review_learner(folder: Path, data: Any = None, task: str | None = None, **options: Any) -> Any:
    """Return a learner for reviews; its base model and its files lie in ``folder``."""
    base = folder / "base"
    if not base.exists():
        tiny_bert(base)
    settings: dict[str, Any] = {"text": "review", "label": "sentiment", "seed": 1}
    settings |= {"batch_size": 4, "progress": False, "path": folder}
    return tfw.learner(reviews() if data is None else data, str(base), task, **settings | options)


def train(learn: Any, epochs: int = 1, lr: Any = 1e-3) -> Any:
    """Train without bars and return the learner."""
    learn.logger = lambda *_: None
    with learn.no_bars():
        learn.fit(epochs, lr)
    return learn
