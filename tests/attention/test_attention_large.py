"""Long texts: the memory of a view, and what a picture of it takes. Nothing here is timed."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import psutil
import pytest
import torch

from tests.attention.families import fresh
from tests.attention.made import Page, bytes_of, view_of
from tfwidgets.attention.capture import Pane, capture
from tfwidgets.attention.item import Item
from tfwidgets.attention.masks import causal
from tfwidgets.attention.result import AttentionView
from tfwidgets.attention.tokens import Tokens, from_pieces
from tfwidgets.attention.weights import Factored

LONG, VERY_LONG = 4096, 32_768
MEGABYTE = 2**20


def plain(count: int) -> Tokens:
    return from_pieces(["[CLS]", *(f"w{k % 999}" for k in range(count - 2)), "[SEP]"])


def grown(work: Callable[[], Any]) -> int:
    """Return by how much the memory of the process was larger at most while something ran."""
    from threading import Event, Thread

    process, done, most = psutil.Process(), Event(), [0]

    def watch() -> None:
        while not done.wait(0.005):
            most[0] = max(most[0], process.memory_info().rss)

    before = process.memory_info().rss
    watcher = Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return max(most[0], process.memory_info().rss) - before


# 4 096 tokens


@cache
def long(name: str) -> AttentionView:
    """Return what a tiny model attends to in a long text."""
    sizes = {"n_positions" if name == "gpt2" else "max_position_embeddings": LONG}
    model = fresh(name, **sizes)
    draw = torch.Generator().manual_seed(0)
    ids = torch.randint(5, 40, (1, LONG), generator=draw)
    panes = capture(model, {"input_ids": ids})
    return AttentionView([Item("", [plain(LONG)], panes)])


@pytest.fixture(params=["gpt2", "mistral"])
def view(request: pytest.FixtureRequest) -> AttentionView:
    return long(request.param)


@pytest.mark.parametrize("name", ["bert", "gpt2", "mistral"])
def test_a_view_takes_a_fifteenth_of_the_weights_at_most(name: str) -> None:
    view = long(name)
    (pane,) = view.items[0].panes
    full = sum(4 * layer.heads * layer.queries * layer.keys for layer in pane.layers)
    assert full == 4 * 2 * 4 * LONG * LONG
    assert pane.bytes <= full / 15
    # Masks, too, which are shared: every tensor that the layers hold.
    held = {
        tensor.data_ptr(): tensor.untyped_storage().nbytes()
        for layer in pane.layers
        for tensor in (
            *(layer.q, layer.k, layer.lse),
            *(getattr(layer.mask, n) for n in ("low", "high", "open", "bits", "bias")),
        )
        if tensor is not None
    }
    assert sum(held.values()) <= full / 15


@pytest.mark.parametrize("level", range(13))
def test_a_tile_at_any_level_is_bounded(view: AttentionView, level: int) -> None:
    page = Page(view)
    cells = -(-LONG // 2**level)
    shown = min(512, cells)
    start = (cells - shown) // 2
    span = [start, start + shown]
    payload, tile = page.tile(level=level, rows=span, columns=span, sample=2)
    assert tile.shape == (shown, shown)
    assert payload["exact"] is (level <= 1)
    assert page.sent <= 263_000


def test_tiles_are_what_the_weights_are(view: AttentionView) -> None:
    page = Page(view)
    matrix = view.matrix(1, 3)
    rows = (2000, 2300)
    fine = matrix.block(rows, (1900, 2300)).numpy()
    _, tile = page.tile(layer=1, heads=[3], rows=rows, columns=[1900, 2300])
    assert np.abs(tile.astype(int) - bytes_of(fine)).max() <= 1
    coarse = fine[:, 4:].reshape(-1, 4, 99, 4).max((1, 3))
    _, tile = page.tile(layer=1, heads=[3], level=2, rows=[500, 575], columns=[476, 575])
    assert np.abs(tile.astype(int) - bytes_of(coarse)).max() <= 1
    sums = matrix.block((100, 101), (0, LONG)).sum()
    assert float(sums) == pytest.approx(1, abs=1e-4)


def test_small_pictures_of_all_heads(view: AttentionView) -> None:
    page = Page(view)
    _, cells = page.thumbs(layers=[0, 2], size=64)
    assert cells.shape == (8, 64, 64)
    assert page.sent < 40_000
    assert not np.triu(cells, 1).any()


def test_a_picture_never_holds_the_whole_matrix() -> None:
    page = Page(long("gpt2"))
    page.tile(level=3, rows=[0, 512], columns=[0, 512])
    # One head as float32 is 64 MB: computed in stripes of that size, with what they need.
    most = grown(lambda: page.tile(level=3, rows=[0, 512], columns=[0, 512], heads=[1, 2, 3]))
    assert most < 400 * MEGABYTE


def test_a_window_is_no_mask_of_all_pairs() -> None:
    """Mistral's window is told by two numbers for each query."""
    (pane,) = long("mistral").items[0].panes
    for layer in pane.layers:
        assert layer.mask.bits is None
        assert layer.mask.bias is None
        assert int((layer.mask.high - layer.mask.low).max()) == 5


def test_the_bias_of_t5_is_told_by_distance() -> None:
    model = fresh("t5")
    ids = torch.randint(5, 40, (1, 700))
    panes = capture(model, {"input_ids": ids, "decoder_input_ids": ids[:, :50]})
    for pane in panes:
        if pane.kind != "cross":
            assert all(layer.mask.bias.dim() == 2 for layer in pane.layers)
        assert all(layer.mask.bits is None for layer in pane.layers)


# 32 768 tokens, made up


@cache
def very_long() -> AttentionView:
    draw = torch.Generator().manual_seed(0)
    q, k = (torch.randn(2, VERY_LONG, 8, generator=draw).half() for _ in range(2))
    # Sums that fit well enough: what is looked at is what pictures take.
    lse = torch.arange(1, VERY_LONG + 1).float().log().expand(2, VERY_LONG).clone()
    mask = causal(VERY_LONG, VERY_LONG)
    weights = Factored(q, k, lse, 8**-0.5, mask)
    pane = Pane("self", [weights], ["0"])
    return AttentionView([Item("", [plain(VERY_LONG)], [pane])])


@pytest.fixture
def page() -> Page:
    view = very_long()
    view._view = None
    return Page(view)


def test_a_very_long_text_opens(page: Page) -> None:
    payload, (flags,) = page.open()
    (axis,) = payload["axes"]
    assert axis["count"] == len(axis["labels"]) == len(flags) == VERY_LONG
    # A product of such matrices is not offered.
    assert [pane["kind"] for pane in payload["panes"]] == ["self"]
    assert page.sent < 30 * VERY_LONG


def test_the_coarse_view_of_a_very_long_text(page: Page) -> None:
    def look() -> None:
        payload, cells = page.tile(level=6, rows=[0, 512], columns=[0, 512], sample=1)
        assert (payload["exact"], cells.shape) == (False, (512, 512))
        assert cells.any()
        # Of the diagonal's cells a query in the middle is looked at, which sees half of it.
        assert not np.triu(cells, 1).any()

    assert grown(look) < 300 * MEGABYTE


def test_python_itself_holds_little_for_it(page: Page) -> None:
    tracemalloc.start()
    try:
        page.tile(level=6, rows=[0, 64], columns=[0, 512], sample=1)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 30 * MEGABYTE


def test_thumbs_and_statistics_look_at_some_queries(page: Page) -> None:
    def look() -> None:
        payload, cells = page.thumbs(layers=[0, 1], size=64)
        assert (payload["exact"], cells.shape) == (False, (2, 64, 64))
        payload, _ = page.ask("stats", item=0, kind="self")
        assert not payload["exact"]

    assert grown(look) < 600 * MEGABYTE


def test_a_part_and_a_row_of_a_very_long_text(page: Page) -> None:
    span = [30_000, 30_256]
    _, cells = page.tile(rows=span, columns=span)
    assert cells.shape == (256, 256)
    _, (row, column) = page.lines(query=30_000, key=5)
    assert len(row) == len(column) == VERY_LONG
    assert not row[30_001:].any()
    assert page.sent < 263_000


def test_what_a_console_shows_does_not_wait(page: Page) -> None:
    view = very_long()
    assert len(view.strongest_pairs()) == 0
    assert "32768 tokens" in repr(view)


def test_weights_that_were_given_are_not_copied() -> None:
    given = torch.eye(2000).expand(2, 2000, 2000).contiguous()
    view = view_of([given], plain(2000))
    assert view.items[0].panes[0].layers[0].values.data_ptr() == given.data_ptr()
