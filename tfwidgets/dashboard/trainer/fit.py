"""One training of a Trainer: feeds its session, and leaves nothing behind."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from pathlib import PurePath
from time import perf_counter
from typing import TYPE_CHECKING, Any

from tfwidgets.dashboard import parts
from tfwidgets.dashboard.names import next_name
from tfwidgets.dashboard.pace import Pace
from tfwidgets.dashboard.record import ENDED
from tfwidgets.dashboard.session import Session
from tfwidgets.dashboard.trainer.facts import facts_of, monitored
from tfwidgets.dashboard.trainer.hold import Hold
from tfwidgets.dashboard.trainer.steering import TrainerSteering
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    from tfwidgets.dashboard.trainer.callback import TrainerDashboard

log = logging.getLogger(__name__)

_SECOND = 1.0
_ABOUT_SPEED = ("runtime", "samples_per_second", "steps_per_second", "jit_compilation_time")


class TrainerFit:
    """Hears the events of a Trainer from when it begins to train until it ends.

    Parameters
    ----------
    options
        The callback, whose options hold.
    trainer
        Who trains; None where it was not found, and cannot be reached but by its ``control``.
    args, state, given
        As Trainer gives them to callbacks.
    """

    def __init__(
        self,
        options: TrainerDashboard,
        trainer: Any,
        args: Any,
        state: Any,
        given: dict[str, Any],
    ) -> None:
        self.options, self.trainer, self.args, self.state = options, trainer, args, state
        self.parts = given
        self.done = False
        model = given.get("model")
        name = str(getattr(getattr(model, "config", None), "_name_or_path", "") or "")
        name = one_line(PurePath(name).name or type(model).__name__, 40)
        title = options.title or next_name(name, options.project)
        self.session = Session(title, options.project)
        self.pace, self.steering = Pace(), TrainerSteering(self)
        self.hold = Hold(trainer, self.steering.another_epoch, self._failed)
        self._endings: list[Callable[[], object]] = []
        self._number = 0
        self._losses: list[tuple[float, int]] = []
        self._logged_at = int(state.global_step)
        self._epoch_begun = self._validation_begun = perf_counter()
        self._epoch_step = int(state.global_step)
        self._row_due = ""
        self._best: float | None = None
        self._told = 0.0

    def begin(self) -> None:
        """Begin the run: everything of ours that fails is left out."""
        session = self.session
        session.facts |= facts_of(self)
        self.hold.take()
        parts.attach(self, self._endings)
        session.progress["step"] = int(self.state.global_step)
        session.begin(**self._progress())
        parts.show(self, self._endings)

    def end(self) -> None:
        """End the run: the training ended by itself."""
        self._row(self._row_due, {})
        planned = int(self.state.global_step) >= int(self.state.max_steps)
        self._close("finished" if planned and not self.steering.stopped else "stopped")

    def fail(self, error: BaseException | None) -> None:
        """Something else ended it."""
        if error is None:
            self._close("stopped")
        elif isinstance(error, KeyboardInterrupt):
            self._close("interrupted")
        else:
            self._close("failed", one_line(f"{type(error).__name__}: {error}", 500))

    def _failed(self, error: BaseException) -> None:
        self.options.close(error)

    def _close(self, status: str, error: str | None = None) -> None:
        if self.done:
            return
        self.done = True
        _quietly(self.steering.rates.release)
        _quietly(self.hold.release)
        self.session.progress |= self._progress()
        if self.session.status not in ENDED:
            self.session.end(status, error)
        for ending in reversed(self._endings):
            _quietly(ending)

    # -- events ------------------------------------------------------------------------------------

    def epoch_begins(self) -> None:
        """Begin an epoch; the row of the one before has waited for a validation."""
        self._row(self._row_due, {})
        self._epoch_begun, self._epoch_step = perf_counter(), int(self.state.global_step)
        self._number = math.floor((self.state.epoch or 0.0) + 1e-6)
        self._losses = []
        self.pace.between()

    def step_begins(self, control: Any) -> None:
        """Hear that a batch has come."""
        self.pace.arrives()
        self.steering.step_begins(control)

    def stepped(self) -> None:
        """Note the rate: the optimizer has stepped, the scheduler has not."""
        rate = float(self.parts["optimizer"].param_groups[-1]["lr"])
        self.session.point("lr", rate, int(self.state.global_step) + 1)
        self.steering.rates.unscale()

    def step_ends(self, control: Any) -> Any:
        """Note what came of a step, and do what was asked for."""
        session, args = self.session, self.args
        session.progress["step"] = int(self.state.global_step)
        self.steering.rates.scale()
        self._row_due = "partial"
        samples = int(args.train_batch_size) * int(args.gradient_accumulation_steps)
        self.pace.leaves(samples * int(args.world_size), 0)
        if session.due:
            self._flush()
        self.steering.step_ended(control)
        self.pace.between()
        return control

    def predicted(self, control: Any) -> None:
        """Hear that a batch of a validation was read."""
        if self.session.status == "running":
            self.session.status = "validating"
            self._validation_begun = perf_counter()
            self.pace.validates(begins=True)
        if self.session.due:
            self._flush()
        self.steering.predicted(control)

    def logged(self, logs: dict[str, Any]) -> None:
        """Take the numbers that Trainer tells, at the steps at which it tells them."""
        session, step = self.session, int(self.state.global_step)
        if (loss := _number(logs.get("loss"))) is not None and step > self._logged_at:
            self._losses.append((loss, step - max(self._logged_at, self._epoch_step)))
            self._logged_at = step
            session.point("loss", loss, step)
        if (norm := _number(logs.get("grad_norm"))) is not None:
            session.point("grad_norm", norm, step)
        if (tokens := _number(logs.get("train_tokens_per_second"))) is not None:
            session.point("tokens_per_second", tokens, step)
        self.pace.between()

    def evaluated(self, metrics: dict[str, Any]) -> None:
        """Make a row of what a validation says."""
        values: dict[str, float] = {}
        for name, value in metrics.items():
            short = name.removeprefix("eval_")
            number = _number(value)
            about_speed = any(short.endswith(end) for end in _ABOUT_SPEED)
            if number is not None and short != "epoch" and not about_speed:
                values["valid_loss" if short == "loss" else short] = number
        if self.session.status == "validating":
            self.session.status = "running"
            self.pace.validates(begins=False)
        epoch = self._row_due == "epoch"
        self._row("epoch" if epoch else "evaluation", values)
        self.steering.done("evaluate")
        self._flush()
        self.pace.between()

    def saved(self) -> None:
        """Note where the checkpoint is."""
        path = f"{self.args.output_dir}/checkpoint-{self.state.global_step}"
        paths = self.session.progress.get("checkpoints", [])
        self.session.progress["checkpoints"] = [*paths, path]
        self.steering.done("checkpoint", path=path)
        self.pace.between()

    def epoch_ends(self, control: Any) -> Any:
        """Hear that an epoch ended."""
        self._row_due = "partial" if self.steering.stopped else "epoch"
        self.steering.epoch_ended(control)
        return control

    # -- what is told ------------------------------------------------------------------------------

    def _row(self, kind: str, values: dict[str, float]) -> None:
        if not kind:
            return
        evaluation = kind == "evaluation"
        if not evaluation:
            self._row_due = ""
        begun = self._validation_begun if evaluation else self._epoch_begun
        steps = sum(n for _, n in self._losses)
        mean = sum(loss * n for loss, n in self._losses) / steps if steps else None
        row: dict[str, Any] = {"train_loss": mean, **values}
        self.session.epoch(kind, self._number, perf_counter() - begun, row)
        monitor, lower = monitored(self.args)
        value = values.get(monitor)
        if value is not None and (
            self._best is None or (value < self._best if lower else value > self._best)
        ):
            self._best = value
            self.session.progress["best"] = len(self.session.epochs) - 1

    def _flush(self) -> None:
        session = self.session
        progress = self._progress()
        session.progress |= progress
        if (now := perf_counter()) - self._told >= _SECOND:
            self._told = now
            if (rate := progress["samples_per_second"]) is not None:
                session.point("samples_per_second", rate)
        session.flush()

    @property
    def _batches(self) -> int:
        epochs = max(int(self.state.num_train_epochs), 1)
        return max(math.ceil(int(self.state.max_steps) / epochs), 1)

    @property
    def _batch(self) -> int:
        return int(self.state.global_step) - self._epoch_step

    def _progress(self) -> dict[str, Any]:
        state = self.state
        left = max(int(state.max_steps) - int(state.global_step), 0)
        return {
            "epoch": self._number,
            "epochs": int(state.num_train_epochs),
            "batch": max(self._batch - 1, 0),
            "batches": self._batches,
            "steps": int(state.max_steps),
            "phase": "valid" if self.session.status == "validating" else "train",
            **self.pace.rates(None),
            "left": self.pace.left(left, 0, 0),
        }


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        return None
    return float(value)


def _quietly(do: Callable[[], object]) -> None:
    """Do something at the border: what it raises is logged."""
    try:
        do()
    except Exception:
        log.exception("the dashboard could not tidy up")
