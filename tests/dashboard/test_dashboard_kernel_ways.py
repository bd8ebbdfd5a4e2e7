"""The interrupt button, and what there is where no kernel is; tests/notebook has real ones."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ipywidgets import IntSlider

from tfwidgets.dashboard.kernel import reach
from tfwidgets.dashboard.kernel.drain import ShellDrain
from tfwidgets.dashboard.kernel.interrupts import GracefulInterrupt
from tfwidgets.dashboard.kernel.reach import Reach
from tfwidgets.dashboard.session import Session
from tfwidgets.ui.routes import honour_subshells


def press() -> None:
    signal.raise_signal(signal.SIGINT)


def handler() -> Any:
    return signal.getsignal(signal.SIGINT)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_first_press_is_noted_and_the_second_interrupts() -> None:
    pressed: list[int] = []
    interrupt = GracefulInterrupt(lambda: pressed.append(1))
    press()
    assert pressed == [1]
    with pytest.raises(KeyboardInterrupt):
        press()
    assert pressed == [1]
    assert handler() is signal.default_int_handler
    interrupt.close()
    assert handler() is signal.default_int_handler


def test_what_was_there_is_put_back() -> None:
    seen: list[int] = []
    signal.signal(signal.SIGINT, lambda *_: seen.append(1))
    before = handler()
    interrupt = GracefulInterrupt(lambda: None)
    press()
    interrupt.close()
    interrupt.close()
    assert handler() is before
    press()
    assert seen == [1]


def test_a_handler_that_came_later_stays() -> None:
    interrupt = GracefulInterrupt(lambda: None)

    def later(*_: object) -> None:
        interrupt._on_signal(signal.SIGINT, None)

    signal.signal(signal.SIGINT, later)
    interrupt.close()
    assert handler() is later
    with pytest.raises(KeyboardInterrupt):  # and what it hands on goes to the one before us
        press()


@pytest.mark.parametrize("outer_first", [True, False])
def test_a_training_in_a_training(outer_first: bool) -> None:
    pressed: list[str] = []
    outer = GracefulInterrupt(lambda: pressed.append("outer"))
    inner = GracefulInterrupt(lambda: pressed.append("inner"))
    press()
    first, second = (outer, inner) if outer_first else (inner, outer)
    first.close()
    if not outer_first:
        press()
        assert pressed == ["inner", "outer"]
    second.close()
    assert handler() is signal.default_int_handler


def test_a_note_that_fails_interrupts_at_once() -> None:
    GracefulInterrupt(lambda: 1 / 0)
    with pytest.raises(KeyboardInterrupt):
        press()
    assert handler() is signal.default_int_handler


def test_an_ignored_interrupt_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    interrupt = GracefulInterrupt(lambda: None)
    assert handler() is signal.SIG_IGN
    interrupt.close()
    assert handler() is signal.SIG_IGN


def test_other_threads_are_left_alone() -> None:
    session = Session("test")
    opened: list[Reach] = []

    def train() -> None:
        opened.append(Reach.open(session))
        opened[0].close()

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert len(opened) == 1
    assert session.pump is None
    assert handler() is signal.default_int_handler


def test_closed_by_another_thread_it_hands_on() -> None:
    interrupt = GracefulInterrupt(lambda: pytest.fail("closed"))
    thread = threading.Thread(target=interrupt.close)
    thread.start()
    thread.join()
    with pytest.raises(KeyboardInterrupt):
        press()


def test_it_can_be_declined() -> None:
    opened = Reach.open(Session("test"), interrupt=False)
    assert handler() is signal.default_int_handler
    opened.close()


def test_a_way_that_fails_harms_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reach, "shell", lambda: 1 / 0)
    session = Session("test")
    opened = Reach.open(session)
    assert "late" in caplog.text
    press()
    assert [(c.name, c.by) for c in session.commands()] == [("stop", "interrupt")]
    opened._undo.append(lambda: 1 / 0)
    opened.close()
    opened.close()
    assert handler() is signal.default_int_handler
    assert "could not be closed" in caplog.text


def test_a_kernel_of_another_make_is_not_drained() -> None:
    assert ShellDrain.of(SimpleNamespace()) is None
    assert ShellDrain.of(SimpleNamespace(shell_stream=SimpleNamespace(socket=None))) is None
    assert ShellDrain.of(SimpleNamespace(shell_channel_thread=SimpleNamespace())) is None


def test_routes_without_a_kernel(caplog: pytest.LogCaptureFixture) -> None:
    heard = []
    slider = IntSlider()
    honour_subshells(slider)
    slider.on_msg(lambda _, content, __: heard.append(content))
    slider.comm.handle_msg({"content": {"data": {"method": "custom", "content": 3}}, "buffers": []})
    assert heard == [3]
    slider.close()
    for other in (slider, None, object()):
        honour_subshells(other)
    assert not caplog.records

    class Broken:
        @property
        def comm(self) -> None:
            raise RuntimeError

    honour_subshells(Broken())
    assert "wait until the cell has ended" in caplog.text


SCRIPT = """
import os, signal, sys
from tfwidgets.dashboard.kernel.reach import Reach
from tfwidgets.dashboard.session import Session

session = Session("script")
reach = Reach.open(session)
child = os.fork()
os.kill(os.getpid(), signal.SIGINT)
names = [(c.name, c.by) for c in session.commands()]
if not child:  # a worker of a data loader goes on
    os._exit(0 if names == [] else 1)
print(names, os.waitpid(child, 0)[1])
reach.close()
print([m for m in ("IPython", "zmq", "ipywidgets", "torch") if m in sys.modules], flush=True)
os.kill(os.getpid(), signal.SIGINT)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
def test_a_script() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "[('stop', 'interrupt')] 0\n[]\n"
    assert "KeyboardInterrupt" in done.stderr
