"""Deleting cached models: whole, only inside the cache, and never what is needed now."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tfwidgets.errors import InputError, suggest
from tfwidgets.hub import changes
from tfwidgets.hub.housekeeping.busy import incomplete, lock_folder, why_kept

if TYPE_CHECKING:
    from tfwidgets.hub.index import CachedRepo

Kept = Literal["loaded", "in_use", "downloading", "outside", "refused"]


@dataclass(frozen=True)
class Freed:
    """What a deletion came to.

    Attributes
    ----------
    deleted
        Ids of the models that are gone, or whose unfinished downloads are.
    bytes
        How much room that gave back.
    kept
        Ids of the others, and why they stayed: ``"loaded"``, ``"in_use"``, ``"downloading"``,
        ``"outside"`` (it, or where its files are, is a link to elsewhere) or ``"refused"`` (by
        the system).
    """

    deleted: tuple[str, ...]
    bytes: int
    kept: dict[str, Kept]


def delete(ids: Iterable[str]) -> Freed:
    """Delete models from the hub's cache with everything that was fetched of them.

    What is loaded, in use or being fetched stays. What is deleted can be downloaded again.

    Raises
    ------
    InputError
        When the cache holds no model of that id; then nothing is deleted.
    """
    return _each(ids, _delete)


def delete_incomplete(ids: Iterable[str]) -> Freed:
    """Delete what came of downloads that did not end; whole files stay.

    Raises
    ------
    InputError
        When the cache holds no model of that id; then nothing is deleted.
    """
    return _each(ids, _delete_incomplete)


def _each(ids: Iterable[str], act: Callable[[CachedRepo], int | None]) -> Freed:
    wanted = [ids] if isinstance(ids, str) else list(dict.fromkeys(ids))
    known = _named(wanted)
    deleted, freed, kept = [], 0, {}
    for name in wanted:
        repo = known[name]
        # It may have been loaded since the list was made.
        reason: Kept | None = None if _inside(repo.folder) else "outside"
        reason = reason or why_kept(repo, thorough=True)
        if reason is None:
            size = act(repo)
            freed += size or 0
            reason = "refused" if size is None else None
        if reason is None:
            deleted.append(name)
        else:
            kept[name] = reason
    if deleted:
        changes.tell()
    return Freed(tuple(deleted), freed, kept)


def _named(wanted: Iterable[str]) -> dict[str, CachedRepo]:
    """Return the cached models of these ids, without a look into the others."""
    from tfwidgets.hub.index.repositories import PREFIX, folder_names, read_repo
    from tfwidgets.models.available import hub_cache

    cache = hub_cache()
    try:
        names = folder_names(cache)
    except OSError:
        names = []
    folders = {name.removeprefix(PREFIX).replace("--", "/"): name for name in names}
    for name in wanted:
        if name not in folders:
            raise InputError(f"The cache holds no model {name!r}.{suggest(str(name), folders)}")
    return {name: read_repo(cache / folders[name]) for name in wanted}


def _inside(folder: Path) -> bool:
    """Whether a folder is a model's own in the hub's cache, and its contents are in it.

    A link to somewhere else is somebody's own arrangement: what is there is theirs.
    """
    from tfwidgets.models.available import hub_cache

    try:
        cache = hub_cache().resolve(strict=True)
        return (
            folder.name.startswith("models--")
            and folder.resolve(strict=True) == cache / folder.name
            and (folder / "blobs").resolve() == cache / folder.name / "blobs"
        )
    except (OSError, RuntimeError):  # RuntimeError: links in a circle, before Python 3.13
        return False


def _delete(repo: CachedRepo) -> int | None:
    """Return how many bytes are free; None when the system refused."""
    from huggingface_hub import DeleteCacheStrategy

    cache = repo.folder.parent
    # The client's own deletion knows about files that several models share. To have it made by
    # `scan_cache_dir` would read the whole cache: 4 ms for each model in it.
    strategy = DeleteCacheStrategy(
        expected_freed_size=repo.size + repo.incomplete_bytes,
        blobs=frozenset(),
        refs=frozenset(),
        repos=frozenset({repo.folder}),
        snapshots=frozenset(),
        cache_dir=cache,
    )
    try:
        strategy.execute()
    except OSError:
        return None
    if repo.folder.exists():
        return None
    locks = lock_folder(repo.folder)
    if locks.resolve() == cache.resolve() / ".locks" / repo.folder.name:
        shutil.rmtree(locks, ignore_errors=True)
    return repo.size + repo.incomplete_bytes


def _delete_incomplete(repo: CachedRepo) -> int | None:
    freed = 0
    for part in incomplete(repo.folder):
        try:
            size = part.stat().st_size
            part.unlink()
        except FileNotFoundError:
            continue
        except OSError:
            return None
        freed += size
    return freed
