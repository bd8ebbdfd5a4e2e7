"""The live view: it sends what is on screen."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar
from xml.etree.ElementTree import Element

import numpy as np
import traitlets

from tfwidgets.attention.export import draw, draw_grid, title
from tfwidgets.attention.item import ROLLOUT, Item
from tfwidgets.attention.lens import Lens, Units
from tfwidgets.attention.matrix import Matrix
from tfwidgets.attention.payload import STATS_WORK, figures, first_thumbs, opened
from tfwidgets.attention.pictures import Picture, smaller, thumbs, tile
from tfwidgets.attention.ramp import check_scale
from tfwidgets.attention.result import AttentionView
from tfwidgets.attention.weights import Factored
from tfwidgets.errors import InputError, TfWidgetsError
from tfwidgets.ui.frontend import has_cells
from tfwidgets.ui.text import printable
from tfwidgets.ui.view import Reply, View, answers

if TYPE_CHECKING:
    from tfwidgets.attention.attribution import Choice

MOST_CELLS = 512 * 512
MOST_THUMB_BYTES = 700_000
MOST_KEYS = 64
THUMB = 64  # cells on the longer side of a thumbnail
# Most weights that are looked at before the first picture is sent.
AHEAD = 2**25
MOST_LAYERS = 1_000
MOST_TEXTS = 1_000
# Weights that are looked at for all thumbnails, before queries are left out: at 512 tokens those
# of 20 layers of 12 heads.
WORK = 2**26
_REMEMBERED = 32 * 2**20
_TYPES = {"png": "image/png", "svg": "image/svg+xml", "html": "text/html"}


class AttentionWidget(View):
    """Grid, heat map, arcs, text, neurons and attribution of one ``AttentionView``."""

    bundle: ClassVar[str] = "attention"
    parts: ClassVar[tuple[str, ...]] = (
        "grid",
        "heat",
        "text",
        "arcs",
        "neuron",
        "attribution",
    )

    summary = traitlets.Dict().tag(sync=True)

    def __init__(self, result: AttentionView) -> None:
        self._result = result
        self._pictures = _Memory(_REMEMBERED)
        summary: dict[str, Any] = {
            "model": printable(result.name),
            "items": [printable(item.label) for item in result.items[:MOST_TEXTS]],
            "notes": [message.texts() for message in result.call_messages],
        }
        if result.start is not None:
            layer, heads = result.start
            summary["start"] = {"layer": layer, "heads": heads}
        super().__init__(summary=summary)

    def display(self, text: str, picture: Element) -> None:
        """Show the view; what the page will ask first is computed while it gets there."""
        super().display(text, picture)
        if not has_cells():
            return  # nobody looks
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a kernel without a loop has no time of its own
            return
        loop.call_soon(self._look_ahead)

    def _look_ahead(self) -> None:
        with suppress(TfWidgetsError):  # who asks will hear of it
            whole = {"words": False, "special": True, "renormalize": False}
            self._first(self._result.items[0], 0, whole)

    @answers("open")
    def _open(self, item: int, lens: dict[str, Any], parts: list[str] | None = None) -> Reply:
        chosen = self._item(item)
        can = {"attribution": self._methods(chosen), "export": list(_TYPES)}
        payload, flags = opened(chosen, _lens(lens))
        payload["can"].update(can)
        if parts is None:
            return payload, flags
        # In one reply: in JupyterLab each costs more than what is in it.
        payload["parts"] = {name: self._part(name)[0] for name in parts}
        payload["ahead"], pictures = self._first(chosen, item, lens)
        return payload, [*flags, *pictures]

    def _first(
        self, chosen: Item, item: int, lens: dict[str, Any]
    ) -> tuple[list[dict[str, Any]], list[bytes]]:
        """Answer what grid and heat map will ask first, in the words in which they ask it."""
        pane = chosen.panes[0]
        matrix: dict[str, Any] = {
            "item": item,
            "kind": pane.kind,
            "layer": 0,
            "heads": [0],
            "lens": lens,
        }
        rows, columns = self._matrix(**matrix).shape
        questions: list[tuple[str, dict[str, Any]]] = []
        if rows * columns <= MOST_CELLS:
            part = {"level": 0, "rows": [0, rows], "columns": [0, columns], "sample": 0}
            questions.append(("tile", {**matrix, **part}))
        size, count = first_thumbs(pane)
        weights = pane.layers[0]
        if count * weights.heads * weights.queries * weights.keys <= AHEAD:
            layers = {"layers": [0, count], "size": size}
            questions.append(("thumbs", {"item": item, "kind": pane.kind, **layers}))
        ahead: list[dict[str, Any]] = []
        pictures: list[bytes] = []
        for request, question in questions:
            reply, buffers = self._answer_now({"type": request, **question})
            ahead.append({"type": request, "question": question, "reply": reply})
            pictures += buffers
        return ahead, pictures

    @answers("tile")
    def _tile(
        self,
        level: int,
        rows: tuple[int, int],
        columns: tuple[int, int],
        sample: int = 0,
        **which: Any,
    ) -> Reply:
        matrix = self._matrix(**which)
        level = min(max(0, int(level)), 20)
        (top, bottom), (left, right) = (
            _inside(span, -(-size // (1 << level)))
            for span, size in zip((rows, columns), matrix.shape, strict=True)
        )
        if (bottom - top) * (right - left) > MOST_CELLS:
            raise InputError(f"A picture has at most {MOST_CELLS:,} cells.")
        key = (_key(which), level, top, bottom, left, right, sample)
        picture = self._pictures.get(
            key,
            lambda: tile(matrix, level, (top, bottom), (left, right), sample=int(sample)),
        )
        return _picture(picture)

    @answers("thumbs")
    def _thumbs(self, item: int, kind: str, layers: tuple[int, int], size: int) -> Reply:
        chosen = self._item(item)
        size = min(max(4, int(size)), THUMB)
        pictures = [
            smaller(self._thumb(chosen, item, kind, number), size)
            for number in range(*_inside(layers, MOST_LAYERS))
        ]
        if not pictures:
            raise InputError("There are no such layers.")
        payload, _ = _picture(pictures[0])
        payload["exact"] = all(picture.exact for picture in pictures)
        data = b"".join(picture.cells.tobytes() for picture in pictures)
        if len(data) > MOST_THUMB_BYTES:
            raise InputError("Too many thumbnails at once.")
        return payload, [data]

    @answers("lines")
    def _lines(self, query: int | None, key: int | None, **which: Any) -> Reply:
        matrix = self._matrix(**which)
        queries, keys = matrix.shape
        buffers, hidden = [], 0.0
        if query is not None:
            row = _position(query, queries)
            buffers.append(_halves(matrix.block((row, row + 1), (0, keys))))
            hidden = 0.0 if matrix.lens.renormalize else matrix.hidden(row)
        if key is not None:
            column = _position(key, keys)
            buffers.append(_halves(matrix.block((0, queries), (column, column + 1))))
        return {"hidden": hidden, "rough": False}, buffers

    @answers("stats")
    def _stats(self, item: int, kind: str, layers: tuple[int, int] | None = None) -> Reply:
        chosen = self._item(item)
        if kind == ROLLOUT:
            raise InputError("A rollout has no heads.")
        pane = chosen.pane(kind)
        numbers = list(range(*_inside(layers or (0, MOST_LAYERS), len(pane.layers))))
        if not numbers:
            raise InputError("There are no such layers.")
        payload, values = figures(chosen, pane, numbers, work=STATS_WORK)
        return payload, [values]

    @answers("neuron")
    def _neuron(
        self,
        item: int,
        kind: str,
        layer: int,
        head: int,
        lens: dict[str, Any],
        query: int,
        keys: tuple[int, int],
    ) -> Reply:
        matrix = self._matrix(item, kind, layer, [head], {**lens, "words": False})
        weights = matrix.weights
        if not isinstance(weights, Factored):
            raise InputError(
                "The queries and keys of this attention are not known: the model told its weights "
                "only."
            )
        row = int(matrix.queries.starts[_position(query, len(matrix.queries))])
        first, last = _inside(keys, len(matrix.keys))
        chosen = matrix.keys.starts[first : min(last, first + MOST_KEYS)].tolist()
        group = weights.heads // len(weights.k)
        q = weights.q[head, row].float()
        k = weights.k[head // group, chosen].float()
        whole = slice(0, weights.keys)
        rows = slice(row, row + 1)
        scores = weights.scores([head], rows, whole)[0, 0, chosen]
        shares = weights.block([head], rows, whole)[0, 0, chosen]
        payload = {
            "dimension": weights.dimension,
            "scale": float(weights.scale),
            "extras": weights.extras,
        }
        return payload, [part.numpy().astype("<f4").tobytes() for part in (q, k, scores, shares)]

    @answers("attribute")
    def _attribute(
        self,
        item: int,
        method: str,
        position: int | None,
        target: int | None,
        lens: dict[str, Any],
    ) -> Reply:
        chosen = self._item(item)
        seen = [chosen.units(k, _lens(lens)) for k in range(len(chosen.axes))]
        last = seen[-1]
        if position is not None:
            position = int(last.ends[_position(position, len(last))]) - 1
        found = self._result.attribution(method, target=target, position=position, item=item)
        where = None if found.position is None else _unit_at(last, found.position)
        # As much as is not on screen; what is no number is told in words.
        hidden = sum(
            float(scores[stretch].sum(dtype=np.float64))
            for scores, units in zip(found.scores, seen, strict=True)
            for stretch in units.hidden
        )
        payload = {
            "method": method,
            "target": _choice(found.target),
            "choices": [_choice(choice) for choice in found.choices],
            "position": where,
            "positions": found.positions,
            "next": found.next_token,
            "hidden": hidden if np.isfinite(hidden) else 0.0,
            "notes": [message.texts() for message in found.messages],
        }
        buffers = [
            _by_unit(scores, units).astype("<f4").tobytes()
            for scores, units in zip(found.scores, seen, strict=True)
        ]
        return payload, buffers

    @answers("export")
    def _export(
        self,
        format: str,  # noqa: A002
        what: str,
        dark: bool,
        scale: str = "root",
        range: dict[str, Any] | None = None,  # noqa: A002
        **which: Any,
    ) -> Reply:
        if format not in _TYPES:
            raise InputError(f"{format!r} is no format: png, svg or html.")
        if what not in ("head", "grid", "arcs", "layer", "all"):
            raise InputError(f"{what!r} cannot be exported: head, grid, arcs; layer or all.")
        check_scale(scale)
        item, kind = which["item"], which["kind"]
        chosen = self._item(item)
        if format == "html":
            lens = _lens(which["lens"])
            pane = chosen.rollout_of if kind == ROLLOUT else chosen.pane(kind)
            layers = [int(pane.names[which["layer"]])] if what == "layer" and pane else None
            text = self._result.to_html(
                layers=layers,
                words=lens.words,
                special_tokens=lens.special,
                renormalize=lens.renormalize,
                item=item,
            )
            data = text.encode("utf-8")
        elif what == "grid" and kind != ROLLOUT:
            data = draw_grid(self._result, kind, format, dark=dark, item=item, scale=scale)
        else:
            matrix = self._matrix(**which)
            pane = chosen.rollout_of if kind == ROLLOUT else chosen.pane(kind)
            number = pane.names[which["layer"]] if pane else ""
            part = _part(range, matrix.shape)
            whole = tuple((0, size) for size in matrix.shape)
            heading = title(self._result.name, kind, number, matrix, is_part=part != whole)
            shape = "arcs" if what == "arcs" else "head"
            data = draw(matrix, heading, shape, format, dark=dark, scale=scale, part=part)
        return {"name": f"attention.{format}", "type": _TYPES[format]}, [data]

    def _item(self, number: int) -> Item:
        items = self._result.items
        if not 0 <= number < len(items):
            raise InputError("There is no such text.")
        return items[number]

    def _matrix(
        self, item: int, kind: str, layer: int, heads: list[int], lens: dict[str, Any]
    ) -> Matrix:
        return self._item(item).matrix(kind, int(layer), [int(h) for h in heads], _lens(lens))

    def _thumb(self, item: Item, number: int, kind: str, layer: int) -> Picture:
        def compute() -> Picture:
            pane = item.rollout_of if kind == ROLLOUT else item.pane(kind)
            depth = 1 if pane is None else len(pane.layers)
            weights = item.matrix(kind, layer, [0], Lens()).weights
            return thumbs(weights, THUMB, max(1, WORK // depth))

        return self._pictures.get(("thumb", number, kind, layer), compute)

    def _methods(self, item: Item) -> list[str]:
        if self._result.model is None or item.inputs is None:
            return []
        from tfwidgets.attention.attribution import can_attribute

        return can_attribute(self._result.model.model)


class _Memory:
    """Pictures that were computed already, the newest ones."""

    def __init__(self, most: int) -> None:
        self._known: OrderedDict[Any, Picture] = OrderedDict()
        self._most, self._bytes = most, 0

    def get(self, key: Any, compute: Any) -> Picture:
        """Return what is known, or compute it."""
        if key not in self._known:
            picture: Picture = compute()
            self._known[key] = picture
            self._bytes += picture.cells.nbytes
            while self._bytes > self._most and len(self._known) > 1:
                self._bytes -= self._known.popitem(last=False)[1].cells.nbytes
        self._known.move_to_end(key)
        return self._known[key]


def _key(which: dict[str, Any]) -> tuple[Any, ...]:
    lens = _lens(which["lens"])
    return (which["item"], which["kind"], which["layer"], tuple(which["heads"]), lens)


def _lens(lens: dict[str, Any]) -> Lens:
    if not isinstance(lens, dict) or not set(lens) >= {"words", "special", "renormalize"}:
        raise InputError("A lens says words, special and renormalize.")
    return Lens(bool(lens["words"]), bool(lens["special"]), bool(lens["renormalize"]))


def _inside(span: tuple[int, int], size: int) -> tuple[int, int]:
    if not isinstance(span, (list, tuple)) or len(span) != 2:
        raise InputError("A part of a matrix is given by [from, to).")
    start = min(max(0, int(span[0])), size)
    return start, min(max(start, int(span[1])), size)


def _part(
    part: dict[str, Any] | None, shape: tuple[int, int]
) -> tuple[tuple[int, int], tuple[int, int]]:
    if part is None:
        return (0, shape[0]), (0, shape[1])
    if not isinstance(part, dict) or set(part) != {"rows", "columns"}:
        raise InputError("A range says rows and columns.")
    return _inside(part["rows"], shape[0]), _inside(part["columns"], shape[1])


def _unit_at(units: Units, token: int) -> int | None:
    """Return the unit that a token belongs to; None where it is hidden."""
    unit = int(np.searchsorted(units.starts, token, side="right")) - 1
    return unit if unit >= 0 and token < units.ends[unit] else None


def _position(number: int, size: int) -> int:
    if not 0 <= int(number) < size:
        raise InputError("There is no such token.")
    return int(number)


def _halves(values: Any) -> bytes:
    data: bytes = values.numpy().astype("<f2").tobytes()
    return data


def _picture(picture: Picture) -> Reply:
    height, width = picture.cells.shape[-2:]
    payload = {"height": height, "width": width, "exact": picture.exact}
    return payload, [picture.cells.tobytes()]


def _choice(choice: Choice) -> dict[str, Any]:
    return {
        "index": choice.index,
        "label": printable(choice.label),
        "probability": choice.probability,
    }


def _by_unit(scores: Any, units: Units) -> Any:
    """Add up the scores of the tokens of each unit."""
    sums = np.concatenate([[0.0], np.cumsum(scores, dtype=np.float64)])
    return sums[units.ends] - sums[units.starts]
