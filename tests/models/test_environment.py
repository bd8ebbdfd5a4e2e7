"""Packages that do not fit each other, and how little is imported before it is needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import tfwidgets as tfw
from tfwidgets.models import demo
from tfwidgets.models.environment import explained, torchvision_problem

if TYPE_CHECKING:
    from tests.models.conftest import Run

REPOSITORY = Path(__file__).parents[2]

HEAVY = ["torch", "transformers", "numpy", "huggingface_hub", "safetensors", "tokenizers"]
HEAVY += ["pandas", "ipywidgets", "IPython", "httpx2"]

IMPORT = """
import sys
import tfwidgets.models, tfwidgets as tfw
from tfwidgets.models import available, load, loaded, resolve_default, unload
available(), loaded(), resolve_default(None), unload()
for wrong in ("demo/minlm", "./no/such", 3):
    try:
        load(wrong)
    except tfw.TfWidgetsError:
        continue
    raise AssertionError(wrong)
print(*sorted(set(sys.argv[1:]) & set(sys.modules)))
"""


def test_importing_loads_nothing_heavy(run_python: Run) -> None:
    assert run_python(IMPORT, *HEAVY).stdout.split() == []


@pytest.fixture(scope="module")
def torchvision(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a torchvision from PyPI, which is built for another torch than this one."""
    target = tmp_path_factory.mktemp("torchvision")
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(target)]
    done = subprocess.run(
        [*command, "-c", str(REPOSITORY / "constraints.txt"), "torchvision"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = f"torchvision cannot be installed: {done.stderr.strip()[-300:]}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return target


LOAD = """
import sys
import tfwidgets as tfw
try:
    tfw.load(sys.argv[1], progress=False)
except tfw.EnvironmentProblem as error:
    print(error)
"""


@pytest.mark.timeout(120)
def test_a_torchvision_for_another_torch(
    run_python: Run, torchvision: Path, base_bert: Path
) -> None:
    import torch

    name = "demo/minilm" if demo.locate(demo.CATALOG["demo/minilm"]) else str(base_bert)
    problem, advice = run_python(LOAD, name, PYTHONPATH=str(torchvision)).stdout.splitlines()
    assert problem.startswith("The installed torchvision 0.")
    assert f"does not fit torch {torch.__version__}" in problem
    assert "operator torchvision::nms does not exist" in problem
    assert "BertModel" not in problem
    assert advice == (
        "Text models do not need it: %pip uninstall -y torchvision, then restart the kernel."
    )


def test_without_torchvision_there_is_no_problem() -> None:
    assert torchvision_problem() is None


def test_another_failed_import_is_told_in_one_line() -> None:
    with pytest.raises(tfw.EnvironmentProblem) as caught, explained():
        raise ImportError("\nThis tokenizer needs sentencepiece.\nA long story follows.")
    assert str(caught.value) == "This tokenizer needs sentencepiece."


@pytest.mark.parametrize("error", [tfw.ModelError("a"), tfw.InputError("b"), KeyError("c")])
def test_other_errors_pass(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, explained():
        raise error
    assert caught.value is error
