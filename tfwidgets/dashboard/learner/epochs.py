"""The rows of the epoch table, and the weights of the best of them."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from tfwidgets.dashboard.learner.checkpoints import LARGEST_BEST, NotSaved
from tfwidgets.dashboard.learner.columns import columns
from tfwidgets.dashboard.learner.evaluation import number
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    from tfwidgets.dashboard.learner.fit import Fit


class EpochTable:
    """Writes a row for each epoch, also for one that was cut short.

    Parameters
    ----------
    fit
        The training.
    """

    def __init__(self, fit: Fit) -> None:
        self.fit = fit
        self.validated = self.cancelled = False
        self._begun = perf_counter()
        self._step = 0
        self._due = False

    @property
    def seconds(self) -> float:
        """How long the epoch has been running."""
        return perf_counter() - self._begun

    def begin(self) -> None:
        """Begin an epoch."""
        self._begun, self._step = perf_counter(), self.fit.session.step_number
        self.validated = self.cancelled = False
        self._due = True

    def end(self) -> None:
        """Write the row of an epoch that ended; another callback may have cut it short."""
        self._write("partial" if self.cancelled and not self.validated else "epoch")

    def cut_short(self) -> None:
        """Write the row of an epoch in which a reader or another callback ended the training."""
        self._write("epoch" if self.validated else "partial")

    def _write(self, kind: str) -> None:
        if not self._due:
            return
        self._due = False
        values = self._logged() if kind == "epoch" else {}
        if self.fit.session.step_number > self._step:
            # fastai's recorder keeps it to itself where the training was cut short.
            values = {**self.smooth(), **values}
        if any(value is not None for value in values.values()):
            self.add(kind, self.seconds, values)

    def _logged(self) -> dict[str, float | None]:
        """Return what fastai's recorder says of the epoch so far."""
        recorder = getattr(self.fit.learn, "recorder", None)
        said = list(getattr(recorder, "log", ()))[1:]
        if said and isinstance(said[-1], str):
            said.pop()  # the time
        train, valid = columns(self.fit.learn)
        if getattr(recorder, "cancel_train", False):
            train = []  # it says nothing of it then
        return dict(zip([*train, *valid], map(number, said), strict=False))

    def smooth(self) -> dict[str, float | None]:
        """Return the training loss as it is just now."""
        return {"train_loss": number(getattr(self.fit.learn, "smooth_loss", None))}

    def add(self, kind: str, seconds: float, values: dict[str, Any]) -> None:
        """Add a row; weights that are better than all before are kept."""
        session = self.fit.session
        session.epoch(kind, int(self.fit.learn.epoch), seconds, values)
        best = self.fit.best
        if best is None or kind == "partial" or not best.improves(values):
            return
        session.progress["best"] = len(session.epochs) - 1
        learn = self.fit.learn
        try:
            if not best.save(learn.model, learn.opt, session.step_number):
                session.say("best-too-large", n=LARGEST_BEST // 2**30)
        except NotSaved as error:
            session.say("best-not-written", error=one_line(str(error), 200))
