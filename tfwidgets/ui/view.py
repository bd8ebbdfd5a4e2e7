"""The base of every widget: one language, one place in the notebook, one channel.

The page asks ``{id, type, ...}``; the view answers ``{id, ok}`` with binary buffers, or
``{id, error}`` with a short message. A Python exception always comes back as a message,
never as silence. What takes long is answered ``Later``, from a thread, with ``{id, progress}``
on the way; the page's ``{type: "drop", id}`` ends it. The page's half is
``js/src/shared/protocol.ts``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextvars import copy_context
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar, TypeVar
from uuid import uuid4
from weakref import WeakSet
from xml.etree.ElementTree import Element

import anywidget
from traitlets import Enum, Unicode

from tfwidgets.config import settings
from tfwidgets.errors import TfWidgetsError
from tfwidgets.ui.frontend import has_cells, shell
from tfwidgets.ui.html import element, render
from tfwidgets.ui.later import Later, Reply, Waiting
from tfwidgets.ui.text import printable

__all__ = ["Later", "Reply", "View", "answers", "set_language"]

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent.parent / "static"

Handler = TypeVar("Handler", bound="Callable[..., Reply | Later]")

_alive: WeakSet[View] = WeakSet()


def answers(request: str) -> Callable[[Handler], Handler]:
    """Mark a method of a view as the answer to a request of the page.

    It takes the request's fields as keywords and returns a payload with buffers, or ``Later``.
    What it raises is sent to the page as a message.
    """

    def mark(method: Handler) -> Handler:
        method._answers = request  # type: ignore[attr-defined]
        return method

    return mark


class View(anywidget.AnyWidget):
    """Base class of the widgets. A subclass names its ``bundle`` in ``tfwidgets/static``.

    What a reader may never open is not in the bundle, which every saved widget repeats: the
    page asks for such ``parts`` when it needs them.
    """

    bundle: ClassVar[str]
    parts: ClassVar[tuple[str, ...]] = ()
    language = Enum(["auto", "en", "de"], default_value="auto").tag(sync=True)
    place = Unicode().tag(sync=True)

    _handlers: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # Every instance gets a class of its own (traitlets adds traits that way). It inherits.
        if "bundle" in vars(cls):
            # As text: to watch a path, anywidget would keep every view alive for good.
            cls._esm = _static(f"{cls.bundle}.js")
            cls._css = _static(f"{cls.bundle}.css")
            cls._handlers = {
                method._answers: name
                for home in reversed(cls.__mro__)
                for name, method in vars(home).items()
                if hasattr(method, "_answers")
            }
        super().__init_subclass__(**kwargs)

    def __init__(self, **traits: Any) -> None:
        super().__init__(language=settings().language, place=uuid4().hex, **traits)
        self._still: tuple[str, Element] | None = None
        self._in_place = False
        self._waiting: dict[str, Waiting] = {}
        self.on_msg(self._on_message)
        _alive.add(self)

    @answers("part")
    def _part(self, name: str) -> Reply:
        if name not in self.parts:
            raise TfWidgetsError(f"This view has no part {name!r}.")
        return {kind: _static(f"{self.bundle}-{name}.{kind}") for kind in ("js", "css")}, []

    def display(self, text: str, picture: Element) -> None:
        """Show the view in the running cell, with what takes its place where it cannot be.

        ``docs/architecture.md``, "What a saved notebook shows", says which of the two an
        output holds, and when.
        """
        self._still = text, picture
        self._publish(update=False)
        if not has_cells():
            self._settle(in_place=True)  # nobody looks while it runs: what lasts is what counts

    def refresh(self, text: str, picture: Element) -> None:
        """Replace what stands in the outputs that show the view where it cannot be live."""
        self._still = text, picture
        self._publish(update=True)

    def mime(self, text: str, picture: Element) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return data and metadata of the MIME bundle: the widget, or its place."""
        data: dict[str, Any] = {"text/plain": text}
        if self._in_place:
            place = element("tfw-view", picture, data_place=self.place)
            return data | {"text/html": render(place)}, {}
        live, metadata = self._repr_mimebundle_() or ({}, {})
        return live | data | {"text/html": render(picture)}, metadata

    def _settle(self, *, in_place: bool) -> None:
        """Hear from a page how it shows views: in their places, or as widgets."""
        if in_place != self._in_place:
            self._in_place = in_place
            self._publish(update=True)

    def _publish(self, *, update: bool) -> None:
        terminal = shell()
        if terminal is None or self._still is None:
            return
        data, metadata = self.mime(*self._still)
        transient = {"display_id": self.place}
        terminal.display_pub.publish(data, metadata, transient=transient, update=update)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def _on_message(self, _: object, request: Any, __: object) -> None:
        if not isinstance(request, dict):
            return
        if request.get("type") == "settle":
            self._settle(in_place=bool(request.get("place")))
        if "id" not in request:
            return
        identity = request["id"]
        if request.get("type") == "drop":
            if waiting := self._waiting.pop(str(identity), None):
                waiting.drop()
            return
        try:
            reply = self._answer(request)
            if isinstance(reply, Later):
                self._waiting[str(identity)] = waiting = Waiting(self._news(identity))
                # ipykernel 7.0 sends nothing from a thread that has no context of a request.
                run, work = copy_context().run, (self._work, identity, reply, waiting)
                Thread(target=run, args=work, daemon=True).start()
            else:
                self._succeed(identity, reply)
        except Exception as error:  # what no message can carry is told, too
            self._fail(identity, error)

    def close(self) -> None:
        """Close the view; what it is still working at is dropped."""
        for waiting in list(self._waiting.values()):
            waiting.drop()
        super().close()

    def _work(self, identity: object, later: Later, waiting: Waiting) -> None:
        """Do what takes long, in a thread of its own; a reply that nobody waits for is not sent."""
        try:
            reply = later.work(waiting)
            if not waiting.dropped:
                self._succeed(identity, reply)
        except Exception as error:
            if not waiting.dropped:
                self._fail(identity, error)
        finally:
            self._waiting.pop(str(identity), None)

    def _news(self, identity: object) -> Callable[[dict[str, Any], Sequence[bytes]], None]:
        def tell(payload: dict[str, Any], buffers: Sequence[bytes]) -> None:
            self.send({"id": identity, "progress": payload}, buffers=list(buffers))

        return tell

    def _succeed(self, identity: object, reply: Reply) -> None:
        payload, buffers = reply
        self.send({"id": identity, "ok": payload}, buffers=list(buffers))

    def _fail(self, identity: object, error: Exception) -> None:
        if not isinstance(error, TfWidgetsError):
            log.error("a request of %s failed", type(self).__name__, exc_info=error)
        self.send({"id": identity, "error": printable(str(error)) or type(error).__name__})

    def _answer_now(self, request: dict[str, Any]) -> Reply:
        """Answer what is never answered later."""
        reply = self._answer(request)
        assert not isinstance(reply, Later)  # noqa: S101 - a mistake of ours, not of the page
        return reply

    def _answer(self, request: dict[str, Any]) -> Reply | Later:
        fields = {name: value for name, value in request.items() if name not in ("id", "type")}
        method = self._handlers.get(str(request.get("type")))
        if method is None:
            raise TfWidgetsError(f"This view cannot answer {request.get('type')!r}.")
        reply: Reply | Later = getattr(self, method)(**fields)
        return reply


def _static(name: str) -> str:
    return (STATIC / name).read_text("utf-8")


def set_language(language: str) -> None:
    """Switch every live view to a language."""
    for view in list(_alive):
        view.language = language
