"""The list of models that ``%hub`` shows, as a reader sees and uses it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Locator, expect

from tests.hub import cached_models
from tests.lab.seeing import seen
from tests.support.notebook_page import NotebookPage

if TYPE_CHECKING:
    from tests.support.hub_server import HubServer

# Before anything imports the hub's client, which reads these once.
SETUP = """import os
os.environ |= {{"HF_HUB_OFFLINE": "0", "HF_HUB_CACHE": {cache!r}, **{environment!r}}}
import tfwidgets as tfw
%load_ext tfwidgets
%config TfWidgets.endpoint = {endpoint!r}
%config TfWidgets.hub_timeout = {timeout}
%config TfWidgets.model_folders = []"""


def setup(hub: HubServer, cache: Path, timeout: int = 30, **environment: str) -> str:
    """Return the cell that has a kernel ask this hub, and look into this cache alone."""
    return SETUP.format(
        endpoint=hub.url, cache=str(cache), timeout=timeout, environment=environment
    )


def put_into_cache(cache: Path, model: str, folder: Path) -> Path:
    """Lay a folder's files into the hub's cache, as a download does."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return cached_models.add(cache, model, files)


class HubList:
    """The view below a cell."""

    def __init__(self, page: NotebookPage, cell: int) -> None:
        self.page, self.cell = page, cell
        self.out = seen(page, cell)
        self.words = self.out.get_by_role("searchbox", name="Search for models")
        self.table = self.out.get_by_role("grid", name="Models")

    @property
    def rows(self) -> Locator:
        """Those near the screen that have a content."""
        return self.table.get_by_role("row").filter(has=self.page.page.get_by_role("gridcell"))

    def row(self, model: str) -> Locator:
        return self.rows.filter(has=self.page.page.get_by_title(model, exact=True))

    def shows(self, *models: str) -> None:
        """Wait until exactly these are listed, in any order."""
        for model in models:
            expect(self.row(model)).to_have_count(1)
        expect(self.rows).to_have_count(len(models))

    def count(self) -> int:
        """How many models are known by now; 0 while the hub is asked."""
        for text in self.out.get_by_role("status").all_text_contents():
            if found := re.match(r"([\d,]+) models?\b", text):
                return int(found[1].replace(",", ""))
        return 0

    def choose(self, field: str, value: str) -> None:
        # What can be chosen comes with the rows, or from the kernel: it may take a moment.
        box = self.out.get_by_role("combobox", name=field, exact=True)
        expect(box.locator(f'option[value="{value}"]')).to_have_count(1)
        box.select_option(value)

    def open(self, model: str) -> Locator:
        """Click on a model; return what then stands beside the list."""
        self.row(model).click()
        beside = self.out.get_by_role("region", name=model, exact=True)
        expect(beside.get_by_role("tab", name="Overview")).to_be_visible()
        return beside

    def tab(self, name: str) -> Locator:
        self.out.get_by_role("tab", name=name, exact=True).click()
        return self.out.get_by_role("tabpanel", name=name, exact=True)

    def button(self, name: str) -> Locator:
        return self.out.get_by_role("button", name=name, exact=True)

    def close(self) -> None:
        self.button("Close").click()
