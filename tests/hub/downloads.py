"""A model to download, and its download, for the tests of both."""

from __future__ import annotations

from pathlib import Path

from tests.support.hub_server import HubServer
from tfwidgets.hub.download import Job, start
from tfwidgets.hub.entry import ModelEntry
from tfwidgets.models.net import HubClient


def entry(name: str = "org/tiny", **known: object) -> ModelEntry:
    return ModelEntry(name, "hub", **known)  # type: ignore[arg-type]


def repository(folder: Path, size: int = 400_000) -> Path:
    """A model for a download, not for loading: its weights are noise."""
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "bert"}')
    (folder / "tokenizer.json").write_text("{}")
    (folder / "README.md").write_text("---\nlicense: mit\n---\n")
    (folder / "model.safetensors").write_bytes(
        bytes(i * i % 251 for i in range(1000)) * (size // 1000)
    )
    (folder / "pytorch_model.bin").write_bytes(b"not for us")
    return folder


def run(**known: object) -> Job:
    job = start(entry(**known), HubClient.now())
    assert job.wait(20)
    return job


def without_weights(hub: HubServer) -> None:
    """Download all but the weights: faults in a file's body would meet small files first."""
    hub.fault, hub.fault_path = "403", "model.safetensors"
    assert run().state == "failed"
    hub.fault, hub.fault_path = None, ""
    hub.forget_requests()


def gets(hub: HubServer, file: str) -> int:
    return sum(path.split("?")[0].endswith(f"/{file}") for _, path in hub.requests)
