"""A training as an object: curves, epochs and log as data, and a dashboard to look at."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakValueDictionary

from tfwidgets.dashboard.record import ENDED, Record
from tfwidgets.errors import InputError
from tfwidgets.ui.console import text_table
from tfwidgets.ui.shown import Shown
from tfwidgets.ui.strings import translate
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    import pandas as pd

_EPOCHS_SHOWN = 10


class Run(Shown):
    """One training: the running one, or one from the store.

    Attributes
    ----------
    record
        What is known of it.
    """

    view: ClassVar[str] = "tfwidgets.dashboard.widget:DashboardView"
    picture: ClassVar[str] = "tfwidgets.dashboard.static:draw"

    def __init__(self, record: Record) -> None:
        self.record = record

    @staticmethod
    def of(record: Record) -> Run:
        """Return the run of a record: the same one each time, so that they share a view."""
        run = _runs.get(id(record))
        if run is None:
            run = _runs[id(record)] = Run(record)
        return run

    @property
    def id(self) -> str:
        """What names it in the store."""
        return self.record.id

    @property
    def name(self) -> str:
        """Its name for people."""
        return self.record.name

    @property
    def project(self) -> str:
        """What it belongs to."""
        return self.record.project

    @property
    def status(self) -> str:
        """``"running"``, ``"finished"``, ``"stopped"``, …; see ``record.Status``."""
        return self.record.status

    @property
    def settings(self) -> dict[str, Any]:
        """How it was trained."""
        return dict(self.record.facts.get("settings", {}))

    @property
    def note(self) -> str:
        """What you wrote about it; setting it writes it to the store."""
        return self.record.note

    @note.setter
    def note(self, text: str) -> None:
        from tfwidgets.dashboard.store import open_store

        self.record.note = text
        # A run that is not stored yet takes its note along when it is.
        with suppress(InputError) if self.record.live else nullcontext():
            open_store().set_note(self.record.id, text)

    @property
    def epochs(self) -> pd.DataFrame:
        """The epoch table: a row per epoch, or per evaluation in between, with its values."""
        import pandas as pd

        rows = [
            {"epoch": row["epoch"], "kind": row["kind"], "step": row["step"], **row["values"]}
            | {"seconds": row["seconds"]}
            for row in self.record.epochs
        ]
        return pd.DataFrame(rows)

    @property
    def log(self) -> pd.DataFrame:
        """Commands, alerts and messages in order; ``time`` in seconds since the beginning."""
        import pandas as pd

        return pd.DataFrame(self.record.log)

    @property
    def curves(self) -> list[str]:
        """Names of the curves."""
        return self.record.curve_names

    def curve(self, name: str) -> pd.Series[float]:
        """Return a curve, every value of it, by step (batches trained, from 1 on).

        Raises
        ------
        InputError
            There is no such curve.
        """
        import pandas as pd

        if name not in self.record.curve_names:
            raise InputError(
                f"This run has no curve {name!r}. It has: {', '.join(self.record.curve_names)}."
            )
        x, y = self.record.values(name)
        return pd.Series(y, index=pd.Index(x, name="step"), name=name)

    def to_frame(self) -> pd.DataFrame:
        """Return all curves as columns, a row per step; NaN where a curve has no value."""
        import pandas as pd

        curves = [self.curve(name) for name in self.record.curve_names]
        # Two values at one step, such as a validation twice in a row: the later one counts.
        curves = [curve[~curve.index.duplicated(keep="last")] for curve in curves]
        return pd.concat(curves, axis=1).sort_index() if curves else pd.DataFrame()

    def export(self, path: str | PathLike[str]) -> Path:
        """Write the run into a file: ``.csv``, ``.png`` or ``.html``, by the name's ending.

        Raises
        ------
        InputError
            Another ending, or the file cannot be written.
        """
        from tfwidgets.dashboard.exports import export

        return export(self.record, path)

    def delete(self) -> None:
        """Delete the run and its checkpoints from the store.

        Raises
        ------
        InputError
            It is still running.
        """
        if self.record.live and self.status not in ENDED:
            raise InputError("This training is running: stop it before you delete its run.")
        from tfwidgets.dashboard.store import open_store

        open_store().delete([self.record.id])

    def show(self) -> None:
        """Show the dashboard in the output of the running cell."""
        self._ipython_display_()

    def __repr__(self) -> str:
        record = self.record
        status = translate("dashboard", f"status-{record.status}", "en")
        head = f"{one_line(record.name, 60)}: {status}, {record.progress.get('step', 0):,} steps"
        if record.error:
            head += f"\n{one_line(record.error, 200)}"
        if not record.epochs:
            return head
        rows = record.epochs[-_EPOCHS_SHOWN:]
        names = list(dict.fromkeys(name for row in rows for name in row["values"]))
        table = text_table(
            ["epoch", *names, "seconds"],
            [
                [
                    str(row["epoch"] + 1),
                    *(_shown(row["values"].get(name)) for name in names),
                    f"{row['seconds']:.1f}",
                ]
                for row in rows
            ],
            right=len(names) + 1,
        )
        cut = "" if len(rows) == len(record.epochs) else f"(the last {len(rows)} rows)\n"
        return f"{head}\n{cut}{table}"


# By identity: a run keeps its record, so that no other can have the number meanwhile.
_runs: WeakValueDictionary[int, Run] = WeakValueDictionary()


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
