"""Errors for people: one or two plain lines that say what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Iterable


class TfWidgetsError(Exception):
    """Base of all errors that the package raises on purpose."""


class InputError(TfWidgetsError, ValueError):
    """What the caller passed cannot be used: texts, labels, examples, options."""


class ModelError(TfWidgetsError):
    """A model cannot be found, reached, trusted or used for the task."""


class EnvironmentProblem(TfWidgetsError, ImportError):
    """An installed package is missing or does not fit the others."""


def suggest(name: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the nearest known name, or ``""``."""
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""
