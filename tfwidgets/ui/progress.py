"""Progress of long work: how much is done, how fast, how long it still takes.

The work only says ``advance``; work that cannot be counted (``total=0``) only begins and
ends. Where that is shown depends on where it runs: a line that updates in place in a
notebook, a tqdm bar in a terminal. Counted work that ends soon shows nothing.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any
from uuid import uuid4
from xml.etree.ElementTree import Element

from tfwidgets.ui.frontend import in_notebook, shell
from tfwidgets.ui.html import element, render
from tfwidgets.ui.strings import current_language, number, translate

QUIET = 0.4  # seconds before anything is shown: short work should not flicker
INTERVAL = 0.2  # seconds between two updates: a notebook should not drown in messages
_CALM = "opacity:.8"


class Progress:
    """A context manager around work that takes a while.

    Parameters
    ----------
    what
        What is done, for people: ``"Classifying"``.
    total
        Number of units in all; 0 where it cannot be counted.
    unit
        Name of a unit in the plural: ``"texts"``.
    show
        False keeps it silent.
    """

    def __init__(self, what: str, total: int, unit: str, *, show: bool = True) -> None:
        self.what = what
        self.total = total
        self.unit = unit
        self.done = 0
        self._show = show
        self._sink: _Line | _Bar | None = None
        self._clock: tuple[float, int] | None = None
        self._started = self._drawn = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the work began."""
        return time.monotonic() - self._started

    @property
    def rate(self) -> float:
        """Units per second so far; 0 as long as nothing can be said.

        The first units only start the clock: what came before them was preparation.
        """
        since, at_once = self._clock or (self._started, self.done)
        elapsed = time.monotonic() - since
        return (self.done - at_once) / elapsed if elapsed > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Seconds that the rest will take at this rate; None as long as nothing can be said."""
        rate = self.rate
        return (self.total - self.done) / rate if rate else None

    def advance(self, n: int = 1) -> None:
        """Record that ``n`` more units are done."""
        self.done += n
        now = time.monotonic()
        if n and self._clock is None:
            self._clock = now, self.done
        if self._sink is None and self.done >= self.total:
            return  # done before there was anything to show
        if self._show and now - self._started >= QUIET and now - self._drawn >= INTERVAL:
            self._drawn = now
            self._draw()

    def _draw(self) -> None:
        if self._sink is None:
            self._sink = _Line() if in_notebook() else _Bar(self)
        self._sink.draw(self)

    def __enter__(self) -> Progress:
        self._started = self._drawn = time.monotonic()
        if self._show and not self.total:
            self._draw()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._sink is not None:
            self._sink.end(self, finished=kind is None)


class _Line:
    """One output of a notebook cell, rewritten in place."""

    def __init__(self) -> None:
        self._identity = uuid4().hex
        self._published = False

    def draw(self, progress: Progress) -> None:
        parts = [_sentence("running", progress)]
        if progress.left is not None:
            rate = _short(progress.rate)
            parts.append(translate("progress", "rate", rate=rate, unit=progress.unit))
            parts.append(translate("progress", "left", time=duration(progress.left)))
        text = " · ".join(parts)
        # Without a value the browser draws a bar that only says: something is going on.
        counted = {"value": str(progress.done), "max": str(progress.total)}
        bar = element("progress", **(counted if progress.total else {}), style="width:12em")
        self._publish(text, element("div", bar, f" {text}", style=_CALM))

    def end(self, progress: Progress, *, finished: bool) -> None:
        text = _sentence("finished" if finished else "stopped", progress)
        self._publish(text, element("div", text, style=_CALM))

    def _publish(self, text: str, html: Element) -> None:
        terminal: Any = shell()
        terminal.display_pub.publish(
            data={"text/plain": text, "text/html": render(html)},
            transient={"display_id": self._identity},
            update=self._published,
        )
        self._published = True


class _Bar:
    """A tqdm bar on the terminal."""

    def __init__(self, progress: Progress) -> None:
        from tqdm import tqdm

        self._bar = tqdm(
            total=progress.total,
            unit=f" {progress.unit}",
            desc=progress.what,
            bar_format=None if progress.total else "{desc} …",
            leave=bool(progress.total),
            smoothing=0,
        )
        # The work began before there was a bar.
        self._bar.start_t -= progress.seconds
        self._bar.last_print_t -= progress.seconds

    def draw(self, progress: Progress) -> None:
        self._bar.update(progress.done - self._bar.n)

    def end(self, progress: Progress, *, finished: bool) -> None:
        self.draw(progress)
        self._bar.close()


def duration(seconds: float) -> str:
    """Write a time span for people: ``0.8 s``, ``12 s``, ``3:05 min``, ``2:10 h``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02} h"


def _short(rate: float) -> str:
    return number(round(rate), current_language()) if rate >= 10 else f"{rate:.1f}"


def _sentence(key: str, progress: Progress) -> str:
    return translate(
        "progress",
        key if progress.total else f"{key}.whole",
        what=progress.what,
        done=progress.done,
        total=progress.total,
        unit=progress.unit,
        time=duration(progress.seconds),
    )
