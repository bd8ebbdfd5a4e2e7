"""What fastai's ``Interpretation`` needs to know of rows of text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from fastai.interpret import ClassificationInterpretation, plot_top_losses
from fastcore.foundation import L

from tfwidgets.train.data.batches import IGNORED
from tfwidgets.train.tables import show_table

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ShownInputs:
    """Inputs of rows, with the task that can write them: by its type fastai chooses how to show.

    Attributes
    ----------
    task
        The task.
    inputs
        By name a tensor (n_rows, tokens), or a list of rows of different lengths.
    """

    task: Any
    inputs: dict[str, Any]


def shown(task: Any, batch: Any, max_n: int = 9) -> tuple[ShownInputs, Any, Any]:
    """Return inputs, targets and their rows in words, as ``_pre_show_batch`` of a loader does.

    Parameters
    ----------
    batch
        ``(inputs, target)``; the target may be a prediction.

    Returns
    -------
    tuple
        The inputs; the targets; one pair (texts by column, target in words) per row.
    """
    inputs, target = batch[0], batch[1] if len(batch) > 1 else None
    count = min(max_n, len(inputs["input_ids"]))
    words = [None if target is None else task.written(target[k], inputs, k) for k in range(count)]
    rows = L((task.inputs_of(inputs, k), words[k]) for k in range(count))
    return ShownInputs(task, inputs), target, rows


def _top_losses(
    x: ShownInputs, y: Any, samples: Any, outs: Any, raws: Any, losses: Any, **_: Any
) -> None:
    """Show the rows with the largest losses as a table."""
    show_table(top_losses_table(x, samples, outs, raws, losses))


plot_top_losses.dispatch(_top_losses)


def top_losses_table(
    x: ShownInputs, samples: Any, outs: Any, raws: Any, losses: Any
) -> pd.DataFrame:
    """Return rows with what they are, what was predicted, and how wrong that is.

    Parameters
    ----------
    samples, outs
        As ``shown`` makes them of targets, and of predictions without their texts.
    raws
        Predictions after the loss's activation, one entry per row.
    losses
        Loss of each row, shape (n_rows,).

    Returns
    -------
    pandas.DataFrame
        Columns: the texts, the target's name, ``predicted``, ``loss`` and, where one of several
        labels is predicted, ``probability`` (of the predicted one).
    """
    import pandas as pd

    single = x.task.problem_type == "single_label_classification"
    rows = []
    for k, ((texts, target), (predicted,)) in enumerate(zip(samples, outs, strict=True)):
        row = {**texts, x.task.target_name: target, "predicted": predicted}
        row["loss"] = round(float(losses[k]), 4)
        if single:
            row["probability"] = round(float(raws[k].max()), 4)
        rows.append(row)
    return pd.DataFrame(rows)


class TokenInterpretation(ClassificationInterpretation):  # type: ignore[misc]
    """fastai's ``ClassificationInterpretation`` for labels of tokens.

    ``TokenInterpretation.from_learner(learn)`` counts tokens that have a label; special ones,
    padding and further pieces of words have none.
    """

    def _counted(self) -> tuple[Any, Any]:
        """Return decoded predictions and targets of the tokens that count, each (n_tokens,)."""
        _, targets, decoded = self.learn.get_preds(dl=self.dl, with_decoded=True, act=self.act)
        target = np.concatenate([np.asarray(row).reshape(-1) for row in targets])
        predicted = np.concatenate([np.asarray(row).reshape(-1) for row in decoded])
        return predicted[target != IGNORED], target[target != IGNORED]

    def confusion_matrix(self) -> Any:
        """Return how many tokens of each label (row) got which (column)."""
        from sklearn.metrics import confusion_matrix

        predicted, target = self._counted()
        return confusion_matrix(target, predicted, labels=range(len(self.vocab)))

    def print_classification_report(self) -> None:
        """Print precision, recall and F1 of each label, over tokens."""
        from sklearn.metrics import classification_report

        predicted, target = self._counted()
        names = [str(name) for name in self.vocab]
        print(
            classification_report(
                target, predicted, labels=range(len(names)), target_names=names, zero_division=0
            )
        )
