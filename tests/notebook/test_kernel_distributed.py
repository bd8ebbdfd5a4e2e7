"""Two processes that are started from a notebook train one model."""

from __future__ import annotations

from pathlib import Path

import torch

from tests.notebook.kernel import Kernel
from tests.support.tiny import tiny_bert
from tests.train.in_processes import found


def test_notebook_launcher(kernel: Kernel, tmp_path: Path) -> None:
    tiny = tiny_bert(tmp_path / "tiny")
    kernel.run("import os, sys; os.environ['GLOO_SOCKET_IFNAME'] = 'lo'", 10)
    run = kernel.run(
        "from pathlib import Path\n"
        "from tests.train.in_processes import in_forks\n"
        f"in_forks(Path({str(tmp_path)!r}), {str(tiny)!r})"
    )
    assert run.status == "ok", run.error
    first, second = found(tmp_path, "forked")
    for name in ("fit", "unfrozen", "adapted"):
        assert torch.equal(first[name], second[name]), name
    assert first["values"][1:] == second["values"][1:]
    assert first["texts"] != second["texts"]
    assert kernel.run("1 + 1").plain == "2"
