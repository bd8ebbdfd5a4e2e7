"""The demo tokenizers, and a hub of their own for the tests of loading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.hub_fixtures import hub, hub_cache, nothing_loaded, online
from tests.tokens.demos import followed, put_back, tokenizer_of

__all__ = ["hub", "hub_cache", "nothing_loaded", "online"]


@pytest.fixture(autouse=True)
def _as_shipped() -> Iterator[None]:
    yield
    put_back()


@pytest.fixture(scope="module", autouse=True)
def _followed_once() -> Iterator[None]:
    """Forget what a module's tests shared: millions of objects would slow all that comes after."""
    yield
    followed.cache_clear()


@pytest.fixture(scope="session")
def minilm() -> Any:
    """WordPiece, as transformers has it; its file ships truncation and padding to 128."""
    return tokenizer_of("demo/minilm")


@pytest.fixture(scope="session")
def smollm2() -> Any:
    """Byte-level BPE with a chat template; it pads with the token that ends a message."""
    return tokenizer_of("demo/smollm2")


@pytest.fixture(scope="session")
def t5() -> Any:
    """Unigram."""
    return tokenizer_of("demo/t5-title")
