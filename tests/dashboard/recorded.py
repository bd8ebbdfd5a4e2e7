"""Trainings that were recorded by hand: no model, known numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfwidgets.dashboard.session import Session


def trained(
    name: str = "a run",
    *,
    steps: int = 20,
    epochs: int = 2,
    valid: tuple[float, ...] = (0.6, 0.4),
    accuracy: tuple[float, ...] = (0.5, 0.75),
    status: str | None = "finished",
    project: str = "default",
    facts: dict[str, Any] | None = None,
    made: Callable[[Session], Any] = lambda session: None,
    **settings: Any,
) -> Session:
    """Return a session with losses 1, 1/2, 1/3, …; ``status=None`` leaves it running.

    ``made`` is given the session before it begins.
    """
    known: dict[str, Any] = {
        "settings": {"model": "tiny", "batch_size": 4, **settings},
        "data": {"rows": 80, "fingerprint": "abc"},
        "packages": {"torch": "2.0"},
        "seed": 1,
        "groups": ["embeddings", "head"],
        "epochs": epochs,
        "monitor": "valid_loss",
        "monitor_lower": True,
    }
    session = Session(name, project, known | (facts or {}))
    made(session)
    session.begin(epochs=epochs)
    for epoch in range(epochs):
        for _ in range(steps // epochs):
            session.step(1 / (session.step_number + 1), lr=0.1)
        values = {"train_loss": 0.7, "valid_loss": valid[epoch], "accuracy": accuracy[epoch]}
        session.epoch("epoch", epoch, 1.5, values)
    session.flush()
    if status is not None:
        session.end(status)
    return session
