"""What this computer has for a model: memory, graphics memory, room on the disk."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from threading import Lock
from typing import Any

# Seconds that what was found holds: lists of models ask for every row.
_FRESH = 2.0
_PATIENCE = 2.0
# A driver that was silent for so long is left alone for a while: who looks at models waits for it.
_REST = 300.0
_QUESTION = "--query-gpu=index,uuid,name,memory.total,memory.free"
_MIB = 1 << 20
_CGROUPS = Path("/sys/fs/cgroup")

_found: tuple[float, Machine] | None = None
_driver_rests_until = 0.0
_lock = Lock()


@dataclass(frozen=True)
class Gpu:
    """A graphics processor; its memory in bytes."""

    name: str
    total: int
    free: int


@dataclass(frozen=True)
class Machine:
    """What there is, in bytes.

    Attributes
    ----------
    ram_total, ram_free
        Memory that this process may have, in a container what that is allowed, and what of it
        could be had now.
    gpus
        Those that PyTorch could use here, the one that ``tfw.load`` takes first.
    """

    ram_total: int
    ram_free: int
    gpus: tuple[Gpu, ...] = ()

    def disk_free(self, path: Path) -> int | None:
        """Return the free bytes where a folder is or will be; None where nobody says."""
        return disk_free(path)


def disk_free(path: Path) -> int | None:
    """Return the free bytes where a folder is, or will be once it is made."""
    for place in (path, *path.parents):
        try:
            usage = shutil.disk_usage(place)
        except OSError:
            continue
        # Some network disks say zero of everything.
        return usage.free if usage.total else None
    return None


def machine() -> Machine:
    """Return what there is now, at most two seconds old. Imports no torch, starts no CUDA."""
    global _found
    with _lock:
        if _found is None or time.monotonic() - _found[0] > _FRESH:
            found = Machine(*_memory(), _gpus())
            _found = time.monotonic(), found
        return _found[1]


def _memory() -> tuple[int, int]:
    import psutil

    host = psutil.virtual_memory()
    total, free = int(host.total), int(host.available)
    for limit, used in _container_limits():
        total, free = min(total, limit), min(free, max(limit - used, 0))
    return total, free


def _container_limits() -> Iterator[tuple[int, int]]:
    """Give the limit and the use of memory of each control group that this process is in.

    https://docs.kernel.org/admin-guide/cgroup-v2.html; of the older version the names differ.
    What of files is kept in memory counts as used there, but makes room when asked to.
    """
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root, names = _CGROUPS, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            root = _CGROUPS / "memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        own = root / path.lstrip("/")
        # In a container the path is the host's, and what is below the root is the container's.
        for group in dict.fromkeys((own, *own.parents, root)):
            if group == root or root in group.parents:
                limit = _count(group / names[0])
                if limit is not None:
                    used = _count(group / names[1]) or 0
                    yield limit, max(used - _reclaimable(group / "memory.stat", names[2]), 0)


def _count(file: Path) -> int | None:
    try:
        text = file.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None


def _reclaimable(file: Path, name: str) -> int:
    try:
        stats = dict(line.split() for line in file.read_text().splitlines())
        return int(stats.get(name, 0))
    except (OSError, ValueError):
        return 0


def _gpus() -> tuple[Gpu, ...]:
    torch = sys.modules.get("torch")
    try:
        if torch is not None and (known := _of_torch(torch)) is not None:
            return known
        # A build of PyTorch for processors alone, as its index at pytorch.org names it.
        if torch is None and metadata.version("torch").endswith("+cpu"):
            return ()
        return _of_driver()
    except Exception:  # no driver, a driver that fails: the models then run without
        return ()


def _of_torch(torch: Any) -> tuple[Gpu, ...] | None:
    """Ask PyTorch, which knows best; None where that would have to start CUDA (seconds, 300 MB)."""
    if torch.cuda.is_available():
        if not torch.cuda.is_initialized() and torch.version.cuda and shutil.which("nvidia-smi"):
            return None
        found = []
        for number in range(torch.cuda.device_count()):
            free, total = torch.cuda.mem_get_info(number)
            found.append(Gpu(torch.cuda.get_device_name(number), total, free))
        return tuple(found)
    if torch.backends.mps.is_available():
        total = int(torch.mps.recommended_max_memory())
        return (Gpu("Apple", total, max(total - int(torch.mps.driver_allocated_memory()), 0)),)
    return ()


def _of_driver() -> tuple[Gpu, ...]:
    """Ask NVIDIA's driver."""
    global _driver_rests_until
    command = shutil.which("nvidia-smi")
    if command is None or time.monotonic() < _driver_rests_until:
        return ()
    try:
        told = subprocess.run(  # noqa: S603 - a fixed question
            [command, _QUESTION, "--format=csv,noheader,nounits"],
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=True,
        ).stdout
    except subprocess.TimeoutExpired:
        _driver_rests_until = time.monotonic() + _REST
        return ()
    rows = [[cell.strip() for cell in line.split(",")] for line in told.splitlines() if line]
    return tuple(
        Gpu(name, int(total) * _MIB, int(free) * _MIB)
        for _, _, name, total, free in _visible(rows)
        if total.isdecimal() and free.isdecimal()
    )


def _visible(rows: list[list[str]]) -> list[list[str]]:
    """Keep what CUDA_VISIBLE_DEVICES lets CUDA see, in its order.

    https://docs.nvidia.com/cuda/cuda-c-programming-guide/#env-vars: what follows a name that
    there is not is not seen either.
    """
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is None:
        return rows
    seen: list[list[str]] = []
    for name in map(str.strip, chosen.split(",")):
        row = next((r for r in rows if name and (r[0] == name or r[1].startswith(name))), None)
        if row is None:
            break
        seen.append(row)
    return seen
