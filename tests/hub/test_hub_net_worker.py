"""Work that a person stops waiting for."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from tests.support.hub_server import HubServer
from tfwidgets.hub.net.worker import Cancelled, cancellable
from tfwidgets.models.net import HubClient, HubProblem, in_thread
from tfwidgets.models.net.waiting import TooLate

pytestmark = pytest.mark.timeout(30)


def test_what_the_work_returns_and_raises() -> None:
    assert cancellable(lambda: threading.current_thread().daemon, threading.Event()) is True
    with pytest.raises(HubProblem, match="so it is"):
        cancellable(
            lambda: (_ for _ in ()).throw(HubProblem("so it is", "server")), threading.Event()
        )


def test_a_hub_that_is_silent_is_left_at_once(hub: HubServer) -> None:
    hub.fault = "hang"
    client, cancelled = HubClient(hub.url, 20), threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        cancellable(lambda: client.json("/api/models"), cancelled)
    assert 0.2 <= time.monotonic() - started < 5  # some 0.25 s, and not 20


def test_ctrl_c_ends_the_waiting(hub: HubServer) -> None:
    hub.fault = "hang"
    client = HubClient(hub.url, 20)
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        cancellable(lambda: client.json("/api/models"), threading.Event())
    assert time.monotonic() - started < 5
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        client.get("/api/models")
    assert time.monotonic() - started < 2.4


def test_cancelled_before_it_begins() -> None:
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(Cancelled):
        cancellable(lambda: pytest.fail("it was begun"), cancelled)


def test_what_comes_too_late_is_dropped() -> None:
    go, dropped = threading.Event(), threading.Event()
    with pytest.raises(TooLate):
        in_thread(lambda: go.wait(10), seconds=0.1, drop=lambda _: dropped.set())
    assert not dropped.is_set()
    go.set()
    assert dropped.wait(5)
    kept: list[bool] = []
    assert in_thread(lambda: True, seconds=5, drop=kept.append) is True
    assert kept == []
