"""The live view of the history: rows sorted and filtered here, runs opened where they stand."""

from __future__ import annotations

import logging
from typing import Any, ClassVar
from weakref import WeakSet

import traitlets

from tfwidgets.dashboard.flat import as_text
from tfwidgets.dashboard.history.compare import (
    MOST_SHOWN,
    Comparison,
    compared_settings,
    compared_values,
)
from tfwidgets.dashboard.history.listing import Line, chosen, line_of
from tfwidgets.dashboard.history.runs import Runs
from tfwidgets.dashboard.result import Run
from tfwidgets.dashboard.widget import LONGEST_NOTE, exported, opening, packed, plain, windows
from tfwidgets.errors import InputError
from tfwidgets.ui.routes import honour_subshells
from tfwidgets.ui.text import clip, printable
from tfwidgets.ui.view import Reply, View, answers

log = logging.getLogger(__name__)

MOST_ROWS = 500
_CLIPPED = 300

_views: WeakSet[RunsView] = WeakSet()


class RunsView(View):
    """The list of runs; opened on a comparison where it is given one."""

    bundle: ClassVar[str] = "runs"
    parts: ClassVar[tuple[str, ...]] = ("open",)

    compare = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(self, shown: Runs | Comparison) -> None:
        compared = shown.runs if isinstance(shown, Comparison) else []
        # A run that was given need not be in the store, which may be another one by now.
        self._given = {run.id: run for run in compared}
        self._runs = Runs() if isinstance(shown, Comparison) else shown
        super().__init__(compare=[run.id for run in compared[:MOST_SHOWN]])
        honour_subshells(self.comm)
        _views.add(self)

    @answers("rows")
    def _rows(
        self,
        start: int,
        stop: int,
        sort: dict[str, Any],
        text: str = "",
        status: str | None = None,
        project: str | None = None,
    ) -> Reply:
        lines = self._runs.latest()
        kept = chosen(
            lines,
            project=project,
            status=status,
            text=text,
            by=str(sort.get("by")),
            descending=bool(sort.get("descending")),
        )
        start = max(start, 0)
        rows = kept[start : max(start, min(stop, start + MOST_ROWS))]
        payload = {
            "start": start,
            "total": len(kept),
            "rows": [_row(line) for line in rows],
            "problems": self._runs.problems,
            "projects": sorted({printable(line.project) for line in lines}),
        }
        return plain(payload), []

    @answers("open_run")
    def _open_run(self, run: str) -> Reply:
        return opening(self._run(run).record)

    @answers("window")
    def _window(
        self,
        run: str,
        names: list[str],
        first: float,
        last: float,
        bins: int,
    ) -> Reply:
        return windows(self._run(run).record, names, first, last, bins)

    @answers("compare")
    def _compare(self, ids: list[str]) -> Reply:
        if len(ids) > MOST_SHOWN:
            raise InputError(f"At most {MOST_SHOWN} runs are compared here, not {len(ids)}.")
        records = Comparison([self._run(identity) for identity in ids]).records
        runs, buffers = [], []
        for record in records:
            head, parts = packed((name, record.overview(name)) for name in record.curve_names)
            runs.append(_row(line_of(record)) | {"curves": head})
            buffers += parts
        settings = [
            {
                "key": clip(setting.key, _CLIPPED),
                "values": [
                    None if value is None else clip(as_text(value), _CLIPPED)
                    for value in setting.values
                ],
                "same": setting.same,
            }
            for setting in compared_settings(records)
        ]
        best = [
            {"name": row.name, "lower": row.lower, "values": row.values, "best": row.best}
            for row in compared_values(records)
        ]
        return plain({"runs": runs, "settings": settings, "best": best}), buffers

    @answers("note")
    def _note(self, run: str, text: str) -> Reply:
        self._runs.note(self._run(run), printable(str(text)[:LONGEST_NOTE]))
        return {}, []

    @answers("delete")
    def _delete(self, ids: list[str]) -> Reply:
        self._runs.delete_ids([str(identity) for identity in ids])
        return {}, []

    @answers("export")
    def _export(self, run: str, kind: str) -> Reply:
        return exported(self._run(run).record, kind)

    def tell(self) -> None:
        """Have the page ask for its rows again."""
        try:
            self.send({"type": "changed"})
        except Exception:  # a page that is gone is no concern of what changed the list
            log.exception("a view of the runs could not be told of a change")

    def _run(self, identity: str) -> Run:
        return self._given.get(identity) or self._runs.of_id(identity)


def tell_views() -> None:
    """Have every view of the list ask for its rows again."""
    for view in list(_views):
        view.tell()


def _row(line: Line) -> dict[str, Any]:
    row = {
        name: getattr(line, name)
        for name in ("id", "project", "status", "started", "seconds", "epochs", "steps")
    }
    return row | {
        "name": clip(printable(line.name), _CLIPPED),
        "monitor": line.monitor,
        "best": line.best,
        "model": line.model and clip(printable(line.model), _CLIPPED),
        "note": printable(line.note),
        "live": line.live,
        "newer": line.problem is not None,
        "problem": line.problem and clip(printable(line.problem), _CLIPPED),
    }
