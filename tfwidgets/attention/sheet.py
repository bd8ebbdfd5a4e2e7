"""A sheet to draw on, measured in pixels, that becomes a PNG or an SVG.

Matplotlib by its objects: ``pyplot`` would keep every figure, and its settings belong to the
user. Texts are never parsed as formulas.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from tfwidgets.attention.ramp import Theme
from tfwidgets.errors import InputError
from tfwidgets.ui.text import one_line

DPI = 200
FORMATS = ("png", "svg")
# Families for what the first one lacks, as far as they are installed: Chinese, Japanese, Korean,
# Arabic, Devanagari, emoji.
_FALLBACKS = (
    "Noto Sans", "Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans CJK KR", "Hiragino Sans",
    "PingFang SC", "Yu Gothic", "Microsoft YaHei", "Malgun Gothic", "WenQuanYi Zen Hei",
    "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari", "Nirmala UI",
    "Arial Unicode MS", "Segoe UI Symbol", "Noto Sans Symbols2", "Noto Emoji",
)  # fmt: skip
_LABEL = 28


@contextmanager
def settings() -> Iterator[None]:
    """Draw with settings of our own, whatever the user's are; they are put back."""
    import matplotlib

    ours: dict[Any, Any] = {
        "font.family": _families(),
        "svg.fonttype": "none",  # text stays text: it can be searched and edited
        "svg.hashsalt": "tfwidgets",  # the same drawing gives the same file
        "axes.unicode_minus": False,
    }
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(ours)
        # What no installed font has is drawn as a box; in an SVG the reader's fonts decide.
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        yield


class Sheet:
    """Something to draw on; places are pixels from the upper left.

    Parameters
    ----------
    width, height
        In pixels; 200 are an inch.
    theme
        Its colours.
    """

    def __init__(self, width: float, height: float, theme: Theme) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.width, self.height, self.theme = width, height, theme
        self.figure: Any = Figure(
            figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=theme.ground
        )
        FigureCanvasAgg(self.figure)

    def image(self, colours: npt.NDArray[np.uint8], box: tuple[float, float, float, float]) -> None:
        """Draw cells, (height, width, 3), into a box (left, top, width, height)."""
        axes = self._axes(box)
        axes.imshow(colours, interpolation="nearest", aspect="auto")
        axes.set(xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set(edgecolor=self.theme.line, linewidth=0.5)

    def lines(
        self,
        ends: npt.NDArray[np.float64],
        widths: npt.NDArray[np.float64],
        colours: npt.NDArray[np.float64],
    ) -> None:
        """Draw lines: ends (n, 2, 2) as (x, y), widths in pixels, colours (n, 4) from 0 to 1."""
        from matplotlib.collections import LineCollection

        axes = self._axes((0, 0, self.width, self.height))
        axes.set(xlim=(0, self.width), ylim=(self.height, 0))
        axes.axis("off")
        axes.add_collection(
            LineCollection(list(ends), linewidths=widths * 72 / DPI, colors=colours), autolim=False
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: str | None = None,
        *,
        align: str = "left",
        upright: bool = False,
        limit: int = _LABEL,
    ) -> None:
        """Write a line of text around a height; ``upright`` reads from the bottom to the top.

        Parameters
        ----------
        size
            Of the letters, in pixels.
        align
            "left", "center" or "right" of x; if upright, "left" begins at y, and x is the middle.
        limit
            Characters at most.
        """
        where = {"ha": "center", "va": "bottom"} if upright else {"ha": align, "va": "center"}
        self.figure.text(
            x / self.width,
            1 - y / self.height,
            shown(text, limit),
            fontsize=size * 72 / DPI,
            color=colour or self.theme.ink,
            rotation=90 if upright else 0,
            parse_math=False,
            **where,
        )

    def save(self, format: str) -> bytes:  # noqa: A002
        """Return the file."""
        file = BytesIO()
        # No date and no version of a library: what is the same should look the same to git.
        metadata: dict[str, Any] = {"Software": None}
        if format == "svg":
            metadata = {"Date": None, "Creator": None}
        self.figure.savefig(file, format=format, dpi=DPI, metadata=metadata)
        return file.getvalue()

    def _axes(self, box: tuple[float, float, float, float]) -> Any:
        left, top, width, height = box
        return self.figure.add_axes(
            (
                left / self.width,
                1 - (top + height) / self.height,
                width / self.width,
                height / self.height,
            )
        )


def check_format(format: str) -> None:  # noqa: A002
    """Refuse what is neither "png" nor "svg"."""
    if format not in FORMATS:
        raise InputError(f"format={format!r}: it is 'png' or 'svg'.")


def shown(text: str, limit: int = _LABEL) -> str:
    """Return what is written: no control characters, and no more than there is room for."""
    return one_line(text, limit)


def widest(labels: Sequence[str], size: float, limit: int = _LABEL) -> float:
    """Return the width of the widest text in pixels, as ``Sheet.text`` would write it."""
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.font_manager import FontProperties

    renderer: Any = RendererAgg(1, 1, DPI)  # type: ignore[no-untyped-call]
    font = FontProperties(size=size * 72 / DPI)
    widths = [
        renderer.get_text_width_height_descent(text, font, False)[0]
        for text in {shown(label, limit) for label in labels} - {""}
    ]
    return max(widths, default=0.0)


@cache
def _families() -> list[str]:
    from matplotlib.font_manager import fontManager

    there = {font.name for font in fontManager.ttflist}
    return ["DejaVu Sans", *(name for name in _FALLBACKS if name in there), "sans-serif"]
