"""What was read once and is kept: one file for each place that models lie in.

It is only a shortcut. A record counts as long as its stamp is that of the files; a file that
cannot be read is built anew, one that cannot be written is not.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import Any
from uuid import uuid4

from tfwidgets.config import settings
from tfwidgets.hub.index.summary import Summary
from tfwidgets.models.contents import Unreadable, json_object

VERSION = 1
"""Raised when a record means something else than before."""

SETTLED = 2.0
"""Seconds after which a file's time of change tells it from later changes.

Clocks of file systems are coarse: of two changes within a tick only the first is seen.
"""

_MOST_BYTES = 256 * 2**20

one_reader = RLock()
"""Held while a place is read: whoever asks meanwhile waits for the same answer."""


@dataclass
class Record:
    """What is kept of one model.

    Attributes
    ----------
    stamp
        Of the files that it was read from.
    probes
        What has to be known to make the stamp again.
    """

    stamp: str
    summary: Summary
    probes: tuple[str, ...] = ()


class Records:
    """The records of one place, by the names of the models' folders."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.by_name = _read(file) if file else {}
        self._changed = False

    def put(self, name: str, record: Record) -> None:
        """Keep a record from now on."""
        self.by_name[name] = record
        self._changed = True

    def drop(self, name: str) -> None:
        """Forget a record that no longer holds."""
        self._changed |= self.by_name.pop(name, None) is not None

    def only(self, names: set[str]) -> None:
        """Forget all but these."""
        for name in self.by_name.keys() - names:
            self.drop(name)

    def save(self) -> None:
        """Write what has changed; a cache that cannot be written only costs time."""
        if not self._changed or not self.file:
            return
        content = {"version": VERSION, "models": {
            name: [record.stamp, record.probes, record.summary.as_json()]
            for name, record in self.by_name.items()
        }}  # fmt: skip
        fresh = self.file.with_name(f"{self.file.name}.{uuid4().hex}.tmp")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(content, separators=(",", ":")), "utf-8")
            os.replace(fresh, self.file)  # noqa: PTH105 - the name says that it overwrites
        except (OSError, ValueError):
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
        self._changed = False


_opened: dict[Path, Records] = {}


def records_of(place: str, folder: str | os.PathLike[str]) -> Records:
    """Return what is kept of the models in a folder, read from the disk once per process."""
    path = os.path.abspath(os.path.expanduser(folder))  # noqa: PTH100, PTH111
    name = sha256(os.fsencode(path)).hexdigest()[:16]
    try:
        file = settings().cache_path / "hub-index" / f"{place}-{name}.json"
    except RuntimeError:  # a cache folder of an unknown ~user
        return Records(None)
    if file not in _opened:
        _opened[file] = Records(file)
    return _opened[file]


def _read(file: Path) -> dict[str, Record]:
    try:
        content = json_object(file, _MOST_BYTES)
    except Unreadable:
        return {}
    models = content.get("models") if content.get("version") == VERSION else None
    if not isinstance(models, dict):
        return {}
    return {name: record for name, found in models.items() if (record := _record(found))}


def _record(found: Any) -> Record | None:
    try:
        stamp, probes, summary = found
        if not isinstance(stamp, str) or not all(isinstance(probe, str) for probe in probes):
            return None
        return Record(stamp, Summary.from_json(summary), tuple(probes))
    except (TypeError, ValueError, KeyError, AttributeError, IndexError):
        return None
