"""Whether what arrived is what the hub has: its hash is its name.

Files in large file storage are named by their SHA-256, all others by git's hash of a blob
(https://git-scm.com/book/en/v2/Git-Internals-Git-Objects).
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from threading import Event
from typing import Any

from tfwidgets.models.net import Cancelled

_SHA256, _SHA1 = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{40}")
_PIECE = 1 << 20


class Check:
    """The hash of what has arrived so far of a file.

    A name that is no hash (of a mirror's own making) cannot be checked: only the length is.
    """

    def __init__(self, etag: str, size: int | None) -> None:
        self._etag = etag
        self._hash: Any = None
        if _SHA256.fullmatch(etag):
            self._hash = hashlib.sha256()
        elif _SHA1.fullmatch(etag) and size is not None:
            self._hash = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)

    def add(self, piece: bytes) -> None:
        """Count in what came next."""
        if self._hash is not None:
            self._hash.update(piece)

    def add_file(self, path: Path, cancelled: Event) -> None:
        """Count in what came earlier and lies in a file."""
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                if cancelled.is_set():
                    raise Cancelled
                self.add(piece)

    @property
    def passed(self) -> bool:
        """Whether all of it is what it should be."""
        return self._hash is None or self._hash.hexdigest() == self._etag
