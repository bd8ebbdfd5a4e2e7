"""A cache of 2 000 models: listing it by our index, and by huggingface_hub's scan."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

from benchmarks.timing import interleaved, spread

REPOS = 2_000
ROUNDS = 5
# Files that have just been written are read again until their time of change is certain.
SETTLE = 2.5

_CARD = """---
language: [en, de]
license: apache-2.0
pipeline_tag: text-classification
library_name: transformers
tags: [bert, benchmark, text-classification]
base_model: org/base
datasets: [imdb]
---
# Model {number}

A model of the benchmark.
"""
_NEW_PROCESS = """
import time
from tfwidgets.hub.sources.cache import entries
begun = time.perf_counter()
count = len(entries())
print(time.perf_counter() - begun, count)
"""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tfwidgets-hub-index-") as name:
        cache, kept = Path(name, "hub"), Path(name, "tfwidgets")
        for number in range(REPOS):
            _write_repo(cache, number)
        os.environ.update(HF_HUB_CACHE=str(cache), TFWIDGETS_CACHE_DIR=str(kept))
        time.sleep(SETTLE)
        _measure(cache, kept)


def _measure(cache: Path, kept: Path) -> None:
    from huggingface_hub import scan_cache_dir

    from tfwidgets.hub.sources.cache import entries

    def cold() -> float:
        rmtree(kept, ignore_errors=True)
        return _new_process()

    print(f"{REPOS} models of 7 files, all files in the page cache; median [range]:")
    _tell("index, nothing kept (new process)", [cold() for _ in range(2)])
    _tell("index, kept (new process)", [_new_process() for _ in range(ROUNDS)])
    seconds = interleaved(
        {
            "index, same process": lambda: len(entries()) == REPOS or _wrong(),
            "scan_cache_dir": lambda: len(scan_cache_dir(cache).repos) == REPOS or _wrong(),
        },
        ROUNDS,
    )
    for what, values in seconds.items():
        _tell(what, values)
    scan, own = seconds["scan_cache_dir"], seconds["index, same process"]
    ratios = [theirs / ours for theirs, ours in zip(scan, own, strict=True)]
    print(f"scan_cache_dir takes {spread(ratios)} times as long; it reads no facts of a model")


def _tell(what: str, seconds: list[float]) -> None:
    each = [1e6 * value / REPOS for value in seconds]
    whole = spread([1e3 * value for value in seconds], " ms")
    print(f"{what + ':':36}{whole:>38}, {spread(each, ' µs')} a model")


def _new_process() -> float:
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", _NEW_PROCESS], stdout=subprocess.PIPE, text=True, check=True
    )
    seconds, count = done.stdout.split()
    return float(seconds) if int(count) == REPOS else _wrong()


def _wrong() -> float:
    raise RuntimeError("Not all models were found.")


def _write_repo(cache: Path, number: int) -> None:
    """Write what ``snapshot_download`` leaves: blobs, links to them, a branch."""
    repo = cache / f"models--org{number % 50}--model-{number}"
    commit = sha256(str(number).encode()).hexdigest()[:40]
    shape = [1000 + number, 100]
    size = 4 * shape[0] * shape[1]
    header = json.dumps(
        {"weight": {"dtype": "F32", "shape": shape, "data_offsets": [0, size]}}
    ).encode()
    config = {"model_type": "bert", "architectures": ["BertForSequenceClassification"]}
    files = {
        "README.md": _CARD.format(number=number).encode(),
        "config.json": json.dumps(config | {"hidden_size": number}).encode(),
        "model.safetensors": len(header).to_bytes(8, "little") + header,
        "special_tokens_map.json": b"{}",
        "tokenizer.json": b'{"version": "1.0"}',
        "tokenizer_config.json": b'{"tokenizer_class": "BertTokenizer"}',
        "vocab.txt": b"[PAD]\n[UNK]\n",
    }
    snapshot = repo / "snapshots" / commit
    for folder in (repo / "blobs", snapshot, repo / "refs"):
        folder.mkdir(parents=True)
    (repo / "refs" / "main").write_text(commit)
    for name, content in files.items():
        blob = repo / "blobs" / sha256(name.encode() + content).hexdigest()
        with blob.open("wb") as file:
            file.write(content)
            if name == "model.safetensors":
                file.truncate(len(content) + size)  # a hole: no bytes on the disk
        (snapshot / name).symlink_to(Path("..", "..", "blobs", blob.name))
