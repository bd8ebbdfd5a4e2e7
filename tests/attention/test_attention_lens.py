"""Words instead of tokens, and what becomes of special ones: against plain NumPy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.attention.made import factored, pieces, random_weights, view_of
from tfwidgets.attention import matrix as matrix_module
from tfwidgets.attention.lens import BLANK_BEFORE, BREAK_BEFORE, SPECIAL, Lens, Units, look
from tfwidgets.attention.matrix import Matrix
from tfwidgets.attention.result import AttentionView
from tfwidgets.attention.tokens import BLANK, BREAK, NO_GAP, Tokens, from_pieces
from tfwidgets.attention.weights import Dense

# Rows of which little is shown lose digits when they are scaled.
ATOL = 1e-4
LENSES = [Lens(words, special, again) for words in (0, 1) for special in (0, 1) for again in (0, 1)]


def units(tokens: Tokens, lens: Lens) -> list[list[int]]:
    """Return the tokens of each unit, found one by one."""
    found: list[list[int]] = []
    for k in range(len(tokens)):
        if tokens.special[k] and not lens.special:
            continue
        word = tokens.words[k]
        joins = lens.words and word >= 0 and found and tokens.words[found[-1][-1]] == word
        if joins and found[-1][-1] == k - 1:
            found[-1].append(k)
        else:
            found.append([k])
    return found


def expected(
    weights: npt.NDArray[np.float64], queries: Tokens, keys: Tokens, lens: Lens
) -> npt.NDArray[np.float64]:
    """Return what a lens makes of the weights of some heads: (heads, q, k) -> (units, units)."""
    rows, columns = units(queries, lens), units(keys, lens)
    weights = weights.astype(np.float64)
    if lens.renormalize and not lens.special:
        kept = weights[:, :, ~keys.special].sum(-1, keepdims=True)
        weights = np.divide(weights, kept, out=np.zeros_like(weights), where=kept > 1e-6)
    mean = weights.mean(0)
    to = np.stack([mean[:, column].sum(1) for column in columns], 1) if columns else mean[:, :0]
    return np.stack([to[row].mean(0) for row in rows]) if rows else to[:0]


def matrix_of(
    weights: torch.Tensor, queries: Tokens, keys: Tokens, lens: Lens, heads: list[int]
) -> Matrix:
    return Matrix(Dense(weights), heads, look(queries, lens), look(keys, lens), lens)


@pytest.mark.parametrize("lens", LENSES, ids=str)
@pytest.mark.parametrize("heads", [[0], [2], [0, 1, 2], [2, 0]])
def test_a_lens_against_numpy(lens: Lens, heads: list[int]) -> None:
    queries, keys = from_pieces(pieces(23)), from_pieces(pieces(31))
    weights = random_weights(3, 23, 31)
    matrix = matrix_of(weights, queries, keys, lens, heads)
    right = expected(weights[heads].numpy(), queries, keys, lens)
    height, width = matrix.shape
    assert matrix.shape == right.shape
    found = matrix.block((0, height), (0, width))
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found, right, atol=ATOL)
    part = matrix.block((2, 7), (3, width - 1))
    np.testing.assert_allclose(part, right[2:7, 3 : width - 1], atol=ATOL)
    rows = matrix.rows([5, 0, 5], (1, 4))
    np.testing.assert_allclose(rows, right[[5, 0, 5], 1:4], atol=ATOL)


@pytest.mark.parametrize("lens", LENSES, ids=str)
def test_stripes_give_the_same(lens: Lens, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = from_pieces(pieces(29))
    matrix = matrix_of(random_weights(3, 29), tokens, tokens, lens, [0, 1, 2])
    every = tuple((0, size) for size in matrix.shape)
    whole = matrix.block(*every)
    for at_once in (1, 100, 700):
        monkeypatch.setattr(matrix_module, "AT_ONCE", at_once)
        torch.testing.assert_close(matrix.block(*every), whole, rtol=0, atol=1e-6)


@pytest.mark.parametrize("words", [False, True])
def test_rows_add_up_to_one_unless_something_is_hidden(words: bool) -> None:
    tokens = from_pieces(pieces(21))
    weights = random_weights(2, 21)
    for lens in (Lens(words), Lens(words, special=False, renormalize=True)):
        matrix = matrix_of(weights, tokens, tokens, lens, [0, 1])
        height, width = matrix.shape
        sums = matrix.block((0, height), (0, width)).sum(1)
        torch.testing.assert_close(sums, torch.ones(height), rtol=0, atol=1e-5)
        assert (matrix.hidden(0) > 0) is not lens.special
    honest = matrix_of(weights, tokens, tokens, Lens(words, special=False), [0, 1])
    height, width = honest.shape
    sums = honest.block((0, height), (0, width)).sum(1)
    assert (sums < 1).all()
    for row in range(height):
        assert honest.hidden(row) == pytest.approx(1 - float(sums[row]), abs=1e-5)


def test_what_is_hidden_of_several_heads_is_their_mean() -> None:
    tokens = from_pieces(["[CLS]", "a", "b", "[SEP]"])
    weights = random_weights(3, 4)
    matrix = matrix_of(weights, tokens, tokens, Lens(special=False), [0, 2])
    share = weights[[0, 2]][:, 2][:, [0, 3]].sum(1).mean()
    assert matrix.hidden(1) == pytest.approx(float(share), abs=1e-6)
    assert matrix_of(weights, tokens, tokens, Lens(), [0]).hidden(1) == 0.0


def test_a_query_that_attends_to_hidden_tokens_alone_has_nothing_to_be_scaled() -> None:
    tokens = from_pieces(["[CLS]", "a", "b"])
    weights = torch.tensor([[[1.0, 0, 0], [1.0, 0, 0], [0.5, 0.25, 0.25]]])
    matrix = matrix_of(weights, tokens, tokens, Lens(special=False, renormalize=True), [0])
    assert matrix.block((0, 2), (0, 2)).tolist() == [[0.0, 0.0], [0.5, 0.5]]
    assert matrix.hidden(0) == pytest.approx(1.0)


def test_nothing_is_left_where_all_is_special() -> None:
    tokens = from_pieces(["[CLS]", "[SEP]"])
    matrix = matrix_of(random_weights(1, 2), tokens, tokens, Lens(special=False), [0])
    assert matrix.shape == (0, 0)
    assert matrix.block((0, 0), (0, 0)).shape == (0, 0)
    seen = look(tokens, Lens(special=False))
    assert (len(seen), seen.labels, seen.flags.tolist(), seen.split) == (0, [], [], None)
    assert seen.hidden == [slice(0, 2)]


@pytest.mark.parametrize("is_causal", [False, True])
def test_queries_and_keys_give_what_their_weights_give(is_causal: bool) -> None:
    both = factored(2, 25, is_causal=is_causal)
    tokens = from_pieces(pieces(25))
    weights = both.block([0, 1], slice(0, 25), slice(0, 25))
    for lens in LENSES:
        seen = look(tokens, lens)
        matrix = Matrix(both, [0, 1], seen, seen, lens)
        size = len(seen)
        np.testing.assert_allclose(
            matrix.block((0, size), (0, size)),
            expected(weights.numpy(), tokens, tokens, lens),
            atol=ATOL,
        )


def rows_of(view: AttentionView) -> torch.Tensor:
    """Return what is left of the rows, scaled."""
    matrix = view.matrix(0, 0, special_tokens=False, renormalize=True)
    height, width = matrix.shape
    return matrix.block((0, height), (0, width))


@pytest.mark.parametrize("shown", [1e-2, 1e-4, 1e-5])
def test_a_row_that_is_almost_all_hidden_still_adds_up_to_one(shown: float) -> None:
    tokens = ["[CLS]", "a", "b", "c", "[SEP]"]
    scores = torch.tensor([[0.0, 1.0, 2.0, 0.5, 0.0]]).expand(1, 5, 5).clone()
    weights = scores.softmax(-1)
    weights[..., 1:4] *= shown
    weights[..., 4] = 1 - weights[..., :4].sum(-1)
    found = rows_of(view_of([weights], tokens))
    right = torch.tensor([1.0, 2.0, 0.5]).softmax(-1).expand(3, 3)
    torch.testing.assert_close(found, right, rtol=0, atol=2e-3)


def test_rows_with_a_sink_are_scaled_to_add_up_to_one_too() -> None:
    """GPT-OSS gives a share of each row to nothing."""
    weights = 0.6 * random_weights(2, 15)
    found = rows_of(view_of([weights]))
    torch.testing.assert_close(found.sum(-1), torch.ones(len(found)), rtol=0, atol=1e-4)


# Units


def test_units_know_their_labels_flags_and_second_text() -> None:
    tokens = from_pieces(["[CLS]", "un", "##happy", "dog", "[SEP]", "cat", "##s", "[SEP]"], split=5)
    seen = look(tokens, Lens(words=True))
    assert seen.labels == ["[CLS]", "unhappy", "dog", "[SEP]", "cats", "[SEP]"]
    assert (seen.split, seen.is_plain) == (4, False)
    assert [bool(flag & SPECIAL) for flag in seen.flags] == [True, False, False, True, False, True]
    assert [bool(flag & BLANK_BEFORE) for flag in seen.flags] == [True] * 6
    bare = look(tokens, Lens(words=True, special=False))
    assert (bare.labels, bare.split) == (["unhappy", "dog", "cats"], 2)
    assert bare.hidden == [slice(0, 1), slice(4, 5), slice(7, 8)]
    assert (bare.span(0, 2), bare.owners(0, 2).tolist()) == (slice(1, 4), [0, 0, 1])
    assert bare.owners(1, 3).tolist() == [0, -1, 1, 1]


def test_flags_tell_blanks_and_ends_of_lines() -> None:
    tokens = from_pieces(["a", "Ġb", "c", "Ċ", "d"])
    assert tokens.gaps.tolist() == [NO_GAP, BLANK, NO_GAP, BREAK, BREAK]
    assert look(tokens, Lens()).flags.tolist() == [0, BLANK_BEFORE, 0, 6, 6]
    assert BREAK_BEFORE | BLANK_BEFORE == 6


@st.composite
def sequences(draw: st.DrawFn) -> Tokens:
    """Tokens with any special ones, words and second text."""
    n = draw(st.integers(1, 12))
    return from_pieces(
        draw(st.lists(st.sampled_from(["a", "##b", "##c", "[CLS]", "dd"]), min_size=n, max_size=n)),
        special=draw(st.lists(st.booleans(), min_size=n, max_size=n)),
        split=draw(st.none() | st.integers(1, n)),
    )


@given(sequences(), sequences(), st.sampled_from(LENSES), st.integers(0, 99))
@settings(max_examples=150, deadline=None)
def test_any_lens_of_any_tokens(queries: Tokens, keys: Tokens, lens: Lens, seed: int) -> None:
    weights = random_weights(2, len(queries), len(keys), seed=seed)
    matrix = matrix_of(weights, queries, keys, lens, [0, 1])
    right = expected(weights.numpy(), queries, keys, lens)
    height, width = matrix.shape
    assert matrix.shape == right.shape
    np.testing.assert_allclose(matrix.block((0, height), (0, width)), right, atol=ATOL)
    for seen in (matrix.queries, matrix.keys):
        check(seen, units(seen.tokens, lens))


def check(seen: Units, right: list[list[int]]) -> None:
    spans = zip(seen.starts.tolist(), seen.ends.tolist(), strict=True)
    assert [list(range(start, end)) for start, end in spans] == right
    shown = {k for unit in right for k in unit}
    hidden = {k for stretch in seen.hidden for k in range(stretch.start, stretch.stop)}
    assert shown | hidden == set(range(len(seen.tokens)))
    assert not shown & hidden
    assert len(seen.labels) == len(right)
    assert all(seen.labels)


def test_a_view_gives_the_same_matrices() -> None:
    weights = random_weights(3, 23)
    view = view_of([weights])
    tokens = view.items[0].axes[0]
    for lens in LENSES:
        matrix = view.matrix(
            0,
            "mean",
            words=lens.words,
            special_tokens=lens.special,
            renormalize=lens.renormalize,
        )
        height, width = matrix.shape
        np.testing.assert_allclose(
            matrix.block((0, height), (0, width)),
            expected(weights.numpy(), tokens, tokens, lens),
            atol=ATOL,
        )
