"""Whether the process that wrote a run is still there."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from tfwidgets.dashboard.session import Session

HEARTBEAT_SECONDS = 30.0
SILENT_SECONDS = 120.0
"""After so long without a sign of life a run on another machine counts as lost."""

live: WeakValueDictionary[str, Session] = WeakValueDictionary()
"""The trainings of this process that are stored, by id."""

written: set[str] = set()
"""Those that some store has from beginning to end."""


def sign_of_life() -> dict[str, Any]:
    """Return what a later reader needs to tell whether this process is still there."""
    pid = os.getpid()
    return {
        "host": platform.node(),
        "pid": pid,
        "process_started": _process_started(pid),
        "heartbeat": time.time(),
    }


def alive(sign: Mapping[str, Any], run_id: str) -> bool:
    """Whether a run that has not ended can still go on."""
    heartbeat = sign.get("heartbeat")
    # Both ways: the clock of this machine, or of the other, may have been set back.
    recent = isinstance(heartbeat, (int, float)) and abs(time.time() - heartbeat) < SILENT_SECONDS
    pid = sign.get("pid")
    if sign.get("host") != platform.node() or not isinstance(pid, int):
        return recent
    started = _process_started(pid)
    if started == 0.0:
        return False
    told = sign.get("process_started")
    if started is not None and isinstance(told, (int, float)) and abs(started - told) > 2:
        # Another process with the same number; or the same, and the clock was set.
        return recent and pid != os.getpid()
    return pid != os.getpid() or run_id in live


def _process_started(pid: int) -> float | None:
    """Return when a process began: 0.0 where there is none, None where nobody can tell."""
    try:
        import psutil
    except ImportError:
        return None
    try:
        process = psutil.Process(pid)
        return 0.0 if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.NoSuchProcess:
        return 0.0
    except psutil.Error:
        return None
