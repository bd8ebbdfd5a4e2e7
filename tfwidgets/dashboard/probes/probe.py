"""What every probe is: a panel's contents, a switch, and what it cost so far."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from tfwidgets.ui.strings import Message

if TYPE_CHECKING:
    from tfwidgets.dashboard.session import Session

ROOM = "dashboard-notes"

SHARE = 0.005
"""Of the training time: what a probe that samples may take, once it has sampled at all."""

PAUSE = 0.25
"""Seconds between two samples of a probe, at least: as long as between two flushes."""


@dataclass
class Fit:
    """What probes look at: one ``fit`` of a learner.

    Attributes
    ----------
    session
        Where curves and panels go.
    learn
        A fastai ``Learner``; None once the fit is over.
    clock
        Seconds, never going back.
    begun
        When training began, by that clock.
    """

    session: Session
    learn: Any
    clock: Callable[[], float]
    begun: float = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds of training so far."""
        return self.clock() - self.begun


@dataclass
class Cost:
    """What a probe took: seconds of the training thread, and how often it looked.

    On a GPU this is approximate: a probe's kernels are queued within these seconds and run
    behind them.
    """

    seconds: float = 0.0
    calls: int = 0

    def next_call(self, elapsed: float) -> float:
        """Return how many seconds into the training the next look is affordable.

        With it the probe will have taken at most ``SHARE`` of the time.
        """
        if not self.calls:
            return elapsed
        expected = self.seconds * (1 + 1 / self.calls)
        return max(elapsed + PAUSE, expected / SHARE)

    def affordable(self, elapsed: float) -> bool:
        """Tell whether one more look stays within ``SHARE`` of the training time."""
        return not self.calls or self.seconds * (1 + 1 / self.calls) <= SHARE * elapsed


@dataclass
class Probe:
    """Looks into a training for one panel. What it raises is caught by ``Probes``.

    Attributes
    ----------
    on, available, default
        Whether it looks now; whether it can; whether it does unless told otherwise.
    why
        Why it cannot, or does not by default.
    data
        What the panel shows; None until there is something.
    """

    fit: Fit
    on: bool = False
    available: bool = True
    default: bool = True
    why: Message | None = None
    data: dict[str, Any] | None = None
    cost: Cost = field(default_factory=Cost)
    failed: bool = False

    name: ClassVar[str]

    def prepare(self) -> None:
        """Find out whether there is something to look at."""

    def start(self) -> None:
        """Begin to look; called when it is switched on."""

    def stop(self) -> None:
        """Let go of everything but the payload; may be called twice."""

    def unavailable(self, key: str, **values: object) -> None:
        """Say that there is nothing to look at, and why."""
        self.available = self.on = False
        self.why = Message(ROOM, key, values)

    def publish(self) -> None:
        """Hand the panel's newest contents to the session."""
        self.fit.session.panel(self.name, self.payload())

    def payload(self) -> dict[str, Any]:
        """Return what the panel shows, as plain JSON."""
        elapsed = self.fit.elapsed
        return {
            "cost": {
                "seconds": self.cost.seconds,
                "share": self.cost.seconds / elapsed if elapsed > 0 else 0.0,
                "calls": self.cost.calls,
            },
            "on": self.on,
            "available": self.available,
            "why": message(self.why),
            "default": self.default,
            "data": self.data,
        }


class StepProbe(Probe):
    """Looks at single batches, seldom enough to stay within its share of the time."""

    due_at = 0.0  # in seconds of training

    def before_batch(self) -> None:
        """Get ready for a batch that is to be looked at."""

    def before_step(self) -> None:
        """Gradients are whole, weights not yet changed."""

    def after_step(self) -> None:
        """Weights have changed."""

    def after_batch(self) -> bool:
        """Tell whether the sample is whole; if not, the next batch is looked at, too."""
        return True

    def finish(self) -> None:
        """Hand over what is not handed over yet; the training ends."""


def message(why: Message | None) -> dict[str, Any] | None:
    """Return a message as plain JSON."""
    return None if why is None else {"room": why.room, "key": why.key, "values": why.values}


def finite(value: float | None) -> float | None:
    """Return a number that JSON has, or None for NaN and infinities."""
    return None if value is None or not math.isfinite(value) else float(value)
