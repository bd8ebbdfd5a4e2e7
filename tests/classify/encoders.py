"""Tiny sentence encoders with the configuration files of sentence-transformers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.tiny import model_card, tiny_bert

_PREFIX = "sentence_transformers.models."


def tiny_encoder(
    folder: Path,
    pooling: dict[str, Any] | None,
    *,
    normalize: bool = True,
    max_length: int | None = None,
    extra_module: str | None = None,
    card: str = "language: en",
) -> Path:
    """Save a random BERT with ``1_Pooling/config.json`` as given; None saves no modules.json."""
    tiny_bert(folder)
    model_card(folder, card)
    if pooling is None:
        return folder
    kinds = ["Transformer", "Pooling", *(["Normalize"] if normalize else [])]
    kinds += [extra_module] if extra_module else []
    modules = [
        {
            "idx": k,
            "name": str(k),
            "path": f"{k}_{kind}" if k else "",
            "type": _PREFIX + kind,
        }
        for k, kind in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(modules), "utf-8")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling), "utf-8")
    if max_length is not None:
        limits = {"max_seq_length": max_length, "do_lower_case": False}
        (folder / "sentence_bert_config.json").write_text(json.dumps(limits), "utf-8")
    return folder
