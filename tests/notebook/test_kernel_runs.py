"""The history in a real kernel: shown, asked by a page, there again after a kernel was killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.notebook.kernel import Kernel

WIDGET = "application/vnd.jupyter.widget-view+json"

TRAIN = """
from tests.dashboard.recorded import trained
from tfwidgets.dashboard.store import Writer
def made(session):
    global writer
    writer = Writer.of(session)
    session.sinks.append(writer)
session = trained("{name}", status=None, valid={valid}, made=made)
"""


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Any]:
    """Return a function that starts a kernel on one store; all share it."""
    kernels: list[Kernel] = []

    def make() -> Kernel:
        root = str(Path(__file__).parents[2])
        kernel = Kernel(
            tmp_path / "ipython",
            TFWIDGETS_RUN_STORE=str(tmp_path / "store"),
            PYTHONPATH=root,
            OMP_NUM_THREADS="1",
        )
        kernels.append(kernel)
        assert kernel.run("%load_ext tfwidgets").status == "ok"
        return kernel

    yield make
    for kernel in kernels:
        kernel.close()


def ask(kernel: Kernel, comm: str, **request: Any) -> dict[str, Any]:
    """Send what a page sends, and return what the view answers."""
    content = {"id": "1", **request}
    data = {"method": "custom", "content": content}
    message = kernel.client.session.msg("comm_msg", {"comm_id": comm, "data": data})
    kernel.client.shell_channel.send(message)
    while True:
        reply = kernel.client.get_iopub_msg(timeout=30)
        if reply["msg_type"] != "comm_msg" or reply["content"]["comm_id"] != comm:
            continue
        answer: dict[str, Any] = reply["content"]["data"].get("content", {})
        if answer.get("id") == "1":
            return answer


def test_runs_outlive_their_kernel(make: Any) -> None:
    first = make()
    assert first.run(TRAIN.format(name="lived", valid=(0.6, 0.4))).status == "ok"
    assert first.run("session.end('finished'); writer.close(10)").status == "ok"
    assert first.run(TRAIN.format(name="was killed", valid=(0.6, 0.3))).status == "ok"
    assert first.value("[r.status for r in __import__('tfwidgets').runs()]") == [
        "running",
        "finished",
    ]
    first.run("import time; time.sleep(1.5)")
    first.manager.shutdown_kernel(now=True)

    second = make()
    outcome = second.run("%runs -o history")
    assert outcome.status == "ok", outcome.error
    (data,) = outcome.shown
    assert set(data) == {"text/plain", "text/html", WIDGET}
    assert data["text/plain"].startswith("2 runs")
    assert "was killed" in data["text/html"]
    assert second.value("[(r.name, r.status) for r in history]") == [
        ("was killed", "lost"),
        ("lived", "finished"),
    ]
    assert second.value("history['was killed'].curve('loss').index.tolist()") == list(range(1, 21))

    comm = data[WIDGET]["model_id"]
    rows = ask(
        second, comm, type="rows", start=0, stop=9, sort={"by": "best", "descending": False}
    )["ok"]
    assert [row["name"] for row in rows["rows"]] == ["was killed", "lived"]
    ids = [row["id"] for row in rows["rows"]]
    compared = ask(second, comm, type="compare", ids=ids)["ok"]
    assert {row["name"]: row["best"] for row in compared["best"]}["valid_loss"] == 0
    assert "no run" in ask(second, comm, type="open_run", run="gone")["error"]

    outcome = second.run("%runs --compare lived 'was killed'")
    assert outcome.status == "ok", outcome.error
    assert "<svg" in outcome.shown[-1]["text/html"]
    assert ask(second, comm, type="delete", ids=ids[:1])["ok"] == {}
    assert second.value("len(__import__('tfwidgets').runs())") == 1
