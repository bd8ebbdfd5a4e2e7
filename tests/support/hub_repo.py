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

EXPANDABLE = (
    "author", "baseModels", "cardData", "childrenModelCount", "config", "createdAt", "disabled",
    "downloads", "downloadsAllTime", "evalResults", "gated", "gguf", "inference",
    "inferenceProviderMapping", "lastModified", "library_name", "likes", "mask_token",
    "model-index", "pipeline_tag", "private", "resourceGroup", "safetensors", "sha", "siblings",
    "spaces", "tags", "transformersInfo", "trendingScore", "usedStorage", "widgetData",
)  # fmt: skip
"""What may be asked for by `expand`; anything else is an error."""

ONLY_EXPANDED = ("baseModels", "childrenModelCount", "evalResults", "downloadsAllTime")
"""What the Hub tells of one model only when it is asked for."""


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

    def read(self) -> bytes | None:
        """Return the content; None where there is only a name and a size."""
        return self.source.read_bytes()

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
        parts = card.read_text("utf-8", "replace").split("---\n", 2) if card.is_file() else []
        if len(parts) < 3 or parts[0] or len(parts[1]) > 10_000:
            return {}  # PyYAML takes seconds for what is long and deep
        try:
            # Written out, a header of aliases of aliases has no end.
            if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(parts[1])):
                return {}
            data = yaml.safe_load(parts[1])
        except (yaml.YAMLError, RecursionError):
            return {}  # the Hub has no facts of a card that cannot be read
        return data if isinstance(data, dict) else {}

    @cached_property
    def config(self) -> Json:
        file = self.folder / "config.json"
        try:
            config = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return config if isinstance(config, dict) else {}

    @cached_property
    def parameters(self) -> dict[str, int]:
        """How many parameters there are of each type, from the safetensors headers."""
        counts: dict[str, int] = {}
        for file in self.folder.glob("*.safetensors"):
            with file.open("rb") as stream:
                length = min(int.from_bytes(stream.read(8), "little"), file.stat().st_size)
                try:
                    header = json.loads(stream.read(length))
                except ValueError:
                    return {}  # no safetensors, whatever its name says
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
            **self.metadata,
            "library_name": library,
            "pipeline_tag": pipeline_tag,
            "tags": self._tags(library, pipeline_tag),
            "cardData": self.card_data,
            "config": {key: self.config[key] for key in CONFIG_KEYS if key in self.config},
        }
        if "usedStorage" not in facts:
            facts["usedStorage"] = sum(file.size for file in self.files.values())
        if bases := self.base_models:
            relation = self.card_data.get("base_model_relation", "finetune")
            models = [{"_id": _oid(base)[:24], "id": base} for base in bases]
            facts.setdefault("baseModels", {"relation": relation, "models": models})
        if results := self.card_data.get("model-index"):
            facts.setdefault("model-index", results)
        if self.parameters:
            total = sum(self.parameters.values())
            facts["safetensors"] = {"parameters": self.parameters, "total": total}
        return {key: value for key, value in facts.items() if value is not None}

    @property
    def base_models(self) -> list[str]:
        """Ids of the models that this one was made from, as its card has it."""
        bases = self.card_data.get("base_model") or []
        return [bases] if isinstance(bases, str) else [base for base in bases if base]

    def _tags(self, library: str, task: str | None) -> list[str]:
        """The given ones, and those that the Hub derives from a card."""
        card = self.card_data
        languages = card.get("language") or []
        tags = [*self.metadata.get("tags", ()), library, task]
        tags += [languages] if isinstance(languages, str) else languages
        tags += card.get("tags") or []
        if isinstance(licence := card.get("license"), str):
            tags.append(f"license:{licence}")
        relation = card.get("base_model_relation", "finetune")
        for base in self.base_models:
            tags += [f"base_model:{base}", f"base_model:{relation}:{base}"]
        return list(dict.fromkeys(tag for tag in tags if tag and isinstance(tag, str)))

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
        entries += [
            {"type": "directory", "oid": _oid(folder), "size": 0, "path": folder}
            for folder in sorted(folders)
        ]
        return entries


def _oid(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
