"""Bringing an output into sight."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.support.notebook_page import NotebookPage


def seen(page: NotebookPage, index: int) -> Locator:
    """Scroll a cell's output into sight: JupyterLab draws only what is on the screen."""
    page.page.evaluate(
        "async k => await jupyterapp.shell.currentWidget.content.scrollToItem(k, 'start')", index
    )
    output = page.output(index)
    expect(output).to_be_visible()
    return output
