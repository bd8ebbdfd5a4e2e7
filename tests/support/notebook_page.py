"""A notebook that is open in a real JupyterLab: run it, look at it, ask its kernel."""

from __future__ import annotations

import ast
import re
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from tests.support.browser import NetworkGuard

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Locator

    from tests.support.lab import LabServer

ARTIFACTS = Path(__file__).parents[1] / "lab" / "artifacts"

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

# `page.evaluate` waits for a promise without end, hence the race. "run" has what follows in it.
_RACE = """async ([arg, limit]) => {
  const app = window.jupyterapp;
  const panel = [...app.shell.widgets("main")].find((widget) => widget.sessionContext);
  const kernel = panel?.sessionContext.session?.kernel;
  const run = async () => { %s };
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer after ${limit} ms`)), limit);
  });
  try {
    return await Promise.race([run(), late]);
  } finally {
    clearTimeout(timer);
  }
}"""

# The status "idle" on the screen comes before there is a kernel, so the objects are asked.
_READY = """
  await app.restored;
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  let open;
  while (!(open = [...app.shell.widgets("main")].find((widget) => widget.sessionContext))) {
    await sleep(50);
  }
  await open.context.ready;
  await open.sessionContext.ready;
  while (!open.sessionContext.session?.kernel) await sleep(50);
  await open.sessionContext.session.kernel.info;
  app.shell.activateById(open.id);
"""

_RUN_CELL = """
  panel.content.activeCellIndex = arg.index;
  const done = app.commands.execute("notebook:run-cell");
  if (arg.wait) await done;
"""

# What waits behind a failing cell is answered with "aborted": ask again.
_VALUE = """
  for (;;) {
    const request = {
      code: "", user_expressions: { value: arg }, store_history: false, silent: false,
    };
    const { content } = await kernel.requestExecute(request).done;
    if (content.status === "ok") return content.user_expressions.value;
    await new Promise((done) => setTimeout(done, 100));
  }
"""

_ADD_CELL = """
  const cells = panel.content.model.sharedModel;
  const empty = cells.cells.length === 1 && !cells.cells[0].source;
  if (empty) cells.cells[0].setSource(arg);
  else cells.addCell({ cell_type: "code", source: arg });
  return cells.cells.length - 1;
"""


class CellError(AssertionError):
    """A cell raised; the message is its traceback."""


class KernelError(RuntimeError):
    """An expression that a test asked the kernel for raised."""


def code_notebook(*sources: str) -> nbformat.NotebookNode:
    """Make a notebook with these code cells."""
    return new_notebook(cells=[new_code_cell(source) for source in sources])


class NotebookPage:
    """One notebook, open in a page of its own with a kernel of its own.

    Cells are counted from 0. Times are in seconds.

    Attributes
    ----------
    path
        The notebook's file.
    page
        Playwright's page, to look for anything by role.
    guard
        What the page wanted from outside.
    errors
        Uncaught errors in the page, as "message, then stack".
    """

    def __init__(
        self, browser: Browser, lab: LabServer, path: Path, **context_options: Any
    ) -> None:
        self.path = path
        self.guard = NetworkGuard()
        self.errors: list[str] = []
        options = {
            "viewport": {"width": 1280, "height": 900},
            "reduced_motion": "reduce",
            "locale": "en-US",
            "service_workers": "block",
            **context_options,
        }
        self._context = browser.new_context(**options)
        self._context.set_default_timeout(20_000)
        self.guard.watch(self._context)
        self.page = self._context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(f"{error}\n{error.stack}"))
        try:
            self.page.goto(lab.page_url(path, uuid.uuid4().hex), wait_until="domcontentloaded")
            self._wait_until_ready()
        except BaseException:
            self._context.close()
            raise

    def run_all(self, timeout: float = 60, *, check: bool = True) -> None:
        """Run all cells and wait for their end; raise CellError if one fails."""
        self._call('await app.commands.execute("notebook:run-all-cells")', timeout=timeout)
        if check:
            self._check_cells()

    def run_cell(
        self, index: int, timeout: float = 60, *, wait: bool = True, check: bool = True
    ) -> None:
        """Run one cell and wait for its end, or with `wait=False` only start it."""
        self._call(_RUN_CELL, {"index": index, "wait": wait}, timeout)
        if wait and check:
            self._check_cells(index)

    def add_cell(self, code: str) -> int:
        """Put a code cell at the end, or into the only cell if it is empty; return its index."""
        return self._call(_ADD_CELL, code)

    def add_and_run(
        self, code: str, timeout: float = 60, *, wait: bool = True, check: bool = True
    ) -> int:
        """Add a cell, run it and return its index."""
        index = self.add_cell(code)
        self.run_cell(index, timeout, wait=wait, check=check)
        return index

    def cell(self, index: int) -> Locator:
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def output(self, index: int) -> Locator:
        """Locate what stands below a cell."""
        return self.cell(index).locator(".jp-Cell-outputArea")

    def outputs(self, index: int) -> list[dict[str, Any]]:
        """Get a cell's outputs as the notebook format has them."""
        return self._call("return panel.content.model.cells.get(arg).toJSON().outputs ?? []", index)

    def kernel_value(self, expression: str, timeout: float = 30) -> Any:
        """Evaluate an expression in the kernel.

        What has a literal form (numbers, text, lists ...) comes back as itself, anything else as
        its repr. The kernel answers when the cells that run are through.
        """
        answer = self._call(_VALUE, expression, timeout)
        if answer["status"] != "ok":
            raise KernelError(f"{expression}: {answer['ename']}: {answer['evalue']}")
        text = answer["data"]["text/plain"]
        try:
            return ast.literal_eval(text)
        except (SyntaxError, ValueError):
            return text

    def complete(self, code: str, cursor: int | None = None, timeout: float = 30) -> dict[str, Any]:
        """Ask the kernel what can follow at `cursor` (the end); return the reply's content."""
        request = {"code": code, "cursor_pos": len(code) if cursor is None else cursor}
        return self._call("return (await kernel.requestComplete(arg)).content", request, timeout)

    def busy(self) -> bool:
        return self._call("return kernel.status") == "busy"

    def interrupt(self) -> None:
        self._call('await app.commands.execute("notebook:interrupt-kernel")')

    def restart_kernel(self) -> None:
        """Restart the kernel, without the question that the button asks."""
        self._call("await panel.sessionContext.restartKernel()", timeout=60)
        self._wait_until_ready()

    def save(self) -> nbformat.NotebookNode:
        """Save the notebook and return what the file then holds."""
        self._call("await panel.context.save()")
        return nbformat.read(self.path, as_version=4)

    def reload(self) -> None:
        """Load the page anew; the kernel stays."""
        self.page.reload(wait_until="domcontentloaded")
        self._wait_until_ready()

    def leave(self) -> None:
        """Leave the page as if it were closed; the kernel stays."""
        self.page.goto("about:blank")

    def come_back(self) -> None:
        self.page.go_back(wait_until="domcontentloaded")
        self._wait_until_ready()

    def meet_kernel(self) -> None:
        """Ask the kernel what it is and which widgets it has, as every new page does."""
        self._call("await kernel.requestKernelInfo(); await kernel.requestCommInfo({})")

    def theme(self, name: Literal["light", "dark"]) -> None:
        theme = THEMES[name]
        self._call('await app.commands.execute("apputils:change-theme", { theme: arg })', theme)
        self.page.locator(f'body[data-jp-theme-name="{theme}"]').wait_for(state="attached")
        self._wait_for_no_splash()

    def resize(self, width: int, height: int) -> None:
        self.page.set_viewport_size({"width": width, "height": height})

    def screenshot(self, name: str, locator: Locator | None = None) -> Path:
        """Save a picture of the page, or of one element, among the artifacts."""
        ARTIFACTS.mkdir(exist_ok=True)
        path = ARTIFACTS / (re.sub(r"[^\w.-]+", "-", name) + ".png")
        (locator or self.page).screenshot(path=path)
        return path

    def until(self, holds: Callable[[], object], timeout: float = 30) -> None:
        """Wait until something holds that no locator can say; raise AssertionError if it is late.

        Meanwhile the page's own events are heard, such as its errors.
        """
        end = time.monotonic() + timeout
        while not holds():
            assert time.monotonic() < end, f"not so after {timeout} s"
            self.page.wait_for_timeout(50)

    def check(self) -> None:
        """Raise AssertionError if the page went outside or one of our widgets threw."""
        self.guard.check()
        ours = [error for error in self.errors if _is_ours(error)]
        if ours:
            raise AssertionError("Uncaught errors in widgets:\n" + "\n".join(ours))

    def close(self) -> None:
        self._context.close()

    def _wait_until_ready(self) -> None:
        # Not the splash screen's end: before the app exists, that is true as well.
        self.page.wait_for_function("() => window.jupyterapp?.restored !== undefined")
        self._call(_READY, timeout=60)
        self._wait_for_no_splash()

    def _wait_for_no_splash(self) -> None:
        """Wait until nothing lies over the page, as it does on loading and on a new theme."""
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def _check_cells(self, *indices: int) -> None:
        for index in indices or range(self._call("return panel.content.model.cells.length")):
            for output in self.outputs(index):
                if output["output_type"] == "error":
                    traceback = "\n".join(output["traceback"])
                    raise CellError(re.sub(r"\x1b\[[\d;]*m", "", traceback))

    def _call(self, body: str, arg: Any = None, timeout: float = 20) -> Any:
        """Run the body of a JavaScript function with `app`, `panel`, `kernel` and `arg`."""
        return self.page.evaluate(_RACE % body, [arg, timeout * 1000])


def _is_ours(error: str) -> bool:
    """Tell a widget's error from one of JupyterLab's own code.

    A widget's module is imported from a blob by anywidget. If it cannot even be read, the error
    comes without a stack.
    """
    return any(sign in error for sign in ("blob:", "[anywidget]")) or "\n    at " not in error
