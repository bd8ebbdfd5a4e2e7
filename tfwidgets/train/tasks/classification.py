"""Text classification: one label per text or pair, several, or a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tfwidgets.errors import InputError
from tfwidgets.train.data.dataset import EncodedDataset
from tfwidgets.train.data.labels import (
    label_ids,
    multi_hot,
    read_labels,
    read_multi_labels,
    read_numbers,
)
from tfwidgets.train.tasks.task import SHOWN, Task, no_options
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    import pandas as pd

    from tfwidgets.train.data.source import Splits

ClassWeights = str | Sequence[float] | Mapping[str, float] | None


@dataclass
class _OnTexts(Task):
    """What the three kinds of classification share: a text or a pair, one target per row."""

    labels: Sequence[str] | None = None
    name: ClassVar[str] = "text-classification"
    _weights: Any = field(default=None, init=False, repr=False)

    def adopt(self, config: Any) -> None:
        """Take over a trained head's order of labels, the weights with it."""
        before = self.vocab
        super().adopt(config)
        if self._weights is not None:
            self._weights = [self._weights[before.index(name)] for name in self.vocab]

    def encode(self, rows: pd.DataFrame, *, labelled: bool = True) -> EncodedDataset:
        """Encode texts, or pairs as the tokenizer joins them."""
        features, cut = self.encoded_texts(rows)
        self.note_cut(cut, len(rows))
        target = self.encoded_labels(rows) if labelled else None
        return EncodedDataset(self, features, target, rows)

    def encoded_labels(self, rows: pd.DataFrame) -> Any:
        """Return the targets of rows, as numbers."""
        raise NotImplementedError

    def inputs_of(self, inputs: Mapping[str, Any], k: int) -> dict[str, str]:
        """Return the text, or both texts of a pair, as the tokenizer writes them back."""
        ids = inputs["input_ids"][k]
        if len(self.text) == 1:
            return super().inputs_of(inputs, k)
        kept = [int(i) for i in ids]
        if "token_type_ids" in inputs and "attention_mask" in inputs:
            types = inputs["token_type_ids"][k].tolist()
            mask = inputs["attention_mask"][k].tolist()
            parts = [
                [i for i, kind, on in zip(kept, types, mask, strict=True) if on and kind == number]
                for number in (0, 1)
            ]
            if all(parts):
                return {
                    name: one_line(self.decoded_ids(part), SHOWN)
                    for name, part in zip(self.text, parts, strict=True)
                }
        return {" + ".join(self.text): one_line(self.decoded_ids(kept), SHOWN)}


@dataclass
class TextClassification(_OnTexts):
    """One of several labels for each text or pair of texts.

    Parameters
    ----------
    labels
        Names of the labels, in the order of their ids; by default those in the data, sorted.
    class_weights
        ``"balanced"`` (rare labels count more, as scikit-learn computes it), one weight per
        label in order, or a dict, label -> weight.
    """

    class_weights: ClassWeights = None
    problem_type: ClassVar[str | None] = "single_label_classification"

    def read(self, splits: Splits) -> None:
        """Learn the labels of the training rows."""
        column = str(self.label)
        self.vocab, ids, _ = read_labels(splits, column, self.labels)
        counts = np.bincount(ids, minlength=len(self.vocab))
        balanced = len(ids) / (len(self.vocab) * np.maximum(counts, 1))
        self._weights = weights_of(self.class_weights, self.vocab, balanced)

    def encoded_labels(self, rows: pd.DataFrame) -> Any:
        """Return the number of each row's label, shape (n_rows,) of int64."""
        return label_ids(rows[str(self.label)], self.vocab, str(self.label))

    def loss_func(self) -> Any:
        """Return cross-entropy, weighted by class where that was asked for."""
        import torch
        from fastai.losses import CrossEntropyLossFlat

        weight = None if self._weights is None else torch.tensor(self._weights, dtype=torch.float32)
        return CrossEntropyLossFlat(weight=weight)

    def metrics(self) -> list[Any]:
        """Return accuracy and the mean F1 of the labels."""
        from fastai.metrics import accuracy, skm_to_fastai
        from sklearn.metrics import f1_score

        return [accuracy, skm_to_fastai(f1_score, average="macro", zero_division=0)]

    def predict(self, learn: Any, rows: pd.DataFrame, **options: Any) -> list[Any]:
        """Return ``(label, its number, probabilities)`` of each row, as fastai does."""
        no_options(options)
        probabilities, _targets, numbers = learn.predictions(self.encode(rows, labelled=False))
        return [
            (self.vocab[int(number)], number, row)
            for number, row in zip(numbers, probabilities, strict=True)
        ]

    def written(self, target: Any, inputs: Mapping[str, Any], k: int) -> str:
        """Return the label's name."""
        return self.vocab[int(target)]


@dataclass
class MultiLabelClassification(_OnTexts):
    """Any number of labels for each text.

    Parameters
    ----------
    labels
        Names of the labels; by default those in the data, sorted.
    threshold
        Probability from which on a label is predicted.
    class_weights
        How much more a row that has the label counts than one that has not: ``"balanced"``
        (rows without it per row with it), one number per label in order, or a dict.
    """

    threshold: float = 0.5
    class_weights: ClassWeights = None
    problem_type: ClassVar[str | None] = "multi_label_classification"

    def read(self, splits: Splits) -> None:
        """Learn the labels of the training rows."""
        self.vocab, hot, _ = read_multi_labels(splits, self.label, self.labels)
        balanced = (len(hot) - hot.sum(0)) / np.maximum(hot.sum(0), 1)
        self._weights = weights_of(self.class_weights, self.vocab, balanced)

    def encoded_labels(self, rows: pd.DataFrame) -> Any:
        """Return which labels each row has, shape (n_rows, n_labels) of float32."""
        return multi_hot(rows, self.label, self.vocab)

    def loss_func(self) -> Any:
        """Return binary cross-entropy of every label."""
        import torch
        from fastai.losses import BCEWithLogitsLossFlat

        weight = None if self._weights is None else torch.tensor(self._weights, dtype=torch.float32)
        return BCEWithLogitsLossFlat(thresh=self.threshold, pos_weight=weight)

    def metrics(self) -> list[Any]:
        """Return the share of right answers over all labels, and their mean F1."""
        from functools import partial

        from fastai.metrics import F1ScoreMulti, accuracy_multi

        right = partial(accuracy_multi, thresh=self.threshold)
        right.__name__ = "accuracy_multi"  # type: ignore[attr-defined]
        return [right, F1ScoreMulti(thresh=self.threshold, average="macro")]

    def predict(self, learn: Any, rows: pd.DataFrame, **options: Any) -> list[Any]:
        """Return ``(labels, which of all, probabilities)`` of each row."""
        no_options(options)
        probabilities, _targets, chosen = learn.predictions(self.encode(rows, labelled=False))
        return [
            ([name for name, on in zip(self.vocab, row, strict=True) if on], row, p)
            for row, p in zip(chosen, probabilities, strict=True)
        ]

    def written(self, target: Any, inputs: Mapping[str, Any], k: int) -> str:
        """Return the labels' names."""
        return ", ".join(name for name, on in zip(self.vocab, target, strict=True) if on) or "–"


@dataclass
class Regression(_OnTexts):
    """A number for each text or pair of texts."""

    problem_type: ClassVar[str | None] = "regression"

    def read(self, splits: Splits) -> None:
        """Check the numbers."""
        if self.labels:
            raise InputError("labels= names classes; a regression has none.")
        read_numbers(splits, str(self.label))

    def encoded_labels(self, rows: pd.DataFrame) -> Any:
        """Return the numbers, shape (n_rows,) of float32."""
        return rows[str(self.label)].to_numpy(dtype=np.float32)

    def loss_func(self) -> Any:
        """Return the mean squared error."""
        from fastai.losses import MSELossFlat

        return MSELossFlat()

    def metrics(self) -> list[Any]:
        """Return the root mean squared error and Pearson's correlation."""
        from fastai.metrics import AccumMetric, PearsonCorrCoef

        return [AccumMetric(rmse), PearsonCorrCoef()]

    def predict(self, learn: Any, rows: pd.DataFrame, **options: Any) -> list[Any]:
        """Return ``(number, the same as a tensor, the model's output)`` of each row."""
        no_options(options)
        numbers = learn.predictions(self.encode(rows, labelled=False))[0]
        return [(float(row[0]), row[0], row) for row in numbers]

    def written(self, target: Any, inputs: Mapping[str, Any], k: int) -> str:
        """Return the number, to four digits."""
        return f"{float(target):.4g}"


def rmse(numbers: Any, target: Any) -> Any:
    """Return the root of the mean squared error."""
    return (numbers - target).square().mean().sqrt()


def weights_of(given: ClassWeights, vocab: Sequence[str], balanced: Any) -> list[float] | None:
    """Return a weight for each class, or None; ``balanced`` are those that would even them out.

    Notes
    -----
    ``"balanced"`` is n_rows / (n_classes * rows of the class): King and Zeng, "Logistic
    Regression in Rare Events Data", 2001, as in scikit-learn.
    """
    if given is None:
        return None
    if isinstance(given, str):
        if given != "balanced":
            raise InputError(f"class_weights={given!r}: expected 'balanced', a list or a dict.")
        return [float(weight) for weight in balanced]
    if isinstance(given, Mapping):
        if unknown := [name for name in given if str(name) not in vocab]:
            raise InputError(
                f"class_weights names {unknown[0]!r}; the labels are {', '.join(vocab)}."
            )
        by_name = {str(name): weight for name, weight in given.items()}
        given = [by_name.get(name, 1.0) for name in vocab]
    try:
        weights = [float(weight) for weight in given]
    except (TypeError, ValueError):
        weights = []
    if len(weights) != len(vocab) or not all(w >= 0 for w in weights) or not sum(weights):
        raise InputError(
            f"class_weights needs {len(vocab)} numbers from 0 on ({', '.join(vocab)}), "
            f"not {given!r:.80}."
        )
    return weights
