"""fastai ``DataLoaders`` over text: from a table, a dataset or lists to padded batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fastai.data.core import DataLoaders
from fastcore.foundation import L

from tfwidgets.train.data.columns import KnownKind, choose
from tfwidgets.train.data.dataset import EncodedDataset, Item
from tfwidgets.train.data.loader import TransformerDL
from tfwidgets.train.data.reader import Reader
from tfwidgets.train.data.source import Splits, read_splits
from tfwidgets.train.tasks.registry import make_task
from tfwidgets.train.tasks.task import whole_number

if TYPE_CHECKING:
    import pandas as pd

    from tfwidgets.train.tasks.task import Task

BATCH_SIZE = 16


class TransformerDataLoaders(DataLoaders):  # type: ignore[misc]
    """Training and validation rows of a task, encoded once and padded per batch.

    True fastai ``DataLoaders``: ``one_batch``, ``show_batch``, ``test_dl``, ``new_empty`` work, and
    any ``Learner`` takes them. A batch is ``(inputs, target)`` with a dict of tensors
    (batch, tokens).

    Make one with ``from_frame``, ``from_dataset`` or ``from_lists``.
    """

    def __repr__(self) -> str:
        train, valid = (len(loader.dataset) for loader in self.loaders[:2])
        return (
            f"TransformerDataLoaders: {self.task.name}, {train:,} rows to train on, {valid:,} to "
            f"validate, batches of {self.train.bs}, up to {self.task.max_length} tokens"
        )

    @property
    def task(self) -> Task:
        """What reads, pads, measures and shows the rows."""
        return self.loaders[0].dataset.task  # type: ignore[no-any-return]

    @property
    def tokenizer(self) -> Any:
        """The tokenizer that encoded the rows."""
        return self.task.tokenizer

    @property
    def vocab(self) -> list[str]:
        """Names of the labels, in the order of their ids."""
        return self.task.vocab

    @property
    def c(self) -> int:
        """Number of the model's outputs per row or token."""
        return len(self.vocab) or 1

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        tokenizer: Any,
        task: str | None = None,
        *,
        text: Any = None,
        label: Any = None,
        valid: Any = 0.2,
        multi_label: bool | None = None,
        batch_size: int = BATCH_SIZE,
        by_length: bool = True,
        num_workers: int = 0,
        device: Any = None,
        path: Any = ".",
        seed: int | None = None,
        **options: Any,
    ) -> TransformerDataLoaders:
        """Make them from a pandas frame.

        Parameters
        ----------
        frame
            One row per text. (``tfw.learner`` says what else can be read; all of it can here.)
        tokenizer
            A tokenizer, or the name, folder or pair of a model: its weights are not loaded.
        task, text, label
            By default what the columns say; see ``tfw.learner``.
        valid
            Share of rows for validation, a frame, or a boolean column's name.
        multi_label
            True where a text has any number of labels.
        batch_size
            Rows per batch.
        by_length
            Put rows of like length into a batch, which saves padding.
        num_workers
            Processes that pad; rows lie in memory, so that 0 is usually fastest.
        device
            Where batches go: by default a GPU where torch sees one.
        path
            Where a learner keeps its files.
        seed
            Fixes which rows are for validation.
        options
            What the task takes: ``max_length``, ``labels``, ``stride``, …

        Raises
        ------
        InputError
            When data or options cannot be used; it names column and row.
        """
        splits, chosen = read_task(
            frame,
            task,
            text=text,
            label=label,
            valid=valid,
            seed=seed,
            options=options,
            multi_label=multi_label,
        )
        chosen.bind(Reader.find(tokenizer, device=device))
        return cls.of_task(
            chosen,
            splits,
            batch_size=batch_size,
            by_length=by_length,
            num_workers=num_workers,
            device=device,
            path=path,
        )

    @classmethod
    def from_dataset(cls, dataset: Any, tokenizer: Any, *args: Any, **kwargs: Any) -> Any:
        """Make them from a ``datasets.Dataset`` or ``DatasetDict``; arguments as ``from_frame``."""
        return cls.from_frame(dataset, tokenizer, *args, **kwargs)

    @classmethod
    def from_lists(
        cls,
        texts: Sequence[Any],
        labels: Sequence[Any] | None,
        tokenizer: Any,
        *args: Any,
        **kw: Any,
    ) -> Any:
        """Make them from texts (strings, or pairs as tuples) and their labels.

        Without labels (None) the texts themselves are what is learnt. Further arguments as
        ``from_frame``.
        """
        data = list(texts) if labels is None else (list(texts), list(labels))
        return cls.from_frame(data, tokenizer, *args, **kw)

    @classmethod
    def of_task(
        cls,
        task: Task,
        splits: Splits,
        *,
        batch_size: int = BATCH_SIZE,
        by_length: bool = True,
        num_workers: int = 0,
        device: Any = None,
        path: Any = ".",
    ) -> TransformerDataLoaders:
        """Encode the splits with a task that was bound to a tokenizer."""
        batch_size = whole_number("batch_size", batch_size, 1)
        num_workers = whole_number("num_workers", num_workers, 0)
        import torch

        place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        options: dict[str, Any] = {
            "bs": batch_size,
            "num_workers": num_workers,
            "by_length": by_length,
        }
        task.rows = len(splits.train) + len(splits.valid)
        train = TransformerDL(task.encode(splits.train), shuffle=True, **options)
        valid = TransformerDL(task.encode(splits.valid), **options)
        return cls(train, valid, path=path, device=place)

    def test_dl(self, test_items: Any, with_labels: bool = False, **kwargs: Any) -> TransformerDL:
        """Return a loader over further rows, in the same form.

        Parameters
        ----------
        test_items
            A list of strings (tuples for pairs, dicts by column), a frame, or encoded rows.
        with_labels
            Whether a frame's labels are read too.
        """
        kwargs.pop("rm_type_tfms", None)
        kwargs.pop("process", None)
        if isinstance(test_items, (list, L)) and test_items and isinstance(test_items[0], Item):
            # fastai's Interpretation sets what comes back beside losses in the order it asked.
            kwargs.setdefault("by_length", False)
        return self.valid.new(self._encoded(test_items, with_labels), **kwargs)  # type: ignore[no-any-return]

    def _encoded(self, rows: Any, with_labels: bool) -> EncodedDataset:
        if isinstance(rows, EncodedDataset):
            return rows
        if isinstance(rows, (str, dict)):
            rows = [rows]
        if not hasattr(rows, "columns"):
            rows = list(rows)
            if rows and isinstance(rows[0], Item):
                return rows[0].dataset.take([item.index for item in rows])
        notes = list(self.task.notes)
        encoded = self.task.encode(self.task.rows_from(rows), labelled=with_labels)
        self.task.notes = notes  # new ones were about these rows, not about the training
        return encoded


def read_task(
    data: Any,
    task: str | None,
    *,
    text: Any,
    label: Any,
    valid: Any,
    seed: int | None,
    options: dict[str, Any],
    multi_label: bool | None = None,
    model_kind: KnownKind = None,
) -> tuple[Splits, Task]:
    """Read data, find out what is to be learnt from it, and check every row."""
    splits = read_splits(
        data, valid=valid, text=text, label=label, seed=42 if seed is None else seed
    )
    choice = choose(splits, task, text, label, model_kind=model_kind, multi_label=multi_label)
    made = make_task(choice, options)
    made.read(splits)
    made.notes += splits.notes
    return splits, made
