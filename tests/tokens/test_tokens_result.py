"""What an inspection is in code and in a console: a table, a frame, and something to keep."""

from __future__ import annotations

import pickle
from typing import Any

import pandas as pd
import pytest

import tfwidgets as tfw
from tests.tokens.no_rust import MAKERS
from tests.tokens.page import Page
from tests.tokens.trained import dressed, plain


def test_one_text_prints_as_a_table() -> None:
    printed = repr(tfw.tokens("Unhappily\n it", model="demo/minilm", max_length=6)).splitlines()
    assert printed[:4] == [
        "demo/minilm (WordPiece): 6 tokens (2 special)",
        *("#  token  id    offsets  text", "0  [CLS]  101   –        –"),
        "1  un     4895  0:2      'Un'",
    ]
    assert printed[-1].startswith("Note: The tokenizer's file ships truncation to 128 tokens")
    assert "Note: Cut to 6 tokens: 1 token of the text is missing." in printed
    whole = repr(tfw.tokens("Unhappily it", model="demo/minilm"))
    assert whole.startswith("demo/minilm (WordPiece): 7 tokens (2 special, 2.50 per word)\n")


def test_long_texts_print_their_beginning(minilm: Any) -> None:
    printed = repr(tfw.tokens("the cat " * 50_000, tokenizer=minilm))
    assert "… and 99,982 more: .to_frame() has them all" in printed or "… and 99982 more" in printed
    assert len(printed) < 2500


def test_what_is_printed_stays_on_its_lines() -> None:
    inspector = tfw.tokens("a\r\n\x1b[31m\u2028b\x00", tokenizer=plain("byte-level BPE"))
    printed = repr(inspector)
    assert len(printed.splitlines()) == 2 + len(inspector)
    assert "\x1b" not in printed
    assert "\x00" not in printed


def test_a_batch_prints_a_line_for_each_text(minilm: Any) -> None:
    printed = repr(
        tfw.tokens({"one": "the cat sat on it", "two": "cat"}, tokenizer=minilm, max_length=5)
    )
    assert "2 texts x 5 tokens" in printed.splitlines()[0]
    assert printed.splitlines()[1:4] == [
        "#  text  tokens  padding  cut",
        "0  one        5        0    2",
        "1  two        3        2    0",
    ]


def test_a_comparison_prints_a_line_for_each_tokenizer() -> None:
    printed = repr(
        tfw.tokens("Unhappily it", model="demo/minilm", compare="demo/grammar")
    ).splitlines()
    assert printed[0].startswith("demo/minilm (WordPiece): 7 tokens")
    assert printed[1].startswith("demo/grammar (WordPiece): ")


def test_the_frame_of_one_text(minilm: Any) -> None:
    frame = tfw.tokens("The 👩 cat", tokenizer=minilm).to_frame()
    assert list(frame.columns) == [
        *("token", "id", "text", "start", "end", "word", "special", "type", "attention"),
    ]
    assert frame["token"].tolist() == ["[CLS]", "the", "[UNK]", "cat", "[SEP]"]
    assert frame["text"].tolist() == ["", "The", "👩", "cat", ""]
    assert frame["start"].tolist() == [pd.NA, 0, 4, 6, pd.NA]
    assert frame["end"].tolist() == [pd.NA, 3, 5, 9, pd.NA]
    assert frame["word"].tolist() == [-1, 0, 1, 2, -1]
    assert frame["special"].tolist() == [True, False, False, False, True]
    assert frame["attention"].tolist() == [1] * 5


def test_the_frame_of_a_batch_has_each_row_as_it_is(minilm: Any) -> None:
    inspector = tfw.tokens(["a cat", "cat"], ["b", "c"], tokenizer=minilm)
    frame = inspector.to_frame()
    assert frame["row"].tolist() == [0] * 6 + [1] * 6
    assert frame["id"].tolist() == inspector.ids.ravel().tolist()
    assert frame["type"].tolist() == inspector.type_ids.ravel().tolist()
    assert frame["attention"].tolist()[-1] == 0
    assert frame["text"].tolist()[:6] == ["", "a", "cat", "", "b", ""]


def test_offsets_are_none_where_one_text_has_none() -> None:
    xlm = MAKERS["XLM"]()
    assert tfw.tokens(["the fox", "☃"], tokenizer=xlm).offsets is None
    assert tfw.tokens(["the fox", "the"], tokenizer=xlm).offsets is not None


def test_the_tokenizer_is_the_one_that_was_given(minilm: Any) -> None:
    assert tfw.tokens("a", tokenizer=minilm).tokenizer is minilm
    assert tfw.tokens("a", tokenizer=plain("WordPiece")).tokenizer is plain("WordPiece")


# Keeping


TOKENIZERS = {
    "demo": lambda: "demo/minilm",
    "transformers": lambda: dressed("WordPiece"),
    "tokenizers": lambda: plain("byte-level BPE"),
    **{kind: make for kind, make in MAKERS.items() if kind in ("XLM", "SentencePiece")},
}


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_an_inspection_can_be_pickled_with_its_tokenizer(kind: str) -> None:
    inspector = tfw.tokens(
        "the quick fox", tokenizer=TOKENIZERS[kind](), compare=plain("WordPiece")
    )
    inspector.widget()
    before = inspector.stages.ids, inspector.vocabulary.ids[:3]
    again = pickle.loads(pickle.dumps(inspector))  # noqa: S301 - our own
    assert repr(again) == repr(inspector)
    assert again.ids.tolist() == inspector.ids.tolist()
    assert (again.stages.ids, again.vocabulary.ids[:3]) == before
    assert again.static_html() == inspector.static_html()
    pd.testing.assert_frame_equal(again.to_frame(), inspector.to_frame())
    assert [chip.id for chip in Page(again).chips()] == inspector.ids.tolist()
    assert len(again.tokenizer.get_vocab()) == len(inspector.tokenizer.get_vocab())


def test_a_chat_and_a_batch_can_be_pickled(smollm2: Any) -> None:
    for texts in ([{"role": "user", "content": "Hi"}], ["a", "b c"]):
        inspector = tfw.tokens(texts, tokenizer=smollm2)
        again = pickle.loads(pickle.dumps(inspector))  # noqa: S301 - our own
        assert again.ids.tolist() == inspector.ids.tolist()
        assert again.chat == inspector.chat
        assert again.notes == inspector.notes


def test_a_result_is_shown_as_text_without_a_notebook(minilm: Any) -> None:
    data, metadata = tfw.tokens("a", tokenizer=minilm)._repr_mimebundle_()
    assert list(data) == ["text/plain"]
    assert metadata == {}


def test_a_part_of_a_batch_keeps_its_names_but_no_counts_of_the_whole(minilm: Any) -> None:
    inspector = tfw.tokens({"short": "a fox", "long": "fox " * 600}, tokenizer=minilm)
    assert any("more than the 512" in note for note in inspector.notes)
    assert inspector[0].notes == []
    part = inspector[1:]
    assert (part.is_batch, part.labels, part.ids.shape) == (True, ["long"], (1, 602))
    with pytest.raises(IndexError, match="there is none at 2"):
        inspector[2]
