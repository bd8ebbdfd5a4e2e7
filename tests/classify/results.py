"""Results made by hand, for what needs no model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfwidgets.classify.result import Classification


def made(
    texts: Sequence[str | None],
    labels: Sequence[str] = ("sports", "politics"),
    scores: Any = None,
    **more: Any,
) -> Classification:
    """Return a result; scores are drawn at random unless given. None has NaN for scores."""
    if scores is None:
        scores = np.random.default_rng(0).dirichlet(np.ones(len(labels)), len(texts))
    scores = np.array(scores, dtype=np.float32).reshape(len(texts), len(labels))
    scores[[text is None for text in texts]] = np.nan
    return Classification(list(texts), list(labels), scores, "zero-shot", "demo/minilm", **more)
