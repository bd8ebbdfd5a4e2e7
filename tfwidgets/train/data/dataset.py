"""Rows that were encoded once: what a transformer reads, kept small and without padding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

    from tfwidgets.train.tasks.task import Task


class Ragged:
    """Rows of integers of different lengths, one after the other in a single array.

    A list of lists takes ten times the memory: every number would be an object.

    Parameters
    ----------
    values
        All rows, shape (n_values,).
    ends
        Where each row ends, shape (n_rows,).
    """

    def __init__(self, values: npt.NDArray[Any], ends: npt.NDArray[np.int64]) -> None:
        self.values = values
        self.ends = ends

    @classmethod
    def of(cls, rows: Iterable[npt.ArrayLike], dtype: npt.DTypeLike = np.int32) -> Ragged:
        """Copy rows of integers."""
        parts = [np.asarray(row, dtype=dtype) for row in rows]
        ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
        return cls(np.concatenate(parts) if parts else np.empty(0, dtype), ends)

    @classmethod
    def joined(cls, parts: Sequence[Ragged]) -> Ragged:
        """Put the rows of several below each other."""
        if not parts:
            return cls.of([])
        shifts = np.cumsum([0, *(len(part.values) for part in parts[:-1])])
        return cls(
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.ends + shift for part, shift in zip(parts, shifts, strict=True)]),
        )

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, row: int) -> npt.NDArray[Any]:
        return self.values[self.ends[row - 1] if row else 0 : self.ends[row]]

    def __iter__(self) -> Iterator[npt.NDArray[Any]]:
        return (self[row] for row in range(len(self)))

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Number of values of each row, shape (n_rows,)."""
        return np.diff(self.ends, prepend=0)

    def take(self, rows: Sequence[int]) -> Ragged:
        """Return some of the rows, in that order."""
        return type(self).of((self[row] for row in rows), self.values.dtype)


# One value per row: a label, a number, a row of a multi-hot matrix.
Column = Ragged | npt.NDArray[Any]


@dataclass(frozen=True, repr=False)
class Item:
    """One encoded row of a dataset: what its data loader collects into a batch.

    Attributes
    ----------
    dataset
        Where it comes from.
    index
        Its position there.
    """

    dataset: EncodedDataset
    index: int

    @property
    def features(self) -> dict[str, list[int]]:
        """What the tokenizer made of the row, by the names of the model's inputs."""
        return {name: rows[self.index].tolist() for name, rows in self.dataset.features.items()}

    @property
    def target(self) -> Any:
        """What the row is trained towards, or None."""
        return None if self.dataset.target is None else self.dataset.target[self.index]

    @property
    def row(self) -> pd.Series[Any] | None:
        """The raw row that it was made of."""
        return self.dataset.raw(self.index)

    def __repr__(self) -> str:
        row = self.row
        return f"Item({self.index})" if row is None else f"Item({self.index}, {row.to_dict()!r})"


@dataclass
class EncodedDataset:
    """Encoded rows, with the task that encoded them.

    Attributes
    ----------
    task
        Encodes, collates, shows.
    features
        What the model reads, by name: ``"input_ids"``, ``"token_type_ids"``, …
    target
        What it is trained towards, one entry per row; None where that is unknown.
    rows
        The raw rows (shape n_raw), for people to see; not always one per encoded row.
    origin
        Which raw row each encoded row comes from, shape (n_rows,).
    extra
        What only the task itself understands: offsets of answers, for example.
    """

    task: Task
    features: dict[str, Ragged]
    target: Column | None = None
    rows: pd.DataFrame | None = None
    origin: npt.NDArray[np.int64] | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.features["input_ids"]) if "input_ids" in self.features else 0

    def __getitem__(self, index: int) -> Item:
        return Item(self, index)

    @property
    def items(self) -> list[Item]:
        """All rows: fastai's ``Interpretation`` picks some and asks ``test_dl`` for them."""
        return [Item(self, index) for index in range(len(self))]

    @property
    def vocab(self) -> Any:
        """Names of the classes: what fastai's ``ClassificationInterpretation`` asks for."""
        return self.task.vocab

    @property
    def loss_func(self) -> Any:
        """The task's loss: what a fastai ``Learner`` takes when it is given none."""
        return self.task.loss_func()

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Tokens of each row, without padding."""
        if "input_ids" not in self.features:
            return np.zeros(0, dtype=np.int64)
        lengths = self.features["input_ids"].lengths
        # An encoder-decoder also computes what it writes.
        if "labels" in self.features:
            lengths = lengths + self.features["labels"].lengths
        return lengths

    def raw(self, index: int) -> pd.Series[Any] | None:
        """Return the raw row of an encoded one."""
        if self.rows is None:
            return None
        return self.rows.iloc[int(self.origin[index]) if self.origin is not None else index]

    def take(self, indices: Sequence[int]) -> EncodedDataset:
        """Return some of the rows, in that order; raw rows stay whole."""
        chosen = np.asarray(indices, dtype=np.int64)
        origin = np.arange(len(self)) if self.origin is None else self.origin
        target = self.target
        return EncodedDataset(
            self.task,
            {name: rows.take(indices) for name, rows in self.features.items()},
            target.take(indices) if isinstance(target, Ragged) else _some(target, chosen),
            self.rows,
            origin[chosen],
            self.task.take_extra(self.extra, chosen),
        )

    def new_empty(self) -> EncodedDataset:
        """Return a dataset without rows: what an exported learner keeps."""
        return EncodedDataset(self.task, {})


def _some(target: npt.NDArray[Any] | None, chosen: npt.NDArray[np.int64]) -> Any:
    return None if target is None else target[chosen]
