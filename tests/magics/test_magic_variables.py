"""Variables of the notebook by name, and which of them fit where."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from tfwidgets.errors import InputError
from tfwidgets.magics.variables import columns_of, fitting, look_up

FRAME = pd.DataFrame({"text": ["a", "b"], "a column": ["c", "d"], "size": ["e", "f"]})
NAMESPACE: dict[str, Any] = {
    "df": FRAME,
    "series": FRAME["text"],
    "texts": ["one", "two"],
    "text": "one",
    "shots": {"sports": ["goal"]},
    "numbers": [1, 2],
    "empty": [],
    "thing": SimpleNamespace(name=["x"]),
    "größe": ["ja"],
    "_hidden": ["no"],
    "In": ["code"],
    "Out": {"1": "value"},
}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("texts", ["one", "two"]),
        (" texts ", ["one", "two"]),
        ("df.text", ["a", "b"]),
        ('df["text"]', ["a", "b"]),
        ("df['a column']", ["c", "d"]),
        ("df.size", ["e", "f"]),  # the column, not the attribute of every table
        ("shots.sports", ["goal"]),
        ('shots["sports"]', ["goal"]),
        ("thing.name", ["x"]),
        ("größe", ["ja"]),
    ],
)
def test_look_up(path: str, values: list[str]) -> None:
    assert list(look_up(path, NAMESPACE)) == values


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("textes", "There is no variable 'textes'. Did you mean 'texts'?"),
        ("hidden", "There is no variable 'hidden'."),
        ("df.txt", "df has no column 'txt'. Did you mean 'text'? It has: text, a column, size."),
        ('df["b"]', "df has no column 'b'. It has: text, a column, size."),
        ("shots.sport", "shots has no column 'sport'. Did you mean 'sports'? It has: sports."),
        ("texts.first", "texts has no column 'first'."),
        ('texts["first"]', "texts has no column 'first'."),
    ],
)
def test_what_is_not_there_is_named_with_what_is(path: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        look_up(path, NAMESPACE)
    assert str(refused.value) == message


@pytest.mark.parametrize("path", ["df.text[0]", "f(x)", "df[0]", "1", "a b", "", "df[\"text']"])
def test_only_names_and_columns_are_read(path: str) -> None:
    with pytest.raises(InputError, match="is no variable: write a name"):
        look_up(path, NAMESPACE)


def test_a_wide_table_lists_only_its_first_columns() -> None:
    wide = pd.DataFrame([range(100)], columns=[f"c{k}" for k in range(100)])
    with pytest.raises(InputError) as refused:
        look_up("wide.x", {"wide": wide})
    assert len(str(refused.value)) < 100


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("texts", {"df", "series", "texts", "text", "größe"}),
        ("labels", {"texts", "shots", "größe"}),
        ("examples", {"df", "shots"}),
    ],
)
def test_fitting(kind: str, names: set[str]) -> None:
    assert set(fitting(kind, NAMESPACE)) == names


def test_columns_of() -> None:
    assert columns_of(FRAME) == ["text", "a column", "size"]
    assert columns_of(["text"]) == []


def test_looking_for_tables_does_not_import_pandas() -> None:
    code = (
        "import sys\n"
        "from tfwidgets.magics.variables import fitting, columns_of\n"
        "print(list(fitting('texts', {'a': ['x']})), columns_of(3), 'pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["['a']", "[]", "False"]
