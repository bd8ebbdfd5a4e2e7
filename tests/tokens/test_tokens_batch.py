"""Many texts as one batch: what padding wastes, where mask and ids disagree, what is cut off."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer

import tfwidgets as tfw
from tests.tokens.page import IGNORED, PADDING, SPECIAL, Page
from tests.tokens.trained import dressed, plain

DISAGREE = 64
TEXTS = ["the cat sat on the mat", "a dog", "the dog sat", "cat"]  # 8, 4, 5 and 3 tokens
SETTINGS = {
    "padding": "longest",
    "padding_side": "right",
    "pad_to_multiple_of": None,
    "truncation": "none",
    "max_length": None,
    "batch_size": 2,
}


def cells(buffers: list[bytes]) -> Any:
    return np.frombuffer(buffers[0], "<u4")


def test_the_share_of_padding_by_hand(minilm: Any) -> None:
    batch = tfw.tokens(TEXTS, tokenizer=minilm).batch
    assert batch.lengths.tolist() == [8, 4, 5, 3]
    assert batch.columns == 8
    assert batch.padding == pytest.approx(12 / 32)
    # As they come: (8, 4), (5, 3); sorted: (3, 4), (5, 8).
    assert batch.wasted(2, by_length=False) == pytest.approx(1 - 20 / (2 * 8 + 2 * 5))
    assert batch.wasted(2, by_length=True) == pytest.approx(1 - 20 / (2 * 4 + 2 * 8))
    assert batch.wasted(3, by_length=False) == pytest.approx(1 - 20 / (3 * 8 + 3))
    assert batch.wasted(1, by_length=False) == 0
    assert batch.wasted(100, by_length=False) == batch.padding


def test_a_multiple_and_a_fixed_length_waste_more(minilm: Any) -> None:
    batch = tfw.tokens(TEXTS, tokenizer=minilm, pad_to_multiple_of=8, padding=True).batch
    assert batch.wasted(2, by_length=False) == pytest.approx(1 - 20 / 32)
    fixed = tfw.tokens(TEXTS, tokenizer=minilm, padding="max_length", max_length=10).batch
    assert fixed.wasted(1, by_length=True) == pytest.approx(1 - 20 / 40) == fixed.padding


def test_padding_that_ids_and_mask_tell_alike_is_no_disagreement(minilm: Any) -> None:
    inspector = tfw.tokens(TEXTS, tokenizer=minilm)
    assert inspector.batch.disagreements == 0
    assert not [note for note in inspector.notes if "disagree" in note]


def test_a_token_that_ends_texts_and_pads_them_makes_mask_and_ids_disagree() -> None:
    tokenizer = dressed("Unigram, first", eos_token="</s>", pad_token="</s>")  # noqa: S106
    inspector = tfw.tokens(["fox", "the quick dog"], tokenizer=tokenizer)
    batch = inspector.batch
    assert batch.disagreements == 2  # each row ends with one that is no padding
    first = batch.disagreeing(inspector.rows[0])
    assert inspector.ids[0][first].tolist() == [tokenizer.eos_token_id]
    assert inspector.attention_mask[0][first].tolist() == [1]
    (note,) = [note for note in inspector.notes if "disagree" in note]
    assert note.startswith("In 2 cells the attention mask and the id of </s> disagree.")
    _, buffers = Page(inspector).ask("batch", settings=SETTINGS, start=0, stop=9)
    assert int((cells(buffers) >> 24 & DISAGREE > 0).sum()) == 2


def test_padding_on_the_left_is_padding_too(smollm2: Any) -> None:
    inspector = tfw.tokens(
        ["hi", "the quick fox"], tokenizer=smollm2, padding=True, padding_side="left"
    )
    assert inspector.attention_mask[0].tolist() == [0, 0, 1]
    assert inspector.batch.overview(10)[:4] == [2, 1, 0, 0]
    assert inspector.batch.disagreements == 0
    assert tfw.tokens(["hi <|im_end|>", "a"], tokenizer=smollm2).batch.disagreements == 1


def test_without_a_padding_token_rows_keep_their_lengths() -> None:
    tokenizer = dressed("byte-level BPE")
    inspector = tfw.tokens(["fox", "the quick dog"], tokenizer=tokenizer)
    short, long = map(len, inspector.rows)
    assert short < long == inspector.ids.shape[1]
    assert inspector.ids[0, short:].tolist() == [-1] * (long - short)
    assert inspector.attention_mask[0].tolist() == [1] * short + [0] * (long - short)
    assert inspector.offsets[0, short:].tolist() == [[0, 0]] * (long - short)
    assert any(
        note.startswith("TokenizersBackend has no padding token") for note in inspector.notes
    )
    assert inspector.batch.padding == 0
    payload, _ = Page(inspector).ask(
        "batch", settings=SETTINGS | {"padding": "none"}, start=0, stop=9
    )
    assert payload["pad"] is None
    assert "no padding token" in payload["notes"][0]["en"]


def test_padding_without_a_padding_token_is_refused_with_advice() -> None:
    with pytest.raises(tfw.InputError, match=r"tokenizer\.pad_token = tokenizer\.eos_token"):
        tfw.tokens(["fox", "a"], tokenizer=dressed("byte-level BPE"), padding=True)


def test_overflow_is_drawn_as_the_tokenizer_returned_it() -> None:
    tokenizer = Tokenizer.from_str(plain("WordPiece").to_str())
    text = "a b c d e f g h i j"
    tokenizer.enable_truncation(6, stride=1)
    theirs = tokenizer.encode(text)
    inspector = tfw.tokens([text, "a"], tokenizer=tokenizer)
    (row, *rest), _ = ([r, *r.overflow] for r in inspector.rows)
    assert row.ids.tolist() == theirs.ids
    assert [part.ids.tolist() for part in rest] == [part.ids for part in theirs.overflowing]
    assert [part.offsets.tolist() for part in rest] == [
        [list(place) for place in part.offsets] for part in theirs.overflowing
    ]
    assert row.cut == 6
    assert [k[:2] for k in inspector.batch.drawn()] == [(0, 0), (0, 1), (0, 2), (1, 0)]


@pytest.mark.parametrize("stride", [0, 1, 2])
@pytest.mark.parametrize("length", [5, 7, 12])
def test_what_is_cut_off_is_counted_once(minilm: Any, stride: int, length: int) -> None:
    text = "the cat sat on the mat and the dog sat on the cat"
    inspector = tfw.tokens(text, tokenizer=minilm, max_length=length, stride=stride)
    assert inspector.rows[0].cut == 13 - (length - 2)


def test_a_note_says_how_many_texts_were_cut(minilm: Any) -> None:
    inspector = tfw.tokens(TEXTS, tokenizer=minilm, max_length=5)
    assert "1 text was cut to 5 tokens." in inspector.notes
    assert inspector.batch.overview(10) == [0, 5, 0, 3, 0, 4, 1, 0, 0, 5, 0, 0, 0, 3, 2, 0]


def test_one_row_of_a_batch_is_an_inspection_of_its_own(minilm: Any) -> None:
    inspector = tfw.tokens({"long": TEXTS[0], "short": "cat"}, tokenizer=minilm)
    assert inspector.labels == ["long", "short"]
    rows = list(inspector)
    assert [row.text for row in rows] == [TEXTS[0], "cat"]
    assert rows[1].ids.tolist() == inspector.ids[1].tolist()
    assert rows[1].stages.ids == minilm("cat")["input_ids"]
    chips = Page(rows[1]).chips()
    assert [chip.flags & (PADDING | IGNORED | SPECIAL) for chip in chips] == [1, 0, 1] + [13] * 5
    with pytest.raises(TypeError, match="One text was inspected"):
        iter(rows[0])
    with pytest.raises(tfw.InputError, match="One text was inspected"):
        rows[0][0]


# What the page asks for


def test_the_page_gets_rows_cells_and_what_they_waste(minilm: Any) -> None:
    inspector = tfw.tokens(TEXTS, tokenizer=minilm)
    payload, buffers = Page(inspector).ask("batch", settings=SETTINGS, start=1, stop=3)
    assert (payload["start"], payload["total"], payload["texts"], payload["columns"]) == (
        1,
        4,
        4,
        8,
    )
    assert payload["rows"] == [
        {"text": 1, "overflow": 0, "real": 4, "columns": 8, "cut": 0, "label": "a dog"},
        {"text": 2, "overflow": 0, "real": 5, "columns": 8, "cut": 0, "label": "the dog sat"},
    ]
    assert (cells(buffers) & 0xFFFFFF).reshape(2, 8).tolist() == inspector.ids[1:3].tolist()
    ignored = (cells(buffers) >> 24 & IGNORED > 0).reshape(2, 8)
    assert ignored.tolist() == (inspector.attention_mask[1:3] == 0).tolist()
    assert payload["padding"] == pytest.approx(12 / 32)
    assert payload["in_order"] == pytest.approx(1 - 20 / 26)
    assert payload["sorted"] == pytest.approx(1 - 20 / 24)
    assert payload["pad"] == {"id": 0, "token": "[PAD]"}
    assert payload["disagreeing"] == 0
    assert payload["overview"] == [0, 8, 0, 0, 0, 4, 4, 0, 0, 5, 3, 0, 0, 3, 5, 0]


def test_the_controls_of_the_page_hold_for_the_tokenizer(minilm: Any) -> None:
    page = Page(tfw.tokens(TEXTS, tokenizer=minilm))
    asked = {
        "padding": "max_length",
        "padding_side": "left",
        "max_length": 6,
        "truncation": "longest_first",
    }
    payload, buffers = page.ask("batch", settings=SETTINGS | asked, start=0, stop=10)
    theirs = minilm(TEXTS, padding="max_length", padding_side="left", max_length=6, truncation=True)
    firsts = [k for k, row in enumerate(payload["rows"]) if not row["overflow"]]
    rows = (cells(buffers) & 0xFFFFFF).reshape(-1, 6)
    assert rows[firsts].tolist() == theirs["input_ids"]
    assert payload["rows"][0]["cut"] == 2
    assert payload["rows"][1]["overflow"] == 1


def test_what_the_file_ships_comes_as_settings() -> None:
    tokenizer = dressed("WordPiece")
    tokenizer.pad_token = "[PAD]"  # noqa: S105 - its name
    view = Page(tfw.tokens(TEXTS, tokenizer=tokenizer)).view
    assert view.batch == SETTINGS
    payload, _ = Page(tfw.tokens(TEXTS, tokenizer=tokenizer)).ask(
        "batch", settings=SETTINGS, start=0, stop=1
    )
    assert payload["shipped"] is None
    tokenizer.backend_tokenizer.enable_truncation(20)
    tokenizer.backend_tokenizer.enable_padding(length=20, direction="left")
    payload, _ = Page(tfw.tokens(TEXTS, tokenizer=tokenizer)).ask(
        "batch", settings=SETTINGS, start=0, stop=1
    )
    assert payload["shipped"] == SETTINGS | {
        "padding": "max_length",
        "padding_side": "left",
        "truncation": "longest_first",
        "max_length": 20,
    }


def test_what_the_file_ships_is_told_whatever_calls_have_left_behind(minilm: Any) -> None:
    minilm("the cat", truncation=True, max_length=16, padding="max_length")
    assert minilm.backend_tokenizer.truncation["max_length"] == 16
    notes = tfw.tokens("the cat", tokenizer=minilm).notes
    assert any("truncation to 128 tokens and padding to 128 tokens" in note for note in notes)


def test_many_texts_are_shown_with_few_bytes(minilm: Any) -> None:
    page = Page(tfw.tokens([f"text {k}" for k in range(3000)], tokenizer=minilm))
    payload, buffers = page.ask("batch", settings=SETTINGS, start=0, stop=10**6)
    assert len(payload["rows"]) == 500
    assert len(payload["overview"]) == 4 * 400
    assert len(buffers[0]) == 4 * 500 * payload["columns"]
    payload, buffers = page.ask("batch", settings=SETTINGS, start=5000, stop=6000)
    assert (payload["rows"], payload["total"], buffers[0]) == ([], 3000, b"")
