"""How far the embedding table moved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from tests.dashboard.probed import Looking, learner, net
from tests.train.tiny_learners import review_learner
from tfwidgets.dashboard.probes import embeddings as module
from tfwidgets.dashboard.probes.embeddings import transformer_of


def _table(learn: Any) -> Any:
    return learn.transformer.get_input_embeddings().weight.detach().clone()


def test_drift_is_that_of_each_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 7)
    learn, look = review_learner(tmp_path), Looking()
    with torch.no_grad():
        learn.transformer.get_input_embeddings().weight[0] = 0.0  # padding: no length
    before = _table(learn)
    learn.fit(2, 1e-2, cbs=look)
    after = _table(learn)
    lengths = before.norm(dim=1)
    lengths = torch.where(lengths > 0, lengths, lengths.mean())
    drift = ((after - before).norm(dim=1) / lengths).numpy()

    data = look.data("embeddings")
    assert data["step"] == look.session.step_number
    assert data["rows"] == len(before)
    assert data["rows_moved"] == np.count_nonzero(drift) > 10
    assert data["mean"] == pytest.approx(drift.mean(), rel=1e-4)
    order = np.argsort(-drift, kind="stable")[:20]
    assert [token["id"] for token in data["tokens"]] == order.tolist()
    assert [token["drift"] for token in data["tokens"]] == pytest.approx(drift[order], rel=1e-4)
    names = learn.tokenizer.convert_ids_to_tokens(order.tolist())
    assert [token["token"] for token in data["tokens"]] == names
    ids = np.concatenate(list(learn.dls.train_ds.features["input_ids"]))
    assert [token["count"] for token in data["tokens"]] == [int((ids == k).sum()) for k in order]
    assert sum(data["histogram"]["counts"]) == len(before)
    assert len(data["histogram"]["edges"]) == 21
    assert data["histogram"]["edges"][-1] == pytest.approx(drift.max(), rel=1e-4)


def test_frozen_embeddings_do_not_drift(tmp_path: Path) -> None:
    learn, look = review_learner(tmp_path), Looking()
    learn.freeze()
    learn.fit(1, 1e-2, cbs=look)
    data = look.data("embeddings")
    assert (data["rows_moved"], data["mean"], data["tokens"]) == (0, 0.0, [])


def test_a_large_table_is_off_until_it_is_switched_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    learn = review_learner(tmp_path)
    look = Looking()
    learn.fit(1, cbs=look)
    panel = look.panel("embeddings")
    assert (panel["on"], panel["available"], panel["default"]) == (False, True, False)
    assert panel["why"]["key"] == "probe-embeddings-large"
    assert panel["data"] is None
    look = Looking(wanted={"embeddings": True})
    learn.fit(1, 1e-2, cbs=look)
    assert look.panel("embeddings")["on"]
    assert look.data("embeddings")["rows_moved"] > 0


def test_models_without_a_table_say_so() -> None:
    look = Looking()
    learner().fit(1, cbs=look)
    assert look.panel("embeddings")["why"]["key"] == "probe-no-embeddings"


def test_the_model_is_found_inside_wrappers(tmp_path: Path) -> None:
    learn = review_learner(tmp_path)

    class Wrapper(nn.Module):
        def __init__(self, module: Any) -> None:
            super().__init__()
            self.module = module

    assert transformer_of(Wrapper(learn.model)) is learn.transformer
    plain = net()
    assert transformer_of(plain) is plain
