"""The package as a whole: what importing it costs, what it names, which floor imports which."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import tfwidgets as tfw

REPOSITORY = Path(__file__).parents[1]
HEAVY = {"torch", "transformers", "fastai", "ipywidgets", "numpy", "pandas", "sklearn", "IPython"}


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "statement",
    [
        "import tfwidgets",
        "from tfwidgets import load_ipython_extension",
        "import tfwidgets; tfwidgets.settings().batch_tokens = 9",
        "import tfwidgets; tfwidgets.available()",
        "import tfwidgets.extension, tfwidgets.classify.magic",
    ],
)
def test_importing_costs_nothing_heavy(statement: str) -> None:
    loaded = json.loads(python(f"{statement}\nimport json, sys; print(json.dumps([*sys.modules]))"))
    assert HEAVY.isdisjoint(loaded)


@pytest.mark.parametrize("name", tfw.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    assert getattr(tfw, name).__doc__
    assert name in dir(tfw)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'classfy'"):
        _ = tfw.classfy  # type: ignore[attr-defined]


def test_classify_stays_the_function_when_its_room_is_imported() -> None:
    seen = python(
        "import tfwidgets as tfw\n"
        "import tfwidgets.classify.labels\n"
        "from tfwidgets.classify import languages\n"
        "print(type(tfw.classify).__name__, type(languages).__name__)"
    )
    assert seen.split() == ["function", "module"]


def test_other_submodules_are_bound_as_python_does_it() -> None:
    import tfwidgets.config

    assert isinstance(tfwidgets.config, ModuleType)


def test_the_floors_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache"], cwd=REPOSITORY, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout
