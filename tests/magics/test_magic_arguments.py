"""The argument line: labels, quotes, options, and nothing expanded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfwidgets.errors import InputError
from tfwidgets.magics.arguments import HelpRequested, MagicParser, split_labels, unquote


@pytest.fixture
def parser() -> MagicParser:
    parser = MagicParser("%sort", "Sorts. 100 % of it.")
    parser.option("--input", metavar="VAR", help="a variable")
    parser.option("--template", metavar="TEXT", help="a text")
    parser.option("--multi-label", action="store_true", help="several")
    parser.option("-o", "--out", metavar="NAME", help="a name")
    return parser


@pytest.mark.parametrize(
    ("line", "labels"),
    [
        ("sports, politics", ["sports", "politics"]),
        ("  sports ,politics  ", ["sports", "politics"]),
        ('"arts, culture", sports', ["arts, culture", "sports"]),
        ("'arts, culture', sports", ["arts, culture", "sports"]),
        ("men's health, women's health", ["men's health", "women's health"]),
        ("the band's, 'n', \"x\"", ["the band's", "n", "x"]),
        ("rock 'n' roll, jazz", ["rock 'n' roll", "jazz"]),
        ('6" pipe, tool', ['6" pipe', "tool"]),
        ("Kunst und Kultur, 政治, 😀", ["Kunst und Kultur", "政治", "😀"]),
        ("one", ["one"]),
        ("", []),
        ("   ", []),
    ],
)
def test_labels_are_split_as_a_person_means_it(line: str, labels: list[str]) -> None:
    assert split_labels(line) == labels


@pytest.mark.parametrize("line", ["a,, b", ", a", "a,", "a, ,b", ","])
def test_nothing_between_commas_is_refused(line: str) -> None:
    with pytest.raises(InputError, match="nothing between two commas"):
        split_labels(line)


TEXT = st.text(st.characters(exclude_characters='"', exclude_categories=["Cs"]), min_size=1)
BARE = TEXT.filter(lambda s: s.strip() and not set(s) & set(",'"))


@given(st.lists(TEXT, min_size=1))
def test_quoted_labels_come_back_as_they_were(labels: list[str]) -> None:
    assert split_labels(", ".join(f'"{label}"' for label in labels)) == labels


@given(st.lists(BARE, min_size=1))
def test_bare_labels_come_back_without_the_blanks_around_them(labels: list[str]) -> None:
    assert split_labels(",".join(labels)) == [label.strip() for label in labels]


@pytest.mark.parametrize(
    "line",
    [
        "--input df --multi-label a b, c",
        "a b, c --multi-label --input df",
        "a --input df b, --multi-label c",
        "a b, --input=df --multi-label c",
    ],
)
def test_options_stand_before_between_and_after(parser: MagicParser, line: str) -> None:
    read = parser.parse_line(line)
    assert (read.rest, read.input, read.multi_label) == ("a b, c", "df", True)


@pytest.mark.parametrize(
    "written",
    [
        '--template "about {}, --out of $HOME"',
        "--template 'about {}, --out of $HOME'",
        '--template="about {}, --out of $HOME"',
        "--template='about {}, --out of $HOME'",
    ],
)
def test_quotes_around_a_value_are_taken_off(parser: MagicParser, written: str) -> None:
    read = parser.parse_line(f"a, {written} b")
    assert read.template == "about {}, --out of $HOME"
    assert read.rest == "a, b"


def test_quoted_labels_keep_what_looks_like_an_option(parser: MagicParser) -> None:
    read = parser.parse_line('"--input, x", "b  c" -o r')
    assert split_labels(read.rest) == ["--input, x", "b  c"]
    assert (read.out, read.input) == ("r", None)


def test_a_quoted_column_is_one_word(parser: MagicParser) -> None:
    assert parser.parse_line('--input df["a column"]').input == 'df["a column"]'
    assert parser.parse_line("--input df['a column']").input == "df['a column']"


@pytest.mark.parametrize(
    "rest", ["{x}", "{{x}}", "$HOME", "%d", "!ls", r"a\b", r"\\n", "a - b, c", "-1, +1", "5 > 3"]
)
def test_everything_else_is_literal(parser: MagicParser, rest: str) -> None:
    assert parser.parse_line(rest).rest == rest


@pytest.mark.parametrize("line", ["-h", "--help", "a, b --help", "--input df -h"])
def test_help_is_asked_for_anywhere(parser: MagicParser, line: str) -> None:
    with pytest.raises(HelpRequested, match=r"(?s)usage: %sort.*100 % of it.*--multi-label"):
        parser.parse_line(line)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--inptu df", "%sort has no option --inptu. Did you mean '--input'?"),
        ("--inptu=df", "%sort has no option --inptu. Did you mean '--input'?"),
        ("a -x", "%sort has no option -x."),
        ("a -- b", "%sort has no option --."),
        ("--mul a, b", "%sort has no option --mul."),
        ("a, b --input", "%sort: argument --input: expected one argument."),
        ("--multi-label=3 a", "%sort: argument --multi-label: ignored explicit argument '3'."),
    ],
)
def test_a_wrong_option_is_named(parser: MagicParser, line: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        parser.parse_line(line)
    assert str(refused.value).startswith(message)
    assert "%sort --help" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "bare"),
    [('"a"', "a"), ("'a'", "a"), ("\"a'", "\"a'"), ('"', '"'), ("", ""), ("a", "a")],
)
def test_unquote(text: str, bare: str) -> None:
    assert unquote(text) == bare
