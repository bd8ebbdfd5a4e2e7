"""What can go wrong with the store, in sentences for people."""

from __future__ import annotations

import errno
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import Timeout

from tfwidgets.errors import EnvironmentProblem, TfWidgetsError

Kind = Literal["locked", "full", "folder", "damaged", "missing", "other"]

MISSING = (
    "Trainings cannot be stored without trackio. Install it with %pip install 'tfwidgets[train]' "
    "and restart the kernel."
)
ELSEWHERE = "%config TfWidgets.run_store = '...'"

# EFBIG: a limit on the size of files, as some clusters set it.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class StoreProblem(TfWidgetsError):
    """The store of training runs cannot be read or written."""


@dataclass(frozen=True)
class Problem:
    """Why a run is not being stored: what kind of reason, and a sentence."""

    kind: Kind
    text: str


def kind_of(error: BaseException) -> Kind:
    """Tell the reasons apart that need different advice."""
    said = str(error).lower()
    if isinstance(error, EnvironmentProblem):
        return "missing"
    if isinstance(error, Timeout) or "is locked" in said or "is busy" in said:
        return "locked"
    if isinstance(error, sqlite3.Error):
        # A limit on the size of files reaches SQLite as an I/O error.
        if "full" in said or "disk i/o error" in said:
            return "full"
        if "unable to open" in said or "readonly" in said:
            return "folder"
        if not isinstance(error, sqlite3.OperationalError):
            return "damaged"
    if isinstance(error, OSError):
        return "full" if error.errno in _FULL else "folder"
    return "other"


def problem_of(error: BaseException, path: Path) -> Problem:
    """Say why a run cannot be written to ``path``, and what helps."""
    kind = kind_of(error)
    begin = "The run is not being stored: "
    texts: dict[Kind, str] = {
        "missing": MISSING,
        "locked": f"{begin}another program holds {path}. "
        "It is kept in memory and stored as soon as the file is free.",
        "full": f"{begin}the disk with {path.parent} is full ({error}). "
        "It is kept in memory and stored as soon as there is room.",
        "folder": f"{begin}{path.parent} cannot be written ({error}). "
        f"Choose another folder with {ELSEWHERE}; until then it is kept in memory.",
        "damaged": f"{begin}{damaged(path, error)}",
        "other": f"{begin}{type(error).__name__}: {error}. It is kept in memory.",
    }
    return Problem(kind, texts[kind])


def damaged(path: Path, error: BaseException) -> str:
    """Say that a file is no database (any more)."""
    return (
        f"{path} is damaged ({error}). tfwidgets leaves it as it is: move it to another "
        f"place, or choose another folder with {ELSEWHERE}."
    )
