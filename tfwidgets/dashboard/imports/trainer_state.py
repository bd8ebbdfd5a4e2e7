"""Trainings by Hugging Face's Trainer: the ``trainer_state.json`` of its checkpoints."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from tfwidgets.dashboard.history.compare import less_is_better
from tfwidgets.dashboard.imports.imported import Imported, Place, Points, assemble, curve_name
from tfwidgets.errors import InputError

FILE = "trainer_state.json"
_SETTINGS = ("num_train_epochs", "max_steps", "train_batch_size", "logging_steps", "eval_steps")
_NO_VALUES = frozenset({"epoch", "step"})


def state_file(folder: Path) -> Path | None:
    """Return the state in a checkpoint, or of the last checkpoint of a training's folder."""
    if (folder / FILE).is_file():
        return folder / FILE
    states = [path for path in folder.glob(f"checkpoint-*/{FILE}") if _number(path) >= 0]
    return max(states, key=_number, default=None)


def _number(path: Path) -> int:
    number = path.parent.name.removeprefix("checkpoint-")
    return int(number) if number.isdecimal() else -1


def read_trainer_state(path: Path) -> Imported:
    """Read the losses, rates and evaluations that Trainer logged.

    Raises
    ------
    InputError
        It is no such file, or nothing was logged.
    """
    try:
        state = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no JSON: {error}. It may be cut off.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    history = state.get("log_history") if isinstance(state, dict) else None
    if not isinstance(history, list):
        raise InputError(
            f"{path} is no trainer_state.json: it has no log_history. Trainer writes that file "
            "into each of its checkpoint folders."
        )
    rows = [row for row in history if isinstance(row, dict) and isinstance(row.get("step"), int)]
    points = _points(rows)
    if not points:
        raise InputError(
            f"{path} has an empty log_history: Trainer had logged nothing yet. logging_steps= "
            "says how often it does."
        )
    epochs = {row["step"]: float(row["epoch"]) for row in rows if _is_number(row.get("epoch"))}
    seconds = next((r["train_runtime"] for r in rows if _is_number(r.get("train_runtime"))), 0.0)
    steps = max(row["step"] for row in rows)

    def place(step: int) -> Place:
        return Place(epochs.get(step), seconds * step / steps if steps else 0.0)

    made = assemble(points, place, _facts(path, state, rows))
    made.seconds = float(seconds)
    return made


def _points(rows: list[dict[str, Any]]) -> dict[str, Points]:
    points: dict[str, Points] = {}
    for row in rows:
        for tag, value in row.items():
            # The line that Trainer writes at the end has the mean of the whole training.
            if tag in _NO_VALUES or (tag == "train_loss" and "train_runtime" in row):
                continue
            if _is_number(value):
                points.setdefault(str(tag), []).append((row["step"], float(value)))
    return points


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _facts(path: Path, state: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    settings = {name: state[name] for name in _SETTINGS if _is_number(state.get(name))}
    facts: dict[str, Any] = {"settings": settings, "source": str(path)}
    config = path.parent / "config.json"
    try:
        architectures = json.loads(config.read_text("utf-8"))["architectures"]
        settings["model"] = str(architectures[0])
    except (OSError, ValueError, LookupError, TypeError):
        pass  # a state without its model is a training all the same
    planned = state.get("num_train_epochs")
    if isinstance(planned, int):
        facts["epochs"] = planned
    facts |= _monitor(state.get("best_metric"), rows)
    return facts


def _monitor(best: Any, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Tell which value is the best metric: the state gives that number without its name."""
    columns: dict[str, list[float]] = {}
    for row in rows:
        for tag, value in row.items():
            name, valid = curve_name(str(tag))
            if valid and name and _is_number(value):
                columns.setdefault(name, []).append(float(value))
    if _is_number(best):
        for name, values in columns.items():
            least, most = min(values), max(values)
            if math.isclose(least, best) or math.isclose(most, best):
                lower = less_is_better(name) if least == most else math.isclose(least, best)
                return {"monitor": name, "monitor_lower": lower}
    return {"monitor": "valid_loss", "monitor_lower": True} if "valid_loss" in columns else {}
