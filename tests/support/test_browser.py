"""Which browser the tests take, when its lack is a failure, and which addresses are outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import browser
from tests.support.browser import (
    OUTSIDE,
    BrowserMissingError,
    find_chromium,
    is_required,
    launch,
    report_missing,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def no_system_chromium(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(browser, "SYSTEM_CHROMIUM", tmp_path / "none")


def program(path: Path) -> str:
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o755)
    return str(path)


def test_the_named_program_comes_first(tmp_path: Path) -> None:
    mine = program(tmp_path / "mine")
    assert find_chromium({"TFWIDGETS_CHROMIUM": mine}) == mine
    with pytest.raises(FileNotFoundError, match="elsewhere"):
        find_chromium({"TFWIDGETS_CHROMIUM": str(tmp_path / "elsewhere")})


def test_then_the_systems(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    system = program(tmp_path / "system")
    monkeypatch.setattr(browser, "SYSTEM_CHROMIUM", tmp_path / "system")
    program(tmp_path / "bin" / "chromium")
    assert find_chromium({"PATH": str(tmp_path / "bin")}) == system


@pytest.mark.usefixtures("no_system_chromium")
def test_then_what_the_path_has(tmp_path: Path) -> None:
    environment = {"PATH": str(tmp_path / "bin")}
    assert find_chromium(environment) is None
    chrome = program(tmp_path / "bin" / "google-chrome")
    assert find_chromium(environment) == chrome
    chromium = program(tmp_path / "bin" / "chromium")
    assert find_chromium(environment) == chromium


@pytest.mark.usefixtures("no_system_chromium")
def test_without_any_the_error_says_how_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Chromium:
        executable_path = str(tmp_path / "playwrights-own")

    class Playwright:
        chromium = Chromium()

    monkeypatch.delenv("TFWIDGETS_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrowserMissingError, match="apt-get install chromium"):
        launch(Playwright())


def test_it_is_required_in_ci_and_on_demand() -> None:
    assert is_required({"CI": "true"})
    assert is_required({"TFWIDGETS_REQUIRE_BROWSER": "1"})
    assert not is_required({"TFWIDGETS_REQUIRE_BROWSER": "0"})
    assert not is_required({})


def test_a_missing_browser_is_never_passed_over_in_silence() -> None:
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        report_missing({"CI": "true"})
    with pytest.raises(pytest.skip.Exception, match="apt-get install chromium"):
        report_missing({})


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8888/lab",
        "http://localhost/",
        "ws://[::1]:80/api",
        "data:text/plain,x",
        "blob:http://127.0.0.1:8888/5a",
        "about:blank",
    ],
)
def test_this_machine_is_not_outside(url: str) -> None:
    assert not OUTSIDE.match(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.example/widget.js",
        "http://127.0.0.1.example/",
        "http://localhost.example:80/",
        "http://127.0.0.1:80@example.org/",
        "wss://example.org/socket",
        "http://10.0.0.1/",
    ],
)
def test_all_else_is_outside(url: str) -> None:
    assert OUTSIDE.match(url)
