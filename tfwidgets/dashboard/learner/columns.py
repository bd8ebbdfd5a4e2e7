"""What the columns of the epoch table are called: each has a name of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_CURVES = frozenset(
    {
        *("loss", "smooth_loss", "lr", "momentum", "padding", "grad_norm"),
        *("samples_per_second", "tokens_per_second"),
    }
)
_FAMILIES = ("grad_norm/", "update_ratio/", "dead/", "memory/")


def columns(learn: Any) -> tuple[list[str], list[str]]:
    """Return the names of what an epoch's training tells, and of what its validation does.

    As fastai's recorder has them, made different from each other (two F1 scores of one name)
    and from a session's own curves (a metric that is called ``loss``).
    """
    recorder = getattr(learn, "recorder", None)
    names = _recorded(recorder)
    both = getattr(recorder, "train_metrics", False)
    if not getattr(recorder, "valid_metrics", True):
        train = len(names)
    else:
        train = len(names) // 2 if both else 1
    names = unique(names)
    return names[:train], names[train:]


def column_of(learn: Any, name: str) -> str:
    """Return what the column is called that fastai's recorder calls by a name."""
    names = _recorded(getattr(learn, "recorder", None))
    return unique(names)[names.index(name)] if name in names else name


def unique(names: Iterable[Any]) -> list[str]:
    """Return names that differ from each other and from those of a session's own curves."""
    found: list[str] = []
    for name in map(str, names):
        plain = f"{name} (metric)" if name in _CURVES or name.startswith(_FAMILIES) else name
        again = (f"{plain} ({number})" for number in range(2, len(found) + 2))
        found.append(plain if plain not in found else next(n for n in again if n not in found))
    return found


def _recorded(recorder: Any) -> list[str]:
    names = [str(name) for name in getattr(recorder, "metric_names", ())][1:]
    return names[:-1] if names[-1:] == ["time"] and recorder.add_time else names
