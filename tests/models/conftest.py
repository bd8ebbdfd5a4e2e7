"""Tiny models, and a hub of their own, for the tests of loading."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.hub_fixtures import (
    Run,
    base_bert,
    hub,
    hub_cache,
    no_waiting,
    nothing_loaded,
    online,
    run_python,
)
from tests.support.tiny import tiny_bert

__all__ = [
    "Run",
    "base_bert",
    "hub",
    "hub_cache",
    "no_waiting",
    "nothing_loaded",
    "online",
    "run_python",
]


@pytest.fixture(scope="session")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bert(tmp_path_factory.mktemp("classifier"), "sequence-classification")


@pytest.fixture(scope="session")
def masked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A masked language model. Its encoder has no pooler."""
    return tiny_bert(tmp_path_factory.mktemp("masked"), "mlm")
