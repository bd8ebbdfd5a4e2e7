"""The session's model: what is taken where none is named. And who hears of changes in memory."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import PathLike, fspath
from threading import Lock
from typing import Any

from tfwidgets.errors import InputError, ModelError

log = logging.getLogger(__name__)

MOST_SEEN = 2000


@dataclass(frozen=True, eq=False)
class InUse:
    """The model that was chosen for the session. ``load`` and its kin take it like a name.

    Attributes
    ----------
    model
        What ``load`` takes: a name, a folder, a learner, a pair or a loaded model.
    revision
        Branch, tag or commit that was asked for; None for the newest.
    name
        What it is called.
    source, architecture, task
        What was found out about it when it was chosen; None if nobody looked.
    commits
        What its revision stood for, then and whenever it was loaded: commits on the hub, a
        version of a demo package.
    """

    model: Any = field(repr=False)
    revision: str | None = None
    name: str = ""
    source: str | None = None
    architecture: str | None = None
    task: str | None = None
    commits: set[str] = field(default_factory=set, repr=False)

    def __post_init__(self) -> None:
        if not self.name:
            named = isinstance(self.model, (str, PathLike))
            name = fspath(self.model) if named else type(self.model).__name__
            object.__setattr__(self, "name", name)


_lock = Lock()
_chosen: InUse | None = None
_observers: list[Callable[[], None]] = []
_seen: dict[str, None] = {}


def use(model: Any, revision: str | None = None, **known: Any) -> InUse:
    """Have a model taken wherever none is named, until ``clear``. Nothing is checked here."""
    global _chosen
    chosen = InUse(model, revision, **known)
    with _lock:
        _chosen = chosen
    tell()
    return chosen


def in_use() -> InUse | None:
    """Return the session's model, or None where the configured defaults hold."""
    return _chosen


def clear() -> None:
    """Go back to the configured defaults."""
    global _chosen
    with _lock:
        _chosen = None
    tell()


def observe(callback: Callable[[], None]) -> Callable[[], None]:
    """Call back when another model is in use, or in memory; return what ends that.

    The call comes from whatever thread made the change, so it should be short.
    """
    with _lock:
        _observers.append(callback)

    def stop() -> None:
        with _lock:
            if callback in _observers:
                _observers.remove(callback)

    return stop


def tell() -> None:
    """Call back whoever observes."""
    with _lock:
        observers = list(_observers)
    for callback in observers:
        _call(callback)


def _call(callback: Callable[[], None]) -> None:
    try:
        callback()
    except Exception:  # who looks on is no concern of who loads
        log.exception("an observer of the models in memory failed")


@contextmanager
def reminding(model: Any) -> Iterator[None]:
    """Add to an error, if the model is the one in use, that it is, and how to take another.

    A person who chose the model an hour ago may not think of it.
    """
    try:
        yield
    except (InputError, ModelError) as error:
        if isinstance(model, InUse):
            # In place: an error of the hub carries more than its words.
            error.args = (
                f"{error}\n{model.name} is the model in use. For this call name another (model=…, "
                "--model NAME); for the defaults use %model --default or tfw.use(None).",
            )
        raise


def see(names: Iterable[str]) -> None:
    """Remember names of models that somebody was shown, for completion."""
    with _lock:
        for name in names:
            _seen.pop(name, None)
            _seen[name] = None
        for name in list(_seen)[:-MOST_SEEN]:
            del _seen[name]


def seen() -> list[str]:
    """Return the names that were seen last."""
    with _lock:
        return list(_seen)
