"""Names of runs and projects, as they are given."""

from __future__ import annotations

import itertools
import logging
import re

from tfwidgets.errors import InputError

log = logging.getLogger(__name__)

LONGEST = 200
"""Characters."""

_counts: dict[tuple[str, str], itertools.count[int]] = {}


def check_names(name: object, project: object) -> None:
    """Refuse what cannot be the name of a run, or of its project.

    Raises
    ------
    InputError
        It is no text, empty, or longer than ``LONGEST``.
    """
    if name is not None:
        _check("name", name, "BERT, second try")
    _check("project", project, "reviews")


def _check(option: str, value: object, example: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{option} is a text such as {example!r}, not {value!r:.60}.")
    if len(value) > LONGEST:
        raise InputError(f"{option} has {len(value)} characters; {LONGEST} are the most.")


def next_name(model: str, project: str) -> str:
    """Return a name for a run of a model, which no run of the project has: ``"bert · 3"``."""
    key = project, model
    if key not in _counts:
        _counts[key] = itertools.count(_highest(model, project) + 1)
    return f"{model} · {next(_counts[key])}"


def _highest(model: str, project: str) -> int:
    from tfwidgets.dashboard.store import open_store

    numbered = re.compile(re.escape(model) + r" · (\d+)")
    try:
        stored = [numbered.fullmatch(run.name) for run in open_store().runs(project)]
    except Exception:
        log.exception("the stored runs cannot be counted")
        return 0
    return max((int(found[1]) for found in stored if found), default=0)
