"""What a download would fetch: files, bytes, and whether the disk has room for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfwidgets.errors import ModelError
from tfwidgets.hub.download.storage import COMMIT, Storage, fits
from tfwidgets.hub.machine import disk_free
from tfwidgets.models.hub import check_revision, needed_files
from tfwidgets.models.net import HubProblem, paths

if TYPE_CHECKING:
    from tfwidgets.hub.entry import ModelEntry
    from tfwidgets.models.net import HubClient

# A disk that is full to its last byte is a trouble for every other program.
MARGIN = 100_000_000


@dataclass(frozen=True)
class PlannedFile:
    """A file of the plan.

    Attributes
    ----------
    size
        Bytes; None where the hub does not say.
    here
        Whether it is in the cache.
    part
        Bytes of it that an earlier try fetched.
    etag
        The name of its content: its hash. None where the hub does not say.
    """

    name: str
    size: int | None
    here: bool = False
    part: int = 0
    etag: str | None = None


@dataclass(frozen=True)
class Plan:
    """What a download would do.

    Attributes
    ----------
    files
        What ``tfw.load`` needs, small files first.
    total, missing
        Bytes of all files, and of what is still to come.
    free
        Free bytes where the cache is; None where the system does not say.
    enough
        Whether what is missing fits in, with 100 MB left over.
    folder
        Where the model will be loaded from.
    commit, branch
        What is fetched, and what is to stand for it in the cache from then on, if anything.
    refused
        Why it is not fetched: weights in pickles only, no model for transformers, a file whose
        name would lead out of the cache. Such a file is not among ``files``.
    """

    name: str
    files: tuple[PlannedFile, ...]
    total: int
    missing: int
    free: int | None
    enough: bool
    folder: Path
    commit: str
    branch: str | None
    refused: str | None = None


def plan(entry: ModelEntry, client: HubClient, files: Collection[str] | None = None) -> Plan:
    """Ask the hub for a model's files and look which of them are here.

    Parameters
    ----------
    entry
        The model; in its revision, by default the newest.
    client
        Whom to ask: one question, two for an older revision.
    files
        Names of the files to fetch; by default those that ``tfw.load`` needs.

    Raises
    ------
    HubProblem
        When the hub does not answer or refuses.
    """
    info, branch = _asked(entry, client)
    commit = str(info.get("sha"))
    known = {str(item["rfilename"]): item for item in _items(info) if "rfilename" in item}
    refused = None
    try:
        names = list(files or needed_files(entry.id, known, allow_pickle=False))
    except ModelError as error:
        refused = str(error)
        try:  # how much it would be is of use all the same
            names = needed_files(entry.id, known, allow_pickle=True)
        except ModelError:
            names = []
    storage = Storage.of(entry.id)
    odd = [name for name in names if not fits(name)]
    if odd and refused is None:
        refused = f"{entry.id} has a file with the name {odd[0]!r}, which is refused."
    planned = sorted(
        (
            _planned(storage, commit, name, known.get(name, {}))
            for name in dict.fromkeys(names)
            if name not in odd
        ),
        key=lambda file: file.size or 0,
    )
    missing = sum((file.size or 0) - file.part for file in planned if not file.here)
    free = disk_free(storage.cache)
    return Plan(
        name=entry.id,
        files=tuple(planned),
        total=sum(file.size or 0 for file in planned),
        missing=missing,
        free=free,
        enough=free is None or not missing or missing + MARGIN <= free,
        folder=storage.snapshot(commit),
        commit=commit,
        branch=branch,
        refused=refused,
    )


def _asked(entry: ModelEntry, client: HubClient) -> tuple[dict[str, Any], str | None]:
    """Return what the hub says of the revision, and which branch or tag stands for it.

    A list names a model's newest commit, and in the cache ``main`` stands for it afterwards;
    but an older commit must not take that place.
    """
    wanted = entry.revision
    check_revision(entry.id, wanted)
    try:
        newest: dict[str, Any] = _info(client, entry.id, "main")
    except HubProblem as problem:
        if problem.kind != "revision" or wanted is None:
            raise
        newest = {}
    if wanted in (None, "main", newest.get("sha")):
        return newest, "main"
    return _info(client, entry.id, str(wanted)), None if COMMIT.fullmatch(str(wanted)) else wanted


def _info(client: HubClient, name: str, revision: str) -> dict[str, Any]:
    info, _ = client.json(paths.info(name, revision), {"blobs": "true"})
    if not isinstance(info, dict) or not COMMIT.fullmatch(str(info.get("sha"))):
        raise HubProblem(
            f"{client.shown} says nothing of the commit of {name}. Is it a model hub?", "server"
        )
    return info


def _items(info: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    items = info.get("siblings")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _planned(storage: Storage, commit: str, name: str, item: Mapping[str, Any]) -> PlannedFile:
    large = item.get("lfs")
    large = large if isinstance(large, dict) else {}
    size = large.get("size", item.get("size"))
    size = size if isinstance(size, int) and size >= 0 else None
    etag = large.get("sha256") or large.get("oid") or item.get("blobId")
    etag = etag.removeprefix("sha256:") if isinstance(etag, str) and etag else None
    here = storage.has(commit, name, etag, size)
    part = 0 if here else storage.has_of(etag)
    return PlannedFile(name, size, here, 0 if size is not None and part > size else part, etag)
