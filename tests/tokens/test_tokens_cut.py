"""What truncation cuts off stays in sight, marked as such."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from tokenizers import Tokenizer

import tfwidgets as tfw
from tests.tokens.checked import check
from tests.tokens.page import Page
from tests.tokens.random_texts import random_texts
from tests.tokens.trained import MAKERS, plain, trained


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("kind", MAKERS)
def test_any_text_is_shown_whole_and_once_when_it_is_cut(kind: str, side: str) -> None:
    tokenizer = Tokenizer.from_str(trained(kind).to_str())
    draw = Random(7)  # noqa: S311 - nothing is kept secret here
    for text, pair in zip(random_texts(30, seed=7), random_texts(30, seed=8), strict=True):
        tokenizer.enable_truncation(draw.randint(4, 20), direction=side)
        inspector = tfw.tokens(
            text, pair if pair and draw.random() < 0.4 else None, tokenizer=tokenizer
        )
        blocks = check(inspector, size=draw.choice((1, 3, 50)))
        cut = [block for block in blocks if block.cut]
        assert not any(block.chips for block in cut)
        assert inspector.rows[0].overflow or not cut


@pytest.mark.parametrize("side", ["right", "left"])
def test_what_truncation_cut_off_is_marked(side: str) -> None:
    tokenizer = Tokenizer.from_str(plain("WordPiece").to_str())
    tokenizer.enable_truncation(5, direction=side)
    text = "a b c d\ne f g h"
    inspector = tfw.tokens(text, tokenizer=tokenizer)
    blocks = check(inspector, size=50)
    kept = [chip.text for block in blocks for chip in block.chips if chip.text]
    assert len(kept) == 3
    assert all(not block.chips for block in blocks if block.cut)
    cut = "".join(block.text for block in blocks if block.cut)
    ordered = [*kept, *cut.split()] if side == "right" else [*cut.split(), *kept]
    assert "".join(ordered) == "".join(text.split())
    assert Page(inspector).view.summary["sources"][0]["cut"] == len(cut)


def test_blanks_at_the_end_are_not_cut_off(minilm: Any) -> None:
    page = Page(tfw.tokens("the cat   \n ", tokenizer=minilm, max_length=4))
    assert [(block.text, block.cut) for block in page.blocks()] == [("the cat   \n ", False)]


def test_both_texts_of_a_pair_may_be_cut(minilm: Any) -> None:
    texts = "the cat sat on the mat " * 5, "a dog " * 10
    blocks = check(tfw.tokens(*texts, tokenizer=minilm, max_length=12), size=50)
    assert {(block.pair, block.cut) for block in blocks} == {
        *((False, False), (False, True), (True, False), (True, True)),
    }


def test_a_text_may_be_cut_off_whole(minilm: Any) -> None:
    blocks = check(tfw.tokens("the cat", "a dog", tokenizer=minilm, max_length=3), size=50)
    assert [(block.text, block.pair, block.cut) for block in blocks if block.text] == [
        ("the cat", False, True),
        ("a dog", True, True),
    ]
