"""A hold on a Trainer: to hear of every way in which it ends, to mute its bar, to go on longer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from transformers.trainer_callback import ProgressCallback

_BAR_EVENTS = (
    *("on_train_begin", "on_epoch_begin", "on_step_end", "on_prediction_step"),
    *("on_evaluate", "on_predict", "on_log", "on_epoch_end"),
)


class Hold:
    """Wraps one method of one Trainer, and mutes its bar, until ``release``.

    Trainer calls no callback when an exception, or ``KeyboardInterrupt``, ends a training. Each
    epoch runs in ``trainer._run_epoch``: what stands there in the instance hears of all that
    ends one. Where that does not exist (another version), or no Trainer was found, nothing is
    wrapped.

    Parameters
    ----------
    trainer
        The Trainer, or None.
    another_epoch
        Called after the last planned epoch: whether another one follows.
    failed
        Called with what ended the training.
    """

    def __init__(
        self,
        trainer: Any,
        another_epoch: Callable[[int], bool],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._trainer = trainer
        self._another_epoch, self._failed = another_epoch, failed
        self._run_epoch: Any = None
        self._muted: list[Any] = []

    @property
    def holds(self) -> bool:
        """Whether epochs run under the hold."""
        return self._run_epoch is not None

    def take(self) -> None:
        """Wrap and mute."""
        trainer = self._trainer
        if trainer is None:
            return
        self._mute(trainer.callback_handler.callbacks)
        original = getattr(trainer, "_run_epoch", None)
        if original is not None and "_run_epoch" not in vars(trainer):
            self._run_epoch = original
            trainer._run_epoch = self._epochs

    def release(self) -> None:
        """Take the wrapper off, and let the bar be heard again."""
        trainer = self._trainer
        if trainer is not None and vars(trainer).get("_run_epoch") == self._epochs:
            del trainer._run_epoch
        for bar in self._muted:
            for event in _BAR_EVENTS:
                vars(bar).pop(event, None)
        # The bar may come after us in the round of the last event, which it must not hear: it
        # has no beginning. So that one mute takes itself off.
        self._muted = []

    def _epochs(self, *args: Any, **kwargs: Any) -> None:
        run_epoch, trainer = self._run_epoch, self._trainer
        try:
            run_epoch(*args, **kwargs)
            while "epoch" in kwargs and self._another_epoch(kwargs["epoch"] + 1):
                kwargs["epoch"] += 1
                handler = trainer.callback_handler
                trainer.control = handler.on_epoch_begin(
                    trainer.args, trainer.state, trainer.control
                )
                run_epoch(*args, **kwargs)
        except BaseException as error:
            for bar in self._muted:
                vars(bar).pop("on_train_end", None)
            self._failed(error)
            raise

    def _mute(self, callbacks: list[Any]) -> None:
        for bar in callbacks:
            named = type(bar).__name__ == "NotebookProgressCallback"
            if not (isinstance(bar, ProgressCallback) or named):
                continue
            if getattr(bar, "training_tracker", None) is not None:
                continue  # it is on the page already
            if (shown := getattr(bar, "training_bar", None)) is not None:
                shown.leave = False
                shown.close()
                bar.training_bar = None
            for event in _BAR_EVENTS:
                setattr(bar, event, _nothing)
            bar.on_train_end = _once(bar)
            self._muted.append(bar)


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _once(bar: Any) -> Callable[..., None]:
    def nothing(*_: Any, **__: Any) -> None:
        vars(bar).pop("on_train_end", None)

    return nothing
