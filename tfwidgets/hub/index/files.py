"""The files of a model's folder, in few system calls."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

MOST_FILES = 5_000
_DEPTH = 3


def files_of(folder: str | os.PathLike[str], depth: int = _DEPTH) -> dict[str, os.stat_result]:
    """Return what is below a folder: names with slashes, and the status of what they lead to.

    Links that lead nowhere and folders that cannot be read are left out.

    Parameters
    ----------
    depth
        Levels of folders that are looked into below the first.
    """
    found: dict[str, os.stat_result] = {}
    for name, entry in _below(os.fspath(folder), "", depth):
        try:
            status = entry.stat()
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(status.st_mode):
            found[name] = status
            if len(found) >= MOST_FILES:
                break
    return found


def _below(folder: str, prefix: str, depth: int) -> Iterator[tuple[str, os.DirEntry[str]]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (OSError, ValueError):
        return
    inner = []
    for entry in entries:
        try:
            is_folder = entry.is_dir(follow_symlinks=False)
        except OSError:
            continue
        if not is_folder:
            yield prefix + entry.name, entry
        elif depth and entry.name != ".git":
            inner.append(entry)
    for entry in inner:
        yield from _below(entry.path, f"{prefix}{entry.name}/", depth - 1)
