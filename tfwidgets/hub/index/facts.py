"""What the files of a model say of it: configuration, card, weights."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tfwidgets.hub.index.files import files_of
from tfwidgets.hub.index.weights import Weights, weights_of
from tfwidgets.models.contents import Unreadable, json_object
from tfwidgets.models.front_matter import front_matter
from tfwidgets.models.hub import TOKENIZER_FILES

CARD = "README.md"
CONFIG = "config.json"
ADAPTER_CONFIG = "adapter_config.json"
# Their tokenizers read bytes or characters: there is no vocabulary that could be missing.
_WITHOUT_VOCABULARY = ("ByT5", "Canine", "Perceiver")
# Other ways to keep weights, by the ends of the files' names; transformers reads the first.
_STORED = {
    "pickle": (".bin", ".pt", ".pth", ".ckpt", ".pkl"),
    "gguf": (".gguf",),
    "onnx": (".onnx",),
    "tensorflow": (".h5",),
    "flax": (".msgpack",),
}


@dataclass(frozen=True)
class Facts:
    """What is read of a model's folder; nothing in it was checked for more than its type.

    Attributes
    ----------
    config
        ``config.json``, or that of an adapter; None where there is none that can be read.
    card
        Front matter of the card, empty where there is none.
    params
        Number of parameters of each type: ``{"F32": 22713216}``.
    architecture
        Class that the checkpoint was saved as.
    sizes
        Bytes of each file, by its name below the folder.
    card_file
        The card.
    missing
        Weight files that are named and not there.
    loads
        Whether ``tfw.load`` finds all that it needs here.
    stored
        How the weights are kept where it is not as safetensors: ``("gguf",)``.
    notes
        What is wrong, as keys of the table of notes and the values that they take.
    """

    config: dict[str, Any] | None = None
    card: dict[str, Any] = field(default_factory=dict)
    params: dict[str, int] = field(default_factory=dict)
    architecture: str | None = None
    sizes: dict[str, int] = field(default_factory=dict)
    card_file: Path | None = None
    missing: tuple[str, ...] = ()
    loads: bool = False
    stored: tuple[str, ...] = ()
    notes: tuple[tuple[str, dict[str, str]], ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """Names below the folder."""
        return tuple(self.sizes)

    @property
    def adapter(self) -> bool:
        """Whether it is an adapter for another model, as the library PEFT saves it."""
        return CONFIG not in self.sizes and ADAPTER_CONFIG in self.sizes


def describe(folder: str | os.PathLike[str], sizes: Mapping[str, int] | None = None) -> Facts:
    """Read what the files in a folder say of their model. Never raises.

    Parameters
    ----------
    sizes
        The files and their bytes, where somebody looked already.
    """
    path = Path(folder)
    if sizes is None:
        sizes = {name: status.st_size for name, status in files_of(path).items()}
    notes: list[tuple[str, dict[str, str]]] = []
    adapter = CONFIG not in sizes and ADAPTER_CONFIG in sizes
    config = _config(path, sizes, ADAPTER_CONFIG if adapter else CONFIG, notes)
    card: dict[str, Any] = {}
    if CARD in sizes:
        try:
            card = front_matter(path / CARD)
        except Unreadable:
            notes.append(("card", {}))
    weights = weights_of(path, sizes)
    notes += [("broken", {"file": name}) for name in weights.broken]
    stored = () if weights.whole else _stored(sizes)
    loads = config is not None and not adapter and weights.whole
    if loads and not _has_tokenizer(path, sizes):
        loads = False
        notes.append(("tokenizer", {}))
    _note_how_stored(notes, config, weights, stored, sizes, adapter=adapter)
    return Facts(
        config=config,
        card=card,
        params=weights.params,
        architecture=_architecture(config),
        sizes=dict(sizes),
        card_file=path / CARD if CARD in sizes else None,
        missing=weights.missing,
        loads=loads,
        stored=stored,
        notes=tuple(notes),
    )


def _config(
    folder: Path, sizes: Mapping[str, int], name: str, notes: list[tuple[str, dict[str, str]]]
) -> dict[str, Any] | None:
    if name not in sizes:
        return None
    try:
        return json_object(folder / name)
    except Unreadable:
        notes.append(("config", {"file": name}))
        return None


def _architecture(config: dict[str, Any] | None) -> str | None:
    named = (config or {}).get("architectures")
    first = named[0] if isinstance(named, list) and named else None
    return first if isinstance(first, str) else None


def _stored(sizes: Mapping[str, int]) -> tuple[str, ...]:
    """Return the ways in which weights are kept here; what a trainer notes is none of them."""
    weights = [
        name
        for name in sizes
        if name.rpartition("/")[2] not in ("training_args.bin", "optimizer.pt", "scheduler.pt")
    ]
    return tuple(way for way, ends in _STORED.items() if any(n.endswith(ends) for n in weights))


def _has_tokenizer(folder: Path, sizes: Mapping[str, int]) -> bool:
    if not sizes.keys().isdisjoint(TOKENIZER_FILES):
        return True
    if "tokenizer_config.json" not in sizes:
        return False
    try:
        kind = json_object(folder / "tokenizer_config.json").get("tokenizer_class")
    except Unreadable:
        return False
    return isinstance(kind, str) and kind.startswith(_WITHOUT_VOCABULARY)


def _note_how_stored(
    notes: list[tuple[str, dict[str, str]]],
    config: dict[str, Any] | None,
    weights: Weights,
    stored: tuple[str, ...],
    sizes: Mapping[str, int],
    *,
    adapter: bool,
) -> None:
    if adapter:
        base = (config or {}).get("base_model_name_or_path")
        notes.append(("adapter", {"base": base if isinstance(base, str) and base else "?"}))
    elif stored and not (weights.missing or weights.broken):
        notes.append((f"stored.{stored[0]}", {}))
    elif CONFIG not in sizes and weights.whole:
        notes.append(("no_config", {}))
    elif not (weights.whole or weights.missing or weights.broken):
        notes.append(("no_weights", {}))
