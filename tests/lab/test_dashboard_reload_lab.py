"""A page that is loaded anew while a cell trains: the dashboard is there again, and steers."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, expect

from tests.support.lab import LabServer
from tests.support.notebook_page import NotebookPage, code_notebook

TRAINING = """
import time
from tfwidgets.dashboard.kernel.reach import Reach
from tfwidgets.dashboard.result import Run
from tfwidgets.dashboard.session import Session

def train(batches):
    session = Session("a training")
    Run.of(session).show()
    session.begin(epoch=0, epochs=1, batches=batches, steps=batches)
    reach = Reach.open(session)
    status = "finished"
    try:
        for batch in range(batches):
            time.sleep(0.02)
            session.step(1 / (batch + 1))
            session.progress["batch"] = batch
            if session.due:
                session.flush()
            if any(command.name == "stop" for command in session.commands()):
                status = "stopped"
                break
    finally:
        reach.close()
        session.end(status)
        Run.of(session).settle()
    return status
"""


def batch(output: Locator) -> int:
    """Return which batch the dashboard says that it is at; 0 if it says none."""
    facts = output.locator(".dash-facts")
    found = re.search(r"batch (\d+) of", facts.inner_text()) if facts.count() else None
    return int(found[1]) if found else 0


def start(open_notebook: Any, batches: int) -> NotebookPage:
    page: NotebookPage = open_notebook(code_notebook(TRAINING, f"status = train({batches})"))
    page.run_cell(0)
    page.run_cell(1, wait=False)
    page.until(lambda: batch(page.output(1)) > 10)
    return page


def test_a_page_reloaded_while_it_trains_shows_and_steers_it(open_notebook: Any) -> None:
    page = start(open_notebook, 4000)
    # Its answers in the middle of the cell do not end the cell for the page.
    page.meet_kernel()
    expect(page.cell(1).locator(".jp-InputPrompt").first).to_have_text("[*]:")
    page.until(page.busy)
    page.save()
    page.reload()
    page.until(lambda: batch(page.output(1)) > 0)
    before = batch(page.output(1))
    page.until(lambda: batch(page.output(1)) > before + 20)
    page.until(page.busy)
    page.output(1).get_by_role("button", name="Stop now").click()
    expect(page.output(1).locator(".dash-pill")).to_have_attribute("data-status", "stopped")
    assert page.kernel_value("status") == "stopped"


def test_a_page_opened_after_the_end_shows_the_finished_run(
    open_notebook: Any, lab: LabServer
) -> None:
    def state() -> str:
        (kernel,) = lab.ask("api/kernels")
        return str(kernel["execution_state"])

    page = start(open_notebook, 250)
    page.save()
    page.leave()
    assert state() == "busy"
    page.until(lambda: state() == "idle")
    page.come_back()
    expect(page.output(1).locator(".dash-pill")).to_have_attribute("data-status", "finished")
    expect(page.output(1).locator(".dash-facts")).to_contain_text("250 steps")
    assert page.kernel_value("status") == "finished"
