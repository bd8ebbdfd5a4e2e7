"""The demo models: those that are installed, and how to install the others."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from tfwidgets.config import settings
from tfwidgets.hub.entry import ModelEntry
from tfwidgets.hub.index.records import one_reader, records_of
from tfwidgets.hub.index.saved import summary_of
from tfwidgets.hub.index.summary import Summary
from tfwidgets.hub.notes import note
from tfwidgets.hub.sources.inventory import Inventory
from tfwidgets.models import demo
from tfwidgets.models.demo import DemoModel
from tfwidgets.ui.strings import Message

_FAMILY = re.compile(r"(For|Model|LMHead|With).*")


def entries() -> list[ModelEntry]:
    """Return all demo models. Never raises; new objects each time."""
    return look().entries


def look() -> Inventory:
    """Return all demo models. Never raises."""
    with one_reader:
        return Inventory([_entry(model) for model in demo.CATALOG.values()])


def _entry(model: DemoModel) -> ModelEntry:
    installed, folder = _places(model)
    summary = _summary(folder) if folder else Summary()
    entry = summary.entry(model.name, "demo", folder, revision=model.version)
    entry.task = model.task
    entry.tasks = ()
    entry.languages = ("en",)  # they all read English
    entry.license = model.license.split()[0].lower()  # the weights' comes first
    entry.architecture = model.architecture
    entry.family = _FAMILY.sub("", model.architecture).lower()
    entry.libraries = ("transformers",)
    entry.updated = None  # the time of the files is that of the installation
    entry.messages = ()
    entry.cached = folder is not None
    if folder is None:
        entry.messages, entry.cached = _not_prepared(model, installed=installed)
    return entry


def _places(model: DemoModel) -> tuple[bool, Path | None]:
    """Return whether the package is installed, and the folder that would be loaded from."""
    try:
        return demo.locate(model) is not None, demo.prepared(model, settings().cache_path)
    except (OSError, RuntimeError, ValueError):  # a broken environment, an unknown ~user
        return False, None


def _summary(folder: Path) -> Summary:
    known = records_of("demo", settings().cache_path)
    summary = summary_of(str(folder), known)
    known.save()
    return summary or Summary()


def _not_prepared(model: DemoModel, *, installed: bool) -> tuple[tuple[Message, ...], bool]:
    """Return what is to be known of a model that is not converted yet, and whether it loads."""
    if not installed:
        command = demo.install_hint(model)
        return (note("demo.install", command=command),), False
    if find_spec(model.format) is None:
        return (note("demo.library"),), False
    return (), True
