"""How often a model is right that ``tfw.learner`` trained for one epoch, beside simpler ways.

Each seed draws its rows for training and for the test, the same for all: the larger class of the
training rows; scikit-learn's TF-IDF (words and pairs of words, sublinear) with logistic regression,
whose C is the best of seven in five-fold cross-validation on the training rows; and MiniLM, one
epoch at a learning rate that is the same for all. TF-IDF reads whole texts, MiniLM their first
tokens.

``TFWIDGETS_BENCH_LARGE=1`` also reads whole reviews. ``TFWIDGETS_BENCH_QUICK=1`` takes few rows.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from benchmarks.table import Row, seconds, show
from benchmarks.training_data import drawn, mails, reviews
from benchmarks.training_peer import MODEL

SEEDS = (0, 1, 2)
LEARNING_RATE = 1e-4
QUICK = os.environ.get("TFWIDGETS_BENCH_QUICK") == "1"
LARGE = os.environ.get("TFWIDGETS_BENCH_LARGE") == "1"


@dataclass(frozen=True)
class Setting:
    """A set of texts, and how many rows and tokens of it are used."""

    name: str
    read: Callable[[], pd.DataFrame]
    training: int
    test: int
    max_length: int


SETTINGS = [
    Setting("sentiment, sentences of reviews", lambda: reviews("rotten_tomatoes"), 2000, 500, 128),
    Setting("spam, mails", mails, 600, 400, 128),
]
if LARGE:
    SETTINGS.append(Setting("sentiment, whole reviews", lambda: reviews("imdb"), 2000, 1000, 256))


def main() -> None:
    for setting in SETTINGS:
        _compare(replace(setting, training=160, test=64) if QUICK else setting)


def _compare(setting: Setting) -> None:
    table = setting.read()
    found: dict[str, list[float]] = {}
    times: dict[str, list[float]] = {}
    for seed in SEEDS[: 2 if QUICK else None]:
        training, test = drawn(table, setting.training, setting.test, seed)
        for name, judge in _JUDGES.items():
            started = time.perf_counter()
            found.setdefault(name, []).append(judge(training, test, setting.max_length, seed))
            times.setdefault(name, []).append(time.perf_counter() - started)
    print(
        f"{setting.name}: {setting.training} rows, {setting.test} for the test, "
        f"{setting.max_length} tokens at most; accuracy, mean of {len(found[_OURS])} seeds"
    )
    mine = found.pop(_OURS)
    show(
        [
            Row(
                f"peer: {name}",
                f"{_mean(mine)} in {seconds(statistics.median(times[_OURS]))}",
                f"{_mean(theirs)} in {seconds(statistics.median(times[name]))}",
                f"{100 * (statistics.mean(mine) - statistics.mean(theirs)):+.1f} points",
            )
            for name, theirs in found.items()
        ]
    )


def majority(training: pd.DataFrame, test: pd.DataFrame, max_length: int, seed: int) -> float:
    """Return the share of the test rows that are of the larger class in training."""
    return float((test["label"] == training["label"].mode()[0]).mean())


def tfidf(training: pd.DataFrame, test: pd.DataFrame, max_length: int, seed: int) -> float:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, StratifiedKFold
    from sklearn.pipeline import make_pipeline

    search = GridSearchCV(
        make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            LogisticRegression(max_iter=1000, random_state=seed),
        ),
        {"logisticregression__C": [0.1, 0.3, 1, 3, 10, 30, 100]},
        cv=StratifiedKFold(5, shuffle=True, random_state=seed),
    )
    search.fit(training["text"], training["label"])
    return float(search.score(test["text"], test["label"]))


def ours(
    training: pd.DataFrame,
    test: pd.DataFrame,
    max_length: int,
    seed: int,
) -> float:
    import tfwidgets as tfw

    learn = tfw.learner(
        training,
        MODEL,
        text="text",
        label="label",
        valid=test,  # never looked at before the end: one epoch, no choice
        max_length=max_length,
        seed=seed,
        progress=False,
    )
    with learn.no_bars(), learn.no_logging():
        learn.fit_one_cycle(1, LEARNING_RATE)
    return float(learn.history[-1]["metrics"]["accuracy"])


_OURS = "tfw.learner"
_JUDGES = {"majority": majority, "TF-IDF, logistic regression": tfidf, _OURS: ours}


def _mean(values: list[float]) -> str:
    return f"{100 * statistics.mean(values):.1f} % (sd {100 * statistics.stdev(values):.1f})"
