"""Memory of the process and of the GPU."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, ClassVar

from tfwidgets.dashboard.probes.probe import StepProbe

_PAUSE = 1.0


class Memory(StepProbe):
    """Once a second: bytes of this process, and what PyTorch has allocated on its GPU.

    ``process`` is the resident set; its peak counts from the beginning of the process, that of
    the GPU from the last ``torch.cuda.reset_peak_memory_stats``. Curves ``memory/process`` and
    ``memory/gpu``.
    """

    name: ClassVar[str] = "memory"

    def before_batch(self) -> None:
        """Look at this batch's end."""
        self._step = self.fit.session.step_number + 1

    def after_batch(self) -> bool:
        """Read the numbers: neither needs a GPU to finish."""
        session, device = self.fit.session, _device(self.fit.learn)
        self.data = {**process_memory(), **gpu_memory(device)}
        for name in ("process", "gpu"):
            if self.data[name] is not None:
                session.point(f"memory/{name}", self.data[name], self._step)
        self.publish()
        self.due_at = self.fit.elapsed + _PAUSE
        return True


def process_memory() -> dict[str, int | None]:
    """Return ``process``, ``process_peak`` and ``system_total`` in bytes; None where unknown."""
    try:
        import psutil
    except ImportError:
        return {"process": _resident(), "process_peak": _peak(), "system_total": _total()}
    return {
        "process": int(psutil.Process().memory_info().rss),
        "process_peak": _peak(),
        "system_total": int(psutil.virtual_memory().total),
    }


def gpu_memory(device: Any) -> dict[str, int | None]:
    """Return ``gpu``, ``gpu_peak`` and ``gpu_total`` in bytes; None where there is no GPU."""
    if getattr(device, "type", None) != "cuda":
        return {"gpu": None, "gpu_peak": None, "gpu_total": None}
    import torch

    return {
        "gpu": int(torch.cuda.memory_allocated(device)),
        "gpu_peak": int(torch.cuda.max_memory_allocated(device)),
        "gpu_total": int(torch.cuda.get_device_properties(device).total_memory),
    }


def _device(learn: Any) -> Any:
    parameter = next(iter(learn.model.parameters()), None)
    return None if parameter is None else parameter.device


def _resident() -> int | None:
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return _peak()


def _peak() -> int | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return peak if sys.platform == "darwin" else peak * 1024


def _total() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError, AttributeError):
        return None
