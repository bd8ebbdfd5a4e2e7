"""Tiny models on disk, and quiet learners over short reviews."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.tiny import tiny_bert
from tests.train.reviews import reviews


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny BERT without a head, drawn as narrowly as BERT: it can learn."""
    import torch
    from transformers import BertConfig, BertModel

    folder = tiny_bert(tmp_path_factory.mktemp("train") / "tiny")
    config = BertConfig.from_pretrained(folder, initializer_range=0.05)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture
def learner(tiny: Path, tmp_path: Path) -> Callable[..., Any]:
    """Return a function that makes quiet learners on short reviews."""
    import tfwidgets as tfw

    def make(data: Any = None, model: Any = None, **options: Any) -> Any:
        options = {"valid": 0.25, "seed": 1, "progress": False, "path": tmp_path, **options}
        learn = tfw.learner(reviews() if data is None else data, model or tiny, **options)
        learn.remove_cb(learn.progress)
        return learn

    return make
