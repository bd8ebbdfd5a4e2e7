"""Curves keep every value; what a view gets is bounded and shows every spike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfwidgets.dashboard.curves import MOST_BINS, Bins, Curve


def grown(values, pieces=7):
    curve = Curve()
    steps = np.arange(1, len(values) + 1)
    for part in np.array_split(np.arange(len(values)), pieces):
        curve.extend(steps[part], values[part])
    return curve


@pytest.mark.parametrize("size", [0, 1, 5, MOST_BINS, MOST_BINS + 1, 12_345, 100_000])
def test_overview_is_bounded_and_covers_everything(size):
    values = np.random.default_rng(size).normal(size=size).astype(np.float32)
    curve = grown(values)
    bins = curve.overview()
    assert len(curve) == size
    assert len(bins) <= MOST_BINS
    assert np.array_equal(curve.y, values)
    if size:
        assert bins.low.min() == values.min()
        assert bins.high.max() == values.max()
        weights = np.minimum(bins.width, size - np.arange(len(bins)) * bins.width)
        assert np.average(bins.mean, weights=weights) == pytest.approx(values.mean(), abs=1e-5)
        assert bins.x[0] == 1
        assert (np.diff(bins.x) == bins.width).all()


def test_a_spike_of_one_value_among_a_million_is_seen():
    values = np.zeros(1_000_000, np.float32)
    values[765_432] = 9
    bins = grown(values, 3).overview()
    (at,) = np.flatnonzero(bins.high == 9)
    assert bins.x[at] <= 765_433 < bins.x[at] + bins.width


def test_values_that_are_no_numbers_hide_no_others():
    curve = Curve(np.arange(4096), np.where(np.arange(4096) % 4 == 3, np.nan, 1.0))
    bins = curve.overview()
    assert bins.width == 4
    assert (bins.mean == 1).all()
    assert (bins.high == 1).all()
    assert np.isnan(Curve(range(2048), [np.nan] * 2048).overview().mean).all()


@given(st.lists(st.integers(1, 900), min_size=1, max_size=12))
def test_news_put_together_are_the_overview(sizes):
    """A page that gets every message holds what it would get by asking for all of it."""
    rng = np.random.default_rng(1)
    curve, page, told, at = Curve(), None, (0, 0), 0
    for size in sizes:
        curve.extend(np.arange(at, at + size), rng.normal(size=size))
        at += size
        bins = curve.news(*told)
        told = len(curve), curve.width
        page = bins if page is None or page.width != bins.width else joined(page, bins)
        assert bins.first == 0 or bins.width == page.width
    whole = curve.overview()
    for name in ("x", "low", "high", "mean"):
        assert np.array_equal(getattr(page, name), getattr(whole, name))
    assert curve.news(*told) is None


def joined(page: Bins, news: Bins) -> Bins:
    def join(name):
        return np.concatenate([getattr(page, name)[: news.first], getattr(news, name)])

    return Bins(page.first, page.width, *(join(name) for name in ("x", "low", "high", "mean")))


def test_a_window_holds_its_steps_and_a_neighbour_on_either_side():
    curve = grown(np.arange(50_000, dtype=np.float32))
    near = curve.window(20_000, 20_100)
    assert near.width == 1
    assert near.x[0] == 19_999
    assert near.x[-1] == 20_101
    wide = curve.window(10_000, 30_000, 500)
    assert len(wide) <= 501
    assert wide.x[0] <= 10_000
    assert wide.high.max() >= 29_999
    assert not len(Curve().window(0, 10))
    assert len(curve.window(10**9, 10**9 + 5)) <= 1


def test_a_window_of_few_values_finds_them_by_their_steps():
    curve = Curve([10, 20, 30, 40], [1, 2, 3, 4])
    assert curve.window(19, 31).x.tolist() == [10, 20, 30, 40]
    assert curve.window(35, 36).x.tolist() == [30, 40]
