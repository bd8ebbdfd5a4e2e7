"""Text and tokens in units for the screen: each in one of them, and each where it stands."""

from __future__ import annotations

from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer

import tfwidgets as tfw
from tests.tokens.checked import check
from tests.tokens.demos import tokenizer_of
from tests.tokens.page import ADDED, PARTIAL, SECOND, SPECIAL, UNKNOWN, Page
from tests.tokens.random_texts import random_texts
from tests.tokens.trained import MAKERS, plain, trained

SHOWN = (*MAKERS, "demo/minilm", "demo/smollm2", "demo/t5-title")


@pytest.mark.parametrize("kind", SHOWN)
def test_any_text_is_cut_with_nothing_lost_or_moved(kind: str) -> None:
    tokenizer = tokenizer_of(kind)
    for k, text in enumerate(random_texts(40, seed=3)):
        check(tfw.tokens(text, tokenizer=tokenizer), size=(1, 2, 50)[k % 3])
    long = "".join(random_texts(30, seed=4))
    check(tfw.tokens(long, tokenizer=tokenizer), size=4)


@pytest.mark.parametrize("kind", SHOWN)
def test_any_pair_is_cut_with_nothing_lost_or_moved(kind: str) -> None:
    tokenizer = tokenizer_of(kind)
    for text, pair in zip(random_texts(15, seed=5), random_texts(15, seed=6), strict=True):
        if pair:
            check(tfw.tokens(text, pair, tokenizer=tokenizer), size=2)


def test_characters_beyond_the_first_plane_count_twice_for_the_page(smollm2: Any) -> None:
    inspector = tfw.tokens("𝒳 fox 👩\u200d💻 fox\n🇩🇪 fox", tokenizer=smollm2)
    blocks = check(inspector, size=1)
    assert [block.text for block in blocks] == ["𝒳 fox 👩\u200d💻 fox\n", "🇩🇪 fox"]
    foxes = [chip for block in blocks for chip in block.chips if chip.text == " fox"]
    assert [chip.start for chip in foxes] == [1, 9, 16]


def test_a_unit_is_a_line(minilm: Any) -> None:
    blocks = check(tfw.tokens("the cat\n  sat\n\non a mat", tokenizer=minilm), size=50)
    assert [block.text for block in blocks] == ["the cat\n", "  sat\n\n", "on a mat"]


def test_a_long_line_is_cut_between_tokens(minilm: Any) -> None:
    blocks = check(tfw.tokens("the cat " * 1000, tokenizer=minilm), size=3)
    assert max(len(block.chips) for block in blocks) <= 161
    assert max(len(block.text) for block in blocks) <= 2000
    assert len(blocks) == 13


# What does not fit into a byte


@pytest.mark.parametrize("length", [254, 255, 256, 700, 1999])
def test_long_tokens(minilm: Any, length: int) -> None:
    blocks = check(tfw.tokens("a " + "x" * length + " b", tokenizer=minilm), size=50)
    (unknown,) = [chip for block in blocks for chip in block.chips if chip.flags & UNKNOWN]
    assert len(unknown.text or "") == length


def test_words_are_known_wherever_a_page_begins(minilm: Any) -> None:
    inspector = tfw.tokens("unhappily the cat " * 600, tokenizer=minilm)
    page = Page(inspector)
    for start in (0, 1, 7, len(page.blocks()) - 1):
        for chip in page.screen(start, start + 1).chips:
            word = inspector.word_ids[chip.number]
            assert (-1 if chip.word is None else chip.word) == word


@pytest.mark.parametrize("word", range(250, 260))
def test_a_page_may_begin_with_any_word(minilm: Any, word: int) -> None:
    screen = Page(tfw.tokens("a\n" * 300, tokenizer=minilm)).screen(word, word + 2)
    assert [chip.word for chip in screen.chips] == [word, word + 1]


def test_words_of_a_pair_start_again(minilm: Any) -> None:
    blocks = check(tfw.tokens("the cat " * 300, "a dog", tokenizer=minilm), size=50)
    assert [chip.word for chip in blocks[-1].chips if chip.word is not None] == [0, 1]


# What is told about a token


def test_flags_tell_what_a_token_is(minilm: Any) -> None:
    chips = Page(tfw.tokens("the [MASK] 👩", "cat", tokenizer=minilm)).chips()
    assert [chip.flags for chip in chips] == [
        *(SPECIAL | ADDED, 0, ADDED, ADDED | UNKNOWN, SPECIAL | ADDED),
        *(SECOND, SPECIAL | ADDED | SECOND),
    ]


def test_parts_of_a_character_come_with_their_bytes(smollm2: Any) -> None:
    chips = Page(tfw.tokens("ab 👩\u200d💻é", tokenizer=smollm2)).chips()
    parts = [chip for chip in chips if chip.flags & PARTIAL]
    together = b"".join(bytes.fromhex(chip.bytes or "") for chip in parts).decode()
    assert together == " 👩\u200d💻"
    assert all(chip.bytes is None for chip in chips if not chip.flags & PARTIAL)


def test_bytes_by_name_are_parts_of_a_character_too() -> None:
    chips = Page(tfw.tokens("fox\N{SNOWMAN}", tokenizer=plain("BPE with byte fallback"))).chips()
    assert [chip.bytes for chip in chips[-3:]] == ["e2", "98", "83"]
    assert {chip.text for chip in chips[-3:]} == {"\N{SNOWMAN}"}


def test_a_token_without_extent_takes_nothing_from_its_neighbours() -> None:
    # RoBERTa's blank behind an added token stands at (6, 6), what follows it at (5, 6).
    tokenizer = trained("byte-level BPE with a prefix space")
    blocks = check(tfw.tokens("a</s>\n\n\nb", tokenizer=tokenizer), size=50)
    assert not [chip for block in blocks for chip in block.chips if chip.flags & PARTIAL]


def test_ids_of_any_size() -> None:
    tokenizer = Tokenizer.from_str(plain("WordPiece").to_str())
    tokenizer.add_tokens([AddedToken(f"<{k}>") for k in range(70_000)])
    inspector = tfw.tokens("a <69999>", tokenizer=tokenizer)
    assert inspector.ids.max() > 0xFFFF
    check(inspector, size=50)


# Nothing, and no places


@pytest.mark.parametrize("text", ["", " ", "\n", "\u200b", "\x00"])
@pytest.mark.parametrize("kind", ["demo/minilm", "demo/smollm2", "WordPiece after a sequence"])
def test_texts_of_nothing(kind: str, text: str) -> None:
    for pair in ((), ("",), ("b",)):
        check(tfw.tokens(text, *pair, tokenizer=tokenizer_of(kind)), size=50)


def test_annotations_are_cut_at_units_and_counted_in_utf_16(minilm: Any) -> None:
    text = "𝒳 the cat\n𝒳 sat on a mat"
    marks = [(2, 5, "ART"), (6, 15, "X"), (19, 23, "ART")]
    blocks = Page(tfw.tokens(text, tokenizer=minilm, annotations=marks)).blocks(size=1)
    assert [block.marks for block in blocks] == [
        [("the", 0), ("cat\n", 1)],
        [("𝒳 sat", 1), ("a ma", 0)],
    ]
