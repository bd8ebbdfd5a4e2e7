"""``%hub`` in real kernels, old and new: no cell waits for the hub, and a page is answered."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.hub import cached_models
from tests.notebook.page import VERSIONS, Page, pages_of, ready
from tests.support.hub_made import made_id
from tests.support.hub_secrets import MARK, written
from tests.support.hub_server import HubServer
from tests.support.notebook_page import code_notebook

WIDGET = "application/vnd.jupyter.widget-view+json"

SETUP = """\
import sys
import tfwidgets as tfw
%load_ext tfwidgets
%config TfWidgets.hub_timeout = 60
%config TfWidgets.model_folders = []"""

WORKED_AT = """[name for view in sys.modules["tfwidgets.hub.widget"]._views
for name in view._waiting]"""

SHOW = """\
from tfwidgets.models.net import HubClient
from tfwidgets.hub.widget import _views
print(found.retry(), vars(found), vars(found.listing), found.problem, HubClient.now())
print([entry for entry in found][:1], [vars(entry) for entry in found][:1])
print([view.get_state() for view in _views], [vars(view) for view in _views])"""

FAULTS = (None, "500", "portal", "hang", "reset", "429")

HERE = ["cache", "hub"]


@pytest.fixture(scope="module")
def hub() -> Iterator[HubServer]:
    with HubServer() as hub:
        hub.token = MARK
        hub.add_many(120)
        yield hub


@pytest.fixture(autouse=True)
def _hub_works(hub: HubServer) -> Iterator[None]:
    yield
    hub.fault, hub.fault_path, hub.delay = None, "", 0.0


@pytest.fixture(scope="module")
def environment(hub: HubServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a kernel needs to ask this hub, and to find one model here."""
    cache = tmp_path_factory.mktemp("hub")
    cached_models.add(cache, "org/bert-base-here", cached_models.whole())
    return {
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_CACHE": str(cache),
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": MARK,
        "TFWIDGETS_CACHE_DIR": str(tmp_path_factory.mktemp("tfwidgets")),
    }


class HubPage(Page):
    """A page that shows the search for models."""

    asked = 0

    def start(self, code: str) -> str:
        """Run a cell as an open notebook does, which says what cell it is; return the request."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        message = self.client.session.msg("execute_request", content, metadata={"cellId": "c"})
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def shown(self, request: str) -> dict[str, Any]:
        """Return the data of what a cell displayed."""
        data: list[dict[str, Any]] = [
            message["content"]["data"]
            for message in self.heard
            if message["msg_type"] == "display_data" and self.belongs(message, request)
        ]
        return data[-1]

    def open(self, code: str) -> str:
        """Run a cell that shows a search; return its comm."""
        request = self.start(code)
        assert self.finish(request) == "ok"
        data = self.shown(request)
        assert {WIDGET, "text/html", "text/plain"} <= set(data)
        return str(data[WIDGET]["model_id"])

    def ask(self, comm: str, type_: str, subshell: str | None = None, **fields: Any) -> str:
        """Send a request; return its number."""
        HubPage.asked += 1
        number = f"r{HubPage.asked}"
        self.say(comm, {"id": number, "type": type_, **fields}, subshell)
        return number

    def search(self, comm: str, text: str, subshell: str | None = None, **fields: Any) -> str:
        query = {"text": text, "where": HERE}
        return self.ask(comm, "search", subshell, query=query, count=50, **fields)

    def told(self, number: str, kind: str) -> list[dict[str, Any]]:
        """What was answered so far: as "progress", "ok" or "error"."""
        found = []
        for message in self.heard:
            content = message["content"].get("data", {}).get("content", {})
            if message["msg_type"] == "comm_msg" and content.get("id") == number:
                found += [content[kind]] if kind in content else []
        return found

    def rows(self, number: str, kind: str = "ok") -> list[str]:
        """Wait for rows; return the ids of those that came last."""
        while True:
            for payload in reversed(self.told(number, kind)):
                if "rows" in payload:
                    return [row["id"] for row in payload["rows"]]
            assert not self.told(number, "error"), self.told(number, "error")
            self.hear()


@pytest.fixture(scope="module")
def pages(
    tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]
) -> Iterator[dict[str, HubPage]]:
    def make(version: str) -> HubPage:
        return HubPage(tmp_path_factory.mktemp("ipython"), version, **environment)

    with pages_of(make) as pages:
        yield pages


@pytest.fixture(scope="module", params=VERSIONS, ids=lambda version: version or "installed")
def page(request: pytest.FixtureRequest, pages: dict[str, HubPage]) -> HubPage:
    return ready(pages, request.param, SETUP)


def until(holds: Any, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)


def hanging(hub: HubServer, words: str) -> bool:
    return any(request.params.get("search") == [words] for request in list(hub.requests))


def test_a_hub_that_hangs_keeps_no_cell_and_no_page_waiting(page: HubPage, hub: HubServer) -> None:
    hub.forget_requests()
    hub.fault = "hang"
    begun = time.monotonic()
    comm = page.open("%hub bert-base")  # the hub's time-out is a minute
    assert time.monotonic() - begun < 30

    left = page.search(comm, "bert-base")
    assert page.rows(left, "progress") == ["org/bert-base-here"]
    until(lambda: hanging(hub, "bert-base"))
    # The kernel does other things meanwhile.
    assert page.run("print(40 + 2)").text == "42\n"
    assert left in page.value(WORKED_AT)
    page.say(comm, {"id": left, "type": "drop"})
    until(lambda: page.value(WORKED_AT) == [])

    hub.fault = None
    number = page.search(comm, "bert-base", retry=True)
    found = page.rows(number)
    assert found[0] == "org/bert-base-here"
    assert made_id(0) in found
    assert page.told(number, "ok")[0]["problem"] is None
    page.silence()
    assert page.told(left, "ok") == page.told(left, "error") == []


def test_the_output_is_filled_in_after_the_cell(page: HubPage, hub: HubServer) -> None:
    hub.delay = 1.0
    page.heard.clear()
    request = page.start("%hub electra --params 100M:")
    assert page.finish(request) == "ok"
    first = page.shown(request)["text/html"]
    while made_id(8) not in first:
        message = page.hear()
        if message["msg_type"] == "update_display_data":
            first = message["content"]["data"]["text/html"]
    assert "<script" not in first


def test_a_page_is_answered_while_a_cell_runs(
    page: HubPage, hub: HubServer, tmp_path: Path
) -> None:
    subshell = page.subshell()
    comm = page.open("%hub llama")
    page.heard.clear()
    flag = tmp_path / "flag"
    cell = page.start(
        f"import time, pathlib\nprint('runs')\n"
        f"while not pathlib.Path({str(flag)!r}).exists(): time.sleep(0.02)"
    )
    page.wait(cell, "runs")
    number = page.search(comm, "llama-chat", subshell)
    if subshell is None:  # an old kernel answers when the cell has ended
        flag.touch()
    assert made_id(3) in page.rows(number)
    key = page.told(number, "ok")[0]["rows"][0]["key"]
    details = page.ask(comm, "details", subshell, key=key)
    while not page.told(details, "ok"):
        page.hear()
    assert page.told(details, "ok")[0]["files"]
    if subshell:
        assert not any(page.is_idle(message, cell) for message in page.heard)
        flag.touch()
    assert page.finish(cell) == "ok"


def test_the_token_is_sent_and_never_said(
    environment: dict[str, str], hub: HubServer, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    hub.forget_requests()
    profile = tmp_path / "ipython"
    page = HubPage(profile, "", **environment)

    def run(code: str) -> str:
        return page.finish(page.start(code))

    try:
        page.wait_until_ready()
        assert run(SETUP) == "ok"
        assert run("import logging\nlogging.basicConfig(level=0, force=True)") == "ok"
        assert run("%config TfWidgets.hub_timeout = 1") == "ok"
        comm = page.open("%hub sentiment -o found")
        first = page.search(comm, "sentiment")
        assert made_id(1) in page.rows(first)
        keys = [row["key"] for row in page.told(first, "ok")[0]["rows"]]
        for fault, key in zip(FAULTS, keys, strict=False):
            hub.fault = fault
            page.rows(page.search(comm, f"ner {fault or ''}"))
            for type_ in ("details", "card", "plan"):
                number = page.ask(comm, type_, key=key)
                while not (page.told(number, "ok") or page.told(number, "error")):
                    page.hear()
            assert run(SHOW) == "ok"
        assert run("tfw.hub('x', where='hub').to_frame()") == "error"
        page.silence()
    finally:
        page.close()
    assert f"Bearer {MARK}" in hub.authorizations
    said = json.dumps(page.heard, default=str)
    for word in ("HubClient(", "too often", "DEBUG:"):  # all this was heard
        assert word in said
    for text in (said, *capfd.readouterr()):
        assert MARK not in text
    for content in written(profile, Path(environment["TFWIDGETS_CACHE_DIR"])):
        assert MARK.encode() not in content


def test_a_notebook_that_nobody_looks_at_keeps_what_was_found(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    notebook = code_notebook(SETUP, "%hub bert-base", "%model")
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    (output,) = notebook.cells[1].outputs
    assert set(output["data"]) == {"text/html", "text/plain"}
    assert "<script" not in output["data"]["text/html"]
    for text in output["data"].values():
        assert "org/bert-base-here" in text
        assert made_id(0) in text
    assert MARK not in nbformat.writes(notebook)
