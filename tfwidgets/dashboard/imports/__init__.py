"""Trainings that other tools recorded, taken into the store: TensorBoard, Trainer."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from tfwidgets.errors import InputError
from tfwidgets.ui.text import printable

if TYPE_CHECKING:
    from tfwidgets.dashboard.imports.imported import Imported
    from tfwidgets.dashboard.result import Run

PROJECT = "imported"

_EXPECTED = (
    "a TensorBoard event file (events.out.tfevents…), a trainer_state.json of Hugging Face's "
    "Trainer, or a folder with one of them"
)


def import_run(
    path: str | PathLike[str], *, name: str | None = None, project: str = PROJECT
) -> Run:
    """Take a training that another tool recorded into the store.

    Its losses, learning rates and evaluations become curves and an epoch table, under the
    names that runs of this package have: ``eval/loss``, ``val_loss`` and ``loss/valid`` all
    become ``valid_loss``.

    Parameters
    ----------
    path
        A TensorBoard event file, a folder with the event files of one training,
        a ``trainer_state.json``, a checkpoint of Trainer, or its output folder (the last
        checkpoint is read).
    name
        The run's name; the folder's unless given.
    project
        Where it stands among the others.

    Raises
    ------
    InputError
        There is nothing of that kind, or it is empty or damaged.
    EnvironmentProblem
        Event files need the package tensorboard.
    """
    from tfwidgets.dashboard.result import Run
    from tfwidgets.dashboard.store import open_store

    place = Path(path).expanduser()
    made = read(place)
    title = name or _title(place)
    store = open_store()
    identity = store.import_run(
        printable(title),
        printable(project),
        made.facts,
        made.curves,
        made.epochs,
        started=made.started,
        seconds=made.seconds,
        progress={"best": made.best},
    )
    return Run.of(store.record(identity))


def read(path: Path) -> Imported:
    """Read what lies at a path, whatever of the known kinds it is."""
    from tfwidgets.dashboard.imports.tensorboard import event_files, is_event_file, read_events
    from tfwidgets.dashboard.imports.trainer_state import read_trainer_state, state_file

    if not path.exists():
        raise InputError(f"There is no file or folder {path}.")
    if path.is_dir():
        if state := state_file(path):
            return read_trainer_state(state)
        if files := event_files(path):
            return read_events(files)
        raise InputError(f"The folder {path} holds no training. Expected: {_EXPECTED}.")
    if is_event_file(path):
        return read_events({"": [path]})
    if path.suffix == ".json":
        return read_trainer_state(path)
    raise InputError(f"{path} is no record of a training. Expected: {_EXPECTED}.")


def _title(path: Path) -> str:
    path = path.resolve()
    return (path if path.is_dir() else path.parent).name or path.name
