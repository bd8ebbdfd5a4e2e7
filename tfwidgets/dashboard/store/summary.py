"""What a list of runs shows of each: read from one short text, no rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tfwidgets.dashboard.record import ENDED
from tfwidgets.dashboard.store.formats import VERSION, dumps
from tfwidgets.dashboard.store.liveness import alive, sign_of_life

NEWER = "It was written by a newer tfwidgets. Update tfwidgets to open it."


@dataclass
class Summary:
    """A run in brief.

    Attributes
    ----------
    id, name, project, status, started, ended, seconds, error, note
        As of a ``Record``; a run whose process is gone is ``"lost"`` and ended with its last sign
        of life.
    live
        Whether it still runs, in this or another process.
    steps, epochs
        How many were trained.
    values
        Name -> number of the last row of the epoch table.
    best
        ``name`` (what is monitored), ``value`` and ``epoch`` of the best row, or None.
    rows
        Writes so far.
    problem
        Why it cannot be opened, or None.
    """

    id: str
    name: str = ""
    project: str = "default"
    status: str = "lost"
    started: float = 0.0
    ended: float | None = None
    seconds: float = 0.0
    steps: int = 0
    epochs: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    best: dict[str, Any] | None = None
    note: str = ""
    error: str | None = None
    rows: int = 0
    live: bool = False
    problem: str | None = None
    facts_text: str | None = field(default=None, repr=False)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """How the training was made; read when first asked for."""
        facts = json.loads(self.facts_text) if self.facts_text else {}
        return facts if isinstance(facts, dict) else {}


def write_summary(
    run: Mapping[str, Any],
    epochs: Iterable[Mapping[str, Any]],
    facts: Mapping[str, Any],
    progress: Mapping[str, Any],
    *,
    running: bool,
) -> str:
    """Write a summary; ``run`` gives id, name, project, status, times, error and rows."""
    rows = list(epochs)
    text = {
        "v": VERSION,
        **run,
        "steps": int(progress.get("step") or 0),
        "epochs": sum(row.get("kind") == "epoch" for row in rows),
        "values": dict(rows[-1].get("values", {})) if rows else {},
        "best": _best(rows, facts, progress),
    }
    if running:
        text |= sign_of_life()
    return dumps(text)


def _best(
    rows: list[Mapping[str, Any]], facts: Mapping[str, Any], progress: Mapping[str, Any]
) -> dict[str, Any] | None:
    number, monitor = progress.get("best"), facts.get("monitor")
    if not isinstance(number, int) or not 0 <= number < len(rows) or not isinstance(monitor, str):
        return None
    row = rows[number]
    value = row.get("values", {}).get(monitor)
    return None if value is None else {"name": monitor, "value": value, "epoch": row.get("epoch")}


def read_summary(run_id: str, text: str, facts: str | None, note: str | None) -> Summary:
    """Read a summary; one that cannot be read says why in ``problem``."""
    try:
        told = json.loads(text)
        newer = int(told["v"]) > VERSION
        ended, seconds = told.get("ended"), float(told.get("seconds") or 0)
        status, live = str(told["status"]), False
        if status not in ENDED:
            live = alive(told, run_id)
            if not live:
                status, ended = "lost", float(told["started"]) + seconds
        summary = Summary(
            run_id,
            str(told["name"]),
            str(told["project"]),
            status,
            float(told["started"]),
            ended,
            seconds,
            live=live,
            note=note or "",
        )
        if newer:
            summary.problem = NEWER
            return summary
        summary.steps, summary.epochs = told["steps"], told["epochs"]
        summary.values, summary.best = told["values"], told["best"]
        summary.error, summary.rows = told.get("error"), told["rows"]
        summary.facts_text = facts
        return summary
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return Summary(run_id, run_id, problem=f"Its record cannot be read ({error!r}).")
