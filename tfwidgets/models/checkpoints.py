"""From a name to a folder of files: demo weights, a local folder, the hub or its cache."""

from __future__ import annotations

import json
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfwidgets.config import settings
from tfwidgets.errors import InputError, ModelError
from tfwidgets.models import demo, hub
from tfwidgets.models.asked import HubId, check_no_revision
from tfwidgets.models.available import listing
from tfwidgets.models.tasks import of_architecture

if TYPE_CHECKING:
    from tfwidgets.models.net import HubClient

_INDEX = "model.safetensors.index.json"
_STATE = (".safetensors", ".json")
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
        return self._read("config.json")

    @property
    def architecture(self) -> str:
        """Name of the model class that it was saved from."""
        return str((self.config.get("architectures") or ["a base model"])[0])

    @property
    def _label(self) -> str:
        return f"The cached copy of {self.name}" if self.source == "cache" else self.name

    @property
    def _rest(self) -> str:
        # The cache is taken only where the hub does not answer.
        away = "; the rest is on the hub, which cannot be reached or is switched off"
        return away if self.source == "cache" else ""

    @property
    def task(self) -> str:
        """The task of the class that it was saved from."""
        return of_architecture(self.architecture)

    def check_files(self, *, allow_pickle: bool) -> None:
        """Refuse folders without a whole model, and weights that could run code."""
        names = {path.name for path in self.folder.iterdir()}
        if "config.json" not in names:
            inside = ", ".join(sorted(names)[:6]) or "nothing"
            raise ModelError(
                f"{self._label} is no model folder: it has no config.json (it holds {inside}).\n"
                "A model folder is what model.save_pretrained(folder) writes."
            )
        _ = self.config  # raises if it cannot be read
        if "model.safetensors" not in names and _INDEX in names:
            self._check_shards(names)
        if any(name.endswith(".safetensors") for name in names):
            return
        pickled = sorted(name for name in names if name.endswith(_PICKLES))
        if pickled and not allow_pickle:
            raise ModelError(hub.PICKLE_ONLY.format(name=self.name, files=", ".join(pickled[:3])))
        if not pickled:
            raise ModelError(
                f"{self._label} has a config.json but no weights (*.safetensors){self._rest}."
            )

    def check_tokenizer(self) -> None:
        """Refuse folders in which there is nothing that a tokenizer could be made of."""
        names = {path.name for path in self.folder.iterdir()}
        if not names.intersection(hub.TOKENIZER_FILES):
            inside = ", ".join(sorted(names)[:6]) or "nothing"
            raise ModelError(
                f"{self._label} holds no tokenizer: neither tokenizer.json nor the older files "
                f"(it holds {inside}).\nA tokenizer's folder is what "
                "tokenizer.save_pretrained(folder) writes."
            )

    def _check_shards(self, names: set[str]) -> None:
        shards = {str(shard) for shard in dict(self._read(_INDEX).get("weight_map", {})).values()}
        if missing := sorted(shards - names):
            raise ModelError(
                f"{self._label} is not whole: {len(missing)} of its {len(shards)} weight files "
                f"are missing ({', '.join(missing[:2])}){self._rest}."
            )

    def _read(self, file: str) -> dict[str, Any]:
        try:
            content = json.loads((self.folder / file).read_text("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise ModelError(f"The {file} of {self.name} cannot be read: {error}.") from error
        if not isinstance(content, dict):
            raise ModelError(f"The {file} of {self.name} is not a JSON object.")
        return content


def find(
    name: str | PathLike[str],
    *,
    revision: str | None,
    allow_pickle: bool,
    progress: bool,
    part: hub.Part = "model",
    client: HubClient | None = None,
) -> Checkpoint:
    """Return the files of the model called ``name``, fetched or converted where needed.

    A path object names a folder and is never looked for on the hub; a ``HubId`` is looked for
    there alone. ``part`` tells what is enough of a model on the hub: ``"tokenizer"``, or
    ``"config"`` for config.json alone. ``client`` asks it; by default the one of the settings,
    which is made in the main thread only.

    Raises
    ------
    InputError
        When the name is empty, or a revision is asked of what has none.
    ModelError
        When there is no such model, it cannot be reached, or its files are not to be trusted.
    """
    is_path, on_hub = not isinstance(name, str), isinstance(name, HubId)
    name = fspath(name).strip()
    if not name:
        raise InputError(f"The name of the model is empty.\n{listing()}")
    if name.startswith("demo/") and not is_path and not on_hub:
        check_no_revision(revision, f"{name} is a demo model")
        return _demo(name, progress=progress)
    found = None if on_hub else local(name)
    if found and found.is_dir():
        check_no_revision(revision, f"{name} is a folder here")
        checkpoint = Checkpoint(name, found, "folder", None)
    elif found:
        raise ModelError(f"{name} is a file: name the folder that it lies in ({found.parent}).")
    elif is_path or (not on_hub and name.startswith((".", "/", "~", "\\"))):
        raise ModelError(f"There is no folder {name}.\n{listing()}")
    else:
        path, commit, source = hub.fetch(
            name,
            revision=revision,
            allow_pickle=allow_pickle,
            progress=progress,
            part=part,
            client=client,
        )
        checkpoint = Checkpoint(name, path, source, commit)
    if part == "tokenizer":
        checkpoint.check_tokenizer()
    elif part == "model" or checkpoint.source == "folder":
        checkpoint.check_files(allow_pickle=allow_pickle)
    return checkpoint


def written(name: str | PathLike[str]) -> tuple[object, ...]:
    """Tell one state of a local folder from another; empty for what is no folder.

    A model that is saved again into the same folder is another model.
    """
    folder = None if isinstance(name, HubId) else local(fspath(name).strip())
    if not folder or not folder.is_dir():
        return ()
    files = sorted(path for path in folder.iterdir() if path.suffix in (*_PICKLES, *_STATE))
    return (folder, *((path.name, (s := path.stat()).st_mtime_ns, s.st_size) for path in files))


def asked_of(name: str | PathLike[str]) -> tuple[object, ...]:
    """Tell what a name stands for now: a state of a folder, or a model of the hub that is set.

    The endpoint may hold a password, so only its hash is kept.
    """
    return written(name) or (hash(settings().endpoint),)


def local(name: str) -> Path | None:
    """Return what lies here under that name, or None."""
    try:
        path = Path(name).expanduser()
        return path.resolve() if name and path.exists() else None
    except (OSError, RuntimeError, ValueError):  # too long, an unknown ~user, not a path at all
        return None


def _demo(name: str, *, progress: bool) -> Checkpoint:
    model = demo.find(name)
    folder = demo.prepare(model, settings().cache_path, show_progress=progress)
    return Checkpoint(name, folder, "demo", model.version)
