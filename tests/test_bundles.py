"""The committed bundles are what the sources build, small enough, and free of markup tricks."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "tfwidgets" / "static"
MOST_BYTES = 40_000
# A page that stands by itself has all of a view in it; no notebook repeats it.
PAGES = {"attention-page.js"}
# A renderer of Markdown and a sanitiser: libraries, which parse markup in order to clean it.
# They come when a card is opened, and no notebook keeps them.
LIBRARIES = {"hub-card.js"}

BUNDLES = sorted(path.name for path in STATIC.iterdir() if path.suffix in {".js", ".css", ".txt"})


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("static")
    subprocess.run(
        ["node", "build.mjs", "--outdir", str(folder)],
        check=True,
        capture_output=True,
        cwd=ROOT / "js",
    )
    return folder


def test_there_is_one_for_every_widget(rebuilt: Path) -> None:
    assert sorted(path.name for path in rebuilt.iterdir()) == BUNDLES
    assert "classify.js" in BUNDLES


@pytest.mark.parametrize("name", BUNDLES)
def test_it_is_what_the_sources_build(name: str, rebuilt: Path) -> None:
    same = (STATIC / name).read_bytes() == (rebuilt / name).read_bytes()
    assert same, f"{name} is not what js/ builds: run `make js` and commit the result."


def test_the_licences_of_bundled_libraries_are_passed_on() -> None:
    notices = (STATIC / "LICENSES.txt").read_text("utf-8")
    for library in ("dompurify", "markdown-it", "linkify-it", "entities"):
        assert f"\n{library} " in f"\n{notices}"


@pytest.mark.parametrize("name", [name for name in BUNDLES if name not in PAGES | LIBRARIES])
def test_it_is_small(name: str) -> None:
    assert (STATIC / name).stat().st_size <= MOST_BYTES


@pytest.mark.parametrize(
    "name", [name for name in BUNDLES if name.endswith(".js") and name not in LIBRARIES]
)
def test_text_from_outside_never_becomes_markup(name: str) -> None:
    code = (STATIC / name).read_text("utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in code
