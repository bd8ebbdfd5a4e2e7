"""The live panel: what is in use and in memory now, and the buttons that let go of it."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import Any, ClassVar
from weakref import WeakSet

from tfwidgets.models import loaded, session
from tfwidgets.ui.routes import honour_subshells
from tfwidgets.ui.text import one_line
from tfwidgets.ui.view import Reply, View, answers
from tfwidgets.using.memory import SOURCES, Released, Taken, key_of, release
from tfwidgets.using.result import ModelInUse, defaults_now, is_of

log = logging.getLogger(__name__)

_CLIPPED = 300

_views: WeakSet[UsingView] = WeakSet()


class UsingView(View):
    """A panel of the session: every one shows what holds now, whichever cell it stands under."""

    bundle: ClassVar[str] = "using"

    def __init__(self, shown: ModelInUse) -> None:
        super().__init__()
        # To see what is in memory, and to free it, while a cell runs.
        honour_subshells(self.comm)
        _views.add(self)

    @answers("state")
    def _state(self) -> Reply:
        return state(), []

    @answers("unload")
    def _unload(self, key: str | None = None) -> Reply:
        released = _released(release(lambda model: key in (None, key_of(model))))
        return state() | {"released": released}, []

    @answers("default")
    def _default(self) -> Reply:
        session.clear()
        return state(), []

    def tell(self) -> None:
        """Have the page ask again."""
        try:
            self.send({"type": "changed"})
        except Exception:  # a page that is gone is no concern of who loads a model
            log.exception("a panel could not be told of a change in memory")


def state() -> dict[str, Any]:
    """Return what the panel shows."""
    chosen = session.in_use()
    shown = ModelInUse(chosen)
    models = loaded()
    return {
        "inUse": None
        if chosen is None
        else {
            "name": _text(chosen.name),
            "facts": [
                _text(fact)
                for fact in (shown.architecture, shown.task, shown.revision)
                if fact
            ],
            "source": source if (source := shown.source) in SOURCES else None,
            "loaded": shown.loaded is not None,
        },
        "defaults": [{"task": task, "name": _text(name)} for task, name in defaults_now()],
        "models": [
            {name: _text(value) if isinstance(value, str) else value
             for name, value in asdict(Taken.of(model)).items()}
            | {"inUse": chosen is not None and is_of(model, chosen)}
            for model in models
        ],
    }  # fmt: skip


def _released(released: Released) -> dict[str, Any]:
    return {
        "count": released.count,
        "bytes": released.bytes,
        "held": [_text(name) for name in released.held],
    }


def _text(text: str) -> str:
    return one_line(text, _CLIPPED)


def _tell_views() -> None:
    for view in list(_views):
        view.tell()


session.observe(_tell_views)
