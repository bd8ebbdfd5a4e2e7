"""Refuse a head that was never trained for the task: it would answer at random."""

from __future__ import annotations

from typing import Any

from tfwidgets.errors import ModelError
from tfwidgets.models import demo
from tfwidgets.models.checkpoints import Checkpoint

# Weights that a base model may lack: its pooler serves heads only, and is never used here.
_UNUSED_WITHOUT_HEAD = ("pooler.",)


def check_saved_for(checkpoint: Checkpoint, task: str) -> None:
    """Refuse a head that was trained for another task, though its weights would fit.

    Those of a classifier for texts and for tokens have the same names and shapes.
    """
    if checkpoint.task not in (task, "feature-extraction") and task != "feature-extraction":
        raise ModelError(_no_head(checkpoint, task, "."))


def check_head(checkpoint: Checkpoint, task: str, report: dict[str, Any]) -> None:
    """Refuse a model some of whose weights were not in the files, by transformers' report."""
    missing = sorted(str(key) for key in report["missing_keys"])
    if task == "feature-extraction":
        missing = [key for key in missing if not key.startswith(_UNUSED_WITHOUT_HEAD)]
    missing += sorted(str(key[0]) for key in report["mismatched_keys"])
    if not missing:
        return
    named = ", ".join(missing[:2]) + (", …" if len(missing) > 2 else "")
    if task == checkpoint.task:
        raise ModelError(
            f"{checkpoint.name} is not whole: {len(missing)} of its weights are missing ({named}), "
            "so it would answer at random."
        )
    because = f": {len(missing)} weights are missing ({named}), so it would answer at random."
    raise ModelError(_no_head(checkpoint, task, because))


def _no_head(checkpoint: Checkpoint, task: str, because: str) -> str:
    fitting = [d.name for d in demo.CATALOG.values() if d.task == task]
    instead = f" A demo model for it: {', '.join(fitting)}." if fitting else ""
    return (
        f"{checkpoint.name} has no trained head for {task}{because}\n"
        f"It was saved as {checkpoint.architecture}, for {checkpoint.task}.{instead}"
    )
