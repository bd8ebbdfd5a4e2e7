"""The picture of a saved view, where JupyterLab lets through only what it holds harmless."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
import pytest

from tests.attention.made import random_weights, view_of

if TYPE_CHECKING:
    from tests.lab.conftest import OpenNotebook


@pytest.mark.parametrize("trusted", [False, True])
def test_the_picture_is_shown_whether_trusted_or_not(
    open_notebook: OpenNotebook, trusted: bool
) -> None:
    html = view_of([random_weights(2, 14)]).static_html()
    output = nbformat.v4.new_output("display_data", {"text/html": html, "text/plain": "view"})
    cell = nbformat.v4.new_code_cell("pass", outputs=[output], execution_count=1)
    page = open_notebook(nbformat.v4.new_notebook(cells=[cell]), trusted=trusted)
    shown = page.output(0)
    image = shown.locator("img")
    image.wait_for()
    assert image.evaluate("node => node.complete && node.naturalWidth") > 100
    assert shown.locator("table").count() == 1
    assert "not why the model decides" in shown.inner_text()
    page.screenshot(f"attention-static-{'trusted' if trusted else 'untrusted'}", shown)
