"""``%tokens`` and ``%%tokens`` in a shell without a front end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import tfwidgets as tfw
from tests.magics.plain_shell import plain_shell
from tests.support.tiny import tiny_tokenizer
from tests.tokens.trained import plain
from tfwidgets.magics.base import ShortError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_tokenizer(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def shell(folder: Path) -> Iterator[Any]:
    with plain_shell(
        {"TfWidgets": {"embedding_model": str(folder)}},
        text="  the cat\n sat ",
        texts=["the cat", "a dog"],
        df=pd.DataFrame({"t": ["the cat", "a dog"], "n": [1, 2]}),
        chat=[{"role": "user", "content": "Hi"}],
        mine=plain("byte-level BPE"),
        other=plain("WordPiece"),
        number=3,
    ) as loaded:
        yield loaded


def line(shell: Any, arguments: str) -> tfw.TokenInspector:
    result = shell.run_line_magic("tokens", arguments)
    assert isinstance(result, tfw.TokenInspector)
    return result


def cell(shell: Any, arguments: str, body: str) -> tfw.TokenInspector:
    result = shell.run_cell_magic("tokens", arguments, body)
    assert isinstance(result, tfw.TokenInspector)
    return result


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("the cat", "the cat"),
        ("the   cat  sat", "the   cat  sat"),
        ('"  the cat  "', "  the cat  "),
        ("'  the cat '", "  the cat "),
        ('say "the  cat" twice', 'say "the  cat" twice'),
        ("the cat's  tail", "the cat's  tail"),
        ("a - b, -5 and x-y", "a - b, -5 and x-y"),
        ("{x} ${y} %z !w", "{x} ${y} %z !w"),
        (r"back\slash \n", r"back\slash \n"),
        ("👩\u200d💻  שלום", "👩\u200d💻  שלום"),
        ("--max-length 8 the  cat", "the  cat"),
        ("the  cat --max-length 8", "the  cat"),
        ("--max-length=8 the  cat --no-special-tokens", "the  cat"),
        ("-- the  cat", "the  cat"),
        ("-- --model  -x", "--model  -x"),
        ("--max-length 8 -- a  --b", "a  --b"),
        ("a -- b", "a b"),
    ],
)
def test_the_line_is_taken_as_it_stands(shell: Any, arguments: str, text: str) -> None:
    assert line(shell, arguments).text == text


def test_nothing_in_the_line_is_expanded(shell: Any) -> None:
    shell.run_cell("x = 'EXPANDED'\nr = %tokens {x} {{x}} $x ${x}")
    assert shell.user_ns["r"].text == "{x} {{x}} $x ${x}"


@pytest.mark.parametrize("body", ["the cat\n\tsat  \n\n", "  x\n", "{x}\n", "\n\n", "-- --model\n"])
def test_the_cell_is_taken_as_it_stands(shell: Any, body: str) -> None:
    assert cell(shell, "", body).text == body.removesuffix("\n")


def test_each_line_may_be_a_text_of_its_own(shell: Any) -> None:
    inspector = cell(shell, "--lines", "the cat\n\n  a dog \n   \n")
    assert inspector.texts == [("the cat",), ("  a dog ",)]
    assert line(shell, "--lines --input text").texts == [("  the cat",), (" sat ",)]


def test_input_is_a_variable(shell: Any) -> None:
    assert line(shell, "--input text").text == "  the cat\n sat "
    assert line(shell, "--input texts").texts == [("the cat",), ("a dog",)]
    assert line(shell, "--input df.t").texts == [("the cat",), ("a dog",)]


def test_a_variable_may_be_a_chat(shell: Any, smollm2: Any) -> None:
    shell.user_ns["smol"] = smollm2
    inspector = line(shell, "--input chat --model smol")
    assert inspector.chat is not None
    assert inspector.text.endswith("<|im_start|>assistant\n")


def test_tokenizers_are_names_or_variables(shell: Any, folder: Path) -> None:
    assert line(shell, "the cat").name == folder.name
    assert line(shell, f"the cat --model {folder}").name == folder.name
    assert line(shell, f'the cat --model "{folder}"').name == folder.name
    assert line(shell, "the cat --model mine").tokenizer is plain("byte-level BPE")


def test_several_are_compared(shell: Any, folder: Path) -> None:
    inspector = line(shell, f"the  cat --compare mine other {folder}")
    assert inspector.text == "the  cat"
    assert [r.subject.name for r in inspector.readings[3:]] == [folder.name]
    assert [r.subject.tokenizer for r in inspector.readings[1:3]] == [
        plain("byte-level BPE"),
        plain("WordPiece"),
    ]
    assert line(shell, "--compare mine -- the  cat").text == "the  cat"
    assert line(shell, "--compare mine --max-length 9 the  cat").text == "the  cat"
    assert len(cell(shell, "--compare mine other", "the cat").readings) == 3


def test_options_reach_the_function(shell: Any) -> None:
    inspector = line(shell, "the cat sat --pair 'a dog' --max-length 6 --truncation only_first")
    expected = tfw.tokens(
        "the cat sat",
        "a dog",
        model=shell.config.TfWidgets.embedding_model,
        max_length=6,
        truncation="only_first",
    )
    assert inspector.ids.tolist() == expected.ids.tolist()
    bare = line(shell, "the cat --no-special-tokens --padding max_length --max-length 5")
    assert bare.special_mask.tolist() == [False, False, True, True, True]
    rows = cell(shell, "--lines --padding none", "the cat\na")
    assert [len(row) for row in rows.rows] == [4, 3]


def test_the_result_is_stored(shell: Any) -> None:
    shell.run_cell("%%tokens -o r\nthe cat")
    assert shell.user_ns["r"].text == "the cat"
    assert shell.user_ns["_"] is shell.user_ns["r"]
    line(shell, "a dog --out s")
    assert shell.user_ns["s"].text == "a dog"


@pytest.mark.parametrize(
    ("arguments", "body", "message"),
    [
        ("", None, "There is no text: write it behind %tokens, below %%tokens, or name a variable"),
        ("the cat", "a dog", "There are two texts: in the line ('the cat') and in the cell"),
        ("the cat --input text", None, "There are two texts"),
        ("--input text", "body", "There are two texts"),
        ("--input txt", None, "There is no variable 'txt'. Did you mean 'text"),
        ("--input number", None, "text is an int: expected a string"),
        ("--input texts --lines", None, "--lines goes with one text"),
        ("--lines", "  \n \n", "The cell has no text: write one text per line"),
        ("a --model demo/minilmm", None, "No demo model 'demo/minilmm'. Did you mean"),
        ("a --model ./nowhere", None, "There is no folder ./nowhere."),
        ("a --model number", None, "A tokenizer comes from transformers or tokenizers, not int."),
        ("a --compare mine mine mine mine", None, "5 tokenizers are too many to look at"),
        ("a --max-length x", None, "%tokens: argument --max-length: invalid int value: 'x'."),
        ("a --max-length 0", None, "max_length must be a whole number of at least 1, not 0."),
        ("a --max-length", None, "%tokens: argument --max-length: expected one argument."),
        ("a --compare", None, "%tokens: argument --compare: expected at least one argument."),
        ("a --padding left", None, "padding is 'left'"),
        ("a --truncation short", None, "truncation is 'short'"),
        ("a --modell x", None, "%tokens has no option --modell. Did you mean '--model'?"),
        ("a --color red", None, "%tokens has no option --color."),
        ("a -o 1x", None, "-o 1x: the result needs a name that Python allows"),
        ("--input chat --model other", None, "Tokenizer has no chat template"),
        ("--input chat --pair b", None, "A chat has no pair"),
    ],
)
def test_what_cannot_work_is_refused_in_a_line_or_two(
    shell: Any, arguments: str, body: str | None, message: str
) -> None:
    shell.user_ns["r"] = "old"
    options = "" if "-o" in arguments.split() else "-o r"
    run = shell.run_line_magic if body is None else shell.run_cell_magic
    with pytest.raises(ShortError) as refused:
        run("tokens", f"{options} {arguments}", *([] if body is None else [body]))
    text = str(refused.value)
    assert text.startswith(message)
    assert len(text.splitlines()) <= 2
    assert shell.user_ns["r"] == "old"


def test_the_help_names_every_option(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_line_magic("tokens", "--help")
    shown = capsys.readouterr().out
    for option in (
        *("--model", "--compare", "--input", "--pair", "--lines", "--max-length", "--padding"),
        *("--truncation", "--no-special-tokens", "--out", "-o", "-h", "%%tokens"),
    ):
        assert option in shown
