"""``%runs`` in a shell without a front end."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.test_dashboard_imports import STATE
from tests.dashboard.test_dashboard_runs import stored
from tests.magics.plain_shell import completed, plain_shell
from tfwidgets.dashboard.history.compare import Comparison
from tfwidgets.dashboard.history.runs import Runs, runs
from tfwidgets.dashboard.result import Run
from tfwidgets.magics.base import ShortError


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.chdir(tmp_path)
    with plain_shell({"TfWidgets": {"run_store": str(tmp_path / "store")}}) as loaded:
        yield loaded


@pytest.fixture
def three(shell: Any) -> list[str]:
    return [
        stored("bert · 1", started=1000.0, lr=0.1),
        stored("bert · 2", started=2000.0, lr=0.2, project="reviews"),
        stored("plain", started=3000.0, status="stopped"),
    ]


def line(shell: Any, arguments: str) -> Any:
    return shell.run_line_magic("runs", arguments)


@pytest.mark.parametrize(
    ("arguments", "chosen"),
    [
        ("", [2, 1, 0]),
        ("BERT", [1, 0]),
        ("bert 2", [1]),
        ('"bert 2"', [1]),
        ("--project reviews", [1]),
        ("--status stopped", [2]),
        ("--limit 2", [2, 1]),
        ("bert --limit=1 --status finished", [1]),
        ("nothing", []),
    ],
)
def test_what_is_listed(shell: Any, three: list[str], arguments: str, chosen: list[int]) -> None:
    found = line(shell, arguments)
    assert isinstance(found, Runs)
    assert [run.id for run in found] == [three[k] for k in chosen]


def test_the_result_can_be_stored(shell: Any, three: list[str]) -> None:
    assert line(shell, "-o mine") is shell.user_ns["mine"]


@pytest.mark.parametrize("arguments", ['--compare "bert · 1" plain', '--compare "bert · 1" {id}'])
def test_compare(shell: Any, three: list[str], arguments: str) -> None:
    made = line(shell, arguments.format(id=three[2][:8]))
    assert isinstance(made, Comparison)
    assert [run.id for run in made.runs] == [three[0], three[2]]


def test_delete(shell: Any, three: list[str]) -> None:
    assert [run.name for run in line(shell, '--delete plain "bert · 2"')] == ["bert · 1"]
    assert len(runs()) == 1


def test_import(shell: Any, tmp_path: Path) -> None:
    (tmp_path / "my run").mkdir()
    shutil.copy(STATE, tmp_path / "my run")
    run = line(shell, '--import "my run" --project papers')
    assert isinstance(run, Run)
    assert (run.name, run.record.project) == ("my run", "papers")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--status done", "There is no status 'done'"),
        ("--limit 0", "limit must be at least 1"),
        ("--limit x", "invalid int value: 'x'"),
        ("--compare plain", "at least two"),
        ("--compare plain plane", "no run 'plane' among these 3. Did you mean 'plain'"),
        ("--delete plane", "no run 'plane'"),
        ("--compare plain --delete plain", "--compare and --delete are two things"),
        ("--import nowhere", "There is no file or folder nowhere"),
        ("text --import x", "--import takes a path"),
        ("--stat x", "no option --stat. Did you mean '--status'"),
    ],
)
def test_errors_are_short_and_nothing_is_deleted(
    shell: Any, three: list[str], arguments: str, message: str
) -> None:
    with pytest.raises(ShortError) as caught:
        line(shell, arguments)
    assert message in str(caught.value)
    assert len(runs()) == 3


def test_a_cell_is_refused(shell: Any) -> None:
    with pytest.raises(ShortError, match="%%runs reads no cell"):
        shell.run_cell_magic("runs", "", "text")


@pytest.fixture
def complete(shell: Any, three: list[str]) -> Callable[[str], list[str]]:
    return partial(completed, shell)


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("%runs --comp|", ["%runs --compare|"]),
        ("%runs --project r|", ["%runs --project reviews|"]),
        ("%runs --status fin|", ["%runs --status finished|"]),
        ("%runs --compare p|", ["%runs --compare plain|"]),
        ('%runs --compare plain "be|', [f'%runs --compare plain "bert · {k}"|' for k in (1, 2)]),
        ('%runs --delete "bert · 2|', ['%runs --delete "bert · 2"|']),
        ('%runs --compare "bert · 1" pl|', ['%runs --compare "bert · 1" plain|']),
        ("%runs --import fold|", ["%runs --import folder/|"]),
        ("%runs --import folder/a|", ["%runs --import folder/a.json|"]),
        ("%runs bert|", ["%runs bert|"]),
    ],
)
def test_completion(
    complete: Callable[[str], list[str]], tmp_path: Path, typed: str, completed: list[str]
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.json").touch()
    assert complete(typed) == completed
