"""Several tokenizers on the same text: where they differ, and what each needs."""

from __future__ import annotations

from typing import Any

import pytest
from tokenizers import Tokenizer, models

import tfwidgets as tfw
from tests.tokens.no_rust import mistral, xlm
from tests.tokens.page import DIFFERENT, Page
from tests.tokens.trained import trained
from tfwidgets.tokens.compare import different, words
from tfwidgets.tokens.result import TokenInspector

TEXTS = {"en": "the unhappy fox", "de": "der unglückliche Fuchs springt", "": "x"}


def marked(inspector: TokenInspector) -> list[list[str]]:
    """Return for each tokenizer the stretches that not all of them have."""
    readings = [reading.first for reading in inspector.readings]
    found = []
    for row, differs in zip(readings, different(readings), strict=True):
        assert differs is not None
        found.append([row.text_of(k) for k in differs.nonzero()[0].tolist()])
    return found


def test_only_what_is_cut_otherwise_is_marked(minilm: Any, smollm2: Any) -> None:
    inspector = tfw.tokens("the unhappily cat", tokenizer=minilm, compare=smollm2)
    assert inspector.readings[1].first.text_of(1).startswith(" ")
    ours, theirs = (
        {row.text_of(k).strip() for k in range(len(row)) if row.placed[k]}
        for row in (reading.first for reading in inspector.readings)
    )
    for mine, found in zip((ours - theirs, theirs - ours), marked(inspector), strict=True):
        assert {part.strip() for part in found} == mine
        assert mine


def test_blanks_before_a_word_make_no_difference(minilm: Any, smollm2: Any, t5: Any) -> None:
    for text in ("the cat dog", "the  cat\n\tdog ", "cat", " cat"):
        inspector = tfw.tokens(text, tokenizer=minilm, compare=[t5, smollm2])
        assert [[part.strip() for part in row if part.strip()] for row in marked(inspector)] == [
            []
        ] * 3


def test_special_tokens_are_never_marked(minilm: Any, t5: Any) -> None:
    inspector = tfw.tokens("unhappily [MASK] 👩", "b", tokenizer=minilm, compare=t5)
    for chip in [*Page(inspector).chips(0), *Page(inspector).chips(1)]:
        assert not (chip.flags & DIFFERENT and chip.text is None)


def test_the_page_draws_the_same_marks(minilm: Any, smollm2: Any) -> None:
    inspector = tfw.tokens("the unhappily cat", "unhappily", tokenizer=minilm, compare=[smollm2])
    page = Page(inspector)
    for source, stretches in enumerate(marked(inspector)):
        assert [c.text for c in page.chips(source) if c.flags & DIFFERENT] == stretches
        ids = inspector.readings[source].first.ids.tolist()
        assert [chip.id for chip in page.chips(source)] == ids
    assert page.view.summary["tabs"] == ["tokens", "stages", "batch", "compare", "vocabulary"]


def test_a_pair_is_compared_text_by_text() -> None:
    # The same places in the two texts are not the same stretch.
    one, other = (
        Tokenizer(models.WordPiece({piece: k for k, piece in enumerate(pieces)}))
        for pieces in (["[UNK]", "ab", "c", "##d"], ["[UNK]", "a", "##b", "cd"])
    )
    assert marked(tfw.tokens("ab", "cd", tokenizer=one, compare=other)) == [
        ["ab", "c", "d"],
        ["a", "b", "cd"],
    ]


def test_a_tokenizer_compared_with_itself_differs_nowhere(minilm: Any) -> None:
    inspector = tfw.tokens("unhappily 👩 [MASK]", tokenizer=minilm, compare=[minilm, minilm])
    assert marked(inspector) == [[], [], []]


def test_without_offsets_there_is_nothing_to_compare(minilm: Any) -> None:
    inspector = tfw.tokens("☃", tokenizer=xlm(), compare=minilm)
    assert different([reading.first for reading in inspector.readings]) == [None, None]
    with_third = tfw.tokens("☃ unhappily", tokenizer=xlm(), compare=[minilm, mistral()])
    assert len(Page(with_third).chips(2)) == len(with_third.readings[2].first)


def test_the_table_over_texts(minilm: Any, t5: Any) -> None:
    inspector = tfw.tokens(TEXTS, tokenizer=minilm, compare=t5)
    frame = inspector.comparison()
    assert list(frame.columns) == [
        *("text", "tokenizer", "tokens", "words", "tokens_per_word", "characters_per_token"),
        "unknown",
    ]
    assert frame["text"].tolist() == ["en", "en", "de", "de", "", ""]
    assert frame["words"].tolist() == [3, 3, 4, 4, 1, 1]
    expected = [
        len(t(text, add_special_tokens=False)["input_ids"])
        for text in TEXTS.values()
        for t in (minilm, t5)
    ]
    assert frame["tokens"].tolist() == expected
    assert frame["tokens_per_word"].tolist() == pytest.approx(frame["tokens"] / frame["words"])
    lengths = [len(text) for text in TEXTS.values() for _ in range(2)]
    assert frame["characters_per_token"].tolist() == pytest.approx(lengths / frame["tokens"])
    assert Page(inspector).view.texts == [
        {
            "label": label,
            "words": words(text),
            "characters": len(text),
            "tokens": frame["tokens"].tolist()[2 * k : 2 * k + 2],
            "unknown": frame["unknown"].tolist()[2 * k : 2 * k + 2],
        }
        for k, (label, text) in enumerate(TEXTS.items())
    ]


def test_padding_does_not_count_in_a_comparison(minilm: Any, t5: Any) -> None:
    padded = tfw.tokens(
        list(TEXTS.values()), tokenizer=minilm, compare=t5, padding="max_length", max_length=60
    )
    plainly = tfw.tokens(list(TEXTS.values()), tokenizer=minilm, compare=t5)
    assert padded.comparison()["tokens"].tolist() == plainly.comparison()["tokens"].tolist()


def test_texts_of_blanks_divide_by_nothing(minilm: Any, t5: Any) -> None:
    frame = tfw.tokens(["", "  "], tokenizer=minilm, compare=t5).comparison()
    assert frame["words"].tolist() == [0] * 4
    assert frame["tokens_per_word"].isna().all()


@pytest.mark.parametrize("compare", [1, 2, 3])
def test_up_to_four_tokenizers(minilm: Any, compare: int) -> None:
    inspector = tfw.tokens("a fox", tokenizer=minilm, compare=[trained("WordPiece")] * compare)
    assert len(inspector.readings) == compare + 1
    assert len(Page(inspector).view.summary["sources"]) == compare + 1


def test_frames_name_the_tokenizer(minilm: Any, t5: Any) -> None:
    frame = tfw.tokens(["a fox", "b"], model="demo/minilm", compare=["demo/t5-title"]).to_frame()
    assert list(frame.columns[:2]) == ["tokenizer", "row"]
    assert set(frame["tokenizer"]) == {"demo/minilm", "demo/t5-title"}
