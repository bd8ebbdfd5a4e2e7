"""A few validation rows, the same throughout: what the model says about them as it learns."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from tfwidgets.dashboard.probes.hardest import written
from tfwidgets.dashboard.probes.probe import finite
from tfwidgets.dashboard.probes.rowprobe import RowProbe
from tfwidgets.dashboard.probes.sampling import plain
from tfwidgets.dashboard.probes.texts import printed
from tfwidgets.dashboard.probes.validation import inputs_at, loss_method

if TYPE_CHECKING:
    from tfwidgets.dashboard.probes.validation import Collector, Rows

MOST_ROWS = 50
MOST_PREDICTIONS = 20
_SEARCH_SECONDS = 0.05
_SEARCHED = 4  # rows looked at per row wanted, in search of different targets

# Predictions of these can be compared with the target, word for word.
_COMPARED = ("text-classification", "token-classification", "question-answering")


@dataclass
class Samples(RowProbe):
    """What the model says about fixed validation rows, after each validation.

    Predictions are caught from the validation's own batches. Those of language models and of
    models that write are the likeliest tokens after the *right* ones before, not what the model
    would write alone.

    Attributes
    ----------
    wanted
        How many rows, or their numbers in the validation data.
    """

    wanted: int | Sequence[int] = 4
    name: ClassVar[str] = "samples"
    _chosen: list[int] = field(default_factory=list)
    _caught: dict[int, tuple[Any, Any]] = field(default_factory=dict)

    def start(self) -> None:
        """Choose the rows, once."""
        if self._chosen:
            return
        texts = self.known_texts
        if isinstance(self.wanted, int):
            self._chosen = self._different(min(self.wanted, len(texts), MOST_ROWS))
        else:
            self._chosen = [int(index) for index in self.wanted][:MOST_ROWS]
        outside = [index for index in self._chosen if not 0 <= index < len(texts)]
        if outside or not self._chosen:
            first = outside[0] if outside else 0
            self.unavailable("probe-samples-outside", row=first, rows=len(texts))
            return
        rows = []
        for index in self._chosen:
            text, target = texts.row(index)
            rows.append({"index": index, "text": text, "target": target, "predictions": []})
        self.data = {"rows": rows}

    def batch(self, collector: Collector) -> None:
        """Catch predictions which only their task, or their loss function, can write."""
        if collector.batch_rows is None or collector.kind in ("single", "number"):
            return
        learn = self.fit.learn
        for k in np.flatnonzero(np.isin(collector.batch_rows, self._chosen)).tolist():
            said = _decoded(learn.loss_func, plain(learn.pred)[k : k + 1])
            if said is not None:
                index = int(collector.batch_rows[k])
                self._caught[index] = said, inputs_at(learn.xb[0], k)

    def rows(self, rows: Rows) -> None:
        """Add what was said to each row."""
        if rows.index is None:
            self.unavailable("probe-stream")
            return
        if rows.kind in ("single", "number"):
            place = {int(index): k for k, index in enumerate(rows.index.tolist())}
            names = self.known_texts.class_names(rows.classes) if rows.kind == "single" else []
            said = {
                index: self._said(rows, place[index], names)
                for index in self._chosen
                if index in place
            }
        else:
            every = {index: self._written(index, rows) for index in self._caught}
            said = {index: one for index, one in every.items() if one is not None}
        self._caught = {}
        if not said:
            self.unavailable("probe-no-words")
            return
        when = {"step": rows.step, "epoch": rows.epoch}
        shown = []
        for row in (self.data or {"rows": []})["rows"]:
            new = [{**when, **said[row["index"]]}] if row["index"] in said else []
            predictions = [*row["predictions"], *new][-MOST_PREDICTIONS:]
            # The target's name is only known once the number of classes is.
            text, target = self.known_texts.row(row["index"])
            shown.append({**row, "text": text, "target": target, "predictions": predictions})
        self.data = {"rows": shown}

    def stop(self) -> None:
        """Let go of what was caught."""
        self._caught = {}

    @staticmethod
    def _said(rows: Rows, k: int, names: list[str]) -> dict[str, Any]:
        right = None
        if rows.kind == "single" and rows.predicted is not None and rows.target is not None:
            right = bool(rows.predicted[k] == rows.target[k])
        score = None if rows.score is None else finite(float(rows.score[k]))
        return {"text": written(rows, k, names), "score": score, "right": right}

    def _written(self, index: int, rows: Rows) -> dict[str, Any] | None:
        said, inputs = self._caught[index]
        texts = self.known_texts
        target = texts.row(index)[1]
        if texts.task is not None and inputs is not None:
            text = printed(texts.task.written(said, inputs, 0))
            right = text == target if texts.task.name in _COMPARED else None
        elif rows.kind == "multi":
            names = texts.class_names(rows.classes)
            text = printed(", ".join(n for n, on in zip(names, said, strict=True) if on) or "–")
            right = None
        else:
            return None
        return {"text": text, "score": None, "right": right}

    def _different(self, count: int) -> list[int]:
        """Return the first rows, those with new targets before others, while that is quick."""
        texts = self.known_texts
        targets: dict[str, int] = {}
        until = time.perf_counter() + _SEARCH_SECONDS
        for index in range(min(len(texts), count * _SEARCHED)):
            if len(targets) == count or (index >= count and time.perf_counter() > until):
                break
            targets.setdefault(texts.row(index)[1], index)
        chosen = sorted(targets.values())[:count]
        others = (index for index in range(len(texts)) if index not in chosen)
        chosen = sorted([*chosen, *(next(others) for _ in range(count - len(chosen)))])
        texts.keep(chosen)
        return chosen


def _decoded(loss_func: Any, pred: Any) -> Any:
    """Return one row's prediction, decoded as the learner does; on the CPU."""
    activation, decodes = loss_method(loss_func, "activation"), loss_method(loss_func, "decodes")
    if decodes is None:
        return None
    with torch.no_grad():
        said = decodes(activation(pred) if activation else pred)
    return plain(said)[0].cpu() if isinstance(said, torch.Tensor) else None
