"""How a run is written down: rows of what came, and a short and a long summary.

Each write is one row of trackio's ``metrics`` table. Beside the last value of each curve, which is
what trackio itself shows, the row holds under ``tfwidgets`` all that came since the row before:
``curves``, each with the place in the curve where its values belong (``at``), and ``more``, a JSON
text of its own, so that who reads curves need not read it and NaN in it disturbs nobody.

``project_metadata`` holds four texts for each run, under ``tfw:<what>:<id>``: ``run`` (what a list
of runs shows), ``facts``, ``curves`` (bins of whole curves, epochs, log, panels as of one row) and
``note``.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tfwidgets.dashboard.curves import Bins, Curve, Floats, Steps
from tfwidgets.dashboard.record import Delta
from tfwidgets.ui.text import printable

VERSION = 1
FIELD = "tfwidgets"

_LE_STEPS, _LE_FLOATS = np.dtype("<i8"), np.dtype("<f4")


@dataclass
class Row:
    """What one write adds to a run."""

    number: int
    step: int
    timestamp: str
    metrics: str
    alerts: list[dict[str, Any]] = field(default_factory=list)


def dumps(value: Any) -> str:
    """Write JSON that any UTF-8 file takes; NaN stays NaN, what JSON does not know becomes text."""
    try:
        text = _json(value)
    except (TypeError, ValueError, RecursionError, RuntimeError):
        # Keys that are no text, a circle, or a dictionary that grew meanwhile.
        text = _json(_tamed(value))
    return printable(text)


def _json(value: Any) -> str:
    return json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    return str(value)


def _tamed(value: Any, depth: int = 12) -> Any:
    if depth and isinstance(value, Mapping):
        return {str(key): _tamed(item, depth - 1) for key, item in list(value.items())}
    if depth and isinstance(value, (list, tuple)):
        return [_tamed(item, depth - 1) for item in value]
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return "…" if isinstance(value, (Mapping, list, tuple)) else _plain(value)


def pack_steps(x: npt.ArrayLike) -> int | str:
    """Return the first step alone where one follows the other."""
    steps = np.asarray(x)
    if len(steps) and int(steps[-1]) - int(steps[0]) == len(steps) - 1 and _rising(steps):
        return int(steps[0])
    return base64.b64encode(steps.astype(_LE_STEPS).tobytes()).decode("ascii")


def _rising(steps: npt.NDArray[Any]) -> bool:
    return bool((np.diff(steps) == 1).all())


def unpack_steps(packed: int | str, count: int) -> Steps:
    """Return the steps that ``pack_steps`` was given."""
    if isinstance(packed, int):
        return np.arange(packed, packed + count, dtype=np.int64)
    return np.frombuffer(base64.b64decode(packed), _LE_STEPS).astype(np.int64)


def pack_floats(y: npt.ArrayLike) -> str:
    """Return little-endian float32 in base64."""
    return base64.b64encode(np.asarray(y).astype(_LE_FLOATS).tobytes()).decode("ascii")


def unpack_floats(packed: str) -> Floats:
    """Return the values that ``pack_floats`` was given."""
    return np.frombuffer(base64.b64decode(packed), _LE_FLOATS).astype(np.float32)


def merged(deltas: Sequence[Delta]) -> Delta:
    """Put several deltas together as if they had come at once."""
    last = deltas[-1]
    parts: dict[str, list[tuple[Steps, Floats]]] = {}
    panels: dict[str, dict[str, Any]] = {}
    for delta in deltas:
        panels |= delta.panels
        for name, part in delta.curves.items():
            parts.setdefault(name, []).append(part)
    curves = {
        name: (np.concatenate([x for x, _ in each]), np.concatenate([y for _, y in each]))
        for name, each in parts.items()
    }
    return Delta(
        curves,
        [row for delta in deltas for row in delta.epochs],
        [event for delta in deltas for event in delta.log],
        panels,
        last.status,
        last.progress,
        last.error,
        next((d.facts for d in reversed(deltas) if d.facts is not None), None),
    )


def row_of(delta: Delta, number: int, counts: dict[str, int], timestamp: str) -> Row:
    """Write a delta down. ``counts`` says how many values of each curve were before; it grows."""
    scalars: dict[str, Any] = {}
    curves = {}
    for name, (x, y) in delta.curves.items():
        at = counts.get(name, 0)
        curves[name] = {"at": at, "x": pack_steps(x), "y": pack_floats(y)}
        scalars[name] = _scalar(float(y[-1]))
    more = {
        "epochs": list(delta.epochs),
        "log": list(delta.log),
        "panels": dict(delta.panels),
        "status": delta.status,
        "progress": delta.progress,
        "error": delta.error,
    }
    scalars[FIELD] = {"v": VERSION, "n": number, "curves": curves, "more": dumps(more)}
    alerts = [event for event in delta.log if event.get("kind") == "alert"]
    row = Row(number, int(delta.progress.get("step", 0)), timestamp, dumps(scalars), alerts)
    for name, (_, y) in delta.curves.items():
        counts[name] = counts.get(name, 0) + len(y)
    return row


def config_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings for trackio's own table, which takes no NaN."""
    given = facts.get("settings")
    plain = given.items() if isinstance(given, Mapping) else ()
    return {str(k): v if isinstance(v, (str, bool, int)) else dumps(v) for k, v in plain}


def _scalar(value: float) -> float | str:
    """Return a number as trackio writes it."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def payload_of(metrics: str | bytes) -> dict[str, Any] | None:
    """Return what ``row_of`` wrote down, or None if a row is not ours or a newer version's."""
    payload = json.loads(metrics).get(FIELD)
    return payload if isinstance(payload, dict) and payload.get("v") == VERSION else None


def pack_overview(curves: Mapping[str, tuple[Steps, Floats]]) -> dict[str, Any]:
    """Write whole curves down in bins."""
    packed = {}
    for name, (x, y) in curves.items():
        bins = Curve(x, y).overview()
        entry = {
            "count": len(y),
            "width": bins.width,
            "bins": len(bins),
            "x": pack_steps(bins.x),
            "mean": pack_floats(bins.mean),
        }
        if bins.width > 1:
            entry |= {"low": pack_floats(bins.low), "high": pack_floats(bins.high)}
        packed[name] = entry
    return packed


def write_overview(
    curves: Mapping[str, tuple[Steps, Floats]],
    row: Row,
    epochs: list[dict[str, Any]],
    events: list[dict[str, Any]],
    panels: dict[str, dict[str, Any]],
    last: Delta,
) -> str:
    """Write down all that opening a run needs, as of one row."""
    text = {
        "v": VERSION,
        "row": row.number,
        "step": row.step,
        "curves": pack_overview(curves),
        "epochs": epochs,
        "log": events,
        "panels": panels,
        "progress": last.progress,
        "status": last.status,
        "error": last.error,
    }
    return dumps(text)


def unpack_overview(entry: Mapping[str, Any]) -> Bins:
    """Read one curve of ``pack_overview``."""
    mean = unpack_floats(entry["mean"])
    low = unpack_floats(entry["low"]) if "low" in entry else mean
    high = unpack_floats(entry["high"]) if "high" in entry else mean
    return Bins(0, int(entry["width"]), unpack_steps(entry["x"], len(mean)), low, high, mean)


def coarsened(bins: Bins, most: int, last: int | None = None) -> Bins:
    """Join neighbouring bins, beginning at an even one, until there are at most ``most``.

    ``last`` says how many values are in the last bin, where it is not full.
    """
    counts = np.full(len(bins), bins.width, np.float64)
    if last is not None and len(counts):
        counts[-1] = last
    while len(bins) > most:
        starts = np.arange(0, len(bins), 2)
        filled = np.where(np.isnan(bins.mean), 0.0, counts)
        total = np.add.reduceat(np.nan_to_num(bins.mean.astype(np.float64)) * filled, starts)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = (total / np.add.reduceat(filled, starts)).astype(np.float32)
        counts = np.add.reduceat(counts, starts)
        bins = Bins(
            bins.first // 2,
            bins.width * 2,
            bins.x[starts],
            np.fmin.reduceat(bins.low, starts),
            np.fmax.reduceat(bins.high, starts),
            mean,
        )
    return bins
