"""The small picture of a saved notebook: a PNG without labels, in no time."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import numpy.typing as npt

from tfwidgets.attention.ramp import DARK, rgb, share

SIDE = 192
# The cells of a short text: larger ones say no more.
_LARGEST_CELL = 24
# Laid over the page's own ground, so that it fits light and dark ones.
_INK = (45, 116, 226)


def thumbnail(weights: npt.NDArray[np.float32]) -> bytes:
    """Return a PNG of a matrix on a transparent ground, at most 192 pixels on a side.

    Parameters
    ----------
    weights
        float, shape (queries, keys). A pixel that stands for many shows the largest. NaN is
        red.
    """
    from PIL import Image

    cells = pooled(np.asarray(weights, dtype=np.float32), SIDE)
    places = share(cells, "root")
    steps = (np.nan_to_num(places) * 254).round().astype(np.uint8)
    steps[np.isnan(places)] = 255
    size = max(1, min(_LARGEST_CELL, SIDE // max(1, *steps.shape)))
    image = Image.fromarray(np.repeat(np.repeat(steps, size, 0), size, 1))
    image.putpalette([*_INK * 255, *rgb(DARK.error)])
    file = BytesIO()
    image.save(file, "PNG", optimize=False, transparency=bytes([*range(255), 255]))
    return file.getvalue()


def pooled(cells: npt.NDArray[np.float32], most: int) -> npt.NDArray[np.float32]:
    """Return the largest of neighbouring cells, as many as leave ``most`` on a side; NaN stays."""
    step = max(1, -(-max(cells.shape) // most))
    if step == 1 or not cells.size:
        return cells
    for axis in (0, 1):
        starts = np.arange(0, cells.shape[axis], step)
        cells = np.maximum.reduceat(cells, starts, axis=axis)
    return cells
