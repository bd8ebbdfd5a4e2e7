"""One training of a fastai learner: feeds its session, and leaves nothing behind."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

import torch
from fastai.callback.core import CancelFitException

from tfwidgets.dashboard import parts
from tfwidgets.dashboard.groups import frozen_groups
from tfwidgets.dashboard.kernel.cells import at_end_of_cell
from tfwidgets.dashboard.learner.bars import Bars
from tfwidgets.dashboard.learner.batches import Batches
from tfwidgets.dashboard.learner.checkpoints import Best
from tfwidgets.dashboard.learner.columns import column_of
from tfwidgets.dashboard.learner.epochs import EpochTable
from tfwidgets.dashboard.learner.evaluation import evaluate
from tfwidgets.dashboard.learner.facts import facts_of, model_name
from tfwidgets.dashboard.learner.feed import Feed
from tfwidgets.dashboard.learner.hold import Hold
from tfwidgets.dashboard.learner.rates import Rates
from tfwidgets.dashboard.learner.steering import Steering
from tfwidgets.dashboard.names import next_name
from tfwidgets.dashboard.pace import Pace
from tfwidgets.dashboard.record import ENDED
from tfwidgets.dashboard.session import Session
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    from tfwidgets.dashboard.learner.callback import TrainingDashboard

log = logging.getLogger(__name__)

LONG = 1.0
"""Seconds of an epoch that is told of as soon as it ends."""


class Fit:
    """Hears fastai's events (methods of their names) from the first epoch until a fit ends.

    Those of each batch are heard by ``batches``.

    Parameters
    ----------
    options
        The callback, whose options hold.
    learn
        The learner that trains.
    """

    def __init__(self, options: TrainingDashboard, learn: Any) -> None:
        self.options, self.learn = options, learn
        self.begun = False
        self.bars = Bars(learn)
        self.hold = Hold(learn, self._epoch_ended, self.fail, self._apart)
        title = options.title or next_name(model_name(learn), options.project)
        self.session = Session(title, options.project)
        self.pace, self.rates, self.steering = Pace(), Rates(learn), Steering(self)
        self.table, self.batches = EpochTable(self), Batches(self)
        self.feed: Feed
        self.probes: Any = None
        self.best: Best | None = None
        self.shared = _processes() > 1
        self.planned = self.total = int(learn.n_epoch)
        self._endings: list[Callable[[], object]] = []
        self._cancelled = False

    # -- beginning and end -----------------------------------------------------------------------

    def prepare(self, forget: Callable[[], object]) -> None:
        """Hide the bars, and wait for the first epoch.

        Until then another callback may raise where nobody hears of it: nothing may be left
        behind but what does no harm. ``forget`` is called when all is over.
        """
        self._endings += [forget, self.hold.release, lambda: self.bars.show(logger=self.begun)]
        self.hold.epochs()
        self.bars.hide()
        parts.attempt(
            self, "reach", lambda: self._endings.append(at_end_of_cell(self.options.close))
        )

    def begin(self) -> None:
        """Take hold of the learner, and show."""
        learn, session = self.learn, self.session
        self.begun = True
        # First what must be undone, whatever else fails.
        self.hold.last_events()
        self._endings += [self.rates.release, self._planned_again]
        self.bars.still_hidden()
        self.feed = Feed(session, learn, self.pace)
        session.facts |= facts_of(learn)
        session.facts["monitor"] = monitor = column_of(learn, session.facts["monitor"])
        if self.options.keep_best:
            self.best = Best(session.id, monitor, session.facts["monitor_lower"])
            self._endings.append(self.best.drop)
        parts.attempt(self, "panels", self._probe)
        parts.attach(self, self._endings)
        session.begin(**self.feed.progress(), frozen=frozen_groups(learn.opt), phase="train")
        parts.show(self, self._endings)

    def _probe(self) -> None:
        from tfwidgets.dashboard.probes import Probes

        options = self.options
        self.probes = Probes(
            self.session, self.learn, wanted=options.panels, samples=options.samples
        )
        self.probes.begin()

    def hears(self, event: str) -> Callable[[], None]:
        """Return what hears an event."""
        hear: Callable[[], None] = getattr(self.batches, event, None) or getattr(self, event)
        return hear

    def fail(self, error: BaseException) -> None:
        """End with an exception."""
        if isinstance(error, KeyboardInterrupt):
            self.end("interrupted")
        else:
            said = one_line(str(error), 300)
            name = type(error).__name__
            self.end("failed", f"{name}: {said}" if said else name)

    def end(self, status: str, error: str | None = None) -> None:
        """Undo all that was done for the training, whatever of it fails; the first call counts."""
        if self.session.status in ENDED:
            return
        if self.begun:
            self._end_session(status, error)
        endings, self._endings = self._endings, []
        for ending in reversed(endings):
            _quietly(ending)
        self.session.pump = None

    def _end_session(self, status: str, error: str | None) -> None:
        learn = self.learn
        _quietly(self.steering.refuse_rest)
        _quietly(self.feed.note)
        self.session.progress["left"] = None
        if status in ("stopped", "interrupted"):
            # As after a whole fit: gradients of half a step are gone, the model is ready to use.
            _quietly(learn.opt.zero_grad)
            _quietly(learn.model.eval)
            learn.training = False
        if self.probes is not None:
            _quietly(self.probes.end)  # its last numbers belong into the session
        _quietly(lambda: self.session.end(status, error))

    def after_cancel_fit(self) -> None:
        """Hear that a reader, or another callback, stopped the training."""
        self._cancelled = True
        self.batches.end_cut()
        self.table.cut_short()

    def after_fit(self) -> None:
        """End."""
        stopped = self._cancelled or self.steering.stopping
        self.end("stopped" if stopped else "finished")

    def _apart(self, seconds: float) -> None:
        # After a fit within the fit fastai has switched all callbacks on.
        self.bars.still_hidden()
        self.pace.away(seconds)

    def _planned_again(self) -> None:
        self.learn.n_epoch = self.planned

    # -- epochs ------------------------------------------------------------------------------------

    def before_epoch(self) -> None:
        """Note when it began."""
        self.table.begin()

    def before_train(self) -> None:
        """Begin to train."""
        self.batches.end_cut()
        self.session.status = "running"
        progress = self.session.progress
        progress["phase"] = "train"
        progress["frozen"] = frozen_groups(self.learn.opt)
        self.rates.move()
        self.pace.between()

    def before_validate(self) -> None:
        """Begin to validate."""
        self.batches.end_cut()
        self.session.status = "validating"
        self.session.progress["phase"] = "valid"
        self.pace.validates(begins=True)
        if self.probes is not None:
            self.probes.before_validate()
        self._tell()

    def after_validate(self) -> None:
        """End a validation."""
        self.table.validated = True
        self.pace.validates(begins=False)
        if self.probes is not None:
            self.probes.after_validate()
        self.session.status = "running"

    def after_cancel_train(self) -> None:
        """End a batch whose end was not heard of: a callback before ours raised there."""
        self.batches.end_cut()

    def after_cancel_epoch(self) -> None:
        """Note it: the row of the epoch says so."""
        self.batches.end_cut()
        self.table.cancelled = True

    def after_epoch(self) -> None:
        """Write the row of the table, and keep the weights if they are better."""
        self.table.end()
        if self.probes is not None:
            self.probes.epoch_end()
        self._tell()

    def _tell(self) -> None:
        # Many short epochs are told of together; what took longer is seen at once.
        if self.session.due or self.table.seconds >= LONG:
            self.feed.tell()

    def _epoch_ended(self, epoch: int) -> bool:
        if not self.begun:
            return False
        self.steering.epoch_ended()
        last = epoch + 1 >= self.total
        if self.steering.stop_after_epoch and not last:
            raise CancelFitException
        # fastai's own loop runs those that were planned.
        return not last and epoch + 1 >= self.planned

    def one_more_epoch(self) -> dict[str, Any]:
        """Train an epoch more than planned."""
        learn = self.learn
        how = self.rates.longer(self.feed.batches, self.feed.steps_left())
        learn.n_epoch = self.total = self.total + 1
        self.session.progress |= self.feed.progress()
        return {"epochs": self.total, "rate": how}

    def evaluate(self) -> dict[str, float | None]:
        """Validate now; a row of the table says what came of it."""
        learn, session, probes = self.learn, self.session, self.probes
        begun, status = perf_counter(), session.status
        session.status = "validating"

        def begin() -> None:
            if probes is not None:
                probes.before_validate()
            session.flush()

        def after_batch() -> None:
            if probes is not None:
                probes.valid_batch()
            self.steering.look(training=False)
            if session.due:
                session.flush()

        def end() -> None:
            if probes is not None:
                probes.after_validate()

        try:
            values = evaluate(learn, begin, after_batch, end)
        finally:
            session.status = status
            self.pace.away(perf_counter() - begun)
        self.table.add("evaluation", perf_counter() - begun, {**self.table.smooth(), **values})
        return values


def _processes() -> int:
    together = torch.distributed.is_available() and torch.distributed.is_initialized()
    return torch.distributed.get_world_size() if together else 1


def _quietly(do: Callable[[], object]) -> None:
    """Do something at the border: what it raises is logged."""
    try:
        do()
    except Exception:
        log.exception("the dashboard could not tidy up")
