"""The token and a proxy's password, in processes of their own: a script and a notebook."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.hub_fixtures import Run
from tests.support.hub_secrets import MARK, written
from tests.support.hub_server import HubServer

TINY = "org/tiny"

PROXY = """
import logging, traceback
logging.basicConfig(level=logging.DEBUG)
import tfwidgets as tfw
from tfwidgets.hub.entry import ModelEntry
tfw.settings().hub_timeout = 1
entry = ModelEntry("org/tiny", "hub")
search = tfw.hub()
print(search, search.static_html())
for act in (lambda: len(tfw.hub(where="hub")), entry.card, entry.load,
            lambda: entry.download(progress=False)):
    try:
        act()
    except tfw.ModelError as error:
        print(error)
        whole = traceback.TracebackException.from_exception(error, capture_locals=True)
        print("".join(whole.format()))
"""


@pytest.mark.parametrize("address", ["http://hub.example", "https://hub.example"])
def test_the_password_of_a_proxy_is_not_repeated(
    run_python: Run, tmp_path: Path, address: str
) -> None:
    proxy = f"http://user:{MARK}@127.0.0.1:1"
    done = run_python(
        PROXY, HF_ENDPOINT=address, HF_HOME=str(tmp_path / "hf"), HF_HUB_OFFLINE="0",
        HTTPS_PROXY=proxy, HTTP_PROXY=proxy, TFWIDGETS_CACHE_DIR=str(tmp_path / "own"),
        NO_PROXY="", no_proxy="",
    )  # fmt: skip
    assert "_PROXY" in done.stdout
    assert MARK not in done.stdout + done.stderr


CELLS = """
%load_ext tfwidgets
%config TfWidgets.hub_timeout = 1
%config TfWidgets.debug = True
%xmode Verbose
import logging; logging.basicConfig(level=logging.DEBUG)
---
%hub tiny -o found
---
found
---
print(found); found["org/tiny"]
---
found["org/tiny"].card()
---
found["org/tiny"].download()
---
import tfwidgets as tfw
found.widget()
---
tfw.hub("gated", where="hub")[0].download()
---
tfw.load("org/gated")
---
tfw.load("org/none")
---
%config TfWidgets.endpoint = "http://127.0.0.1:1"
%hub other
---
len(tfw.hub("more", where="hub"))
---
%config TfWidgets
"""


def test_nothing_that_a_notebook_keeps(base_bert: Path, tmp_path: Path) -> None:
    """Not even where every error shows what the variables held."""
    import nbformat
    from nbclient import NotebookClient

    cells = [nbformat.v4.new_code_cell(cell.strip()) for cell in CELLS.split("---")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    with HubServer() as hub:
        hub.token = MARK
        hub.add(TINY, base_bert, private=True)
        hub.add("org/gated", base_bert, gated="manual")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        own = {
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(tmp_path / "hf"),
            "HF_HUB_OFFLINE": "0",
            "HF_TOKEN": MARK,
            "IPYTHONDIR": str(tmp_path / "ipython"),
            "TFWIDGETS_CACHE_DIR": str(tmp_path / "own"),
        }
        client = NotebookClient(
            notebook, timeout=60, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}
        )
        client.execute(env={**kept, **own})
        assert f"Bearer {MARK}" in hub.authorizations
    written_down = nbformat.writes(notebook)
    assert written_down.count('"output_type": "error"') == 4
    assert "is gated: accept its terms" in written_down
    assert "tfw-static" in written_down
    assert notebook.metadata.widgets  # the state of the views is in it
    assert MARK not in written_down
    for content in written(tmp_path):
        assert MARK.encode() not in content
