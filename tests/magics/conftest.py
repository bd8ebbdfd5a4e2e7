"""A shell with the magics, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.magics.plain_shell import plain_shell


@pytest.fixture
def shell() -> Iterator[Any]:
    with plain_shell() as loaded:
        yield loaded
