"""Looking for models in folders and below them, without getting lost there."""

from __future__ import annotations

import os
import time
from collections import deque
from dataclasses import dataclass, field

from tfwidgets.config import settings
from tfwidgets.hub.index.facts import ADAPTER_CONFIG, CONFIG
from tfwidgets.hub.index.records import SETTLED
from tfwidgets.models.available import hub_cache

DEPTH = 4
MOST_FOLDERS = 5_000
MOST_SECONDS = 1.0

_SKIPPED = frozenset(
    ("node_modules", "__pycache__", "site-packages", "dist-packages", "venv", "lost+found")
)
# Parts and other forms of the model that they lie in.
_PARTS = ("onnx", "openvino", "coreml", "gguf")


@dataclass
class Walked:
    """The folders that may be models, and whether some were left out."""

    models: list[str] = field(default_factory=list)
    cut: bool = False


@dataclass(frozen=True)
class _Folder:
    changed: int
    inner: tuple[str, ...]
    is_model: bool


# What lies in a folder changes its time: so it is listed again only then.
_listed: dict[str, _Folder] = {}


def walk(root: str) -> Walked:
    """Return what lies in a folder and ``DEPTH`` levels below it, nearest first. Never raises.

    It gives up after ``MOST_FOLDERS`` folders or ``MOST_SECONDS``; since folders that did not
    change cost little, the next walk gets further.
    """
    walked = Walked()
    visited = _not_models()
    waiting = deque([(root, 0)])
    end = time.monotonic() + MOST_SECONDS
    looked_at = 0
    while waiting:
        if looked_at >= MOST_FOLDERS or time.monotonic() > end:
            walked.cut = True
            break
        looked_at += 1
        path, depth = waiting.popleft()
        try:
            status = os.stat(path)  # noqa: PTH116 - thousands of them
            identity = (status.st_dev, status.st_ino)
            if identity in visited:  # a link back, the hub's cache
                continue
            folder = _folder(path, status)
        except (OSError, ValueError):
            continue
        if status.st_ino:
            visited.add(identity)
        if folder.is_model:
            walked.models.append(path)
        if depth < DEPTH:
            waiting.extend((os.path.join(path, name), depth + 1) for name in folder.inner)  # noqa: PTH118
    return walked


def _folder(path: str, status: os.stat_result) -> _Folder:
    known = _listed.get(path)
    if known and known.changed == status.st_mtime_ns:
        return known
    begun = time.time()
    names, inner = [], []
    with os.scandir(path) as entries:
        for entry in entries:
            names.append(entry.name)
            if entry.name[0] != "." and entry.name not in _SKIPPED and _is_folder(entry):
                inner.append(entry.name)
    is_model = CONFIG in names or ADAPTER_CONFIG in names
    if "pyvenv.cfg" in names:
        inner.clear()
    if is_model:
        inner = [name for name in inner if name not in _PARTS]
    folder = _Folder(status.st_mtime_ns, tuple(sorted(inner)), is_model)
    if status.st_mtime < begun - SETTLED:
        if len(_listed) >= 10 * MOST_FOLDERS:
            _listed.clear()
        _listed[path] = folder
    return folder


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _not_models() -> set[tuple[int, int]]:
    """Return folders that are full of models and have their own place in the list."""
    found = set()
    for place in (hub_cache, lambda: settings().cache_path):
        try:
            status = place().stat()
        except (OSError, RuntimeError, ValueError):  # not there, of an unknown ~user
            continue
        if status.st_ino:
            found.add((status.st_dev, status.st_ino))
    return found
