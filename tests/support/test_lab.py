"""The JupyterLab server of the tests: apart from the user's, and gone when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
import pytest

from tests.support.lab import LabServer

if TYPE_CHECKING:
    from pathlib import Path


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
        (kernel,) = (child for child in tree if "ipykernel_launcher" in child.cmdline())
        environment = kernel.environ()
        assert "HF_TOKEN" not in environment
        assert environment["HF_HUB_OFFLINE"] == "1"
        assert environment["HF_HOME"].startswith(str(tmp_path))
        assert environment["TFWIDGETS_CACHE_DIR"] == "/somewhere"
    assert not [child for child in tree if child.is_running()]


def test_a_server_that_cannot_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LabServer, "_options", lambda _: ["--no-such-option"])
    with pytest.raises(RuntimeError, match="no-such-option"), LabServer(tmp_path / "lab"):
        pass
