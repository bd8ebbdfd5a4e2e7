"""What a tokenizer may choose from: searched by piece, by beginning and by id."""

from __future__ import annotations

from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer

import tfwidgets as tfw
from tests.tokens.no_rust import mistral, xlm
from tests.tokens.page import Page
from tests.tokens.trained import plain
from tfwidgets.tokens.vocabulary import Vocabulary


def vocabulary_of(tokenizer: Any) -> Vocabulary:
    return tfw.tokens("a", tokenizer=tokenizer).vocabulary


def pieces(vocabulary: Vocabulary, ids: list[int]) -> list[str]:
    return [vocabulary.entry(k).piece for k in ids]


def test_all_ids_are_there_in_order(minilm: Any) -> None:
    vocabulary = vocabulary_of(minilm)
    assert len(vocabulary) == 30_522
    assert vocabulary.ids == list(range(30_522))
    assert vocabulary.search("") == vocabulary.ids


def test_pieces_are_found_by_what_they_contain(minilm: Any) -> None:
    vocabulary = vocabulary_of(minilm)
    found = pieces(vocabulary, vocabulary.search("HAPP"))
    expected = [
        p for p, _ in sorted(minilm.get_vocab().items(), key=lambda item: item[1]) if "happ" in p
    ]
    assert found == expected
    assert {"happy", "unhappy"} <= set(found)
    assert vocabulary.search("no such piece") == []


def test_pieces_are_found_by_their_beginning_whatever_mark_stands_before(
    minilm: Any, smollm2: Any, t5: Any
) -> None:
    for tokenizer, mark in ((minilm, "##"), (smollm2, "Ġ"), (t5, "▁")):
        vocabulary = vocabulary_of(tokenizer)
        found = set(pieces(vocabulary, vocabulary.search("ing", "prefix")))
        bare = {
            p for p in tokenizer.get_vocab() if p.removeprefix(mark).casefold().startswith("ing")
        }
        assert found == bare
        assert len(found) > 1


@pytest.mark.parametrize("name", ["smollm2", "t5"])
def test_a_blank_finds_what_stands_for_one(name: str, request: pytest.FixtureRequest) -> None:
    tokenizer = request.getfixturevalue(name)
    vocabulary = vocabulary_of(tokenizer)
    found = pieces(vocabulary, vocabulary.search(" the", "prefix"))
    mark = "Ġ" if name == "smollm2" else "▁"
    assert f"{mark}the" in found
    assert all(piece.startswith(mark) for piece in found)


def test_a_query_is_text_and_no_pattern() -> None:
    vocabulary = vocabulary_of(plain("WordPiece"))
    assert pieces(vocabulary, vocabulary.search("[MASK", "prefix")) == ["[MASK]"]
    assert ".*" not in pieces(vocabulary, vocabulary.search(".*"))


def test_an_id_has_a_position_among_all() -> None:
    tokenizer = Tokenizer.from_str(plain("WordPiece").to_str())
    size = tokenizer.get_vocab_size()
    vocabulary = vocabulary_of(tokenizer)
    assert vocabulary.search("7", "id") == vocabulary.search(7, "id") == [7]
    assert vocabulary.search(str(size), "id") == []
    assert [vocabulary.position(q) for q in ("0", "7", " 7 ", "-5", "999999")] == [
        0,
        7,
        7,
        0,
        size - 1,
    ]
    assert vocabulary.position("") is None
    with pytest.raises(tfw.InputError, match="'seven' is no id: ids are whole numbers"):
        vocabulary.position("seven")
    with pytest.raises(tfw.InputError, match="Unknown mode 'best': contains, prefix, id"):
        vocabulary.search("a", "best")


def test_the_neighbours_of_an_id() -> None:
    vocabulary = vocabulary_of(plain("WordPiece"))
    last = vocabulary.ids[-1]
    assert [entry.id for entry in vocabulary.neighbours(20)] == list(range(16, 25))
    assert [entry.id for entry in vocabulary.neighbours(1)] == list(range(6))
    assert [entry.id for entry in vocabulary.neighbours(last, 2)] == [last - 2, last - 1, last]


def test_what_pieces_of_bytes_stand_for(smollm2: Any) -> None:
    vocabulary = vocabulary_of(smollm2)
    ids = smollm2.get_vocab()
    café = vocabulary.entry(ids["ĠcafÃ©"])
    assert (café.decoded, café.bytes, café.kind) == (" café", " café".encode(), "piece")
    part = vocabulary.entry(ids["ĳ"])
    assert (part.decoded, part.bytes, part.kind) == ("\ufffd", b"\x91", "byte")
    assert vocabulary.entry(ids["Ċ"]).bytes == b"\n"
    end = vocabulary.entry(ids["<|im_end|>"])
    assert (end.decoded, end.kind, end.bytes) == ("<|im_end|>", "special", b"<|im_end|>")


def test_the_bytes_of_tokens_are_those_of_their_text() -> None:
    text = "".join(map(chr, [*range(0x800), 0xFFFD, *range(0x10000, 0x110000, 0x1111)]))
    inspector = tfw.tokens(text, tokenizer=plain("byte-level BPE"))
    content = b"".join(inspector.vocabulary.entry(k).bytes for k in inspector.ids.tolist())
    assert content == text.encode()


def test_bytes_by_name() -> None:
    vocabulary = vocabulary_of(plain("BPE with byte fallback"))
    entry = vocabulary.entry(plain("BPE with byte fallback").token_to_id("<0xE2>"))
    assert (entry.piece, entry.bytes) == ("<0xE2>", b"\xe2")


def test_pieces_of_text_are_their_utf_8(t5: Any) -> None:
    vocabulary = vocabulary_of(t5)
    entry = vocabulary.entry(t5.get_vocab()["▁café"])
    assert (entry.decoded.strip(), entry.bytes.strip(), entry.kind) == (
        "café",
        "café".encode(),
        "piece",
    )


def test_kinds_of_entries() -> None:
    tokenizer = Tokenizer.from_str(plain("WordPiece").to_str())
    tokenizer.add_tokens([AddedToken("<new>")])
    vocabulary = vocabulary_of(tokenizer)
    kinds = {
        name: vocabulary.entry(tokenizer.token_to_id(name)).kind for name in ("a", "[CLS]", "<new>")
    }
    assert kinds == {"a": "piece", "[CLS]": "special", "<new>": "added"}
    with pytest.raises(tfw.InputError, match="Tokenizer has no id 99999"):
        vocabulary.entry(99_999)


@pytest.mark.parametrize("make", [xlm, mistral])
def test_vocabularies_without_a_rust_backend(make: Any) -> None:
    tokenizer = make()
    vocabulary = vocabulary_of(tokenizer)
    assert len(vocabulary) == len(set(tokenizer.get_vocab().values()))
    for k in (*vocabulary.ids[:3], *vocabulary.ids[-3:]):
        assert vocabulary.entry(k).piece == tokenizer.convert_ids_to_tokens(k)


# What the page asks for


def test_the_page_gets_rows_and_how_many_there_are(minilm: Any) -> None:
    page = Page(tfw.tokens("a happy fox", tokenizer=minilm))
    payload, buffers = page.ask("vocabulary", query="happ", mode="contains", start=1, stop=3)
    everything, _ = page.ask("vocabulary", query="happ", mode="contains", start=0, stop=10**9)
    assert payload["rows"] == everything["rows"][1:3]
    assert payload["total"] == len(everything["rows"])
    assert (payload["start"], payload["at"], list(buffers)) == (1, None, [])
    assert set(payload["rows"][0]) == {"id", "piece", "decoded", "kind"}
    at, _ = page.ask("vocabulary", query="3407", mode="id", start=3400, stop=3410)
    assert (at["at"], at["total"], at["rows"][7]["piece"]) == (3407, 30_522, "happy")
    nothing, _ = page.ask("vocabulary", query="", mode="prefix", start=0, stop=10**9)
    assert (len(nothing["rows"]), nothing["total"]) == (500, 30_522)


def test_an_entry_comes_with_where_it_stands(smollm2: Any) -> None:
    inspector = tfw.tokens("café café " * 30, tokenizer=smollm2)
    page = Page(inspector)
    k = smollm2.get_vocab()["ĠcafÃ©"]
    payload, _ = page.ask("entry", entry=k)
    places = (inspector.ids == k).nonzero()[0].tolist()
    assert payload["occurrences"] == places[:20]
    assert payload["count"] == len(places) == 59
    assert payload["bytes"] == "20 63 61 66 c3 a9"
    assert [entry["id"] for entry in payload["neighbours"]] == list(range(k - 4, k + 5))
    assert (payload["id"], payload["decoded"]) == (k, " café")
