"""Chromium for tests: where it is, how it is started, and what it may reach."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Browser, BrowserContext, Playwright

MISSING = """\
These tests drive JupyterLab in Chromium, and there is none. Install it in one of these ways:
  apt-get install chromium          (Debian, Ubuntu)
  python -m playwright install chromium
or name the program of an existing one: TFWIDGETS_CHROMIUM=/path/to/chromium"""

SYSTEM_CHROMIUM = Path("/usr/bin/chromium")

ARGUMENTS = (
    *("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"),
    # Chromium itself asks nobody for anything.
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-domain-reliability", "--disable-default-apps", "--no-pings", "--no-first-run"),
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
)

# Playwright compares a pattern in its own process: what is allowed costs no way through Python,
# and is not stalled while a test does something else.
OUTSIDE = re.compile(
    r"^(?!(?:https?|wss?)://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:[/?#]|$))"
    r"(?!(?:data|blob|about|chrome|chrome-error|devtools):)"
)


class BrowserMissingError(RuntimeError):
    """There is no Chromium to run the tests with."""


def find_chromium(environment: Mapping[str, str] | None = None) -> str | None:
    """Find the program: the one that is named, the system's, or None for Playwright's own."""
    environment = os.environ if environment is None else environment
    named = environment.get("TFWIDGETS_CHROMIUM")
    if named:
        if not Path(named).is_file():
            raise FileNotFoundError(f"TFWIDGETS_CHROMIUM is {named}, which is no file.")
        return named
    if SYSTEM_CHROMIUM.is_file():
        return str(SYSTEM_CHROMIUM)
    path = environment.get("PATH", os.defpath)
    found = (shutil.which(name, path=path) for name in ("chromium", "google-chrome"))
    return next(filter(None, found), None)


def is_required(environment: Mapping[str, str] | None = None) -> bool:
    """Whether a missing browser is a failure: always in CI, elsewhere when asked for."""
    environment = os.environ if environment is None else environment
    return environment.get("CI") == "true" or environment.get("TFWIDGETS_REQUIRE_BROWSER") == "1"


def report_missing(environment: Mapping[str, str] | None = None) -> NoReturn:
    """Fail the test if the browser is required, else skip it; say how to install one."""
    if is_required(environment):
        pytest.fail(MISSING, pytrace=False)
    pytest.skip(MISSING)


def launch(playwright: Playwright) -> Browser:
    program = find_chromium()
    if program is None and not Path(playwright.chromium.executable_path).is_file():
        raise BrowserMissingError(MISSING)
    return playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start Chromium for a `with` block.

    From here to the end of the block an event loop runs in this thread: code that wants one of
    its own, such as `asyncio.run`, fails.
    """
    with sync_playwright() as playwright:
        browser = launch(playwright)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class NetworkGuard:
    """Keeps pages from everything but this machine, and records each attempt in `outside`."""

    outside: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.route(OUTSIDE, lambda route: route.abort("blockedbyclient"))
        # Recorded apart from the blocking, which does not see redirects and sockets.
        context.on("request", lambda request: self._record(request.url))
        context.on(
            "page",
            lambda page: page.on("websocket", lambda websocket: self._record(websocket.url)),
        )

    def _record(self, url: str) -> None:
        if OUTSIDE.match(url):
            self.outside.append(url)

    def check(self) -> None:
        """Raise AssertionError if a page wanted something from outside."""
        if self.outside:
            raise AssertionError(f"The page asked for outside addresses: {self.outside}")
