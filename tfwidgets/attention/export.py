"""Drawings of a view as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfwidgets.attention.matrix import Matrix
from tfwidgets.attention.pictures import from_bytes, thumbs, tile
from tfwidgets.errors import InputError
from tfwidgets.ui.strings import translate

if TYPE_CHECKING:
    from tfwidgets.attention.result import AttentionView

# Cells on a side of a drawing: what has more is drawn coarser.
MOST_CELLS = 1024
_THUMB = 64
_MOST_ARCS = 128
_WORK = 2**26


def draw_matrix(
    view: AttentionView,
    layer: int,
    head: Any,
    kind: str,
    what: str,
    format: str,  # noqa: A002
    *,
    dark: bool,
    lens: dict[str, Any],
) -> bytes:
    """Return the drawing of one matrix, by the names that ``AttentionView.matrix`` knows."""
    matrix = view.matrix(layer, head, kind, **lens)
    pane = view.items[lens.get("item", 0)].pane(kind)
    number = layer if layer >= 0 else int(pane.names[layer])
    return draw(matrix, title(view.name, pane.kind, str(number), matrix), what, format, dark=dark)


def draw(matrix: Matrix, heading: str, what: str, format: str, *, dark: bool) -> bytes:  # noqa: A002
    """Return the drawing of a matrix: "head" or "arcs"."""
    from tfwidgets.attention import drawing

    if what == "arcs":
        if max(matrix.shape) > _MOST_ARCS:
            raise InputError(
                f"Arcs between {matrix.shape[0]} and {matrix.shape[1]} tokens cannot be read: at "
                f"most {_MOST_ARCS} are drawn. The heat map (what='head') shows them all."
            )
        rows, columns = ((0, size) for size in matrix.shape)
        return drawing.arcs(
            matrix.block(rows, columns).numpy(),
            matrix.queries.labels,
            matrix.keys.labels,
            title=heading,
            format=format,
            dark=dark,
        )
    level = 0
    while max(matrix.shape) > MOST_CELLS << level:
        level += 1
    height, width = (-(-size // (1 << level)) for size in matrix.shape)
    cells = tile(matrix, level, (0, height), (0, width)).cells
    exact = matrix.block((0, height), (0, width)).numpy() if level == 0 else from_bytes(cells)
    return drawing.heat_map(
        exact,
        matrix.queries.labels[:: 1 << level],
        matrix.keys.labels[:: 1 << level],
        title=heading,
        format=format,
        dark=dark,
    )


def draw_grid(
    view: AttentionView,
    kind: str,
    format: str,  # noqa: A002
    *,
    dark: bool,
    item: int = 0,
) -> bytes:
    """Return the drawing of all heads of a kind."""
    from tfwidgets.attention import drawing

    pane = view.items[item].pane(kind)
    pictures = [
        [from_bytes(cells) for cells in thumbs(layer, _THUMB, _WORK).cells] for layer in pane.layers
    ]
    heading = " · ".join(part for part in (view.name, _kind(pane.kind)) if part)
    return drawing.grid(pictures, pane.names, title=heading, format=format, dark=dark)


def title(model: str, kind: str, layer: str, matrix: Matrix) -> str:
    """Return what a drawing of a matrix is called."""
    if len(matrix.heads) == 1:
        head = translate("attention-notes", "title.head", head=str(matrix.heads[0]))
    else:
        head = translate("attention-notes", "title.mean", n=len(matrix.heads))
    where = translate("attention-notes", "title.layer", layer=layer)
    return " · ".join(part for part in (model, _kind(kind), where, head) if part)


def _kind(kind: str) -> str:
    return translate("attention-notes", f"kind.{kind}")
