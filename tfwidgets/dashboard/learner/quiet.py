"""Where a dashboard has nothing to show, or shall not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from fastai.callback.core import GatherPredsCallback
from fastai.callback.progress import ProgressCallback
from fastai.callback.schedule import LRFinder
from fastai.learner import Recorder, defaults


def is_quiet(learn: Any, had_bars: bool) -> bool:
    """Tell whether a fit that begins has no dashboard.

    Parameters
    ----------
    learn
        The learner.
    had_bars
        Whether it had fastai's bar when it was given the dashboard. Where the bar is gone since,
        or fastai gives every learner one and this has none, it was taken away: by ``no_bar``.
    """
    looks = (LRFinder, GatherPredsCallback)
    should_have_bars = had_bars or (learn.default_cbs and has_bars(defaults.callbacks))
    return bool(
        not learn.create_mbar
        or any(isinstance(cb, looks) for cb in learn.cbs)
        or (should_have_bars and not has_bars(learn.cbs))
        or not any(isinstance(cb, Recorder) for cb in learn.cbs)
        or _rank() > 0
    )


def has_bars(callbacks: Iterable[Any]) -> bool:
    """Tell whether fastai's bar, or its class, is among callbacks."""
    return any(cb is ProgressCallback or isinstance(cb, ProgressCallback) for cb in callbacks)


def _rank() -> int:
    together = torch.distributed.is_available() and torch.distributed.is_initialized()
    return torch.distributed.get_rank() if together else 0
