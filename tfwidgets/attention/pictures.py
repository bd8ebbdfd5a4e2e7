"""Pictures of matrices: one byte a cell, as many cells as there is room for.

A weight p becomes ``round(254 * sqrt(p))``: what is small, as most weights are, keeps its
differences, where a linear byte would make half of them 0. 255 stands for NaN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from tfwidgets.attention.matrix import AT_ONCE, Matrix
from tfwidgets.attention.weights import Weights

NAN = 255
STEPS = 254

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Picture:
    """Cells, uint8, shape (…, height, width); whether every weight was looked at."""

    cells: Bytes
    exact: bool


def to_bytes(weights: torch.Tensor) -> Bytes:
    """Return weights as bytes; what is no share (below 0, above 1) becomes the nearest that is."""
    scaled = weights.clamp(0, 1).sqrt_().mul_(STEPS).round_()
    cells: Bytes = scaled.nan_to_num_(NAN).to(torch.uint8).numpy()
    return cells


def from_bytes(cells: Bytes) -> npt.NDArray[np.float32]:
    """Return the weights that bytes stand for."""
    weights: npt.NDArray[np.float32] = (cells.astype(np.float32) / np.float32(STEPS)) ** 2
    weights[cells == NAN] = np.nan
    return weights


def tile(
    matrix: Matrix,
    level: int,
    rows: tuple[int, int],
    columns: tuple[int, int],
    *,
    sample: int = 0,
) -> Picture:
    """Return a part of a matrix, the largest weight in each cell of 2^level x 2^level.

    Parameters
    ----------
    matrix
        What to look at.
    level
        0 for single weights.
    rows, columns
        Cells [from, to).
    sample
        Look at no more than this many queries in each cell; 0 for all.
    """
    size = 2**level
    height, width = rows[1] - rows[0], columns[1] - columns[0]
    if height <= 0 or width <= 0:
        return Picture(np.zeros((max(0, height), max(0, width)), np.uint8), exact=True)
    last_row, last_column = matrix.shape
    left, right = columns[0] * size, min(columns[1] * size, last_column)
    exact = not 0 < sample < size
    pooled = []
    # Whole cells at a time, so that little memory is taken.
    at_once = max(1, AT_ONCE // max(1, len(matrix.heads) * size * (right - left)))
    for start in range(rows[0], rows[1], at_once):
        stop = min(start + at_once, rows[1])
        top, bottom = start * size, min(stop * size, last_row)
        if exact:
            part = matrix.block((top, bottom), (left, right))
            pooled.append(_largest(part, size, size))
        else:
            part = matrix.rows(_spread(top, bottom, size, sample), (left, right))
            pooled.append(_largest(part, min(sample, size), size))
    cells = torch.cat(pooled)[:height, :width]
    return Picture(to_bytes(cells), exact)


def thumbs(weights: Weights, size: int, work: int) -> Picture:
    """Return all heads of a layer, small: shape (heads, height, width).

    Parameters
    ----------
    weights
        The layer.
    size
        The longer side at most.
    work
        Look at about this many weights at most, rows left out evenly.
    """
    every = list(range(weights.heads))
    factor = max(1, math.ceil(max(weights.queries, weights.keys) / size))
    per_row = weights.heads * weights.keys
    cells = math.ceil(weights.queries / factor)
    sample = min(factor, max(1, work // max(1, per_row * cells)))
    columns = slice(0, weights.keys)
    parts = []
    at_once = max(1, AT_ONCE // max(1, per_row * sample))
    for start in range(0, cells, at_once):
        stop = min(start + at_once, cells)
        top, bottom = start * factor, min(stop * factor, weights.queries)
        if sample == factor:
            part = weights.block(every, slice(top, bottom), columns)
        else:
            rows = torch.tensor(_spread(top, bottom, factor, sample))
            part = weights.block(every, rows, columns)
        parts.append(_largest(part, sample, factor))
    return Picture(to_bytes(torch.cat(parts, dim=1)), sample == factor)


def smaller(picture: Picture, size: int) -> Picture:
    """Return small pictures whose longer side is ``size`` at most: the largest of neighbours."""
    factor = math.ceil(max(picture.cells.shape[-2:]) / size)
    if factor <= 1:
        return picture
    # NaN is the largest byte, and so stays what it is.
    return Picture(_largest(torch.from_numpy(picture.cells), factor, factor).numpy(), picture.exact)


def _largest(values: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Return the largest value of each cell; the last row and column of cells may be smaller.

    Rows first, in whose direction memory is read as it lies: twenty times faster than
    ``max_pool2d``.
    """
    return _pooled(_pooled(values, -2, height), -1, width)


def _pooled(values: torch.Tensor, dim: int, size: int) -> torch.Tensor:
    """Return the largest of each ``size`` neighbours along a dimension; the last may be fewer."""
    if size == 1:
        return values
    length = values.shape[dim]
    whole = length // size
    # Counted from behind, the neighbours now lie where the dimension was.
    parts = values.narrow(dim, 0, whole * size).unflatten(dim, (whole, size)).amax(dim)
    if whole * size == length:
        return parts
    rest = values.narrow(dim, whole * size, length - whole * size).amax(dim, keepdim=True)
    return torch.cat([parts, rest], dim=dim)


def _spread(top: int, bottom: int, size: int, sample: int) -> list[int]:
    """Return evenly spread rows, ``sample`` of each cell of ``size`` rows."""
    inside = [int((k + 0.5) * size / sample) for k in range(sample)]
    return [
        min(start + offset, bottom - 1) for start in range(top, bottom, size) for offset in inside
    ]
