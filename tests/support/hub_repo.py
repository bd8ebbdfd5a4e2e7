"""What the local hub knows of one model repository: its files, its commit, its metadata."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]

LARGE_FILES = (".safetensors", ".bin", ".h5", ".msgpack", ".onnx", ".gguf", ".pt", ".pth")
"""Endings of the files that the Hub keeps in large file storage (LFS)."""

DEFAULT_KEYS = (
    *("likes", "trendingScore", "private", "downloads", "tags"),
    *("pipeline_tag", "library_name", "createdAt"),
)
"""What a list of models tells about each when nothing else is asked for."""

CONFIG_KEYS = ("architectures", "model_type")

FULL_KEYS = (*DEFAULT_KEYS, "author", "sha", "lastModified", "gated", "disabled", "siblings")


@dataclass(frozen=True)
class RepoFile:
    """One file of a repository."""

    name: str
    source: Path
    size: int
    blob_id: str
    sha256: str | None

    @property
    def etag(self) -> str:
        return self.sha256 or self.blob_id

    def tree_entry(self) -> Json:
        entry: Json = {
            "type": "file",
            "oid": self.blob_id,
            "size": self.size,
            "path": self.name,
        }
        if self.sha256:
            entry["lfs"] = {"oid": self.sha256, "size": self.size, "pointerSize": 134}
        return entry

    def sibling(self, *, blobs: bool) -> Json:
        if not blobs:
            return {"rfilename": self.name}
        entry: Json = {"rfilename": self.name, "size": self.size, "blobId": self.blob_id}
        if self.sha256:
            entry["lfs"] = {"sha256": self.sha256, "size": self.size, "pointerSize": 134}
        return entry


@dataclass(frozen=True)
class Repo:
    """A model repository that is served from a folder, as the folder was when first looked at."""

    id: str
    folder: Path
    private: bool = False
    gated: bool | str = False
    metadata: Json = field(default_factory=dict)
    """Further keys in the Hub's own spelling, such as `downloads` or `createdAt`."""

    @cached_property
    def files(self) -> dict[str, RepoFile]:
        found = {}
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                name = path.relative_to(self.folder).as_posix()
                content = path.read_bytes()
                blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
                large = name.endswith(LARGE_FILES)
                found[name] = RepoFile(
                    name=name,
                    source=path,
                    size=len(content),
                    blob_id=blob.hexdigest(),
                    sha256=hashlib.sha256(content).hexdigest() if large else None,
                )
        return found

    @cached_property
    def sha(self) -> str:
        """The commit: the same for the same names and contents."""
        listing = "\n".join(f"{file.blob_id} {name}" for name, file in self.files.items())
        return hashlib.sha1(listing.encode(), usedforsecurity=False).hexdigest()

    def has_revision(self, revision: str) -> bool:
        return revision in ("main", "refs/heads/main", self.sha)

    @cached_property
    def card_data(self) -> Json:
        """The YAML front matter of README.md."""
        import yaml

        card = self.folder / "README.md"
        parts = card.read_text(encoding="utf-8").split("---\n", 2) if card.is_file() else []
        return yaml.safe_load(parts[1]) if len(parts) == 3 and not parts[0] else {}

    @cached_property
    def config(self) -> Json:
        file = self.folder / "config.json"
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}

    @cached_property
    def parameters(self) -> dict[str, int]:
        """How many parameters there are of each type, from the safetensors headers."""
        counts: dict[str, int] = {}
        for file in self.folder.glob("*.safetensors"):
            with file.open("rb") as stream:
                header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
            for name, tensor in header.items():
                if name != "__metadata__":
                    number = 1
                    for length in tensor["shape"]:
                        number *= length
                    counts[tensor["dtype"]] = counts.get(tensor["dtype"], 0) + number
        return counts

    @cached_property
    def facts(self) -> Json:
        """All that can be asked for, apart from the files."""
        author, _, _ = self.id.rpartition("/")
        pipeline_tag = self.metadata.get("pipeline_tag") or self.card_data.get("pipeline_tag")
        library = self.metadata.get("library_name", "transformers")
        tags = [*self.metadata.get("tags", ()), library, pipeline_tag]
        facts: Json = {
            "author": author or None,
            "sha": self.sha,
            "createdAt": "2024-01-01T00:00:00.000Z",
            "lastModified": "2024-01-01T00:00:00.000Z",
            "private": self.private,
            "gated": self.gated,
            "disabled": False,
            "downloads": 0,
            "likes": 0,
            "trendingScore": 0,
            "usedStorage": sum(file.size for file in self.files.values()),
            **self.metadata,
            "library_name": library,
            "pipeline_tag": pipeline_tag,
            "tags": list(dict.fromkeys(tag for tag in tags if tag)),
            "cardData": self.card_data,
            "config": {key: self.config[key] for key in CONFIG_KEYS if key in self.config},
        }
        if self.parameters:
            total = sum(self.parameters.values())
            facts["safetensors"] = {"parameters": self.parameters, "total": total}
        return {key: value for key, value in facts.items() if value is not None}

    def describe(self, keys: tuple[str, ...], *, blobs: bool = False) -> Json:
        """What the API says of the model: its id and these keys, as far as they are known."""
        known = {key: self.facts[key] for key in keys if key in self.facts}
        if "siblings" in keys:
            known["siblings"] = [file.sibling(blobs=blobs) for file in self.files.values()]
        return {"_id": self.sha[:24], "id": self.id, "modelId": self.id, **known}

    def tree(self, path: str, *, recursive: bool) -> list[Json] | None:
        """List the folder `path` ("" is the root), or None if there is none."""
        prefix = f"{path}/" if path else ""
        inside = [file for name, file in self.files.items() if name.startswith(prefix)]
        if path and not inside:
            return None
        entries = []
        folders = set()
        for file in inside:
            parts = file.name[len(prefix) :].split("/")[:-1]
            deepest = len(parts) if recursive else min(len(parts), 1)
            folders.update(prefix + "/".join(parts[:n]) for n in range(1, deepest + 1))
            if recursive or not parts:
                entries.append(file.tree_entry())
        for folder in sorted(folders):
            oid = hashlib.sha1(folder.encode(), usedforsecurity=False).hexdigest()
            entries.append({"type": "directory", "oid": oid, "size": 0, "path": folder})
        return entries
