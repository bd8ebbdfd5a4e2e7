"""A table of figures: ours, a peer's, their ratio, and what was promised."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A line of the table; ``holds`` says whether the limit is kept."""

    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    limit: str = ""
    holds: bool | None = None


_HEADS = Row("", "ours", "peer", "ratio", "limit")


def show(rows: list[Row]) -> None:
    """Print rows below each other, and a blank line."""
    if not rows:
        return
    lines = [(row.what, row.ours, row.peer, row.ratio, row.limit) for row in (_HEADS, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for row, line in zip((_HEADS, *rows), lines, strict=True):
        cells = [text.ljust(width) for text, width in zip(line, widths, strict=True)]
        verdict = {True: "kept", False: "NOT KEPT", None: ""}[row.holds]
        print("  ".join([*cells, verdict]).rstrip())
    print(flush=True)


def size(count: float) -> str:
    """Write bytes."""
    return f"{count / 1e6:.3g} MB" if count >= 1e5 else f"{count / 1e3:.3g} kB"


def seconds(value: float) -> str:
    """Write a time that may be short."""
    return f"{value:.3g} s" if value >= 1 else f"{1000 * value:.3g} ms"
