"""Completion on a line of ours, through IPython's completer (a real kernel: tests/notebook)."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

import pandas as pd
import pytest

from tests.magics.plain_shell import completed
from tests.support.learner import Learner


@pytest.fixture
def complete(shell: Any) -> Any:
    """Return a function: code with ``|`` at the cursor -> the texts after completing."""
    shell.user_ns.update(
        df=pd.DataFrame({"text": ["x"], "a column": ["y"], "Größe": ["z"]}),
        texts=["x"],
        shots={"a": ["x"]},
        number=3,
    )

    return partial(completed, shell)


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("%classify --mod|", ["%classify --model|"]),
        ("%%classify a, b --mod|\nbody", ["%%classify a, b --model|\nbody"]),
        ("r = %classify --mod|", ["r = %classify --model|"]),
        ("x.y['z'] = %classify --mod|", ["x.y['z'] = %classify --model|"]),
        ("x = 1\n%classify --mod|\ny = 2", ["x = 1\n%classify --model|\ny = 2"]),
        ("%classify --mod| --input df", ["%classify --model| --input df"]),
        ("%classify ü, 政治, 😀 --mod|", ["%classify ü, 政治, 😀 --model|"]),
        ("s = '😀'\n%classify ü --mod|", ["s = '😀'\n%classify ü --model|"]),
        ("%classify\t--mod|", ["%classify\t--model|"]),
        ("%classify --input d|", ["%classify --input df|"]),
        ("%classify --input=d|", ["%classify --input=df|"]),
        ("%classify --input df.|", ["%classify --input df.Größe|", "%classify --input df.text|"]),
        ('%classify --input df["a|', ['%classify --input df["a column"]|']),
        ('%classify --input df["a c|', ['%classify --input df["a column"]|']),
        ("%classify --input df['t|", ["%classify --input df['text']|"]),
        ("%classify --labels s|", ["%classify --labels shots|"]),
        ("%classify --examples |", ["%classify --examples df|", "%classify --examples shots|"]),
        ("%classify --method few|", ["%classify --method few-shot|"]),
        ("%classify --method=few|", ["%classify --method=few-shot|"]),
        ("%classify gr|", ["%classify gr|"]),
        ("%classify -o tex|", ["%classify -o tex|"]),
    ],
)
def test_completion(complete: Any, typed: str, completed: list[str]) -> None:
    assert complete(typed) == completed


def test_an_empty_word_offers_the_options(complete: Any) -> None:
    offered = complete("%classify |")
    assert "%classify --multi-label|" in offered
    assert all(line.startswith("%classify --") for line in offered)


def test_an_option_is_offered_once(complete: Any) -> None:
    assert "%classify --input df --input|" not in complete("%classify --input df --|")


def test_models_are_those_at_hand(complete: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # The package's name for it is the function of the same name.
    module = import_module("tfwidgets.models.available")
    monkeypatch.setattr(module, "available", lambda: ["demo/minilm", "org/other"])
    assert complete("%classify --model d|") == ["%classify --model demo/minilm|"]
    assert complete("%classify --model=o|") == ["%classify --model=org/other|"]


def test_models_in_variables_are_offered_too(complete: Any, shell: Any) -> None:
    shell.user_ns.update(learn=Learner(None, None), lessons=["x"])
    assert complete("%classify --model le|") == ["%classify --model learn|"]


@pytest.mark.parametrize("code", ["pri|", "%tim|", "%timeit --mod|", "classify --mod|", "x = |"])
def test_elsewhere_nothing_of_ours_is_offered(complete: Any, code: str) -> None:
    assert not [line for line in complete(code) if "--model" in line]


def test_the_body_of_a_cell_is_completed_as_always(complete: Any) -> None:
    assert "%%classify a, b\nimport|" in complete("%%classify a, b\nimp|")
