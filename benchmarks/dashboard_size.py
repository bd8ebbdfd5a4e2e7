"""What a notebook weighs more after a training was shown: saved by JupyterLab, and by nbclient."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from benchmarks.dashboard_page import QUIET, ROOT, Page, environment

SETUP = "from benchmarks import dashboard_steps"
FEED = "value = dashboard_steps.fed({steps}, {epochs})"


def size(outputs: list[Any], metadata: dict[str, Any] | None = None) -> int:
    """Return the bytes that outputs, and what goes with them, add to a notebook."""
    cell = new_code_cell("", outputs=outputs)
    bare = new_notebook(cells=[new_code_cell("", id=cell.id)])
    full = new_notebook(cells=[cell], metadata=metadata or {})
    return len(nbformat.writes(full).encode()) - len(nbformat.writes(bare).encode())


def epochs_of(steps: int) -> int:
    """Return how many epochs a long training has; a thousand at most."""
    return max(1, min(steps // 1000, 1000))


def in_lab(page: Page, steps: int) -> tuple[int, list[float]]:
    """Return bytes of the outputs as JupyterLab saves them, and seconds of late flushes."""
    cell = page.run(FEED.format(steps=steps, epochs=epochs_of(steps)))
    return size(cell.outputs), cell.value["flushes"]


def in_nbclient(folder: Path, steps: int) -> tuple[int, int]:
    """Return bytes of the outputs, and with the state of the widgets, as nbclient saves both."""
    feed = FEED.format(steps=steps, epochs=epochs_of(steps))
    notebook = new_notebook(cells=[new_code_cell(f"{SETUP}\n{feed}")])
    client = NotebookClient(notebook, timeout=600, extra_arguments=QUIET)
    client.execute(cwd=str(ROOT), env=environment(folder))
    outputs, widgets = notebook.cells[0].outputs, notebook.metadata.get("widgets")
    return size(outputs), size(outputs, {"widgets": widgets} if widgets else {})
