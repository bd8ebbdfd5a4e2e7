"""From vectors to scores: one function per method, and the table that names them.

Each takes the same ``Question`` and returns float32 scores of shape (texts, labels).
A further method is a further entry of ``METHODS``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tfwidgets.classify.encoder import Vectors
from tfwidgets.errors import InputError, suggest

Scores = npt.NDArray[np.float32]

# Cosines of sentence encoders lie close together (0.0 to 0.3 here); they were trained with
# their similarities multiplied by 20 before the softmax, so that is how they are read.
SCALE = 20.0


# The method without vectors: what a classifier was trained to say (head.py).
HEAD = "head"


@dataclass(frozen=True)
class Question:
    """All vectors (rows of length 1) that a method may look at.

    Attributes
    ----------
    texts
        Shape (n_texts, width).
    labels
        Each label's filled templates, averaged: shape (n_labels, width).
    examples
        Each label's examples: n_labels arrays of shape (k, width), k may be 0.
    neutral
        The templates filled with a word that says nothing: shape (width,).
    multi_label
        Whether a text may belong to several labels, or none.
    """

    texts: Vectors
    labels: Vectors
    examples: list[Vectors]
    neutral: Vectors
    multi_label: bool


def zero_shot(question: Question) -> Scores:
    """Score by similarity to what the labels say.

    Single label: softmax of scaled cosines. Multi-label: each label on its own, a sigmoid
    of how much closer the text is to the label than to a neutral text and to the average
    label.
    """
    return _by_similarity(question, question.labels)


def one_shot(question: Question) -> Scores:
    """Score by similarity to prototypes: the mean of a label's examples and its name.

    Prototypes are those of Snell et al. 2017 (https://arxiv.org/abs/1703.05175). The name
    always counts as one more example: without it one example does worse than none.
    """
    prototypes = [
        np.vstack([name[None], shots]).mean(0)
        for name, shots in zip(question.labels, question.examples, strict=True)
    ]
    return _by_similarity(question, unit(np.stack(prototypes)))


def few_shot(question: Question) -> Scores:
    """Score by a logistic regression on the examples' vectors, label names among them."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    counts = [1 + len(shots) for shots in question.examples]
    rows = np.vstack(
        [
            np.vstack([name[None], shots])
            for name, shots in zip(question.labels, question.examples, strict=True)
        ]
    )
    classes = np.repeat(np.arange(len(counts)), counts)
    head = LogisticRegression(C=10.0, max_iter=1000, class_weight="balanced")
    if question.multi_label:
        # A text that is an example of several labels is one row with several ones.
        rows, inverse = np.unique(rows, axis=0, return_inverse=True)
        belongs = np.zeros((len(rows), len(counts)), dtype=int)
        belongs[inverse.ravel(), classes] = 1
        fitted = OneVsRestClassifier(head).fit(rows, belongs)
    else:
        fitted = head.fit(rows, classes)
    scores: Scores = fitted.predict_proba(question.texts).astype(np.float32)
    return scores


METHODS: dict[str, Callable[[Question], Scores]] = {
    "zero-shot": zero_shot,
    "one-shot": one_shot,
    "few-shot": few_shot,
}


def choose(method: str, shots: list[int]) -> str:
    """Return the method to use, given the number of examples of each label.

    Raises
    ------
    InputError
        When the method is unknown, or needs examples and there are none.
    """
    if method == "auto":
        if not any(shots):
            return "zero-shot"
        return "few-shot" if min(shots) >= 2 else "one-shot"
    if method not in METHODS:
        known = (*METHODS, HEAD)
        raise InputError(
            f"Unknown method {method!r}.{suggest(str(method), known)} "
            f"Methods: auto, {', '.join(known)}."
        )
    if method != "zero-shot" and not any(shots):
        raise InputError(f"The method {method!r} needs examples: pass examples={{label: [texts]}}.")
    return method


def unit(vectors: Vectors) -> Vectors:
    """Scale rows to length 1."""
    scaled: Vectors = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True).clip(1e-12)
    return scaled


def _by_similarity(question: Question, anchors: Vectors) -> Scores:
    cosines = question.texts @ anchors.T
    if not question.multi_label:
        logits = SCALE * (cosines - cosines.max(1, keepdims=True))
        powers: Scores = np.exp(logits)
        powers /= powers.sum(1, keepdims=True)
        return powers
    baseline = np.maximum(question.texts @ question.neutral, cosines.mean(1))
    scores: Scores = 1 / (1 + np.exp(-SCALE * (cosines - baseline[:, None])))
    return scores
