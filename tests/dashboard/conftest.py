"""For every test of the dashboard: no training of another test is there."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_other_trainings() -> None:
    from tfwidgets.dashboard.store import live

    live.clear()
