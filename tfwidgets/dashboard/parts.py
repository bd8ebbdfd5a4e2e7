"""What watches, keeps, reaches and shows a training: each may fail, and is then left out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol

from tfwidgets.dashboard.session import Session
from tfwidgets.errors import InputError
from tfwidgets.ui.frontend import in_notebook
from tfwidgets.ui.text import one_line

log = logging.getLogger(__name__)

STORE_SECONDS = 2.0
"""How long the end of a training waits for the store."""

Endings = list[Callable[[], object]]


class Watched(Protocol):
    """A training of fastai or of Trainer."""

    session: Session
    options: Any


class Steered:
    """A callback that watches trainings, as code steers them."""

    _fit: Any

    def submit(self, command: str, /, **values: Any) -> None:
        """Ask the running training for something, from another thread or a callback.

        Parameters
        ----------
        command
            ``"pause"``, ``"resume"``, ``"stop"``, ``"stop_after_epoch"``, ``"one_more_epoch"``,
            ``"lr_factor"`` (``value``), ``"freeze"`` and ``"unfreeze"`` (``group``),
            ``"checkpoint"``, ``"restore_best"``, ``"evaluate"``; with fastai also ``"panel"``
            (``name``, ``on``).

        Raises
        ------
        InputError
            There is no such command, its values are wrong, or nothing is training.
        """
        fit = self._fit
        if fit is None:
            raise InputError("Nothing is training: there is nothing to steer.")
        fit.session.submit(command, values)


def attach(fit: Watched, endings: Endings) -> None:
    """Give a training its guard, store and ways in; ``endings`` gets what undoes them."""
    attempt(fit, "guard", lambda: _guard(fit))
    if fit.options.keep:
        attempt(fit, "store", lambda: _store(fit, endings))
    attempt(fit, "reach", lambda: _reach(fit, endings))


def show(fit: Watched, endings: Endings) -> None:
    """Show a training: the live view in a notebook, a table in a console."""
    attempt(fit, "view", lambda: _show(fit, endings))


def attempt(fit: Watched, part: str, do: Callable[[], object]) -> None:
    """Do something without which a training goes on as well."""
    try:
        do()
    except Exception as error:
        log.exception("the dashboard's %s could not begin; the training goes on", part)
        fit.session.say("dashboard-part-failed", part=part, error=one_line(str(error), 200))


def _guard(fit: Watched) -> None:
    from tfwidgets.dashboard.guard import Guard

    if fit.options.guard:
        fit.session.guard = Guard(fit.options.guard)


def _store(fit: Watched, endings: Endings) -> None:
    from tfwidgets.dashboard.store import Writer

    writer = Writer.of(fit.session)
    fit.session.sinks.append(writer)
    endings.append(lambda: writer.close(timeout=STORE_SECONDS))


def _reach(fit: Watched, endings: Endings) -> None:
    from tfwidgets.dashboard.kernel.cells import at_end_of_cell
    from tfwidgets.dashboard.kernel.reach import Reach

    endings.append(Reach.open(fit.session, interrupt=fit.options.interrupt).close)
    # What ends a fit where no callback hears of it ends its cell as well.
    endings.append(at_end_of_cell(fit.options.close))


def _show(fit: Watched, endings: Endings) -> None:
    from tfwidgets.dashboard.history.listing import tell_views
    from tfwidgets.dashboard.result import Run

    tell_views()
    endings.append(tell_views)
    run: Any = Run.of(fit.session)
    fit.options.run = run
    if in_notebook():
        run.show()
        endings.append(run.settle)
    else:
        from tfwidgets.dashboard.table import EpochPrinter

        fit.session.sinks.append(EpochPrinter(fit.session))
