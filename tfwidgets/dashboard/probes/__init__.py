"""Looks into model and data while a model trains: the contents of the dashboard's panels."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from tfwidgets.dashboard.probes.confusion import Confusion
from tfwidgets.dashboard.probes.embeddings import Embeddings
from tfwidgets.dashboard.probes.gradients import GradientLook, Layers
from tfwidgets.dashboard.probes.hardest import Hardest
from tfwidgets.dashboard.probes.memory import Memory
from tfwidgets.dashboard.probes.probe import ROOM, Fit, Probe, StepProbe, message
from tfwidgets.dashboard.probes.rowprobe import RowProbe
from tfwidgets.dashboard.probes.samples import Samples
from tfwidgets.dashboard.probes.texts import RowTexts, printed
from tfwidgets.dashboard.probes.validation import Collector
from tfwidgets.ui.strings import Message

if TYPE_CHECKING:
    from tfwidgets.dashboard.probes.validation import Rows
    from tfwidgets.dashboard.session import Session

log = logging.getLogger(__name__)

PANELS = ("layers", "memory", "samples", "confusion", "hardest", "embeddings")
"""Every panel that a probe fills."""

Wanted = Mapping[str, bool] | Literal["all", "none"] | None


class Probes:
    """All probes of one fit; every method is safe to call, whatever the probes do.

    A probe that raises is switched off, with a line in the log and the reason in its panel; the
    training goes on. Probes of single batches (``layers``, ``memory``) look at most four times a
    second, and so seldom that each takes at most a hundredth of the training time; those of
    validations (``samples``, ``confusion``, ``hardest``) take part in validations that happen
    anyway. Each panel tells what it cost; on a GPU approximately, because kernels run behind.

    Parameters
    ----------
    session
        Gets panels and curves.
    learn
        A fastai ``Learner``, in a fit.
    wanted
        Panel -> whether it is on, beside the defaults; or ``"all"``, ``"none"``.
    samples
        How many validation rows to follow, or their numbers.
    clock
        Seconds, never going back.
    """

    def __init__(
        self,
        session: Session,
        learn: Any,
        wanted: Wanted = None,
        samples: int | Sequence[int] = 4,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._fit = Fit(session, learn, clock)
        self._clock = clock
        self._wanted = wanted
        self._texts: RowTexts | None = None
        with suppress(Exception):  # no validation data, or none with rows
            self._texts = RowTexts(learn)
        look = GradientLook(self.before_step, self.after_step)
        self._layers = Layers(self._fit, look=look)
        self._embeddings = Embeddings(self._fit)
        self._row_probes: list[RowProbe] = [
            Samples(self._fit, texts=self._texts, wanted=samples),
            Confusion(self._fit, texts=self._texts),
            Hardest(self._fit, texts=self._texts),
        ]
        self._step_probes: list[StepProbe] = [self._layers, Memory(self._fit)]
        self._all: dict[str, Probe] = {
            probe.name: probe for probe in (*self._step_probes, *self._row_probes, self._embeddings)
        }
        self._collector = Collector()
        self._looking: list[StepProbe] = []
        self._next = float("inf")

    # -- training ----------------------------------------------------------------------------------

    def begin(self) -> None:
        """Begin: model, optimizer and data are there."""
        self._fit.begun = self._clock()
        for probe in self._all.values():
            self._try(probe, probe.prepare)
            if probe.available and self._is_wanted(probe):
                probe.on = True
                self._try(probe, probe.start)
            self._try(probe, probe.publish)
        self._schedule()

    @property
    def due(self) -> bool:
        """Whether the coming batch is to be looked at; cheap enough to ask before each."""
        return self._clock() >= self._next

    def before_batch(self) -> None:
        """Get ready for a batch of the training; does nothing unless ``due``."""
        self._looking = []
        if not self.due:
            return
        if self._layers.on and self._layers.waiting:
            self._try(self._layers, self._layers.deliver)
        elapsed = self._fit.elapsed
        self._looking = [p for p in self._step_probes if p.on and p.due_at <= elapsed]
        for probe in self._looking:
            self._try(probe, probe.before_batch)

    def before_step(self) -> None:
        """Look at what makes the optimizer's next step."""
        for probe in self._looking:
            self._try(probe, probe.before_step)

    def after_step(self) -> None:
        """Look at what the optimizer's step changed."""
        for probe in self._looking:
            self._try(probe, probe.after_step)

    def after_batch(self) -> None:
        """End a batch of the training, also one that was cancelled."""
        if not self._looking:
            if self._clock() >= self._next:
                self._schedule()
            return
        looking, self._looking = self._looking, []
        for probe in looking:
            if self._try(probe, probe.after_batch):
                probe.cost.calls += 1
                affordable = probe.cost.next_call(self._fit.elapsed)
                probe.due_at = max(probe.due_at, affordable)
        self._schedule()

    # -- validation --------------------------------------------------------------------------------

    def before_validate(self) -> None:
        """Begin a validation."""
        self._collector.begin()

    def valid_batch(self) -> None:
        """Take part in a validation: predictions and targets of a batch are on the learner."""
        on = [probe for probe in self._row_probes if probe.on]
        if not on:
            return
        if self._fit.learn.iter == 0:
            self._collector.begin()
        self._collector.losses = any(probe.name == Hardest.name for probe in on)
        begun = self._clock()
        try:
            self._collector.batch(self._fit.learn)
        except Exception as problem:
            for probe in on:
                self._fail(probe, problem)
            return
        for probe in on:
            probe.cost.seconds += (self._clock() - begun) / len(on)
        for probe in on:
            self._try(probe, partial(probe.batch, self._collector))

    def after_validate(self) -> None:
        """Show what a validation said; one that was cut short shows nothing new."""
        on = [probe for probe in self._row_probes if probe.on]
        if on and (rows := self._rows(on)) is not None:
            for probe in on:
                self._try(probe, partial(probe.rows, rows))
                probe.cost.calls += 1
                self._try(probe, probe.publish)
        self._drift()

    def epoch_end(self) -> None:
        """End an epoch, with or without a validation."""
        self._drift()

    # -- switches and the end ----------------------------------------------------------------------

    def switch(self, name: str, on: bool) -> Message | None:
        """Switch a panel on or off; return why that cannot be, or None where it could."""
        probe = self._all.get(name)
        if probe is None:
            return Message(ROOM, "probe-unknown", {"panel": printed(name, 40)})
        if on and not probe.available:
            return probe.why or Message(ROOM, "probe-unknown", {"panel": name})
        if on != probe.on:
            probe.on = on
            self._try(probe, probe.start if on else probe.stop)
            self._looking = [one for one in self._looking if one is not probe or on]
        self._try(probe, probe.publish)
        self._schedule()
        return None if probe.on == on else probe.why

    def end(self) -> None:
        """Hand the last numbers over; let go of hooks and copies.

        Before ``session.end``, so that the last numbers are in the session; may be called again.
        """
        if self._fit.learn is None:
            return
        self._looking, self._next = [], float("inf")
        if self._layers.on:
            self._try(self._layers, self._layers.finish)
        self._drift(last=True)
        for probe in self._all.values():
            self._try(probe, probe.stop)
            if probe.available:
                self._try(probe, probe.publish)
        for row_probe in self._row_probes:
            row_probe.texts = None
        self._fit.learn = self._texts = None
        self._collector = Collector()

    # -- inside ------------------------------------------------------------------------------------

    def _rows(self, on: Sequence[RowProbe]) -> Rows | None:
        """Return what the validation said of each row; the time counts for all who asked."""
        begun = self._clock()
        try:
            epoch = int(getattr(self._fit.learn, "epoch", 0) or 0)
            return self._collector.finish(self._fit.session.step_number, epoch)
        except Exception as problem:
            for probe in on:
                self._fail(probe, problem)
            return None
        finally:
            for probe in on:
                probe.cost.seconds += (self._clock() - begun) / len(on)

    def _is_wanted(self, probe: Probe) -> bool:
        if self._wanted == "all" or self._wanted == "none":
            return self._wanted == "all"
        return bool((self._wanted or {}).get(probe.name, probe.default))

    def _schedule(self) -> None:
        due = [probe.due_at for probe in self._step_probes if probe.on]
        if self._layers.waiting:
            due.append(0.0)
        self._next = self._fit.begun + min(due) if due else float("inf")

    def _drift(self, last: bool = False) -> None:
        probe = self._embeddings
        if not probe.on or probe.current:
            return
        if last or probe.cost.affordable(self._fit.elapsed):
            self._try(probe, probe.compute)
            probe.cost.calls += 1
            self._try(probe, probe.publish)

    def _try(self, probe: Probe, what: Callable[[], Any]) -> Any:
        """Call a probe, count the time, and keep what it raises from the training."""
        begun = self._clock()
        try:
            return what()
        except Exception as problem:
            self._fail(probe, problem)
            return None
        finally:
            probe.cost.seconds += self._clock() - begun

    def _fail(self, probe: Probe, problem: Exception) -> None:
        if probe.failed:
            return
        probe.failed = True
        log.exception("the panel %r failed and is switched off", probe.name)
        error = printed(f"{type(problem).__name__}: {problem}", 200)
        probe.unavailable("probe-failed", panel=probe.name, error=error)
        self._looking = [one for one in self._looking if one is not probe]
        with suppress(Exception):
            probe.stop()
        with suppress(Exception):
            probe.publish()
            why = probe.why or Message(ROOM, "probe-unknown", {"panel": probe.name})
            self._fit.session.write("message", text=why.text(), why=message(why))


__all__ = ["PANELS", "Probes", "Wanted"]
