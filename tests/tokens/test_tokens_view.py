"""The live view: what it brings with it, and how it answers what the page asks."""

from __future__ import annotations

import json
from typing import Any

import pytest

import tfwidgets as tfw
from tests.tokens.page import Page
from tests.tokens.trained import plain, trained

HOSTILE = 'unk"><img src=x onerror=alert(1)>'
SOURCE = {
    *("name", "algorithm", "vocabulary", "context", "tokens", "longest", "special", "unknown"),
    "types",
    *("words", "characters", "bytes", "cut", "units", "offsets"),
}
BATCH = {
    "padding": "longest",
    "padding_side": "right",
    "pad_to_multiple_of": None,
    "truncation": "none",
    "max_length": None,
    "batch_size": 2,
}


@pytest.fixture
def page(minilm: Any) -> Page:
    return Page(tfw.tokens("The unhappy fox 👩", tokenizer=minilm))


def state(page: Page) -> dict[str, Any]:
    return {k: v for k, v in page.view.get_state().items() if not k.startswith("_")}


def test_the_summary_of_one_text(page: Page) -> None:
    summary = page.view.summary
    assert summary["tabs"] == ["tokens", "stages", "batch", "vocabulary"]
    assert (summary["roles"], summary["labels"], page.view.texts) == ([], [], [])
    assert (page.view.batch["padding"], page.view.batch["batch_size"]) == ("none", 1)
    (source,) = summary["sources"]
    assert set(source) == SOURCE
    assert source["algorithm"] == "WordPiece"
    assert (source["vocabulary"], source["context"]) == (30_522, 512)
    assert (source["tokens"], source["special"], source["unknown"]) == (6, 2, 1)
    assert (source["words"], source["characters"], source["bytes"]) == (4, 17, 20)
    assert (source["cut"], source["units"], source["offsets"]) == (0, 1, "all")


def test_the_summary_of_a_batch(minilm: Any) -> None:
    summary = Page(tfw.tokens(["a fox", "the dog sat"], tokenizer=minilm)).view.summary
    assert summary["tabs"] == ["batch", "vocabulary"]
    (source,) = summary["sources"]
    assert (source["tokens"], source["longest"], source["special"]) == (9, 5, 4)
    assert (source["words"], source["characters"]) == (5, 16)
    compared = Page(tfw.tokens(["a fox", "b"], tokenizer=minilm, compare=minilm)).view
    assert compared.summary["tabs"] == ["batch", "compare", "vocabulary"]


def test_notes_come_in_both_languages(minilm: Any) -> None:
    view = Page(tfw.tokens("the cat sat", tokenizer=minilm, max_length=4)).view
    notes = view.summary["notes"]
    assert {"en", "de"} == {language for note in notes for language in note}
    (cut,) = [note for note in notes if note["en"].startswith("Cut")]
    assert cut["en"] == "Cut to 4 tokens: 1 token of the text is missing."
    assert cut["de"].startswith("Auf 4 Token")
    assert all(note["en"] != note["de"] for note in notes)


def test_pieces_are_what_the_vocabulary_calls_them(page: Page) -> None:
    payload, buffers = page.ask("pieces", source=0, ids=[101, 100, 4419, 999_999])
    assert payload == {"pieces": ["[CLS]", "[UNK]", "fox", ""]}
    assert list(buffers) == []
    many, _ = page.ask("pieces", source=0, ids=[101] * 10_000)
    assert len(many["pieces"]) == 5000


def test_a_text_that_is_cut_is_counted_as_cut(minilm: Any) -> None:
    source = Page(tfw.tokens("the cat sat", tokenizer=minilm, max_length=4)).view.summary[
        "sources"
    ][0]
    assert (source["tokens"], source["cut"]) == (4, len(" sat"))


# What must not happen


@pytest.mark.parametrize(
    ("type_", "fields"),
    [
        ("nothing", {}),
        ("units", {}),
        ("units", {"source": 1, "start": 0, "stop": 5}),
        ("units", {"source": -1, "start": 0, "stop": 5}),
        ("units", {"source": "a", "start": 0, "stop": 5}),
        ("units", {"source": 0, "start": None, "stop": 5}),
        ("pieces", {"source": 0}),
        ("pieces", {"source": 0, "ids": ["a"]}),
        ("pieces", {"source": 0, "ids": None}),
        ("stages", {"window": "a"}),
        ("stages", {"colour": 1}),
        ("word", {}),
        ("word", {"word": -1}),
        ("word", {"word": 4}),
        ("word", {"word": None}),
        ("batch", {}),
        ("batch", {"settings": None, "start": 0, "stop": 5}),
        ("batch", {"settings": {"colour": 1}, "start": 0, "stop": 5}),
        ("batch", {"settings": BATCH | {"padding": "x"}, "start": 0, "stop": 5}),
        ("batch", {"settings": BATCH | {"max_length": 0}, "start": 0, "stop": 5}),
        ("batch", {"settings": BATCH | {"max_length": "a"}, "start": 0, "stop": 5}),
        ("batch", {"settings": BATCH | {"batch_size": "a"}, "start": 0, "stop": 5}),
        ("vocabulary", {"query": "a"}),
        ("vocabulary", {"query": "a", "mode": "best", "start": 0, "stop": 5}),
        ("vocabulary", {"query": "a", "mode": "id", "start": 0, "stop": 5}),
        ("vocabulary", {"query": None, "mode": "contains", "start": "a", "stop": 5}),
        ("entry", {}),
        ("entry", {"entry": 999_999}),
        ("entry", {"entry": "a"}),
        ("part", {"name": "../secret"}),
    ],
)
def test_bad_requests_are_answered_with_a_message(
    page: Page, type_: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(LookupError) as answered:
        page.ask(type_, **fields)
    assert 0 < len(str(answered.value)) < 300
    assert len(page.screen().blocks) == 1


def test_controls_that_make_the_library_panic_are_answered_too() -> None:
    tokenizer = type(plain("WordPiece")).from_str(plain("WordPiece").to_str())
    inspector = tfw.tokens(
        ["a b c d e f g"], ["h i j"], tokenizer=tokenizer, max_length=9, stride=1
    )
    page = Page(inspector)
    for length in range(1, 9):
        settings = BATCH | {"padding": "none", "truncation": "longest_first", "max_length": length}
        try:
            payload, _ = page.ask("batch", settings=settings, start=0, stop=5)
        except LookupError as refused:
            payload = {"rows": [str(refused)]}
        assert payload["rows"][0]


def test_a_length_is_needed_where_the_tokenizer_has_none() -> None:
    page = Page(tfw.tokens(["a"], tokenizer=plain("WordPiece")))
    for settings in (BATCH | {"padding": "max_length"}, BATCH | {"truncation": "longest_first"}):
        with pytest.raises(LookupError, match="this needs a max_length"):
            page.ask("batch", settings=settings, start=0, stop=5)


def test_lone_surrogates_never_reach_a_message() -> None:
    texts = {"\ud800 name": "a\ud800b"}
    inspector = tfw.tokens(texts, tokenizer=plain("WordPiece"), annotations=[(0, 1, "x\udfff")])
    page = Page(inspector)
    for value in (page.view.summary, page.view.texts, page.view.first["text"], page.view.batch):
        json.dumps(value, ensure_ascii=False).encode()
    payload, _ = page.ask("batch", settings=BATCH | {"padding": "none"}, start=0, stop=5)
    assert payload["rows"][0]["label"] == "\ufffd name"


def test_an_added_token_that_is_markup_travels_as_text() -> None:
    inspector = tfw.tokens(f"a {HOSTILE} b", tokenizer=trained("WordPiece"))
    page = Page(inspector)
    k = trained("WordPiece").token_to_id(HOSTILE)
    assert HOSTILE in [chip.text for chip in page.chips()]
    assert page.ask("pieces", source=0, ids=[k])[0] == {"pieces": [HOSTILE]}
    assert page.ask("entry", entry=k)[0]["piece"] == HOSTILE
    found, _ = page.ask("vocabulary", query="<img", mode="contains", start=0, stop=5)
    assert [row["piece"] for row in found["rows"]] == [HOSTILE]


def test_language_follows_the_settings(page: Page) -> None:
    from tests.magics.plain_shell import plain_shell

    with plain_shell() as shell:
        shell.run_line_magic("config", "TfWidgets.language = 'de'")
        assert page.view.language == "de"
