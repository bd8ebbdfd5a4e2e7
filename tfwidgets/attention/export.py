"""Drawings of a view as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfwidgets.attention.item import ROLLOUT, layer_index
from tfwidgets.attention.lens import Lens
from tfwidgets.attention.matrix import Matrix
from tfwidgets.attention.pictures import from_bytes, thumbs, tile
from tfwidgets.attention.ramp import check_scale
from tfwidgets.errors import InputError
from tfwidgets.ui.strings import translate

if TYPE_CHECKING:
    from tfwidgets.attention.result import AttentionView

Span = tuple[int, int]

# Cells on a side of a drawing: what has more is drawn coarser.
MOST_CELLS = 1024
_THUMB = 64
_MOST_ARCS = 128
_WORK = 2**26
# Heads of a mean that a title names; of more it tells how many.
_NAMED = 6


def draw_view(
    view: AttentionView,
    format: str,  # noqa: A002
    *,
    layer: int | None,
    head: Any,
    kind: str,
    what: str | None,
    lens: Lens,
    item: int,
    dark: bool,
    scale: str,
) -> bytes:
    """Return a drawing of one matrix or of all heads, as ``AttentionView.to_svg`` asks for it."""
    if layer is None and kind == ROLLOUT and what != "grid":
        layer = -1  # as ``AttentionView.rollout`` does
    what = what or ("grid" if layer is None else "head")
    if what not in ("head", "arcs", "grid"):
        raise InputError(f"what={what!r}: it is 'head', 'arcs' or 'grid'.")
    check_scale(scale)
    if what == "grid":
        _check_grid(layer, head, kind, lens)
        return draw_grid(view, kind, format, dark=dark, item=item, scale=scale)
    if layer is None:
        raise InputError(f"what={what!r} draws one matrix: give its layer.")
    matrix = view.matrix(
        layer,
        head,
        kind,
        item=item,
        words=lens.words,
        special_tokens=lens.special,
        renormalize=lens.renormalize,
    )
    chosen = view[item].items[0]
    pane = chosen.rolled()[0] if kind == ROLLOUT else chosen.pane(kind)
    kind = ROLLOUT if kind == ROLLOUT else pane.kind
    heading = title(view.name, kind, pane.names[layer_index(pane, layer)], matrix)
    return draw(matrix, heading, what, format, dark=dark, scale=scale)


def _check_grid(layer: int | None, head: Any, kind: str, lens: Lens) -> None:
    if kind == ROLLOUT:
        raise InputError("A rollout has no heads to draw as a grid: what='head' draws a layer.")
    asked = {
        "layer": layer is not None,
        "head": head is not None,
        "words": lens.words,
        "special_tokens": not lens.special,
        "renormalize": lens.renormalize,
    }
    wrong = [name for name, is_asked in asked.items() if is_asked]
    if wrong:
        advice = "" if layer is not None else " Give layer= to draw one matrix."
        raise InputError(
            f"The grid draws all heads, of tokens, as they are: it takes no {', '.join(wrong)}."
            + advice
        )


def draw(
    matrix: Matrix,
    heading: str,
    what: str,
    format: str,  # noqa: A002
    *,
    dark: bool,
    scale: str = "root",
    part: tuple[Span, Span] | None = None,
) -> bytes:
    """Return the drawing of a matrix: "head" or "arcs".

    ``part`` are rows and columns [from, to) that are drawn; by default all.
    """
    from tfwidgets.attention import drawing

    rows, columns = part or ((0, matrix.shape[0]), (0, matrix.shape[1]))
    shape = rows[1] - rows[0], columns[1] - columns[0]
    if min(shape) <= 0:
        raise InputError(
            "There is nothing to draw: no token is shown there. special_tokens=True shows all."
        )
    if what == "arcs":
        if max(shape) > _MOST_ARCS:
            raise InputError(
                f"Arcs between {shape[0]} and {shape[1]} tokens cannot be read: at most "
                f"{_MOST_ARCS} are drawn. The heat map (what='head') shows them all."
            )
        return drawing.arcs(
            matrix.block(rows, columns).numpy(),
            matrix.queries.labels[slice(*rows)],
            matrix.keys.labels[slice(*columns)],
            title=heading,
            format=format,
            scale=scale,
            dark=dark,
        )
    level = 0
    while max(shape) > MOST_CELLS << level:
        level += 1
    if level == 0:
        weights = matrix.block(rows, columns).numpy()
    else:
        # Whole cells, which may reach a little beyond the part.
        high, wide = ((start >> level, -(-stop // (1 << level))) for start, stop in (rows, columns))
        weights = from_bytes(tile(matrix, level, high, wide).cells)
        rows, columns = ((start << level, stop << level) for start, stop in (high, wide))
    return drawing.heat_map(
        weights,
        matrix.queries.labels[slice(*rows, 1 << level)],
        matrix.keys.labels[slice(*columns, 1 << level)],
        title=heading,
        format=format,
        scale=scale,
        dark=dark,
    )


def draw_grid(
    view: AttentionView,
    kind: str,
    format: str,  # noqa: A002
    *,
    dark: bool,
    item: int = 0,
    scale: str = "root",
) -> bytes:
    """Return the drawing of all heads of a kind."""
    from tfwidgets.attention import drawing

    pane = view[item].items[0].pane(kind)
    pictures = [
        [from_bytes(cells) for cells in thumbs(layer, _THUMB, _WORK).cells] for layer in pane.layers
    ]
    heading = " · ".join(part for part in (view.name, _kind(pane.kind)) if part)
    return drawing.grid(pictures, pane.names, title=heading, format=format, scale=scale, dark=dark)


def title(model: str, kind: str, layer: str, matrix: Matrix, *, is_part: bool = False) -> str:
    """Return what a drawing of a matrix is called: what it is of, and how it was changed."""
    lens = matrix.lens
    facts = [model, _kind(kind), _word("layer", layer=layer)]
    if kind != ROLLOUT:
        facts.append(_heads(matrix.heads))
    changed = {
        "words": lens.words,
        "no-special": not lens.special,
        # Without hidden tokens there is nothing to scale.
        "renormalized": lens.renormalize and not lens.special,
        "part": is_part,
    }
    facts += [_word(key) for key, is_so in changed.items() if is_so]
    return " · ".join(fact for fact in facts if fact)


def _heads(heads: list[int]) -> str:
    if len(heads) == 1:
        return _word("head", head=str(heads[0]))
    if len(heads) <= _NAMED:
        return _word("heads", heads=", ".join(map(str, heads)))
    return _word("mean", n=len(heads))


def _word(key: str, **values: object) -> str:
    return translate("attention-notes", f"title.{key}", **values)


def _kind(kind: str) -> str:
    return translate("attention-notes", f"kind.{kind}")
