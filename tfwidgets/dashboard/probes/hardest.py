"""Rows that the model gets most wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tfwidgets.dashboard.probes.probe import finite
from tfwidgets.dashboard.probes.rowprobe import RowProbe

if TYPE_CHECKING:
    from tfwidgets.dashboard.probes.validation import Rows

MOST_ROWS = 20


class Hardest(RowProbe):
    """The validation rows with the largest losses: hard ones, and those with a wrong label.

    Losses are those of ``learn.get_preds(with_loss=True)``; a row of several values or tokens
    has their mean. A loss function of somebody's own is not called a second time, because that may
    change it: rows with one label are ranked by cross-entropy, numbers by the squared error. A
    loss that is no number comes first.
    """

    name: ClassVar[str] = "hardest"

    def rows(self, rows: Rows) -> None:
        """Find them."""
        if rows.loss is None:
            self.unavailable("probe-no-row-loss")
            return
        if rows.index is None:
            self.unavailable("probe-stream")
            return
        ranked = np.where(np.isnan(rows.loss), np.inf, rows.loss)
        worst = np.argsort(-ranked, kind="stable")[:MOST_ROWS]
        names = self.known_texts.class_names(rows.classes) if rows.kind == "single" else []
        self.data = {
            "rows": [self._row(rows, int(k), names) for k in worst],
            "step": rows.step,
            "epoch": rows.epoch,
        }

    def _row(self, rows: Rows, k: int, names: list[str]) -> dict[str, Any]:
        assert rows.index is not None  # noqa: S101 - rows() has seen to it
        assert rows.loss is not None  # noqa: S101
        index = int(rows.index[k])
        text, target = self.known_texts.row(index)
        return {
            "index": index,
            "text": text,
            "target": target,
            "predicted": written(rows, k, names),
            "loss": finite(float(rows.loss[k])),
            "score": None if rows.score is None else finite(float(rows.score[k])),
        }


def written(rows: Rows, k: int, names: list[str]) -> str | None:
    """Write the prediction of a row that has one label or number; else None."""
    if rows.predicted is None:
        return None
    said = rows.predicted[k]
    return names[int(said)] if rows.kind == "single" else f"{float(said):.4g}"
