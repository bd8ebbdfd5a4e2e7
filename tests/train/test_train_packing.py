"""Texts cut, framed and packed, against the same done by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tfwidgets as tfw
from tests.support.tiny import tiny_tokenizer
from tfwidgets.train.data.dataset import Ragged
from tfwidgets.train.tasks.packing import (
    Frame,
    encode_whole,
    framed,
    packed,
    shortened,
    sided,
    word_starts,
)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_tokenizer(tmp_path_factory.mktemp("tokenizer")))


def some_rows(seed: int) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    return [rng.integers(9, size=rng.integers(6)).tolist() for _ in range(rng.integers(1, 9))]


def lists(rows: Ragged) -> list[list[int]]:
    return [row.tolist() for row in rows]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("before", "after"), [((), (7,)), ((8,), ()), ((1, 2), (3, 4)), ((), ())])
def test_framed(seed: int, before: tuple[int, ...], after: tuple[int, ...]) -> None:
    rows = some_rows(seed)
    expected = [[*before, *row, *after] for row in rows]
    assert lists(framed(Ragged.of(rows), before, after)) == expected


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("length", [1, 2, 9])
def test_shortened(seed: int, length: int) -> None:
    rows = some_rows(seed)
    kept, cut = shortened(Ragged.of(rows), length)
    assert lists(kept) == [row[:length] for row in rows]
    assert cut.tolist() == [len(row) > length for row in rows]


def test_no_room_for_a_text() -> None:
    with pytest.raises(tfw.InputError, match="max_length leaves no room"):
        shortened(Ragged.of([[1, 2]]), 0)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("size", [1, 3, 5, 100])
def test_packed(seed: int, size: int) -> None:
    rows = [[*row, 9] for row in some_rows(seed)]
    joined = [i for row in rows for i in row]
    owner = [k for k, row in enumerate(rows) for _ in row]
    blocks, origin = packed(Ragged.of(rows), size)
    assert lists(blocks) == [joined[k : k + size] for k in range(0, len(joined), size)]
    assert origin.tolist() == owner[::size]
    assert len(origin) == len(blocks)


def test_the_frame_is_what_the_tokenizer_adds(tokenizer: Any) -> None:
    frame = Frame.of(tokenizer)
    text = "the film was good"
    ids = tokenizer(text)["input_ids"]
    (bare,) = lists(encode_whole(tokenizer, [text]))
    assert [*frame.before, *bare, *frame.after] == ids
    assert len(frame) == len(ids) - len(bare) == 2


def test_texts_stay_whole_and_nothing_is_printed(tokenizer: Any, capfd: Any) -> None:
    long = "the film was good " * 100
    rows = encode_whole(tokenizer, [long] * 1100)  # more than are encoded at once
    assert len(rows) == 1100
    assert set(rows.lengths) == {400}
    assert "longer than" not in "".join(capfd.readouterr())


def test_word_starts(tokenizer: Any) -> None:
    texts = ["the film liked", "", "unhappy dogs, cats"]
    tokens = [tokenizer.convert_ids_to_tokens(row) for row in lists(encode_whole(tokenizer, texts))]
    expected = [[int(not token.startswith("##")) for token in row] for row in tokens]
    assert [0] != sorted({i for row in expected for i in row}) == [0, 1]
    assert lists(word_starts(tokenizer, texts)) == expected


def test_word_starts_of_a_tokenizer_that_cannot_tell() -> None:
    class Slow:
        is_fast = False

    with pytest.raises(tfw.InputError, match="leave whole_word out"):
        word_starts(Slow(), ["a"])


def test_the_side_of_the_padding(tokenizer: Any, tmp_path: Path) -> None:
    assert sided(tokenizer, "right") is tokenizer
    left = sided(tokenizer, "left")
    assert (left.padding_side, tokenizer.padding_side) == ("left", "right")
    assert np.array_equal(left("the film")["input_ids"], tokenizer("the film")["input_ids"])
