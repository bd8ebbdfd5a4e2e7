"""How a click reaches a kernel that trains: real kernels, old and new, told by real messages."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.blocking import BlockingKernelClient

from tests.notebook.page import VERSIONS, Page, pages_of, ready

SETUP = """
import os, threading, time
import ipykernel
from ipywidgets import IntSlider
from anywidget import AnyWidget
from tfwidgets.dashboard.kernel.reach import Reach
from tfwidgets.ui.routes import honour_subshells
from tfwidgets.dashboard.session import Session

class Buttons(AnyWidget):
    _esm = "export default {}"

    def said(self, _, content, __):
        print("heard", content["name"])
        threads.append(threading.current_thread().name.split("-")[0])
        session.submit(content["name"], content.get("values"), by="reader")
        self.send({"done": content["name"]})

buttons, slider, plain = Buttons(), IntSlider(), AnyWidget(_esm="export default {}")
slow = AnyWidget(_esm="export default {}")
buttons.on_msg(buttons.said)
plain.on_msg(lambda *_: 1 / 0)
slow.on_msg(lambda *_: time.sleep(0.5))
honour_subshells(buttons)
honour_subshells(plain)
honour_subshells(slow)

def train(batches=2000, fail_with=None, close=True):
    global session, applied, threads
    session, applied, threads = Session("test"), [], []
    reach = Reach.open(session)
    try:
        for batch in range(batches):
            time.sleep(0.01)
            if batch == 3:
                buttons.send({"batch": batch})  # from here on 7.4 would answer this thread alone
                print("training", flush=True)
            for command in session.commands():
                applied.append((command.name, command.by, time.time()))
                if command.name == "stop":
                    return "stopped"
            if fail_with and os.path.exists(fail_with):
                raise RuntimeError("out of data")
        return "finished"
    finally:
        if close:
            reach.close()
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Page]]:
    with pages_of(lambda version: Page(tmp_path_factory.mktemp("ipython"), version)) as pages:
        yield pages


@pytest.fixture(scope="module", params=VERSIONS, ids=lambda version: version or "installed")
def page(request: pytest.FixtureRequest, pages: dict[str, Page]) -> Page:
    return ready(pages, request.param, SETUP)


@pytest.fixture(autouse=True)
def _forget(page: Page) -> None:
    page.run("pass")  # what the main thread had to say came before
    page.silence(0.01)
    page.heard.clear()


@pytest.mark.parametrize("way", ["subshell", "main shell"])
def test_a_click_is_applied_while_the_cell_runs(page: Page, way: str) -> None:
    subshell = page.subshell() if way == "subshell" else None
    buttons = page.value("buttons.model_id")
    training = page.client.execute("train()")
    page.wait(training, "training")
    later = [page.client.execute(f"print('cell {k}')") for k in (1, 2)]
    sent = []
    for _ in range(3):
        sent.append(time.time())
        page.say(buttons, {"name": "lr_factor", "values": {"value": 2}}, subshell)
        time.sleep(0.05)
    page.say(buttons, {"name": "stop"}, subshell)
    assert page.finish(training) == "ok"
    results = [m["content"] for m in page.heard if m["msg_type"] == "execute_result"]
    assert [r["data"]["text/plain"] for r in results] == ["'stopped'"]

    for cell in later:
        assert page.finish(cell) == "ok"
    assert page.printed(*later) == "cell 1\ncell 2\n"

    assert set(page.value("threads")) == {"subshell" if subshell else "MainThread"}
    applied = page.value("applied")
    assert [(name, by) for name, by, _ in applied] == [("lr_factor", "reader")] * 3 + [
        ("stop", "reader")
    ]
    # The quickest of three: the machine may be busy with other things.
    late = min(at - asked for (_, _, at), asked in zip(applied, sent, strict=False))
    assert late < 0.01 + 0.3


@pytest.mark.parametrize("thread", ["subshell", "control"])
def test_after_another_threads_work_the_kernel_still_counts_as_busy(
    page: Page, thread: str
) -> None:
    """However long that took: what it says at the end is that the kernel is idle."""
    subshell = page.subshell()
    buttons, slow = page.value("(buttons.model_id, slow.model_id)")
    training = page.client.execute("train()")
    page.wait(training, "training")
    if thread == "control":
        session, channel = page.client.session, page.client.control_channel
        request = session.msg("kernel_info_request")
        channel.send(request)
        request = str(request["header"]["msg_id"])
    else:
        request = page.say(slow, {"name": "slow"}, subshell)
    while not page.is_idle(page.hear(), request):
        pass
    message = page.hear(timeout=5)
    while message["msg_type"] != "status":
        message = page.hear(timeout=5)
    assert (message["content"], message["parent_header"]) == ({"execution_state": "busy"}, {})
    page.say(buttons, {"name": "stop"}, subshell)
    assert page.finish(training) == "ok"
    assert page.value("'_publish_status' in get_ipython().kernel.__dict__") is False


def test_the_handler_speaks_for_its_message_and_others_hear_that_it_is_done(page: Page) -> None:
    buttons, slider, plain = page.value("[w.model_id for w in (buttons, slider, plain)]")
    training = page.client.execute("train()\nprint('after')")
    page.wait(training, "training")
    moved = page.say(slider, {"value": 7}, method="update")
    unknown = page.say("no such comm", {})
    broken = page.say(plain, {"name": "?"})
    stop = page.say(buttons, {"name": "stop"})
    assert page.finish(training) == "ok"
    assert page.printed(stop) == "heard stop\n"
    assert "heard" not in page.printed(training)
    assert page.printed(training).endswith("after\n")
    answers = [m for m in page.heard if m["msg_type"] == "comm_msg" and page.belongs(m, stop)]
    assert answers[-1]["content"]["data"]["content"] == {"done": "stop"}
    end = next(k for k, m in enumerate(page.heard) if page.is_idle(m, training))
    for request in (moved, unknown, broken, stop):
        # Without this word a page holds back further changes of the same widget.
        idle = next(k for k, m in enumerate(page.heard) if page.is_idle(m, request))
        assert idle < end
        following = page.heard[idle + 1]
        assert following["content"] == {"execution_state": "busy"}
    assert page.value("slider.value") == 7


def test_a_page_loaded_anew_finds_its_widgets_while_the_cell_runs(page: Page) -> None:
    buttons = page.value("buttons.model_id")
    training = page.client.execute("train()\nprint('after')")
    page.wait(training, "training")
    again = BlockingKernelClient(connection_file=page.manager.connection_file)
    again.load_connection_file()
    again.start_channels(iopub=False, stdin=False, hb=False, control=False)
    try:
        completion = again.complete("buttons.mod")
        info, comms = again.kernel_info(), again.comm_info("jupyter.widget")
        replies = [again.get_shell_msg(timeout=5) for _ in range(2)]
        assert [reply["parent_header"]["msg_id"] for reply in replies] == [info, comms]
        assert [reply["msg_type"] for reply in replies] == ["kernel_info_reply", "comm_info_reply"]
        assert replies[0]["content"]["language_info"]["name"] == "python"
        assert replies[1]["content"]["comms"][buttons] == {"target_name": "jupyter.widget"}
        page.say(buttons, {"name": "stop"})
        assert page.finish(training) == "ok"
        # What it asks besides has to wait, and comes then.
        reply = again.get_shell_msg(timeout=5)
        assert reply["parent_header"]["msg_id"] == completion
        assert reply["msg_type"] == "complete_reply"
    finally:
        again.stop_channels()
    assert page.printed(training).endswith("after\n")
    end = next(k for k, m in enumerate(page.heard) if page.is_idle(m, training))
    for request in (info, comms):
        idle = next(k for k, m in enumerate(page.heard) if page.is_idle(m, request))
        assert idle < end
        # Nobody may believe that the kernel is free now.
        assert page.heard[idle + 1]["content"] == {"execution_state": "busy"}


@pytest.mark.parametrize(
    "cell", ["%%capture\ntrain()", "import asyncio\nawait asyncio.sleep(0)\ntrain()"]
)
def test_captured_and_asynchronous_cells(page: Page, cell: str) -> None:
    buttons = page.value("buttons.model_id")
    training = page.client.execute(cell)
    while page.hear()["msg_type"] != "comm_msg":
        pass
    page.say(buttons, {"name": "stop"})
    assert page.finish(training) == "ok"
    assert [name for name, _, _ in page.value("applied")] == ["stop"]


def test_figures_of_the_cell_stay_with_the_cell(page: Page) -> None:
    """What matplotlib does at the end of a cell must not happen at a message in its middle."""
    buttons, slider = page.value("(buttons.model_id, slider.model_id)")
    page.run(
        "ended = []\nnote = lambda: ended.append(1)\n"
        "get_ipython().events.register('post_execute', note)"
    )
    for subshell in (page.subshell(), None):
        training = page.client.execute("ended.clear()\ntrain()\nprint(len(ended), 'ended')")
        page.wait(training, "training")
        if subshell is None:  # a widget of somebody else
            page.say(slider, {"value": 5}, method="update")
        page.say(buttons, {"name": "pause"}, subshell)
        page.say(buttons, {"name": "stop"}, subshell)
        assert page.finish(training) == "ok"
        assert page.printed(training).endswith("0 ended\n")
    assert page.value("len(ended)") == 1
    page.run("get_ipython().events.unregister('post_execute', note)")


def test_the_interrupt_button_stops_politely(page: Page) -> None:
    page.run("import signal\nbefore = signal.getsignal(signal.SIGINT)")
    training = page.client.execute("train()\nprint(signal.getsignal(signal.SIGINT) == before)")
    page.wait(training, "training")
    later = page.client.execute("print('cell 1')")
    page.interrupt()
    assert page.finish(training) == "ok"
    assert page.printed(training).endswith("True\n")
    assert page.finish(later) == "ok"
    assert page.printed(later) == "cell 1\n"
    assert [(name, by) for name, by, _ in page.value("applied")] == [("stop", "interrupt")]


@pytest.mark.parametrize("cell", ["deaf()", "import asyncio\nawait asyncio.sleep(0)\ndeaf()"])
def test_pressed_twice_it_interrupts(page: Page, cell: str) -> None:
    page.run(
        """
def deaf():
    reach = Reach.open(Session("deaf"))
    try:
        print("training", flush=True)
        for _ in range(1000):
            time.sleep(0.01)
    finally:
        reach.close()
"""
    )
    training = page.client.execute(cell)
    page.wait(training, "training")
    page.interrupt()
    time.sleep(0.1)
    assert not any(page.is_idle(message, training) for message in page.heard)
    page.interrupt()
    assert page.finish(training) == "error"
    errors = [m["content"]["ename"] for m in page.heard if m["msg_type"] == "error"]
    assert errors == ["KeyboardInterrupt"]
    assert page.run("print('fine')").text == "fine\n"


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "left open"])
def test_an_error_aborts_what_waits_behind_it(page: Page, closed: bool, tmp_path: Path) -> None:
    def fail(name: str, stop_on_error: bool) -> tuple[str, list[str]]:
        flag = tmp_path / name
        training = page.client.execute(
            f"train(fail_with={str(flag)!r}, close={closed})", stop_on_error=stop_on_error
        )
        page.wait(training, "training")
        later = [page.client.execute(f"print('cell {k}')", stop_on_error=True) for k in (1, 2)]
        time.sleep(0.1)  # for them to come
        flag.touch()
        return page.finish(training), [page.finish(cell) for cell in later]

    assert fail("first", stop_on_error=True) == ("error", ["aborted", "aborted"])
    assert page.run("print('fine')").text == "fine\n"
    assert fail("second", stop_on_error=False) == ("error", ["ok", "ok"])


def test_a_training_in_a_training_keeps_the_order_of_cells(page: Page) -> None:
    page.run(
        """
def outer():
    session = Session("outer")
    reach = Reach.open(session)
    for batch in range(15):
        time.sleep(0.01)
        list(session.commands())
        if batch == 3:
            print("outer", flush=True)
        if batch == 12:
            train(15)
    for batch in range(5):
        time.sleep(0.01)
        list(session.commands())
    reach.close()
"""
    )
    training = page.client.execute("outer()")
    page.wait(training, "outer")
    first = page.client.execute("print('cell 1')")
    page.wait(training, "training")
    second = page.client.execute("print('cell 2')")
    for request in (training, first, second):
        assert page.finish(request) == "ok"
    assert page.printed(first, second) == "cell 1\ncell 2\n"


def test_an_empty_queue_costs_next_to_nothing(page: Page) -> None:
    outcome = page.run(
        """
from timeit import repeat
s = Session("cost")
reach = Reach.open(s)
print(min(repeat(s.pump, number=1000, repeat=5)) / 1000)
reach.close()
print(s.pump)
"""
    )
    seconds, after = outcome.text.split()
    assert float(seconds) < 30e-6
    assert after == "None"
