"""Which labels are taken for which."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from tfwidgets.dashboard.probes.rowprobe import RowProbe

if TYPE_CHECKING:
    from tfwidgets.dashboard.probes.validation import Rows

MOST_LABELS = 50


class Confusion(RowProbe):
    """Counts of validation rows by label (row of the matrix) and prediction (column)."""

    name: ClassVar[str] = "confusion"
    needs_numbers: ClassVar[bool] = False

    def prepare(self) -> None:
        """See from the task, where there is one, whether rows have one label."""
        super().prepare()
        task = self.texts.task if self.available and self.texts is not None else None
        if task is None:
            return
        if getattr(task, "problem_type", None) != "single_label_classification":
            self.unavailable("probe-not-one-label")
        elif len(task.vocab) > MOST_LABELS:
            self.unavailable("probe-many-labels", n=len(task.vocab), most=MOST_LABELS)

    def rows(self, rows: Rows) -> None:
        """Count."""
        if rows.kind != "single" or rows.predicted is None or rows.target is None:
            self.unavailable("probe-not-one-label")
        elif rows.classes > MOST_LABELS:
            self.unavailable("probe-many-labels", n=rows.classes, most=MOST_LABELS)
        else:
            count = rows.classes
            known = (rows.target >= 0) & (rows.target < count)  # -100: a row without a label
            cells = rows.target[known].astype(np.int64) * count + rows.predicted[known]
            counts = np.bincount(cells, minlength=count * count).reshape(count, count)
            self.data = {
                "labels": self.known_texts.class_names(count),
                "counts": counts.tolist(),
                "step": rows.step,
                "epoch": rows.epoch,
            }
