"""What tasks share whose model names a token of its vocabulary at every place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from tfwidgets.errors import InputError
from tfwidgets.train.data.dataset import EncodedDataset
from tfwidgets.train.tasks.task import SHOWN, Task
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    import pandas as pd

    from tfwidgets.train.data.reader import Reader

# Logits of a whole dataset that get_preds keeps; their softmax takes as much again.
_MOST_BYTES = 2 * 1024**3
_FLOAT = 4


@dataclass
class TokenTask(Task):
    """A task whose targets are tokens: (batch, tokens), -100 where there is none."""

    shift: ClassVar[bool] = False
    """Whether the logits of a token belong to the next one's target."""

    limit: int | None = field(default=None, init=False)

    def bind(self, reader: Reader) -> None:
        """Get to know the model."""
        super().bind(reader)
        self.limit = reader.most

    def loss_func(self) -> Any:
        """Return cross-entropy over the tokens, as the models themselves compute it."""
        from tfwidgets.train.losses import TokenCrossEntropy

        return TokenCrossEntropy(shift=self.shift)

    def check_predictions(self, dataset: EncodedDataset, model: Any) -> None:
        """Refuse to keep logits over the vocabulary for more rows than memory takes.

        Raises
        ------
        InputError
            With what to call instead.
        """
        tokens = int(self.predicted_tokens(dataset).sum())
        outputs = model.get_output_embeddings()
        wide = int(outputs.weight.shape[0] if outputs is not None else model.config.vocab_size)
        size = tokens * wide * _FLOAT
        if size > _MOST_BYTES:
            raise InputError(
                f"The predictions of {len(dataset):,} rows, {wide:,} numbers for each of "
                f"{tokens:,} tokens, would take {size / 1e9:,.1f} GB of memory.\n"
                "For the losses of rows: get_preds(with_preds=False, with_loss=True); for metrics: "
                "learn.validate(); for texts: learn.predict(…); or pass fewer rows as dl="
                "learn.dls.test_dl(…)."
            )

    def predicted_tokens(self, dataset: EncodedDataset) -> Any:
        """Return at how many places of each row the model predicts, shape (n_rows,)."""
        return dataset.features["input_ids"].lengths if len(dataset) else np.zeros(0, np.int64)

    def written(self, target: Any, inputs: Mapping[str, Any], k: int) -> str:
        """Return the text of target tokens, or of predicted ones where there is a target."""
        counted = torch.as_tensor(self.counted(inputs)[k]).bool()
        return one_line(self.decoded_ids(torch.as_tensor(target)[counted]), SHOWN)

    def counted(self, inputs: Mapping[str, Any]) -> Any:
        """Tell at which places of a batch there is a target; rows as long as the targets."""
        return inputs["attention_mask"]


def texts_of(rows: pd.DataFrame, column: str) -> list[str]:
    """Return a column's texts."""
    return [str(text) for text in rows[column]]


def refuse_rows(rows: pd.DataFrame, column: str, bad: Sequence[bool], why: str) -> None:
    """Refuse rows of which nothing can be learnt; the first is shown."""
    if any(bad):
        k = next(k for k, is_bad in enumerate(bad) if is_bad)
        more = sum(map(bool, bad)) - 1
        others = f" (and {more:,} more)" if more else ""
        raise InputError(f"{column} {rows[column].iloc[k]!r:.60} in row {k}{others} {why}")
