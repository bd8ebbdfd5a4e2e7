"""Text tables for consoles, and texts made fit for one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfwidgets.ui.console import text_table, width
from tfwidgets.ui.text import clip, one_line, printable


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("abc", 3),
        ("政治", 4),
        ("ｆｕｌｌ", 8),
        ("e\u0301", 1),  # a combining accent
        ("ไม่มี", 3),  # Thai vowels above the line take no column
        ("😀", 2),
        ("a\u200db", 2),  # a joiner takes none either
        ("", 0),
    ],
)
def test_width(text: str, columns: int) -> None:
    assert width(text) == columns


def test_columns_are_aligned_with_wide_characters() -> None:
    table = text_table(
        ("#", "text", "score"), [("1", "政治", "5%"), ("10", "plain", "100%")], right=1
    )
    assert table.splitlines() == [
        "#   text   score",
        "1   政治      5%",
        "10  plain   100%",
    ]


def test_a_table_without_rows_is_its_header() -> None:
    assert text_table(("a", "b"), []) == "a  b"


@given(st.text(), st.integers(2, 60))
def test_one_line_is_short_printable_and_one_line(text: str, limit: int) -> None:
    shown = one_line(text, limit)
    assert len(shown) <= limit
    assert len(shown.splitlines()) <= 1
    assert shown.replace("\u200c", "").replace("\u200d", "").isprintable()
    shown.encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\n\tb  c", "a b c"),
        ("a\x00b\x1b[31m", "a�b�[31m"),
        ("left\u202eright", "left�right"),  # would turn the rest of the line around
        ("broken \ud800", "broken �"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("x" * 30, "x" * 9 + "…"),
        ("", ""),
    ],
)
def test_one_line(text: str, shown: str) -> None:
    assert one_line(text, 10) == shown


def test_one_line_does_not_read_a_whole_book() -> None:
    assert one_line(" " * 1_000_000 + "end", 10) == "…"


def test_printable_replaces_lone_surrogates_only() -> None:
    assert printable("a\ud800b\udfff😀\x00") == "a�b�😀\x00"


def test_clip() -> None:
    assert (clip("abcd", 4), clip("abcde", 4)) == ("abcd", "abc…")
