"""Showing a search: a cell never waits for the hub, and what stays behind it is filled in."""

from __future__ import annotations

import time
from importlib import import_module
from threading import Event
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from tests.hub.found import UNREACHABLE, Plan, entry, plan_hub
from tfwidgets.hub.run import hub

__all__ = ["plan_hub"]


class Output:
    """What stands in for the live view: it keeps the texts that it was given."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.replaced: list[str] = []
        self.again = Event()

    def display(self, text: str, picture: Element) -> None:
        self.shown.append(text + "".join(picture.itertext()))

    def refresh(self, text: str, picture: Element) -> None:
        self.replaced.append(text + "".join(picture.itertext()))
        self.again.set()


@pytest.fixture(autouse=True)
def _notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in a kernel, in a notebook that somebody has open."""
    for room in ("tfwidgets.hub.result", "tfwidgets.ui.shown"):
        monkeypatch.setattr(import_module(room), "in_notebook", lambda: True)
    monkeypatch.setattr(import_module("tfwidgets.hub.result"), "has_cells", lambda: True)


@pytest.fixture
def unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has the notebook open, as under nbclient."""
    monkeypatch.setattr(import_module("tfwidgets.hub.result"), "has_cells", lambda: False)


def displayed(found: Any) -> Output:
    found._view = output = Output()
    found._ipython_display_()
    return output


def test_what_lasts_is_filled_in_when_the_hub_has_answered(plan: Plan) -> None:
    plan([entry("org/far")], cache=[entry("org/near", "cache")])
    output = displayed(hub())
    assert "org/near" in output.shown[0]
    if "org/far" not in output.shown[0]:  # the hub may have been quick
        assert output.again.wait(10)
        assert "org/far" in output.replaced[-1]


def test_where_nobody_looks_the_hub_is_waited_for(plan: Plan, unwatched: None) -> None:
    plan([entry(f"org/far{k}") for k in range(30)], [entry("org/last")])
    output = displayed(hub(limit=31))
    assert "the hub has not answered" not in output.shown[0]
    assert "31 models" in output.shown[0]
    assert output.replaced == []


def test_a_silent_hub_keeps_no_cell_of_an_open_notebook(plan: Plan) -> None:
    planned = plan([entry("org/far")], cache=[entry("org/near", "cache")])
    planned.gate.clear()
    begun = time.monotonic()
    output = displayed(hub())
    assert time.monotonic() - begun < 2
    assert "the hub has not answered yet" in output.shown[0]
    planned.gate.set()
    assert output.again.wait(10)
    assert "org/far" in output.replaced[-1]


def test_a_disk_that_is_slow_does_not_keep_it_either(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan([entry("org/far")], cache=[entry("org/near", "cache")])
    merge: Any = import_module("tfwidgets.hub.merge")
    look, gate = merge.here, Event()
    monkeypatch.setattr(merge, "here", lambda query: (gate.wait(20), look(query))[1])
    begun = time.monotonic()
    output = displayed(hub())
    assert time.monotonic() - begun < 2
    assert "Models are being looked for." in output.shown[0]
    gate.set()
    assert output.again.wait(10)
    assert "org/near" in output.replaced[-1]


def test_a_failure_stands_in_what_lasts(plan: Plan) -> None:
    planned = plan(UNREACHABLE)
    planned.gate.clear()
    output = displayed(hub())
    planned.gate.set()
    assert output.again.wait(10)
    assert str(UNREACHABLE) in output.replaced[-1]


def test_what_is_not_asked_of_the_hub_is_shown_at_once(plan: Plan) -> None:
    planned = plan(cache=[entry("org/near", "cache")])
    output = displayed(hub(where="cache"))
    assert "org/near" in output.shown[0]
    time.sleep(0.1)
    assert (planned.counts, output.replaced) == ([], [])


def test_a_picture_that_fails_leaves_no_thread_waiting(plan: Plan) -> None:
    plan([entry("org/far")])
    found = hub()
    found._view = view = Output()

    def broken(text: str, picture: Element) -> None:
        raise RuntimeError("no channel")

    view.display = broken  # type: ignore[method-assign]
    follow, ended = found._follow, Event()
    found._follow = lambda *events: (follow(*events), ended.set())  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="no channel"):
        found._ipython_display_()
    assert ended.wait(10)


def test_in_a_console_it_is_text(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in ("tfwidgets.hub.result", "tfwidgets.ui.shown"):
        monkeypatch.setattr(import_module(room), "in_notebook", lambda: False)
    plan([entry("org/far")])
    found = hub()
    with pytest.raises(NotImplementedError):
        found._ipython_display_()
    data, _ = found._repr_mimebundle_()
    assert list(data) == ["text/plain"]
    assert "org/far" in data["text/plain"]
