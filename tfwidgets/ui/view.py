"""The base of every widget: one language, one request/reply channel.

The page asks ``{id, type, ...}``; the view answers ``{id, ok}`` with binary buffers, or
``{id, error}`` with a short message. A Python exception always comes back as a message,
never as silence. The page's half is ``js/src/shared/protocol.ts``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from weakref import WeakSet

import anywidget
from traitlets import Enum

from tfwidgets.config import settings
from tfwidgets.errors import TfWidgetsError

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent.parent / "static"

Reply = tuple[dict[str, Any], Sequence[bytes]]
Handler = TypeVar("Handler", bound=Callable[..., Reply])

_alive: WeakSet[View] = WeakSet()


def answers(request: str) -> Callable[[Handler], Handler]:
    """Mark a method of a view as the answer to a request of the page.

    It takes the request's fields as keywords and returns a payload with buffers. What it
    raises is sent to the page as a message.
    """

    def mark(method: Handler) -> Handler:
        method._answers = request  # type: ignore[attr-defined]
        return method

    return mark


class View(anywidget.AnyWidget):
    """Base class of the widgets. A subclass names its ``bundle`` in ``tfwidgets/static``."""

    bundle: ClassVar[str]
    language = Enum(["auto", "en", "de"], default_value="auto").tag(sync=True)

    _handlers: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        cls._esm = STATIC / f"{cls.bundle}.js"
        cls._css = STATIC / f"{cls.bundle}.css"
        cls._handlers = {
            method._answers: name
            for name, method in vars(cls).items()
            if hasattr(method, "_answers")
        }
        super().__init_subclass__(**kwargs)

    def __init__(self, **traits: Any) -> None:
        super().__init__(language=settings().language, **traits)
        self.on_msg(self._on_message)
        _alive.add(self)

    def mime(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return data and metadata of the MIME bundle that makes a front end draw this view."""
        return self._repr_mimebundle_() or ({}, {})

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def _on_message(self, _: object, request: Any, __: object) -> None:
        if not isinstance(request, dict) or "id" not in request:
            return
        identity = request["id"]
        try:
            payload, buffers = self._answer(request)
        except Exception as error:
            if not isinstance(error, TfWidgetsError):
                log.exception("a request of %s failed", type(self).__name__)
            self.send({"id": identity, "error": str(error) or type(error).__name__})
        else:
            self.send({"id": identity, "ok": payload}, buffers=list(buffers))

    def _answer(self, request: dict[str, Any]) -> Reply:
        fields = {name: value for name, value in request.items() if name not in ("id", "type")}
        method = self._handlers.get(str(request.get("type")))
        if method is None:
            raise TfWidgetsError(f"This view cannot answer {request.get('type')!r}.")
        reply: Reply = getattr(self, method)(**fields)
        return reply


def set_language(language: str) -> None:
    """Switch every live view to a language."""
    for view in list(_alive):
        view.language = language
