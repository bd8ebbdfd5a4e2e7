"""Batches of rows of like length."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from fastai.data.core import TfmdDL
from fastai.data.transforms import CategoryMap

from tfwidgets.train.data.dataset import EncodedDataset, Item

# How many batches are sorted among themselves. Few, and padding grows; many, and every epoch
# puts the same rows together.
_BUCKET = 50
_FEWEST_BUCKETS = 4


class TransformerDL(TfmdDL):  # type: ignore[misc]
    """A fastai data loader over encoded rows.

    Training rows are shuffled, then sorted by length within buckets of some batches, and the
    batches shuffled; the longest comes first, so that a batch which does not fit in memory
    fails at once. Other rows are sorted by length; predictions come back in their own order.

    Parameters
    ----------
    dataset
        Encoded rows and their task, which pads and shows them.
    bs
        Rows per batch.
    shuffle
        Whether these are training rows.
    by_length
        False leaves rows in the order that the shuffle, or the dataset, has.
    """

    def __init__(
        self,
        dataset: EncodedDataset,
        bs: int = 16,
        *,
        shuffle: bool = False,
        num_workers: int = 0,
        by_length: bool = True,
        **kwargs: Any,
    ) -> None:
        self.by_length = by_length
        # fastai would try a batch to learn these, also of a dataset without rows.
        self._n_inp = 1
        self._types = tuple
        # fastai draws a seed for each loader; rows that are not shuffled need none.
        state = random.getstate()
        super().__init__(dataset, bs=bs, shuffle=shuffle, num_workers=num_workers, **kwargs)
        if not shuffle:
            random.setstate(state)

    @property
    def task(self) -> Any:
        """The task of the rows."""
        return self.dataset.task

    @property
    def vocab(self) -> CategoryMap:
        """Names of the classes, as fastai's ``ClassificationInterpretation`` expects them."""
        return CategoryMap(list(self.task.vocab), sort=False)

    def new(self, dataset: Any = None, cls: Any = None, **kwargs: Any) -> TransformerDL:
        """Return a like loader over other rows, or with other options."""
        kept = {"by_length": self.by_length}
        return super().new(dataset, cls, **{**kept, **kwargs})  # type: ignore[no-any-return]

    def get_idxs(self) -> list[int]:
        """Return the order of the rows for one pass."""
        lengths = self.dataset.lengths
        if not self.by_length:
            return super().get_idxs()  # type: ignore[no-any-return]
        if not self.shuffle:
            return [int(row) for row in np.argsort(-lengths, kind="stable")]
        return bucketed(lengths, self.bs, self.rng)

    def create_batch(self, items: Sequence[Item]) -> Any:
        """Pad rows into a batch."""
        return self.task.collate(items, training=self.shuffle)

    def retain(self, batch: Any, _items: Any) -> Any:
        """Leave a batch as it is: there are no types of tensors to hand on."""
        return batch

    def show_batch(
        self, b: Any = None, max_n: int = 9, ctxs: Any = None, show: bool = True, **kwargs: Any
    ) -> Any:
        """Show rows of a batch as a table; with ``show=False`` return the table."""
        from tfwidgets.train.tables import show_table

        table = self.task.batch_table(b if b is not None else self.one_batch(), max_n=max_n)
        return show_table(table) if show else table

    def show_results(self, b: Any, out: Any, max_n: int = 9, ctxs: Any = None, **_: Any) -> None:
        """Show rows of a batch beside what was predicted for them."""
        from tfwidgets.train.tables import show_table

        if isinstance(out, tuple) and len(out) == 1:  # as fastai's Interpretation has it
            out = out[0]
        show_table(self.task.batch_table(b, out, max_n=max_n))

    def _pre_show_batch(self, b: Any, max_n: int = 9) -> Any:
        """Return a batch as fastai's ``Interpretation`` shows it: inputs, targets, rows."""
        return self.task.shown(b, max_n)


def bucketed(lengths: Any, batch_size: int, rng: random.Random) -> list[int]:
    """Return a random order of rows in which neighbours have like lengths.

    Parameters
    ----------
    lengths
        Tokens per row, shape (n_rows,).
    batch_size
        Rows per batch.
    rng
        Where chance comes from.

    Notes
    -----
    As in the length-grouped sampling of fastai's ``SortedDL`` and transformers' ``Trainer``:
    at least four buckets, so that small data do not form the same batches in every epoch.
    """
    order = list(range(len(lengths)))
    rng.shuffle(order)
    size = batch_size * max(1, min(_BUCKET, len(order) // (batch_size * _FEWEST_BUCKETS)))
    batches: list[list[int]] = []
    for start in range(0, len(order), size):
        bucket = sorted(order[start : start + size], key=lambda row: -lengths[row])
        batches += _cut(bucket, batch_size)
    if not batches:
        return []
    # Only the last batch may be smaller, wherever it was cut.
    short = [batch for batch in batches if len(batch) < batch_size]
    full = [batch for batch in batches if len(batch) == batch_size]
    rng.shuffle(full)
    if full:
        longest = max(range(len(full)), key=lambda k: lengths[full[k][0]])
        full[0], full[longest] = full[longest], full[0]
    return [row for batch in [*full, *short] for row in batch]


def _cut(rows: list[int], size: int) -> Iterator[list[int]]:
    return (rows[k : k + size] for k in range(0, len(rows), size))
