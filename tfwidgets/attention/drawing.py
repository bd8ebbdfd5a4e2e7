"""Drawings for papers and slides: a head as a heat map or as arcs, all heads as a grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tfwidgets.attention.ramp import Theme, painted, rgb, share, theme
from tfwidgets.attention.sheet import Sheet, check_format, settings, widest
from tfwidgets.ui.strings import translate

Floats = npt.NDArray[np.float32]

MOST_LINES = 2_000
# Weaker ones cannot be seen.
_WEAKEST = 0.01
_GAP = 16
_TITLE = 120  # characters
_SMALL, _PLAIN = 18, 24  # letters, in pixels
_SIDE = 1400  # what a heat map takes, if its cells allow
_CELL = 72
_LEGEND = 200  # its height, with the field for NaN
_LONG_AND_THIN = 4
_TICKS = (0, 0.01, 0.1, 0.25, 0.5, 1)


def heat_map(
    weights: Floats,
    queries: Sequence[str],
    keys: Sequence[str],
    *,
    title: str,
    format: str,  # noqa: A002
    scale: str = "root",
    dark: bool = False,
) -> bytes:
    """Draw a matrix with its tokens: queries downwards, keys across.

    Parameters
    ----------
    weights
        float, shape (queries, keys); NaN is drawn in a colour of its own.
    queries, keys
        Labels of the rows and columns. Where there is no room for all, every n-th is written.
    title
        A line above it.
    format
        "png" or "svg".
    scale
        How weights become colours: "root", "linear" or "log".
    dark
        Light on dark.

    Raises
    ------
    InputError
        When format or scale do not exist.
    """
    check_format(format)
    height, width = (_cell(n, m) for n, m in (weights.shape, weights.shape[::-1]))
    rows, columns = weights.shape
    with settings():
        sizes = [max(14, min(_PLAIN, 0.8 * cell)) for cell in (height, width)]
        every = [
            max(1, int(np.ceil(1.15 * size / cell)))
            for size, cell in zip(sizes, (height, width), strict=True)
        ]
        marked = [list(queries)[:: every[0]], list(keys)[:: every[1]]]
        left = widest(marked[0], sizes[0]) + 3 * _GAP + _SMALL
        top = max(widest(marked[1], sizes[1]), 3 * _SMALL) + 3 * _GAP + _PLAIN
        # Whole pixels: cells are then all of the same size.
        left, top = float(np.ceil(left)), float(np.ceil(top))
        across, down = width * columns, height * rows
        sheet = _titled(title, left + across + 8 * _GAP, top + max(down, _LEGEND) + _GAP, dark)
        own = sheet.theme
        sheet.image(painted(weights, scale, dark=dark), (left, top, across, down))
        for k, label in enumerate(marked[0]):
            y = top + (k * every[0] + 0.5) * height
            sheet.text(left - _GAP / 2, y, label, sizes[0], align="right")
        for k, label in enumerate(marked[1]):
            x = left + (k * every[1] + 0.5) * width
            sheet.text(x, top - _GAP / 2, label, sizes[1], upright=True)
        words = [_word("queries") + " ↓", _word("keys") + " →"]
        sheet.text(left - _GAP / 2, top - _GAP, words[0], _SMALL, own.muted, align="right")
        above = top - 1.5 * _GAP - _SMALL
        sheet.text(left - _GAP / 2, above, words[1], _SMALL, own.muted, align="right")
        _legend(
            sheet,
            left + across + 2 * _GAP,
            top,
            scale,
            dark=dark,
            nan=bool(np.isnan(weights).any()),
        )
        return sheet.save(format)


def arcs(
    weights: Floats,
    queries: Sequence[str],
    keys: Sequence[str],
    *,
    title: str,
    format: str,  # noqa: A002
    scale: str = "root",
    dark: bool = False,
) -> bytes:
    """Draw two columns of tokens and lines from queries to keys, the stronger the darker.

    The parameters are those of ``heat_map``. The strongest 2 000 weights are drawn, those from
    0.01 on; queries with NaN are written in the colour of an error.
    """
    check_format(format)
    weights = np.asarray(weights, dtype=np.float32)
    row, size = 30, _PLAIN
    with settings():
        left = (
            float(np.ceil(max(widest(queries, size), widest([_word("queries")], _SMALL))))
            + 2 * _GAP
        )
        right = float(np.ceil(max(widest(keys, size), widest([_word("keys")], _SMALL)))) + 2 * _GAP
        between = float(min(900, max(360, 6 * max(weights.shape))))
        top = 4 * _GAP + _PLAIN + _SMALL
        height = top + row * max(*weights.shape, 1) + _GAP
        sheet = _titled(title, left + between + right, height, dark)
        own = sheet.theme
        values, places = _strongest(weights)
        if len(values):
            y = top + (places + 0.5) * row
            x = np.broadcast_to([left, left + between], y.shape)
            along = share(values, scale)
            sheet.lines(np.stack([x, y], axis=2), 1 + 4 * values.astype(float), _faded(along, own))
        broken = np.flatnonzero(np.isnan(weights).any(axis=1)).tolist()
        for k, label in enumerate(queries):
            colour = own.error if k in broken else own.ink
            sheet.text(left - _GAP / 2, top + (k + 0.5) * row, label, size, colour, align="right")
        for k, label in enumerate(keys):
            sheet.text(left + between + _GAP / 2, top + (k + 0.5) * row, label, size)
        sheet.text(left - _GAP / 2, top - _GAP, _word("queries"), _SMALL, own.muted, align="right")
        sheet.text(left + between + _GAP / 2, top - _GAP, _word("keys"), _SMALL, own.muted)
        return sheet.save(format)


def grid(
    thumbs: Sequence[Sequence[Floats]],
    layers: Sequence[str],
    *,
    title: str,
    format: str,  # noqa: A002
    scale: str = "root",
    dark: bool = False,
) -> bytes:
    """Draw all heads, small: layers downwards, heads across.

    Parameters
    ----------
    thumbs
        For each layer its heads: float, (height, width).
    layers
        What the layers are called.
    title, format, scale, dark
        As for ``heat_map``.
    """
    check_format(format)
    heads = max((len(layer) for layer in thumbs), default=0)
    some = [head for layer in thumbs for head in layer]
    height = max((head.shape[0] for head in some), default=1)
    width = max((head.shape[1] for head in some), default=1)
    aim = 96 if len(thumbs) * heads <= 576 else 48
    factor = max(1, round(aim / max(height, width)))
    high, wide = height * factor + _GAP // 4, width * factor + _GAP // 4
    own = theme(dark=dark)
    # One picture of all: many single ones take long, and make large files.
    canvas = np.empty((high * len(thumbs), wide * heads, 3), dtype=np.uint8)
    canvas[:] = rgb(own.line)
    for i, layer in enumerate(thumbs):
        for j, head in enumerate(layer):
            cells = painted(head, scale, dark=dark).repeat(factor, 0).repeat(factor, 1)
            canvas[i * high : i * high + len(cells), j * wide : j * wide + cells.shape[1]] = cells
        canvas[i * high : (i + 1) * high, len(layer) * wide :] = rgb(own.ground)
    with settings():
        left = float(np.ceil(widest(layers, _PLAIN))) + 3 * _GAP + _SMALL
        top = 5 * _GAP + 2 * _PLAIN
        down, across = canvas.shape[:2]
        broken = any(bool(np.isnan(head).any()) for head in some)
        sheet = _titled(title, left + across + 8 * _GAP, top + max(down, _LEGEND) + _GAP, dark)
        if canvas.size:
            sheet.image(canvas, (left, top, across, down))
        for i, name in enumerate(layers):
            sheet.text(left - _GAP / 2, top + (i + 0.5) * high, name, _PLAIN, align="right")
        for j in range(heads):
            sheet.text(left + (j + 0.5) * wide, top - _GAP, str(j), _PLAIN, align="center")
        sheet.text(left, top - 2.5 * _GAP - _SMALL / 2, _word("heads") + " →", _SMALL, own.muted)
        sheet.text(
            left - _GAP / 2,
            top - 2.5 * _GAP - _SMALL / 2,
            _word("layers") + " ↓",
            _SMALL,
            own.muted,
            align="right",
        )
        _legend(sheet, left + across + 2 * _GAP, top, scale, dark=dark, nan=broken)
        return sheet.save(format)


def _titled(title: str, width: float, height: float, dark: bool) -> Sheet:
    """Return a sheet with its title, wide enough for it."""
    wide = widest([title], _PLAIN, _TITLE) + 2 * _GAP
    sheet = Sheet(float(np.ceil(max(width, wide))), float(np.ceil(height)), theme(dark=dark))
    sheet.text(_GAP, _GAP + _PLAIN / 2, title, _PLAIN, limit=_TITLE)
    return sheet


def _cell(count: int, others: int) -> int:
    """Return the size of a cell along one side, in whole pixels.

    Cells are square, unless a few tokens face a great many.
    """
    longest = max(count, others, 1)
    if longest > _LONG_AND_THIN * max(1, min(count, others)):
        longest = max(count, 1)
    return int(max(1, min(_CELL, _SIDE // longest)))


def _strongest(weights: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the weights that are drawn, weakest first, and (query, key) of each."""
    flat = np.nan_to_num(weights, nan=0.0).ravel()
    order = np.argsort(flat, kind="stable")[-MOST_LINES:]
    order = order[flat[order] >= _WEAKEST]
    places = np.stack(np.divmod(order, max(1, weights.shape[1])), axis=1)
    return np.clip(flat[order], 0, 1), places


def _faded(along: Floats, own: Theme) -> npt.NDArray[np.float64]:
    """Return colours of lines: one ink, which lets through more the weaker they are."""
    colours = np.empty((len(along), 4))
    colours[:, :3] = np.array(rgb(own.accent)) / 255
    colours[:, 3] = 0.05 + 0.9 * along
    return colours


def _legend(sheet: Sheet, left: float, top: float, scale: str, *, dark: bool, nan: bool) -> None:
    """Draw which colour stands for which weight."""
    height, width = _LEGEND - 40, 24
    ramp = np.linspace(1, 0, height, dtype=np.float32)
    weights = ramp if scale == "linear" else ramp**2 if scale == "root" else 10.0 ** (4 * ramp - 4)
    strip = painted(np.asarray(weights, dtype=np.float32)[:, None], scale, dark=dark)
    sheet.image(strip, (left, top, width, height))
    before = -np.inf
    for tick in _TICKS:
        at = float(share(np.array(tick, dtype=np.float32), scale))
        if at - before < _SMALL / height:
            continue
        before = at
        sheet.text(
            left + width + _GAP / 2, top + (1 - at) * height, f"{tick:g}", _SMALL, sheet.theme.muted
        )
    if nan:
        box = np.array([[rgb(sheet.theme.error)]], dtype=np.uint8)
        y = top + height + _GAP
        sheet.image(box, (left, y, width, width))
        sheet.text(left + width + _GAP / 2, y + width / 2, "NaN", _SMALL, sheet.theme.muted)


def _word(key: str) -> str:
    return translate("attention-notes", f"drawing.{key}")
