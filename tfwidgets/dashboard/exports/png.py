"""The curves of a run as a picture, drawn by matplotlib away from the reader's own figures."""

from __future__ import annotations

import io
import warnings
from importlib.util import find_spec
from typing import Any

import numpy as np

from tfwidgets.dashboard.drawing.plots import plots
from tfwidgets.dashboard.record import Record
from tfwidgets.errors import EnvironmentProblem
from tfwidgets.ui.text import one_line

DPI = 144
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's, which colour-blind readers tell apart."""


def png(record: Record) -> bytes:
    """Draw loss, metrics and learning rate below each other."""
    if find_spec("matplotlib") is None:
        raise EnvironmentProblem("A picture takes matplotlib: %pip install matplotlib")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = plots(record)
    figure = Figure(figsize=(8, 0.8 + 2.5 * max(len(shown), 1)), layout="constrained")
    canvas: Any = FigureCanvasAgg(figure)
    # A name may hold dollars, which are no formula here.
    figure.suptitle(one_line(record.name, 80), parse_math=False)
    for plot, axes in zip(
        shown, np.ravel(figure.subplots(len(shown) or 1, 1, sharex=True)), strict=False
    ):
        for number, (name, style) in enumerate(plot.items()):
            _line(axes, record, name, style, _COLOURS[number % len(_COLOURS)])
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        for text in axes.legend(frameon=False, fontsize="small").get_texts():
            text.set_parse_math(False)
    figure.axes[-1].set_xlabel("step")
    file = io.BytesIO()
    with warnings.catch_warnings():
        # Signs that the font lacks are drawn as boxes; that is no concern of a reader.
        warnings.simplefilter("ignore", UserWarning)
        canvas.print_png(file, metadata={"Title": one_line(record.name, 80)})
    return file.getvalue()


def _line(axes: Any, record: Record, name: str, style: str, colour: str) -> None:
    bins = record.overview(name)
    # matplotlib leaves names with an underscore in front out of a legend.
    label = " " + one_line(name, 40) if name.startswith("_") else one_line(name, 40)
    if style == "faint":
        if bins.width > 1:
            axes.fill_between(bins.x, bins.low, bins.high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(bins.x, bins.mean, color=colour, alpha=0.4, linewidth=0.8, label=label)
    else:
        mark = "o" if style == "points" and len(bins) <= 60 else ""
        axes.plot(bins.x, bins.mean, mark + "-", color=colour, markersize=4, label=label)
