"""``%attention`` and ``%%attention`` in a shell without a front end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tfwidgets as tfw
from tests.attention.models import tiny, tiny_gpt, tiny_t5
from tests.magics.plain_shell import plain_shell
from tests.support.tiny import tiny_bert
from tfwidgets.magics.base import ShortError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tiny_bert(tmp_path_factory.mktemp("tiny"))
    yield path
    tfw.unload(str(path))


@pytest.fixture
def shell(folder: Path) -> Iterator[Any]:
    with plain_shell(
        {"TfWidgets": {"embedding_model": str(folder)}},
        text="the cat\n sat",
        texts=["the cat", "a dog"],
        df=pd.DataFrame({"t": ["the cat", "a dog"], "n": [1, 2]}),
        bert=tiny(),
        gpt=tiny_gpt(),
        t5=tiny_t5(),
        number=3,
    ) as loaded:
        yield loaded


def line(shell: Any, arguments: str) -> tfw.AttentionView:
    result = shell.run_line_magic("attention", arguments)
    assert isinstance(result, tfw.AttentionView)
    return result


def cell(shell: Any, arguments: str, body: str) -> tfw.AttentionView:
    result = shell.run_cell_magic("attention", arguments, body)
    assert isinstance(result, tfw.AttentionView)
    return result


def text_of(view: tfw.AttentionView) -> str:
    return view.items[0].label


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("the cat sat", "the cat sat"),
        ('"the cat"', "the cat"),
        ("the cat's tail", "the cat's tail"),
        ("a - b, -5 and x-y", "a - b, -5 and x-y"),
        ("{text} ${text} %z !w", "{text} ${text} %z !w"),
        ("--layers 0,1 the cat", "the cat"),
        ("the cat --layers 0", "the cat"),
        ("-- --model -x", "--model -x"),
    ],
)
def test_the_line_is_taken_as_it_stands(shell: Any, arguments: str, text: str) -> None:
    assert text_of(line(shell, arguments)) == text


def test_the_cell_is_taken_as_it_stands(shell: Any) -> None:
    view = cell(shell, "", "the cat\n\tsat {x}  \n")
    assert text_of(view) == "the cat sat {x}"
    assert view.tokens == tfw.attention("the cat\n\tsat {x}  ", model=tiny()).tokens


def test_the_default_model_and_others(shell: Any, folder: Path) -> None:
    assert line(shell, "the cat").name == str(folder)
    assert line(shell, f"the cat --model {folder}").name == str(folder)
    assert line(shell, f'the cat --model "{folder}"').name == str(folder)
    view = line(shell, "the cat --model bert")
    expected = tfw.attention("the cat", model=tiny())
    np.testing.assert_array_equal(view.weights(1, 2), expected.weights(1, 2))


def test_input_is_a_variable(shell: Any) -> None:
    assert text_of(line(shell, "--input text")) == "the cat sat"
    for name in ("texts", "df.t"):
        view = line(shell, f"--input {name}")
        assert [item.label for item in view.items] == ["the cat", "a dog"]


def test_options_reach_the_function(shell: Any) -> None:
    view = line(shell, "the cat --pair 'a dog' --layers 1")
    assert view.tokens == ["[CLS]", "the", "cat", "[SEP]", "a", "dog", "[SEP]"]
    assert view.items[0].pane("self").names == ["1"]
    both = cell(shell, '--model t5 --target "the dog"', "a fox")
    expected = tfw.attention("a fox", model=tiny_t5(), target="the dog")
    assert both.target_tokens == expected.target_tokens
    written = line(shell, "--model gpt --generate --tokens 4 -- the dog")
    assert len(written.tokens) == len(tfw.attention("the dog", model=tiny_gpt()).tokens) + 4
    assert line(shell, "--model gpt --generate the dog").items[0].axes[0].split is not None
    assert line(shell, "--model t5 --generate --tokens 2 the dog").notes


def test_an_option_before_the_text(shell: Any) -> None:
    assert text_of(line(shell, "--generate --model gpt the dog")) == "the dog"
    assert text_of(line(shell, "--pair a --layers=1 the cat")) == "the cat | a"


def test_the_result_is_stored(shell: Any) -> None:
    shell.run_cell("%%attention -o r\nthe cat")
    assert text_of(shell.user_ns["r"]) == "the cat"
    assert shell.user_ns["_"] is shell.user_ns["r"]
    line(shell, "a dog --out s")
    assert text_of(shell.user_ns["s"]) == "a dog"
    shell.run_cell("q = %attention the mat")
    assert text_of(shell.user_ns["q"]) == "the mat"


@pytest.mark.parametrize(
    ("arguments", "body", "message"),
    [
        ("", None, "There is no text: write it behind %attention, below %%attention, or name"),
        ("the cat", "a dog", "There are two texts: in the line ('the cat') and in the cell"),
        ("the cat --input text", None, "There are two texts"),
        ("--input text", "body", "There are two texts"),
        ("--input txt", None, "There is no variable 'txt'. Did you mean 'text"),
        ("--input number", None, "text is an int: expected a string"),
        ("--input df", None, "text is a table: choose a column of it"),
        ("", "  \n \n", "The text is empty: there is nothing to attend to."),
        ("a --model demo/minilmm", None, "No demo model 'demo/minilmm'. Did you mean"),
        ("a --model ./nowhere", None, "There is no folder ./nowhere."),
        ("a --model no/such", None, "The hub is switched off (HF_HUB_OFFLINE), and 'no/such'"),
        ("a --model number", None, "A model is a name, a folder or a (model, tokenizer) pair"),
        (
            "a --layers x",
            None,
            "%attention: argument --layers: 'x' is no list of layers: write 0,5.",
        ),
        ("a --layers", None, "%attention: argument --layers: expected one argument."),
        ("a --layers 7", None, "layers=7: there are 2 layers, 0 to 1."),
        ("a --model", None, "%attention: argument --model: expected one argument."),
        ("a --tokens 3", None, "--tokens says how many tokens --generate writes: give both."),
        ("a --generate", None, ""),
        ("a --model bert --generate", None, "BertModel writes no text: generate is for"),
        ("a --model bert --target b", None, "BertModel has no decoder beside an encoder"),
        ("a --model t5 --generate --target b", None, "target is what the decoder reads"),
        ("a --model gpt --generate --tokens 0", None, "generate=0: True, or how many tokens"),
        ("a --model gpt --generate --tokens -2", None, "generate=-2: True, or how many tokens"),
        ("a --modell x", None, "%attention has no option --modell. Did you mean '--model'?"),
        ("a --color red", None, "%attention has no option --color."),
        ("a -o 1x", None, "-o 1x: the result needs a name that Python allows"),
    ],
)
def test_what_cannot_work_is_refused_in_a_line_or_two(
    shell: Any, arguments: str, body: str | None, message: str
) -> None:
    if "--generate" in arguments and "--model" not in arguments:
        tfw.config.settings().generation_model = "./nowhere"
    shell.user_ns["r"] = "old"
    options = "" if "-o" in arguments.split() else "-o r"
    run = shell.run_line_magic if body is None else shell.run_cell_magic
    with pytest.raises(ShortError) as refused:
        run("attention", f"{options} {arguments}", *([] if body is None else [body]))
    text = str(refused.value)
    assert text.startswith(message)
    assert len(text.splitlines()) <= 2
    assert shell.user_ns["r"] == "old"


def test_the_help_names_every_option(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_line_magic("attention", "--help")
    shown = capsys.readouterr().out
    for option in (
        *("--model", "--input", "--pair", "--target", "--generate", "--tokens", "--layers"),
        *("--out", "-o", "-h", "%%attention"),
    ):
        assert option in shown


def test_the_examples_in_the_help_work(shell: Any) -> None:
    """Those that need no other model than the default."""
    view = line(shell, "The animal didn't cross the street because it was tired")
    assert text_of(view) == "The animal didn't cross the street because it was tired"
