"""A local hub, an empty cache and nobody signed in, for the tests of the search for models.

Fixtures from `tests.support.hub_fixtures`: `hub` (a `HubServer` that the settings point to),
`hub_cache` (its client's cache, a path whose folder is not there yet; without a server),
`online` (the client may ask; without a cache), `base_bert` (the folder of a tiny model),
`no_waiting`, `run_python`; `serve` of `tests.hub.asking` for servers that are no hubs.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import tfwidgets as tfw
from tests.hub.asking import serve
from tests.support.hub_fixtures import (
    base_bert,
    hub,
    hub_cache,
    no_waiting,
    nothing_loaded,
    online,
    run_python,
)
from tfwidgets.hub.net import answers
from tfwidgets.models.net import limits

__all__ = [
    "base_bert",
    "hub",
    "hub_cache",
    "no_waiting",
    "nothing_loaded",
    "online",
    "run_python",
    "serve",
]


@pytest.fixture(autouse=True)
def _nothing_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folders are looked through, and what a test indexes is kept where only it reads.

    The demo models' converted weights stay where they are: making them takes seconds.
    """
    common = tfw.settings().cache_path
    common.mkdir(parents=True, exist_ok=True)
    own = tmp_path / "tfwidgets-cache"
    own.mkdir()
    for made in common.iterdir():
        if not made.name.startswith("hub"):
            (own / made.name).symlink_to(made)
    tfw.settings().cache_dir = str(own)
    tfw.settings().model_folders = []
    # The ports of hubs are used again: what one said is not true of the next.
    monkeypatch.setattr(answers, "ask", answers.Answers().ask)
    limits._until.clear()


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """An empty folder, the only one that models are looked for in."""
    place = tmp_path / "models"
    place.mkdir()
    tfw.settings().model_folders = [str(place)]
    return place
