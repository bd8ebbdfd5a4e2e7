"""Odd texts are handled, and a note says what a reader of the scores should know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import tfwidgets as tfw
from tfwidgets.config import settings

if TYPE_CHECKING:
    from tfwidgets.models import LoadedModel

LABELS = ["sports", "politics"]
GERMAN = "Der Bundestag hat nach einer langen Debatte den Haushalt beschlossen."


def classify(model: LoadedModel, texts: Any, **more: Any) -> tfw.Classification:
    return tfw.classify(texts, LABELS, model=model, progress=False, **more)


@pytest.mark.parametrize(
    "texts",
    [
        ["The team won.", "The minister resigned after the vote."],
        ["goal", "vote", "ok", "1:0", "LOL!!!", "https://example.org"],
        ["", "The café served a naïve déjà vu."][1:],
        "Short and plain.",
    ],
)
def test_plain_english_needs_no_note(minilm: LoadedModel, texts: Any) -> None:
    assert classify(minilm, texts).notes == []


@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA, "", "  \n"])
def test_a_missing_text_keeps_its_place_without_scores(minilm: LoadedModel, nothing: Any) -> None:
    result = classify(minilm, ["The team won.", nothing, "The minister resigned."])
    assert result.predictions == ["sports", "", "politics"]
    assert np.isnan(result.scores).all(1).tolist() == [False, True, False]
    assert result.notes == ["Text 2 is empty or missing and has no scores."]


def test_all_texts_missing(
    minilm: LoadedModel, capsys: pytest.CaptureFixture[str], tiny: LoadedModel
) -> None:
    for model in (minilm, tiny):
        result = tfw.classify([None, "", pd.NA], LABELS, model=model)
        assert np.isnan(result.scores).all()
        assert result.scores.shape == (3, 2)
        assert result.predictions == ["", "", ""]
        assert result.notes == [
            "3 texts are empty or missing and have no scores, the first is text 1."
        ]
        assert repr(result)
        assert "–" in result.static_html()
    assert capsys.readouterr().err == ""


def test_a_text_of_a_megabyte_is_cut_and_a_note_says_where(minilm: LoadedModel) -> None:
    text = "The team won the final. " * 42_000
    assert len(text) > 1_000_000
    result = classify(minilm, ["The minister resigned.", text])
    assert result.predictions == ["politics", "sports"]
    assert result.texts[1] == text
    (note,) = result.notes
    assert note.startswith("Text 2 is longer than demo/minilm reads (256 tokens): only its first")
    read = int(note.split("first ")[1].split(" ")[0].replace(",", ""))
    # 254 tokens beside the two special ones: 42 sentences of 6 tokens, then "The team".
    assert text[:read].endswith("final. The team")
    assert text[:read].count("final.") == 42


def test_several_long_texts_are_one_note(minilm: LoadedModel) -> None:
    long = "the cat " * 300
    (note,) = classify(minilm, [None, "ok", long, long + "x"]).notes[1:]
    assert note.startswith("2 texts are longer than demo/minilm reads (256 tokens)")
    assert note.endswith("characters of text 3.")


def test_a_megabyte_without_a_blank_is_no_problem(minilm: LoadedModel) -> None:
    result = classify(minilm, ["x" * 1_000_000])
    assert np.isfinite(result.scores).all()
    assert "longer than demo/minilm reads" in result.notes[0]


def test_lone_surrogates_are_read_as_the_replacement_character(minilm: LoadedModel) -> None:
    broken = "The team \ud800 won."
    result = classify(minilm, ["ok", broken, "The team � won."])
    assert result.texts[1] == broken
    assert (result.scores[1] == result.scores[2]).all()
    assert result.notes == ["Text 2 holds broken characters (lone surrogates), read as �."]


@pytest.mark.parametrize(
    "text",
    [
        "\x00",
        "a\x00b",
        "😀👍🏽👩\u200d💻",
        "שלום עולם",
        "\u202eabc",
        "<script>alert(1)</script>",
        "\u200b",
        "\x7f\x1b",
    ],
)
def test_odd_texts_get_finite_scores_and_come_back_unchanged(
    minilm: LoadedModel, text: str
) -> None:
    result = classify(minilm, [text])
    assert result.texts == [text]
    assert np.isfinite(result.scores).all()
    np.testing.assert_allclose(result.scores.sum(), 1, atol=1e-6)


@pytest.mark.parametrize("label", ["\x00", "\ud800", "😀", "שלום", "<b>x</b>", "{}", "{n}", "%s"])
def test_odd_labels_stay_what_they_are(tiny: LoadedModel, label: str) -> None:
    result = tfw.classify(["the dog"], [label, "film"], model=tiny, progress=False)
    assert result.labels[0] == label
    assert np.isfinite(result.scores).all()
    repr(result).encode()
    result.static_html().encode()


def test_a_label_with_braces_is_not_filled_again(tiny: LoadedModel) -> None:
    braces = tfw.classify(["dog"], ["a {} b", "film"], model=tiny, template="{}", progress=False)
    plain = tfw.classify(["dog"], ["a { } b", "film"], model=tiny, template="{}", progress=False)
    np.testing.assert_allclose(braces.scores, plain.scores, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (GERMAN, "German"),
        ("Le parlement a adopté le budget après un long débat hier soir.", "French"),
        ("Парламент вчера вечером принял бюджет после долгих дебатов.", "Russian"),
        ("议会昨晚经过长时间辩论后通过了预算。", "Chinese"),
    ],
)
def test_a_foreign_language_is_noted(minilm: LoadedModel, text: str, language: str) -> None:
    (note,) = classify(minilm, ["The team won.", text]).notes
    assert note.startswith("Text 2 is clearly not in the language of demo/minilm")
    assert f"(English) but looks like {language}" in note


def test_several_foreign_texts_are_counted(minilm: LoadedModel) -> None:
    (note,) = classify(minilm, ["The team won the game.", GERMAN, GERMAN + " Ja."]).notes
    assert note.startswith("2 of 3 texts looked at are clearly not in the language of demo/minilm")


def test_a_model_that_does_not_say_what_it_reads_gets_no_language_note(
    tiny: LoadedModel, minilm: LoadedModel
) -> None:
    assert tiny.languages == ("en",)
    assert any("German" in note for note in classify(tiny, [GERMAN]).notes)
    pair = (minilm.model, minilm.tokenizer)
    notes = tfw.classify([GERMAN], LABELS, model=pair, progress=False).notes
    assert not any("German" in note for note in notes)


def test_one_example_per_label_is_noted(minilm: LoadedModel) -> None:
    one = {"sports": ["The cup final."], "politics": ["The new law."]}
    assert "One example per label says little" in classify(minilm, ["ok"], examples=one).notes[0]
    two = {name: texts * 2 for name, texts in one.items()}
    assert classify(minilm, ["ok"], examples=two).notes == []


def test_notes_are_written_in_the_language_of_the_moment(minilm: LoadedModel) -> None:
    result = classify(minilm, [None, GERMAN, "the cat " * 300, "\ud800 team"])
    assert len(result.notes) == 4
    english = list(result.notes)
    settings().language = "de"
    german = result.notes
    assert german[0] == "Text 1 ist leer oder fehlt und hat keine Werte."
    assert german[1].startswith("Text 3 ist länger, als demo/minilm lesen kann (256 Tokens)")
    assert german[2].startswith("Text 4 enthält beschädigte Zeichen")
    assert "(Englisch), sondern wohl Deutsch" in german[3]
    settings().language = "en"
    assert result.notes == english
