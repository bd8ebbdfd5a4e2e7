"""Make a demo model ready: check its files, convert it once, keep the result.

Conversion happens under a lock, so two kernels that ask at once convert once. It is written
into a folder whose name ends in ``.partial``, checked there, flushed to the disk and renamed
last: a folder with the final name is a whole one. What a killed conversion leaves behind is
swept by the next one of the same model.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from tfwidgets.errors import EnvironmentProblem, ModelError
from tfwidgets.models.demo.catalog import DemoModel, SourceFile, install_hint, locate
from tfwidgets.models.demo.recipes import RECIPES
from tfwidgets.models.demo.sample import undisturbed, verify
from tfwidgets.ui.progress import Progress
from tfwidgets.ui.strings import translate

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = 1
"""Of the conversion. Raised when a recipe writes something else than before."""

_MANIFEST = "tfwidgets-demo.json"
_PARTIAL = ".partial"
_CHUNK = 1 << 20


def prepare(demo: DemoModel, cache_dir: Path, *, show_progress: bool = True) -> Path:
    """Return a folder that ``from_pretrained`` takes, converting the model if need be.

    Parameters
    ----------
    demo
        An entry of `CATALOG`.
    cache_dir
        Folder for what is converted; made when missing. A converted model stays usable
        after its package is removed.
    show_progress
        Show how far a conversion is.

    Raises
    ------
    ModelError
        If the package is not installed in the right version, a file of it is altered, the
        result does not work, or the cache cannot be written.
    EnvironmentProblem
        If the library that reads the source format is missing.
    """
    home = _home(cache_dir)
    if demo.format == "safetensors":
        return _in_place(demo, home)
    final = _final(demo, home)
    if _is_whole(final):
        return final
    source = _source(demo)
    _require_library(demo)
    with _writing(demo, home), _lock(demo, home):
        if not _is_whole(final):
            _sweep(demo, home, final)
            _convert(demo, source, final, show_progress=show_progress)
    return final


def prepared(demo: DemoModel, cache_dir: Path) -> Path | None:
    """Return the folder that ``prepare`` returned before, or None; nothing is made or checked."""
    if demo.format == "safetensors":
        return locate(demo)
    final = _final(demo, _home(cache_dir))
    return final if _is_whole(final) else None


def _home(cache_dir: Path) -> Path:
    return Path(cache_dir).expanduser().absolute() / "demo"


def _final(demo: DemoModel, home: Path) -> Path:
    return home / f"{demo.slug}-{demo.digest[:12]}-v{VERSION}"


def _source(demo: DemoModel) -> Path:
    folder = locate(demo)
    if folder is None:
        raise ModelError(
            f"{demo.name} needs the package {demo.distribution} {demo.version}. "
            f"Install it with: {install_hint(demo)}"
        )
    return folder


def _require_library(demo: DemoModel) -> None:
    """Import the library that reads the format; both are called the same."""
    try:
        importlib.import_module(demo.format)
    except ImportError as error:
        raise EnvironmentProblem(
            f"Converting {demo.name} needs the library {demo.format!r}. "
            'Install it with: %pip install "tfwidgets[demo]"'
        ) from error


@contextmanager
def _writing(demo: DemoModel, home: Path) -> Iterator[None]:
    """Make ``home``, and say in words when it cannot be written."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise ModelError(f"Could not prepare {demo.name} in {home}: {error}") from error


@contextmanager
def _lock(demo: DemoModel, home: Path) -> Iterator[None]:
    from filelock import FileLock

    with FileLock(home / f"{demo.slug}.lock"):
        yield


def _sweep(demo: DemoModel, home: Path, final: Path) -> None:
    """Remove leftovers of killed conversions, and a final folder that was damaged since.

    Only for the holder of the lock: nobody else is writing then.
    """
    for leftover in home.glob(f"{demo.slug}-*{_PARTIAL}"):
        shutil.rmtree(leftover)
    if final.exists():
        shutil.rmtree(final)


def _convert(demo: DemoModel, source: Path, final: Path, *, show_progress: bool) -> None:
    partial = final.with_name(final.name + _PARTIAL)
    total = len(demo.source_files) + 3  # convert, verify, write to disk
    what = translate("progress", "what.convert", name=demo.name)
    steps = translate("progress", "unit.steps")
    with Progress(what, total, steps, show=show_progress) as progress:
        for file in demo.source_files:
            _check(demo, source, file)
            progress.advance()
        partial.mkdir()
        try:
            with undisturbed():
                RECIPES[demo.name](source, partial)
            progress.advance()
            verify(demo, partial)
            progress.advance()
            _seal(demo, partial)
            os.replace(partial, final)  # noqa: PTH105 - the name says that it overwrites
            _flush_directory(final.parent)
            progress.advance()
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise


def _check(demo: DemoModel, folder: Path, file: SourceFile) -> None:
    """Refuse a source file that is missing or not the published one."""
    path = folder / file.path
    remedy = f"Reinstall the package: {install_hint(demo, again=True)}"
    if not path.is_file():
        raise ModelError(f"{file.path} is missing from {demo.distribution}. {remedy}")
    digest = sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    if digest.hexdigest() != file.sha256:
        raise ModelError(
            f"{file.path} of {demo.distribution} {demo.version} is not the published file "
            f"(its SHA-256 differs). {remedy}"
        )


def _in_place(demo: DemoModel, home: Path) -> Path:
    """Return the package's own folder, its files checked once.

    The verdict is remembered for the path, size and modification time of every file.
    """
    source = _source(demo)
    seal = {str(source / file.path): _stamp(source / file.path) for file in demo.source_files}
    memory = home / f"{demo.slug}-{demo.digest[:12]}.checked.json"
    with suppress(OSError, ValueError):
        if json.loads(memory.read_text(encoding="utf-8")) == seal:
            return source
    for file in demo.source_files:
        _check(demo, source, file)
    with suppress(OSError):  # A cache that cannot be written only costs time.
        home.mkdir(parents=True, exist_ok=True)
        draft = memory.with_name(f"{memory.name}.{os.getpid()}{_PARTIAL}")
        draft.write_text(json.dumps(seal, indent=2) + "\n", encoding="utf-8")
        os.replace(draft, memory)  # noqa: PTH105
    return source


def _stamp(path: Path) -> list[int]:
    """Return size and modification time in nanoseconds; nothing for a missing file."""
    try:
        status = path.stat()
    except OSError:
        return []
    return [status.st_size, status.st_mtime_ns]


def _seal(demo: DemoModel, folder: Path) -> None:
    """Record what the folder holds and where it comes from, and get it onto the disk."""
    sizes = {file.name: file.stat().st_size for file in sorted(folder.iterdir())}
    manifest = {
        "name": demo.name,
        "source": f"{demo.distribution}=={demo.version}",
        "license": demo.license,
        "files": sizes,
    }
    text = json.dumps(manifest, indent=2) + "\n"
    record = folder / _MANIFEST
    record.write_text(text, encoding="utf-8")
    for path in folder.iterdir():
        # safetensors keeps its files to their owner; here the umask decides, as for the rest.
        if path != record:
            shutil.copymode(record, path)
        with path.open("rb+") as stream:
            os.fsync(stream.fileno())
    _flush_directory(folder)


def _is_whole(folder: Path) -> bool:
    """Tell whether the folder still holds every file in the size it was written."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        sizes: dict[str, int] = manifest["files"]
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, KeyError):
        return False


def _flush_directory(folder: Path) -> None:
    with suppress(OSError):  # Windows has no such thing.
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
