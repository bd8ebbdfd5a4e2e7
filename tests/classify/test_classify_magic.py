"""``%classify`` and ``%%classify`` in a shell without a front end, on tiny weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import tfwidgets as tfw
from tests.magics.plain_shell import plain_shell
from tfwidgets.classify.result import Classification
from tfwidgets.magics.base import ShortError

if TYPE_CHECKING:
    from tfwidgets.models import LoadedModel

SHOTS = {"dog": ["the dog sat"], "film": ["a boring movie"]}


@pytest.fixture
def shell(tiny: LoadedModel) -> Iterator[Any]:
    frame = pd.DataFrame({"text": ["the dog", "a film"], "a column": ["it", "cat"], "n": [1, 2]})
    with plain_shell(
        {"TfWidgets": {"embedding_model": str(tiny.folder)}},
        texts=["the dog", "a film"],
        df=frame,
        names=["dog", "film"],
        series=pd.Series(["dog", "film"]),
        nothing=[],
        meanings={"dog": "an animal", "film": "a movie"},
        shots=SHOTS,
        table=pd.DataFrame(
            [(t, k) for k, v in SHOTS.items() for t in v], columns=["text", "label"]
        ),
        number=3,
        tiny=tiny,
    ) as loaded:
        yield loaded


def run(shell: Any, arguments: str, body: str | None) -> Any:
    if body is None:
        return shell.run_line_magic("classify", arguments)
    return shell.run_cell_magic("classify", arguments, body)


def line(shell: Any, arguments: str) -> Classification:
    result = run(shell, arguments, None)
    assert isinstance(result, Classification)
    return result


def cell(shell: Any, arguments: str, body: str) -> Classification:
    result = run(shell, arguments, body)
    assert isinstance(result, Classification)
    return result


def test_every_line_of_the_cell_is_a_text(shell: Any) -> None:
    result = cell(shell, "dog, film", "the dog\n\n  a film \n   \nit\n")
    assert result.texts == ["the dog", "  a film ", "it"]
    assert result.labels == ["dog", "film"]


LITERAL = [
    "{x} {{x}} $x ${x} {1/0}",
    "%time %%html",
    "!ls ~ | cat",
    r"back\slash \n \\ \u0041 end\ ".rstrip(),
    "?help help?",
    "# no comment",
    "form\x0cfeed, next\x85line, line\u2028separator",
    "quotes ' \" ''' \"\"\"",
    "\ttab",
]


def test_the_body_is_literal(shell: Any) -> None:
    shell.run_cell("x = 'EXPANDED'")
    shell.run_cell("%%classify dog, film -o r\n" + "\n".join(LITERAL))
    assert shell.user_ns["r"].texts == LITERAL


@pytest.mark.parametrize("label", ["{x}", "{{x}}", "$x", "${x}", "%x", "!ls", r"a\b", "x - y"])
def test_the_line_is_literal(shell: Any, label: str) -> None:
    shell.run_cell(f"x = 'EXPANDED'\nr = %classify {label}, film --input texts")
    assert shell.user_ns["r"].labels == [label, "film"]


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("texts", ["the dog", "a film"]),
        ("df.text", ["the dog", "a film"]),
        ('df["a column"]', ["it", "cat"]),
        ("df['a column']", ["it", "cat"]),
    ],
)
def test_input_is_a_variable_or_a_column(shell: Any, source: str, texts: list[str]) -> None:
    assert line(shell, f"dog, film --input {source}").texts == texts


@pytest.mark.parametrize("source", ["names", "series", "meanings"])
def test_labels_may_be_a_variable(shell: Any, source: str) -> None:
    assert line(shell, f"--labels {source} --input texts").labels == ["dog", "film"]


def test_a_dict_of_labels_gives_their_meaning(shell: Any, tiny: LoadedModel) -> None:
    result = line(shell, "--labels meanings --input texts")
    meant = tfw.classify(["the dog", "a film"], ["an animal", "a movie"], model=tiny)
    assert (result.scores == meant.scores).all()


@pytest.mark.parametrize("source", ["shots", "table"])
def test_examples_bring_their_labels(shell: Any, source: str) -> None:
    result = line(shell, f"--examples {source} --input texts")
    assert (result.labels, result.method) == (["dog", "film"], "one-shot")


@pytest.mark.parametrize(
    "arguments",
    [
        "--template 'on {}, yes' --multi-label dog, film --input texts",
        'dog, film --input texts --multi-label --template "on {}, yes"',
        'dog, --template="on {}, yes" film --input=texts --multi-label',
    ],
)
def test_options_reach_the_function(shell: Any, tiny: LoadedModel, arguments: str) -> None:
    result = line(shell, arguments)
    expected = tfw.classify(
        ["the dog", "a film"], ["dog", "film"], model=tiny, multi_label=True, template="on {}, yes"
    )
    assert (result.scores == expected.scores).all()
    assert result.multi_label


def test_the_method_can_be_chosen(shell: Any) -> None:
    result = line(shell, "dog, film --examples shots --method few-shot --input texts")
    assert result.method == "few-shot"


def test_the_model_is_a_name_or_a_variable(shell: Any, tiny: LoadedModel) -> None:
    for model in (str(tiny.folder), f'"{tiny.folder}"', "tiny"):
        assert line(shell, f"dog, film --input texts --model {model}").model_name == tiny.name


def test_the_result_is_stored(shell: Any) -> None:
    shell.run_cell("%%classify dog, film -o r\nthe dog")
    assert shell.user_ns["r"].texts == ["the dog"]
    assert shell.user_ns["_"] is shell.user_ns["r"]


@pytest.mark.parametrize(
    ("arguments", "body", "message"),
    [
        ("dog, film", None, "There is nothing to classify: name a variable with --input, or"),
        ("dog, film --input texts", "body", "Texts stand in the cell and in --input"),
        ("dog, film", "  \n\t\n", "The cell has no text: write one text per line below"),
        ("", "body", "No labels: name at least two"),
        ("dog", "body", "There is only one label ('dog')"),
        ("dog,, film", "body", "A label is empty: there is nothing between two commas."),
        ('"", film', "body", "A label is empty."),
        ("dog, film, dog", "body", "The label 'dog' stands there twice."),
        ("dog, Dog", "body", "The labels 'dog' and 'Dog' differ only in case or space."),
        ("dog, film --labels names", "body", "Labels stand in the line and in --labels"),
        ("--labels nothing", "body", "No labels: name at least two"),
        ("--labels nothing --examples shots", "body", "No labels: name at least two"),
        ("--labels nmes", "body", "There is no variable 'nmes'. Did you mean 'names'?"),
        ("--labels number", "body", "labels is int: expected a list of names."),
        ("dog, film --input txts", None, "There is no variable 'txts'. Did you mean 'texts'?"),
        ("dog, film --input df.txt", None, "df has no column 'txt'. Did you mean 'text'?"),
        ("dog, film --input df.n", None, "Text 1 is a number (int"),
        ("dog, film --input df", None, "Which column holds the texts?"),
        ("dog, film --input number", None, "texts is a number (int)"),
        ("dog, film --input nothing", None, "There are no texts to classify."),
        ("dog, film --template x", "body", "The template 'x' has no {} where the label goes"),
        ("dog, film --method best", "body", "Unknown method 'best'. Methods: auto"),
        ("dog, film --method few-shot", "body", "The method 'few-shot' needs examples"),
        ("dog, cat --examples shots", "body", "There are examples of 'film', which is not among"),
        ("dog, film --examples names", "body", "examples is list: expected a dict"),
        ("dog, film --model demo/minilmm", "body", "No demo model 'demo/minilmm'. Did you mean"),
        ("dog, film --model ./nowhere", "body", "There is no folder ./nowhere."),
        ("dog, film --input", None, "%classify: argument --input: expected one argument."),
        ("dog, film --imput texts", None, "%classify has no option --imput. Did you mean"),
    ],
)
def test_what_cannot_work_is_refused_in_a_line_or_two(
    shell: Any, arguments: str, body: str | None, message: str
) -> None:
    shell.user_ns["r"] = "old"
    with pytest.raises(ShortError) as refused:
        run(shell, f"-o r {arguments}", body)
    assert str(refused.value).startswith(message)
    assert len(str(refused.value).splitlines()) <= 2
    assert shell.user_ns["r"] == "old"


def test_too_many_labels_name_the_limit_and_how_to_raise_it(shell: Any) -> None:
    shell.user_ns["many"] = [f"label {k}" for k in range(1200)]
    with pytest.raises(ShortError, match="more than the limit of 1,000") as refused:
        line(shell, "--labels many --input texts")
    advice = str(refused.value).partition("%config ")[2]
    shell.run_line_magic("config", advice)
    assert line(shell, "--labels many --input texts").scores.shape == (2, 1200)


def test_the_help_names_every_option(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_line_magic("classify", "--help")
    shown = capsys.readouterr().out
    for option in (
        *("--input", "--labels", "--examples", "--model", "--method", "--template"),
        *("--multi-label", "--out", "-o", "-h", "%%classify sports"),
    ):
        assert option in shown
