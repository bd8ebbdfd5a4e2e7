"""Fixtures for tests that ask a hub: imported into the conftest of a folder that needs them."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tfwidgets as tfw
from tests.support.hub_server import HubServer
from tests.support.tiny import model_card, tiny_bert

REPOSITORY = Path(__file__).parents[2]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def base_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder without a head."""
    folder = tiny_bert(tmp_path_factory.mktemp("base"))
    model_card(folder, "language: de")
    return folder


@pytest.fixture
def nothing_loaded() -> Iterator[None]:
    tfw.unload()
    yield
    tfw.unload()


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache in place of the hub client's. Its folder is not there yet."""
    from huggingface_hub import constants

    cache = tmp_path / "hub-cache"
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    return cache


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere tests never ask a hub; nobody is signed in."""
    from huggingface_hub import constants

    for variable in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


@pytest.fixture
def hub(nothing_loaded: None, hub_cache: Path, online: None) -> Iterator[HubServer]:
    """A hub that the settings point to, on line, with nothing cached and nobody signed in."""
    with HubServer() as hub:
        tfw.settings().endpoint = hub.url
        yield hub


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pauses between the client's attempts to resume a download pass at once."""
    from huggingface_hub import file_download

    monkeypatch.setattr(file_download, "time", types.SimpleNamespace(sleep=lambda _: None))


@pytest.fixture(scope="session")
def run_python() -> Run:
    """Run code in a new process; keywords are further environment variables."""

    def run(code: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
        paths = [environment.pop("PYTHONPATH", ""), str(REPOSITORY)]
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            env={**kept, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done

    return run
