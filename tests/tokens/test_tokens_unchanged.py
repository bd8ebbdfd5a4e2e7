"""The user's tokenizer is never changed, whatever is asked and whatever goes wrong."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from tokenizers import Tokenizer

import tfwidgets as tfw
from tests.tokens.demos import DEMOS, tokenizer_of
from tests.tokens.page import Page
from tests.tokens.trained import dressed, plain

TEXTS = ["the quick brown fox", "a dog [MASK]"]
WAYS: list[dict[str, Any]] = [
    {},
    {"max_length": 4},
    {"padding": "max_length", "max_length": 12, "truncation": True},
    {"padding": True, "padding_side": "left", "pad_to_multiple_of": 8},
    {"truncation": "only_first", "max_length": 3, "stride": 0},
    {"truncation": "only_second", "max_length": 3},  # fails: there is no second text
    {"padding": "max_length", "pad_to_multiple_of": 7, "truncation": True, "max_length": 12},
    {"add_special_tokens": False},
]


def state(tokenizer: Any) -> tuple[Any, ...]:
    rust = getattr(tokenizer, "backend_tokenizer", tokenizer)
    whole = rust.to_str(), rust.truncation, rust.padding, rust.encode_special_tokens
    if rust is tokenizer:
        return whole
    sides = tokenizer.padding_side, tokenizer.truncation_side, tokenizer.model_max_length
    return *whole, *sides, repr(tokenizer), dict(tokenizer.special_tokens_map)


def everything(tokenizer: Any) -> None:
    """Ask for all that there is."""
    for way in WAYS:
        for texts in (TEXTS[0], TEXTS):
            with suppress(tfw.TfWidgetsError):
                inspector = tfw.tokens(texts, tokenizer=tokenizer, compare=tokenizer, **way)
                assert inspector.stages.exact
                assert repr(inspector)
                assert inspector.static_html()
                page = Page(inspector)
                page.ask("vocabulary", query="the", mode="prefix", start=0, stop=5)
                page.ask("stages", window=0)
    page = Page(tfw.tokens(TEXTS, tokenizer=tokenizer))
    for padding in ("none", "longest", "max_length"):
        settings = {"padding": padding, "truncation": "longest_first", "max_length": 5}
        with suppress(LookupError):
            page.ask("batch", settings={**settings, "batch_size": 2}, start=0, stop=5)


@pytest.mark.parametrize("name", DEMOS)
def test_a_tokenizer_of_transformers_is_left_alone(name: str) -> None:
    tokenizer = tokenizer_of(name)
    before = state(tokenizer)
    everything(tokenizer)
    assert state(tokenizer) == before
    assert (
        tokenizer("the fox")["input_ids"] == tfw.tokens("the fox", tokenizer=tokenizer).ids.tolist()
    )


def test_what_the_user_has_set_stays_set() -> None:
    tokenizer = dressed("WordPiece", padding_side="left", model_max_length=6)
    tokenizer.pad_token = "[PAD]"  # noqa: S105 - its name
    tokenizer(TEXTS, padding="max_length", truncation=True)
    before = state(tokenizer)
    assert before[1] is not None
    everything(tokenizer)
    assert state(tokenizer) == before


@pytest.mark.parametrize("shipped", [False, True])
def test_a_plain_tokenizer_is_left_alone(shipped: bool) -> None:
    tokenizer = Tokenizer.from_str(plain("WordPiece").to_str())
    if shipped:
        tokenizer.enable_truncation(5, stride=1)
        tokenizer.enable_padding(length=7, pad_token="[PAD]", direction="left")  # noqa: S106
    before = state(tokenizer)
    everything(tokenizer)
    assert state(tokenizer) == before


def test_a_chat_leaves_its_tokenizer_alone(smollm2: Any) -> None:
    before = state(smollm2)
    tfw.tokens([{"role": "user", "content": "Hi"}], tokenizer=smollm2, max_length=5)
    assert state(smollm2) == before
