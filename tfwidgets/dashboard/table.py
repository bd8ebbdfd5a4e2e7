"""The training in a console: a line per epoch, alerts between them, and how it ended.

Plain lines, so that they can go into a file. A terminal gets a progress line besides, which is
wiped away before anything else is written.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, TextIO

from tfwidgets.dashboard.alert_words import alert_texts
from tfwidgets.dashboard.drawing.scales import written
from tfwidgets.dashboard.record import ENDED
from tfwidgets.ui.console import width
from tfwidgets.ui.progress import duration
from tfwidgets.ui.strings import current_language, number, translate
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    from tfwidgets.dashboard.record import Delta
    from tfwidgets.dashboard.session import Session

_COLUMN = 10
_LONGEST_NAME = 24
_PROGRESS_SECONDS = 0.5


class EpochPrinter:
    """A sink that prints the epoch table as it grows.

    Parameters
    ----------
    session
        The training.
    stream
        Where to print; by default what ``sys.stdout`` is at each line.
    """

    def __init__(self, session: Session, stream: TextIO | None = None) -> None:
        self._session = session
        self._stream = stream
        self._language = current_language()
        self._names: list[str] = []
        self._wiped = ""
        self._ended = False
        self._drawn = 0.0

    def __call__(self, delta: Delta) -> None:
        """Print what is new."""
        for event in delta.log:
            if event["kind"] == "alert":
                self._line(f"! {one_line(' '.join(alert_texts(event, self._language)), 500)}")
            elif event["kind"] == "message":
                self._line(one_line(str(event.get("text", "")), 500))
        for row in delta.epochs:
            self._row(row)
        if delta.status in ENDED:
            if not self._ended:
                self._ended = True
                self._line(self._end(delta))
        else:
            self._progress(delta)

    # -- lines -------------------------------------------------------------------------------------

    def _row(self, row: dict[str, Any]) -> None:
        fresh = [name for name in row["values"] if name not in self._names]
        if fresh:
            self._names += fresh
            heads = [self._words("epoch"), *self._names, self._words("time")]
            self._line(self._aligned([*heads, self._words("rate")]))
        name = number(int(row["epoch"]) + 1, self._language)
        if row["kind"] != "epoch":
            name += f" {self._words(row['kind'])}"
        values = (row["values"].get(key) for key in self._names)
        rate = self._session.progress.get("samples_per_second")
        cells = [
            name,
            *("" if v is None else self._number(float(v)) for v in values),
            self._time(float(row["seconds"])),
            "" if not rate else written(float(rate), self._language, digits=3),
        ]
        self._line(self._aligned(cells))

    def _aligned(self, cells: list[str]) -> str:
        first = max(len(self._words(k)) for k in ("evaluation", "partial")) + 5
        widths = [first, *(max(_COLUMN, _wide(name)) for name in self._names), _COLUMN, _COLUMN]
        shown = [cells[0] + " " * (widths[0] - width(cells[0]))]
        for cell, wide in zip(cells[1:], widths[1:], strict=True):
            cell = one_line(cell, _LONGEST_NAME)
            shown.append(" " * (wide - width(cell)) + cell)
        return "  ".join(shown).rstrip()

    def _end(self, delta: Delta) -> str:
        progress = self._session.progress
        values = {
            "batch": int(progress.get("batch", 0)) + 1,
            "epoch": int(progress.get("epoch", 0)) + 1,
            "time": self._time(self._session.seconds),
            "error": one_line(delta.error or "", 300),
        }
        return translate("dashboard-static", f"console-{delta.status}", self._language, **values)

    def _progress(self, delta: Delta) -> None:
        stream = self._stream or sys.stdout
        now = time.monotonic()
        if not _is_terminal(stream) or now - self._drawn < _PROGRESS_SECONDS:
            return
        self._drawn = now
        progress = self._session.progress
        values = {
            "status": translate("dashboard", f"status-{delta.status}", self._language),
            "epoch": int(progress.get("epoch") or 0) + 1,
            "epochs": int(progress.get("epochs") or 0),
            "batch": int(progress.get("batch") or 0) + 1,
            "batches": int(progress.get("batches") or 0),
        }
        text = translate("dashboard-static", "console-progress", self._language, **values)
        if (left := progress.get("left")) is not None:
            time_left = self._time(float(left))
            text += " · " + translate(
                "dashboard-static", "console-left", self._language, time=time_left
            )
        self._wipe(stream)
        # A line that is wider than the terminal could not be wiped.
        text = one_line(text, 78)
        stream.write(text)
        stream.flush()
        self._wiped = "\r" + " " * width(text) + "\r"

    def _line(self, text: str) -> None:
        stream = self._stream or sys.stdout
        self._wipe(stream)
        stream.write(f"{text}\n")
        stream.flush()

    def _wipe(self, stream: TextIO) -> None:
        if self._wiped:
            stream.write(self._wiped)
            self._wiped = ""

    # -- words -------------------------------------------------------------------------------------

    def _words(self, key: str) -> str:
        return translate("dashboard-static", f"console-{key}", self._language)

    def _number(self, value: float) -> str:
        return written(value, self._language, digits=5)

    def _time(self, seconds: float) -> str:
        text = duration(seconds)
        return text.replace(".", ",") if self._language == "de" else text


def _wide(name: str) -> int:
    return min(width(name), _LONGEST_NAME)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # no real file, or a closed one
        return False
