"""What a list shows of a model that is here: small enough to keep for thousands of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tfwidgets.hub.entry import ModelEntry, Source
from tfwidgets.hub.index import reported
from tfwidgets.hub.index.facts import Facts
from tfwidgets.hub.index.weights import dtype_of
from tfwidgets.hub.notes import ROOM, note
from tfwidgets.ui.strings import table
from tfwidgets.ui.text import one_line

Notes = tuple[tuple[str, dict[str, str]], ...]

_TEXTS = ("task", "license", "dtype", "architecture", "family")
_LISTS = ("tasks", "languages", "libraries", "tags", "base_models", "missing")
_NUMBERS = ("params", "size", "updated", "used")


@dataclass(frozen=True)
class Summary:
    """The same facts as in a ``ModelEntry``, in types that JSON has; times in whole seconds."""

    task: str | None = None
    tasks: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    license: str | None = None
    params: int | None = None
    dtype: str | None = None
    architecture: str | None = None
    family: str | None = None
    libraries: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    base_models: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    size: int | None = None
    updated: int | None = None
    used: int | None = None
    loads: bool = False
    notes: Notes = ()

    @classmethod
    def of(
        cls,
        facts: Facts,
        *,
        updated: float | None = None,
        used: float | None = None,
        size: int | None = None,
        missing: tuple[str, ...] = (),
        notes: Notes = (),
    ) -> Summary:
        """Check and clip what was read."""
        task, tasks = reported.task_of(facts)
        params = sum(facts.params.values())
        dtype = dtype_of(facts.params)
        if dtype is None and not facts.stored:
            dtype = reported.configured_dtype(facts)
        architecture = one_line(facts.architecture or "", 100) or None
        return cls(
            task=task,
            tasks=tasks,
            languages=reported.languages_of(facts.card),
            license=reported.license_of(facts.card),
            params=params if 0 < params < 2**63 else None,
            dtype=dtype,
            architecture=architecture,
            family=reported.family_of(facts),
            libraries=reported.libraries_of(facts),
            tags=reported.names(facts.card.get("tags")),
            base_models=reported.base_models_of(facts),
            missing=missing[: reported.MOST],
            size=sum(facts.sizes.values()) if size is None else size,
            updated=None if updated is None else int(updated),
            used=None if used is None else int(used),
            loads=facts.loads,
            notes=tuple(
                (key, {name: one_line(value, 200) for name, value in values.items()})
                for key, values in (*facts.notes, *notes)
            ),
        )

    def entry(self, model: str, source: Source, folder: Path | None, **more: Any) -> ModelEntry:
        """Return a new entry of a list."""
        return ModelEntry(
            model,
            source,
            task=self.task,
            languages=self.languages,
            license=self.license,
            params=self.params,
            dtype=self.dtype,
            disk_size=self.size,
            updated=moment(self.updated),
            cached=self.loads,
            architecture=self.architecture,
            family=self.family,
            libraries=self.libraries,
            tasks=self.tasks,
            tags=self.tags,
            base_models=self.base_models,
            used=moment(more.pop("used", None) or self.used),
            folder=folder,
            missing=self.missing,
            messages=tuple(note(key, **values) for key, values in self.notes),
            **more,
        )

    def as_json(self) -> dict[str, Any]:
        """Return what is not empty."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: value for name, value in values.items() if value not in (None, ())}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Summary:
        """Return what ``as_json`` wrote.

        Raises
        ------
        ValueError, TypeError, KeyError
            When something else is in it: other programs can write to the file.
        """
        values: dict[str, Any] = dict(kept)
        for name, value in values.items():
            if name in _LISTS:
                if not all(isinstance(item, str) for item in value):
                    raise TypeError(name)
                values[name] = tuple(value)
            elif name in _TEXTS:
                if not isinstance(value, str):
                    raise TypeError(name)
            elif name in _NUMBERS:
                if type(value) is not int:
                    raise TypeError(name)
            elif name == "notes":
                values[name] = tuple((key, _values(key, found)) for key, found in value)
            elif name != "loads" or type(value) is not bool:
                raise KeyError(name)
        return cls(**values)


def _values(key: str, found: Any) -> dict[str, str]:
    """Return the values of a note; raise when it could not be written with them."""
    values = {str(name): str(value) for name, value in found.items()}
    table(ROOM)[key]["en"].format(**values)
    return values


def moment(seconds: float | None) -> datetime | None:
    """Return a time in UTC; None for what no calendar has."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, timezone.utc)
    except (OverflowError, OSError, ValueError):
        return None
