"""Trainings of very many steps, without a model: what they show, what the store holds of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfwidgets.dashboard.record import Delta
from tfwidgets.dashboard.result import Run
from tfwidgets.dashboard.session import Session

EACH_STEP = ("loss", "smooth_loss", "lr", "momentum")
GROUPS = 12
SAMPLED = 50
"""Groups are looked at every so many steps."""

FACTS: dict[str, Any] = {
    "settings": {"model": "a model", "batch_size": 16, "rate": 0.001, "method": "fit_one_cycle"},
    "data": {"train": 16_000, "valid": 1000, "fingerprint": "0" * 64},
    "packages": dict.fromkeys(("torch", "fastai", "transformers", "tfwidgets"), "1.0.0"),
    "groups": [f"layer {number}" for number in range(GROUPS)],
    "monitor": "valid_loss",
    "monitor_lower": True,
}


def values(steps: int, seed: int = 0) -> tuple[Any, Any, Any]:
    """Return loss, rate and momentum of each step: falling, with noise and spikes."""
    chance = np.random.default_rng(seed)
    at = np.linspace(0, 1, steps)
    loss = 2 * np.exp(-5 * at) + chance.gamma(2, 0.1, steps)
    loss[chance.integers(0, steps, max(steps // 5000, 1))] *= 5
    return loss, 0.001 * np.sin(np.pi * at), 0.95 - 0.1 * np.sin(np.pi * at)


def fed(steps: int, epochs: int, chunk: int = 500) -> dict[str, Any]:
    """Show a session, feed it, and end it; return seconds of the last flushes.

    A flush takes ``chunk`` steps; what a view is sent stays at most five messages a second.
    """
    session = Session("a training", facts=dict(FACTS))
    Run.of(session).show()
    session.begin(epochs=epochs, steps=steps, batches=steps // epochs)
    loss, rate, momentum = (series.tolist() for series in values(steps))
    flushes = []
    for start in range(0, steps, chunk):
        for k in range(start, min(start + chunk, steps)):
            session.step(loss[k], rate[k], momentum[k])
            if k % SAMPLED == 0:
                for group in range(GROUPS):
                    session.point(f"grad_norm/layer {group}", loss[k])
            if (k + 1) % (steps // epochs) == 0:
                number = (k + 1) // (steps // epochs) - 1
                row = {"train_loss": loss[k], "valid_loss": loss[k], "accuracy": 0.9}
                session.epoch("epoch", number, 12.3, row)
                session.write("message", text=f"epoch {number + 1} is done")
        begun = time.perf_counter()
        session.flush()
        flushes.append(time.perf_counter() - begun)
    session.end("finished")
    Run.of(session).settle()
    # Those that came with a message to the view are the slow ones.
    return {"flushes": sorted(flushes[-200:])}


def stored(steps: int, per_row: int = 50) -> None:
    """Put a run into the store as the writer would: a row twice a second, of ``per_row`` steps."""
    from tfwidgets.config import settings
    from tfwidgets.dashboard.store.formats import dumps, write_overview
    from tfwidgets.dashboard.store.summary import write_summary
    from tfwidgets.dashboard.store.trackio_storage import Database

    loss, rate, momentum = values(steps)
    every = np.arange(1, steps + 1)
    curves = {
        name: (every, series.astype(np.float32))
        for name, series in zip(EACH_STEP, (loss, loss, rate, momentum), strict=True)
    }
    seldom = every[SAMPLED - 1 :: SAMPLED]
    for group in range(GROUPS):
        curves[f"grad_norm/layer {group}"] = seldom, loss[SAMPLED - 1 :: SAMPLED].astype(np.float32)
    rows = list(_rows(curves, steps, per_row))
    done = Delta(status="finished", progress={"step": steps})
    run: dict[str, Any] = {"id": "long", "name": "a long training", "project": "default"}
    run |= {"status": "finished", "started": 1.0, "ended": 2.0, "seconds": 1.0}
    run |= {"error": None, "rows": len(rows)}
    texts = {
        "run": write_summary(run, [], FACTS, done.progress, running=False),
        "facts": dumps(FACTS),
        "curves": write_overview(curves, rows[-1], [], [], {}, done),
    }
    database = Database(settings().run_store_path, "default")
    database.write("long", "a long training", rows, texts)


def _rows(curves: dict[str, Any], steps: int, per_row: int) -> Iterator[Any]:
    from tfwidgets.dashboard.store.formats import row_of

    counts: dict[str, int] = {}
    for number, end in enumerate(range(per_row, steps + 1, per_row)):
        part = {}
        for name, (x, y) in curves.items():
            at = counts.get(name, 0)
            until = end if name in EACH_STEP else end // SAMPLED
            if until > at:
                part[name] = x[at:until], y[at:until]
        progress = {"step": end, "left": 3.0, "epoch": 0, "batch": end, "epochs": 1}
        delta = Delta(part, status="running", progress=progress)
        yield row_of(delta, number, counts, "2026-01-01T00:00:00")
