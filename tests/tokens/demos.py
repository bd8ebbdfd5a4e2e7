"""The tokenizers of these tests by name: small trained ones, and those of the demo models."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests.tokens.random_texts import random_texts
from tests.tokens.trained import MAKERS, trained
from tfwidgets.models import demo, load_tokenizer
from tfwidgets.tokens.stages import Stages, take
from tfwidgets.tokens.subject import Subject

DEMOS = ("demo/minilm", "demo/smollm2", "demo/t5-title", "demo/grammar")
KINDS = (*MAKERS, *DEMOS)

_shipped: dict[str, tuple[Any, Any, Any]] = {}


def tokenizer_of(kind: str) -> Any:
    """Return a tokenizer that all tests share: leave it as it is."""
    return trained(kind) if kind in MAKERS else _demo(kind)


@cache
def _demo(name: str) -> Any:
    # Kept here: the package keeps only the ones used last, and these take seconds to read.
    if demo.locate(demo.CATALOG[name]) is None:
        pytest.skip(f"the weights of {name} are not installed")
    tokenizer = load_tokenizer(name, progress=False)
    rust = tokenizer.backend_tokenizer
    _shipped[name] = rust, rust.truncation, rust.padding
    return tokenizer


def put_back() -> None:
    """Undo what calls did to the demo tokenizers: transformers keeps truncation and padding."""
    for rust, truncation, padding in _shipped.values():
        rust.no_truncation() if truncation is None else rust.enable_truncation(**truncation)
        rust.no_padding() if padding is None else rust.enable_padding(**padding)


def own_ids(tokenizer: Any, *texts: str) -> list[int]:
    """Return what the tokenizer itself gives for a text, or for a pair."""
    if hasattr(tokenizer, "get_added_tokens_decoder"):
        return list(tokenizer.encode(*texts).ids)
    return list(tokenizer(*([text] for text in texts))["input_ids"][0])


@cache
def followed(kind: str) -> list[tuple[tuple[str, ...], Stages]]:
    """Return random texts and pairs with their stages: the same ones for every test."""
    subject = Subject(tokenizer_of(kind))
    texts = random_texts(280)
    rows = [(text,) for text in texts[:200]] + list(zip(texts[200:240], texts[240:], strict=True))
    return [(row, take(subject, row)) for row in rows]
