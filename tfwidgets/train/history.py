"""What is kept about each fit, for the model card."""

from __future__ import annotations

from typing import Any

import numpy as np


def fit_record(learn: Any, epochs: int, best: Any = None) -> dict[str, Any]:
    """Describe the fit that has just ended.

    Parameters
    ----------
    learn
        The learner.
    epochs
        How many it was to be.
    best
        The ``SaveModelCallback`` that put the weights of the best epoch back, if there was one.

    Returns
    -------
    dict
        Epochs, the highest learning rate of each group, how many groups were frozen, batch size,
        and the metrics of the weights as they are now.
    """
    recorder: Any = getattr(learn, "recorder", None)
    names = list(recorder.metric_names[1:]) if hasattr(recorder, "metric_names") else []
    rows = [list(row) for row in getattr(recorder, "values", [])]
    kept = rows[_best_row(rows, names, best)] if rows else []
    return {
        "epochs": epochs,
        "learning_rates": _highest_rates(learn),
        "frozen_groups": int(learn.opt.frozen_idx),
        "groups": len(learn.opt.param_lists),
        "batch_size": learn.dls.train.bs,
        "metrics": dict(zip(names, kept, strict=False)),
    }


def _best_row(rows: list[list[float]], names: list[str], best: Any) -> int:
    if best is None or best.every_epoch or best.monitor not in names:
        return -1
    values = [row[names.index(best.monitor)] for row in rows]
    return int(np.argmin(values) if best.comp is np.less else np.argmax(values))


def _highest_rates(learn: Any) -> list[float]:
    """Return the highest learning rate that each group had."""
    last = [float(hypers["lr"]) for hypers in learn.opt.hypers]
    used = [float(rate) for rate in getattr(getattr(learn, "recorder", None), "lrs", None) or []]
    # Schedules scale all groups alike, and the recorder keeps the last group's.
    scale = max(used) / last[-1] if used and last[-1] else 1.0
    return [rate * scale for rate in last]
