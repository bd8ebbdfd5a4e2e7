"""The words on the screen: complete in both languages, and filled as each language writes."""

from __future__ import annotations

import re
from importlib.resources import files
from string import Formatter
from typing import Any

import pytest

from tfwidgets.config import settings
from tfwidgets.ui import strings
from tfwidgets.ui.strings import (
    Message,
    current_language,
    language_name,
    number,
    percent,
    translate,
)

ROOMS = sorted(
    path.name.removesuffix(".json")
    for path in files(strings).iterdir()
    if path.name.endswith(".json")
)


def forms(words: Any) -> list[str]:
    return list(words.values()) if isinstance(words, dict) else [words]


def placeholders(words: Any) -> set[str]:
    return {name for form in forms(words) for _, name, *_ in Formatter().parse(form) if name}


@pytest.mark.parametrize("room", ROOMS)
def test_every_word_is_there_in_both_languages(room: str) -> None:
    for key, words in strings.table(room).items():
        assert set(words) == {"en", "de"}, key
        assert all(form.strip() for text in words.values() for form in forms(text)), key
        assert placeholders(words["en"]) == placeholders(words["de"]), key


@pytest.mark.parametrize("room", ROOMS)
def test_what_depends_on_a_number_has_both_forms(room: str) -> None:
    for key, words in strings.table(room).items():
        for text in words.values():
            assert not isinstance(text, dict) or set(text) == {"one", "other"}, key


@pytest.mark.parametrize(
    ("configured", "system", "language"),
    [
        ("de", "en_US.UTF-8", "de"),
        ("en", "de_DE.UTF-8", "en"),
        ("auto", "de_AT.UTF-8", "de"),
        ("auto", "fr_FR.UTF-8", "en"),
        ("auto", "C.UTF-8", "en"),
    ],
)
def test_the_language_is_the_configured_one_or_the_systems(
    configured: str, system: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", system)
    settings().language = configured
    assert current_language() == language


@pytest.mark.parametrize(
    ("n", "english", "german"),
    [
        (0, "0 texts", "0 Texte"),
        (1, "1 text", "1 Text"),
        (2, "2 texts", "2 Texte"),
        (1234567, "1,234,567 texts", "1.234.567 Texte"),
    ],
)
def test_numbers_choose_the_form_and_are_written_as_usual(
    n: int, english: str, german: str
) -> None:
    assert translate("classify", "count.texts", "en", n=n) == english
    assert translate("classify", "count.texts", "de", n=n) == german


def test_numbers_and_shares() -> None:
    assert (number(1000, "en"), number(1000, "de")) == ("1,000", "1.000")
    assert (percent(0.824, "en"), percent(0.824, "de")) == ("82%", "82\N{NO-BREAK SPACE}%")


def test_braces_in_a_value_stay_braces() -> None:
    note = Message("notes", "no-embedding-configuration", {"model": "{n} {0} {model}"})
    assert note.text("en").startswith("{n} {0} {model} was not made")


def test_a_message_is_written_in_the_language_of_the_moment() -> None:
    note = Message("notes", "missing", {"n": 1, "position": 3})
    english = note.text()
    settings().language = "de"
    assert english == "Text 3 is empty or missing and has no scores."
    assert note.text() == "Text 3 ist leer oder fehlt und hat keine Werte."
    assert note.texts() == {"en": english, "de": note.text()}


def test_a_message_inside_a_message_is_translated_too() -> None:
    values: dict[str, object] = {
        "n": 1,
        "position": 1,
        "sample": 1,
        "model": "m",
        "reads": language_name("en"),
        "language": language_name("de"),
    }
    note = Message("notes", "language", values)
    assert "(English) but looks like German" in note.text("en")
    assert "(Englisch), sondern wohl Deutsch" in note.text("de")


def test_an_unknown_language_keeps_its_code() -> None:
    assert language_name("tlh") == "tlh"


def test_an_unknown_key_is_an_error_of_the_programmer() -> None:
    with pytest.raises(KeyError, match=re.escape("no-such-key")):
        translate("classify", "no-such-key")
