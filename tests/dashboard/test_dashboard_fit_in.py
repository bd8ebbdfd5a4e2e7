"""Beside everything else that fastai can do."""

from __future__ import annotations

import copy
import io
from contextlib import redirect_stdout, suppress
from typing import Any, ClassVar

import pandas as pd
import pytest
import torch
from fastai.callback.core import (
    Callback,
    CancelEpochException,
    CancelFitException,
    CancelTrainException,
    TrainEvalCallback,
)
from fastai.callback.progress import CSVLogger, ProgressCallback
from fastai.callback.tracker import EarlyStoppingCallback, SaveModelCallback
from fastai.callback.training import GradientAccumulation, ShortEpochCallback
from fastai.interpret import Interpretation
from fastai.learner import Recorder, load_learner
from fastai.metrics import F1Score
from fastai.torch_core import trainable_params
from safetensors.torch import load_file

import tfwidgets as tfw
from tests.dashboard.steered import (
    BATCHES,
    At,
    ask,
    dashboard,
    left_behind,
    plain_learner,
    refusals,
    same,
    store,
    weights,
)
from tests.dashboard.test_dashboard_callback import bert_learner, tiny
from tests.train.reviews import reviews
from tfwidgets.dashboard import parts
from tfwidgets.dashboard.learner import fit as fit_module
from tfwidgets.dashboard.learner import quiet
from tfwidgets.dashboard.learner.callback import TrainingDashboard
from tfwidgets.dashboard.result import Run
from tfwidgets.dashboard.session import Session
from tfwidgets.dashboard.store import open_store

__all__ = ["store", "tiny"]


@pytest.fixture
def learn(tmp_path, store) -> Any:
    return plain_learner(cbs=dashboard(), path=tmp_path)


def test_fastais_bar_stays_away_and_comes_back(learn) -> None:
    bars, order = learn.progress, list(learn.cbs)
    calls = []
    learn.add_cb(
        At({1: lambda learn: calls.append((bool(learn.progress.run), learn.progress in learn.cbs))})
    )
    said = io.StringIO()
    with redirect_stdout(said):
        learn.fit(1)
    assert calls == [(False, True)]
    learn.remove_cb(At)
    assert learn.progress is bars
    assert list(learn.cbs) == order
    assert learn.logger is print
    learn.remove_cb(TrainingDashboard)
    with redirect_stdout(said := io.StringIO()):
        learn.fit(1)
    assert "train_loss" in said.getvalue()


def test_a_prediction_within_the_fit_is_not_shown_either(learn) -> None:
    seen = []
    predict = At(epoch={1: lambda learn: (learn.get_preds(inner=True), learn.get_preds())})
    predict.train_calls[BATCHES + 1] = lambda learn: seen.append(bool(learn.progress.run))
    predict.order = 62  # fastai's recorder must have written its row
    learn.fit(2, cbs=predict)
    session = learn.dashboard.session
    assert session.status == "finished"
    assert [row["epoch"] for row in session.epochs] == [0, 1]
    assert session.step_number == 2 * BATCHES
    assert seen == [False]


def test_quiet_where_nothing_is_trained(learn) -> None:
    learn.fit(1)
    session = learn.dashboard.session
    learn.validate()
    learn.get_preds()
    learn.lr_find(num_it=6, show_plot=False)
    Interpretation.from_learner(learn)
    with learn.no_bar(), learn.no_logging():
        learn.fit(1)
    with learn.no_mbar():
        learn.progress.run = False
        learn.fit(1)
    assert learn.dashboard.session is session
    assert type(learn.progress) is ProgressCallback
    assert left_behind(learn) == []


def test_quiet_in_no_bar_where_it_is_of_the_fit_alone(tmp_path, store) -> None:
    learn, board = plain_learner(path=tmp_path), dashboard()
    with learn.no_bar():
        learn.fit(1, cbs=board)
    assert board.session is None
    assert not hasattr(learn, "dashboard")
    learn.fit(1, cbs=board)
    assert board.session.status == "finished"


def test_a_learner_that_was_made_without_bars_has_a_dashboard(tmp_path, store) -> None:
    defaults = [TrainEvalCallback(), Recorder()]
    learn, board = plain_learner(path=tmp_path, cbs=defaults, default_cbs=False), dashboard()
    learn.fit(1, cbs=board)
    assert board.session.status == "finished"
    assert learn.dashboard is board


def test_only_the_first_process_has_one(learn, monkeypatch) -> None:
    monkeypatch.setattr(quiet, "_rank", lambda: 1)
    learn.fit(1)
    assert learn.dashboard.session is None


def test_several_processes_are_not_steered(learn, monkeypatch) -> None:
    monkeypatch.setattr(fit_module, "_processes", lambda: 2)
    at = At({1: ask("stop"), 2: ask("lr_factor", value=2), 3: ask("checkpoint")})
    learn.fit(1, cbs=at)
    assert at.trained == BATCHES
    assert refusals(learn.dashboard) == ["refused-several-processes"] * 2
    assert len(learn.dashboard.session.progress["checkpoints"]) == 1


def test_beside_csv_logger_and_save_model(learn, tmp_path, capsys) -> None:
    learn.fit(2, 1e-2, cbs=[CSVLogger(), SaveModelCallback()])
    rows = pd.read_csv(tmp_path / "history.csv")
    assert len(rows) == 2
    seen = [row["values"]["valid_loss"] for row in learn.dashboard.session.epochs]
    assert rows["valid_loss"].tolist() == pytest.approx(seen)
    assert (tmp_path / "models" / "model.pth").exists()
    assert learn.dashboard.session.status == "finished"
    assert learn.logger is print


def test_early_stopping_is_a_stop_with_its_row(learn, capsys) -> None:
    learn.fit(5, 1e-2, cbs=EarlyStoppingCallback("accuracy", min_delta=5.0))
    session = learn.dashboard.session
    assert session.status == "stopped"
    assert [row["kind"] for row in session.epochs] == ["epoch", "epoch"]
    assert session.facts["monitor"] == "accuracy"


def test_stop_after_epoch_leaves_the_epoch_to_the_others(learn, tmp_path, capsys) -> None:
    learn.fit(3, 1e-2, cbs=[At({1: ask("stop_after_epoch")}), SaveModelCallback()])
    assert learn.dashboard.session.status == "stopped"
    assert (tmp_path / "models" / "model.pth").exists()


def test_gradients_that_add_up(tmp_path, store) -> None:
    def trained(**options: Any) -> Any:
        learn = plain_learner(path=tmp_path, **options)
        learn.fit(2, 1e-2, cbs=GradientAccumulation(16))
        return learn

    learn = trained(cbs=TrainingDashboard(panels="all", keep=False))
    assert same(weights(learn), weights(trained()))
    assert learn.dashboard.session.step_number == 2 * BATCHES


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_mixed_precision_and_an_evaluation(tiny, tmp_path, store, precision: str) -> None:
    def trained(**options: Any) -> Any:
        learn = bert_learner(tiny, tmp_path, precision=precision, accumulate=2, **options)
        learn.fit_one_cycle(1, 1e-3)
        return learn

    at = At({2: ask("evaluate"), 5: ask("evaluate")})
    learn = trained(cbs=[dashboard(), at])
    assert same(weights(learn), weights(trained()))
    rows = learn.dashboard.session.epochs
    assert [row["kind"] for row in rows] == ["evaluation", "evaluation", "epoch"]
    assert rows[1]["values"].keys() == rows[2]["values"].keys()
    assert rows[1]["values"]["valid_loss"] == pytest.approx(rows[2]["values"]["valid_loss"])


def test_metrics_that_share_what_they_count(tiny, tmp_path, store) -> None:
    """A question-answering task's metrics: two views of one tally of whole answers."""
    context = "the film was very good and the dog sat on the mat"
    rows = [
        {"question": "what was good", "context": context, "answer": ("the film", "the dog")[k % 2]}
        for k in range(16)
    ]
    at = At({3: ask("evaluate")})
    learn = tfw.learner(
        pd.DataFrame(rows),
        tiny,
        "question-answering",
        valid=0.25,
        batch_size=4,
        seed=1,
        progress=False,
        path=tmp_path,
        cbs=[dashboard(), at],
    )
    learn.fit(1)
    evaluation, epoch = (row["values"] for row in learn.dashboard.session.epochs)
    assert evaluation == pytest.approx(epoch)


def test_fine_tuning_is_two_runs(tiny, tmp_path, store) -> None:
    runs = []

    class Runs(Callback):
        def before_epoch(self) -> None:
            runs.append((self.learn.dashboard.session.name, self.learn.dashboard.session.progress))

    learn = bert_learner(tiny, tmp_path, cbs=[dashboard(), Runs()])
    learn.fine_tune(1)
    assert len({name for name, _ in runs}) == 2
    assert [progress["frozen"] for _, progress in runs] == [[0, 1, 2], []]


def test_an_exported_learner_has_one_that_works(learn, tmp_path) -> None:
    learn.dls.new_empty = lambda: plain_learner().dls
    learn.fit(1)
    learn.export("learn.pkl")
    with pytest.warns(UserWarning, match="insecure pickle"):
        loaded = load_learner(tmp_path / "learn.pkl")
    assert loaded.dashboard.session is None
    loaded.fit(1)
    assert loaded.dashboard.session.status == "finished"
    learn.fit(1)
    assert learn.dashboard.session.status == "finished"


def test_tfw_learner_has_one_where_it_is_asked_for(tiny, tmp_path, store) -> None:
    assert not hasattr(bert_learner(tiny, tmp_path), "dashboard")
    assert not hasattr(bert_learner(tiny, tmp_path, dashboard=False), "dashboard")
    own = dashboard()
    learn = bert_learner(tiny, tmp_path, dashboard=True, cbs=own)
    assert learn.dashboard is own
    assert len(learn._grab_cbs(TrainingDashboard)) == 1
    assert bert_learner(tiny, tmp_path, dashboard=True).dashboard.keep


def test_in_a_notebook_it_is_the_default(tiny, tmp_path, monkeypatch, capsys) -> None:
    from tfwidgets.train import run

    monkeypatch.setattr(run, "in_notebook", lambda: True)
    data = reviews()[:24]
    learn = tfw.learner(data, tiny, path=tmp_path, text="text", label="label")
    assert isinstance(learn.dashboard, TrainingDashboard)
    assert not hasattr(bert_learner(tiny, tmp_path), "dashboard")  # progress=False


def test_in_a_notebook_it_shows_a_view_that_settles_at_the_end(learn, monkeypatch) -> None:
    calls = []
    monkeypatch.setattr(parts, "in_notebook", lambda: True)
    monkeypatch.setattr(Run, "show", lambda run: calls.append(("show", run.status)))
    monkeypatch.setattr(Run, "settle", lambda run: calls.append(("settle", run.status)))
    learn.fit(1)
    assert calls == [("show", "running"), ("settle", "finished")]
    assert learn.dashboard.run.record is learn.dashboard.session


def test_the_store_has_the_run(tmp_path, store) -> None:
    learn = plain_learner(cbs=TrainingDashboard("kept", project="tests"), path=tmp_path)
    learn.fit_one_cycle(2, 1e-2, cbs=At({3: ask("evaluate"), 5: ask("lr_factor", value=0.5)}))
    session = learn.dashboard.session
    record = open_store().record(session.id)
    assert (record.name, record.status) == ("kept", "finished")
    assert record.values("loss")[1].tolist() == session.values("loss")[1].tolist()
    assert [row["kind"] for row in record.epochs] == ["evaluation", "epoch", "epoch"]
    assert [event["command"] for event in record.log] == ["evaluate", "lr_factor"]


class Cut(Callback):
    """Ends something after the third batch of each epoch, before ours can hear of it."""

    order = 5

    def __init__(self, what: type[Exception]) -> None:
        self.what = what

    def after_batch(self) -> None:
        if self.learn.training and self.learn.iter == 2:
            raise self.what("on purpose")


@pytest.mark.parametrize("what", [CancelTrainException, CancelEpochException])
def test_rates_do_not_compound_where_an_epoch_is_cut_short(learn, what) -> None:
    rates: list[float] = []

    class Rates(Callback):
        order = 70

        def before_batch(self) -> None:
            if self.learn.training:
                rates.append(float(self.learn.opt.hypers[-1]["lr"]))

    learn.fit(3, 1e-2, cbs=[At({1: ask("lr_factor", value=2)}), Cut(what), Rates()])
    assert rates == pytest.approx([1e-2] + [2e-2] * 8)
    assert learn.opt.hypers[-1]["lr"] == pytest.approx(1e-2)
    assert learn.dashboard.session.step_number == 9
    assert len(learn.dashboard.session.values("loss")[0]) == 9


def test_a_shortened_epoch_has_its_row(learn) -> None:
    learn.fit(2, 1e-2, cbs=ShortEpochCallback(pct=0.5, short_valid=False))
    session, recorder = learn.dashboard.session, learn.recorder
    assert session.step_number == 2 * 4  # of 6
    assert len(session.values("loss")[0]) == 2 * 4
    for row, (valid_loss, accuracy) in zip(session.epochs, recorder.values, strict=True):
        assert list(row["values"]) == ["train_loss", "valid_loss", "accuracy"]
        assert row["kind"] == "epoch"
        assert row["values"]["valid_loss"] == pytest.approx(float(valid_loss))
        assert row["values"]["accuracy"] == pytest.approx(float(accuracy))
    assert session.epochs[-1]["values"]["train_loss"] == pytest.approx(float(recorder.losses[-1]))
    losses = [float(values[0]) for values in recorder.values]
    assert session.progress["best"] == losses.index(min(losses))


@pytest.mark.parametrize(
    ("what", "kinds"),
    [(CancelEpochException, ["partial"] * 2), (CancelFitException, ["partial"])],
)
def test_what_ends_within_the_training_rows_is_partial(learn, what, kinds) -> None:
    learn.fit(2, 1e-2, cbs=Cut(what))
    session = learn.dashboard.session
    assert [row["kind"] for row in session.epochs] == kinds
    assert session.step_number == 3 * len(kinds)
    assert list(session.epochs[0]["values"]) == ["train_loss"]


def test_skipped_epochs_have_no_rows(learn) -> None:
    learn.fit(1)
    learn.fit(3, start_epoch=2)
    session = learn.dashboard.session
    assert [row["epoch"] for row in session.epochs] == [2]
    assert session.status == "finished"


def test_metrics_of_one_name_and_of_a_curves_name_have_columns_of_their_own(tmp_path, store):
    def loss(predicted: Any, target: Any) -> Any:
        return torch.tensor(5.0)

    metrics = [F1Score(average="macro"), F1Score(average="micro"), loss]
    learn = plain_learner(metrics=metrics, path=tmp_path, cbs=dashboard())
    learn.fit(1, 1e-2, cbs=[At({2: ask("evaluate")}), SaveModelCallback("loss")])
    session = learn.dashboard.session
    evaluation, epoch = (row["values"] for row in session.epochs)
    own = ["valid_loss", "f1_score", "f1_score (2)", "loss (metric)"]
    assert list(epoch) == ["train_loss", *own]
    assert list(evaluation) == ["train_loss", *own]
    macro, micro = (float(value) for value in learn.recorder.values[0][2:4])
    assert (epoch["f1_score"], epoch["f1_score (2)"]) == pytest.approx((macro, micro))
    assert len(session.values("loss")[1]) == BATCHES
    assert 5.0 not in session.values("loss")[1]
    assert session.facts["monitor"] == "loss (metric)"
    assert session.progress["best"] == 0


def test_metrics_of_the_training_rows_too(tmp_path, store) -> None:
    learn = plain_learner(path=tmp_path, cbs=dashboard())
    learn.recorder.train_metrics = True
    learn.fit(1, 1e-2, cbs=[At({2: ask("evaluate")}), Cut(CancelTrainException)])
    evaluation, epoch = (row["values"] for row in learn.dashboard.session.epochs)
    assert list(epoch) == ["train_loss", "valid_loss", "valid_accuracy"]
    assert list(evaluation) == list(epoch)
    learn.fit(1, 1e-2)
    (row,) = learn.dashboard.session.epochs
    said = dict(zip(learn.recorder.metric_names[1:-1], learn.recorder.values[0], strict=True))
    assert row["values"] == pytest.approx({name: float(value) for name, value in said.items()})


def test_one_of_the_fit_watches_instead_of_the_learners_own(learn) -> None:
    own, board = learn.dashboard, dashboard()
    at = At({3: ask("stop_after_epoch"), 4: lambda learn: seen.append(learn.dashboard)})
    seen: list[Any] = []
    learn.fit(3, cbs=[board, at])
    assert seen == [board]
    assert own.session is None
    assert board.session.status == "stopped"
    assert len(board.session.epochs) == 1
    assert learn.dashboard is board  # it has what was seen last
    assert board not in learn.cbs
    assert left_behind(learn) == []
    learn.fit(1)
    assert learn.dashboard is own
    assert own.session.status == "finished"
    with learn.no_bar():
        learn.fit(1, cbs=dashboard())
    assert learn.dashboard is own
    learn.validate(cbs=dashboard())
    assert learn.dashboard is own


@pytest.mark.parametrize("fails", [False, True])
def test_a_fit_of_the_same_learner_within_the_fit(learn, fails: bool) -> None:
    bars, boards = [], []

    def train(learn: Any) -> None:
        boards.append(dashboard())
        inner = Cut(ZeroDivisionError) if fails else Cut(CancelFitException)
        with suppress(ZeroDivisionError):
            learn.fit(1, cbs=[boards[0], inner])
        for cb in learn._grab_cbs(Cut):
            learn.remove_cb(cb)

    at = At(epoch={1: train})
    at.before_fit = lambda: None
    at.trained = at.validated = at.epochs = 0
    at.rates = []
    at.train_calls = {
        BATCHES + 5: ask("stop_after_epoch"),
        BATCHES + 6: lambda learn: bars.append(bool(learn.progress.run)),
    }
    own = learn.dashboard
    learn.fit(3, cbs=at)
    assert boards[0].session is None
    assert learn.dashboard is own
    session = own.session
    assert session.status == "stopped"
    assert session.step_number == 2 * BATCHES
    assert [row["epoch"] for row in session.epochs] == [0, 1]
    assert bars == [False]
    assert left_behind(learn) == []


class Copies(Callback):
    """Takes copies of the learner in the middle of a fit."""

    copied: ClassVar[list[Any]] = []

    def after_epoch(self) -> None:
        file = io.BytesIO()
        torch.save(self.learn, file)
        file.seek(0)
        self.copied[:] = [copy.deepcopy(self.learn), torch.load(file, weights_only=False)]


def test_a_copy_from_the_middle_of_a_fit_can_be_steered(tmp_path, store) -> None:
    learn = plain_learner(path=tmp_path, cbs=dashboard())
    learn.splitter = trainable_params
    learn.fit(1, cbs=Copies())
    for twin in Copies.copied:
        assert left_behind(twin) == []
        assert twin.logger is print
        twin.remove_cb(Copies)
        twin.fit(3, cbs=At({2: ask("stop_after_epoch")}))
        assert twin.dashboard.session.status == "stopped"
        assert len(twin.dashboard.session.epochs) == 1
        assert left_behind(twin) == []


def test_short_epochs_are_told_of_together_and_long_ones_at_once(learn, monkeypatch) -> None:
    told, flush = [], Session.flush
    monkeypatch.setattr(
        Session, "flush", lambda session: told.append(session.step_number) or flush(session)
    )
    learn.fit(20)
    assert len(told) < 20
    assert learn.dashboard.session.values("loss")[0][-1] == 20 * BATCHES
    told.clear()
    monkeypatch.setattr(fit_module, "LONG", 0.0)
    learn.fit(2)
    assert told.count(BATCHES) >= 2  # before the validation, and after it


def test_of_an_adapted_model_only_what_trains_is_kept(tmp_path, store) -> None:
    learn = plain_learner(path=tmp_path, cbs=dashboard())
    learn.model[0].requires_grad_(False)
    learn.splitter = trainable_params
    best: list[Any] = []

    def ruin(learn: Any) -> None:
        (path,) = store.rglob("best.safetensors")
        best.append((weights(learn), sorted(load_file(path))))
        with torch.no_grad():
            learn.model[4].weight.mul_(-100)
        ask("restore_best")(learn)

    at = At({BATCHES + 1: ruin, BATCHES + 2: ask("stop")})
    at.train_calls[1] = lambda learn: None
    learn.fit(2, 0.0, cbs=at)
    kept, names = best[0]
    assert "0.weight" not in names
    assert {"4.weight", "1.running_mean"} <= set(names)
    restored = dict(zip(learn.model.state_dict(), weights(learn), strict=True))
    was = dict(zip(learn.model.state_dict(), kept, strict=True))
    assert torch.equal(restored["4.weight"], was["4.weight"])
    assert torch.equal(restored["0.weight"], was["0.weight"])


def test_hiding_bars_gives_no_warning(learn, recwarn) -> None:
    learn.fit(1)
    assert not [one for one in recwarn if "shadowing" in str(one.message)]
