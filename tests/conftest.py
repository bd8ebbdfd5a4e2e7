"""What holds for every test: no hub, a cache of its own, settings put back."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tfwidgets.ui.text import printable

HERE = Path(__file__).parent
NOTEBOOK, LAB = HERE / "notebook", HERE / "lab"
EXAMPLES = HERE / "notebook" / "test_examples.py"

# Read by huggingface_hub when it is imported, so they are set before any test module is.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HOME"] = tempfile.mkdtemp(prefix="tfwidgets-hf-")
os.environ.setdefault("TFWIDGETS_CACHE_DIR", tempfile.mkdtemp(prefix="tfwidgets-cache-"))
# Runs of the tests are nobody's.
os.environ["TFWIDGETS_RUN_STORE"] = tempfile.mkdtemp(prefix="tfwidgets-runs-")
# Words in tests are English whatever the system speaks.
os.environ["LC_ALL"] = "C.UTF-8"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long ones, so that in the end both processes have short files to share."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if item.path == EXAMPLES:
        return 0
    return 1 if LAB in item.path.parents else 2 if NOTEBOOK in item.path.parents else 3


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In continuous integration everything is installed: what would be skipped there fails."""
    report = yield
    # Reports travel between processes, and what a test printed may hold lone surrogates.
    report.sections = [(name, printable(text)) for name, text in report.sections]
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def _settings_put_back() -> Iterator[None]:
    from tfwidgets.config import settings

    before = dict(settings().trait_values(config=True))
    yield
    for name, value in before.items():
        setattr(settings(), name, value)
