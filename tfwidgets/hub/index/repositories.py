"""The hub's cache as it lies on the disk: repositories, their commits and files.

Laid out by ``huggingface_hub``: ``models--org--name/`` with ``refs/main`` (a commit's id),
``snapshots/<commit>/`` (links to blobs, or the files themselves), ``blobs/`` and, since its
version 2, ``trees/<commit>.json`` (all files that the commit has on the hub).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tfwidgets.hub.index.files import files_of
from tfwidgets.hub.index.summary import moment
from tfwidgets.models.available import hub_cache
from tfwidgets.models.contents import Unreadable, beginning, json_object

PREFIX = "models--"
INCOMPLETE = ".incomplete"
# Ours go on where they ended, those of the hub's client have a number each.
_UNFINISHED = re.compile(r"(\.tfwidgets|\.[0-9a-f]{8})?\.incomplete$")


@dataclass(frozen=True)
class CachedRevision:
    """One commit of a cached model.

    Attributes
    ----------
    commit
        Its id.
    size
        Bytes of its files; some may belong to other commits, too.
    refs
        Branches and tags that lead to it.
    sizes
        Bytes of each file, by its name.
    """

    commit: str
    folder: Path
    size: int
    refs: tuple[str, ...]
    sizes: dict[str, int]
    changed: float
    used: float

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files that are here."""
        return tuple(self.sizes)


@dataclass(frozen=True)
class CachedRepo:
    """A model in the hub's cache.

    Attributes
    ----------
    size
        Bytes on the disk, each file once; without unfinished downloads.
    revisions
        Its commits, that of ``main`` first, then the newest.
    unfinished
        Bytes of each unfinished download, by the file's ETag.
    used
        When a file of it was last read (UTC), as far as the file system notes that.
    """

    id: str
    folder: Path
    size: int
    revisions: tuple[CachedRevision, ...]
    used: datetime | None
    unfinished: dict[str, int] = field(default_factory=dict)
    blobs: frozenset[str] = frozenset()

    @property
    def incomplete_bytes(self) -> int:
        """Bytes of unfinished downloads."""
        return sum(self.unfinished.values())


def repos(cache: Path | None = None) -> list[CachedRepo]:
    """Return all models in the hub's cache, those that cannot be used included. Never raises."""
    try:
        cache = cache or hub_cache()
        names = folder_names(cache)
    except (OSError, RuntimeError, ValueError):
        return []
    return [read_repo(cache / name) for name in names]


def folder_names(cache: Path) -> list[str]:
    """Return the names of the models' folders; raise OSError where there is no such cache."""
    with os.scandir(cache) as entries:
        return sorted(e.name for e in entries if e.name.startswith(PREFIX) and _is_folder(e))


def id_of(folder: str) -> str:
    """Return the model's id for its folder's name."""
    # No id on the hub has two hyphens in a row.
    return folder.removeprefix(PREFIX).replace("--", "/")


def read_repo(folder: Path) -> CachedRepo:
    """Look at every file of one cached model. Never raises."""
    refs = _refs(folder / "refs")
    # By identity, since several commits may share a file.
    counted: dict[Any, int] = {}
    revisions = [_revision(path, refs, counted) for path in _folders(folder / "snapshots")]
    revisions.sort(key=lambda revision: ("main" not in revision.refs, -_changed(revision.folder)))
    blobs = files_of(folder / "blobs")
    unfinished: dict[str, int] = {}
    for name, status in blobs.items():
        if name.endswith(INCOMPLETE):
            etag = _UNFINISHED.sub("", name)
            unfinished[etag] = unfinished.get(etag, 0) + status.st_size
        else:
            counted[_identity(status, name)] = status.st_size
    used = max((revision.used for revision in revisions), default=0)
    return CachedRepo(
        id=id_of(folder.name),
        folder=folder,
        size=sum(counted.values()),
        revisions=tuple(revisions),
        used=moment(used) if used else None,
        unfinished=unfinished,
        blobs=frozenset(name for name in blobs if not name.endswith(INCOMPLETE)),
    )


def tree(repo: Path, commit: str) -> dict[str, str]:
    """Return the ETag of each file that a commit has on the hub; empty where that is not kept."""
    try:
        listed = json_object(repo / "trees" / f"{commit}.json").get("files")
    except Unreadable:
        return {}
    found = listed.items() if isinstance(listed, dict) else ()
    return {
        name: str(told.get("lfs_sha256") or told.get("blob_id") or "")
        for name, told in found
        if isinstance(told, dict)
    }


def _revision(folder: Path, refs: dict[str, list[str]], counted: dict[Any, int]) -> CachedRevision:
    files = files_of(folder)
    own = {_identity(status, folder / name): status.st_size for name, status in files.items()}
    counted.update(own)
    return CachedRevision(
        commit=folder.name,
        folder=folder,
        size=sum(own.values()),
        refs=tuple(sorted(refs.get(folder.name, ()))),
        sizes={name: status.st_size for name, status in files.items()},
        changed=max((status.st_mtime for status in files.values()), default=_changed(folder)),
        used=max((status.st_atime for status in files.values()), default=0),
    )


def _identity(status: os.stat_result, name: object) -> Any:
    # Windows tells a number only of files that it was asked for by name.
    return (status.st_dev, status.st_ino) if status.st_ino else name


def _refs(folder: Path) -> dict[str, list[str]]:
    """Return the branches and tags of each commit."""
    found: dict[str, list[str]] = {}
    for name in files_of(folder):
        try:
            commit = beginning(folder / name, 200).decode("ascii").strip()
        except (Unreadable, UnicodeDecodeError):
            continue
        found.setdefault(commit, []).append(name)
    return found


def _folders(folder: Path) -> Iterable[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in entries if _is_folder(entry)]
    except OSError:
        return ()


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _changed(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0
