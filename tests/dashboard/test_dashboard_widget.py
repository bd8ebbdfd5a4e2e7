"""The view: what it sends, how much and how often, and that a page can put it together."""

import json
import time

import numpy as np
import pytest

from tfwidgets.dashboard import widget as module
from tfwidgets.dashboard.curves import MOST_BINS
from tfwidgets.dashboard.result import Run
from tfwidgets.dashboard.session import Session
from tfwidgets.dashboard.widget import DashboardView


class Page:
    """What a page does with the messages of a view."""

    def __init__(self, view):
        self.view, self.curves, self.messages = view, {}, []
        self.epochs, self.log = [], []
        view.send = self.receive

    def ask(self, kind, **fields):
        self.view._on_message(None, {"id": "1", "type": kind, **fields}, [])
        content, buffers = self.answer
        return content, buffers

    def receive(self, content, buffers=()):
        json.dumps(content, allow_nan=False)
        buffers = [bytes(buffer) for buffer in buffers]
        if "id" in content:
            self.answer = content, buffers
            return
        self.messages.append((content, buffers))
        assert content["epochs_at"] == len(self.epochs)
        assert content["log_at"] == len(self.log)
        self.epochs += content["epochs"]
        self.log += content["log"]
        self.put(content["curves"], buffers)

    def put(self, heads, buffers):
        for head, buffer in zip(heads, buffers, strict=True):
            news = unpacked(head, buffer)
            old = self.curves.get(head["name"])
            if old is None or old["width"] != head["width"]:
                assert head["first"] == 0
                self.curves[head["name"]] = {"width": head["width"], "bins": news}
            else:
                assert head["first"] <= len(old["bins"])
                old["bins"] = np.concatenate([old["bins"][: head["first"]], news])


def unpacked(head, buffer):
    """Return (bins, 4): step, mean, least, greatest."""
    count, at = head["count"], 0
    if head["dense"]:
        x = head["x0"] + np.arange(count) * head["width"]
    else:
        x, at = np.frombuffer(buffer, "<f8", count), 8 * count
    mean = np.frombuffer(buffer, "<f4", count, at)
    low = high = mean
    if head["width"] > 1:
        low = np.frombuffer(buffer, "<f4", count, at + 4 * count)
        high = np.frombuffer(buffer, "<f4", count, at + 8 * count)
    assert len(buffer) == at + 4 * count * (3 if head["width"] > 1 else 1)
    return np.stack([x, mean, low, high], 1)


@pytest.fixture
def session():
    return Session("a training", facts={"groups": ["body", "head"]})


@pytest.fixture
def page(session, monkeypatch):
    monkeypatch.setattr(module, "PUSH_SECONDS", 0)
    monkeypatch.setattr(module, "PUSHES", 100_000)
    return Page(Run.of(session).widget())


def test_deltas_put_together_are_what_open_says(session, page):
    rng = np.random.default_rng(0)
    session.begin(epochs=3)
    for epoch in range(3):
        for _ in range(900):
            session.step(rng.uniform(), lr=0.1, momentum=0.9)
            if rng.uniform() < 0.02:
                session.point("grad_norm", rng.uniform())
                session.flush()
        session.epoch("epoch", epoch, 1.0, {"valid_loss": rng.uniform()})
        session.write("message", text="so")
    session.end("finished")
    told, (heads, buffers) = page.curves, (page.ask("open")[0]["ok"]["curves"], page.answer[1])
    assert set(told) == set(session.curve_names)
    for head, buffer in zip(heads, buffers, strict=True):
        name = head["name"]
        assert told[name]["width"] == head["width"], name
        assert np.array_equal(told[name]["bins"], unpacked(head, buffer)), name
    assert page.epochs == session.epochs
    assert page.log == session.log
    assert page.messages[-1][0]["status"] == "finished"
    assert page.messages[0][0]["facts"] == session.facts


def test_what_json_cannot_say_is_null(session, page):
    session.begin()
    session.epoch("epoch", 0, 1.0, {"valid_loss": float("nan"), "accuracy": np.float32(0.5)})
    session.progress["left"] = float("inf")
    session.flush()
    content, _ = page.messages[-1]
    assert content["epochs"][0]["values"] == {"valid_loss": None, "accuracy": 0.5}
    assert content["progress"]["left"] is None


def test_messages_are_at_most_five_a_second_and_the_last_always_comes(session):
    page, times = Page(Run.of(session).widget()), []
    receive = page.view.send
    page.view.send = lambda *said, **more: (times.append(time.monotonic()), receive(*said, **more))
    session.begin()
    until = time.monotonic() + 1.6
    while time.monotonic() < until:
        session.step(1.0)
        session.flush()
    session.step(0.5)
    session.end("stopped")
    assert len(times) >= 5
    assert all(sum(at <= other < at + 0.99 for other in times) <= 5 for at in times)
    assert page.messages[-1][0]["status"] == "stopped"
    assert page.curves["loss"]["bins"][-1, 2] == 0.5
    assert len(page.curves["loss"]["bins"]) <= MOST_BINS


def test_a_message_has_what_is_new_and_no_more(session, page):
    session.begin()
    for _ in range(5):
        session.step(1.0)
    session.flush()
    before = len(page.messages)
    session.flush()
    assert len(page.messages) == before
    session.step(2.0)
    session.flush()
    content, buffers = page.messages[-1]
    assert [head["name"] for head in content["curves"]] == ["loss", "smooth_loss"]
    assert [len(buffer) for buffer in buffers] == [4, 4]


def test_a_million_steps_come_in_few_bytes(session, page):
    session.begin()
    for _ in range(10):
        for _ in range(2000):
            session.step(1.0)
        session.flush()
    curve = session.curves["loss"]
    curve.extend(np.arange(20_001, 1_000_001), np.zeros(980_000))
    _, buffers = page.ask("open")
    assert sum(map(len, buffers)) < 30_000


def test_zooming_asks_for_a_part(session, page):
    session.begin()
    for k in range(5000):
        session.step(float(k))
    session.flush()
    content, buffers = page.ask("window", names=["loss", "gone"], first=1000, last=1100, bins=500)
    (head,) = content["ok"]["curves"]
    assert unpacked(head, buffers[0])[:, 1].tolist() == [float(k) for k in range(998, 1101)]


def test_commands_wait_in_the_queue_and_wrong_ones_are_answered(session, page):
    session.begin()
    assert page.ask("command", command="lr_factor", values={"value": 0.5})[0]["ok"] == {}
    (asked,) = session.commands()
    assert (asked.name, asked.values, asked.by) == ("lr_factor", {"value": 0.5}, "reader")
    assert "no command" in page.ask("command", command="explode")[0]["error"]
    session.end("finished")
    assert "has ended" in page.ask("command", command="pause")[0]["error"]


def test_a_view_of_an_ended_training_hears_nothing(session):
    session.begin()
    session.end("finished")
    view = DashboardView(Run.of(session))
    assert view.push not in session.sinks
