"""Pictures of matrices, coarse and fine, against plain NumPy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.attention.made import bytes_of, factored, random_weights, view_of
from tfwidgets.attention import pictures
from tfwidgets.attention.lens import Lens, look
from tfwidgets.attention.matrix import Matrix
from tfwidgets.attention.pictures import from_bytes, thumbs, tile, to_bytes
from tfwidgets.attention.tokens import from_pieces
from tfwidgets.attention.weights import Dense


def plain(weights: torch.Tensor, heads: list[int] | None = None) -> Matrix:
    """Return the matrix of some heads between tokens."""
    rows, columns = (
        look(from_pieces([f"t{k}" for k in range(n)]), Lens()) for n in weights.shape[1:]
    )
    return Matrix(Dense(weights), heads or [0], rows, columns, Lens())


def pooled(weights: npt.NDArray[np.float32], size: int) -> npt.NDArray[np.float32]:
    """Return the largest weight of each cell, found one by one."""
    height, width = (-(-n // size) for n in weights.shape)
    cells = np.empty((height, width), np.float32)
    for r in range(height):
        for c in range(width):
            cells[r, c] = weights[r * size : (r + 1) * size, c * size : (c + 1) * size].max()
    return cells


def whole(matrix: Matrix, level: int = 0) -> tuple[tuple[int, int], tuple[int, int]]:
    height, width = matrix.shape
    return (0, -(-height // 2**level)), (0, -(-width // 2**level))


# Bytes


def test_bytes_are_roots_in_254_steps() -> None:
    values = torch.tensor([0.0, 1.0, 0.25, 1 / 254**2, torch.nan, -0.5, 1.5, torch.inf, -torch.inf])
    assert to_bytes(values.clone()).tolist() == [0, 254, 127, 1, 255, 0, 254, 254, 0]


def test_bytes_of_all_shares_are_right_to_half_a_step() -> None:
    shares = torch.linspace(0, 1, 10_001)
    cells = to_bytes(shares.clone())
    steps = 254 * np.sqrt(shares.double().numpy())
    assert np.abs(cells - steps).max() <= 0.5 + 1e-4
    assert (np.diff(cells.astype(int)) >= 0).all()
    back = from_bytes(cells)
    assert back.dtype == np.float32
    assert np.abs(np.sqrt(back) - np.sqrt(shares.numpy())).max() <= 0.5 / 254 + 1e-5


def test_a_byte_that_is_no_number_stays_none() -> None:
    assert np.isnan(from_bytes(np.array([255], np.uint8))).all()
    assert from_bytes(np.array([0, 254], np.uint8)).tolist() == [0.0, 1.0]


def test_bytes_leave_the_weights_alone() -> None:
    weights = random_weights(1, 5)
    before = weights.clone()
    to_bytes(weights)
    tile(plain(weights), 0, (0, 5), (0, 5))
    thumbs(Dense(weights), 64, 10**9)
    assert torch.equal(weights, before)


# Tiles


@pytest.mark.parametrize("shape", [(37, 37), (64, 64), (5, 70), (70, 5), (1, 1), (33, 1)])
@pytest.mark.parametrize("level", range(8))
def test_a_tile_at_every_level(shape: tuple[int, int], level: int) -> None:
    weights = random_weights(2, *shape)
    matrix = plain(weights, [1])
    picture = tile(matrix, level, *whole(matrix, level))
    assert picture.exact
    assert picture.cells.dtype == np.uint8
    right = bytes_of(pooled(weights[1].numpy(), 2**level))
    assert picture.cells.shape == right.shape
    assert np.abs(picture.cells.astype(int) - right).max() <= 1


@given(
    st.integers(1, 40), st.integers(1, 40), st.integers(0, 4), st.data(), st.sampled_from([1, 40])
)
@settings(max_examples=150, deadline=None)
def test_any_part_of_any_tile(
    height: int, width: int, level: int, data: st.DataObject, at_once: int
) -> None:
    weights = random_weights(1, height, width, seed=height)
    matrix = plain(weights)
    (_, bottom), (_, right) = whole(matrix, level)
    rows = sorted(data.draw(st.lists(st.integers(0, bottom), min_size=2, max_size=2)))
    columns = sorted(data.draw(st.lists(st.integers(0, right), min_size=2, max_size=2)))
    full = tile(matrix, level, *whole(matrix, level)).cells
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "AT_ONCE", at_once)
        part = tile(matrix, level, tuple(rows), tuple(columns))
    expected = full[slice(*rows), slice(*columns)]
    assert part.cells.shape == expected.shape
    assert np.abs(part.cells.astype(int) - expected).max(initial=0) <= 1


def test_stripes_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = plain(random_weights(3, 45), [0, 2])
    for level in range(4):
        full = tile(matrix, level, *whole(matrix, level)).cells
        with monkeypatch.context() as patch:
            patch.setattr(pictures, "AT_ONCE", 50)
            striped = tile(matrix, level, *whole(matrix, level)).cells
        np.testing.assert_array_equal(striped, full)


def test_heads_are_averaged_before_the_largest_is_taken() -> None:
    weights = random_weights(3, 24)
    matrix = plain(weights, [0, 1, 2])
    right = bytes_of(pooled(weights.mean(0).numpy(), 4))
    assert np.abs(tile(matrix, 2, *whole(matrix, 2)).cells.astype(int) - right).max() <= 1


def test_what_is_no_number_is_marked() -> None:
    weights = random_weights(1, 9)
    weights[0, 4, 2] = torch.nan
    matrix = plain(weights)
    cells = tile(matrix, 0, (0, 9), (0, 9)).cells
    assert (cells == 255).sum() == 1
    assert cells[4, 2] == 255
    coarse = tile(matrix, 1, (0, 5), (0, 5)).cells
    assert (coarse == 255).sum() == 1
    assert coarse[2, 1] == 255
    small = thumbs(Dense(weights), 5, 10**9).cells
    assert small[0, 2, 1] == 255


def test_an_empty_part_is_empty() -> None:
    matrix = plain(random_weights(1, 6))
    assert tile(matrix, 0, (3, 3), (0, 6)).cells.shape == (0, 6)
    assert tile(matrix, 0, (4, 2), (1, 1)).cells.shape == (0, 0)


# Some queries only


@pytest.mark.parametrize("sample", [1, 2, 3])
def test_a_sampled_tile_says_so_and_looks_at_that_many_queries(sample: int) -> None:
    weights = random_weights(1, 43)
    matrix = plain(weights)
    full = tile(matrix, 3, *whole(matrix, 3))
    some = tile(matrix, 3, *whole(matrix, 3), sample=sample)
    assert (full.exact, some.exact) == (True, False)
    assert some.cells.shape == full.cells.shape
    assert (some.cells <= full.cells).all()
    assert (some.cells > 0).any()
    # Each cell is the largest of so many whole rows of it.
    fine = bytes_of(weights[0].numpy()).astype(int)
    for r in range(some.cells.shape[0]):
        for c in range(some.cells.shape[1]):
            cell = fine[8 * r : 8 * r + 8, 8 * c : 8 * c + 8].max(1)
            assert np.abs(cell - int(some.cells[r, c])).min() <= 1


def test_enough_queries_are_all_of_them() -> None:
    matrix = plain(random_weights(1, 32))
    for sample in (0, 4, 100):
        assert tile(matrix, 2, *whole(matrix, 2), sample=sample).exact


def test_sampled_parts_fit_together() -> None:
    matrix = plain(random_weights(1, 64))
    full = tile(matrix, 3, (0, 8), (0, 8), sample=2).cells
    part = tile(matrix, 3, (3, 8), (2, 6), sample=2).cells
    np.testing.assert_array_equal(part, full[3:8, 2:6])


# Thumbnails


@pytest.mark.parametrize("shape", [(10, 10), (64, 64), (65, 65), (100, 37), (7, 150), (1, 1)])
def test_thumbnails_of_all_heads(shape: tuple[int, int]) -> None:
    weights = random_weights(3, *shape)
    picture = thumbs(Dense(weights), 64, 10**9)
    size = max(1, -(-max(shape) // 64))
    right = np.stack([bytes_of(pooled(head.numpy(), size)) for head in weights])
    assert picture.exact
    assert picture.cells.shape == right.shape
    assert max(picture.cells.shape[1:]) <= 64
    assert np.abs(picture.cells.astype(int) - right).max() <= 1


def test_thumbnails_in_stripes(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = factored(2, 150)
    for work in (10**9, 20_000):
        full = thumbs(weights, 32, work)
        with monkeypatch.context() as patch:
            patch.setattr(pictures, "AT_ONCE", 1000)
            striped = thumbs(weights, 32, work)
        assert striped.exact is full.exact is (work == 10**9)
        # The product of other parts may be rounded to the other side.
        assert np.abs(striped.cells.astype(int) - full.cells).max() <= 1


def test_thumbnails_of_long_texts_look_at_some_queries() -> None:
    weights = Dense(random_weights(2, 300))
    full, some = thumbs(weights, 32, 10**9), thumbs(weights, 32, 2 * 300 * 60)
    assert (full.exact, some.exact) == (True, False)
    assert some.cells.shape == full.cells.shape
    assert (some.cells <= full.cells).all()


def test_queries_and_keys_give_what_their_weights_give() -> None:
    both = factored(2, 70, is_causal=True)
    dense = Dense(both.block([0, 1], slice(0, 70), slice(0, 70)))
    difference = thumbs(both, 32, 10**9).cells.astype(int) - thumbs(dense, 32, 10**9).cells
    assert np.abs(difference).max() <= 1


def test_a_view_counts_what_a_picture_takes() -> None:
    view = view_of([random_weights(3, 20)])
    assert view.matrix(0, "mean").work == 3 * 20 * 20
    assert view.matrix(0, 1).work == 20 * 20
