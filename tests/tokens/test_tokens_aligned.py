"""Tokenizers has no Rust backend: their own ids, and no place that is not true."""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np
import pytest
from transformers import ByT5Tokenizer

import tfwidgets as tfw
from tests.tokens.no_rust import MAKERS
from tests.tokens.page import Page
from tests.tokens.random_texts import random_texts

TEXT = "The quick  Café, naïve <fox> & 'quoted' 😀 jumps unhappily ①②③ über\n\nthe cafe"
RANDOM = random_texts(60, seed=11)
EVERY = pytest.mark.parametrize("kind", MAKERS)
NO_PAIRS = ("Mistral", "Tekken")


def own(tokenizer: Any, texts: list[str], *pairs: list[str], **options: Any) -> Any:
    return tokenizer(texts, *pairs, verbose=False, **options)


def folded(text: str) -> str:
    """Leave out case, accents and blanks."""
    parts = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in parts if not c.isspace() and not unicodedata.combining(c))


def looks(tokenizer: Any, k: int) -> list[str]:
    """Return what a token may look like."""
    piece = str(tokenizer.convert_ids_to_tokens(k))
    found = (piece.replace("▁", "").removesuffix("</w>"), tokenizer.decode([k]))
    return [folded(look) for look in found]


def places(inspector: Any) -> list[tuple[int, int, int]]:
    """Return id, start and end of the tokens whose place is known."""
    row = inspector.rows[0]
    if row.offsets is None:
        return []
    known = row.placed.tolist()
    return [
        (k, *p)
        for k, p, is_known in zip(row.ids.tolist(), row.offsets.tolist(), known, strict=True)
        if is_known
    ]


def bytes_of(tokenizer: Any, known: list[tuple[int, int, int]], place: tuple[int, int]) -> str:
    """Return what the tokens of one place mean together."""
    return str(tokenizer.decode([k for k, *here in known if tuple(here) == place])).strip()


def test_bytes_of_a_character_share_its_place() -> None:
    inspector = tfw.tokens("hé 😀w", tokenizer=ByT5Tokenizer())
    assert inspector.offsets is not None
    assert inspector.offsets.tolist() == [
        *([0, 1], [1, 2], [1, 2], [-1, -1]),
        *([3, 4], [3, 4], [3, 4], [3, 4], [4, 5], [0, 0]),
    ]


@EVERY
def test_ids_are_the_tokenizers_own(kind: str) -> None:
    tokenizer = MAKERS[kind]()
    for text in (TEXT, "", " ", *RANDOM):
        inspector = tfw.tokens(text, tokenizer=tokenizer)
        theirs = own(tokenizer, [text], return_special_tokens_mask=True)
        assert inspector.ids.tolist() == theirs["input_ids"][0]
        assert inspector.special_mask.tolist() == [
            bool(k) for k in theirs["special_tokens_mask"][0]
        ]
        assert inspector.attention_mask.tolist() == theirs["attention_mask"][0]
        assert (inspector.word_ids == -1).all()


@EVERY
def test_a_token_stands_only_where_its_own_characters_stand(kind: str) -> None:
    tokenizer = MAKERS[kind]()
    found = 0
    for text in (TEXT, *RANDOM):
        last = 0
        known = places(tfw.tokens(text, tokenizer=tokenizer))
        for k, start, end in known:
            assert start < end <= len(text)
            assert last <= start or end - start == 1, "one character, several tokens"
            here = folded(text[start:end])
            inner = folded(text[start + 1 : end - 1])
            own_look = any(look in here and len(look) >= len(inner) for look in looks(tokenizer, k))
            assert own_look or (together := folded(bytes_of(tokenizer, known, (start, end))))
            assert own_look or together in here
            last = end
            found += 1
    assert found > 300


@pytest.mark.parametrize("kind", ["SentencePiece", "Mistral"])
def test_recovered_places_are_those_of_sentencepiece(kind: str) -> None:
    tokenizer = MAKERS[kind]()
    processor = (
        getattr(tokenizer, "sp_model", None)
        or tokenizer.tokenizer.instruct_tokenizer.tokenizer._model
    )
    compared = 0
    for text in (TEXT, *RANDOM):
        inspector = tfw.tokens(text, tokenizer=tokenizer)
        if inspector.offsets is None:
            continue
        pieces = processor.encode(text, return_type="proto").pieces
        row = inspector.rows[0]
        inside = np.flatnonzero(~row.special_mask)
        if [piece.id for piece in pieces] != row.ids[inside].tolist():
            continue  # added tokens are taken out before
        raw = text.encode()
        for piece, k in zip(pieces, inside.tolist(), strict=True):
            start, end = row.offsets[k].tolist()
            if start >= 0:
                stretch = raw[piece.begin : piece.end].decode("utf-8", "ignore")
                # Of a character that becomes several pieces SentencePiece gives one the whole.
                shared = end - start == 1 and stretch in ("", text[start:end])
                assert shared or visible(text[start:end]) == visible(stretch), text
                begin = len(raw[: piece.begin].decode("utf-8", "ignore"))
                assert start <= begin + len(stretch) and begin <= end, text  # noqa: PT018
                compared += 1
    assert compared > 500


def visible(text: str) -> str:
    """Leave out blanks and control characters, which pieces begin and end with as they like."""
    return "".join(c for c in text if c != "▁" and not c.isspace() and c.isprintable())


@EVERY
def test_ordinary_text_is_placed_whole(kind: str) -> None:
    inspector = tfw.tokens("The quick  fox jumps unhappily", tokenizer=MAKERS[kind]())
    assert (
        "".join("".join(row.split()) for row in texts_of(inspector)) == "Thequickfoxjumpsunhappily"
    )
    assert any("recovered from the text" in note for note in inspector.notes)


def texts_of(inspector: Any) -> list[str]:
    row = inspector.rows[0]
    return [row.text_of(k) for k in range(len(row))]


@pytest.mark.parametrize("kind", ["XLM", "SentencePiece"])
def test_behind_an_unknown_character_nothing_is_guessed(kind: str) -> None:
    tokenizer = MAKERS[kind]()
    # "fox" stands twice behind what is unknown: it cannot be told which one it is.
    inspector = tfw.tokens("the ☃☃ fox ☃☃ fox", tokenizer=tokenizer)
    assert "fox" not in "".join(texts_of(inspector))
    assert any("for all tokens but" in note for note in inspector.notes)
    # Three letters may stand anywhere by chance.
    assert "fox" not in "".join(texts_of(tfw.tokens("the ☃☃ fox", tokenizer=tokenizer)))
    # A longer stretch that stands there only once is found again.
    again = tfw.tokens("the ☃☃ unhappily", tokenizer=tokenizer)
    assert "".join("".join(texts_of(again)).split()) == "theunhappily"


def test_where_nothing_can_be_told_there_are_no_offsets() -> None:
    inspector = tfw.tokens("☃☃☃", tokenizer=MAKERS["XLM"]())
    assert inspector.offsets is None
    assert any(
        note.startswith("No offsets: XLMTokenizer does not tell") for note in inspector.notes
    )
    frame = inspector.to_frame()
    assert frame["start"].isna().all()
    page = Page(inspector)
    assert page.view.summary["sources"][0]["offsets"] == "none"
    assert {chip.text for chip in page.chips()} == {None}
    assert "☃" not in page.blocks()[0].text


@EVERY
def test_every_view_goes_as_far_as_it_can(kind: str) -> None:
    inspector = tfw.tokens([TEXT, "the fox"], tokenizer=MAKERS[kind]())
    one = tfw.tokens(TEXT, tokenizer=MAKERS[kind](), compare="demo/minilm")
    assert not one.stages.exact
    assert "has no Rust backend" in one.stages.problem.text("en")
    page = Page(one)
    assert [chip.id for chip in page.chips()] == one.ids.tolist()
    assert page.ask("stages")[0]["problem"]["en"] == one.stages.problem.text("en")
    payload, _ = page.ask("vocabulary", query="fo", mode="prefix", start=0, stop=5)
    assert payload["total"] > 0
    k = int(one.ids[2])
    assert (
        page.ask("entry", entry=k)[0]["piece"]
        == page.ask("pieces", source=0, ids=[k])[0]["pieces"][0]
    )
    assert len(one.to_frame()) == len(one) + len(one.readings[1].first)
    for shown in (inspector, one):
        assert repr(shown)
        assert "<script" not in shown.static_html()
    with pytest.raises(LookupError):
        page.ask("word", word=0)


# Pairs, truncation, padding


@pytest.mark.parametrize("kind", NO_PAIRS)
def test_pairs_are_refused_where_they_are_not_known(kind: str) -> None:
    with pytest.raises(tfw.InputError, match="knows no pairs of texts"):
        tfw.tokens("the fox", "the cafe", tokenizer=MAKERS[kind]())


@pytest.mark.parametrize("kind", [kind for kind in MAKERS if kind not in NO_PAIRS])
def test_texts_of_a_pair_are_placed_each_in_its_own(kind: str) -> None:
    tokenizer = MAKERS[kind]()
    inspector = tfw.tokens("the quick fox", "the cafe", tokenizer=tokenizer)
    assert inspector.ids.tolist() == own(tokenizer, ["the quick fox"], ["the cafe"])["input_ids"][0]
    row = inspector.rows[0]
    for number, text in enumerate(("the quick fox", "the cafe")):
        mine = [row.text_of(k) for k in np.flatnonzero(row.sequence_ids == number).tolist()]
        assert "".join("".join(mine).split()) == text.replace(" ", "")


@EVERY
@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_and_truncation_are_the_tokenizers_own(kind: str, side: str) -> None:
    tokenizer = MAKERS[kind]()
    texts = ["the quick fox jumps", "the cafe", "a"]
    for way in (
        {"padding": True},
        {"padding": "max_length", "max_length": 30},
        {"padding": True, "pad_to_multiple_of": 8},
    ):
        batch = tfw.tokens(texts, tokenizer=tokenizer, padding_side=side, **way)
        theirs = own(tokenizer, texts, padding_side=side, **way)
        assert batch.ids.tolist() == theirs["input_ids"]
        assert batch.attention_mask.tolist() == theirs["attention_mask"]
        for row in batch.rows:
            assert (row.sequence_ids[row.attention_mask == 0] == -1).all()
    cut = tfw.tokens(texts[0], tokenizer=tokenizer, max_length=4)
    assert (
        cut.ids.tolist() == own(tokenizer, texts[:1], truncation=True, max_length=4)["input_ids"][0]
    )
    assert any(note.startswith("Cut to 4 tokens: ") for note in cut.notes)
    blocks = Page(cut).blocks()
    assert "".join(block.text for block in blocks) == texts[0]
    assert "".join(block.text for block in blocks if block.cut).endswith("jumps")


@pytest.mark.parametrize("kind", ["XLM", "Mistral"])
def test_what_is_cut_is_counted(kind: str) -> None:
    tokenizer = MAKERS[kind]()
    whole = len(own(tokenizer, ["the quick fox jumps"])["input_ids"][0])
    cut = tfw.tokens("the quick fox jumps", tokenizer=tokenizer, max_length=4)
    assert cut.rows[0].cut == whole - 4
