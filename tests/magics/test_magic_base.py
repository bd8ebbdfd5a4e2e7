"""What every magic does around its own work: help, names, errors, literal text."""

from __future__ import annotations

from argparse import Namespace
from typing import Any, ClassVar

import pytest

from tfwidgets.config import settings
from tfwidgets.errors import InputError
from tfwidgets.magics.arguments import MagicParser
from tfwidgets.magics.base import FeatureMagic, ShortError, Stopped


class Echo(FeatureMagic):
    """A magic that returns what reached it, or raises what the test put in."""

    name: ClassVar[str] = "echo"
    failure: BaseException | None = None
    calls = 0

    def build_parser(self) -> MagicParser:
        return MagicParser("%echo", "Echoes.")

    def compute(self, arguments: Namespace, body: str | None) -> Any:
        self.calls += 1
        if self.failure is not None:
            raise self.failure
        return arguments.rest, body


@pytest.fixture
def echo(shell: Any) -> Echo:
    magic = Echo(shell)
    shell.register_magic_function(magic.function(), "line_cell", magic.name)
    return magic


LITERAL = r"{x} {{x}} $x ${x} %x !ls a\b \n #x"


def test_line_and_body_arrive_as_typed(shell: Any, echo: Echo) -> None:
    shell.user_ns["x"] = "EXPANDED"
    shell.run_cell(f"%%echo {LITERAL}\n{LITERAL}\n  %time\n\nlast\n")
    assert shell.user_ns["_"] == (LITERAL, f"{LITERAL}\n  %time\n\nlast\n")


def test_a_line_magic_can_be_assigned(shell: Any, echo: Echo) -> None:
    shell.run_cell("r = %echo {x}, $y")
    assert shell.user_ns["r"] == ("{x}, $y", None)


@pytest.mark.parametrize("option", ["-o r", "--out r", "--out=r", '--out "r"'])
def test_the_result_is_stored_and_returned(shell: Any, echo: Echo, option: str) -> None:
    assert shell.run_line_magic("echo", f"a {option} b") == ("a b", None)
    assert shell.user_ns["r"] == ("a b", None)


@pytest.mark.parametrize("name", ["1x", "a.b", "class", "None", "a-b", "df[0]"])
def test_a_name_that_python_does_not_allow_is_refused_before_the_work(
    shell: Any, echo: Echo, name: str
) -> None:
    with pytest.raises(ShortError, match="needs a name that Python allows"):
        shell.run_line_magic("echo", f"a -o {name}")
    assert echo.calls == 0


def test_a_failure_leaves_the_old_variable(shell: Any, echo: Echo) -> None:
    shell.user_ns["r"] = "old"
    echo.failure = InputError("No.")
    with pytest.raises(ShortError):
        shell.run_line_magic("echo", "a -o r")
    assert shell.user_ns["r"] == "old"


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_is_printed_and_nothing_done(
    shell: Any, echo: Echo, flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shell.run_line_magic("echo", f"{flag} -o r") is None
    assert capsys.readouterr().out.startswith("usage: %echo")
    assert (echo.calls, "r" in shell.user_ns) == (0, False)


def test_the_help_is_the_docstring_too(echo: Echo) -> None:
    assert echo.function().__doc__ == echo.parser.format_help()


def test_an_error_of_ours_is_shown_in_its_own_words(
    shell: Any, echo: Echo, capsys: pytest.CaptureFixture[str]
) -> None:
    echo.failure = InputError("What is wrong.\nWhat to do.")
    result = shell.run_cell("%echo a")
    assert isinstance(result.error_in_exec, ShortError)
    assert capsys.readouterr().out.strip() == "What is wrong.\nWhat to do."


def test_an_unforeseen_error_keeps_its_traceback(
    shell: Any, echo: Echo, capsys: pytest.CaptureFixture[str]
) -> None:
    echo.failure = RuntimeError("a bug")
    result = shell.run_cell("%echo a")
    assert result.error_in_exec is echo.failure
    assert "Traceback" in capsys.readouterr().out


def test_debug_shows_the_traceback_of_our_errors_too(
    shell: Any, echo: Echo, capsys: pytest.CaptureFixture[str]
) -> None:
    settings().debug = True
    echo.failure = InputError("What is wrong.")
    result = shell.run_cell("%echo a")
    assert result.error_in_exec is echo.failure
    assert "Traceback" in capsys.readouterr().out


def test_the_interrupt_button_is_answered_in_a_line(
    shell: Any, echo: Echo, capsys: pytest.CaptureFixture[str]
) -> None:
    echo.failure = KeyboardInterrupt()
    result = shell.run_cell("%echo a")
    assert isinstance(result.error_in_exec, Stopped)
    assert capsys.readouterr().out.strip() == "%echo was stopped; nothing was changed."
