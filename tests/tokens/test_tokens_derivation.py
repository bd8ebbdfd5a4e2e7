"""How a model divides a word: what is replayed is what the model does."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from tokenizers import Tokenizer, models, trainers

from tests.tokens.demos import KINDS, tokenizer_of
from tests.tokens.random_texts import random_text
from tests.tokens.trained import CORPUS, plain
from tfwidgets.errors import InputError
from tfwidgets.tokens.derivation import LONGEST, Deriver

UNK = "<unk>"
LETTERS = "abcdefghijklmnopqrstuvwxyz▁ĠéßABC123"


def random_words(count: int) -> list[str]:
    draw = Random(1)  # noqa: S311 - nothing is kept secret here
    letters = ("".join(draw.choices(LETTERS, k=draw.randint(1, 12))) for _ in range(count))
    mixed = (random_text(draw, 3) + letter for letter in letters)
    # A model never sees the name of an unknown piece: it is taken out before.
    return [word.replace("<unk>", "") for word in mixed]


def rust_of(kind: str) -> Any:
    tokenizer = tokenizer_of(kind)
    return getattr(tokenizer, "backend_tokenizer", tokenizer)


def pieces_of(model: Any, word: str) -> list[str]:
    return [token.value for token in model.tokenize(word)]


def derived(derivation: dict[str, Any], model: Any) -> list[str]:
    """Return the pieces that a derivation ends in, unknown ones under their own names."""
    if derivation["algorithm"] == "BPE":
        if derivation["direct"]:
            return [derivation["word"]]
        return derivation["merges"][-1]["parts"] if derivation["merges"] else derivation["symbols"]
    if derivation["algorithm"] == "WordPiece":
        steps = derivation["steps"]
        return [s["piece"] for s in steps] if all(s["known"] for s in steps) else [model.unk_token]
    return [piece["piece"] for piece in derivation["paths"][0]["pieces"]]


def known(model: Any, pieces: list[str]) -> list[str]:
    return [piece for piece in pieces if model.token_to_id(piece) is not None]


@pytest.mark.parametrize("kind", KINDS)
def test_the_derivation_of_any_word_ends_in_its_pieces(kind: str) -> None:
    rust = rust_of(kind)
    model = rust.model
    deriver = Deriver(rust)
    bytes_first = rust.pre_tokenizer if "byte-level" in kind or "smollm2" in kind else None
    unknown = getattr(model, "unk_token", None)
    for word in random_words(200):
        if bytes_first is not None:
            word = bytes_first.pre_tokenize_str(word)[-1][0]
        derivation = deriver.derive(word)
        assert derivation["word"] == word
        assert derivation["exact"], word
        made, given = derived(derivation, model), pieces_of(model, word)
        if len(known(model, made)) == len(made):
            assert made == given
        else:  # the model calls what it does not know by another name
            kept = set(known(model, made)) - {unknown}
            assert [p for p in made if p in kept] == [p for p in given if p in kept]


def test_merges_go_by_rank() -> None:
    merges = [("l", "o"), ("lo", "w"), ("e", "r")]
    vocabulary = {c: k for k, c in enumerate(["l", "o", "w", "e", "r", "lo", "low", "er"])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    derivation = Deriver(tokenizer).derive("lower")
    assert derivation["symbols"] == list("lower")
    steps = [(m["rank"], m["left"], m["right"], m["parts"]) for m in derivation["merges"]]
    assert steps == [
        (0, "l", "o", ["lo", "w", "e", "r"]),
        (1, "lo", "w", ["low", "e", "r"]),
        (2, "e", "r", ["low", "er"]),
    ]


def test_of_equal_merges_the_leftmost_is_first() -> None:
    vocabulary = {c: k for k, c in enumerate(["a", "b", "ab", "aba"])}
    model = models.BPE(vocab=vocabulary, merges=[("a", "b"), ("ab", "a")])
    derivation = Deriver(Tokenizer(model)).derive("ababa")
    assert [merge["parts"] for merge in derivation["merges"]] == [
        ["ab", "a", "b", "a"],
        ["ab", "ab", "a"],
        ["ab", "aba"],
    ]
    assert derivation["exact"]


def test_a_word_that_is_a_piece_may_be_taken_without_merges() -> None:
    vocabulary = {c: k for k, c in enumerate(["a", "b", "c", "ab", "abc"])}
    for ignore in (True, False):
        model = models.BPE(vocab=vocabulary, merges=[("a", "b")], ignore_merges=ignore)
        derivation = Deriver(Tokenizer(model)).derive("abc")
        assert derivation["exact"]
        assert derivation["direct"] is ignore
        assert derived(derivation, model) == (["abc"] if ignore else ["ab", "c"])


def test_marks_of_words_are_part_of_the_symbols() -> None:
    tokenizer = Tokenizer(models.BPE(unk_token=UNK))
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=[UNK],
        continuing_subword_prefix="##",
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    tokenizer.train_from_iterator(" ".join(CORPUS).split(), trainer)
    deriver = Deriver(tokenizer)
    for word in (*" ".join(CORPUS).split(), "quickest"):
        derivation = deriver.derive(word)
        assert derivation["exact"], word
        assert derived(derivation, tokenizer.model) == pieces_of(tokenizer.model, word)


def test_unknown_characters_become_bytes() -> None:
    rust = plain("BPE with byte fallback")
    derivation = Deriver(rust).derive("fox\N{SNOWMAN}")
    assert derivation["exact"]
    assert derivation["symbols"][-3:] == ["<0xE2>", "<0x98>", "<0x83>"]
    assert derived(derivation, rust.model) == pieces_of(rust.model, "fox\N{SNOWMAN}")


def test_unknown_characters_without_bytes_are_unknown() -> None:
    vocabulary = {UNK: 0, "a": 1, "b": 2, "ab": 3}
    for fuse in (True, False):
        model = models.BPE(vocab=vocabulary, merges=[("a", "b")], unk_token=UNK, fuse_unk=fuse)
        derivation = Deriver(Tokenizer(model)).derive("ab\N{SNOWMAN}\N{SNOWMAN}ab")
        assert derivation["exact"]
        assert derivation["symbols"] == ["a", "b", "\N{SNOWMAN}", "\N{SNOWMAN}", "a", "b"]


def test_longest_pieces_first() -> None:
    vocabulary = {w: k for k, w in enumerate([UNK, "un", "##happ", "##y", "##ily", "##ha"])}
    tokenizer = Tokenizer(models.WordPiece(vocab=vocabulary, unk_token=UNK))
    derivation = Deriver(tokenizer).derive("unhappily")
    assert derivation["steps"] == [
        {"piece": "un", "rest": "happily", "tried": 7, "known": True},
        {"piece": "##happ", "rest": "ily", "tried": 3, "known": True},
        {"piece": "##ily", "rest": "", "tried": 0, "known": True},
    ]
    broken = Deriver(tokenizer).derive("unhappiness")
    assert broken["exact"]
    assert [step["known"] for step in broken["steps"]] == [True, True, False]
    assert broken["steps"][-1]["rest"] == "iness"


def test_a_word_too_long_for_wordpiece_is_unknown_as_a_whole() -> None:
    rust = plain("WordPiece")
    for length, exact_pieces in ((100, None), (101, ["[UNK]"])):
        derivation = Deriver(rust).derive("a" * length)
        assert derivation["exact"]
        assert derived(derivation, rust.model) == (exact_pieces or pieces_of(rust.model, "a" * 100))
    assert Deriver(rust).derive("a" * 101)["steps"] == [
        {"piece": "[UNK]", "rest": "", "tried": 0, "known": False}
    ]


def test_the_best_path_and_the_next_best_ones() -> None:
    rows = [("<unk>", 0.0), ("a", -1.0), ("b", -2.0), ("ab", -2.5), ("c", -1.5), ("bc", -4.0)]
    tokenizer = Tokenizer(models.Unigram(rows, unk_id=0))
    derivation = Deriver(tokenizer).derive("abc")
    paths = [([p["piece"] for p in path["pieces"]], path["score"]) for path in derivation["paths"]]
    assert paths == [(["ab", "c"], -4.0), (["a", "b", "c"], -4.5), (["a", "bc"], -5.0)]
    assert derivation["exact"]
    (best, *_) = Deriver(tokenizer).derive("aß")["paths"]
    unknown = {"piece": "ß", "score": -14.0, "known": False}
    assert best["pieces"] == [{"piece": "a", "score": -1.0, "known": True}, unknown]


def test_scores_of_a_path_add_up(t5: Any) -> None:
    for path in Deriver(t5.backend_tokenizer).derive("▁unhappily")["paths"]:
        total = sum(piece["score"] for piece in path["pieces"])
        assert path["score"] == pytest.approx(total)


def test_unigram_with_bytes_for_unknown_characters() -> None:
    named = [(f"<0x{byte:02X}>", -9.0) for byte in range(256)]
    rows = [("<unk>", 0.0), ("a", -1.0), *named]
    tokenizer = Tokenizer(models.Unigram(rows, unk_id=0, byte_fallback=True))
    assert pieces_of(tokenizer.model, "aß") == ["a", "<0xC3>", "<0x9F>"]
    assert Deriver(tokenizer).derive("aß")["exact"]


def test_words_are_looked_up() -> None:
    tokenizer = Tokenizer(models.WordLevel({UNK: 0, "fox": 1}, unk_token=UNK))
    for word, piece in (("fox", "fox"), ("dog", UNK)):
        assert Deriver(tokenizer).derive(word) == {
            "algorithm": "WordLevel",
            "word": word,
            "piece": piece,
            "known": word == piece,
            "exact": True,
        }


def test_a_word_too_long_to_draw_is_refused() -> None:
    deriver = Deriver(plain("WordPiece"))
    assert deriver.derive("a" * LONGEST)["exact"]
    with pytest.raises(InputError, match="201 characters: too many to draw"):
        deriver.derive("a" * (LONGEST + 1))
