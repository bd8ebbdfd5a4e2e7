"""What the fastai callback notes, and that a training does not notice it."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import torch
from fastai.callback.schedule import ParamScheduler
from fastai.callback.tracker import SaveModelCallback
from fastai.data.core import DataLoaders
from fastai.metrics import error_rate
from fastai.optimizer import OptimWrapper
from torch import nn
from torch.utils.data import DataLoader as TorchLoader
from torch.utils.data import Dataset, IterableDataset

import tfwidgets as tfw
from tests.dashboard.steered import (
    BATCHES,
    At,
    dashboard,
    left_behind,
    plain_learner,
    same,
    store,
    weights,
)
from tests.support.tiny import tiny_bert
from tests.train.reviews import reviews
from tfwidgets.dashboard.learner.callback import TrainingDashboard
from tfwidgets.errors import InputError

__all__ = ["store"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return tiny_bert(tmp_path_factory.mktemp("dashboard") / "tiny")


def bert_learner(tiny, path, **options: Any) -> Any:
    options = {"valid": 0.25, "seed": 1, "batch_size": 4, "progress": False, **options}
    return tfw.learner(reviews()[:24], tiny, path=path, text="text", label="label", **options)


def test_every_batch_and_epoch_is_noted(store) -> None:
    learn, board = plain_learner(), dashboard()
    learn.fit_one_cycle(3, 1e-2, cbs=board)
    session, recorder = board.session, learn.recorder
    steps, loss = session.values("loss")
    assert steps.tolist() == list(range(1, 3 * BATCHES + 1))
    smooth = session.values("smooth_loss")[1]
    np.testing.assert_allclose(smooth, [float(x) for x in recorder.losses], rtol=1e-5)
    assert np.isfinite(loss).all()
    np.testing.assert_allclose(session.values("lr")[1], recorder.lrs, rtol=1e-6)
    np.testing.assert_allclose(session.values("momentum")[1], recorder.hps["mom"], rtol=1e-6)
    assert [row["kind"] for row in session.epochs] == ["epoch"] * 3
    for row, values in zip(session.epochs, recorder.values, strict=True):
        assert list(row["values"]) == ["train_loss", "valid_loss", "accuracy"]
        np.testing.assert_allclose(list(row["values"].values()), list(values), rtol=1e-6)
    assert [row["step"] for row in session.epochs] == [6, 12, 18]
    assert session.status == "finished"
    progress = session.progress
    assert (progress["epoch"], progress["epochs"]) == (2, 3)
    assert (progress["step"], progress["steps"]) == (18, 18)
    assert progress["samples_per_second"] > 0
    assert 0 <= progress["waiting"] <= 1


@pytest.mark.parametrize("opt", ["fastai", "torch"])
def test_weights_are_as_without_it(store, opt: str) -> None:
    def trained(**options: Any) -> Any:
        if opt == "torch":
            options["opt_func"] = lambda p, **kw: OptimWrapper(p, torch.optim.AdamW, **kw)
        learn = plain_learner(**{k: v for k, v in options.items() if k != "cbs"})
        learn.fit_one_cycle(2, 1e-2, cbs=options.get("cbs"))
        return weights(learn)

    assert same(trained(), trained(cbs=TrainingDashboard(panels="all")))


def test_a_transformers_weights_are_as_without_it(tiny, tmp_path, store) -> None:
    def trained(**options: Any) -> Any:
        learn = bert_learner(tiny, tmp_path, **options)
        learn.fit_one_cycle(2, 1e-3)
        return learn

    without, learn = trained(), trained(dashboard=True)
    assert same(weights(without), weights(learn))
    session = learn.dashboard.session
    assert session.facts["groups"] == ["embeddings", "layer 0", "layer 1", "head"]
    assert session.facts["seed"] == 1
    assert session.facts["settings"]["task"] == "text-classification"
    assert session.facts["settings"]["lr"] == pytest.approx(1e-3)
    assert session.facts["settings"]["optimizer"] == "AdamW"
    assert session.facts["data"]["rows"] == {"train": 18, "valid": 6}
    assert session.progress["tokens_per_second"] > 0
    assert 0 <= session.values("padding")[1][0] < 1
    assert learn.history[-1]["epochs"] == 2


def test_facts_tell_data_and_monitor_apart(store, tmp_path) -> None:
    def facts(cbs: Any = None, **options: Any) -> dict[str, Any]:
        learn, board = plain_learner(path=tmp_path, **options), dashboard()
        learn.fit(1, cbs=[board, *(cbs or [])])
        return board.session.facts

    first, again = facts(), facts(metrics=error_rate, cbs=[SaveModelCallback("error_rate")])
    assert first["data"]["fingerprint"] == again["data"]["fingerprint"]
    x = torch.ones(64, 4)
    other = facts(rows=list(zip(x, x[:, 0].long(), strict=True)))
    assert other["data"]["fingerprint"] != first["data"]["fingerprint"]
    assert (first["monitor"], first["monitor_lower"]) == ("valid_loss", True)
    assert (again["monitor"], again["monitor_lower"]) == ("error_rate", True)
    assert first["settings"]["callbacks"].count("TrainingDashboard") == 1
    assert len(set(first["groups"])) == 3
    assert first["packages"]["torch"] == torch.__version__


class Stream(IterableDataset):  # type: ignore[misc]
    def __len__(self) -> int:
        return 32

    def __iter__(self) -> Any:
        return iter([(torch.ones(4) * k, torch.tensor(k % 2)) for k in range(32)])


class Keyed(Dataset):  # type: ignore[misc]
    """Rows are asked for by names; its length is nobody's business."""

    def __init__(self, sized: bool) -> None:
        self.sized = sized

    def __len__(self) -> int:
        if not self.sized:
            raise RuntimeError("not now")
        return 32

    def __getitem__(self, name: str) -> Any:
        return torch.ones(4), torch.tensor({"yes": 1, "no": 0}[name])


@pytest.mark.parametrize("kind", ["stream", "keyed", "unsized"])
def test_data_that_cannot_be_asked_for_rows_train_too(store, kind: str) -> None:
    data = Stream() if kind == "stream" else Keyed(kind == "keyed")
    names: Any = None if kind == "stream" else ["yes", "no"] * 16
    loaders = [TorchLoader(data, 8, sampler=names) for _ in range(2)]
    if kind == "unsized":
        loaders[1] = plain_learner().dls.valid
    learn, board = plain_learner(), dashboard(panels="all")
    learn.dls = DataLoaders(*loaders)
    learn.fit(1, cbs=board)
    assert board.session.status == "finished"
    assert board.session.step_number == 4
    made = board.session.facts["data"]
    assert made["fingerprint"] is None
    sizes = {"train": None, "valid": 16} if kind == "unsized" else {"train": 32, "valid": 32}
    assert made["rows"] == sizes
    assert board.session.facts["settings"]["epochs"] == 1
    assert [event for event in board.session.log if event["kind"] == "message"] == []
    why = board.session.panels["samples"]["why"]
    assert why is None if kind == "unsized" else why["key"] == "probe-stream"


def test_images_train_too(store) -> None:
    torch.manual_seed(0)
    rows = [(torch.randn(3, 8, 8), torch.tensor(k % 2)) for k in range(64)]
    body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    learn = plain_learner(nn.Sequential(body, nn.Linear(4, 2)), rows)
    board = dashboard(panels="all", guard=True)
    learn.fit(1, cbs=board)
    assert board.session.status == "finished"
    assert board.session.epochs[0]["values"]["accuracy"] is not None
    assert not [e for e in board.session.log if e["kind"] == "message"]


def test_it_stands_first_when_a_fit_begins_and_late_while_it_runs(store) -> None:
    orders = []
    board = dashboard()
    learn = plain_learner()
    assert board.order < 0
    learn.fit(1, cbs=[board, At({1: lambda _: orders.append(board.order)})])
    assert orders == [ParamScheduler.order + 1]
    assert board.order < 0


def test_a_learner_with_it_is_pickled_and_copied(store, tmp_path) -> None:
    learn = plain_learner(cbs=dashboard(name="mine"), path=tmp_path)
    copies = []
    learn.fit(1, cbs=At({2: lambda learn: copies.append(copy.deepcopy(learn.model))}))
    again = pickle.loads(pickle.dumps(learn.dashboard))  # noqa: S301
    assert (again.title, again.session) == ("mine", None)
    twin = copy.deepcopy(learn)
    twin.fit(1)
    assert twin.dashboard.session.status == "finished"
    assert twin.dashboard.session is not learn.dashboard.session
    assert left_behind(twin) == left_behind(learn) == []


def test_copied_in_the_middle_of_a_fit_a_learner_is_whole(store) -> None:
    twins = []
    learn = plain_learner(cbs=dashboard())
    learn.fit(2, cbs=At(epoch={1: lambda learn: twins.append(copy.deepcopy(learn))}))
    twin = twins[0]
    twin.remove_cb(At)
    twin.fit(1)
    assert twin.dashboard.session.status == "finished"
    assert learn.dashboard.session.step_number == 2 * BATCHES


def test_options_that_cannot_be_used_are_refused() -> None:
    with pytest.raises(InputError, match="panels"):
        TrainingDashboard(panels="some")
    with pytest.raises(InputError):
        TrainingDashboard(guard="explode")
    with pytest.raises(InputError, match="name is a text"):
        TrainingDashboard(name=123)
    with pytest.raises(InputError, match="project is a text"):
        TrainingDashboard(project=None)
    with pytest.raises(InputError, match="Nothing is training"):
        TrainingDashboard().submit("stop")


def test_padding_is_the_share_of_places_in_a_batch(tiny, tmp_path, store) -> None:
    learn, board, masks = bert_learner(tiny, tmp_path), dashboard(), []
    first = At({1: lambda learn: masks.append(learn.xb[0]["attention_mask"].clone())})
    learn.fit(1, cbs=[board, first])
    (mask,) = masks
    assert not mask.all()
    # Every eighth batch is looked at, from the first on; there are fewer.
    assert board.session.values("padding")[1].tolist() == pytest.approx(
        [1 - float(mask.sum()) / mask.numel()]
    )
