"""The harness itself: what it says about JupyterLab is so, and its guards catch."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat.v4 import new_output
from playwright.sync_api import expect

from tests.support.lab import STATES_KEPT
from tests.support.notebook_page import CellError, KernelError, code_notebook

if TYPE_CHECKING:
    from tests.lab.conftest import OpenNotebook
    from tests.support.notebook_page import NotebookPage

COUNTER = """
import anywidget, traitlets

class Counter(anywidget.AnyWidget):
    value = traitlets.Int(0).tag(sync=True)
    _css = ".counter { color: light-dark(black, white); color: var(--jp-ui-font-color1); }"
    _esm = '''
    export default { render({ model, el }) {
      const button = document.createElement("button");
      button.className = "counter";
      button.textContent = "increment";
      button.addEventListener("click", () => {
        model.set("value", model.get("value") + 1);
        model.save_changes();
      });
      const out = document.createElement("output");
      const show = () => { out.textContent = String(model.get("value")); };
      model.on("change:value", show);
      show();
      el.append(button, out);
    } };
    '''

counter = Counter()
counter
"""

THROWING = """
import anywidget

class Throwing(anywidget.AnyWidget):
    _esm = '''
    export default { render({ el }) {
      const button = document.createElement("button");
      button.textContent = "throw";
      button.addEventListener("click", () => { throw new Error("thrown by a widget"); });
      el.append(button);
    } };
    '''

Throwing()
"""

UNREADABLE = """
import anywidget

class Unreadable(anywidget.AnyWidget):
    _esm = "this is no JavaScript"

Unreadable()
"""


def test_widget_kernel_theme_and_file(open_notebook: OpenNotebook) -> None:
    page = open_notebook(code_notebook(COUNTER), settings=STATES_KEPT)
    page.run_all()
    button = page.output(0).get_by_role("button", name="increment")
    button.press("Enter")
    button.click()
    expect(page.output(0).get_by_role("status")).to_have_text("2")
    # The page keeps the second press back until the kernel has answered the first.
    page.until(lambda: page.kernel_value("counter.value") == 2)

    light = button.evaluate("(node) => getComputedStyle(node).color")
    page.screenshot("harness-light")
    page.theme("dark")
    assert page.page.locator("#jupyterlab-splash").count() == 0
    expect(button).not_to_have_css("color", light)
    page.screenshot("harness-dark")

    before = page.output(0).bounding_box()["width"]
    page.resize(900, 700)
    page.until(lambda: page.output(0).bounding_box()["width"] < before)

    (cell,) = page.save().cells
    assert "application/vnd.jupyter.widget-view+json" in cell.outputs[0].data
    states = nbformat.read(page.path, as_version=4).metadata.widgets
    assert "increment" in str(states)

    page.reload()
    expect(page.output(0).get_by_role("status")).to_have_text("2")
    assert page.kernel_value("counter.value") == 2
    page.check()


def test_kernel_runs_fails_completes_stops_and_restarts(notebook: NotebookPage) -> None:
    first = notebook.add_and_run("import sys\nword = 'hello'\nprint(word)")
    assert first == 0
    expect(notebook.output(first)).to_have_text("hello")
    assert notebook.outputs(first)[0]["text"] == "hello\n"
    assert notebook.kernel_value("[sys.executable, word]") == [sys.executable, "hello"]
    assert notebook.complete("wor")["matches"] == ["word"]
    assert "upper" in notebook.complete("word.upp + 1", cursor=8)["matches"][0]
    with pytest.raises(KernelError, match="NameError"):
        notebook.kernel_value("nothing_by_this_name")
    with pytest.raises(CellError, match="ZeroDivisionError"):
        notebook.add_and_run("1 / 0")

    endless = notebook.add_and_run("print('on')\nwhile True: pass", wait=False)
    expect(notebook.output(endless)).to_have_text("on")
    assert notebook.busy()
    with pytest.raises(Exception, match="no answer after 300 ms"):
        notebook.kernel_value("word", timeout=0.3)
    notebook.interrupt()
    expect(notebook.output(endless)).to_contain_text("KeyboardInterrupt")
    assert notebook.kernel_value("word") == "hello"
    notebook.until(lambda: not notebook.busy())

    notebook.restart_kernel()
    assert notebook.kernel_value("'word' in globals()") is False


def test_guard_catches_what_goes_outside_and_what_throws(notebook: NotebookPage) -> None:
    assert notebook.page.evaluate("async () => (await fetch('/api/status')).status") == 200
    notebook.check()

    outside = "https://example.org/data.json"
    answer = notebook.page.evaluate(
        "async (url) => fetch(url).then(() => 'fetched', (error) => error.name)", outside
    )
    assert answer == "TypeError"
    with notebook.page.expect_websocket():
        notebook.page.evaluate("() => { new WebSocket('ws://192.0.2.1/socket'); }")
    assert notebook.guard.outside == [outside, "ws://192.0.2.1/socket"]
    with pytest.raises(AssertionError, match=r"example\.org"):
        notebook.check()
    notebook.guard.outside.clear()

    notebook.add_and_run(THROWING)
    notebook.output(0).get_by_role("button", name="throw").click()
    notebook.page.evaluate("() => setTimeout(() => { throw new Error('not a widget'); })")
    notebook.until(lambda: len(notebook.errors) == 2)
    with pytest.raises(AssertionError, match="thrown by a widget") as caught:
        notebook.check()
    assert "not a widget" not in str(caught.value)
    notebook.errors.clear()

    notebook.add_and_run(UNREADABLE)
    # anywidget tells the page's errors why only where the view stood before the script was read;
    # that the widget has come to nothing it says in any case, after two seconds.
    notebook.until(lambda: any("[anywidget]" in error for error in notebook.errors))
    with pytest.raises(AssertionError, match="Failed to initialize model"):
        notebook.check()
    notebook.close()
    notebook.errors.clear()


def test_only_a_trusted_notebook_runs_what_it_holds(open_notebook: OpenNotebook) -> None:
    html = "<p>shown</p><script>document.body.dataset.ran = 'yes'</script>"
    saved = code_notebook("show()")
    saved.cells[0].outputs = [new_output("display_data", {"text/html": html})]
    for trusted, ran in ((False, None), (True, "yes")):
        page = open_notebook(saved, trusted=trusted)
        expect(page.output(0)).to_have_text("shown")
        if ran:
            expect(page.page.locator("body")).to_have_attribute("data-ran", ran)
        assert page.page.evaluate("() => document.body.dataset.ran ?? null") == ran
