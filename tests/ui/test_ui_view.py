"""The channel between page and kernel: every request is answered, whatever happens."""

from __future__ import annotations

import gc
import json
import logging
import re
import time
from collections.abc import Callable
from threading import Event
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from tfwidgets.config import settings
from tfwidgets.errors import InputError
from tfwidgets.ui import view as module
from tfwidgets.ui.html import element
from tfwidgets.ui.later import Later, Waiting
from tfwidgets.ui.view import STATIC, Reply, View, answers, set_language


class Probe(View):
    """A view with one good and several bad answers."""

    bundle: ClassVar[str] = "classify"
    go_on: ClassVar[Event] = Event()

    @answers("double")
    def _double(self, number: int) -> Reply:
        return {"number": 2 * number}, [b"\x01\x02", b""]

    @answers("ours")
    def _ours(self) -> Reply:
        raise InputError("What is wrong.")

    @answers("bug")
    def _bug(self) -> Reply:
        raise RuntimeError

    @answers("broken-text")
    def _broken_text(self) -> Reply:
        raise RuntimeError("broken \ud800")

    @answers("unsendable")
    def _unsendable(self) -> Reply:
        return {"found": {1, 2}}, []

    @answers("unsendable-later")
    def _unsendable_later(self) -> Later:
        return Later(lambda _: self._unsendable())

    @answers("long")
    def _long(self, error: str = "") -> Reply | Later:
        def work(waiting: Waiting) -> Reply:
            waiting.progress({"so": "far"}, [b"1"])
            assert self.go_on.wait(10)
            waiting.progress({"so": "near"})
            if error:
                raise InputError(error)
            return {"all": "done"}, [b"2"]

        return Later(work)


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function: request -> (reply, buffers), or None where nothing was sent."""
    view = Probe()
    sent: list[tuple[Any, Any]] = []
    monkeypatch.setattr(view, "send", lambda content, buffers=None: sent.append((content, buffers)))

    def ask(request: Any) -> Any:
        sent.clear()
        view._handle_custom_msg(request, [])
        assert len(sent) <= 1
        for content, _ in sent:
            json.dumps(content, ensure_ascii=False).encode()
        return sent[0] if sent else None

    return ask


def test_a_request_is_answered_with_its_id_and_buffers(probe: Any) -> None:
    assert probe({"id": "a-1", "type": "double", "number": 4}) == (
        {"id": "a-1", "ok": {"number": 8}},
        [b"\x01\x02", b""],
    )


def test_every_instance_answers(probe: Any) -> None:
    for _ in range(2):
        assert Probe()._handlers["double"] == "_double"
    assert probe({"id": 1, "type": "double", "number": 1})[0]["ok"] == {"number": 2}


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"type": "no-such"}, "This view cannot answer 'no-such'."),
        ({}, "This view cannot answer None."),
        ({"type": ["double"]}, r"This view cannot answer \['double'\]."),
        ({"type": "__init__"}, "This view cannot answer"),
        ({"type": "double"}, "missing 1 required positional argument: 'number'"),
        ({"type": "double", "number": 1, "more": 2}, "unexpected keyword argument 'more'"),
        ({"type": "double", "number": None}, "unsupported operand"),
        ({"type": "double", "self": 1, "number": 1}, "multiple values for argument 'self'"),
        ({"type": "ours"}, "^What is wrong.$"),
        ({"type": "bug"}, "^RuntimeError$"),
        ({"type": "broken-text"}, "^broken \ufffd$"),
        ({"type": "double", "\ud800": 1}, "unexpected keyword argument"),
    ],
)
def test_what_goes_wrong_is_answered_with_a_message(
    probe: Any, request_: dict[str, Any], words: str
) -> None:
    content, buffers = probe({"id": 7, **request_})
    assert set(content) == {"id", "error"}
    assert content["id"] == 7
    assert re.search(words, content["error"])
    assert buffers is None


def test_only_unforeseen_errors_reach_the_log(probe: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        probe({"id": 1, "type": "ours"})
        assert caplog.records == []
        probe({"id": 1, "type": "bug"})
        assert [record.exc_info is not None for record in caplog.records] == [True]


@pytest.mark.parametrize("news", [None, "text", 3, [], {"type": "double"}])
def test_what_is_no_request_is_left_alone(probe: Any, news: Any) -> None:
    assert probe(news) is None


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a view and what it sent, with a work that goes on when it is told to."""
    Probe.go_on.clear()
    view, sent = Probe(), []
    monkeypatch.setattr(
        view, "send", lambda content, buffers=None: sent.append((content, buffers or []))
    )
    yield view, sent
    Probe.go_on.set()


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_what_takes_long_is_answered_later_with_what_is_known_on_the_way(slow: Any) -> None:
    view, sent = slow
    view._handle_custom_msg({"id": "a", "type": "long"}, [])
    until(lambda: sent)
    view._handle_custom_msg({"id": "b", "type": "double", "number": 1}, [])  # nobody is held up
    Probe.go_on.set()
    until(lambda: len(sent) == 4)
    assert sent == [
        ({"id": "a", "progress": {"so": "far"}}, [b"1"]),
        ({"id": "b", "ok": {"number": 2}}, [b"\x01\x02", b""]),
        ({"id": "a", "progress": {"so": "near"}}, []),
        ({"id": "a", "ok": {"all": "done"}}, [b"2"]),
    ]
    until(lambda: not view._waiting)


def test_what_fails_later_is_answered_with_a_message(slow: Any) -> None:
    view, sent = slow
    Probe.go_on.set()
    view._handle_custom_msg({"id": 3, "type": "long", "error": "What is wrong."}, [])
    until(lambda: len(sent) == 3)
    assert sent[-1] == ({"id": 3, "error": "What is wrong."}, [])


@pytest.mark.parametrize("error", ["", "What is wrong."])
@pytest.mark.parametrize("ends", ["drop", "close"])
def test_of_what_was_dropped_nothing_more_is_sent(slow: Any, ends: str, error: str) -> None:
    view, sent = slow
    view._handle_custom_msg({"id": "a", "type": "long", "error": error}, [])
    until(lambda: sent)
    (waiting,) = view._waiting.values()
    if ends == "drop":
        view._handle_custom_msg({"id": "a", "type": "drop"}, [])
        view._handle_custom_msg({"id": "unknown", "type": "drop"}, [])
    else:
        view.close()
    assert waiting.cancelled.is_set()
    Probe.go_on.set()
    until(lambda: not view._waiting)
    assert len(sent) == 1


def test_a_view_carries_its_bundle() -> None:
    view = Probe()
    assert view._esm == (STATIC / "classify.js").read_text("utf-8")
    assert view._css == (STATIC / "classify.css").read_text("utf-8")


def test_the_language_follows_the_setting() -> None:
    settings().language = "de"
    view, other = Probe(), Probe()
    assert view.language == "de"
    set_language("en")
    assert (view.language, other.language) == ("en", "en")


def test_views_are_not_kept_alive_by_the_language_switch() -> None:
    view = Probe()
    view.close()
    gc.collect()
    before = len(module._alive)
    del view
    gc.collect()
    assert len(module._alive) == before - 1


def test_repr_does_not_spell_out_the_state() -> None:
    assert repr(Probe()) == "<Probe>"


WIDGET = "application/vnd.jupyter.widget-view+json"


Published = list[tuple[dict[str, Any], dict[str, Any]]]


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> Published:
    """What is published in a notebook that somebody has open: data, and how."""
    said: Published = []
    publisher = SimpleNamespace(publish=lambda data, metadata, **how: said.append((data, how)))
    monkeypatch.setattr(module, "shell", lambda: SimpleNamespace(display_pub=publisher))
    monkeypatch.setattr(module, "has_cells", lambda: True)
    return said


def test_it_is_displayed_once_and_settles_in_its_place(published: Published) -> None:
    view = Probe()
    view.display("as text", element("p", "a < b"))
    view._handle_custom_msg({"type": "settle", "place": True}, [])
    (live, first), (still, second) = published
    assert set(live) == {"text/plain", "text/html", WIDGET}
    assert (live["text/plain"], live["text/html"]) == ("as text", "<p>a &lt; b</p>")
    assert WIDGET not in still
    assert still["text/html"] == (f'<tfw-view data-place="{view.place}"><p>a &lt; b</p></tfw-view>')
    assert first["transient"] == second["transient"]
    assert (first["update"], second["update"]) == (False, True)


def test_a_page_that_keeps_no_places_keeps_the_widget(published: Published) -> None:
    view = Probe()
    view.display("as text", element("p", "x"))
    view._handle_custom_msg({"type": "settle", "place": False}, [])
    assert [WIDGET in data for data, _ in published] == [True]


def test_where_nobody_looks_it_settles_at_once(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "has_cells", lambda: False)
    view = Probe()
    view.display("as text", element("p", "x"))
    assert [WIDGET in data for data, _ in published] == [True, False]
    assert "tfw-view" in published[-1][0]["text/html"]
    view._handle_custom_msg({"type": "settle", "place": False}, [])  # somebody looked after all
    assert WIDGET in published[-1][0]


@pytest.mark.parametrize("type_", ["unsendable", "unsendable-later"])
def test_what_no_message_can_carry_is_told(
    monkeypatch: pytest.MonkeyPatch, type_: str, caplog: pytest.LogCaptureFixture
) -> None:
    view, sent = Probe(), []

    def send(content: dict[str, Any], buffers: Any = None) -> None:
        json.dumps(content)  # as the session does, in the thread that sends
        sent.append(content)

    monkeypatch.setattr(view, "send", send)
    view._handle_custom_msg({"id": "a", "type": type_}, [])
    until(lambda: sent)
    assert sent == [{"id": "a", "error": "Object of type set is not JSON serializable"}]
    assert "a request of Probe failed" in caplog.text
    until(lambda: not view._waiting)
