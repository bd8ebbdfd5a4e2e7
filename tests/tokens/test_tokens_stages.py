"""The stages end in what the tokenizer itself gives, for any text, or say that they do not."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

import tfwidgets as tfw
from tests.tokens.demos import KINDS, followed, own_ids, tokenizer_of
from tests.tokens.trained import UNKNOWN, plain
from tfwidgets.tokens.stages import MOST_CHARACTERS


@pytest.mark.parametrize("kind", KINDS)
def test_stages_of_any_text_and_pair_end_in_its_ids(kind: str) -> None:
    tokenizer = tokenizer_of(kind)
    for texts, stages in followed(kind):
        assert stages.problem is None, texts
        assert stages.ids == own_ids(tokenizer, *texts), texts


def test_there_are_thousands_of_random_texts_with_all_that_is_difficult() -> None:
    rows = [row for kind in KINDS for row, _ in followed(kind)]
    assert sum(map(len, rows)) > 3000
    text = "".join("".join(row) for row, _ in followed(KINDS[0]))
    assert len(set(text)) > 700
    assert {"\x00", "\u200d", "\u0301", "\ufeff", "\u202e", "\U0001f600"} <= set(text)
    kinds = Counter(p.kind for _, stages in followed(KINDS[0]) for p in stages["model"])
    assert kinds["added"] > 200


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\n\n\n", "\u200b", "\x00", "\u0301", "[MASK]", "[MASK][MASK]", " [MASK] "),
        *("a<left>  b", "a  <left>b", "a<right>  b", "a  <both>  b", "a word, words sword word"),
        *("KAFÉ kafe Kafé", "a ẞ ß", "new york New York newyork", "😀", "😀😀", "Ġ▁Ċ"),
    ],
)
def test_stages_of_what_tokenizers_stumble_over(kind: str, text: str) -> None:
    tokenizer = tokenizer_of(kind)
    inspector = tfw.tokens(text, tokenizer=tokenizer)
    assert inspector.stages.problem is None
    assert inspector.stages.exact
    assert inspector.stages.ids == inspector.ids.tolist() == own_ids(tokenizer, text)


def test_special_tokens_may_be_left_out(minilm: Any) -> None:
    stages = tfw.tokens("a [MASK]", "b", tokenizer=minilm, add_special_tokens=False).stages
    assert stages.ids == minilm("a [MASK]", "b", add_special_tokens=False)["input_ids"]


def test_padding_and_truncation_come_after_the_stages(minilm: Any) -> None:
    text = "the dog and the cat"
    cut = tfw.tokens(text, tokenizer=minilm, max_length=4, padding="max_length", truncation=True)
    assert len(cut) == 4
    assert cut.stages.ids == minilm(text)["input_ids"]


def test_special_tokens_that_count_as_text_are_text() -> None:
    tokenizer = Tokenizer.from_str(plain("WordPiece").to_str())
    tokenizer.encode_special_tokens = True
    stages = tfw.tokens("a [MASK] b", tokenizer=tokenizer).stages
    assert [piece.kind for piece in stages["added"]] == ["text"]
    assert stages.ids == tokenizer.encode("a [MASK] b").ids


def test_a_component_written_in_python_is_followed_too() -> None:
    class Halves:
        def pre_tokenize(self, text: Any) -> None:
            text.split(lambda _, part: [part[: len(str(part)) // 2], part[len(str(part)) // 2 :]])

    tokenizer = Tokenizer(plain("WordPiece").model)
    tokenizer.pre_tokenizer = pre_tokenizers.PreTokenizer.custom(Halves())
    stages = tfw.tokens("foxdog", tokenizer=tokenizer).stages
    assert [piece.text for piece in stages["pre-tokenizer"]] == ["fox", "dog"]
    assert stages.ids == tokenizer.encode("foxdog").ids


# What cannot be told


def test_what_cannot_be_followed_is_not_drawn() -> None:
    # The snowman comes only where the text behind an added token begins with "bc".
    tokenizer = Tokenizer(models.WordLevel({UNKNOWN: 0}, unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Replace(Regex("^bc"), "☃")
    tokenizer.add_special_tokens(["[X]"])
    assert tfw.tokens("a[X]b", tokenizer=tokenizer).stages.exact
    stages = tfw.tokens("a[X]bc", tokenizer=tokenizer).stages
    assert not stages.exact
    assert len(stages) == 0
    assert stages.ids == []
    assert stages.problem is not None
    assert "could not be followed" in stages.problem.text("en")
    assert "could not be followed" in repr(stages)


def test_a_tokenizer_that_draws_lots_is_not_drawn() -> None:
    tokenizer = Tokenizer.from_str(plain("byte-level BPE").to_str())
    tokenizer.model.dropout = 0.5
    stages = tfw.tokens("the quick brown fox jumps over the lazy dog", tokenizer=tokenizer).stages
    assert not stages.exact
    assert stages.problem is not None
    assert "do not end in what it gives" in stages.problem.text("en")
    assert len(stages) == 0


def test_of_a_long_text_the_beginning_is_followed(minilm: Any) -> None:
    text = "the cat sat " * (MOST_CHARACTERS // 10)
    stages = tfw.tokens(text, tokenizer=minilm).stages
    assert not stages.whole
    followed = text[: stages.characters]
    assert MOST_CHARACTERS - 5 < len(followed) <= MOST_CHARACTERS
    assert text[stages.characters] == " "  # no word is cut in two
    assert stages.ids == minilm(followed, verbose=False)["input_ids"]
    assert tfw.tokens("the cat", tokenizer=minilm).stages.whole
