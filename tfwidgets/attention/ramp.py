"""The colours of weights: those of the live view, from the ground to a blue ink."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from tfwidgets.errors import InputError

Colours = npt.NDArray[np.uint8]

SCALES = ("root", "linear", "log")
# Powers of ten that "log" shows.
_DECADES = 4


@dataclass(frozen=True)
class Theme:
    """What a drawing is painted with: colours as #rrggbb.

    ``stops`` lie evenly between the colour of nothing, the ground's, and that of 1.
    """

    ground: str
    ink: str
    muted: str
    line: str
    accent: str
    error: str
    stops: tuple[str, ...]


# Stops of js/src/attention/colours.ts: lightness goes one way only, so that more is always more.
LIGHT = Theme(
    "#ffffff", "#1f2328", "#5c636d", "#dcdfe4", "#1567c4", "#d93a2b",
    ("#ffffff", "#d5e9fd", "#abd2fa", "#80b3f0", "#5494e6", "#3d75d0", "#2856ba", "#233c8f",
     "#1d2466", "#161a4d", "#101035"),
)  # fmt: skip
DARK = Theme(
    "#16181b", "#e6e8eb", "#a3abb5", "#3a3f46", "#6fb1f5", "#ff8a80",
    ("#16181b", "#1b273f", "#1f3566", "#274a8c", "#2e60b3", "#3f7dca", "#519ae0", "#77b6ec",
     "#9cd2f7", "#c4e5fc", "#eaf7ff"),
)  # fmt: skip


def theme(*, dark: bool) -> Theme:
    """Return the colours of a light or a dark drawing."""
    return DARK if dark else LIGHT


def rgb(colour: str) -> tuple[int, int, int]:
    """Return what "#rrggbb" stands for."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def check_scale(scale: str) -> None:
    """Refuse what is no scale."""
    if scale not in SCALES:
        raise InputError(f"scale={scale!r}: it is 'root', 'linear' or 'log'.")


def share(weights: npt.NDArray[np.float32], scale: str) -> npt.NDArray[np.float32]:
    """Return how far along the ramp weights lie, 0 to 1; NaN stays.

    Parameters
    ----------
    weights
        Of any shape; below 0 and above 1 is drawn as 0 and 1.
    scale
        "root", "linear" or "log" (four powers of ten).

    Raises
    ------
    InputError
        When there is no such scale.
    """
    check_scale(scale)
    weights = np.clip(np.asarray(weights, dtype=np.float32), 0, 1)
    if scale == "root":
        return np.sqrt(weights)
    if scale == "linear":
        return weights
    with np.errstate(divide="ignore"):
        return np.asarray(np.clip(1 + np.log10(weights) / _DECADES, 0, 1), dtype=np.float32)


def painted(weights: npt.NDArray[np.float32], scale: str, *, dark: bool) -> Colours:
    """Return the colours of weights: uint8, (…, 3); NaN has the colour of an error."""
    places = share(weights, scale)
    steps = (np.nan_to_num(places) * 254).round().astype(np.uint8)
    steps[np.isnan(places)] = 255
    colours: Colours = _table(dark)[steps]
    return colours


@cache
def _table(dark: bool) -> Colours:
    """Return the colours of 255 steps along the ramp, and that of NaN."""
    own = theme(dark=dark)
    stops = np.array([rgb(stop) for stop in own.stops], dtype=float)
    at = np.linspace(0, len(stops) - 1, 255)
    channels = [np.interp(at, np.arange(len(stops)), channel) for channel in stops.T]
    table = np.stack(channels, axis=1).round().astype(np.uint8)
    return np.concatenate([table, np.array([rgb(own.error)], dtype=np.uint8)])
