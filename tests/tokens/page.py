"""The page's side of a view: it asks, and unpacks what ``js/src/tokens`` unpacks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfwidgets.tokens.result import TokenInspector

SPECIAL, ADDED, PADDING, IGNORED, UNKNOWN, SECOND, DIFFERENT, PARTIAL = (1 << k for k in range(8))
NOWHERE = 0xFFFF
_TOKEN = np.dtype([("id", "<u4"), ("at", "<u2"), ("length", "u1"), ("word", "u1")])


@dataclass
class Chip:
    """A token as the page knows it.

    ``text`` is what it is drawn with, cut out of its unit in UTF-16; None where it has no place.
    ``start`` counts the code points of its own text before it.
    """

    number: int
    id: int
    flags: int
    text: str | None
    start: int | None
    word: int | None
    bytes: str | None


@dataclass
class Block:
    """A unit; ``start`` counts the code points of its own text before it."""

    text: str
    start: int
    pair: bool
    cut: bool
    clipped: bool
    begins: bool
    role: int | None
    chips: list[Chip]
    marks: list[tuple[str, int]]


@dataclass
class Screen:
    """An answer to "units", unpacked, and the bytes that it took."""

    total: int
    blocks: list[Block]
    size: int

    @property
    def chips(self) -> list[Chip]:
        return [chip for block in self.blocks for chip in block.chips]


class Page:
    """A page that shows the view of an inspection."""

    def __init__(self, inspector: TokenInspector) -> None:
        self.view = inspector.widget()
        self.sent: list[tuple[dict[str, Any], Any]] = []
        self.view.send = lambda content, buffers=None: self.sent.append((content, buffers))

    def ask(self, type_: str, **fields: Any) -> tuple[dict[str, Any], list[bytes]]:
        """Return what a request is answered with, as it arrives; or raise what the error says."""
        self.sent.clear()
        self.view._handle_custom_msg({"id": "x", "type": type_, **fields}, [])
        ((content, buffers),) = self.sent
        content = json.loads(json.dumps(content, ensure_ascii=False).encode())
        assert content["id"] == "x"
        if "error" in content:
            raise LookupError(content["error"])
        return content["ok"], buffers

    def screen(self, start: int = 0, stop: int = 50, source: int = 0) -> Screen:
        payload, (units, tokens) = self.ask("units", source=source, start=start, stop=stop)
        return unpack(payload, units, tokens)

    def screens(self, source: int = 0, size: int = 50) -> list[Screen]:
        """Ask for everything, one page after the other."""
        total = self.view.summary["sources"][source]["units"]
        return [self.screen(k, k + size, source) for k in range(0, total, size)]

    def blocks(self, source: int = 0, size: int = 50) -> list[Block]:
        return [block for screen in self.screens(source, size) for block in screen.blocks]

    def chips(self, source: int = 0) -> list[Chip]:
        return [chip for screen in self.screens(source) for chip in screen.chips]

    def first(self) -> Screen:
        """Return what the view brings with it."""
        state = dict(self.view.first)
        units, tokens = state.pop("units"), state.pop("tokens")
        return unpack(json.loads(json.dumps(state, ensure_ascii=False)), units, tokens)


def unpack(payload: dict[str, Any], units: bytes, tokens: bytes) -> Screen:
    """Read a page as ``model.ts`` describes it."""
    text = payload["text"].encode("utf-16-le")
    size = len(json.dumps(payload, ensure_ascii=False).encode()) + len(units) + len(tokens)
    rows = enumerate(np.frombuffer(tokens, _TOKEN).tolist())
    places = dict(payload["places"])
    assert 0 in places or not units
    blocks: list[Block] = []
    at, start, word = 0, 0, -1
    for k, (count, length, flags) in enumerate(np.frombuffer(units, "<u2").reshape(-1, 3).tolist()):
        whole = text[2 * at : 2 * (at + length)]
        start = places.get(k, start)
        chips = []
        for _ in range(count):
            number, (code, place, long, step) = next(rows)
            if step == 254:
                word = payload["words"][str(number)]
            elif step != 255:
                word += step
            long = payload["lengths"][str(number)] if long == 255 else long
            known = place != NOWHERE
            chips.append(
                Chip(
                    number=payload["token"] + number,
                    id=code & 0xFFFFFF,
                    flags=code >> 24,
                    text=_cut(whole, place, place + long) if known else None,
                    start=start + len(_cut(whole, 0, place)) if known else None,
                    word=None if step == 255 else word,
                    bytes=payload["bytes"].get(str(number)),
                )
            )
        marks = [(_cut(whole, a, b), label) for n, a, b, label in payload["marks"] if n == k]
        states = (bool(flags & 1), bool(flags & 2), bool(flags & 4), bool(flags & 8))
        role = (flags >> 8) - 1 if flags >> 8 else None
        blocks.append(Block(_cut(whole, 0, length), start, *states, role, chips, marks))
        at, start = at + length, start + len(blocks[-1].text)
    assert next(rows, None) is None
    assert 2 * at == len(text)
    return Screen(payload["total"], blocks, size)


def _cut(whole: bytes, start: int, stop: int) -> str:
    """Cut as JavaScript's ``slice`` does; half of a character is an error here."""
    return whole[2 * start : 2 * stop].decode("utf-16-le")
