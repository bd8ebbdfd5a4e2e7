"""Runs beside each other: what was set differently, and what came of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from tfwidgets.dashboard.flat import as_text, flat_settings
from tfwidgets.dashboard.record import Record
from tfwidgets.errors import InputError, suggest
from tfwidgets.ui.console import text_table
from tfwidgets.ui.shown import Shown
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    import pandas as pd

    from tfwidgets.dashboard.result import Run

MOST_SHOWN = 6
"""Runs in a view or a picture: more colours than that cannot be told apart."""

# Words in the names of values of which less is better; of all others, more is.
_LOWER = frozenset({"loss", "error", "perplexity", "mae", "mse", "rmse", "wer", "cer", "brier"})


@dataclass(frozen=True)
class Setting:
    """One setting in every run; None where a run has none."""

    key: str
    values: tuple[Any, ...]

    @property
    def same(self) -> bool:
        """Whether all runs have the same."""
        return all(value == self.values[0] for value in self.values)


@dataclass(frozen=True)
class Best:
    """The best value that each run reached, and which run reached the best of all."""

    name: str
    lower: bool
    values: tuple[float | None, ...]

    @property
    def best(self) -> int | None:
        """Number of the run, the first of equals; None where all runs reached the same."""
        known = [(v if self.lower else -v, k) for k, v in enumerate(self.values) if v is not None]
        alike = len(known) > 1 and len({value for value, _ in known}) == 1
        return min(known)[1] if known and not alike else None


class Comparison(Shown):
    """Several runs beside each other.

    Attributes
    ----------
    runs
        The runs, in the order in which they were named.
    """

    view: ClassVar[str] = "tfwidgets.dashboard.history.widget:RunsView"
    picture: ClassVar[str] = "tfwidgets.dashboard.history.compare_static:draw"

    def __init__(self, runs: Sequence[Run]) -> None:
        if len({run.id for run in runs}) < 2:
            raise InputError("A comparison takes at least two different runs.")
        self.runs = list({run.id: run for run in runs}.values())

    @property
    def records(self) -> list[Record]:
        """What is known of each run."""
        return [run.record for run in self.runs]

    @cached_property
    def labels(self) -> list[str]:
        """A name for each run; runs of the same name have part of their id with it."""
        counts = Counter(run.name for run in self.runs)
        return [r.name if counts[r.name] == 1 else f"{r.name} ({r.id[:6]})" for r in self.runs]

    @property
    def settings(self) -> pd.DataFrame:
        """The settings that differ: a row per setting, a column per run."""
        return self._table(s for s in compared_settings(self.records) if not s.same)

    @property
    def all_settings(self) -> pd.DataFrame:
        """All settings: a row per setting, a column per run."""
        return self._table(compared_settings(self.records))

    @property
    def best(self) -> pd.DataFrame:
        """The best value of each run: a row per loss and metric, a column per run.

        The last column, ``best``, names the run that is best of all; None where all are alike.
        """
        import pandas as pd

        found = compared_values(self.records)
        index = pd.Index([row.name for row in found], name="value")
        table = pd.DataFrame([row.values for row in found], index=index, columns=self.labels)
        names = [None if row.best is None else self.labels[row.best] for row in found]
        return table.assign(best=pd.Series(names, index=index, dtype=object))

    @property
    def curves(self) -> list[str]:
        """Names of the curves that any of the runs has."""
        return list(dict.fromkeys(name for r in self.records for name in r.curve_names))

    def curve(self, name: str) -> pd.DataFrame:
        """Return a curve of every run: a row per step, a column per run, NaN where it has none.

        Raises
        ------
        InputError
            None of the runs has such a curve.
        """
        import pandas as pd

        if name not in self.curves:
            raise InputError(
                f"None of these runs has a curve {name!r}.{suggest(name, self.curves)} "
                f"There are: {', '.join(self.curves)}."
            )
        columns = {}
        for label, record in zip(self.labels, self.records, strict=True):
            x, y = record.values(name) if name in record.curve_names else ((), ())
            column = pd.Series(y, index=pd.Index(x, dtype="int64"), dtype="float32")
            columns[label] = column[~column.index.duplicated(keep="last")]
        return pd.concat(columns, axis=1).sort_index().rename_axis("step")

    def _table(self, settings: Iterable[Setting]) -> pd.DataFrame:
        import pandas as pd

        rows = {setting.key: list(setting.values) for setting in settings}
        frame = pd.DataFrame.from_dict(rows, orient="index", columns=self.labels, dtype=object)
        return frame.rename_axis("setting")

    def __repr__(self) -> str:
        labels = [one_line(label, 30) for label in self.labels]
        lines = [f"{len(self.runs)} runs"]
        if best := compared_values(self.records):
            table = []
            for row in best:
                cells = ["–" if v is None else f"{v:.4g}" for v in row.values]
                if row.best is not None:
                    cells[row.best] = f"*{cells[row.best]}"
                table.append([one_line(row.name, 30), *cells])
            lines += [text_table(["best", *labels], table, right=len(labels)), ""]
        different = [s for s in compared_settings(self.records) if not s.same]
        if different:
            shown = [
                [one_line(s.key, 30), *(one_line(as_text(value), 30) for value in s.values)]
                for s in different[:20]
            ]
            lines.append(text_table(["setting", *labels], shown))
            if len(different) > 20:
                lines.append(f"… and {len(different) - 20} more: .settings has them all")
        return "\n".join(lines).rstrip()


def compared_settings(records: Sequence[Record]) -> list[Setting]:
    """Return every setting of any run: data, seed, device and package versions among them."""
    flat = [flat_settings(record.facts) for record in records]
    keys = dict.fromkeys(key for settings in flat for key in settings)
    return [Setting(key, tuple(settings.get(key) for settings in flat)) for key in keys]


def compared_values(records: Sequence[Record]) -> list[Best]:
    """Return the best of each loss and metric, in the order in which they came up."""
    names = dict.fromkeys(n for r in records for row in r.epochs for n in row["values"])
    found = []
    for name in names:
        lower = next((less_is_better(name, r.facts) for r in records if _watches(r, name)), None)
        lower = less_is_better(name) if lower is None else lower
        found.append(Best(name, lower, tuple(best_of(r.epochs, name, lower) for r in records)))
    return found


def _watches(record: Record, name: str) -> bool:
    return record.facts.get("monitor") == name


def best_of(rows: Iterable[Mapping[str, Any]], name: str, lower: bool) -> float | None:
    """Return the best value of that name in an epoch table, or None."""
    values = [row["values"].get(name) for row in rows]
    finite = [v for v in values if v is not None and math.isfinite(v)]
    return None if not finite else min(finite) if lower else max(finite)


def less_is_better(name: str, facts: Mapping[str, Any] | None = None) -> bool:
    """Tell whether less of a value is better: by the run's facts, else by its name."""
    if facts and facts.get("monitor") == name and facts.get("monitor_lower") is not None:
        return bool(facts["monitor_lower"])
    words = name.lower().replace("/", "_").split("_")
    return not _LOWER.isdisjoint(words)
