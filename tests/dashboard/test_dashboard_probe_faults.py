"""Probes disturb nothing: not the training, not each other, not by what they raise."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from tests.dashboard.probed import Looking, always, learner, net
from tests.train.tiny_learners import review_learner
from tfwidgets.dashboard.probes import PANELS, Probes
from tfwidgets.dashboard.randomness import chance_kept
from tfwidgets.dashboard.session import Session
from tfwidgets.ui.strings import Message, table


def _weights(learn: Any) -> list[torch.Tensor]:
    return [p.detach().clone() for p in learn.model.parameters()]


def _chance() -> tuple[Any, ...]:
    return random.getrandbits(64), float(np.random.rand()), float(torch.rand(()))


def _seed() -> None:
    random.seed(3)
    np.random.seed(3)
    torch.manual_seed(3)


def test_a_transformer_trains_bit_for_bit_as_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    always(monkeypatch)
    ends = []
    for cbs in ([], [Looking(wanted="all")]):
        learn = review_learner(tmp_path)
        _seed()
        learn.fit(2, 1e-2, cbs=cbs)
        ends.append((_weights(learn), _chance()))
    assert all(torch.equal(a, b) for a, b in zip(ends[0][0], ends[1][0], strict=True))
    assert ends[0][1] == ends[1][1]


def test_a_plain_net_with_dropout_trains_bit_for_bit_as_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    always(monkeypatch)
    ends = []
    for cbs in ([], [Looking(wanted="all", samples=6)]):
        _seed()
        model = nn.Sequential(net(), nn.Dropout(0.5), nn.Linear(3, 3))
        learn = learner(model=model)
        _seed()
        learn.fit(2, cbs=cbs)
        ends.append((_weights(learn), _chance()))
    assert all(torch.equal(a, b) for a, b in zip(ends[0][0], ends[1][0], strict=True))
    assert ends[0][1] == ends[1][1]


def test_rows_that_draw_numbers_draw_them_from_nobody() -> None:
    _seed()
    expected = _chance()
    _seed()
    with chance_kept():
        _chance()
    assert _chance() == expected


@pytest.mark.parametrize(
    "event", ["prepare", "start", "before_batch", "before_step", "after_batch"]
)
def test_what_a_step_probe_raises_is_kept_from_the_training(
    monkeypatch: pytest.MonkeyPatch, event: str
) -> None:
    always(monkeypatch)
    monkeypatch.setattr(
        f"tfwidgets.dashboard.probes.gradients.Layers.{event}", lambda _: {}["<b>secret</b>"]
    )
    learn, look = learner(), Looking()
    learn.fit(1, cbs=look)
    panel = look.panel("layers")
    assert (panel["on"], panel["available"]) == (False, False)
    assert panel["why"]["key"] == "probe-failed"
    assert "KeyError" in panel["why"]["values"]["error"]
    assert [event["kind"] for event in look.session.log] == ["message"]
    assert look.session.status == "finished"
    assert look.data("memory") is not None
    assert look.data("confusion") is not None
    assert not hasattr(learn, "gradient_look")
    assert not any(module._forward_hooks for module in learn.model.modules())


@pytest.mark.parametrize(
    "place",
    [
        "confusion.Confusion.rows",
        "samples.Samples.rows",
        "samples.Samples.start",
        "samples.Samples.batch",
        "hardest.Hardest.rows",
    ],
)
def test_what_a_row_probe_raises_is_kept_from_the_training(
    monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(f"tfwidgets.dashboard.probes.{place}", fails)
    look = Looking()
    learner().fit(2, cbs=look)
    failed = place.split(".")[0]
    for name in ("confusion", "samples", "hardest"):
        assert look.panel(name)["on"] is (name != failed)
        assert look.data(name) is not None or name == failed
    assert look.panel(failed)["why"]["values"] == {
        "panel": failed,
        "error": "RuntimeError: broken",
    }
    assert len(look.session.log) == 1


def test_an_interrupt_is_no_failure_of_a_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tfwidgets.dashboard.probes.gradients.Layers.before_batch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        learner().fit(1, cbs=Looking())


def test_data_without_validation_rows() -> None:
    from fastai.data.core import DataLoaders
    from fastai.data.load import DataLoader

    learn = learner()
    rows = learn.dls.train.dataset
    learn.dls = DataLoaders(DataLoader(rows, bs=4), DataLoader([], bs=4))
    look = Looking()
    learn.fit(1, cbs=look)
    for name in ("samples", "confusion", "hardest"):
        assert look.panel(name)["why"]["key"] == "probe-no-rows"
    assert look.data("layers") is not None


def test_which_panels_are_on() -> None:
    for wanted, on in (
        ("none", set()),
        ("all", set(PANELS) - {"embeddings"}),
        ({"hardest": False, "memory": False}, {"layers", "samples", "confusion"}),
    ):
        look = Looking(wanted=wanted)
        learner().fit(1, cbs=look)
        assert set(look.session.panels) == set(PANELS)
        assert {name for name in PANELS if look.panel(name)["on"]} == on
        assert {name for name in PANELS if look.data(name) is not None} == on


def test_panels_are_switched_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    always(monkeypatch)
    learn = learner()
    learn.create_opt()
    learn.xb = (torch.rand(2, 4),)
    session = Session("test")
    probes = Probes(session, learn, "none")
    probes.begin()
    assert not probes.due
    assert probes.switch("layers", True) is None
    assert probes.due
    assert session.panels["layers"]["on"]
    probes.before_batch()
    assert any(module._forward_hooks for module in learn.model.modules())
    assert probes.switch("layers", False) is None
    assert not any(module._forward_hooks for module in learn.model.modules())
    assert not probes.due
    refused = probes.switch("embeddings", True)
    assert isinstance(refused, Message)
    assert refused.key == "probe-no-embeddings"
    unknown = probes.switch("<b>", True)
    assert unknown is not None
    assert unknown.key == "probe-unknown"
    probes.end()


def test_every_reason_has_words_in_both_languages() -> None:
    words = {key: one for key, one in table("dashboard-notes").items() if key.startswith("probe-")}
    assert len(words) > 8
    for both in words.values():
        assert set(both) == {"en", "de"}
        assert both["en"] != both["de"]
