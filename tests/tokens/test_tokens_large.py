"""A megabyte of text: little is sent, and only what is on screen."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

import tfwidgets as tfw
from tests.tokens.demos import tokenizer_of
from tests.tokens.page import Page
from tests.tokens.trained import CORPUS
from tfwidgets.tokens.units import MOST_CHARACTERS


@pytest.fixture(scope="module")
def english() -> str:
    """A megabyte of words, marks and lines as prose has them."""
    draw = Random(0)  # noqa: S311 - nothing is kept secret here
    words = " ".join(CORPUS[:2]).split()
    text = ""
    for word in draw.choices(words, k=200_000):
        text += word + draw.choices((" ", ", ", ".\n", "\n\n"), (80, 8, 8, 1))[0]
    return text[:1_000_000]


def weight(payload: dict[str, Any], buffers: Any = ()) -> int:
    return len(json.dumps(payload, ensure_ascii=False).encode()) + sum(map(len, buffers))


def test_a_megabyte_takes_at_most_four_bytes_per_byte_in_all(minilm: Any, english: str) -> None:
    inspector = tfw.tokens(english, tokenizer=minilm)
    page = Page(inspector)
    first = {k: v for k, v in page.view.first.items() if k not in ("units", "tokens")}
    assert weight(first, [page.view.first["units"], page.view.first["tokens"]]) < 15_000
    state = {
        k: v for k, v in page.view.get_state().items() if not k.startswith("_") and k != "first"
    }
    assert weight(state) < 5_000

    total = page.view.summary["sources"][0]["units"]
    sizes = [
        weight(*page.ask("units", source=0, start=k, stop=k + 50)) for k in range(0, total, 50)
    ]
    ids = sorted(set(inspector.ids.tolist()))
    pieces = weight(*page.ask("pieces", source=0, ids=ids))
    assert len(inspector) > 200_000
    assert sum(sizes) + pieces <= 4 * len(english.encode())
    assert max(sizes) < 40_000


def test_the_first_screen_is_the_beginning(minilm: Any, english: str) -> None:
    page = Page(tfw.tokens(english[:50_000], tokenizer=minilm))
    first = page.first()
    assert first.total == page.view.summary["sources"][0]["units"]
    assert first.blocks == page.screen(0, len(first.blocks)).blocks
    assert 100 < len(first.chips) <= 700
    names = dict(page.view.first["pieces"])
    assert [names[chip.id] for chip in first.chips[:3]] == minilm.convert_ids_to_tokens(
        [chip.id for chip in first.chips[:3]]
    )
    assert set(names) == {chip.id for chip in first.chips}


def test_a_page_is_never_long(minilm: Any) -> None:
    page = Page(tfw.tokens("a\n" * 1000, tokenizer=minilm))
    assert len(page.screen(0, 10**9).blocks) == 200
    assert len(page.screen(-5, 3).blocks) == 3
    assert page.screen(900, 1100).blocks[-1].text == "a\n"
    assert page.screen(2000, 2100).blocks == []
    assert page.screen(5, 2).blocks == []


def test_one_word_of_a_megabyte_is_sent_in_part(minilm: Any) -> None:
    text = "a " + "x" * 1_000_000 + " b"
    page = Page(tfw.tokens(text, tokenizer=minilm))
    blocks = page.blocks()
    assert [block.clipped for block in blocks].count(True) == 1
    (block,) = [block for block in blocks if block.clipped]
    assert len(block.text) == MOST_CHARACTERS
    assert text[block.start : block.start + MOST_CHARACTERS] == block.text
    assert sum(screen.size for screen in page.screens()) < 10_000
    last = [chip for block in blocks for chip in block.chips][-2]
    assert (last.text, last.start) == ("b", 1_000_003)


def test_a_long_word_of_many_tokens_is_cut_between_them(smollm2: Any) -> None:
    text = "x" * 50_001 + "\N{GRINNING FACE}" * 1000
    page = Page(tfw.tokens(text, tokenizer=smollm2))
    blocks = page.blocks()
    assert "".join(block.text for block in blocks) == text
    assert not [block for block in blocks if block.clipped]
    assert max(len(block.text) for block in blocks) <= MOST_CHARACTERS


@pytest.mark.parametrize("kind", ["demo/minilm", "demo/smollm2"])
def test_a_megabyte_of_line_feeds(kind: str) -> None:
    text = "\n" * 1_000_000
    page = Page(tfw.tokens(text, tokenizer=tokenizer_of(kind)))
    units = page.view.summary["sources"][0]["units"]
    for start in range(0, units, 50 if units < 5000 else 25_000):
        screen = page.screen(start, start + 50)
        assert screen.size < 250_000
        assert screen.size < 8 * sum(len(block.text) for block in screen.blocks) + 200
    last = page.screen(units - 1, units).blocks[-1]
    assert last.start + len(last.text) == len(text)
    assert page.first().size < 60_000


def test_a_long_text_without_tokens_is_sent_in_parts(minilm: Any) -> None:
    text = "a" + " " * 30_000 + "b"
    blocks = Page(tfw.tokens(text, tokenizer=minilm)).blocks()
    assert "".join(block.text for block in blocks) == text
    assert max(len(block.text) for block in blocks) <= MOST_CHARACTERS
