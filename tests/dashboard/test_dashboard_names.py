"""What cannot be the name of a run or a project is refused before anything trains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tfwidgets.config import settings
from tfwidgets.dashboard import names
from tfwidgets.dashboard.names import check_names
from tfwidgets.dashboard.store import open_store
from tfwidgets.errors import InputError


@pytest.mark.parametrize("name", [123, ["a"], "", " ", b"x", "x" * 201])
def test_names_are_texts(name: Any) -> None:
    with pytest.raises(InputError, match=r"^name (is a text such as|has 201 characters)"):
        check_names(name, "default")
    with pytest.raises(InputError, match=r"^project (is a text such as|has 201 characters)"):
        check_names(None, name)


def test_a_run_needs_no_name_but_a_project() -> None:
    check_names(None, "default")
    check_names("\ud800" * 200, "../../x")
    with pytest.raises(InputError, match=r"^project is a text such as 'reviews', not None"):
        check_names("run", None)


def test_numbers_go_on_where_the_stored_runs_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings().run_store = str(tmp_path)
    monkeypatch.setattr(names, "_counts", {})
    assert names.next_name("bert", "reviews") == "bert · 1"
    for name in ("bert · 4", "bert · x", "other · 9"):
        open_store().import_run(name, "reviews", {}, {"loss": ([1], [1.0])})
    assert names.next_name("bert", "reviews") == "bert · 2"  # counted once in a process
    monkeypatch.setattr(names, "_counts", {})
    assert names.next_name("bert", "reviews") == "bert · 5"
    assert names.next_name("bert", "reviews") == "bert · 6"
    assert names.next_name("bert", "another") == "bert · 1"
