"""From a name to a folder of files: demo weights, a local folder, the hub or its cache."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfwidgets.config import settings
from tfwidgets.errors import ModelError
from tfwidgets.models import demo, hub
from tfwidgets.models.available import listing
from tfwidgets.models.tasks import of_architecture

_PICKLES = (".bin", ".ckpt", ".pkl", ".pickle", ".pt", ".pth")


@dataclass(frozen=True)
class Checkpoint:
    """The files of a model."""

    name: str
    folder: Path
    source: str
    revision: str | None

    @property
    def config(self) -> dict[str, Any]:
        """The model's ``config.json``."""
        loaded: dict[str, Any] = json.loads((self.folder / "config.json").read_text("utf-8"))
        return loaded

    @property
    def architecture(self) -> str:
        """Name of the model class that it was saved from."""
        return str((self.config.get("architectures") or ["a base model"])[0])

    @property
    def task(self) -> str:
        """The task of the class that it was saved from."""
        return of_architecture(self.architecture)

    def check_files(self, *, allow_pickle: bool) -> None:
        """Refuse folders without a model, and weights that could run code."""
        names = [path.name for path in self.folder.iterdir()] if self.folder.is_dir() else []
        if "config.json" not in names:
            inside = ", ".join(sorted(names)[:6]) or "nothing"
            raise ModelError(
                f"{self.folder} is no model folder: it has no config.json (it holds {inside}).\n"
                "A model folder is what model.save_pretrained(folder) writes."
            )
        if any(name.endswith(".safetensors") for name in names):
            return
        pickled = [name for name in names if name.endswith(_PICKLES)]
        if pickled and not allow_pickle:
            raise ModelError(hub.PICKLE_ONLY.format(name=self.name, files=", ".join(pickled[:3])))
        if not pickled:
            raise ModelError(f"{self.folder} has a config.json but no weights (*.safetensors).")


def find(name: str, *, revision: str | None, allow_pickle: bool, progress: bool) -> Checkpoint:
    """Return the files of the model called ``name``, fetched or converted where needed.

    Raises
    ------
    ModelError
        When there is no such model, it cannot be reached, or its files are not to be trusted.
    """
    name = name.strip()
    if name.startswith("demo/"):
        return _demo(name, progress=progress)
    folder = Path(name).expanduser()
    if folder.is_dir():
        checkpoint = Checkpoint(str(name), folder.resolve(), "folder", None)
    elif name.startswith((".", "/", "~", "\\")):
        raise ModelError(f"There is no folder {name}.\n{listing()}")
    else:
        path, commit, source = hub.fetch(name, revision=revision, allow_pickle=allow_pickle)
        checkpoint = Checkpoint(name, path, source, commit)
    checkpoint.check_files(allow_pickle=allow_pickle)
    return checkpoint


def _demo(name: str, *, progress: bool) -> Checkpoint:
    model = demo.find(name)
    folder = demo.prepare(model, settings().cache_path, show_progress=progress)
    return Checkpoint(name, folder, "demo", model.version)
