"""Every example notebook runs from top to bottom in a real kernel, without a network."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient
from nbconvert import HTMLExporter

EXAMPLES = sorted((Path(__file__).parent.parent.parent / "examples").glob("*.ipynb"))


@cache
def run(path: Path) -> nbformat.NotebookNode:
    """Run a notebook, once for all tests; none of them changes it."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    return notebook


@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_runs(path: Path) -> None:
    run(path)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_is_committed_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)


def test_the_quickstart_sorts_its_news_right_and_shows_it() -> None:
    (path,) = [path for path in EXAMPLES if path.stem == "quickstart"]
    notebook = run(path)
    cells = {cell.source.split("\n")[0]: cell for cell in notebook.cells}
    right = cells['truth = ["sports", "politics", "business", "science", "technology"] * 2']
    answer = right.outputs[-1].data["text/plain"].strip("'")
    assert int(answer.split()[0]) >= 9, answer
    shown = next(cell for head, cell in cells.items() if head.startswith("%%classify sports"))
    bundle = shown.outputs[-1].data
    assert set(bundle) == {"text/html", "text/plain"}  # nobody looks: no widget to be gone later
    assert "<script" not in bundle["text/html"]


def test_an_exported_page_shows_the_table_without_any_script() -> None:
    (path,) = [path for path in EXAMPLES if path.stem == "quickstart"]
    notebook = run(path)
    assert notebook.metadata.widgets  # the state is there, as nbconvert keeps it
    page, _ = HTMLExporter(template_name="basic").from_notebook_node(notebook)
    soup = BeautifulSoup(page, "html.parser")
    table = soup.find("tfw-view").find("table")
    cells = [cell.get_text(strip=True) for cell in table.find("tbody").find("tr").find_all("td")]
    assert cells[1].startswith("The striker scored twice")
    assert cells[2] == "sports"
    assert cells[3].endswith("%")


def test_the_dashboards_notebook_keeps_its_curves_and_stops_what_runs_away() -> None:
    (path,) = [path for path in EXAMPLES if path.stem == "dashboard"]
    cells = {cell.source.split("\n")[0]: cell for cell in run(path).cells}
    shown = next(cell for cell in cells.values() if "learn.fit_one_cycle(2" in cell.source)
    bundle = shown.outputs[-1].data
    assert set(bundle) == {"text/html", "text/plain"}
    assert "finished, 38 steps" in bundle["text/plain"]
    assert bundle["text/html"].count("<svg") >= 3
    assert len(bundle["text/html"]) < 40_000
    steered = next(cell for cell in cells.values() if "Halfway" in cell.source)
    assert "stopped, 38 steps" in steered.outputs[-1].data["text/plain"]
    wild = next(cell for cell in cells.values() if "far too fast" in cell.source)
    assert "far too fast: stopped" in wild.outputs[-1].data["text/plain"]
