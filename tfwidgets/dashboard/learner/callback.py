"""``TrainingDashboard``: a fastai callback that shows, steers, guards and keeps a training."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from fastai.callback.core import (
    Callback,
    CancelBackwardException,
    CancelBatchException,
    CancelEpochException,
    CancelFitException,
    CancelStepException,
    CancelTrainException,
    CancelValidException,
)
from fastai.callback.schedule import ParamScheduler

from tfwidgets.dashboard.guard import Guard
from tfwidgets.dashboard.learner.fit import Fit
from tfwidgets.dashboard.learner.quiet import has_bars, is_quiet
from tfwidgets.dashboard.names import check_names
from tfwidgets.dashboard.parts import Steered
from tfwidgets.dashboard.session import Session
from tfwidgets.errors import InputError

log = logging.getLogger(__name__)

PATIENCE = 3
"""How often what hears an event may fail before it hears it no more."""

_CANCELS = (
    CancelBackwardException,
    CancelBatchException,
    CancelEpochException,
    CancelFitException,
    CancelStepException,
    CancelTrainException,
    CancelValidException,
)
_EVENTS = (
    *("before_epoch", "before_train", "before_batch", "after_loss"),
    *("before_step", "after_step", "after_batch", "before_validate", "after_validate"),
    *("after_cancel_train", "after_cancel_epoch", "after_epoch", "after_cancel_fit", "after_fit"),
)


class TrainingDashboard(Steered, Callback):  # type: ignore[misc]
    """Watch and steer a training: ``learn.fit_one_cycle(3, cbs=TrainingDashboard())``.

    For any fastai ``Learner``. In a notebook a live view takes the place of fastai's bars; in a
    console a table does. It is quiet in ``lr_find``, ``get_preds``, ``validate``, where fastai's
    bar was taken off the learner (``no_bar``), and in all processes but the first. Of several on
    a learner the one that was added last watches: one of the fit before the learner's own.

    Parameters
    ----------
    name
        What the run is called; by default the model's name and a number.
    project
        Runs of a project are stored together.
    panels
        Which panels are on: ``"all"``, ``"none"``, or a dict, name -> whether, for those that
        shall differ from their defaults.
    guard
        True for alerts; False for none; what to do at a serious one: ``"pause"``, ``"stop"``,
        ``"restore_best"``; or a dict, alert -> what to do.
    keep
        Store the run. Checkpoints that are asked for are written either way, to
        ``checkpoints/<id of the run>`` in the store's folder; those of a run that is not stored
        stay there until that folder is deleted by hand.
    keep_best
        Keep the weights of the best epoch so far in a file while it trains, for "back to the
        best". The training waits while they are written, after each epoch that is better than
        all before: one to three seconds for a gigabyte. Frozen weights that no optimizer has,
        as under a LoRA adapter, are not written; more than 4 GB are not kept.
    samples
        How many validation rows are shown with predictions, or their numbers.
    interrupt
        Whether the kernel's interrupt button (SIGINT) stops gracefully, with the weights as they
        are; pressed twice it interrupts.

    Attributes
    ----------
    session
        The last training: its curves, epochs and log.
    run
        The same as an object that shows itself.

    Raises
    ------
    InputError
        An option cannot be used.

    Notes
    -----
    ``learn.dashboard`` is the one that watched last, also after its fit.

    In ``learn.cbs`` it comes early when a fit begins, so that bars stay away, and at order 61
    while it trains: after ``ParamScheduler`` (60), whose rates it scales, and before callbacks
    that end a training after an epoch (``EarlyStoppingCallback``, 63), so that it has the epoch's
    row. Trainings in several processes can be paused and watched, not steered.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        project: str = "default",
        panels: Mapping[str, bool] | Literal["all", "none"] | None = None,
        guard: bool | str | Mapping[str, str] = True,
        keep: bool = True,
        keep_best: bool = True,
        samples: int | Sequence[int] = 4,
        interrupt: bool = True,
    ) -> None:
        check_names(name, project)
        if isinstance(panels, str) and panels not in ("all", "none"):
            raise InputError(
                f"panels is 'all', 'none', or a dict, name -> whether, not {panels!r}."
            )
        if guard:
            Guard(guard)  # it refuses what it cannot do now, not in the training
        self.title, self.project = name, project
        self.panels, self.guard, self.samples = panels, guard, samples
        self.keep, self.keep_best, self.interrupt = keep, keep_best, interrupt
        self.session: Session | None = None
        self._shown: Any = None
        self._fit: Fit | None = None
        self._heard: dict[str, Callable[[], None]] = {}
        self._failures: dict[str, int] = {}
        self._had_bars = self._stays = False

    # -- as fastai wants a callback ----------------------------------------------------------------

    @property
    def name(self) -> str:
        """What it is called on the learner."""
        # fastai deletes what has the name of a callback that it takes away.
        return "dashboard, away" if self._stays else "dashboard"

    @property
    def order(self) -> int:
        """Early when a fit begins, after schedulers while it runs; see the class."""
        fit = self._fit
        # A validation before the first epoch ends with fastai switching the bars on.
        late = fit is not None and (fit.begun or self.learn.lock.locked())
        return ParamScheduler.order + 1 if late else -5

    @property
    def run(self) -> Any:
        """The last training as an object that shows itself; None before the first."""
        return self._shown

    @run.setter
    def run(self, value: Any) -> None:
        # fastai switches callbacks on and off by this name.
        if not isinstance(value, bool):
            self._shown = value

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "learn":
            self._belongs_to(value)
        object.__setattr__(self, name, value)

    def __getstate__(self) -> dict[str, Any]:
        """Return the options: what belongs to one training is not pickled or copied."""
        own = dict.fromkeys(("session", "_shown", "_fit"))
        return {**self.__dict__, **own, "_heard": {}, "_failures": {}}

    def __call__(self, event_name: str) -> None:
        """Hear an event. Less is done than in fastai's method, at each of its many events."""
        if event_name == "before_fit":
            self._before_fit()
            return
        hear = self._heard.get(event_name)
        fit = self._fit
        if hear is None or fit is None or fit.hold.nested:
            return
        if self.learn.lock.locked():  # a validation or prediction within the fit
            if event_name == "after_fit":
                fit.bars.still_hidden()
            return
        try:
            hear()
        except _CANCELS:
            raise
        except Exception:
            self._failed(event_name)

    # -- a training --------------------------------------------------------------------------------

    def close(self, error: BaseException | None = None) -> None:
        """End what is left of a training that did not end by itself; for after an error.

        Parameters
        ----------
        error
            What ended it; by default what is being handled.
        """
        fit = self._fit
        if fit is None:
            return
        error = error or sys.exc_info()[1]
        if error is None:
            fit.end("stopped")
        else:
            fit.fail(error)

    def _before_fit(self) -> None:
        boards = list(self.learn._grab_cbs(TrainingDashboard))
        if any(board._fit is not None and board._fit.hold.inside for board in boards):
            return  # within a training
        if self.learn.lock.locked():
            if self._fit is not None and not self._fit.begun:
                self._fit.bars.for_now()  # perhaps its fit never began
            return
        if boards[-1] is not self:
            return  # that one watches
        for board in boards:
            board.close()  # it ended where nobody could hear of it
        if is_quiet(self.learn, self._had_bars):
            return
        try:
            self._fit = fit = Fit(self, self.learn)
            self._heard = {"before_epoch": self._begin, "after_fit": fit.after_fit}
            fit.prepare(self._forget)
        except Exception as error:
            self._give_up(error)
        else:
            self.learn.dashboard = self

    def _begin(self) -> None:
        if (fit := self._fit) is None:
            return
        self._failures = {}
        object.__setattr__(self, "session", fit.session)
        try:
            fit.begin()
            fit.before_epoch()
        except Exception as error:
            self._give_up(error)
        else:
            self._heard = {name: fit.hears(name) for name in _EVENTS}

    def _give_up(self, error: Exception) -> None:
        log.exception("the dashboard could not begin; the training goes on without it")
        if self._fit is not None:
            self._fit.fail(error)
        self._forget()

    def _forget(self) -> None:
        self._fit, self._heard = None, {}

    def _belongs_to(self, learn: Any) -> None:
        if learn is not None:
            object.__setattr__(self, "_had_bars", has_bars(learn.cbs))
            object.__setattr__(self, "_stays", False)
            return
        self.close()  # fastai takes callbacks of one fit away, also after an error
        if (before := self.learn) is None:
            return
        if vars(before).get("dashboard") is self and self.session is None:
            # It has nothing to show: another one takes its place, if there is any.
            others = [cb for cb in before._grab_cbs(TrainingDashboard) if cb is not self]
            if not others:
                return
            before.dashboard = others[-1]
        object.__setattr__(self, "_stays", True)

    def _failed(self, event_name: str) -> None:
        log.exception("the dashboard failed in %s; the training goes on", event_name)
        failures = self._failures[event_name] = self._failures.get(event_name, 0) + 1
        if event_name == "after_fit":
            self.close()
        elif failures >= PATIENCE:
            self._heard.pop(event_name, None)
