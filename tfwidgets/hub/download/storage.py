"""Where the hub's client keeps a model: contents by their hash, and a folder per commit.

``models--a--b/blobs/<hash>`` are the files, ``models--a--b/snapshots/<commit>/<name>`` links to
them (https://huggingface.co/docs/huggingface_hub/guides/manage-cache).
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from threading import Event
from uuid import uuid4

from tfwidgets.errors import ModelError
from tfwidgets.models.net import Cancelled

COMMIT = re.compile(r"[0-9a-f]{40}")

# Its name says whose it is, and ends as that of the hub's own client's: so every program that
# tidies the cache knows it for what it is.
_PARTIAL = ".tfwidgets.incomplete"
# A name in a folder: nothing that could lead out of it.
# Signs that mean something in a path on some system, or that no file's name can have.
_UNFIT = re.compile("[\\\\:\0\ud800-\udfff]")
_ETAG = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,127}")
# How long a wait for another process's lock goes without a look at whether it is still wanted.
_LOOK = 0.1


def fits(file: str) -> bool:
    """Whether a file of a repository can be kept: its name leads nowhere else, on no system."""
    path = PurePosixPath(file)
    return bool(
        path.parts and not path.is_absolute() and ".." not in path.parts and not _UNFIT.search(file)
    )


@dataclass(frozen=True)
class Storage:
    """The place of one model in the hub's cache."""

    cache: Path
    name: str

    @classmethod
    def of(cls, name: str) -> Storage:
        """Return the place where the hub's client, and so every load, looks for the model."""
        from huggingface_hub import constants

        return cls(Path(constants.HF_HUB_CACHE), name)

    @property
    def folder(self) -> Path:
        """The model's folder."""
        return self.cache / self._folder_name

    @property
    def _folder_name(self) -> str:
        return "--".join(("models", *self.name.split("/")))

    def snapshot(self, commit: str) -> Path:
        """Return the folder of a commit, which is what models are loaded from."""
        return self.folder / "snapshots" / commit

    def blob(self, etag: str) -> Path:
        """Return the place of a content."""
        if not _ETAG.fullmatch(etag) or etag.endswith("incomplete"):
            raise ModelError(f"The hub names a file of {self.name} by {etag[:40]!r}: no such name.")
        return self.folder / "blobs" / etag

    def partial(self, etag: str) -> Path:
        """Return the place of what has arrived of a content."""
        blob = self.blob(etag)
        return blob.with_name(blob.name + _PARTIAL)

    def pointer(self, commit: str, file: str) -> Path:
        """Return the place of a commit's file."""
        if not fits(file):
            raise ModelError(f"{self.name} has a file with the name {file!r}, which is refused.")
        return self.snapshot(commit).joinpath(*PurePosixPath(file).parts)

    def has(self, commit: str, file: str, etag: str | None, size: int | None) -> bool:
        """Whether a file is here and as long as it has to be."""
        places = [self.pointer(commit, file), *([self.blob(etag)] if etag else [])]
        return any(_length(place) in ((size,) if size is not None else _Any()) for place in places)

    def has_of(self, etag: str | None) -> int:
        """Return how many bytes of a content arrived in an earlier try."""
        return (_length(self.partial(etag)) or 0) if etag else 0

    def link(self, commit: str, file: str, etag: str, *, new: bool) -> None:
        """Put a content under its name into the commit's folder; the old entry goes at once."""
        from huggingface_hub.file_download import are_symlinks_supported

        blob, pointer = self.blob(etag), self.pointer(commit, file)
        if blob.exists() and pointer.exists() and pointer.samefile(blob):
            return
        if not blob.exists() and pointer.is_file():
            return  # where links are not possible the file itself lies there
        pointer.parent.mkdir(parents=True, exist_ok=True)
        fresh = pointer.with_name(f".{uuid4().hex}.tmp")
        if are_symlinks_supported(self.cache):
            fresh.symlink_to(os.path.relpath(blob, pointer.parent))
        elif new:
            fresh = blob
        else:  # others may link to it
            shutil.copyfile(blob, fresh)
        fresh.replace(pointer)

    @contextmanager
    def locked(
        self, etag: str, cancelled: Event, blocked: Callable[[bool], object]
    ) -> Iterator[None]:
        """Let no other program, the hub's client among them, fetch a content at the same time.

        Parameters
        ----------
        blocked
            Is told when another program has it, and when that is over.

        Raises
        ------
        Cancelled
            When ``cancelled`` is set while another program has it.
        """
        from filelock import Timeout
        from huggingface_hub.utils import WeakFileLock

        path = self.cache / ".locks" / self._folder_name / f"{etag}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        waited = False
        while True:
            lock = WeakFileLock(path, timeout=_LOOK)
            try:
                lock.__enter__()
            except Timeout:
                if cancelled.is_set():
                    raise Cancelled from None
                if not waited:
                    waited = True
                    blocked(True)
            else:
                break
        try:
            if waited:
                blocked(False)
            yield
        finally:
            lock.__exit__(None, None, None)


class _Any:
    """Every length that there is."""

    def __contains__(self, length: int | None) -> bool:
        return length is not None


def _length(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
