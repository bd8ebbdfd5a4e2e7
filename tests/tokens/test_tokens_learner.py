"""The tokenizer of a learner."""

from __future__ import annotations

from typing import Any

import pytest

import tfwidgets as tfw
from tests.magics.plain_shell import plain_shell
from tests.support.learner import Learner
from tests.tokens.trained import dressed

TEXT = "the dog sat on the mat"


@pytest.fixture
def learner() -> Learner:
    return Learner(object(), dressed("byte-level BPE", model_max_length=48))


def test_a_learner_in_place_of_a_name(learner: Learner) -> None:
    plain = tfw.tokens(TEXT, tokenizer=learner.tokenizer)
    holder: Any = type("Holder", (), {"model": learner})()
    for one in (learner, holder):
        result = tfw.tokens(TEXT, model=one)
        assert result.to_frame().equals(plain.to_frame())
        assert "a learner" in repr(result)


def test_two_learners_are_compared(learner: Learner) -> None:
    other = Learner(object(), dressed("Unigram, first"))
    result = tfw.tokens(TEXT, model=learner, compare=other).comparison()
    assert len(result) == 2
    listed = tfw.tokens(TEXT, model=learner, compare=[other]).comparison()
    assert result.equals(listed)
    assert result.iloc[0].ne(result.iloc[1]).any()


def test_the_magic_takes_the_variable(learner: Learner) -> None:
    with plain_shell(learn=learner) as shell:
        result = shell.run_line_magic("tokens", f"--model learn {TEXT}")
    assert "a learner" in repr(result)
