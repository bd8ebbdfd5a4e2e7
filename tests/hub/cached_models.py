"""Models as they lie in the hub's cache and in folders: real layouts, no weights to speak of."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

CONFIG = {"model_type": "bert", "architectures": ["BertForSequenceClassification"]}
CARD = """---
language: [de, en]
license: apache-2.0
pipeline_tag: text-classification
library_name: transformers
tags: [news, token-classification]
base_model: org/base
---
# A model
"""
COMMIT = "c" * 40
Content = "bytes | str | dict[str, object]"


def weights(shapes: Mapping[str, tuple[str, tuple[int, ...]]] | None = None) -> bytes:
    """Spell a safetensors file: by name, type and shape."""
    width = {"F32": 4, "BF16": 2, "I64": 8}
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, (dtype, shape) in (shapes or {"weight": ("F32", (6, 5))}).items():
        size = width[dtype]
        for n in shape:
            size *= n
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + size]}
        end += size
    spelled = json.dumps(header).encode()
    return len(spelled).to_bytes(8, "little") + spelled + bytes(end)


def whole(**more: object) -> dict[str, object]:
    """Return the files of a model that loads; others are named without their endings' dot."""
    files: dict[str, object] = {
        "config.json": CONFIG,
        "model.safetensors": weights(),
        "tokenizer.json": {"version": "1.0"},
        "README.md": CARD,
    }
    return files | more


def spelled(content: object) -> bytes:
    if isinstance(content, bytes):
        return content
    return (content if isinstance(content, str) else json.dumps(content)).encode()


def saved(folder: Path, files: Mapping[str, object]) -> Path:
    """Write a model's folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(spelled(content))
    return folder


def add(
    cache: Path,
    model: str,
    files: Mapping[str, object],
    *,
    commit: str = COMMIT,
    ref: str | None = "main",
    unfinished: Mapping[str, int] | None = None,
    listed: Mapping[str, object] | None = None,
) -> Path:
    """Write what downloads leave: blobs, links to them, a branch; return the repository's folder.

    Parameters
    ----------
    unfinished
        Names of unfinished files in ``blobs`` and their bytes.
    listed
        All files that the commit has on the hub, whose list is kept.
    """
    repo = cache / ("models--" + model.replace("/", "--"))
    snapshot = repo / "snapshots" / commit
    for folder in (repo / "blobs", snapshot, repo / "refs"):
        folder.mkdir(parents=True, exist_ok=True)
    if ref:
        (repo / "refs" / ref).write_text(commit)
    for name, content in files.items():
        blob = repo / "blobs" / etag(content)
        blob.write_bytes(spelled(content))
        link = snapshot / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(Path(os.path.relpath(blob, link.parent)))
    for name, size in (unfinished or {}).items():
        (repo / "blobs" / name).write_bytes(bytes(size))
    if listed is not None:
        tree = {name: {"size": 1, "blob_id": etag(content)} for name, content in listed.items()}
        (repo / "trees").mkdir()
        (repo / "trees" / f"{commit}.json").write_text(
            json.dumps({"format_version": 1, "files": tree})
        )
    return repo


def etag(content: object) -> str:
    return sha256(spelled(content)).hexdigest()


def settle(folder: Path, seconds: float = 60) -> None:
    """Let all below a folder be older: what changed just now is read again each time."""
    then = time.time() - seconds
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (then, then), follow_symlinks=False)
