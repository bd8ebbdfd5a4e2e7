"""Fixtures for tests in a real JupyterLab: `open_notebook`, or `notebook` for an empty one."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from playwright.sync_api import expect

from tests.support.browser import BrowserMissingError, open_browser, report_missing
from tests.support.lab import LabServer, Settings
from tests.support.notebook_page import NotebookPage, code_notebook

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import nbformat
    from playwright.sync_api import Browser

SECONDS_PER_TEST = 120

FAILED = pytest.StashKey[bool]()


class OpenNotebook(Protocol):
    def __call__(
        self,
        notebook: nbformat.NotebookNode | Path,
        *,
        settings: Settings | None = None,
        trusted: bool = False,
        **context_options: Any,
    ) -> NotebookPage:
        """Open a copy of a notebook and wait until its kernel answers.

        `settings` are JupyterLab's, `context_options` Playwright's, such as `locale="de-DE"`.
        """


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Limit the time of each test here."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SECONDS_PER_TEST))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


# While the browser is open an event loop runs in the main thread, in which tests elsewhere could
# not start one of their own: so it ends with each file, and starts again in a second.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # The usual five seconds are a short time where two processes share a slow machine.
    expect.set_options(timeout=30_000)
    with ExitStack() as stack:
        browser = None
        with suppress(BrowserMissingError):
            browser = stack.enter_context(open_browser())
        yield browser or report_missing()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    with LabServer(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture
def open_notebook(
    browser: Browser, lab: LabServer, request: pytest.FixtureRequest
) -> Iterator[OpenNotebook]:
    pages: list[NotebookPage] = []

    def open_one(
        notebook: nbformat.NotebookNode | Path,
        *,
        settings: Settings | None = None,
        trusted: bool = False,
        **context_options: Any,
    ) -> NotebookPage:
        lab.use_settings(settings or {})
        path = lab.add(notebook, trusted=trusted)
        pages.append(NotebookPage(browser, lab, path, **context_options))
        return pages[-1]

    try:
        yield open_one
        if request.node.stash.get(FAILED, False):
            for number, page in enumerate(pages, start=1):
                page.screenshot(f"FAILED-{request.node.name}-{number}")
    finally:
        for page in pages:
            page.close()
        lab.stop_kernels()
    for page in pages:
        page.check()


@pytest.fixture
def notebook(open_notebook: OpenNotebook) -> NotebookPage:
    return open_notebook(code_notebook(""))
