"""Rows of validation data in words: ours, fastai's, and those of plain datasets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch

from tfwidgets.dashboard.randomness import chance_kept
from tfwidgets.ui.text import one_line

MOST_TEXT = 300
_FEW = 8
"""Numbers of a tensor that are written out."""


class RowTexts:
    """Writes rows of a learner's validation data: what goes in, and what should come out.

    Parameters
    ----------
    learn
        A fastai ``Learner``. A ``task`` on it that collates and writes its rows is asked.
    """

    def __init__(self, learn: Any) -> None:
        self._learn = learn
        self._loader = learn.dls[1]
        self.dataset = self._loader.dataset
        self.task: Any = getattr(learn, "task", None)
        self._known: dict[int, tuple[str, str]] = {}
        self._names: list[str] = []

    def __len__(self) -> int:
        return len(self.dataset)

    @cached_property
    def numbered(self) -> bool:
        """Whether rows can be asked for by their number: not those of a stream."""
        try:
            len(self)
            self.row(0)
        except (LookupError, NotImplementedError, TypeError, RuntimeError):
            return False
        return True

    def row(self, index: int) -> tuple[str, str]:
        """Return text and target of a row."""
        if index not in self._known:
            with chance_kept():
                row = self._own(index) if self.task is not None else self._plain(index)
            self._known[index] = printed(row[0]), printed(row[1])
        return self._known[index]

    def keep(self, indices: Sequence[int]) -> None:
        """Forget all rows but these."""
        self._known = {k: self._known[k] for k in indices if k in self._known}

    def class_names(self, count: int) -> list[str]:
        """Return the names of so many classes; their numbers where there are no names."""
        if len(self._names) != count:
            self._names = class_names(self._learn, count)
            self._known = {}  # their targets may have been numbers
        return self._names

    def _own(self, index: int) -> tuple[str, str]:
        task = self.task
        batch = task.collate([self.dataset[index]], training=False)
        target = task.written(batch[1][0], batch[0], 0) if len(batch) > 1 else ""
        raw = self.dataset.raw(index)
        texts = [] if raw is None else [raw.get(name) for name in task.text]
        # Blocks of several texts, and words in a list, only the task can write.
        if task.name == "text-classification" and all(isinstance(text, str) for text in texts):
            return " · ".join(texts), target
        return " · ".join(task.inputs_of(batch[0], 0).values()), target

    def _plain(self, index: int) -> tuple[str, str]:
        dataset = self.dataset
        if hasattr(dataset, "decode_row") and hasattr(dataset, "y_names"):  # fastai's tabular
            row = dataset.decode_row(dataset.items.iloc[index])
            inputs = [name for name in row.index if name not in dataset.y_names]
            return (
                ", ".join(f"{name}: {described(row[name])}" for name in inputs),
                ", ".join(described(row[name]) for name in dataset.y_names),
            )
        item = dataset[index]
        if not isinstance(item, (tuple, list)):
            return self._described(item), ""
        decode = getattr(dataset, "decode", None)
        shown = decode(item) if callable(decode) else item
        *inputs, target = shown if len(shown) > 1 else (*shown, "")
        text = " · ".join(map(self._described, inputs))
        return text, self._target(target, item[-1])

    def _described(self, value: Any) -> str:
        tokenizer: Any = getattr(getattr(self._learn, "model", None), "tokenizer", None)
        if isinstance(value, Mapping) and "input_ids" in value and hasattr(tokenizer, "decode"):
            return str(tokenizer.decode(value["input_ids"], skip_special_tokens=True))
        return described(value)

    def _target(self, shown: Any, raw: Any) -> str:
        if isinstance(shown, str):
            return shown
        number = _whole(shown)
        names = self._names
        return names[number] if number is not None and number < len(names) else described(shown)


def class_names(learn: Any, count: int) -> list[str]:
    """Return the names of a learner's classes, or their numbers where it does not tell names."""
    vocab: Any = getattr(learn.dls, "vocab", None)
    last = vocab[-1] if isinstance(vocab, Sequence) and len(vocab) else None
    if hasattr(last, "__len__") and not isinstance(last, str):
        vocab = last  # fastai has one for each part of a row: tokens, then labels
    candidates = (getattr(getattr(learn, "task", None), "vocab", None), vocab)
    for names in candidates:
        if names is not None and hasattr(names, "__len__") and len(names) == count:
            return [printed(str(name), 60) for name in names]
    return [str(k) for k in range(count)]


def described(value: Any) -> str:
    """Write anything that a dataset may hold: text as it is, few numbers, shapes of many."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {described(one)}" for name, one in value.items())
    if isinstance(value, (tuple, list)):
        return " · ".join(described(one) for one in value[:_FEW])
    if isinstance(value, (torch.Tensor, np.ndarray)):
        if value.ndim <= 1 and _count(value) <= _FEW:
            return ", ".join(f"{number:.4g}" for number in np.asarray(value).reshape(-1).tolist())
        shape = "×".join(map(str, value.shape))
        return f"{type(value).__name__} {shape}"
    if isinstance(value, (bool, int, str)):
        return str(value)
    if isinstance(value, (float, np.floating)):
        return f"{value:.4g}"
    if hasattr(value, "size") and isinstance(value.size, tuple):  # PIL
        return f"{type(value).__name__} {'×'.join(map(str, value.size))}"
    return str(value)


def printed(text: str, limit: int = MOST_TEXT) -> str:
    """Make text fit for a payload: one line, printable, cut."""
    return one_line(text, limit)


def _count(value: Any) -> int:
    return int(np.prod(value.shape))


def _whole(value: Any) -> int | None:
    if isinstance(value, (torch.Tensor, np.ndarray)) and _count(value) == 1:
        value = value.item()
    return int(value) if isinstance(value, (int, np.integer)) and value >= 0 else None
