"""What a download can fail of, in words that say what to do."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING

from tfwidgets.errors import ModelError
from tfwidgets.models.net import HubProblem
from tfwidgets.ui.amounts import short_size

if TYPE_CHECKING:
    from tfwidgets.hub.download.planning import Plan

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.EISDIR}


def is_full(error: OSError) -> bool:
    """Whether nothing more may be written: the disk, the quota or the largest file is reached."""
    return error.errno in _FULL


def no_room(name: str, needed: int, free: int | None) -> ModelError:
    """Say that the disk is too small; nothing was fetched."""
    return ModelError(
        f"The disk has no room for {name}: {size(needed)} are needed{_free(free)}.\n"
        "Delete models that you no longer need (%hub shows them), or set HF_HOME to another disk."
    )


def full(plan: Plan, left: int, free: int | None, *, discarded: bool) -> ModelError:
    """Say that the disk filled up on the way, and whether that cost the file that was begun."""
    gone = "The file that was begun has been deleted. " if discarded else ""
    return ModelError(
        f"The disk filled up while {plan.name} was fetched: {size(left)} more are needed"
        f"{_free(free)}.\n{gone}Make room, or set HF_HOME to another disk, and start the download "
        "again."
    )


def vanished(name: str) -> ModelError:
    """Say that somebody deleted in the cache what had been fetched."""
    return ModelError(
        f"Files of {name} were deleted while it was fetched.\nStart the download again."
    )


def unwritable(cache: Path, error: OSError) -> ModelError:
    """Say that the cache cannot be written."""
    why = error.strerror or type(error).__name__
    if error.errno in _CLOSED:
        return ModelError(
            f"The hub's cache {cache} cannot be written ({why}).\n"
            "Set HF_HOME to a folder of your own and restart the kernel."
        )
    return ModelError(f"Writing to the hub's cache {cache} failed: {why}.")


def broken_off(problem: HubProblem, name: str, done: int, total: int) -> HubProblem:
    """Say that the connection ended in the middle."""
    return HubProblem(
        f"The download of {name} broke off at {size(done)} of {size(total)} ({problem.reason}).\n"
        "Start it again: what has arrived is kept.",
        problem.kind,
        wait=problem.wait,
        reason=problem.reason,
        status=problem.status,
    )


def cancelled(name: str) -> ModelError:
    """Say that somebody ended it."""
    return ModelError(
        f"The download of {name} was cancelled.\nStart it again: what has arrived is kept."
    )


def size(n: int) -> str:
    """Write a number of bytes for people: ``91 MB``."""
    # Messages are copied, searched for and wrapped: with a plain space.
    return short_size(n).replace("\N{NO-BREAK SPACE}", " ")


def _free(free: int | None) -> str:
    return "" if free is None else f", {size(free)} are free"
