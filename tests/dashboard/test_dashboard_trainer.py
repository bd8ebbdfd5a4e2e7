"""``TrainerDashboard`` with a real Trainer on a tiny BERT."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    EarlyStoppingCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from tests.support.tiny import tiny_bert
from tests.train.tiny_learners import reviews
from tfwidgets.dashboard.trainer.callback import TrainerDashboard
from tfwidgets.errors import InputError

STEPS = 10  # in an epoch: 40 rows, 4 in a batch


class At(TrainerCallback):  # type: ignore[misc]
    """Does something at the end of certain steps."""

    def __init__(self, **do: Callable[[], Any]) -> None:
        self.do = {int(step.removeprefix("step")): what for step, what in do.items()}

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step in self.do:
            self.do[state.global_step]()


@pytest.fixture(scope="module", autouse=True)
def _quick_collections() -> Iterator[None]:
    """Trainer collects garbage at its end: two thirds of the time, if it looks at all modules."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bert(tmp_path_factory.mktemp("trainer") / "base", "sequence-classification")


@pytest.fixture
def make(base: Path, tmp_path: Path) -> Callable[..., Any]:
    def accuracy(given: Any) -> dict[str, float]:
        return {"accuracy": float((given.predictions.argmax(-1) == given.label_ids).mean())}

    def trainer(*callbacks: Any, rows: int = 40, **options: Any) -> Any:
        tokenizer = AutoTokenizer.from_pretrained(base)
        frame = reviews(rows)
        data = [
            {**tokenizer(text), "labels": int(label == "pos")}
            for text, label in zip(frame["review"], frame["sentiment"], strict=True)
        ]
        settings: dict[str, Any] = {
            "num_train_epochs": 2,
            "per_device_train_batch_size": 4,
            "logging_steps": 3,
            "eval_strategy": "epoch",
            "save_strategy": "no",
            "learning_rate": 1e-3,
            "report_to": [],
            "use_cpu": True,
        }
        torch.manual_seed(0)
        return Trainer(
            AutoModelForSequenceClassification.from_pretrained(base),
            TrainingArguments(str(tmp_path / "out"), **settings | options),
            train_dataset=data,
            eval_dataset=data[:8],
            data_collator=DataCollatorWithPadding(tokenizer),
            callbacks=list(callbacks),
            compute_metrics=accuracy,
        )

    return trainer


@pytest.fixture
def dashboard() -> TrainerDashboard:
    return TrainerDashboard(keep=False)


def commands(dashboard: TrainerDashboard) -> list[tuple[str, int, bool]]:
    assert dashboard.session is not None
    return [
        (event["command"], event["step"], event["applied"])
        for event in dashboard.session.log
        if event["kind"] == "command"
    ]


def rows(dashboard: TrainerDashboard) -> list[tuple[str, int, int]]:
    assert dashboard.session is not None
    return [(row["kind"], row["epoch"], row["step"]) for row in dashboard.session.epochs]


def weights(trainer: Any) -> dict[str, torch.Tensor]:
    return {name: p.detach().clone() for name, p in trainer.model.named_parameters()}


def test_a_training_is_recorded_as_trainer_tells_it(make: Any, dashboard: Any) -> None:
    trainer = make(dashboard)
    trainer.train()
    session = dashboard.session
    assert session.status == "finished"
    told = [entry for entry in trainer.state.log_history if "loss" in entry]
    x, y = session.values("loss")
    assert x.tolist() == [entry["step"] for entry in told] == [3, 6, 9, 12, 15, 18]
    assert np.allclose(y, [entry["loss"] for entry in told])
    assert np.allclose(session.values("grad_norm")[1], [entry["grad_norm"] for entry in told])
    x, y = session.values("lr")
    assert x.tolist() == list(range(1, 21))
    assert np.allclose(y, [1e-3 * (1 - k / 20) for k in range(20)])
    assert rows(dashboard) == [("epoch", 0, 10), ("epoch", 1, 20)]
    evaluations = [entry for entry in trainer.state.log_history if "eval_loss" in entry]
    for row, entry in zip(session.epochs, evaluations, strict=True):
        assert row["values"]["valid_loss"] == entry["eval_loss"]
        assert row["values"]["accuracy"] == entry["eval_accuracy"]
        assert set(row["values"]) == {"train_loss", "valid_loss", "accuracy"}
    assert session.epochs[0]["values"]["train_loss"] == pytest.approx(np.mean(
        [entry["loss"] for entry in told[:3]]
    ))  # fmt: skip
    progress = session.progress
    assert (progress["step"], progress["steps"], progress["epochs"]) == (20, 20, 2)
    assert progress["samples_per_second"] > 0
    assert session.facts["groups"][0] == "embeddings"
    assert session.facts["data"]["rows"] == {"train": 40, "valid": 8}
    assert dashboard.run.record is session


def test_without_commands_the_weights_are_those_of_trainer_alone(make: Any, dashboard: Any) -> None:
    alone = make()
    alone.train()
    watched = make(dashboard)
    watched.train()
    other = weights(watched)
    assert all(torch.equal(p, other[name]) for name, p in weights(alone).items())


def test_nothing_is_left_behind_and_the_bar_is_heard_again(
    make: Any, dashboard: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    trainer = make(dashboard)
    before = [dict(vars(cb)) for cb in trainer.callback_handler.callbacks if cb is not dashboard]
    capsys.readouterr()
    for _ in range(2):
        trainer.train()
        after = [dict(vars(cb)) for cb in trainer.callback_handler.callbacks if cb is not dashboard]
        assert after == before
        assert "_run_epoch" not in vars(trainer)
    shown = capsys.readouterr()
    assert "%|" not in shown.err  # no bar while it trains
    assert shown.out.count("train_loss") == 2  # but our table
    trainer.evaluate()
    assert "%|" in capsys.readouterr().err


def test_stop_ends_the_training_and_keeps_the_weights(make: Any, dashboard: Any) -> None:
    trainer = make(dashboard, At(step4=lambda: dashboard.submit("stop")))
    trainer.train()
    assert dashboard.session.status == "stopped"
    # The callback that asked stands behind ours: it was done at the end of the next step.
    assert trainer.state.global_step == 5
    assert commands(dashboard) == [("stop", 5, True)]
    assert rows(dashboard) == [("partial", 0, 5)]


def test_stop_after_the_epoch_validates_first(make: Any, dashboard: Any) -> None:
    stop = At(step4=lambda: dashboard.submit("stop_after_epoch"))
    trainer = make(stop, dashboard, eval_strategy="no")
    trainer.train()
    assert (dashboard.session.status, trainer.state.global_step) == ("stopped", 10)
    assert rows(dashboard) == [("epoch", 0, 10)]
    assert "valid_loss" in dashboard.session.epochs[0]["values"]


def test_stop_after_the_epoch_twice_takes_it_back(make: Any, dashboard: Any) -> None:
    ask = lambda: dashboard.submit("stop_after_epoch")  # noqa: E731
    make(At(step4=ask, step6=ask), dashboard).train()
    assert dashboard.session.status == "finished"
    assert dashboard.session.progress["stop_after_epoch"] is False


@pytest.mark.parametrize("schedule", ["linear", "constant"])
def test_a_factor_on_the_rate_does_not_compound(make: Any, schedule: str) -> None:
    plain, steered = TrainerDashboard(keep=False), TrainerDashboard(keep=False)
    make(plain, lr_scheduler_type=schedule).train()
    half = At(
        step4=lambda: steered.submit("lr_factor", value=0.5),
        step8=lambda: steered.submit("lr_factor", value=0.1),
        step12=lambda: steered.submit("lr_factor", value=1.0),
    )
    trainer = make(half, steered, lr_scheduler_type=schedule)
    trainer.train()
    assert plain.session is not None
    assert steered.session is not None
    expected = plain.session.values("lr")[1] * np.repeat([1, 0.5, 0.1, 1], [4, 4, 4, 8])
    assert np.allclose(steered.session.values("lr")[1], expected)


def test_the_rate_is_given_back_at_the_end(make: Any, dashboard: Any) -> None:
    ask = At(step4=lambda: dashboard.submit("lr_factor", value=0.5))
    trainer = make(ask, dashboard, lr_scheduler_type="constant")
    trainer.train()
    assert [group["lr"] for group in trainer.optimizer.param_groups] == [1e-3, 1e-3]


def test_one_more_epoch_trains_on_at_a_small_rate(make: Any, dashboard: Any) -> None:
    trainer = make(At(step20=lambda: dashboard.submit("one_more_epoch")), dashboard)
    trainer.train()
    session = dashboard.session
    assert (session.status, trainer.state.global_step) == ("finished", 30)
    assert rows(dashboard) == [("epoch", k, 10 * (k + 1)) for k in range(3)]
    assert trainer.state.epoch == 3.0
    tail = session.values("lr")[1][20:]
    assert tail[0] == pytest.approx(1e-4, rel=0.06)
    assert tail[-1] == pytest.approx(1e-5, rel=0.06)
    assert (np.diff(tail) < 0).all()
    assert (session.progress["epochs"], session.progress["steps"]) == (3, 30)


def test_one_more_epoch_is_refused_where_steps_are_planned(make: Any, dashboard: Any) -> None:
    trainer = make(At(step4=lambda: dashboard.submit("one_more_epoch")), dashboard, max_steps=8)
    trainer.train()
    assert trainer.state.global_step == 8
    assert commands(dashboard) == [("one_more_epoch", 4, False)]


def test_a_frozen_group_stands_still_until_it_is_unfrozen(make: Any, dashboard: Any) -> None:
    seen: dict[int, dict[str, torch.Tensor]] = {}

    class Look(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            seen[state.global_step] = weights(trainer)

    ask = At(
        step4=lambda: dashboard.submit("freeze", group=0),
        step9=lambda: dashboard.submit("unfreeze", group=0),
        step11=lambda: dashboard.submit("freeze", group=9),
    )
    trainer = make(ask, dashboard, Look())
    trainer.train()

    def moved(name: str, a: int, b: int) -> bool:
        return not torch.equal(seen[a][name], seen[b][name])

    embedding = "bert.embeddings.word_embeddings.weight"
    assert [moved(embedding, *s) for s in ((3, 4), (4, 9), (9, 10))] == [True, False, True]
    assert moved("classifier.weight", 4, 9)
    assert commands(dashboard) == [
        ("freeze", 4, True),
        ("unfreeze", 9, True),
        ("freeze", 11, False),
    ]
    assert dashboard.session.progress["frozen"] == []


def test_the_last_group_that_trains_is_not_frozen(make: Any, dashboard: Any) -> None:
    def all_of_them() -> None:
        for group in range(len(dashboard.session.facts["groups"])):
            dashboard.submit("freeze", group=group)

    make(At(step4=all_of_them), dashboard).train()
    done = [applied for _, _, applied in commands(dashboard)]
    assert done == [True] * (len(done) - 1) + [False]


def test_evaluate_now_adds_a_row_and_changes_no_weight(make: Any, dashboard: Any) -> None:
    alone = make()
    alone.train()
    trainer = make(At(step4=lambda: dashboard.submit("evaluate")), dashboard)
    trainer.train()
    assert rows(dashboard) == [("evaluation", 0, 4), ("epoch", 0, 10), ("epoch", 1, 20)]
    assert commands(dashboard) == [("evaluate", 4, True)]
    other = weights(trainer)
    assert all(torch.equal(p, other[name]) for name, p in weights(alone).items())


def test_evaluations_that_were_not_planned_count_for_nobody(make: Any, dashboard: Any) -> None:
    seen: list[str] = []

    class Books(TrainerCallback):  # type: ignore[misc]
        def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            seen.append(f"evaluated {state.global_step}")

        def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            seen.append(f"logged {state.global_step}")

    ask = lambda: dashboard.submit("evaluate")  # noqa: E731
    patient = EarlyStoppingCallback(3)
    # Nothing is learned, and each evaluation counts as one without progress; the sixth step is
    # one that Trainer itself logs and evaluates.
    trainer = make(
        *(At(step3=ask, step5=ask, step6=ask, step7=ask), dashboard, patient, Books()),
        eval_strategy="steps",
        eval_steps=6,
        save_steps=6,
        save_strategy="steps",
        learning_rate=0.0,
        num_train_epochs=1,
        metric_for_best_model="eval_loss",
        load_best_model_at_end=True,
    )
    trainer.train()
    assert (dashboard.session.status, trainer.state.global_step) == ("finished", 10)
    assert patient.early_stopping_patience_counter == 1  # at the end, after that at step 6
    assert [step for _, step, applied in commands(dashboard) if applied] == [3, 5, 6, 7]
    assert [step for *_, step in rows(dashboard)][:5] == [3, 5, 6, 6, 7]
    assert [what for what in seen if "evaluated" in what] == ["evaluated 6", "evaluated 10"]
    told = [entry for entry in trainer.state.log_history if "loss" in entry]
    assert [entry["step"] for entry in told] == [3, 6, 9]


def test_several_processes_are_not_steered(make: Any, dashboard: Any, monkeypatch: Any) -> None:
    ask = At(step2=lambda: dashboard.submit("stop"), step3=lambda: dashboard.submit("evaluate"))
    trainer = make(ask, dashboard, num_train_epochs=1)
    begin = type(dashboard).on_step_end

    def of_two(self: Any, args: Any, *rest: Any, **given: Any) -> Any:
        self._fit.args = SimpleNamespace(**{**vars(args), "world_size": 2, "train_batch_size": 4})
        return begin(self, args, *rest, **given)

    monkeypatch.setattr(type(dashboard), "on_step_end", of_two)
    trainer.train()
    assert commands(dashboard) == [("stop", 2, False), ("evaluate", 3, False)]
    assert trainer.state.global_step == 10


def test_evaluate_without_data_is_refused(make: Any, dashboard: Any) -> None:
    trainer = make(At(step4=lambda: dashboard.submit("evaluate")), dashboard, eval_strategy="no")
    trainer.eval_dataset = None
    trainer.train()
    assert commands(dashboard) == [("evaluate", 4, False)]
    assert dashboard.session.status == "finished"


def test_a_checkpoint_is_saved_at_once(make: Any, dashboard: Any) -> None:
    trainer = make(At(step4=lambda: dashboard.submit("checkpoint")), dashboard)
    trainer.train()
    (path,) = dashboard.session.progress["checkpoints"]
    assert Path(path).name == "checkpoint-4"
    assert (Path(path) / "model.safetensors").is_file()
    assert commands(dashboard) == [("checkpoint", 4, True)]


def test_back_to_the_best(make: Any, dashboard: Any) -> None:
    seen = {}
    ask = At(step13=lambda: dashboard.submit("restore_best"))

    class Look(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            seen[state.global_step] = weights(trainer)

    trainer = make(ask, dashboard, Look(), save_strategy="epoch", load_best_model_at_end=True)
    trainer.train()
    assert commands(dashboard) == [("restore_best", 13, True)]
    assert all(torch.equal(seen[10][name], p) for name, p in seen[13].items())
    assert not all(torch.equal(seen[10][name], p) for name, p in seen[12].items())


def test_back_to_the_best_without_one_is_refused(make: Any, dashboard: Any) -> None:
    make(At(step4=lambda: dashboard.submit("restore_best")), dashboard).train()
    assert commands(dashboard) == [("restore_best", 4, False)]


def test_a_paused_training_waits_and_does_what_it_is_told(make: Any, dashboard: Any) -> None:
    log: list[tuple[str, int]] = []

    def reader() -> None:
        def when(condition: Callable[[], bool]) -> None:
            end = time.monotonic() + 10
            while not condition() and time.monotonic() < end:
                time.sleep(0.01)

        session = dashboard.session
        when(lambda: session.status == "paused")
        dashboard.submit("lr_factor", value=0.5)
        dashboard.submit("evaluate")
        when(lambda: len(commands(dashboard)) == 3 and session.status == "paused")
        log.append((session.status, session.step_number))
        dashboard.submit("checkpoint")
        when(lambda: len(commands(dashboard)) == 4 and session.status == "paused")
        log.append((session.status, session.step_number))
        dashboard.submit("resume")

    def pause() -> None:
        dashboard.submit("pause")
        threading.Thread(target=reader, daemon=True).start()

    trainer = make(At(step4=pause), dashboard)
    trainer.train()
    assert dashboard.session.status == "finished"
    # To save, Trainer has to leave the pause; it is paused again before the next step.
    assert log == [("paused", 4), ("paused", 4)]
    names = [name for name, _, _ in commands(dashboard)]
    assert names == ["pause", "lr_factor", "evaluate", "checkpoint", "resume"]
    assert all(applied for _, _, applied in commands(dashboard))
    assert rows(dashboard)[0] == ("evaluation", 0, 4)


def _boom() -> None:
    raise ValueError("no <b>such</b> thing")


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError, "failed"), (KeyboardInterrupt, "interrupted")]
)
def test_an_exception_ends_the_run_and_passes(
    make: Any, dashboard: Any, error: type[BaseException], status: str
) -> None:
    def boom() -> None:
        raise error("no <b>such</b> thing")

    trainer = make(At(step4=boom), dashboard)
    with pytest.raises(error):
        trainer.train()
    assert dashboard.session.status == status
    if status == "failed":
        assert dashboard.session.error == "ValueError: no <b>such</b> thing"
    bars = [vars(cb) for cb in trainer.callback_handler.callbacks if hasattr(cb, "training_bar")]
    assert [set(bar) for bar in bars] == [{"training_bar", "prediction_bar", "max_str_len"}]
    assert "_run_epoch" not in vars(trainer)
    with pytest.raises(InputError, match="Nothing is training"):
        dashboard.submit("stop")
    trainer.remove_callback(At)
    trainer.train()
    assert dashboard.session.status == "finished"


def test_what_is_raised_outside_of_epochs_is_found_at_the_end_of_the_cell(
    make: Any, dashboard: Any
) -> None:
    class Bad(TrainerCallback):  # type: ignore[misc]
        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            _boom()

    trainer = make(dashboard, Bad())
    with pytest.raises(ValueError, match="thing") as caught:
        trainer.train()
    assert dashboard.session.status == "running"
    dashboard.close(caught.value)  # as at the end of a cell
    assert dashboard.session.status == "failed"
    assert "_run_epoch" not in vars(trainer)


def test_what_fails_of_ours_never_reaches_the_training(
    make: Any, dashboard: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tfwidgets.dashboard.trainer.fit._number", lambda value: 1 / 0)
    monkeypatch.setattr("tfwidgets.dashboard.table.EpochPrinter.__call__", lambda *_: 1 / 0)
    trainer = make(dashboard)
    trainer.train()
    assert trainer.state.global_step == 20
    assert dashboard.session.status == "finished"


def test_only_the_first_process_has_a_dashboard(make: Any, dashboard: Any) -> None:
    trainer = make(dashboard)
    trainer.is_world_process_zero = lambda: False
    trainer.train()
    assert dashboard.session is None


def test_early_stopping_counts_as_stopped(make: Any, dashboard: Any) -> None:
    class Enough(TrainerCallback):  # type: ignore[misc]
        def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            control.should_training_stop = True

    make(dashboard, Enough()).train()
    assert dashboard.session.status == "stopped"
    assert rows(dashboard) == [("epoch", 0, 10)]


def test_gradient_accumulation_counts_optimizer_steps(make: Any, dashboard: Any) -> None:
    trainer = make(dashboard, gradient_accumulation_steps=3, logging_steps=1)
    trainer.train()
    assert dashboard.session.values("lr")[0].tolist() == list(range(1, 9))
    assert rows(dashboard) == [("epoch", 0, 4), ("epoch", 1, 8)]


def test_the_guard_acts_on_an_absurd_rate(make: Any) -> None:
    dashboard = TrainerDashboard(keep=False, guard="stop")
    options = {"max_grad_norm": 0.0, "logging_steps": 1, "logging_nan_inf_filter": False}
    trainer = make(dashboard, learning_rate=1e30, optim="sgd", num_train_epochs=10, **options)
    trainer.train()
    session = dashboard.session
    assert session is not None
    assert session.status == "stopped"
    (alert,) = [event for event in session.log if event["kind"] == "alert"]
    assert (alert["alert"], alert["action"]) == ("nan-loss", "stop")
    with pytest.raises(InputError):
        TrainerDashboard(guard="explode")


def test_what_cannot_be_a_name_is_refused_at_once() -> None:
    with pytest.raises(InputError, match="name is a text"):
        TrainerDashboard(123)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="project has 300 characters"):
        TrainerDashboard(project="x" * 300)
