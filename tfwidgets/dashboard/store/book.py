"""What a training has told so far, as rows and texts that wait to be written."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from tfwidgets.dashboard.record import ENDED, Delta
from tfwidgets.dashboard.store.formats import Row, config_of, dumps, merged, row_of, write_overview
from tfwidgets.dashboard.store.summary import write_summary
from tfwidgets.ui.text import printable

if TYPE_CHECKING:
    from tfwidgets.dashboard.session import Session

OVERVIEW_SECONDS = 30.0


class Book:
    """The rows and texts of one training.

    Attributes
    ----------
    run
        ``id``, ``name`` and ``project``.
    pending
        Rows that are not written yet.
    texts
        Texts that were written otherwise before, or never.
    rows
        How many rows there were so far.
    """

    def __init__(self, session: Session) -> None:
        name, project = printable(str(session.name)), str(session.project)
        self.run = {"id": session.id, "name": name, "project": project}
        self.pending: list[Row] = []
        self.texts: dict[str, str] = {}
        self.rows = self.bins_step = 0
        self._last = Delta()
        self._facts: dict[str, Any] = session.facts
        self._epochs: list[dict[str, Any]] = []
        self._log: list[dict[str, Any]] = []
        self._panels: dict[str, dict[str, Any]] = {}
        self._counts: dict[str, int] = {}
        self._times: dict[str, Any] = {"started": session.started, "ended": None, "seconds": 0.0}
        self._note = ""
        self._bins_at = time.monotonic()

    @property
    def ended(self) -> bool:
        """Whether what came last was the end."""
        return self._last.status in ENDED

    def take(self, deltas: Sequence[Delta], session: Session | None) -> None:
        """Make a row of what came; the session, where it is still there, gives what is not told."""
        if session is not None:
            ended = session.ended
            self._times = {"started": session.started, "ended": ended, "seconds": session.seconds}
            if session.note != self._note:
                self._note = self.texts["note"] = printable(session.note)
        if not deltas:
            return
        delta = merged(deltas)
        self._last = delta
        self._epochs += delta.epochs
        self._log += delta.log
        self._panels |= delta.panels
        if delta.facts is not None or not self.rows:
            self._facts = delta.facts or self._facts
            self.texts["facts"] = dumps(self._facts)
        at = self._times["started"] + delta.progress.get("seconds", self._times["seconds"])
        stamp = datetime.fromtimestamp(at, timezone.utc).isoformat()
        row = row_of(delta, self.rows, self._counts, stamp)
        self.rows += 1
        self.pending.append(row)
        self.sign()
        if session is not None and self.bins_due(row.step):
            self.texts["curves"] = self._overview(session, row)

    def sign(self) -> None:
        """Write the summary anew, with a sign of life."""
        last = self._last
        run = {
            **self.run,
            **self._times,
            "status": last.status,
            "error": last.error,
            "rows": self.rows,
        }
        if not self.ended:
            run["ended"] = None
        running = not self.ended
        self.texts["run"] = write_summary(
            run, self._epochs, self._facts, last.progress, running=running
        )

    def config(self) -> dict[str, Any]:
        """Return the settings of the training, for trackio's own table."""
        return config_of(self._facts)

    def written(self, count: int, texts: dict[str, str]) -> None:
        """Cross out the first rows, and texts that have not changed since."""
        del self.pending[:count]
        for what, text in texts.items():
            if self.texts.get(what) == text:
                del self.texts[what]

    def bins_due(self, step: int) -> bool:
        """Whether bins of whole curves are to be made: at each doubling, and after a while."""
        late = time.monotonic() - self._bins_at > OVERVIEW_SECONDS
        return late or step >= 2 * self.bins_step or self.ended

    def _overview(self, session: Session, row: Row) -> str:
        self._bins_at, self.bins_step = time.monotonic(), row.step
        curves = {}
        for name, count in self._counts.items():
            x, y = session.values(name)
            curves[name] = x[:count], y[:count]  # the session may be ahead of the rows
        return write_overview(curves, row, self._epochs, self._log, self._panels, self._last)
