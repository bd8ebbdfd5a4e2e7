"""Reading files that anybody may have written: only regular ones, never more than a limit."""

from __future__ import annotations

import json
import os
import stat
from typing import Any

CONFIG_BYTES = 10 * 2**20


class Unreadable(Exception):
    """A file is there, and what is in it cannot be used."""


def beginning(path: str | os.PathLike[str], limit: int) -> bytes:
    """Return the first ``limit`` bytes of a file.

    Raises
    ------
    Unreadable
        When it cannot be read. Pipes and devices are refused: they would never end.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - many small files
            raise Unreadable
        with open(path, "rb", buffering=0, opener=_unnoticed) as file:
            return _read(file, limit)
    except (OSError, ValueError):
        raise Unreadable from None


def _unnoticed(path: str, flags: int) -> int:
    """Open a file without changing the time of its last use: looking is not using."""
    if quiet := getattr(os, "O_NOATIME", 0):  # Linux, and only for one's own files
        try:
            return os.open(path, flags | quiet)
        except PermissionError:
            pass
    return os.open(path, flags)


def _read(file: Any, limit: int) -> bytes:
    parts = []
    while limit > 0 and (part := file.read(limit)):
        parts.append(part)
        limit -= len(part)
    return b"".join(parts)


def json_object(path: str | os.PathLike[str], limit: int = CONFIG_BYTES) -> dict[str, Any]:
    """Return the JSON object in a file.

    Raises
    ------
    Unreadable
        When it cannot be read, is longer than ``limit`` bytes or is no JSON object.
    """
    content = beginning(path, limit + 1)
    if len(content) > limit:
        raise Unreadable
    return parsed_object(content)


def parsed_object(content: bytes) -> dict[str, Any]:
    """Return the JSON object that the bytes spell; raise ``Unreadable`` for anything else."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise Unreadable from None
    if not isinstance(found, dict):
        raise Unreadable
    return found
