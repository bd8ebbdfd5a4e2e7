"""Carries out what a reader asks for, in the thread that trains, between two batches."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from fastai.callback.core import CancelFitException

from tfwidgets.dashboard.commands import Command
from tfwidgets.dashboard.groups import Freezing, frozen_groups
from tfwidgets.dashboard.learner.checkpoints import NotSaved, folder_of, save_weights
from tfwidgets.dashboard.learner.precision import take_over
from tfwidgets.ui.strings import Message
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    from tfwidgets.dashboard.learner.fit import Fit

log = logging.getLogger(__name__)

NAP = 0.02
"""Seconds between two looks at the queue while the training pauses."""

# What may be done between two validation batches: it changes nothing that validation measures.
_ANY_TIME = frozenset(
    {"pause", "resume", "stop", "stop_after_epoch", "one_more_epoch", "lr_factor"}
)
# Other processes would go on with other weights, or wait for this one for good.
_ALONE = frozenset(
    {
        *("stop", "stop_after_epoch", "one_more_epoch", "lr_factor", "freeze", "unfreeze"),
        *("restore_best", "evaluate"),
    }
)


class Refused(Exception):
    """A command cannot be carried out; ``why`` is for the reader."""

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key)
        self.why = Message("dashboard-notes", f"refused-{key}", values)

    @classmethod
    def because(cls, why: Message) -> Refused:
        """Refuse with a message that somebody else wrote."""
        refused = cls("failed")
        refused.why = why
        return refused


class Steering:
    """Takes commands out of the session's queue and does what they say.

    Parameters
    ----------
    fit
        The training.
    """

    def __init__(self, fit: Fit) -> None:
        self.fit = fit
        self.session = fit.session
        self.paused = self.stopping = self.stop_after_epoch = False
        self._waiting: list[Command] = []
        self._freezing = Freezing()

    def batch_ended(self, *, training: bool) -> None:
        """Do what was asked for; a pause lasts until it is over.

        Raises
        ------
        CancelFitException
            The training shall stop.
        """
        self.look(training=training)
        if self.paused and not self.stopping:
            self._wait(training=training)
        if self.stopping:
            raise CancelFitException

    def look(self, *, training: bool) -> None:
        """Do what was asked for, and never wait: a pause begins later.

        Raises
        ------
        CancelFitException
            The training shall stop.
        """
        self._all(training=training)
        if self.stopping:
            raise CancelFitException

    def epoch_ended(self) -> None:
        """Do what waited for the end of the last validation."""
        self.batch_ended(training=True)

    def refuse_rest(self) -> None:
        """Tell those who asked for something too late that the training is over."""
        for command in [*self._waiting, *self.session.commands()]:
            self.session.refused(command, Refused("over").why)
        self._waiting = []

    def _all(self, *, training: bool) -> None:
        waiting = [*self._waiting, *self.session.commands()]
        self._waiting = []
        try:
            while waiting:
                command = waiting.pop(0)
                if training or command.name in _ANY_TIME:
                    self._do(command)
                else:
                    self._waiting.append(command)
        finally:
            self._waiting += waiting  # a stop leaves some

    def _do(self, command: Command) -> None:
        try:
            if self.fit.shared and command.name in _ALONE:
                raise Refused("several-processes")
            done = getattr(self, f"_{command.name}")(**command.values)
        except Refused as refused:
            self.session.refused(command, refused.why)
        except (CancelFitException, KeyboardInterrupt):
            self.session.refused(command, Refused("cut-short").why)
            raise
        except Exception as error:
            log.exception("a command of the dashboard failed: %s", command.name)
            self.session.refused(command, Refused("failed", error=_sentence(error)).why)
        else:
            self.session.applied(command, **(done or {}))

    def _wait(self, *, training: bool) -> None:
        session, status, since = self.session, self.session.status, time.perf_counter()
        session.status = "paused"
        try:
            session.flush()
            while self.paused and not self.stopping:
                time.sleep(NAP)
                self._all(training=training)
                if session.due:
                    session.flush()
        finally:
            self.paused = False
            session.status = status
            self.fit.pace.away(time.perf_counter() - since)
        session.flush()

    # -- one method for each command: returns what the log says of it -------------

    def _pause(self) -> None:
        self.paused = True

    def _resume(self) -> None:
        if not self.paused:
            raise Refused("not-paused")
        self.paused = False

    def _stop(self) -> None:
        self.stopping = True

    def _stop_after_epoch(self) -> dict[str, Any]:
        self.stop_after_epoch = not self.stop_after_epoch
        self.session.progress["stop_after_epoch"] = self.stop_after_epoch
        return {"on": self.stop_after_epoch}

    def _one_more_epoch(self) -> dict[str, Any]:
        return self.fit.one_more_epoch()

    def _lr_factor(self, value: float) -> None:
        self.fit.rates.factor = value
        self.session.progress["lr_factor"] = value

    def _freeze(self, group: int) -> dict[str, Any]:
        return self._set_frozen(group, frozen=True)

    def _unfreeze(self, group: int) -> dict[str, Any]:
        return self._set_frozen(group, frozen=False)

    def _set_frozen(self, number: int, *, frozen: bool) -> dict[str, Any]:
        opt = self.fit.learn.opt
        groups = len(opt.param_lists)
        if number >= groups:
            raise Refused("no-group", group=number, n=groups)
        now = frozen_groups(opt)
        if (number in now) == frozen:
            raise Refused("frozen-already" if frozen else "trains-already", name=self._name(number))
        if frozen and len(now) + 1 == groups:
            raise Refused("last-group", name=self._name(number))
        self._freezing.set(opt, number, frozen)
        self.session.progress["frozen"] = frozen_groups(opt)
        return {"name": self._name(number)}

    def _name(self, number: int) -> str:
        names = self.session.facts.get("groups", [])
        return str(names[number]) if number < len(names) else str(number)

    def _checkpoint(self) -> dict[str, Any]:
        path = folder_of(self.session.id) / f"step-{self.session.step_number:06d}.safetensors"
        try:
            save_weights(self.fit.learn.model, path)
        except NotSaved as error:
            raise Refused("not-saved", folder=str(path.parent), error=_sentence(error)) from error
        paths = self.session.progress.setdefault("checkpoints", [])
        if str(path) not in paths:
            paths.append(str(path))
        return {"path": str(path)}

    def _restore_best(self) -> dict[str, Any]:
        best = self.fit.best
        if best is None:
            raise Refused("best-not-kept")
        if not best.kept:
            raise Refused("no-best" if best.value is None else "best-not-saved")
        try:
            best.restore(self.fit.learn.model)
        except NotSaved as error:
            raise Refused("best-gone", error=_sentence(error)) from error
        take_over(self.fit.learn)
        # Its moments belong to weights that are gone.
        self.fit.learn.opt.clear_state()
        self.fit.learn.opt.zero_grad()
        return {"from_step": best.step, "monitor": best.monitor, "monitored": best.value}

    def _evaluate(self) -> dict[str, Any]:
        loaders = self.fit.learn.dls.loaders
        if len(loaders) < 2 or not len(loaders[1]):
            raise Refused("no-validation")
        values = self.fit.evaluate()
        return {name: value for name, value in values.items() if value is not None}

    def _panel(self, name: str, on: bool) -> None:
        if self.fit.probes is None:
            raise Refused("no-panels")
        why = self.fit.probes.switch(name, on)
        if why is not None:
            raise Refused.because(why)


def _sentence(error: BaseException) -> str:
    return one_line(str(error) or type(error).__name__, 200)
