"""Short film reviews over the words of the tiny tokenizer: enough to train on in seconds."""

from __future__ import annotations

import random

import pandas as pd

GOOD = ("good", "great", "funny")
BAD = ("bad", "boring", "un ##happy".replace(" ##", ""))


def reviews(
    n: int = 64, *, seed: int = 0, labels: tuple[str, str] = ("neg", "pos")
) -> pd.DataFrame:
    """Return n reviews, half of each kind, of different lengths."""
    rng = random.Random(seed)  # noqa: S311
    rows = []
    for k in range(n):
        words = GOOD if k % 2 else BAD
        noun = rng.choice(("film", "movie", "story", "dog", "cat"))
        filler = " and the cat sat on the mat" * rng.randint(0, 3)
        rows.append({"text": f"the {noun} was {rng.choice(words)}{filler}", "label": labels[k % 2]})
    return pd.DataFrame(rows)
