"""Which curves stand in one chart, where all of a run is drawn at once."""

from __future__ import annotations

from tfwidgets.dashboard.record import Record

MOST_CHARTS = 6

_LOSSES = ("loss", "smooth_loss", "train_loss", "valid_loss")


def plots(record: Record) -> list[dict[str, str]]:
    """Return charts: name of a curve -> ``"line"``, ``"faint"`` or ``"points"``.

    The losses together, each metric for itself (their scales differ), the learning rate last.
    """
    names = set(record.curve_names)
    metrics = list(dict.fromkeys(name for row in record.epochs for name in row["values"]))
    charts = [{name: _style(name, names) for name in _LOSSES if name in names}]
    charts += [{name: "points"} for name in metrics if name in names and name not in _LOSSES]
    charts = charts[: MOST_CHARTS - 1]
    if "lr" in names:
        charts.append({"lr": "line"})
    return [chart for chart in charts if chart]


def _style(name: str, names: set[str]) -> str:
    if name == "loss":
        return "faint" if "smooth_loss" in names else "line"
    return "line" if name == "smooth_loss" else "points"
