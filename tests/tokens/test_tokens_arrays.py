"""The arrays are what the tokenizer itself returns, however it is called."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing

import tfwidgets as tfw
from tests.tokens.demos import DEMOS, tokenizer_of
from tests.tokens.random_texts import random_texts
from tests.tokens.trained import MAKERS, dressed, plain, trained
from tfwidgets.tokens.result import TokenInspector

NAMES = {
    "input_ids": "ids",
    "token_type_ids": "type_ids",
    "attention_mask": "attention_mask",
    "special_tokens_mask": "special_mask",
    "offset_mapping": "offsets",
}
ALL = {
    "return_offsets_mapping": True,
    "return_special_tokens_mask": True,
    "return_token_type_ids": True,
    "return_attention_mask": True,
}
TEXTS = random_texts(60, seed=1)
SENTENCE = "The unhappily quick fox [MASK] jumps, doesn't it? 👩\u200d💻 naïve"


def listed(values: Any) -> list[Any]:
    return np.asarray(values).astype(int).tolist()


def or_minus_one(values: list[int | None]) -> list[int]:
    return [-1 if value is None else value for value in values]


def same(inspector: TokenInspector, theirs: Any) -> None:
    """Check all rows against what a tokenizer of transformers returned for a batch."""
    assert len(inspector.rows) == len(theirs["input_ids"])
    for name, ours in NAMES.items():
        for k, row in enumerate(inspector.rows):
            assert listed(getattr(row, ours)) == listed(theirs[name][k]), name
    for k, row in enumerate(inspector.rows):
        assert listed(row.word_ids) == or_minus_one(theirs.word_ids(k))
        if len(row.texts) > 1:
            assert listed(row.sequence_ids) == or_minus_one(theirs.sequence_ids(k))


@pytest.mark.parametrize("name", DEMOS)
def test_one_text_has_the_arrays_of_the_tokenizer(name: str) -> None:
    tokenizer = tokenizer_of(name)
    inspector = tfw.tokens(SENTENCE, tokenizer=tokenizer)
    theirs = tokenizer(SENTENCE, **ALL)
    for key, ours in NAMES.items():
        assert listed(getattr(inspector, ours)) == listed(theirs[key])
    assert listed(inspector.word_ids) == or_minus_one(theirs.word_ids())
    assert inspector.tokens == tokenizer.convert_ids_to_tokens(theirs["input_ids"])
    assert inspector.ids.dtype == inspector.offsets.dtype == np.int32
    assert inspector.special_mask.dtype == np.bool_
    assert inspector.offsets.shape == (len(inspector), 2)


@pytest.mark.parametrize("name", DEMOS)
def test_any_text_and_pair_has_the_arrays_of_the_tokenizer(name: str) -> None:
    tokenizer = tokenizer_of(name)
    for text, pair in zip(TEXTS[:40], TEXTS[20:], strict=True):
        same(tfw.tokens(text, tokenizer=tokenizer), tokenizer([text], **ALL))
        bare = {"add_special_tokens": False}
        same(
            tfw.tokens(text, pair, tokenizer=tokenizer, **bare),
            tokenizer([text], [pair], **ALL, **bare),
        )
        same(tfw.tokens([text], [pair], tokenizer=tokenizer), tokenizer([text], [pair], **ALL))


WAYS = [
    dict(
        zip(
            ("padding", "truncation", "max_length", "padding_side", "pad_to_multiple_of"),
            way,
            strict=True,
        )
    )
    for way in product(
        (False, True, "longest", "max_length"),
        (False, True, "longest_first", "only_first"),
        (7, 16),
        (None, "left", "right"),
        (None, 8),
    )
]


@pytest.mark.parametrize("name", [*DEMOS, "left"])
@pytest.mark.filterwarnings("ignore:`max_length` is ignored")
def test_padding_and_truncation_are_the_tokenizers_own(name: str) -> None:
    sides = {"padding_side": "left", "truncation_side": "left", "pad_token": "<|endoftext|>"}
    left = name == "left"
    tokenizer = dressed("byte-level BPE", **sides) if left else tokenizer_of(name)
    draw = Random(2)  # noqa: S311 - nothing is kept secret here
    texts = [text for text in TEXTS if len(text) > 20][:8]
    for way in draw.sample(WAYS, 60):
        multiple = way["pad_to_multiple_of"] or 1
        cuts = way["truncation"] is not False
        if cuts and way["max_length"] % multiple:
            continue  # transformers refuses these
        options = {key: value for key, value in way.items() if value is not None}
        firsts, seconds = draw.sample(texts, 3), draw.sample(texts, 3)
        same(tfw.tokens(firsts, tokenizer=tokenizer, **way), tokenizer(firsts, **ALL, **options))
        if way["truncation"] != "only_first":  # which fails where the second text is long
            ours = tfw.tokens(firsts, seconds, tokenizer=tokenizer, **way)
            same(ours, tokenizer(firsts, seconds, **ALL, **options))


@pytest.mark.parametrize("strategy", ["longest_first", "only_first", "only_second"])
def test_pairs_are_cut_as_the_strategy_says(minilm: Any, strategy: str) -> None:
    pair = ["the cat sat on the mat " * 3], ["a dog jumps over it " * 3]
    way = {"max_length": 28, "truncation": strategy}
    same(tfw.tokens(*pair, tokenizer=minilm, **way), minilm(*pair, **ALL, **way))


def test_by_default_a_batch_is_padded_and_one_text_is_not(minilm: Any) -> None:
    batch = tfw.tokens(["the cat", "the cat sat on the mat"], tokenizer=minilm)
    same(batch, minilm(["the cat", "the cat sat on the mat"], padding=True, **ALL))
    assert batch.ids.shape == batch.word_ids.shape == (2, 8)
    assert batch.offsets.shape == (2, 8, 2)
    assert batch.attention_mask.sum(axis=1).tolist() == [4, 8]
    assert [len(row) for row in batch.tokens] == [8, 8]
    assert tfw.tokens("the cat", tokenizer=minilm).ids.shape == (4,)


def test_a_max_length_alone_cuts_there(minilm: Any) -> None:
    text = "the cat sat on the mat"
    inspector = tfw.tokens(text, tokenizer=minilm, max_length=5)
    assert listed(inspector.ids) == minilm(text, max_length=5, truncation=True)["input_ids"]
    assert inspector.settings.truncation == "longest_first"


def test_without_padding_rows_keep_their_lengths(minilm: Any) -> None:
    batch = tfw.tokens(["cat", "the cat sat"], tokenizer=minilm, padding=False)
    assert listed(batch.ids) == [[101, 4937, 102, -1, -1], [101, 1996, 4937, 2938, 102]]
    assert listed(batch.attention_mask[0]) == [1, 1, 1, 0, 0]
    assert listed(batch.special_mask[0]) == [1, 0, 1, 1, 1]
    assert listed(batch.word_ids[0]) == [-1, 0, -1, -1, -1]
    assert len(batch[0].ids) == 3


def test_special_tokens_that_are_to_be_split_are_split() -> None:
    tokenizer = dressed("WordPiece", split_special_tokens=True)
    same(tfw.tokens("a [MASK] b", tokenizer=tokenizer), tokenizer(["a [MASK] b"], **ALL))


# Tokenizers of the library below


def rust_rows(encoding: Any) -> list[dict[str, Any]]:
    return [
        {
            "ids": part.ids,
            "type_ids": part.type_ids,
            "attention_mask": part.attention_mask,
            "special_mask": part.special_tokens_mask,
            "offsets": listed(part.offsets) if part.ids else [],
            "word_ids": or_minus_one(part.word_ids),
        }
        for part in (encoding, *encoding.overflowing)
    ]


def our_rows(row: Any) -> list[dict[str, Any]]:
    names = ("ids", "type_ids", "attention_mask", "special_mask", "offsets", "word_ids")
    return [{name: listed(getattr(part, name)) for name in names} for part in (row, *row.overflow)]


@pytest.mark.parametrize("name", MAKERS)
def test_a_plain_tokenizer_gives_its_own_encoding(name: str) -> None:
    tokenizer = trained(name)
    for text, pair in zip(TEXTS[:30], TEXTS[30:], strict=True):
        assert our_rows(tfw.tokens(text, tokenizer=tokenizer).rows[0]) == rust_rows(
            tokenizer.encode(text)
        )
        batch = tfw.tokens([text], [pair], tokenizer=tokenizer, padding=False)
        assert our_rows(batch.rows[0]) == rust_rows(tokenizer.encode(text, pair))


SHIPPED = [
    ({"max_length": 8}, None),
    ({"max_length": 8, "stride": 2}, None),
    ({"max_length": 8, "direction": "left"}, None),
    ({"max_length": 20, "strategy": "only_second"}, {"length": 24}),
    (None, {"length": 40}),
    (None, {"length": 3, "pad_to_multiple_of": 16}),
    (None, {"direction": "left", "length": 40, "pad_type_id": 1}),
    (None, {"pad_to_multiple_of": 16}),
    (None, {}),
    ({"max_length": 8}, {"length": 12}),
    ({"max_length": 12}, {"length": 8}),
    ({"max_length": 12}, {"pad_to_multiple_of": 8, "direction": "left"}),
]


@pytest.mark.parametrize(("truncation", "padding"), SHIPPED)
def test_a_plain_tokenizer_does_what_its_file_says(
    truncation: dict[str, Any] | None, padding: dict[str, Any] | None
) -> None:
    tokenizer = Tokenizer.from_str(plain("WordPiece").to_str())
    if truncation is not None:
        tokenizer.enable_truncation(**truncation)
    if padding is not None:
        tokenizer.enable_padding(pad_id=0, pad_token="[PAD]", **padding)  # noqa: S106 - its name
    texts = ["fox", "the quick brown fox jumps over the lazy dog"]
    ours = tfw.tokens("fox", texts[1] * 2, tokenizer=tokenizer)
    assert our_rows(ours.rows[0]) == rust_rows(tokenizer.encode("fox", texts[1] * 2))
    if truncation is not None and "strategy" in truncation:
        return
    for text in texts:
        ours = tfw.tokens(text, tokenizer=tokenizer)
        assert our_rows(ours.rows[0]) == rust_rows(tokenizer.encode(text))
    if padding is not None:
        batch = tfw.tokens(texts, tokenizer=tokenizer)
        theirs = tokenizer.encode_batch(texts)
        assert [our_rows(row) for row in batch.rows] == [rust_rows(row) for row in theirs]


def test_what_a_file_says_can_be_switched_off() -> None:
    tokenizer = Tokenizer.from_str(plain("WordPiece").to_str())
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=12, pad_token="[PAD]")  # noqa: S106 - its name
    text = "the quick brown fox"
    whole = tfw.tokens(text, tokenizer=tokenizer, padding=False, truncation=False)
    assert listed(whole.ids) == plain("WordPiece").encode(text).ids


def test_large_type_ids() -> None:
    tokenizer = Tokenizer.from_str(plain("WordPiece").to_str())
    tokenizer.post_processor = TemplateProcessing("$A:300", "$A:300 $B:70000", [])
    inspector = tfw.tokens("fox", "dog", tokenizer=tokenizer)
    assert listed(inspector.type_ids) == tokenizer.encode("fox", "dog").type_ids
