"""A hold on fastai's loop: to hear of every way in which it ends, and to have it go on longer."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from fastai.callback.core import CancelFitException, CancelValidException
from fastcore.basics import noop

_LAST_EVENTS = ("after_cancel_fit", "after_fit")


class Hold:
    """Wraps two methods of one learner until ``release``.

    fastai calls no callback when an exception, or ``KeyboardInterrupt``, ends a fit. An epoch is
    run by ``learn._with_events``, which is looked up for each epoch: what stands there in the
    instance hears of all that ends one. What another callback raises in the last events of a
    fit passes through ``learn._call_one``. A learner that is pickled or copied meanwhile has
    none of that.

    Parameters
    ----------
    learn
        A fastai learner.
    epoch_ended
        Called with the number of each epoch that ended; returns whether another one follows
        beyond those planned.
    failed
        Called with what ended the training.
    apart
        Called after a fit of the same learner within an epoch, with the seconds that it took.

    Attributes
    ----------
    inside
        Whether an epoch runs.
    nested
        How many fits run within that epoch: what they call is not the training's.
    """

    def __init__(
        self,
        learn: Any,
        epoch_ended: Callable[[int], bool],
        failed: Callable[[BaseException], None],
        apart: Callable[[float], None],
    ) -> None:
        self.learn = learn
        self.inside, self.nested = False, 0
        self._epoch_ended, self._failed, self._apart = epoch_ended, failed, apart
        self._names: dict[str, Any] = {}

    def epochs(self) -> None:
        """Hear of epochs from now on."""
        self._with_events, self._getstate = self.learn._with_events, self.learn.__getstate__
        self._put("_with_events", self._epochs)
        self._put("__getstate__", self._state)

    def last_events(self) -> None:
        """Hear of the last events, too."""
        self._call_one = own = self.learn._call_one
        last = self._last_events

        def call_one(event: str) -> None:  # every event passes through it: it has to be quick
            if event in _LAST_EVENTS:
                last(event)
            else:
                own(event)

        self._put("_call_one", call_one)

    def release(self) -> None:
        """Take the wrappers off."""
        for name, around in self._names.items():
            if vars(self.learn).get(name) is around:
                delattr(self.learn, name)
        self._names = {}

    def _put(self, name: str, around: Callable[..., Any]) -> None:
        if name in vars(self.learn):
            return  # somebody else's, which is left alone
        self._names[name] = around
        setattr(self.learn, name, around)

    def _state(self) -> Any:
        state = self._getstate()
        if isinstance(state, dict):
            return {k: v for k, v in state.items() if k not in self._names}
        return state

    def _epochs(self, f: Any, event_type: str, ex: Any, final: Any = noop) -> None:
        if self.inside and event_type == "fit":
            self._within(f, event_type, ex, final)
            return
        if self.inside or event_type != "epoch":
            self._with_events(f, event_type, ex, final)
            return
        self.inside, epoch = True, int(self.learn.epoch)
        try:
            self._with_events(f, event_type, ex, final)
            while self._names and self._epoch_ended(epoch):
                epoch += 1
                self.learn.epoch = epoch
                self._with_events(f, event_type, ex, final)
        except CancelFitException:
            raise
        except BaseException as error:
            self._failed(error)
            raise
        finally:
            self.inside = False

    def _within(self, f: Any, event_type: str, ex: Any, final: Any) -> None:
        begun = perf_counter()
        self.nested += 1
        try:
            self._with_events(f, event_type, ex, final)
        finally:
            self.nested -= 1
            if not self.nested:
                self._apart(perf_counter() - begun)

    def _last_events(self, event: str) -> None:
        if self.nested or self.learn.lock.locked():
            self._call_one(event)
            return
        try:
            self._call_one(event)
        except (CancelFitException, CancelValidException):
            raise
        except BaseException as error:
            self._failed(error)
            raise
