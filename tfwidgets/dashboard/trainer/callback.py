"""``TrainerDashboard``: the dashboard for Hugging Face's ``Trainer``, as a callback."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Any

from transformers import Trainer, TrainerCallback
from transformers.trainer_callback import CallbackHandler

from tfwidgets.dashboard.guard import Guard
from tfwidgets.dashboard.names import check_names
from tfwidgets.dashboard.parts import Steered
from tfwidgets.dashboard.session import Session
from tfwidgets.dashboard.trainer.fit import TrainerFit

log = logging.getLogger(__name__)

_FRAMES = 12


class TrainerDashboard(Steered, TrainerCallback):  # type: ignore[misc]
    """Watch and steer a ``Trainer``: ``Trainer(..., callbacks=[TrainerDashboard()])``.

    In a notebook the live view takes the place of Trainer's progress bar, in a console a table
    does. Of several processes only the first has a dashboard.

    Parameters
    ----------
    name
        What the run is called; by default the model's name and a number.
    project
        Runs of a project are stored together.
    guard
        True for alerts; False for none; what to do at a serious one: ``"pause"``, ``"stop"``,
        ``"restore_best"``; or a dict, alert -> what to do.
    keep
        Store the run.
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
    Trainer tells its loss every ``logging_steps`` steps, as the mean over these: the curve has
    just these points. Losses that are no numbers are left out of it unless
    ``logging_nan_inf_filter=False``; the gradient's norm still tells. There are no panels.
    A factor on the learning rate shows in the dashboard's curve; Trainer's own log goes on to
    name the schedule's rate. "Back to the best" needs ``load_best_model_at_end=True``.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        project: str = "default",
        guard: bool | str | Mapping[str, str] = True,
        keep: bool = True,
        interrupt: bool = True,
    ) -> None:
        check_names(name, project)
        if guard:
            Guard(guard)  # it refuses what it cannot do now, not in the training
        self.title, self.project, self.guard = name, project, guard
        self.keep, self.interrupt = keep, interrupt
        self.session: Session | None = None
        self.run: Any = None
        self._fit: TrainerFit | None = None

    def close(self, error: BaseException | None = None) -> None:
        """End what is left of a training that did not end by itself.

        Parameters
        ----------
        error
            What ended it; by default what is being handled.
        """
        if (fit := self._fit) is not None:
            self._forget()
            fit.fail(error or sys.exc_info()[1])

    # -- Trainer's events --------------------------------------------------------------------------

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Begin a run, in the first process."""
        self.close()
        if not state.is_world_process_zero:
            return
        fit = None
        try:
            fit = TrainerFit(self, _trainer(), args, state, kwargs)
            self.session = fit.session
            fit.begin()
        except Exception as error:
            log.exception("the dashboard could not begin; the training goes on without it")
            if fit is not None:
                fit.fail(error)
            return
        self._fit = fit

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Hear that an epoch begins."""
        self._tell("epoch_begins")

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Hear that the batches of a step have come."""
        self._tell("step_begins", control)

    def on_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Before the scheduler looks at the rates, it gets its own back."""
        self._tell("stepped")

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        """Do what was asked for, at the end of a step."""
        return self._tell("step_ends", control)

    def on_prediction_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """One batch of a validation."""
        self._tell("predicted", control)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Trainer tells numbers."""
        self._tell("logged", dict(logs or {}))

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: Any = None, **kwargs: Any
    ) -> None:
        """Take the numbers of a validation."""
        self._tell("evaluated", dict(metrics or {}))

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Hear that a checkpoint was written."""
        self._tell("saved")

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        """Hear that an epoch ended; its validation may follow."""
        return self._tell("epoch_ends", control)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """End the run."""
        if (fit := self._fit) is not None:
            self._forget()
            fit.end()

    def _tell(self, event: str, *values: Any) -> Any:
        fit = self._fit
        if fit is None or fit.done:
            return None
        try:
            return getattr(fit, event)(*values)
        except Exception:
            log.exception("the dashboard failed in %s; the training goes on", event)
            return None

    def _forget(self) -> None:
        self._fit = None


def _trainer() -> Trainer | None:
    """Find the Trainer that calls: its callbacks are given its parts, but not itself."""
    frame: Any = sys._getframe(2)
    handler = None
    for _ in range(_FRAMES):
        if frame is None:
            return None
        caller = frame.f_locals.get("self")
        if isinstance(caller, CallbackHandler):
            handler = caller
        elif isinstance(caller, Trainer) and caller.callback_handler is handler:
            return caller
        frame = frame.f_back
    return None
