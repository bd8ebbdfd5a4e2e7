"""ROUGE, BLEU and chrF of what a model writes, by the libraries that papers use."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from fastai.learner import Metric

from tfwidgets.errors import EnvironmentProblem

Score = Callable[[Sequence[str], Sequence[str]], dict[str, float]]

ROUGE = ("rouge1", "rouge2", "rougeL")
TRANSLATION = ("bleu", "chrf")

# Words in any script; each Chinese or Japanese character counts as one. On English texts the
# same as rouge_score's own, which knows a to z only.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")

# How sacrebleu finds words in languages that write no spaces.
_TOKENIZERS = {"zh": "zh", "ja": "char", "th": "char"}


class Words:
    """What rouge_score takes as a tokenizer: words of any language, in lower case."""

    def tokenize(self, text: str) -> list[str]:
        """Return the words of a text."""
        return _WORD.findall(text.lower())


def rouge(predictions: Sequence[str], references: Sequence[str]) -> dict[str, float]:
    """Return the mean F1 of ROUGE-1, ROUGE-2 and ROUGE-L, from 0 to 1.

    Notes
    -----
    Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004; by rouge_score, without
    stemming.
    """
    scorer = needed("rouge_score").rouge_scorer.RougeScorer(list(ROUGE), tokenizer=Words())
    scores = [scorer.score(r, p) for p, r in zip(predictions, references, strict=True)]
    return {name: sum(s[name].fmeasure for s in scores) / len(scores) for name in ROUGE}


def translation_scores(
    predictions: Sequence[str], references: Sequence[str], *, language: str = ""
) -> dict[str, float]:
    """Return BLEU and chrF of all texts together, from 0 to 100.

    Parameters
    ----------
    language
        Of the references: words of Chinese, Japanese and Thai are not told by spaces.

    Notes
    -----
    Post, "A Call for Clarity in Reporting BLEU Scores", 2018; by sacrebleu with its defaults.
    """
    sacrebleu = needed("sacrebleu")
    how = _TOKENIZERS.get(language[:2].lower(), "13a")
    return {
        "bleu": float(sacrebleu.corpus_bleu(predictions, [references], tokenize=how).score),
        "chrf": float(sacrebleu.corpus_chrf(predictions, [references]).score),
    }


def needed(library: str) -> Any:
    """Import a library that computes a metric.

    Raises
    ------
    EnvironmentProblem
        When it is not installed.
    """
    if find_spec(library) is None:
        package = library.replace("_", "-")
        raise EnvironmentProblem(
            f"The metrics of generated text need {package}: %pip install {package}\n"
            "Or train without them: generation_metrics=False."
        )
    if library == "rouge_score":
        import_module("rouge_score.rouge_scorer")
    return import_module(library)


class Collector:
    """Generates for some validation rows, once per validation, for several metrics.

    Parameters
    ----------
    names
        Of the scores.
    write
        Takes the learner, a dataset and rows in it; returns what is generated and the references.
    score
        Takes both; returns scores by name.
    rows
        How many rows are generated at most: always the same ones, drawn at random.

    Notes
    -----
    Generating costs one pass through the decoder per token: of a whole validation set it would
    take longer than the training. It runs when all batches are through, and not at all in
    ``lr_find`` and ``get_preds``.
    """

    def __init__(
        self,
        names: Sequence[str],
        write: Callable[[Any, Any, list[int]], tuple[list[str], list[str]]],
        score: Score,
        rows: int,
    ) -> None:
        self.write = write
        self.score = score
        self.rows = rows
        self.metrics = [GenerationMetric(self, name) for name in names]
        self.reset()

    def reset(self) -> None:
        """Forget the scores."""
        self._learn: Any = None
        self._dataset: Any = None
        self._scores: Mapping[str, float] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Leave the learner and its rows out of what is saved."""
        return {**self.__dict__, "_learn": None, "_dataset": None}

    def see(self, learn: Any) -> None:
        """Notice that a validation runs."""
        gathers = any(type(cb).__name__ == "GatherPredsCallback" for cb in learn.cbs)
        dataset = getattr(learn.dl, "dataset", None)
        if not gathers and dataset is not None and getattr(dataset, "target", None) is not None:
            self._learn, self._dataset = learn, dataset

    def value(self, name: str) -> float:
        """Return a score; the first that is asked for lets the model write."""
        if self._learn is not None:
            learn, dataset = self._learn, self._dataset
            self.reset()
            n = len(dataset)
            chosen = np.random.default_rng(0).permutation(n)[: self.rows]
            self._scores = self.score(*self.write(learn, dataset, sorted(chosen.tolist())))
        return self._scores.get(name, float("nan"))


class GenerationMetric(Metric):  # type: ignore[misc]
    """One of the scores of a collector."""

    def __init__(self, collector: Collector, name: str) -> None:
        self.collector = collector
        self._name = name

    @property
    def name(self) -> str:
        """Heading in the table of results."""
        return self._name

    def reset(self) -> None:
        """Forget the scores."""
        self.collector.reset()

    def accumulate(self, learn: Any) -> None:
        """Notice that a validation runs."""
        self.collector.see(learn)

    @property
    def value(self) -> float:
        """The score; not a number where nothing was generated."""
        return self.collector.value(self._name)
