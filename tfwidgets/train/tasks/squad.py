"""How answers are measured: exact match and F1, as SQuAD's own script does.

Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of Text", 2016; without an
answer as in Rajpurkar, Jia and Liang, "Know What You Don't Know", 2018.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_MARKS = frozenset(string.punctuation)


def normalized(answer: str) -> str:
    """Return an answer in lower case, without punctuation, articles and additional space."""
    kept = "".join(c for c in answer.lower() if c not in _MARKS)
    return " ".join(_ARTICLES.sub(" ", kept).split())


def exact_match(predicted: str, answers: Sequence[str]) -> float:
    """Return 1 where one of the answers is the predicted one, else 0.

    Without answers the prediction must be empty.
    """
    return max(float(normalized(predicted) == normalized(a)) for a in _known(answers))


def f1(predicted: str, answers: Sequence[str]) -> float:
    """Return the F1 of the words that the prediction shares with the best fitting answer."""
    return max(_shared_words(normalized(predicted).split(), normalized(a)) for a in _known(answers))


def _known(answers: Sequence[str]) -> Sequence[str]:
    return [answer for answer in answers if normalized(answer)] or [""]


def _shared_words(predicted: list[str], answer: str) -> float:
    right = answer.split()
    if not predicted or not right:
        return float(predicted == right)
    shared = sum((Counter(predicted) & Counter(right)).values())
    if not shared:
        return 0.0
    precision, recall = shared / len(predicted), shared / len(right)
    return 2 * precision * recall / (precision + recall)
