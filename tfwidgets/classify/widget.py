"""The live view of a classification: a table that sends what is on screen."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import traitlets

from tfwidgets.classify.result import Classification
from tfwidgets.classify.static import frequent, label_counts
from tfwidgets.errors import InputError
from tfwidgets.ui.text import printable
from tfwidgets.ui.view import Reply, View, answers

FIRST_ROWS = 50
MOST_ROWS = 500
MOST_COLUMNS = 50
CLIPPED = 300
WHOLE = 20_000


class ClassificationView(View):
    """Rows of a classification, sorted and filtered here, drawn in the page."""

    bundle: ClassVar[str] = "classify"

    labels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    summary = traitlets.Dict().tag(sync=True)
    columns = traitlets.List(traitlets.Int()).tag(sync=True)
    first = traitlets.Dict().tag(sync=True)

    def __init__(self, result: Classification) -> None:
        self._result = result
        self._folded: list[str] | None = None
        self._order: tuple[object, npt.NDArray[np.intp]] = (None, np.arange(len(result)))
        columns = frequent(result, 8)
        payload, (scores,) = self._page(np.arange(len(result)), 0, FIRST_ROWS, columns)
        super().__init__(
            labels=[printable(name) for name in result.labels],
            columns=columns,
            summary={
                "total": len(result),
                "method": result.method,
                "model": result.model_name,
                "multi_label": result.multi_label,
                "notes": [message.texts() for message in result.messages],
                "counts": label_counts(result),
                "missing": int(result.missing.sum()),
            },
            first={**payload, "scores": scores},
        )

    @answers("rows")
    def _rows(
        self,
        start: int,
        stop: int,
        columns: list[int],
        sort: dict[str, Any],
        label: int | None = None,
        text: str = "",
    ) -> Reply:
        # Scrolling asks for page after page in one order: it is made once.
        question = (sort.get("by"), sort.get("label"), sort.get("descending"), label, text)
        if question != self._order[0]:
            self._order = question, self._ordered(sort, label, text)
        return self._page(self._order[1], start, stop, columns)

    @answers("detail")
    def _detail(self, index: int) -> Reply:
        result = self._result
        text = result.texts[index] or ""
        payload = {
            "index": index,
            "text": printable(text[:WHOLE]),
            "clipped": len(text) > WHOLE,
            "predicted": result.predicted[index],
        }
        return payload, [result.scores[index].astype("<f4").tobytes()]

    def _page(
        self, order: npt.NDArray[np.intp], start: int, stop: int, columns: list[int]
    ) -> Reply:
        result = self._result
        columns = columns[:MOST_COLUMNS]
        start = max(start, 0)
        chosen = order[start : max(start, min(stop, start + MOST_ROWS))]
        rows = []
        for k in chosen.tolist():
            text, predicted = result.texts[k] or "", result.predicted[k]
            rows.append(
                {
                    "index": k,
                    "text": printable(text[:CLIPPED]),
                    "clipped": len(text) > CLIPPED,
                    "predicted": predicted,
                    # With many labels the predicted one may be no column on the screen.
                    "score": float(result.scores[k, predicted[0]]) if predicted else None,
                    "missing": bool(result.missing[k]),
                }
            )
        scores = result.scores[chosen][:, columns].astype("<f4").tobytes()
        return {"start": start, "total": len(order), "rows": rows}, [scores]

    def _ordered(self, sort: dict[str, Any], label: int | None, text: str) -> npt.NDArray[np.intp]:
        """Return the positions of the texts that pass the filters, in the order asked for."""
        order = self._sorted(
            str(sort.get("by")), sort.get("label"), descending=bool(sort.get("descending"))
        )
        result = self._result
        if label is not None:
            order = order[[label in result.predicted[k] for k in order.tolist()]]
        if wanted := text.casefold():
            texts = self._casefolded()
            order = order[[wanted in texts[k] for k in order.tolist()]]
        return order

    def _sorted(self, by: str, label: int | None, *, descending: bool) -> npt.NDArray[np.intp]:
        """Sort stably both ways: equal texts stay in input order, missing ones at the end."""
        result = self._result
        key: npt.NDArray[Any]
        if by == "input":
            key = np.arange(len(result))
        elif by == "text":
            texts = self._casefolded()
            ranks = {text: rank for rank, text in enumerate(sorted(set(texts)))}
            key = np.array([ranks[text] for text in texts])
        elif by == "prediction":
            key = np.array([columns[0] if columns else -1 for columns in result.predicted])
        elif by == "score" and label is not None and 0 <= label < len(result.labels):
            key = result.scores[:, label].astype(float)
        else:
            raise InputError(f"This table cannot be sorted by {by!r}.")
        order = np.argsort(-key if descending else key, kind="stable")
        gone = result.missing[order]
        return order if by == "input" else np.concatenate([order[~gone], order[gone]])

    def _casefolded(self) -> list[str]:
        if self._folded is None:
            self._folded = [(text or "").casefold() for text in self._result.texts]
        return self._folded
