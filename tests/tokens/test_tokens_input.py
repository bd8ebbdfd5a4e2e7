"""What is asked for in a way that cannot work gets a clear message, and nothing breaks."""

from __future__ import annotations

from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing

import tfwidgets as tfw
from tests.support.tiny import tiny_bert
from tests.tokens.page import Page
from tests.tokens.trained import dressed, plain


def refused(*texts: Any, **options: Any) -> str:
    with pytest.raises(tfw.TfWidgetsError) as caught:
        tfw.tokens(*texts, **{"tokenizer": plain("WordPiece"), **options})
    message = str(caught.value)
    assert 0 < len(message) < 600
    return message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"x", "text is a bytes: expected a string, a list of strings, or chat messages."),
        (None, "text is None: expected a string"),
        (3.5, "text is a float: expected a string"),
        (True, "text is a bool: expected a string"),
        ([], "There is no text: the list is empty."),
        ({}, "There is no text: the list is empty."),
        ([None], "Text 1 is None: expected a string."),
        (["a", 5], "Text 2 is an int: expected a string."),
        (["a", b"b"], "Text 2 is a bytes: expected a string."),
        ([["a"]], "Text 1 is a list: expected a string."),
        ({"a": 1}, "Text 1 is an int: expected a string."),
        ([{"role": "user", "content": "x"}, "x"], "Text 1 is a dict: expected a string."),
    ],
)
def test_what_is_no_text(text: Any, message: str) -> None:
    assert refused(text).startswith(message)


@pytest.mark.parametrize("value", [{"role": "user", "content": "hi"}, pd.DataFrame({"t": ["a"]})])
def test_what_only_looks_like_a_list_of_texts(value: Any) -> None:
    refused(value)


@pytest.mark.parametrize(
    "texts", [("a", "b"), np.array(["a", "b"]), pd.Series(["a", "b"]), (c for c in "ab")]
)
def test_lists_of_all_kinds(texts: Any) -> None:
    assert tfw.tokens(texts, tokenizer=plain("WordPiece")).texts == [("a",), ("b",)]


@pytest.mark.parametrize(
    ("text", "pair", "message"),
    [
        ("a", b"x", "pair goes with text: a string with a string, a list with a list."),
        ("a", 5, "pair goes with text"),
        ("a", ["b"], "pair goes with text"),
        (["a"], "b", "pair goes with text"),
        (["a"], ["b", "c"], "There are 1 texts and 2 pairs."),
        (["a", "b"], [], "There are 2 texts and 0 pairs."),
    ],
)
def test_what_is_no_pair(text: Any, pair: Any, message: str) -> None:
    assert refused(text, pair).startswith(message)


def test_pairs_of_named_texts_are_matched_by_name() -> None:
    ours = tfw.tokens({"x": "a", "y": "b"}, {"y": "b", "x": "a"}, tokenizer=plain("WordPiece"))
    assert ours.texts == [("a", "a"), ("b", "b")]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_length": 0}, "max_length must be a whole number of at least 1, not 0."),
        ({"max_length": -3}, "max_length must be a whole number of at least 1, not -3."),
        ({"max_length": 1.5}, "max_length must be a whole number"),
        ({"max_length": True}, "max_length must be a whole number"),
        ({"max_length": "5"}, "max_length must be a whole number of at least 1, not '5'."),
        ({"padding": "left"}, "padding is 'left': "),
        ({"padding": ["longest"]}, "padding is ['longest']: "),
        ({"padding": 3}, "padding is 3: "),
        ({"truncation": "short"}, "truncation is 'short': "),
        ({"padding_side": "middle"}, "padding_side is 'middle': left or right."),
        ({"stride": -1}, "stride must be a whole number of at least 0, not -1."),
        ({"pad_to_multiple_of": 0}, "pad_to_multiple_of must be a whole number of at least 1"),
        ({"truncation": True}, "Tokenizer has no limit of its own: this needs a max_length."),
        ({"padding": "max_length"}, "Tokenizer has no limit of its own"),
        ({"max_length": 3, "stride": 1}, "stride=1 is too much: of 3 tokens 2 are special"),
        ({"max_length": 6, "stride": 9}, "stride=9 is too much: of 6 tokens 2 are special"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], message: str) -> None:
    assert refused("the quick fox", **options).startswith(message)


@pytest.mark.parametrize("stride", range(6))
@pytest.mark.parametrize("length", range(1, 7))
@pytest.mark.parametrize("dress", [False, True])
def test_no_length_and_stride_make_the_library_panic(dress: bool, length: int, stride: int) -> None:
    tokenizer = dressed("WordPiece") if dress else plain("WordPiece")
    for texts in (("a quick brown fox jumps",), ("a quick brown fox", "the dog")):
        with suppress(tfw.TfWidgetsError):  # that is a message for people
            tfw.tokens(*texts, tokenizer=tokenizer, max_length=length, stride=stride)


@pytest.mark.parametrize(
    "annotations",
    [
        [(0, 1)],
        [(0, 99, "x")],
        [(2, 1, "x")],
        [(1, 1, "x")],
        [(-1, 1, "x")],
        [("a", 1, "x")],
        [5],
        5,
        ["abc"],
    ],
)
def test_annotations_that_cannot_be(annotations: Any) -> None:
    assert "annotation" in refused("the fox", annotations=annotations)


def test_annotations_are_tuples_or_objects_with_these_attributes() -> None:
    entity = SimpleNamespace(start=4, end=7, label="ANIMAL", text="fox")
    inspector = tfw.tokens(
        "the fox", tokenizer=plain("WordPiece"), annotations=[entity, (0, 3, "DET")]
    )
    assert inspector.mark_labels == ["ANIMAL", "DET"]
    assert Page(inspector).blocks()[0].marks == [("the", 1), ("fox", 0)]


# Tokenizers


@pytest.mark.parametrize("value", [5, object(), int, np.array([1]), plain("WordPiece").model, len])
def test_what_is_no_tokenizer(value: Any) -> None:
    assert refused("a", tokenizer=value).startswith(
        "A tokenizer comes from transformers or tokenizers, not "
    )


def test_one_tokenizer_is_named_once() -> None:
    assert (
        refused("a", model="demo/minilm")
        == "model and tokenizer both name a tokenizer: use one of them."
    )


def test_more_than_four_cannot_be_looked_at() -> None:
    assert refused("a", compare=[plain("WordPiece")] * 4).startswith("5 tokenizers are too many")


def test_names_that_nobody_has() -> None:
    assert refused("a", tokenizer="./nowhere").startswith("There is no folder ./nowhere.")
    assert "Did you mean 'demo/minilm'?" in refused("a", tokenizer="demo/minilmm")
    assert refused("a", compare="").startswith("The name of the model is empty.")


def test_a_tokenizer_may_come_with_its_model_or_in_something(tmp_path: Any) -> None:
    fast = dressed("WordPiece")
    own = fast("a fox")["input_ids"]
    for value in (fast, (None, fast), [object(), fast], SimpleNamespace(tokenizer=fast)):
        assert tfw.tokens("a fox", tokenizer=value).ids.tolist() == own
        assert tfw.tokens("a fox", model=value).ids.tolist() == own
    loaded = tfw.load(tiny_bert(tmp_path), progress=False)
    inspector = tfw.tokens("the film", model=loaded)
    assert inspector.tokenizer is loaded.tokenizer
    assert inspector.name == loaded.name
    compared = tfw.tokens("the film", model=loaded, compare=(loaded.model, loaded.tokenizer))
    assert len(compared.readings) == 2


def test_a_tokenizer_without_limit_has_no_context() -> None:
    tokenizer = dressed("WordPiece", model_max_length=int(1e30))
    inspector = tfw.tokens("a fox " * 100, tokenizer=tokenizer)
    assert inspector.subject.context is None
    assert Page(inspector).view.summary["sources"][0]["context"] is None
    assert not inspector.notes
    limited = tfw.tokens("a fox " * 100, tokenizer=dressed("WordPiece", model_max_length=64))
    assert Page(limited).view.summary["sources"][0]["context"] == 64
    (note,) = limited.notes
    assert note.startswith(f"{len(limited) - 64} tokens more than the 64 that ")


def test_where_no_pairs_are_known_that_is_said(smollm2: Any, t5: Any) -> None:
    untold = Tokenizer.from_str(plain("WordPiece").to_str())
    untold.post_processor = TemplateProcessing("$A", "$A $B:0", [])
    for tokenizer in (untold, smollm2):  # SmolLM2's model gets no type ids
        (note,) = tfw.tokens("a", "b", tokenizer=tokenizer).notes
        assert "knows no pairs: the second text follows the first without a separator" in note
    for tokenizer in (plain("WordPiece"), t5):
        assert not tfw.tokens("a", "b", tokenizer=tokenizer).notes
