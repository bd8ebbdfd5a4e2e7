"""The stages and the words of a text, as the page asks for them."""

from __future__ import annotations

import json
from typing import Any

import pytest

import tfwidgets as tfw
from tests.tokens.page import Page
from tests.tokens.trained import plain, trained


@pytest.fixture
def page(minilm: Any) -> Page:
    return Page(tfw.tokens("The unhappy fox 👩", tokenizer=minilm))


def test_stages_come_as_the_page_draws_them(page: Page) -> None:
    payload, _ = page.ask("stages", window=0)
    assert (payload["problem"], payload["whole"], payload["characters"]) == (None, True, 17)
    assert (payload["window"], payload["windows"]) == (0, 1)
    kinds = [stage["kind"] for stage in payload["stages"]]
    assert kinds == ["added", "normalizer", "pre-tokenizer", "model", "post-processor"]
    normalizer = payload["stages"][1]
    assert set(normalizer) == {"name", "kind", "changed", "absent", "steps", "pieces"}
    (piece,) = normalizer["pieces"]
    assert piece == {
        "runs": [{"text": "t", "kind": "changed"}, {"text": "he unhappy fox 👩", "kind": "same"}],
        "word": -1,
        "kind": "text",
    }
    last = payload["stages"][-1]["pieces"]
    assert [p["runs"][0]["text"] for p in last] == [
        "[CLS]",
        "the",
        "unhappy",
        "fox",
        "[UNK]",
        "[SEP]",
    ]
    assert [p["id"] for p in last] == page.view._inspector.ids.tolist()
    assert [p["kind"] for p in last] == ["special", *["text"] * 4, "special"]
    assert [p["word"] for p in last] == [-1, 0, 1, 2, 3, -1]


@pytest.mark.parametrize("kind", ["WordPiece", "byte-level BPE", "Unigram, first"])
def test_windows_over_the_stages_hold_each_word_once(kind: str) -> None:
    text = "a quick brown fox [MASK] jumps <left> 👩 " * 40
    inspector = tfw.tokens(text, "the other text " * 30, tokenizer=trained(kind))
    page = Page(inspector)
    count = page.ask("stages", window=0)[0]["windows"]
    assert count > 5
    windows = [page.ask("stages", window=k)[0] for k in range(count)]
    for number, stage in enumerate(inspector.stages):
        if stage.kind in ("added", "normalizer", "added-normalized"):
            continue
        pieces = [piece for w in windows for piece in w["stages"][number]["pieces"]]
        texts = [
            "".join(run["text"] for run in p["runs"] if run["kind"] != "removed") for p in pieces
        ]
        assert texts == [piece.text for piece in stage]
        if stage.kind != "pre-tokenizer":
            assert [piece["id"] for piece in pieces] == [piece.id for piece in stage]
    kept = "".join(
        run["text"] for w in windows for p in w["stages"][1]["pieces"] for run in p["runs"]
    )
    assert kept.count("jumps") == 40
    assert max(len(json.dumps(w)) for w in windows) < 60_000


def test_a_window_that_is_not_there_is_the_nearest_one(page: Page) -> None:
    assert page.ask("stages", window=99)[0]["window"] == 0
    assert page.ask("stages", window=-1)[0] == page.ask("stages")[0]


def test_a_very_long_word_does_not_fill_the_window(minilm: Any) -> None:
    page = Page(tfw.tokens("x" * 15_000 + "\u0301" * 4000, tokenizer=minilm))
    assert len(json.dumps(page.ask("stages", window=0)[0])) < 100_000


def test_what_cannot_be_drawn_comes_with_its_reason() -> None:
    tokenizer = type(plain("WordPiece")).from_str(plain("byte-level BPE").to_str())
    tokenizer.model.dropout = 0.9
    payload, _ = Page(tfw.tokens("the quick brown fox jumps", tokenizer=tokenizer)).ask("stages")
    assert set(payload["problem"]) == {"en", "de"}
    assert payload["stages"] == []


def test_words_come_with_how_they_are_divided(page: Page, smollm2: Any, t5: Any) -> None:
    payload, _ = page.ask("word", word=1)
    assert (payload["algorithm"], payload["word"], payload["exact"]) == (
        "WordPiece",
        "unhappy",
        True,
    )
    text = "the unhappily"
    merges, _ = Page(tfw.tokens(text, tokenizer=smollm2)).ask("word", word=1)
    assert (merges["algorithm"], merges["word"], merges["direct"]) == ("BPE", "Ġunhappily", False)
    assert set(merges["merges"][0]) == {"rank", "left", "right", "parts"}
    paths, _ = Page(tfw.tokens(text, tokenizer=t5)).ask("word", word=1)
    assert (paths["algorithm"], paths["word"]) == ("Unigram", "▁unhappily")
    assert len(paths["paths"]) == 3
