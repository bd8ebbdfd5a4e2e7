"""No model in use and none in memory, before and after."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import tfwidgets as tfw
from tests.classify.encoders import tiny_encoder
from tests.support.hub_fixtures import hub, hub_cache, nothing_loaded, online
from tests.support.tiny import tiny_bert
from tfwidgets.models import session

__all__ = ["hub", "hub_cache", "nothing_loaded", "online"]


@pytest.fixture(autouse=True)
def _nothing_chosen() -> Iterator[None]:
    session.clear()
    session._seen.clear()
    tfw.unload()
    yield
    session.clear()
    tfw.unload()


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny_encoder(tmp_path_factory.mktemp("encoder"), {"pooling_mode": "mean"}))


@pytest.fixture(scope="session")
def default_encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny_encoder(tmp_path_factory.mktemp("default"), {"pooling_mode": "mean"}))


@pytest.fixture(scope="session")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny_bert(tmp_path_factory.mktemp("classifier"), "sequence-classification"))


@pytest.fixture(autouse=True)
def _tiny_defaults(default_encoder: str) -> None:
    tfw.settings().embedding_model = default_encoder


def in_cache(cache: Path, name: str, source: Path, commit: str = "c" * 40) -> Path:
    """Put a model into a hub's cache, as the client would."""
    home = cache / f"models--{name.replace('/', '--')}"
    folder = home / "snapshots" / commit
    folder.mkdir(parents=True)
    for file in source.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    (home / "refs").mkdir(exist_ok=True)
    (home / "refs" / "main").write_text(commit)
    return folder
