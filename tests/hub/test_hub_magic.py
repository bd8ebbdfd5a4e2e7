"""`%hub`: its line, what it offers to complete, and its errors."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.hub.found import Plan, entry, plan_hub
from tests.magics.plain_shell import completed, plain_shell
from tfwidgets.hub import seen
from tfwidgets.hub.query import Query
from tfwidgets.hub.result import ModelSearch
from tfwidgets.magics.base import ShortError
from tfwidgets.models.available import available

__all__ = ["plan_hub"]


@pytest.fixture
def shell() -> Iterator[Any]:
    with plain_shell() as shell:
        yield shell


@pytest.mark.parametrize(
    ("line", "query"),
    [
        ("", Query.of()),
        ("bert base", Query.of("bert base")),
        ('"bert base"', Query.of("bert base")),
        ("\"bert german\" uncased 'x'", Query.of("bert german uncased x")),
        ("don't", Query.of("don't")),
        (
            "bert --task ner --lang German --library transformers --license mit --author org",
            Query.of("bert", task="ner", language="de", library="transformers", license="mit",
                     author="org"),
        ),
        ("--family bert --params 10M:200M --gated --sort likes",
         Query.of(family="bert", params="10M:200M", gated=True, sort="likes")),
        ("--language=de x --open", Query.of("x", language="de", gated=False)),
        ("mini --offline", Query.of("mini", where=("cache", "folders", "demo"))),
    ],
)  # fmt: skip
def test_the_line_is_a_question(shell: Any, plan: Plan, line: str, query: Query) -> None:
    planned = plan([])
    found = shell.run_line_magic("hub", line)
    assert isinstance(found, ModelSearch)
    assert found.query == query
    assert planned.counts == []


def test_the_result_can_be_kept(shell: Any, plan: Plan) -> None:
    plan([entry("org/a")])
    shell.run_line_magic("hub", "a --limit 7 -o found")
    assert shell.user_ns["found"].limit == 7
    assert shell.user_ns["found"][0].id == "org/a"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--tusk ner", r"no option --tusk\. Did you mean '--task'"),
        ("--task nerd", "no task 'nerd'"),
        ("--params lots", "no number of parameters"),
        ("--sort size2", "Did you mean 'size'"),
        ("--limit 0", "at least 1, not 0"),
        ("--limit x", "invalid int value"),
        ("--gated --open", "--open: not allowed with argument --gated"),
        ("--task", "expected one argument"),
    ],
)
def test_a_mistake_is_answered_in_a_line_or_two(shell: Any, line: str, words: str) -> None:
    with pytest.raises(ShortError, match=words):
        shell.run_line_magic("hub", line)


def test_it_reads_no_cell(shell: Any) -> None:
    with pytest.raises(ShortError, match="write %hub"):
        shell.run_cell_magic("hub", "", "body")


def test_its_help_shows_the_options(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_line_magic("hub", "--help")
    shown = capsys.readouterr().out
    for option in ("--task", "--lang", "--params", "--offline", "--open"):
        assert option in shown


@pytest.fixture
def complete(shell: Any, monkeypatch: pytest.MonkeyPatch, plan: Plan) -> Any:
    monkeypatch.setattr(seen, "_names", {kind: {} for kind in seen.KINDS})
    seen.remember(
        [entry("seen-org/seen-model", license="seen-license", family="seen-family",
               languages=("gsw",), libraries=("seen-library",), task="seen-task"),
         entry("two words/x", license="two words")]
    )  # fmt: skip
    return partial(completed, shell)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("%hub --tas|", ["%hub --task|"]),
        ("%hub bert --off|", ["%hub bert --offline|"]),
        ("%hub --task token|", ["%hub --task token-classification|"]),
        ("%hub --task ne|", ["%hub --task ner|"]),
        ("%hub --task seen|", ["%hub --task seen-task|"]),
        ("%hub --lang gs|", ["%hub --lang gsw|"]),
        ("%hub --lang Germ|", ["%hub --lang German|"]),
        ("%hub --lang=Deutsch|", ["%hub --lang=Deutsch|"]),
        ("%hub --license apa|", ["%hub --license apache-2.0|"]),
        ("%hub --license seen|", ["%hub --license seen-license|"]),
        ("%hub --license two|", ["%hub --license two|"]),
        ("%hub --author seen|", ["%hub --author seen-org|"]),
        ("%hub --library seen|", ["%hub --library seen-library|"]),
        ("%hub --library sentence|", ["%hub --library sentence-transformers|"]),
        ("%hub --family seen|", ["%hub --family seen-family|"]),
        ("%hub --sort li|", ["%hub --sort likes|"]),
        ("%hub --sort nothing|", ["%hub --sort nothing|"]),
        ("%hub --params 50|", ["%hub --params 50M:200M|"]),
        ("%hub seen-|", ["%hub seen-org/seen-model|"]),
        ("%hub pri|", ["%hub pri|"]),
        ("%hub --limit 3|", ["%hub --limit 3|"]),
    ],
)
def test_completion(complete: Any, typed: str, offered: list[str]) -> None:
    assert complete(typed) == offered


def test_an_empty_word_offers_the_options(complete: Any) -> None:
    offered = complete("%hub |")
    assert "%hub --offline|" in offered
    assert all(line.startswith("%hub --") for line in offered)


def test_models_of_here_are_offered(
    complete: Any, hub_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (hub_cache / "models--org--other" / "snapshots").mkdir(parents=True)
    assert complete("%hub or|") == ["%hub org/other|"]
    assert "%hub demo/minilm|" in complete("%hub demo/m|")
    monkeypatch.setenv("HF_HUB_CACHE", "~nobody-of-that-name/x")
    assert complete("%hub or|") == ["%hub or|"]
    assert "demo/minilm" in available()
