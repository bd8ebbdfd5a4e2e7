"""What must not be deleted now: somebody still needs it."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tfwidgets.hub.index import CachedRepo

Reason = Literal["loaded", "in_use", "downloading"]


def why_kept(repo: CachedRepo, *, thorough: bool = False) -> Reason | None:
    """Return why a model may not be deleted now; None where it may.

    ``"loaded"``: it is in this kernel's memory. ``"in_use"``: it is the session's model.
    ``"downloading"``: this kernel or another program is fetching it.

    Parameters
    ----------
    thorough
        Look at every lock of the model, not only at those of unfinished files: between two
        files of another program's download none is unfinished. Takes too long for a list.
    """
    from tfwidgets.hub.download import is_running
    from tfwidgets.models import session
    from tfwidgets.models.loading import loaded

    if any(_is_from(repo, model.name, model) for model in loaded()):
        return "loaded"
    chosen = session.in_use()
    if chosen is not None and _is_from(repo, chosen.name, chosen.model):
        return "in_use"
    if is_running(repo.id) or any(_held(lock) for lock in _locks(repo, thorough)):
        return "downloading"
    return None


def incomplete(folder: Path) -> list[Path]:
    """Return the files whose download did not end, or goes on."""
    return [path for path in (folder / "blobs").glob("*.incomplete") if not path.is_symlink()]


def lock_folder(repo: Path) -> Path:
    """Return where the locks of a cached model are."""
    return repo.parent / ".locks" / repo.name


def _is_from(repo: CachedRepo, name: str, model: Any) -> bool:
    """Whether a model is this one, asked for by its id or by a folder of its files."""
    if isinstance(model, (str, PathLike)):
        folder: Any = fspath(model)
        source = None
    else:
        folder, source = getattr(model, "folder", None), getattr(model, "source", None)
    if name == repo.id and source in (None, "hub", "cache"):
        return True
    if folder is None:
        return False
    try:
        place = Path(folder).expanduser().resolve()
        return repo.folder.resolve() in (place, *place.parents)
    except (OSError, RuntimeError, ValueError):  # a loop of links, an unknown ~user, no path
        return False


def _locks(repo: CachedRepo, thorough: bool) -> list[Path]:
    folder = lock_folder(repo.folder)
    if thorough:
        return sorted(folder.glob("*.lock"))
    return [folder / f"{etag}.lock" for etag in repo.unfinished]


def _held(lock: Path) -> bool:
    """Whether somebody holds the lock of a file that is being fetched."""
    from filelock import Timeout
    from huggingface_hub.utils import WeakFileLock

    if not lock.is_file():
        return False
    try:
        with WeakFileLock(lock, timeout=0.05):
            return False
    except Timeout:
        return True
    except OSError:  # a cache that may only be read: its owner is asked when it is deleted
        return False
