"""fastai's bars and its printed table: out of sight while a dashboard stands in their place."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from fastai.callback.progress import ProgressCallback, ShowGraphCallback


class _Off:
    """Stands in a bar as its ``run``, and is false; in a copy of the bar ``run`` is True."""

    def __init__(self) -> None:
        self.hides = True

    def __bool__(self) -> bool:
        return not self.hides

    def __reduce__(self) -> tuple[Any, ...]:
        return bool, (True,)


def _made(kind: Any, *args: Any) -> Any:
    return kind.__new__(kind, *args)


@cache
def _quick(kind: Any) -> Any:
    """Return a class of bars that hear of nothing while they are off, and cost as much.

    What is off hears each event as well in fastai, and takes two microseconds to find out.
    """

    class Quick(kind):  # type: ignore[misc]
        run: Any

        def __call__(self, event_name: str) -> Any:
            if self.run:
                return super().__call__(event_name)
            if event_name == "after_fit":
                self.run = True  # as fastai has it
            return None

        def __reduce_ex__(self, protocol: Any) -> Any:
            _, (_, *rest), *state = super().__reduce_ex__(protocol)
            return _made, (kind, *rest), *state

    Quick.__name__ = kind.__name__
    return Quick


class _Silent:
    """Stands in a learner as its logger; in a copy of the learner the logger itself does.

    Whoever took it for the logger meanwhile (``no_logging``, ``CSVLogger``) may put it back later:
    it is the logger, then.
    """

    def __init__(self, logger: Callable[[Any], object]) -> None:
        self.logger, self.hides = logger, True

    def __call__(self, log: Any) -> None:
        if not self.hides:
            self.logger(log)

    def __reduce__(self) -> tuple[Any, ...]:
        return _itself, (self.logger,)


def _itself(thing: Any) -> Any:
    return thing


class Bars:
    """The bars and the logger of one learner; the callbacks stay where they are.

    Parameters
    ----------
    learn
        A fastai learner.
    """

    def __init__(self, learn: Any) -> None:
        self.learn = learn
        self._bars: list[tuple[Any, _Off]] = []
        self._silent: _Silent | None = None

    def hide(self) -> None:
        """Hide them."""
        learn = self.learn
        if learn._grab_cbs(ShowGraphCallback):
            return  # it draws into them
        bars = list(learn._grab_cbs(ProgressCallback))
        logger = learn.logger
        while isinstance(logger, _Silent):
            logger = logger.logger
        if bars or logger is print:
            learn.logger = self._silent = _Silent(logger)
        for bar in bars:
            bar.run = off = _Off()
            kind: Any = type(bar)
            # Not bar.__class__ = ...: fastai warns of attributes that a learner has as well.
            object.__setattr__(bar, "__class__", _quick(kind))
            self._bars.append((bar, off))

    def still_hidden(self) -> None:
        """Hide them again: fastai switches all on at the end of a fit, and of a validation."""
        self._hides(True)
        for bar, off in self._bars:
            bar.run = off

    def for_now(self) -> None:
        """Let them be seen until ``still_hidden``."""
        self._hides(False)

    def show(self, *, logger: bool = False) -> None:
        """Let them be seen again.

        Parameters
        ----------
        logger
            Whether the logger is put back even if there is another one by now, which a callback
            left that did not hear of the end.
        """
        self._hides(False)
        for bar, off in self._bars:
            if bar.run is off:
                bar.run = True
            object.__setattr__(bar, "__class__", type(bar).__base__)
        silent = self._silent
        if silent is not None and (logger or self.learn.logger is silent):
            self.learn.logger = silent.logger
        self._bars, self._silent = [], None

    def _hides(self, hides: bool) -> None:
        for _, off in self._bars:
            off.hides = hides
        if self._silent is not None:
            self._silent.hides = hides
