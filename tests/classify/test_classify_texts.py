"""Which texts are read, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tfwidgets.classify.texts import read_texts
from tfwidgets.errors import InputError


@pytest.mark.parametrize(
    ("data", "values"),
    [
        ("one text", ["one text"]),
        (["a", "b"], ["a", "b"]),
        (("a", "b"), ["a", "b"]),
        ((text for text in "ab"), ["a", "b"]),
        (np.array(["a", "b"]), ["a", "b"]),
        (pd.Series(["a", "b"]), ["a", "b"]),
        (pd.Series(["a", "b"], dtype="category"), ["a", "b"]),
        (pd.DataFrame({"text": ["a", "b"], "n": [1, 2]}), ["a", "b"]),
        ([""], [""]),
        ([" a \n", "\x00", "\ud800"], [" a \n", "\x00", "\ud800"]),
    ],
)
def test_texts_are_read_as_they_are(data: Any, values: list[str]) -> None:
    read = read_texts(data).values
    assert read == values
    assert {type(value) for value in read} == {str}


@pytest.mark.parametrize(
    "nothing", [None, float("nan"), np.float32("nan"), np.float64("nan"), pd.NA, pd.NaT]
)
def test_missing_values_keep_their_place(nothing: Any) -> None:
    read = read_texts(["a", nothing, "b"])
    assert read.values == ["a", None, "b"]
    assert read.present == [0, 2]


@pytest.mark.parametrize("dtype", ["object", "string", "str"])
def test_missing_values_of_a_column(dtype: str) -> None:
    assert read_texts(pd.Series(["a", None], dtype=dtype)).values == ["a", None]


def test_blank_texts_hold_nothing_to_read() -> None:
    assert read_texts(["", " \t\n\u2003", "a"]).present == [2]


def test_a_series_keeps_its_index() -> None:
    index = pd.Index(["x", "y"], name="key")
    assert read_texts(pd.Series(["a", "b"], index=index)).index is not None
    pd.testing.assert_index_equal(read_texts(pd.Series(["a", "b"], index=index)).index, index)


def test_a_list_has_no_index() -> None:
    assert read_texts(["a"]).index is None


FRAME = pd.DataFrame({"title": ["a"], "body": ["b"], "n": [1]})


def test_a_column_of_a_table_is_named() -> None:
    assert read_texts(FRAME, "body").values == ["b"]


@pytest.mark.parametrize(
    ("data", "column", "message"),
    [
        (FRAME, None, "Which column holds the texts? Pass column=, one of: title, body."),
        (
            FRAME,
            "titel",
            "The table has no column 'titel'. Did you mean 'title'? Its columns: title, body, n.",
        ),
        (FRAME[["n"]], None, "Which column holds the texts? Pass column=, one of: n."),
        (FRAME, "n", "Text 1 is a number (int"),
        (["a"], "text", "column='text' goes with a DataFrame, not with a list."),
        (
            pd.DataFrame([["a", "b"]], columns=["text", "text"]),
            "text",
            "The table has several columns 'text': rename one of them.",
        ),
        ([], None, "There are no texts to classify."),
        (pd.Series([], dtype=str), None, "There are no texts to classify."),
        (3, None, "texts is a number (int): expected a string, a list of strings or a table."),
        (None, None, "texts is a NoneType: expected"),
        (b"a", None, "texts is a bytes: expected"),
        ({"a": "b"}, None, "texts is a dict: expected"),
        (
            ["a", 3],
            None,
            "Text 2 is a number (int): expected text. Convert numbers first, for example with "
            ".astype(str) or str(x).",
        ),
        ([True], None, "Text 1 is a bool: expected text."),
        ([["a"]], None, "Text 1 is a list: expected text. Pass one flat list of strings."),
        (np.array([["a", "b"]]), None, "Text 1 is a ndarray: expected text. Pass one flat list"),
        ([b"a"], None, "Text 1 is a bytes: expected text. Decode it first"),
        ([pd.Series(["a", "b"])], None, "Text 1 is a Series: expected text. Pass one flat list"),
    ],
)
def test_what_is_no_text_is_refused_in_a_line(data: Any, column: str | None, message: str) -> None:
    with pytest.raises(InputError) as refused:
        read_texts(data, column)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)
