"""Trainings from TensorBoard's event files, as PyTorch, Trainer, Lightning and Keras write them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from tfwidgets.dashboard.imports.imported import (
    TRAIN,
    VALID,
    Imported,
    Place,
    Points,
    assemble,
    curve_name,
)
from tfwidgets.errors import EnvironmentProblem, InputError

_MARK = "tfevents"
_SETTING_LENGTH = 200
_SECRET = ("token", "api_key", "password", "secret")


def is_event_file(path: Path) -> bool:
    """Tell whether a file is called as TensorBoard calls its own."""
    return _MARK in path.name and path.is_file()


def event_files(folder: Path) -> dict[str, list[Path]] | None:
    """Find one training in a folder: what stands before its tags -> its files.

    Keras writes what it measured in training and in validation into a folder each; they
    are one training. None where there is no event file.

    Raises
    ------
    InputError
        The files of several trainings lie in the folder.
    """
    if direct := sorted(path for path in folder.iterdir() if is_event_file(path)):
        return {"": direct}
    homes: dict[Path, list[Path]] = {}
    for path in sorted(folder.rglob(f"*{_MARK}*")):
        if is_event_file(path):
            homes.setdefault(path.parent, []).append(path)
    if not homes:
        return None
    if len(homes) == 1:
        return {"": next(iter(homes.values()))}
    if len({home.parent for home in homes}) == 1 and all(
        home.name.lower() in TRAIN | VALID for home in homes
    ):
        return {f"{home.name}/": files for home, files in homes.items()}
    some = ", ".join(str(home.relative_to(folder)) for home in list(homes)[:5])
    raise InputError(
        f"{folder} holds {len(homes)} trainings; import one at a time: {some}"
        f"{', …' if len(homes) > 5 else ''}."
    )


def read_events(groups: dict[str, list[Path]]) -> Imported:
    """Read the scalars of event files.

    Raises
    ------
    EnvironmentProblem
        The package tensorboard is not installed.
    InputError
        There is no scalar in them: empty, damaged, or no event files at all.
    """
    if find_spec("tensorboard") is None:
        raise EnvironmentProblem(
            "Reading event files takes the package tensorboard: "
            "%pip install 'tfwidgets[tensorboard]'"
        )
    points: dict[str, Points] = {}
    times: dict[int, float] = {}
    settings: dict[str, Any] = {}
    first, last = float("inf"), 0.0
    try:
        for prefix, files in groups.items():
            for tag, step, time, value in _values(files):
                first, last = min(first, time), max(last, time)
                if isinstance(value, bytes):
                    settings |= _settings(tag, value)
                else:
                    points.setdefault(prefix + tag, []).append((step, value))
                    times[step] = time
    except OSError as error:
        raise InputError(f"The event files cannot be read: {error}.") from None
    if not points:
        named = ", ".join(str(path) for files in groups.values() for path in files[:3])
        raise InputError(
            f"There is no scalar in {named}: empty, damaged, or not written by a SummaryWriter."
        )
    if "train/loss" in points:
        points.pop("train/train_loss", None)  # Trainer's mean of the whole training
    epochs = dict(points.pop("train/epoch", points.pop("epoch", [])))
    # Keras counts its steps in epochs from 0.
    keras = any(tag.rpartition("/")[2] == "epoch_loss" for tag in points)

    def place(step: int) -> Place:
        epoch = float(step + 1) if keras else epochs.get(step)
        return Place(epoch, times.get(step, first) - first)

    source = next(path for files in groups.values() for path in files)
    facts = {"settings": settings, "source": str(source.parent), **_monitor(settings, points)}
    made = assemble(points, place, facts)
    made.started, made.seconds = first, last - first
    return made


def _monitor(settings: dict[str, Any], tags: Iterable[str]) -> dict[str, Any]:
    """Tell which value says what is best: Trainer's arguments name it, else the loss."""
    names = {name for name, valid in map(curve_name, tags) if valid}
    metric = str(settings.get("metric_for_best_model", "")).removeprefix("eval_")
    if metric != "loss" and metric in names and "greater_is_better" in settings:
        return {"monitor": metric, "monitor_lower": not settings["greater_is_better"]}
    return {"monitor": "valid_loss", "monitor_lower": True} if "valid_loss" in names else {}


def _values(files: list[Path]) -> Iterator[tuple[str, int, float, float | bytes]]:
    """Yield scalars, and texts as bytes, in the order in which they were written.

    Of a damaged file, what stands before the damage: each record has a checksum.
    """
    from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
    from tensorboard.util import tensor_util

    plugins: dict[str, str] = {}
    for file in files:
        for event in LegacyEventFileLoader(str(file)).Load():
            for value in event.summary.value:
                tag = str(value.tag)
                if value.metadata.plugin_data.plugin_name:
                    plugins[tag] = value.metadata.plugin_data.plugin_name
                kind = value.WhichOneof("value")
                if kind == "simple_value":
                    yield tag, event.step, event.wall_time, float(value.simple_value)
                elif kind == "tensor" and plugins.get(tag) in ("scalars", "text"):
                    array = np.asarray(tensor_util.make_ndarray(value.tensor))
                    if array.size == 1:
                        yield tag, event.step, event.wall_time, array.reshape(()).item()


def _settings(tag: str, text: bytes) -> dict[str, Any]:
    """Read what Trainer writes as text: its arguments, and the model's configuration."""
    if tag.partition("/")[0] not in ("args", "model_config"):
        return {}
    try:
        found = json.loads(text)
        items = found.items()
    except (ValueError, AttributeError):
        return {}
    if tag.startswith("model_config"):
        model = found.get("_name_or_path") or (found.get("architectures") or [None])[0]
        return {"model": str(model)} if model else {}
    return {
        str(name): value
        for name, value in items
        if not str(name).lower().endswith(_SECRET)
        and (
            isinstance(value, (bool, int, float))
            or (isinstance(value, str) and len(value) <= _SETTING_LENGTH)
        )
    }
