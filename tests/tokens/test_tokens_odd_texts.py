"""Texts that stretch the limits: huge, empty, broken, invisible, from right to left."""

from __future__ import annotations

from typing import Any

import pytest
from tokenizers import Tokenizer, models

import tfwidgets as tfw
from tests.tokens.page import Page
from tests.tokens.trained import dressed, plain


def refused(*texts: Any, **options: Any) -> str:
    with pytest.raises(tfw.TfWidgetsError) as caught:
        tfw.tokens(*texts, **{"tokenizer": plain("WordPiece"), **options})
    message = str(caught.value)
    assert 0 < len(message) < 600
    return message


def test_ten_megabytes_are_refused_by_name_of_the_setting() -> None:
    message = refused("x" * 10_000_000)
    assert message == (
        "10,000,000 characters are more than the limit of 4,000,000. "
        "To raise it: %config TfWidgets.max_characters = 10000000"
    )
    assert refused(["x" * 3_000_000] * 2).startswith("6,000,000 characters are more")
    tfw.settings().max_characters = 5
    assert refused("123456").startswith("6 characters are more than the limit of 5.")
    assert len(tfw.tokens("12345", tokenizer=plain("WordPiece"))) > 2


def test_lone_surrogates_are_replaced_and_counted() -> None:
    tokenizer = plain("byte-level BPE")
    inspector = tfw.tokens("a\ud800b\udfff\udfff", "\udc00", tokenizer=tokenizer)
    assert inspector.texts == [("a\ufffdb\ufffd\ufffd", "\ufffd")]
    assert inspector.ids.tolist() == tokenizer.encode(*inspector.texts[0]).ids
    assert (
        inspector.notes[0] == "4 lone surrogates are no characters: they were replaced by U+FFFD."
    )
    assert inspector.messages[0].text("de").startswith("4 einzelne Surrogate")
    assert not [
        note for note in tfw.tokens("\ufffd", tokenizer=tokenizer).notes if "surrogate" in note
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "\n\t\n",
        "\x00",
        "a\x00b",
        "e\u0301\u0301",
        "👩\u200d👩\u200d👧",
        "abc שלום def مرحبا 12",
    ],
)
@pytest.mark.parametrize("dress", [False, True])
def test_nothing_breaks(text: str, dress: bool) -> None:
    tokenizer = dressed("WordPiece") if dress else plain("byte-level BPE")
    for inspector in (
        tfw.tokens(text, tokenizer=tokenizer, compare=plain("Unigram, first")),
        tfw.tokens([text, "a"], tokenizer=tokenizer, padding=False),
    ):
        page = Page(inspector)
        assert "".join(block.text for block in page.blocks()) == text
        assert inspector.stages.exact
        page.ask("stages")
        assert repr(inspector)
        assert inspector.static_html()
        assert len(inspector.to_frame()) == sum(len(r) for x in inspector.readings for r in x.rows)


def test_an_empty_tokenizer() -> None:
    inspector = tfw.tokens("a fox", tokenizer=Tokenizer(models.BPE()))
    assert len(inspector) == 0
    assert [block.text for block in Page(inspector).blocks()] == ["a fox"]
    assert inspector.stages.ids == []
    assert len(inspector.vocabulary) == 0
    assert repr(inspector)
    assert inspector.static_html()
    assert len(inspector.to_frame()) == 0
