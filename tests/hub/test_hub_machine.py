"""What there is of memory: of the computer, of a container, of graphics cards."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tfwidgets.hub import machine as room
from tfwidgets.hub.machine import Gpu, Machine, machine

GB = 10**9


@pytest.fixture(autouse=True)
def _looked_at_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(room, "_found", None)
    monkeypatch.setattr(room, "_driver_rests_until", 0.0)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    yield
    room._found = None


def test_this_computer() -> None:
    found = machine()
    assert 0 < found.ram_free <= found.ram_total <= psutil.virtual_memory().total
    assert machine() is found  # for two seconds
    free = found.disk_free(Path.cwd() / "not" / "there" / "yet")
    assert free is not None
    assert free > 0


def container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str, files: dict[str, str]
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(room, "_CGROUPS", tmp_path)
    real = Path.read_text
    monkeypatch.setattr(
        Path,
        "read_text",
        lambda self, *a, **k: lines if str(self) == "/proc/self/cgroup" else real(self, *a, **k),
    )


def test_a_container_has_what_it_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "memory.max": "max\n",
        "kube/memory.max": "600000000\n",
        "kube/memory.current": "500000000\n",
        "kube/memory.stat": "anon 100\ninactive_file 300000000\n",
        "kube/pod/memory.max": "900000000\n",
        "kube/pod/memory.current": "100000000\n",
    }
    container(tmp_path, monkeypatch, "0::/kube/pod\n", files)
    assert (machine().ram_total, machine().ram_free) == (600_000_000, 400_000_000)


def test_an_older_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "memory/memory.limit_in_bytes": "500000000\n",
        "memory/memory.usage_in_bytes": "450000000\n",
        "memory/memory.stat": "total_inactive_file 50000000\n",
        "memory/out/memory.limit_in_bytes": "9223372036854771712\n",  # none
    }
    lines = "5:cpu:/\n4:memory:/docker/of-the-host\n0::/\n"
    container(tmp_path, monkeypatch, lines, files)
    assert (machine().ram_total, machine().ram_free) == (500_000_000, 100_000_000)


def smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    command = tmp_path / "nvidia-smi"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setattr(room.metadata, "version", lambda _: "2.13.0")


TWO = """
case "$*" in *index,uuid,name,memory.total,memory.free*) ;; *) exit 9 ;; esac
echo "0, GPU-aa11, NVIDIA H100 80GB HBM3, 81559, 80000"
echo "1, GPU-bb22, NVIDIA T4, 15360, [N/A]"
echo "2, GPU-cc33, NVIDIA L4, 23034, 1000"
"""


@pytest.mark.skipif(os.name == "nt", reason="a shell script in place of the driver's command")
def test_graphics_cards_without_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    smi(tmp_path, monkeypatch, TWO)
    mib = 1 << 20
    h100 = Gpu("NVIDIA H100 80GB HBM3", 81559 * mib, 80000 * mib)
    l4 = Gpu("NVIDIA L4", 23034 * mib, 1000 * mib)
    assert machine().gpus == (h100, l4)
    for chosen, seen in {
        "2,0": (l4, h100),
        "GPU-cc": (l4,),
        "": (),
        "-1": (),
        "0,7,2": (h100,),
    }.items():
        monkeypatch.setattr(room, "_found", None)
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", chosen)
        assert machine().gpus == seen, chosen
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setattr(room, "_found", None)
    monkeypatch.setattr(room.metadata, "version", lambda _: "2.13.0+cpu")
    assert machine().gpus == ()  # this PyTorch could not use them


@pytest.mark.skipif(os.name == "nt", reason="a shell script in place of the driver's command")
@pytest.mark.parametrize("script", ["exit 9", "echo nonsense", "exec sleep 60"])
def test_a_driver_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    smi(tmp_path, monkeypatch, script)
    monkeypatch.setattr(room, "_PATIENCE", 0.3)
    assert machine().gpus == ()


@pytest.mark.skipif(os.name == "nt", reason="a shell script in place of the driver's command")
def test_a_slow_driver_is_waited_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    smi(tmp_path, monkeypatch, f"echo asked >> {tmp_path}/asked; exec sleep 60")
    monkeypatch.setattr(room, "_PATIENCE", 0.3)
    monkeypatch.setattr(room, "_FRESH", 0.1)
    for _ in range(3):
        assert machine().gpus == ()
        time.sleep(0.15)
    assert (tmp_path / "asked").read_text().count("asked") == 1


def test_what_took_long_to_find_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow() -> tuple[Gpu, ...]:
        time.sleep(0.2)
        return ()

    monkeypatch.setattr(room, "_gpus", slow)
    monkeypatch.setattr(room, "_FRESH", 0.2)
    assert machine() is machine()


def fake_torch(
    monkeypatch: pytest.MonkeyPatch, *, cuda: bool, started: bool = True, mps: bool = False
) -> None:
    torch: Any = types.ModuleType("torch")
    torch.version = types.SimpleNamespace(cuda="13.0")
    torch.cuda = types.SimpleNamespace(
        is_available=lambda: cuda,
        is_initialized=lambda: started,
        device_count=lambda: 1,
        mem_get_info=lambda _: (3 * GB, 8 * GB),
        get_device_name=lambda _: "Card",
    )
    torch.backends = types.SimpleNamespace(mps=types.SimpleNamespace(is_available=lambda: mps))
    torch.mps = types.SimpleNamespace(
        recommended_max_memory=lambda: 16 * GB, driver_allocated_memory=lambda: 2 * GB
    )
    monkeypatch.setitem(sys.modules, "torch", torch)


def test_graphics_cards_that_torch_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    smi(tmp_path, monkeypatch, TWO)
    fake_torch(monkeypatch, cuda=True)
    assert machine().gpus == (Gpu("Card", 8 * GB, 3 * GB),)
    # To start CUDA takes memory on the card itself: its driver is asked in place of it.
    monkeypatch.setattr(room, "_found", None)
    fake_torch(monkeypatch, cuda=True, started=False)
    assert [gpu.name for gpu in machine().gpus] == ["NVIDIA H100 80GB HBM3", "NVIDIA L4"]
    monkeypatch.setattr(room, "_found", None)
    fake_torch(monkeypatch, cuda=False)
    assert machine().gpus == ()
    monkeypatch.setattr(room, "_found", None)
    fake_torch(monkeypatch, cuda=False, mps=True)
    assert machine().gpus == (Gpu("Apple", 16 * GB, 14 * GB),)


def test_nothing_heavy_is_imported_for_it() -> None:
    code = (
        "import sys; from tfwidgets.hub import machine, fit, abilities; machine.machine(); "
        "abilities.abilities({'model_type': 'bert'}, ['config.json']); "
        "import tfwidgets.hub.download; "
        "print([m for m in ('torch', 'transformers', 'numpy', 'huggingface_hub', 'httpx2', "
        "'IPython', 'ipywidgets') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_a_machine_is_what_it_was_given() -> None:
    assert Machine(2, 1).gpus == ()
