"""The memory that one epoch takes at most, in a process of its own, over that after the imports.

``python -m benchmarks.training_memory NAME ROWS_AS_CSV MAX_LENGTH`` writes it in bytes. What
counts is this process alone: ``ru_maxrss`` of a process starts with what the one before it had.
And all data are not read here: memory that pandas is done with goes back whenever Arrow likes.
"""

from __future__ import annotations

import gc
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd


def measure(names: tuple[str, ...], rows: pd.DataFrame, max_length: int, times: int) -> list[float]:
    """Return the median of some runs of each, in bytes; they take turns."""
    found: dict[str, list[int]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        rows.to_csv(path, index=False)
        for _ in range(times):
            for name in names:
                found[name].append(_in_a_process(name, str(path), str(max_length)))
    return [statistics.median(values) for values in found.values()]


def _in_a_process(*arguments: str) -> int:
    done = subprocess.run(  # noqa: S603 - this file
        [sys.executable, "-m", "benchmarks.training_memory", *arguments],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return int(done.stdout.splitlines()[-1])


def _run(name: str, path: str, max_length: int) -> int:
    # What both need, whichever of them runs.
    import datasets  # noqa: F401
    import fastai.learner  # noqa: F401
    from transformers import Trainer  # noqa: F401

    import tfwidgets.train.run  # noqa: F401
    from benchmarks import training_peer

    rows = pd.read_csv(path)
    gc.collect()
    before = _status("VmRSS")
    run = training_peer.prepare(name, rows, rows.iloc[:2], max_length, 0)
    gc.collect()  # what was only needed to prepare
    run.fit()
    return _status("VmHWM") - before


def _status(field: str) -> int:
    """Return a figure of this process, in bytes; Linux alone tells it so."""
    found = re.search(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return 1024 * int(found[1])


if __name__ == "__main__":
    print(_run(sys.argv[1], sys.argv[2], int(sys.argv[3])))
