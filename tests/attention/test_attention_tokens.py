"""How tokens read: characters instead of bytes, words, blanks and what was left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tokens.demos import tokenizer_of
from tests.tokens.random_texts import random_texts
from tests.tokens.trained import dressed
from tfwidgets.attention.encode import encode, from_ids
from tfwidgets.attention.tokens import BLANK, BREAK, NO_GAP, Tokens, from_pieces, part, readable
from tfwidgets.errors import InputError, ModelError


def words(tokens: Tokens) -> list[str]:
    """Return the words, their tokens joined by |."""
    found: dict[int, list[str]] = {}
    for word, label in zip(tokens.words.tolist(), tokens.labels, strict=True):
        if word >= 0:
            found.setdefault(word, []).append(label)
    # A blank that is a token of its own is none of the word's characters.
    return ["|".join(labels).removeprefix("␣|") for labels in found.values()]


def check(tokens: Tokens) -> None:
    """What holds for all tokens."""
    n = len(tokens)
    assert len(tokens.labels) == len(tokens.pieces) == n
    for array, kind in (
        (tokens.ids, np.int64),
        (tokens.special, np.bool_),
        (tokens.words, np.int64),
        (tokens.gaps, np.uint8),
    ):
        assert (array.shape, array.dtype) == ((n,), kind)
    assert all(tokens.labels)
    for label in tokens.labels:
        label.encode()  # no lone surrogates
        assert not set(label) & set("\n\r\t\0")
    assert set(tokens.gaps.tolist()) <= {NO_GAP, BLANK, BREAK}
    numbers = tokens.words[tokens.words >= 0]
    assert (np.diff(numbers) >= 0).all()
    assert (np.diff(numbers) <= 1).all()
    assert not (tokens.words[tokens.special] >= 0).any()


# From what the vocabulary calls them


def test_wordpiece() -> None:
    tokens = from_pieces(["[CLS]", "un", "##happy", "##ness", "dog", "##", "[SEP]"])
    assert tokens.labels == ["[CLS]", "un", "happy", "ness", "dog", "##", "[SEP]"]
    assert words(tokens) == ["un|happy|ness", "dog", "##"]
    assert tokens.special.tolist() == [True, *[False] * 5, True]
    assert tokens.gaps.tolist() == [BLANK, BLANK, NO_GAP, NO_GAP, BLANK, BLANK, BLANK]
    assert tokens.has_words
    assert tokens.ids.tolist() == [-1] * 7


def test_sentencepiece() -> None:
    tokens = from_pieces(["▁The", "▁un", "happy", ".", "▁", "x", "</s>"])
    assert tokens.labels == ["The", "un", "happy", ".", "␣", "x", "</s>"]
    assert words(tokens) == ["The", "un|happy|.", "x"]


def test_bytes_of_sentencepiece() -> None:
    tokens = from_pieces(["<s>", "▁", "<0xE6>", "<0x9D>", "<0xB1>", "▁a", "<0x0A>", "b"])
    assert tokens.labels == ["<s>", "␣", "東₁", "東₂", "東₃", "a", "↵", "b"]
    assert tokens.gaps.tolist()[-2:] == [BREAK, BREAK]


def test_byte_level() -> None:
    pieces = ["The", "Ġquick", "Ġf", "ox", "Ċ", "ĠÃ", "¼", "<|endoftext|>"]
    tokens = from_pieces(pieces)
    assert tokens.labels == ["The", "quick", "f", "ox", "↵", "ü₁", "ü₂", "<|endoftext|>"]
    assert words(tokens) == ["The", "quick", "f|ox", "↵", "ü₁|ü₂"]


def test_ends_of_words() -> None:
    tokens = from_pieces(["<s>", "th", "e</w>", "fox</w>", "ju", "mps</w>", ".</w>", "</s>"])
    assert tokens.labels == ["<s>", "th", "e", "fox", "ju", "mps", ".", "</s>"]
    assert words(tokens) == ["th|e", "fox", "ju|mps", "."]


def test_words_without_any_mark() -> None:
    tokens = from_pieces(["the", "cat"])
    assert (tokens.labels, words(tokens), tokens.has_words) == (["the", "cat"], ["the", "cat"], 0)


def test_special_tokens_are_told_by_their_names_or_by_the_caller() -> None:
    names = ["[CLS]", "[sep]", "<s>", "</s>", "<pad>", "[MASK]", "<|im_start|>", "<unk>"]
    assert from_pieces(names).special.all()
    assert not from_pieces(["[a]", "<b>", "<script>", "CLS", "[CLS", "<|a|b|>"]).special.any()
    tokens = from_pieces(["a", "b"], special=[True, False], ids=[7, 8])
    assert (tokens.special.tolist(), tokens.ids.tolist()) == ([True, False], [7, 8])


def test_a_second_text_begins_a_word() -> None:
    assert words(from_pieces(["a", "##b", "##c"], split=2)) == ["a|b", "c"]
    assert from_pieces(["a", "##b", "##c"], split=2).split == 2


def test_blanks_get_glyphs_and_nothing_gets_one_too() -> None:
    for text, shown in (
        (" ", "␣"),
        ("   ", "␣␣␣"),
        ("\n", "↵"),
        ("\r\n\t", "␍↵⇥"),
        ("", "∅"),
        (" a ", "a"),
        ("a\nb", "a↵b"),
        ("a\x00\x1bb", "a��b"),
        ("a\ud800", "a�"),
        ("\u00a0", "␣"),
    ):
        assert readable(text) == shown
    assert part("é", 12) == "é₁₂"


PIECES = (
    st.text(max_size=6)
    | st.sampled_from(
        ["##a", "##", "Ġ", "Ċ", "ĠÃ", "¼", "âĢ", "▁", "▁▁a", "<0xE6>", "<0x0A>", "</w>", "a</w>"]
    )
    | st.sampled_from(["[CLS]", "<s>", "<|x|>", "\ud800", "\x00", "", " ", "</script><script>"])
)


@given(st.lists(PIECES, max_size=12), st.data())
@settings(max_examples=400, deadline=None)
def test_any_pieces_can_be_read(pieces: list[str], data: st.DataObject) -> None:
    n = len(pieces)
    special = data.draw(st.none() | st.lists(st.booleans(), min_size=n, max_size=n))
    split = data.draw(st.none() | st.integers(0, n))
    tokens = from_pieces(pieces, special=special, split=split)
    check(tokens)
    assert len(tokens) == n
    for is_special, word in zip(tokens.special, tokens.words, strict=True):
        assert bool(is_special) is bool(word < 0)


# From texts

KINDS = ["demo/minilm", "demo/smollm2", "demo/t5-title", "demo/grammar"]


def read(kind: str, *texts: str, limit: int | None = None) -> Any:
    tokenizer = tokenizer_of(kind) if kind in KINDS else dressed(kind)
    return encode(tokenizer, texts, limit)


@pytest.mark.parametrize("kind", [*KINDS, "WordPiece", "BPE with byte fallback"])
def test_random_texts(kind: str) -> None:
    for text in random_texts(60):
        try:
            read_text = read(kind, text)
        except InputError as refused:
            assert "is empty" in str(refused)  # noqa: PT017 - others are read
            continue
        check(read_text.tokens)
        assert read_text.inputs["input_ids"].tolist() == [read_text.tokens.ids.tolist()]
        # Nothing was cut: the tokenizer left out what it does not read, as it does anywhere.
        assert read_text.cut == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_word_is_a_word(kind: str) -> None:
    tokens = read(kind, "The unhappiest tokenizers jumped").tokens
    plain = [word.replace("|", "").lower() for word in words(tokens)]
    assert plain[:4] == ["the", "unhappiest", "tokenizers", "jumped"]
    assert tokens.has_words


def test_byte_level_tokens_of_any_script_are_readable() -> None:
    tokens = read("demo/smollm2", "Müller größer 東京 🦄 naïve").tokens
    text = "".join(tokens.labels)
    for character in ["ü", "ö", "ß", "ï"]:
        assert character in text
    assert not set(text) & set("ÃĠ¼¶Ł")
    parts = [label for label in tokens.labels if "🦄" in label]
    assert len(parts) > 1
    assert parts == [f"🦄{'₁₂₃₄₅'[k]}" for k in range(len(parts))]
    assert len(words(tokens)) == 5
    assert tokens.gaps.tolist().count(BLANK) == 4


def test_lines_and_blanks_are_known() -> None:
    tokens = read("demo/smollm2", "a\nb  c").tokens
    assert tokens.gaps.tolist()[0] == NO_GAP
    assert BREAK in tokens.gaps.tolist()
    assert all(label != "" for label in tokens.labels)
    tokens = read("demo/minilm", "a\n\nb c").tokens
    assert tokens.gaps.tolist() == [BLANK, NO_GAP, BREAK, BLANK, BLANK]


def test_a_pair_has_two_texts() -> None:
    tokens = read("demo/minilm", "the cat", "a dog").tokens
    assert tokens.labels == ["[CLS]", "the", "cat", "[SEP]", "a", "dog", "[SEP]"]
    assert (tokens.split, words(tokens)) == (4, ["the", "cat", "a", "dog"])
    assert tokens.special.tolist() == [True, False, False, True, False, False, True]


def test_words_of_a_pair_never_join() -> None:
    tokens = read("demo/minilm", "unhappiest", "unhappiest").tokens
    assert len(words(tokens)) == 2


def test_special_tokens_in_a_text_are_special() -> None:
    tokens = read("demo/minilm", "the [MASK] sat").tokens
    assert tokens.labels == ["[CLS]", "the", "[MASK]", "sat", "[SEP]"]
    assert len(tokens) == 5


def test_what_was_cut_is_counted() -> None:
    text = "the cat sat on the mat and looked at the dog"
    found = read("demo/minilm", text, limit=6)
    assert found.tokens.labels == ["[CLS]", "the", "cat", "sat", "on", "[SEP]"]
    assert found.cut == len("the mat and looked at the dog")
    assert read("demo/minilm", text, limit=60).cut == 0
    assert read("demo/minilm", text + "   \n", limit=60).cut == 0
    pair = read("demo/minilm", text, "a dog", limit=8)
    assert pair.cut > 0
    assert pair.tokens.split is not None


def test_a_text_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="The text is empty: nothing of it reaches the model"):
        read("demo/smollm2", "")
    # A tokenizer that puts special tokens around it leaves these.
    assert read("demo/minilm", "").tokens.labels == ["[CLS]", "[SEP]"]


def test_ids_that_a_model_wrote() -> None:
    tokenizer = tokenizer_of("demo/t5-title")
    ids = [0, *tokenizer("Unhappy foxes")["input_ids"]]
    tokens = from_ids(tokenizer, ids)
    check(tokens)
    assert (tokens.labels[0], tokens.labels[-1]) == ("<pad>", "</s>")
    assert (tokens.special[0], tokens.special[-1], tokens.special[1]) == (True, True, False)
    assert [word.replace("|", "") for word in words(tokens)] == ["Unhappy", "foxes"]
    assert tokens.ids.tolist() == ids


# Tokenizers in Python


def xlm(folder: Any) -> Any:
    """Return the tokenizer of XLM: it exists in Python alone, and marks the ends of words."""
    import json

    from transformers import XLMTokenizer

    vocabulary = ["<s>", "</s>", "<pad>", "<unk>", "<special1>", "<special0>"]
    vocabulary += [*"abcdefghijklmnopqrstuvwxyz", *(f"{c}</w>" for c in "abcdefghijklmnopqrstuv")]
    vocabulary += ["w</w>", "x</w>", "y</w>", "z</w>", ".</w>", "th", "the</w>", "fo", "fox</w>"]
    (folder / "vocab.json").write_text(json.dumps({v: k for k, v in enumerate(vocabulary)}))
    (folder / "merges.txt").write_text("t h\nth e</w>\nf o\nfo x</w>\n")
    return XLMTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))


def test_a_tokenizer_without_offsets(tmp_path: Any) -> None:
    tokenizer = xlm(tmp_path)
    assert not tokenizer.is_fast
    found = encode(tokenizer, ("the foxes run.",), None)
    check(found.tokens)
    assert found.tokens.labels[1:4] == ["the", "fo", "x"]
    assert [w.replace("|", "") for w in words(found.tokens)] == ["the", "foxes", "run", "."]
    assert found.tokens.special.tolist() == [True, *[False] * (len(found.tokens) - 2), True]


def test_a_pair_without_offsets(tmp_path: Any) -> None:
    found = encode(xlm(tmp_path), ("the fox", "the end"), None)
    labels = found.tokens.labels
    assert found.tokens.split == [k for k, label in enumerate(labels) if label == "the"][1]


def test_a_cut_without_offsets_is_told(tmp_path: Any) -> None:
    found = encode(xlm(tmp_path), ("the fox runs and runs and runs",), 6)
    assert len(found.tokens) == 6
    assert found.cut > 0


def test_a_tokenizer_that_fails_is_named() -> None:
    class Failing:
        is_fast = False

        def __call__(self, **_: Any) -> Any:
            raise KeyError("no such\npiece")

    with pytest.raises(ModelError, match=r"The tokenizer Failing cannot read the text: .*no such"):
        encode(Failing(), ("a",), None)
