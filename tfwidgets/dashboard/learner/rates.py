"""Learning rates under a reader's hand: a factor on them, and schedules that get longer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from tfwidgets.dashboard.learner.facts import highest_rates, schedulers

LEAST_LEFT = 0.05
"""With less of a schedule left, stretching it would train a whole epoch at almost nothing."""

TAIL = 0.1
"""Such an epoch begins at this share of the highest rate so far."""

How = Literal["constant", "stretched", "tail"]


@dataclass
class _Stretch:
    """A position that goes evenly from ``start`` (at ``first``) to 1 (at ``last``), in batches."""

    first: int
    last: int
    start: float = 0.0

    def at(self, step: int) -> float:
        done = (step - self.first) / max(self.last - self.first, 1)
        return min(self.start + (1 - self.start) * max(done, 0.0), 1.0)

    def to(self, step: int, last: int) -> _Stretch:
        """Return what is left at a step, stretched to a later end."""
        return _Stretch(max(step, self.first), last, self.at(step))


class Rates:
    """Scales rates within each batch and gives them back after it, so that nothing compounds.

    Whoever sets rates between batches (a schedule, ``ReduceLROnPlateau``) finds what he left;
    fastai's recorder, which looks within the batch, notes the rate that was used.

    Parameters
    ----------
    learn
        A fastai learner.
    """

    def __init__(self, learn: Any) -> None:
        self.learn = learn
        self.factor = 1.0
        self._own: list[float] | None = None  # rates without us, within a batch
        self._set: list[float] = []
        self._plan: _Stretch | None = None
        self._tail: _Stretch | None = None
        self._high: list[float] = []

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do in batches."""
        return self.factor == 1.0 and self._tail is None and self._plan is None and not self.within

    @property
    def within(self) -> bool:
        """Whether a batch's rates are set and not given back yet."""
        return self._own is not None

    def before_batch(self) -> None:
        """Scale, after schedules have set their rates."""
        self.release()  # should the last batch have ended where nobody heard of it
        step = int(self.learn.train_iter)
        tail = self._tail is not None and step >= self._tail.first
        if self.factor == 1.0 and not tail:
            return
        self._own = self._now()
        rates = self._own
        if tail and self._tail is not None:
            left = 1 - self._tail.at(step)
            rates = [high * TAIL * left for high in self._high]
        self._set = [rate * self.factor for rate in rates]
        self.learn.opt.set_hyper("lr", self._set)

    def after_batch(self) -> None:
        """Give the rates back, and tell the schedule where it is."""
        self.release()
        self.move()

    def release(self) -> None:
        """Give the rates back, unless somebody has set others meanwhile."""
        own, self._own = self._own, None
        if own is not None and self._now() == self._set:
            self.learn.opt.set_hyper("lr", own)

    def move(self) -> None:
        """Put a longer schedule's position in the place of fastai's."""
        if self._plan is not None:
            self.learn.pct_train = self._plan.at(int(self.learn.train_iter))

    def longer(self, epoch: int, left: int) -> How:
        """One epoch more: stretch what is left of the schedule over it.

        Parameters
        ----------
        epoch
            Batches of an epoch.
        left
            Batches that were still to come.

        Returns
        -------
        str
            ``"constant"`` without a schedule; ``"stretched"``; or ``"tail"`` where next to
            nothing is left of the schedule (a one-cycle's end is useless for learning): the epoch
            then begins at a tenth of the highest rate so far and goes evenly to 0.
        """
        step, position = int(self.learn.train_iter), min(float(self.learn.pct_train), 1.0)
        if not schedulers(self.learn):
            return "constant"
        if self._tail is not None:
            self._tail = self._tail.to(step, step + left + epoch)
            return "tail"
        if 1 - position >= LEAST_LEFT:
            self._plan = _Stretch(step, step + left + epoch, position)
            return "stretched"
        # What little is left goes as planned.
        self._plan = _Stretch(step, step + left, position)
        self._tail = _Stretch(step + left, step + left + epoch)
        self._high = highest_rates(self.learn, position)
        return "tail"

    def _now(self) -> list[float]:
        return [float(group["lr"]) for group in self.learn.opt.hypers]
