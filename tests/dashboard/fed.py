"""A training without a model: a session that is fed numbers and stored."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tfwidgets.dashboard.session import Session
from tfwidgets.dashboard.store import Writer

ROOT = Path(__file__).resolve().parents[2]


def stored_session(name: str = "run", project: str = "default") -> tuple[Session, Writer]:
    facts = {
        "settings": {"lr": 0.001, "task": "text"},
        "monitor": "valid_loss",
        "monitor_lower": True,
        "groups": ["body", "head"],
    }
    session = Session(name, project, facts)
    writer = Writer.of(session)
    session.sinks.append(writer)
    return session, writer


def train(session: Session, steps: int, *, every: int = 10, seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    for k in range(steps):
        session.step(float(rng.normal()), 0.001 * k, 0.9)
        if k % every == every - 1:
            session.point("grad_norm/head", float(rng.random()))
            session.flush()


def wait(until: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.02)


def settled(writer: Writer) -> None:
    """Wait until a training that ended is written."""
    wait(lambda: writer._thread is None)


def script(code: str, store: Path, *arguments: str) -> subprocess.Popen[str]:
    """Run code in a process of its own that stores in the given folder."""
    begin = (
        "import sys, os, time\n"
        f"os.environ['TFWIDGETS_RUN_STORE'] = {str(store)!r}\n"
        "from tests.dashboard.fed import *\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", begin + code, *arguments],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
