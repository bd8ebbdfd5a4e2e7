"""The JupyterLab server of the tests: apart from the user's, and gone when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
import pytest

from tests.support.lab import LabServer

if TYPE_CHECKING:
    from pathlib import Path


def command_line(process: psutil.Process) -> list[str]:
    """Get how a process was called; nothing of one that has ended in between."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:  # A zombie as well: the server starts helpers that end at once.
        return []


def alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.timeout(120)
def test_server_and_kernels_end_with_the_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of-the-user")
    monkeypatch.setenv("TFWIDGETS_CACHE_DIR", "/somewhere")
    others = set(psutil.Process().children(recursive=True))
    with LabServer(tmp_path / "lab") as lab:
        started = lab.ask("api/kernels", method="POST")
        assert [kernel["id"] for kernel in lab.ask("api/kernels")] == [started["id"]]
        tree = set(psutil.Process().children(recursive=True)) - others
        (kernel,) = (child for child in tree if "ipykernel_launcher" in command_line(child))
        environment = kernel.environ()
        assert "HF_TOKEN" not in environment
        assert environment["HF_HUB_OFFLINE"] == "1"
        assert environment["HF_HOME"].startswith(str(tmp_path))
        assert environment["TFWIDGETS_CACHE_DIR"] == "/somewhere"
    assert not [child for child in tree if alive(child)]


def test_a_server_that_cannot_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LabServer, "_options", lambda _: ["--no-such-option"])
    with pytest.raises(RuntimeError, match="no-such-option"), LabServer(tmp_path / "lab"):
        pass
