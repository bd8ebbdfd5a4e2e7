"""What a classification returns: texts, labels, scores, and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from tfwidgets.ui.console import text_table
from tfwidgets.ui.shown import Shown
from tfwidgets.ui.strings import Message
from tfwidgets.ui.text import clip, one_line

# From this score on a text has a label, where it may have several.
MULTI_LABEL_THRESHOLD = 0.5


class Classified(NamedTuple):
    """One text with its prediction."""

    text: str | None
    prediction: str | list[str]
    scores: dict[str, float]


@dataclass(eq=False, repr=False)
class Classification(Shown):
    """Texts sorted into classes.

    Attributes
    ----------
    texts
        The texts in input order; None where there was none.
    labels
        Names of the classes: the columns of ``scores``.
    scores
        float32, shape (n_texts, n_labels), 0 to 1. Rows sum to 1 unless ``multi_label``.
        NaN where there was nothing to read.
    method
        How they were scored: ``"zero-shot"``, ``"one-shot"``, ``"few-shot"`` or ``"head"``.
    model_name
        The model that read the texts.
    multi_label
        Whether a text may have several labels, or none.
    """

    view: ClassVar[str] = "tfwidgets.classify.widget:ClassificationView"
    picture: ClassVar[str] = "tfwidgets.classify.static:draw"

    texts: list[str | None]
    labels: list[str]
    scores: npt.NDArray[np.float32]
    method: str
    model_name: str
    multi_label: bool = False
    messages: list[Message] = field(default_factory=list)
    index: pd.Index | None = None

    @property
    def notes(self) -> list[str]:
        """What a reader should know: truncation, missing texts, a foreign language."""
        return [message.text() for message in self.messages]

    @cached_property
    def missing(self) -> npt.NDArray[np.bool_]:
        """Which texts have no scores: bool, shape (n_texts,)."""
        return np.asarray(np.isnan(self.scores).any(1), dtype=np.bool_)

    @cached_property
    def predicted(self) -> list[list[int]]:
        """Columns of the predicted labels of each text, the best first."""
        known = np.nan_to_num(self.scores, nan=-1.0)
        if not self.multi_label:
            best = known.argmax(1).tolist()
            return [[] if gone else [k] for k, gone in zip(best, self.missing, strict=True)]
        order = np.argsort(-known, axis=1, kind="stable")
        counts = (known >= MULTI_LABEL_THRESHOLD).sum(1)
        return [row[:n].tolist() for row, n in zip(order, counts, strict=True)]

    @property
    def predictions(self) -> list[Any]:
        """The label of each text (``""`` where it has no scores); lists when multi-label."""
        return [self._prediction(k) for k in range(len(self))]

    def to_frame(self) -> pd.DataFrame:
        """Return a table: text, prediction, and a column of scores per label.

        It keeps the index that the texts came with. A label called ``text`` or
        ``prediction`` becomes the column ``score: text``.
        """
        predictions = [None if p == "" else p for p in self.predictions]
        columns: dict[str, Any] = {"text": self.texts, "prediction": predictions}
        for name, scores in zip(self.labels, self.scores.T, strict=True):
            while name in columns:
                name = f"score: {name}"
            columns[name] = scores
        return pd.DataFrame(columns, index=self.index)

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[Classified]:
        for k in range(len(self)):
            yield self[k]

    @overload
    def __getitem__(self, key: int) -> Classified: ...
    @overload
    def __getitem__(self, key: slice) -> Classification: ...
    def __getitem__(self, key: int | slice) -> Classified | Classification:
        """Return one text with its prediction, or a part as a Classification."""
        if isinstance(key, slice):
            return Classification(
                texts=self.texts[key],
                labels=self.labels,
                scores=self.scores[key],
                method=self.method,
                model_name=self.model_name,
                multi_label=self.multi_label,
                # Positions in notes are those of the whole.
                messages=[m for m in self.messages if "position" not in m.values],
                index=None if self.index is None else self.index[key],
            )
        scores = dict(zip(self.labels, self.scores[key].tolist(), strict=True))
        return Classified(self.texts[key], self._prediction(key), scores)

    def __repr__(self) -> str:
        texts = "1 text" if len(self) == 1 else f"{len(self)} texts"
        head = f"{texts}, {len(self.labels)} labels ({self.method}, {self.model_name})"
        shown = min(len(self), 10)
        rows = [
            (str(k + 1), one_line(self.texts[k] or "", 60) or "–", *self._answer(k))
            for k in range(shown)
        ]
        lines = [head, text_table(("#", "text", "label", "score"), rows, right=1)]
        if shown < len(self):
            lines.append(f"… and {len(self) - shown} more: .to_frame() has them all")
        return "\n".join(lines + [f"Note: {note}" for note in self.notes])

    def _prediction(self, k: int) -> Any:
        names = [self.labels[column] for column in self.predicted[k]]
        return names if self.multi_label else "".join(names)

    def _answer(self, k: int) -> tuple[str, str]:
        columns: Sequence[int] = self.predicted[k]
        names = ", ".join(one_line(self.labels[c], 30) for c in columns)
        return clip(names, 60) or "–", f"{self.scores[k, columns[0]]:.0%}" if columns else ""
