"""What a reader asked for, done to a Trainer: by its ``control``, its optimizer, its model."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfwidgets.dashboard.commands import Command
from tfwidgets.dashboard.groups import group_names
from tfwidgets.dashboard.randomness import chance_kept
from tfwidgets.dashboard.trainer.rates import TrainerRates
from tfwidgets.ui.strings import Message
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    from tfwidgets.dashboard.trainer.fit import TrainerFit

PAUSE_SECONDS = 0.02

_AT_ONCE = ("pause", "resume", "stop", "stop_after_epoch", "lr_factor")
# What may be done where other processes, which do not hear of it, train on.
_ALSO_SHARED = ("pause", "resume")
_PLANNED = ("should_log", "should_evaluate", "should_save")
_BLOCK = re.compile(r"^(.*?\.\d+)\.")


class TrainerSteering:
    """Takes commands out of a session's queue at the end of each step.

    Parameters
    ----------
    fit
        The training.
    """

    def __init__(self, fit: TrainerFit) -> None:
        self.fit = fit
        self.stopped = self._pauses_again = False
        self._waiting: deque[Command] = deque()
        self._awaited: dict[str, Command] = {}
        self.rates = TrainerRates(fit)
        self._epochs_end = int(fit.state.num_train_epochs)
        model = getattr(fit.parts["model"], "module", fit.parts["model"])
        self._groups = _groups(model)
        self._trained = [{id(p) for p in group if p.requires_grad} for group in self._groups]
        self.group_names = group_names(model, self._groups)
        fit.session.progress["frozen"] = self._frozen()

    # -- called by the training --------------------------------------------------------------------

    def step_ended(self, control: Any) -> None:
        """Do what was asked for."""
        session = self.fit.session
        while self._waiting:
            self._do(self._waiting.popleft(), control)
        for command in session.commands():
            self._do(command, control)
        self._wait(control)

    def step_begins(self, control: Any) -> None:
        """Go on waiting, after what could not be done within a pause."""
        if self._pauses_again:
            self._pauses_again = False
            self.fit.session.status = "paused"
            self._wait(control)

    def predicted(self, control: Any) -> None:
        """Within a validation: what touches weights or asks for a validation waits."""
        for command in self.fit.session.commands():
            if command.name in _AT_ONCE:
                self._do(command, control)
            else:
                self._waiting.append(command)
        self._wait(control)

    def epoch_ended(self, control: Any) -> None:
        """Stop here, when that was asked for: after a validation, or without one."""
        progress = self.fit.session.progress
        if self.stopped:
            control.should_evaluate = False
        elif progress.get("stop_after_epoch"):
            self.stopped = True
            control.should_training_stop = True
            control.should_evaluate = control.should_evaluate or self._can_evaluate()

    def done(self, name: str, **values: Any) -> None:
        """Trainer has done what was asked for by ``control``."""
        if (command := self._awaited.pop(name, None)) is not None:
            self.fit.session.applied(command, **values)

    def another_epoch(self, epoch: int) -> bool:
        """Tell whether an epoch beyond those that Trainer runs by itself follows."""
        control = self.fit.trainer.control
        planned = epoch < int(self.fit.state.num_train_epochs)
        return planned and epoch >= self._epochs_end and not control.should_training_stop

    # -- commands ----------------------------------------------------------------------------------

    def _do(self, command: Command, control: Any) -> None:
        session = self.fit.session
        try:
            if int(self.fit.args.world_size) > 1 and command.name not in _ALSO_SHARED:
                why: Message | None = _no("refused-several-processes")
            else:
                why = getattr(self, f"_{command.name}")(command, control)
        except Exception as error:
            why = _no("trainer-failed", error=one_line(str(error), 200))
        if why is not None:
            session.refused(command, why)

    def _wait(self, control: Any) -> None:
        """Wait while it is paused; Trainer saves only when the step goes on."""
        session = self.fit.session
        if session.status != "paused":
            return
        begun = time.perf_counter()
        session.flush()
        while session.status == "paused" and not control.should_training_stop:
            if self._awaited:
                self._pauses_again = True
                break
            time.sleep(PAUSE_SECONDS)
            for command in session.commands():
                self._do(command, control)
            if session.due:
                session.flush()
        if session.status == "paused":
            session.status = "running"
        self.fit.pace.away(time.perf_counter() - begun)
        session.flush()

    def _pause(self, command: Command, control: Any) -> None:
        self.fit.session.status = "paused"
        self.fit.session.applied(command)

    def _resume(self, command: Command, control: Any) -> None:
        if self.fit.session.status == "paused":
            self.fit.session.status = "running"
        self.fit.session.applied(command)

    def _stop(self, command: Command, control: Any) -> None:
        self.stopped = True
        control.should_training_stop = True
        self.fit.session.applied(command)

    def _stop_after_epoch(self, command: Command, control: Any) -> None:
        progress = self.fit.session.progress
        progress["stop_after_epoch"] = on = not progress.get("stop_after_epoch", False)
        self.fit.session.applied(command, on=on)

    def _one_more_epoch(self, command: Command, control: Any) -> Message | None:
        fit, state = self.fit, self.fit.state
        if not fit.hold.holds or int(fit.args.max_steps) > 0:
            return _no("trainer-one-more-epoch")
        steps, epochs = int(state.max_steps), int(state.num_train_epochs)
        if steps % epochs:
            return _no("trainer-one-more-epoch")  # a last epoch that is none (num_train_epochs=2.5)
        over = int(state.global_step) >= steps
        state.max_steps, state.num_train_epochs = steps + steps // epochs, epochs + 1
        if over and not self.stopped:
            control.should_training_stop = False  # set because the last step was done
        self.rates.unscale()
        self.rates.scale()
        fit.session.applied(command, epochs=epochs + 1)
        return None

    def _lr_factor(self, command: Command, control: Any) -> None:
        rates = self.rates
        rates.unscale()
        rates.factor = float(command.values["value"])
        rates.scale()
        self.fit.session.progress["lr_factor"] = rates.factor
        self.fit.session.applied(command)

    def _freeze(self, command: Command, control: Any) -> Message | None:
        group = int(command.values["group"])
        if (why := self._no_group(group)) is not None:
            return why
        frozen = self._frozen()
        if group not in frozen and len(frozen) == len(self._groups) - 1:
            return _no("trainer-last-group")
        for parameter in self._groups[group]:
            parameter.requires_grad_(False)
            parameter.grad = None
        self._froze(command)
        return None

    def _unfreeze(self, command: Command, control: Any) -> Message | None:
        group = int(command.values["group"])
        if (why := self._no_group(group)) is not None:
            return why
        if not self._trained[group]:
            return _no("trainer-group-fixed")
        for parameter in self._groups[group]:
            if id(parameter) in self._trained[group]:
                parameter.requires_grad_(True)
        self._froze(command)
        return None

    def _checkpoint(self, command: Command, control: Any) -> None:
        control.should_save = True
        self._awaited["checkpoint"] = command

    def _restore_best(self, command: Command, control: Any) -> Message | None:
        fit = self.fit
        best = fit.state.best_model_checkpoint
        if fit.trainer is None or not best or not Path(best).is_dir():
            return _no("trainer-no-best")
        fit.trainer._load_best_model()
        # Moments belong to the weights that were.
        fit.parts["optimizer"].state.clear()
        fit.session.applied(command, step=int(fit.state.best_global_step or 0))
        return None

    def _evaluate(self, command: Command, control: Any) -> Message | None:
        if not self._can_evaluate():
            return _no("trainer-no-data")
        if self.fit.trainer is None:
            control.should_evaluate = True
            self._awaited["evaluate"] = command
            return None
        paused = self.fit.session.status == "paused"
        self.fit.session.status = "running"
        self._awaited["evaluate"] = command
        try:
            with self._nobody_else_hears(control), chance_kept():  # to iterate draws a seed
                self.fit.trainer.evaluate()
        finally:
            self._awaited.pop("evaluate", None)
        if paused:
            self.fit.session.status = "paused"
        return None

    @contextmanager
    def _nobody_else_hears(self, control: Any) -> Iterator[None]:
        """Keep a validation from callbacks that count them or keep books of the training.

        ``EarlyStoppingCallback`` would lose patience with one that was not planned. What the step
        itself wants logged, saved or evaluated is done afterwards.
        """
        handler = self.fit.trainer.callback_handler
        callbacks, flags = handler.callbacks, {name: getattr(control, name) for name in _PLANNED}
        handler.callbacks = [cb for cb in callbacks if cb is self.fit.options]
        try:
            yield
        finally:
            handler.callbacks = callbacks
            for name, value in flags.items():
                setattr(control, name, value)

    def _panel(self, command: Command, control: Any) -> Message:
        return _no("trainer-no-panels")

    def _can_evaluate(self) -> bool:
        trainer = self.fit.trainer
        if trainer is not None:
            return trainer.eval_dataset is not None
        return str(getattr(self.fit.args.eval_strategy, "value", "no")) != "no"

    def _no_group(self, group: int) -> Message | None:
        if 0 <= group < len(self._groups):
            return None
        return _no("trainer-no-group", group=group, n=len(self._groups))

    def _froze(self, command: Command) -> None:
        session, group = self.fit.session, int(command.values["group"])
        session.progress["frozen"] = self._frozen()
        session.applied(command, group_name=self.group_names[group])

    def _frozen(self) -> list[int]:
        return [
            number
            for number, group in enumerate(self._groups)
            if not any(parameter.requires_grad for parameter in group)
        ]


def _no(key: str, **values: Any) -> Message:
    return Message("dashboard-notes", key, values)


def _groups(model: Any) -> list[list[Any]]:
    """Put parameters together by the block that they are in, else by their outermost module."""
    base = f"{getattr(model, 'base_model_prefix', '')}."
    groups: dict[str, list[Any]] = {}
    for name, parameter in model.named_parameters():
        if (block := _BLOCK.match(name)) is not None:
            key = block[1]
        else:
            inner = name.removeprefix(base)
            key = name[: len(name) - len(inner)] + inner.partition(".")[0]
        groups.setdefault(key, []).append(parameter)
    return list(groups.values())
