"""Every example notebook runs from top to bottom in a real kernel, without a network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from tests.hub import cached_models
from tests.support.tiny import tiny_bert

EXAMPLES = sorted((Path(__file__).parent.parent.parent / "examples").glob("*.ipynb"))
DEAD = "http://127.0.0.1:9"
"""A port that nobody listens to."""


@cache
def run(path: Path) -> nbformat.NotebookNode:
    """Run a notebook, once for all tests; none of them changes it."""
    notebook = nbformat.read(path, as_version=4)
    options = {"timeout": 300, "kernel_name": "python3"}
    if path.stem == "hub":
        with somebodys_computer() as (place, environment):
            there = {"metadata": {"path": str(place)}}
            NotebookClient(notebook, resources=there, **options).execute(env=environment)
    else:
        NotebookClient(notebook, **options).execute()
    return notebook


@contextmanager
def somebodys_computer() -> Iterator[tuple[Path, dict[str, str]]]:
    """Give a folder to work in and an environment: models are here, and the hub is not.

    Not the offline mode, in which nobody is asked: there is a network, and it fails.
    """
    with TemporaryDirectory(prefix="tfwidgets-hub-") as folder:
        home, place = Path(folder, "huggingface"), Path(folder, "work")
        tiny = tiny_bert(place / "my-training", "sequence-classification")
        files = {file.name: file.read_bytes() for file in tiny.iterdir()}
        cached_models.add(home / "hub", "org/tiny-minilm", files)
        yield (
            place,
            {
                **os.environ,
                "HF_HOME": str(home),
                "HF_HUB_OFFLINE": "0",
                "HF_ENDPOINT": DEAD,
                "TMPDIR": folder,  # what the notebook saves there would stay
            },
        )


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


def test_the_hubs_notebook_finds_what_is_here_and_says_that_the_hub_is_not() -> None:
    (path,) = [path for path in EXAMPLES if path.stem == "hub"]
    cells = {cell.source.split("\n")[0]: cell for cell in run(path).cells}

    def text(head: str) -> str:
        return "".join(output.get("text", "") for output in cells[head].outputs)

    def bundle(head: str) -> dict[str, str]:
        data: dict[str, str] = cells[head].outputs[-1].data
        # Nobody looks: what stays is no widget, and nothing that runs.
        assert set(data) == {"text/html", "text/plain"}
        assert "<script" not in data["text/html"]
        return data

    everything = bundle("%hub --offline")
    dead = f"{DEAD} cannot be reached"
    for shown in everything.values():
        for model in ("org/tiny-minilm", "./my-training", "demo/minilm", "demo/smollm2"):
            assert model in shown
        assert dead not in shown
    asked = "%hub minilm --task feature-extraction --params 10M:200M -o found"
    for shown in bundle(asked).values():
        assert "demo/minilm" in shown
        assert "org/tiny-minilm" not in shown  # it has fewer parameters
        assert dead in shown
    berts = bundle("%hub --offline --family bert -o berts")["text/plain"]
    assert berts.startswith("3 models")
    assert "course-encoder" in berts
    assert "course-encoder" in bundle("%%classify sports, politics")["text/plain"]
    assert "2 models in memory" in bundle("%model")["text/plain"]
    assert "2 models were unloaded" in text("%model --unload")
    assert f"2 found here; {dead}" in text(f'%config TfWidgets.endpoint = "{DEAD}"')
    assert text("try:").startswith(dead)
