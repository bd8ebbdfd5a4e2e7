"""What stands between the borders of each stage: where it comes from, and what was done to it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer, normalizers

import tfwidgets as tfw
from tests.tokens.demos import KINDS, followed, tokenizer_of
from tests.tokens.trained import plain, trained
from tfwidgets.tokens.stages import Stages
from tfwidgets.tokens.subject import Subject


def stages_of(text: str, tokenizer: Any) -> Stages:
    return tfw.tokens(text, tokenizer=tokenizer).stages


def shown(stage: Any) -> list[str]:
    return [piece.text for piece in stage]


# Borders and places, for any text


@pytest.mark.parametrize("kind", KINDS)
def test_at_first_the_text_is_cut_at_added_tokens_and_nowhere_else(kind: str) -> None:
    subject = Subject(tokenizer_of(kind))
    early = {token.content for token in subject.added.values() if not token.normalized}
    for texts, stages in followed(kind):
        for sequence, text in enumerate(texts):
            pieces = [piece for piece in stages["added"] if piece.sequence == sequence]
            assert "".join(text[piece.start : piece.end] for piece in pieces) == text
            for piece in pieces:
                assert piece.text == text[piece.start : piece.end]
                assert (piece.kind == "added") is (piece.text.strip() in early), text
            assert "tt" not in "".join(piece.kind[0] for piece in pieces)


@pytest.mark.parametrize("kind", KINDS)
def test_no_character_is_lost_without_a_word(kind: str) -> None:
    for texts, stages in followed(kind):
        for sequence, text in enumerate(texts):
            places: Counter[int] = Counter()
            for piece in stages["normalizer"]:
                if piece.sequence == sequence:
                    whole = range(piece.start, piece.end)
                    kept = (change.place for change in piece.changes)
                    places.update(whole if piece.kind == "added" else kept)
            assert places == Counter(range(len(text))), text


@pytest.mark.parametrize(
    "kind", ["WordPiece", "WordPiece after a sequence", "demo/minilm", "demo/grammar"]
)
def test_what_a_word_stands_for_normalises_to_the_word(kind: str) -> None:
    normalize = Subject(tokenizer_of(kind)).rust.normalizer.normalize_str
    words = [(p, texts[p.sequence]) for texts, s in followed(kind) for p in s.pre_tokens]
    assert len(words) > 1000
    for piece, text in words:
        if piece.kind == "text":
            assert normalize(text[piece.start : piece.end]).strip(" ") == piece.text


@pytest.mark.parametrize("kind", ["byte-level BPE", "demo/smollm2"])
def test_what_a_word_stands_for_has_its_bytes(kind: str) -> None:
    decode = Subject(tokenizer_of(kind)).rust.decoder.decode
    words = [(p, texts[p.sequence]) for texts, s in followed(kind) for p in s.pre_tokens]
    assert len(words) > 1000
    for piece, text in words:
        if piece.kind == "text":
            assert decode([piece.text]) == text[piece.start : piece.end]


@pytest.mark.parametrize("kind", KINDS)
def test_tokens_lie_where_the_tokenizer_says(kind: str) -> None:
    tokenizer = tokenizer_of(kind)
    rust = Tokenizer.from_str(getattr(tokenizer, "backend_tokenizer", tokenizer).to_str())
    rust.no_truncation()
    rust.no_padding()
    for texts, stages in followed(kind)[-100:]:
        given = [rust.encode(text, add_special_tokens=False) for text in texts]
        pieces = stages["model"].pieces
        assert [(p.start, p.end) for p in pieces] == [place for e in given for place in e.offsets]
        assert [p.sequence for p in pieces] == [k for k, e in enumerate(given) for _ in e.ids]
        first = max(given[0].word_ids, default=-1) + 1
        words = [word + first * k for k, e in enumerate(given) for word in e.word_ids]
        assert [p.word for p in pieces] == words


# Added tokens


def test_added_tokens_are_taken_out_before_anything_else(minilm: Any) -> None:
    stages = stages_of("A [MASK] [mask]", minilm)
    assert [(piece.text, piece.kind) for piece in stages["added"]] == [
        ("A ", "text"),
        ("[MASK]", "added"),
        (" [mask]", "text"),
    ]
    assert shown(stages["pre-tokenizer"]) == ["a", "[MASK]", "[", "mask", "]"]
    assert stages["added"].changed
    assert not stages_of("A [mask]", minilm)["added"].changed


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a  <left>  b", ["a", "  <left>", "  b"]),
        ("a  <right>  b", ["a  ", "<right>  ", "b"]),
        ("a  <both>  b", ["a", "  <both>  ", "b"]),
        ("a word.sword", ["a ", "word", ".sword"]),
    ],
)
def test_blanks_and_borders_belong_to_an_added_token_as_it_says(
    text: str, pieces: list[str]
) -> None:
    stages = stages_of(text, trained("byte-level BPE"))
    assert shown(stages["added"]) == pieces
    names = [piece.text for piece in stages["model"] if piece.kind == "added"]
    assert names == [piece.strip() for piece in pieces if piece.strip() in ("word", names[0])]


def test_what_is_looked_for_in_normalised_text_comes_after_the_normalizer() -> None:
    stages = stages_of("kafe KAFÉ <left>", trained("WordPiece"))
    kinds = [stage.kind for stage in stages]
    assert kinds == [
        *("added", "normalizer", "added-normalized"),
        *("pre-tokenizer", "model", "post-processor"),
    ]
    assert [piece.text for piece in stages["added"] if piece.kind == "added"] == [" <left>"]
    late = [piece for piece in stages["added-normalized"] if piece.kind == "added"]
    assert [(piece.start, piece.end) for piece in late] == [(0, 4), (5, 9), (9, 16)]
    kafé = trained("WordPiece").token_to_id("Kafé")
    assert [piece.id for piece in stages["model"]][:2] == [kafé, kafé]


def test_the_stage_for_normalised_added_tokens_is_there_when_one_is() -> None:
    kinds = [stage.kind for stage in stages_of("no such thing", trained("WordPiece"))]
    assert "added-normalized" not in kinds


def test_an_added_token_that_is_markup_is_one_piece() -> None:
    name = 'unk"><img src=x onerror=alert(1)>'
    assert shown(stages_of(f"a{name}b", trained("Unigram, first"))["added"]) == ["a", name, "b"]


# Steps


def test_each_step_of_a_sequence_stands_alone() -> None:
    stages = stages_of(" Ünïcode ﬁ\u0301 ", plain("WordPiece after a sequence"))
    stage = stages["normalizer"]
    component = plain("WordPiece after a sequence").normalizer
    assert [step.name for step in stage.steps] == ["NFD", "Lowercase", "StripAccents", "Strip"]
    text = " Ünïcode ﬁ\u0301 "
    for k, step in enumerate(stage.steps):
        text = component[k].normalize_str(text)
        assert "".join(shown(step)) == text
    assert stage.steps[-1].pieces == stage.pieces or shown(stage) == shown(stage.steps[-1])
    assert [step.changed for step in stage.steps] == [True] * 4


def test_the_steps_of_berts_normalizer_are_told_apart(minilm: Any) -> None:
    stage = stages_of("Ça\x00東", minilm)["normalizer"]
    assert [step.name for step in stage.steps] == [
        *("clean_text", "handle_chinese_chars", "strip_accents", "lowercase"),
    ]
    assert [shown(step) for step in stage.steps] == [["Ça東"], ["Ça 東 "], ["Ca 東 "], ["ca 東 "]]
    assert shown(stage) == ["ca 東 "]


def test_a_cased_bert_keeps_case_and_accents() -> None:
    stage = stages_of("Ça", tokenizer_of("demo/grammar"))["normalizer"]
    assert [step.name for step in stage.steps] == ["clean_text", "handle_chinese_chars"]
    assert not stage.changed


def test_the_steps_of_a_pre_tokenizer(smollm2: Any) -> None:
    stage = stages_of("in 2024", smollm2)["pre-tokenizer"]
    assert [(step.name, shown(step)) for step in stage.steps] == [
        ("Digits", ["in ", "2", "0", "2", "4"]),
        ("ByteLevel", ["in", "Ġ", "2", "0", "2", "4"]),
    ]


def test_runs_tell_what_was_kept_changed_and_removed(minilm: Any) -> None:
    (piece,) = stages_of("Ab\x00\x00cÉ", minilm)["normalizer"]
    assert [tuple(run) for run in piece.runs] == [
        ("a", "changed"),
        ("b", "same"),
        ("\x00\x00", "removed"),
        ("c", "same"),
        ("e", "changed"),
    ]


@pytest.mark.parametrize("normalizer", [None, normalizers.Sequence([])])
def test_a_stage_that_is_not_there_and_one_that_does_nothing(normalizer: Any) -> None:
    tokenizer = Tokenizer.from_str(plain("byte-level BPE").to_str())
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    stages = stages_of("a B", tokenizer)
    assert stages["normalizer"].absent is (normalizer is None)
    assert not stages["normalizer"].changed
    assert shown(stages["normalizer"]) == ["a B"]
    assert ("there is none" in repr(stages)) is (normalizer is None)


def test_ids_come_with_the_model_and_special_tokens_at_the_end(minilm: Any) -> None:
    stages = tfw.tokens("unbelievably", "b", tokenizer=minilm).stages
    assert {piece.id for stage in list(stages)[:-2] for piece in stage} == {None}
    assert shown(stages["model"]) == ["un", "##bel", "##ie", "##va", "##bly", "b"]
    last = stages["post-processor"]
    assert [piece.text for piece in last if piece.kind == "special"] == ["[CLS]", "[SEP]", "[SEP]"]
    assert {(p.word, p.sequence) for p in last if p.kind == "special"} == {(-1, -1)}
    assert [piece.sequence for piece in last if piece.kind == "text"] == [0] * 5 + [1]
    assert stages.words == 2


def test_a_stage_is_asked_for_by_its_kind(minilm: Any) -> None:
    stages = stages_of("a", minilm)
    assert stages["model"] is stages[3]
    with pytest.raises(KeyError):
        stages["added-normalized"]
    assert str(stages["model"]) == "model (nothing changed): a"
    assert repr(stages).count("\n") == 4


def test_a_single_character_may_be_an_added_token() -> None:
    tokenizer = Tokenizer.from_str(plain("WordPiece").to_str())
    tokenizer.add_tokens([AddedToken("x", normalized=False), AddedToken("x y", normalized=False)])
    stages = stages_of("axbx y", tokenizer)
    assert [p.text for p in stages["added"] if p.kind == "added"] in (["x", "x"], ["x", "x y"])
    assert stages.ids == tokenizer.encode("axbx y").ids
