"""The script-free picture: coloured, escaped, capped, in two languages."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from tokenizers import AddedToken, Tokenizer

import tfwidgets as tfw
from tests.tokens.trained import plain
from tfwidgets.tokens.static import TEXTS, TOKENS

OURS = {"div", "table", "thead", "tbody", "tr", "th", "td", "span", "p"}
HOSTILE = [
    'unk"><img src=x onerror=alert(1)>',
    "<script>alert(1)</script>",
    "</span></div><iframe src=javascript:alert(1)>",
    "'\"><svg/onload=alert(1)>",
    "&lt;b&gt;<!--",
    "{n} {0} %s \x00\x1b[31m",
    "\u202eabc 👩\u200d💻",
]


@pytest.fixture
def hostile() -> Tokenizer:
    tokenizer = Tokenizer.from_str(plain("WordPiece").to_str())
    tokenizer.add_tokens([AddedToken(text, normalized=False) for text in HOSTILE])
    return tokenizer


def parsed(inspector: tfw.TokenInspector) -> BeautifulSoup:
    html = inspector.static_html()
    html.encode()
    return BeautifulSoup(html, "html.parser")


def chips(tree: BeautifulSoup) -> list[str]:
    return [span.text for span in tree.find_all("span")]


def test_tokens_stand_in_their_text(minilm: Any) -> None:
    tree = parsed(tfw.tokens("The unhappily\tfox", tokenizer=minilm))
    assert chips(tree) == ["[CLS]", "The", "un", "ha", "pp", "ily", "fox", "[SEP]"]
    titles = [span["title"] for span in tree.find_all("span", title=True)]
    assert titles[1] == "2: un · id 4895 · 4–6"
    assert "8 tokens" in tree.text
    assert "2 of these special" in tree.text


def test_blanks_and_dropped_characters_are_seen(smollm2: Any, minilm: Any) -> None:
    assert chips(parsed(tfw.tokens("a b\n", tokenizer=smollm2))) == ["a", "·b", "⏎\n"]
    assert "a\u200bb" in parsed(tfw.tokens("a\u200bb", tokenizer=minilm)).text


def test_parts_of_a_character_are_named(smollm2: Any) -> None:
    first, second, *_ = chips(parsed(tfw.tokens("👩", tokenizer=smollm2)))
    assert first == "👩"
    assert second in smollm2.get_vocab()


@pytest.mark.parametrize("batch", [False, True])
def test_nothing_from_outside_becomes_markup(hostile: Tokenizer, batch: bool) -> None:
    texts: Any = dict(zip(HOSTILE, HOSTILE, strict=True)) if batch else " ".join(HOSTILE)
    inspector = tfw.tokens(texts, tokenizer=hostile, compare=hostile, padding=False)
    inspector.subject.name = HOSTILE[0]
    tree = parsed(inspector)
    assert {tag.name for tag in tree.find_all()} <= OURS
    attributes = {name for tag in tree.find_all() for name in tag.attrs}
    assert attributes <= {"class", "style", "title", "dir"}
    assert HOSTILE[0] in tree.text
    assert "\x00" not in inspector.static_html()
    if not batch:
        assert set(HOSTILE[:5]) <= {chip.replace("·", " ") for chip in chips(tree)}


def test_styles_hold_nothing_from_outside(hostile: Tokenizer) -> None:
    tree = parsed(tfw.tokens("url(x) expression(a)", tokenizer=hostile))
    styles = " ".join(str(tag["style"]) for tag in tree.find_all(style=True))
    assert "url" not in styles
    assert "expression" not in styles


def test_tokens_are_capped_and_the_rest_is_counted(minilm: Any) -> None:
    inspector = tfw.tokens("the cat " * 5000, tokenizer=minilm)
    tree = parsed(inspector)
    assert len(tree.find_all("span")) == TOKENS
    assert f"{10_002 - TOKENS:,} more tokens are left out here." in tree.text
    assert len(inspector.static_html()) < 60_000


@pytest.mark.parametrize(
    "text",
    ["x" * 1_000_000, "\n" * 1_000_000, "\u200b" * 1_000_000 + "a", "a" + " " * 1_000_000 + "b"],
)
def test_whatever_the_text_the_picture_stays_small(minilm: Any, text: str) -> None:
    assert len(tfw.tokens(text, tokenizer=minilm).static_html()) < 20_000


def test_texts_are_capped_and_the_rest_is_counted(minilm: Any) -> None:
    tree = parsed(tfw.tokens(["the cat"] * 300, tokenizer=minilm))
    body = tree.find("tbody")
    assert isinstance(body, Tag)
    assert len(body.find_all("tr")) == TEXTS
    assert f"{300 - TEXTS} more texts are left out here." in tree.text


def test_a_batch_is_a_table_of_tokens_padding_and_what_was_cut(minilm: Any) -> None:
    tree = parsed(tfw.tokens(["the cat sat on it", "cat"], tokenizer=minilm, max_length=5))
    assert [th.text for th in tree.find_all("th")] == [
        *("#", "Text", "Tokens", "Padding", "Cut off", "As the model gets it"),
    ]
    rows = [[td.text.strip() for td in tr.find_all("td")] for tr in tree.find_all("tr")[1:]]
    assert rows == [
        ["1", "the cat sat on it", "5", "0", "2", "[CLS] the cat sat [SEP]"],
        ["2", "cat", "3", "2", "0", "[CLS] cat [SEP] [PAD] [PAD]"],
    ]


def test_a_comparison_shows_every_tokenizer(minilm: Any, t5: Any) -> None:
    inspector = tfw.tokens("unhappily", model="demo/minilm", compare="demo/t5-title")
    assert "demo/minilm" in parsed(inspector).text
    assert "demo/t5-title" in parsed(inspector).text
    table = parsed(tfw.tokens(["unhappily", "a"], tokenizer=minilm, compare=t5))
    counts = [str(len(t.tokenize("unhappily"))) for t in (minilm, t5)]
    assert [td.text for td in table.find_all("td")][2:4] == counts


@pytest.mark.parametrize("side", ["left", "right"])
def test_what_was_cut_off_is_struck_through(side: str) -> None:
    tokenizer = Tokenizer.from_str(plain("WordPiece").to_str())
    tokenizer.enable_truncation(5, direction=side)
    tree = parsed(tfw.tokens("a b c d e f", tokenizer=tokenizer))
    struck = [span.text for span in tree.find_all("span", title="cut off")]
    assert [text.strip() for text in struck] == ["a b c" if side == "left" else "d e f"]


def test_notes_and_words_speak_the_language_of_the_settings(minilm: Any) -> None:
    inspector = tfw.tokens("the cat sat", tokenizer=minilm, max_length=4)
    assert inspector.notes[0] in parsed(inspector).text
    tfw.settings().language = "de"
    text = parsed(inspector).text
    assert "Auf 4 Token" in text
    assert "davon 2 Spezial" in text
    assert "1,50 pro Wort" in parsed(tfw.tokens("foxy a", tokenizer=minilm)).text
