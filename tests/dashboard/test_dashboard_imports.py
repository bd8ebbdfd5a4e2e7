"""Trainings of other tools: event files as TensorBoard's writers make them, a state of Trainer's.

``trainer_state.json`` was written by a real Trainer (two epochs of four steps, on a tiny BERT).
"""

from __future__ import annotations

import json
import logging
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tfwidgets.config import settings
from tfwidgets.dashboard.history.runs import runs
from tfwidgets.dashboard.imports import import_run, read
from tfwidgets.dashboard.imports.imported import curve_name
from tfwidgets.errors import EnvironmentProblem, InputError

STATE = Path(__file__).parent / "trainer_state.json"

Written = Callable[..., Path]


@pytest.fixture(autouse=True)
def _store(tmp_path: Path) -> None:
    settings().run_store = str(tmp_path / "store")


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Return a function that writes scalars (tag -> steps and values) as PyTorch does."""
    from torch.utils.tensorboard import SummaryWriter

    def write(
        folder: str, scalars: dict[str, dict[int, float]], *, args: str = "", new: bool = False
    ) -> Path:
        with SummaryWriter(str(tmp_path / folder)) as writer:
            if args:
                writer.add_text("args", args)
            for tag, values in scalars.items():
                for step, value in values.items():
                    writer.add_scalar(tag, value, step, new_style=new)
        return tmp_path / folder

    return write


SCALARS = {
    "train/loss": {k: 1 / k for k in range(1, 9)},
    "train/learning_rate": dict.fromkeys(range(1, 9), 0.1),
    "train/epoch": {4: 1.0, 8: 2.0},
    "eval/loss": {4: 0.6, 8: 0.4},
    "eval/accuracy": {4: 0.5, 8: 0.75},
    "eval/runtime": {4: 3.0, 8: 3.0},
}


def event_file(folder: Path) -> Path:
    (file,) = folder.glob("*tfevents*")
    return file


@pytest.mark.parametrize("new", [False, True])
def test_event_files_become_a_run(written: Written, new: bool) -> None:
    folder = written("my-run", SCALARS, new=new)
    run = import_run(folder)
    assert (run.name, run.status, run.record.project) == ("my-run", "finished", "imported")
    assert set(run.curves) == {"loss", "lr", "valid_loss", "accuracy"}
    np.testing.assert_allclose(run.curve("loss"), 1 / np.arange(1, 9), rtol=1e-6)
    assert list(run.curve("loss").index) == list(range(1, 9))
    rows = run.epochs
    assert rows["kind"].tolist() == ["epoch", "epoch"]
    assert rows["epoch"].tolist() == [0, 1]
    assert rows["step"].tolist() == [4, 8]
    assert rows["valid_loss"].tolist() == pytest.approx([0.6, 0.4])
    assert rows["accuracy"].tolist() == [0.5, 0.75]
    # It is stored, and listed with what is best of it.
    (line,) = [line for line in runs("imported").lines if line.id == run.id]
    assert (line.monitor, line.epochs) == ("valid_loss", 2)
    assert line.best == pytest.approx(0.4)


def test_a_file_alone_is_enough_and_a_name_may_be_given(written: Written) -> None:
    run = import_run(event_file(written("x", SCALARS)), name="mine", project="papers")
    assert (run.name, run.record.project) == ("mine", "papers")
    assert [found.id for found in runs("papers")] == [run.id]


def test_it_began_when_the_first_value_was_written(written: Written) -> None:
    import time

    before = time.time()
    run = import_run(written("x", SCALARS))
    assert before - 1 <= run.record.started <= time.time()
    assert 0 <= run.record.seconds < 60


def test_what_a_trainer_writes_of_its_settings(written: Written) -> None:
    args = {"learning_rate": 1e-3, "optim": "adamw", "hub_token": "hf_secret", "list": [1]}
    args |= {"metric_for_best_model": "accuracy", "greater_is_better": True}
    run = import_run(written("x", SCALARS, args=json.dumps(args)))
    assert run.settings["learning_rate"] == 1e-3
    assert "hf_secret" not in json.dumps(run.record.facts)
    assert runs().lines[0].best == 0.75


def test_keras_has_a_folder_for_each_side(written: Written, tmp_path: Path) -> None:
    written("logs/train", {"epoch_loss": {0: 0.9, 1: 0.5}}, new=True)
    written("logs/validation", {"epoch_loss": {0: 1.0, 1: 0.7}, "epoch_acc": {0: 0.1, 1: 0.2}})
    made = read(tmp_path / "logs")
    assert {name: y.tolist() for name, (_, y) in made.curves.items()} == {
        "loss": pytest.approx([0.9, 0.5]),
        "valid_loss": pytest.approx([1.0, 0.7]),
        "acc": pytest.approx([0.1, 0.2]),
    }
    assert [(row["kind"], row["epoch"]) for row in made.epochs] == [("epoch", 0), ("epoch", 1)]


def test_folders_of_several_trainings_are_named(written: Written, tmp_path: Path) -> None:
    written("logs/version_0", SCALARS)
    written("logs/version_1", SCALARS)
    with pytest.raises(InputError, match="holds 2 trainings; import one at a time: version_0, v"):
        import_run(tmp_path / "logs")
    assert import_run(tmp_path / "logs" / "version_1").name == "version_1"


def test_values_without_steps_are_counted(written: Written, tmp_path: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path / "x")) as writer:
        for value in (3.0, 2.0, 1.0):
            writer.add_scalar("loss", value)
    x, y = read(tmp_path / "x").curves["loss"]
    assert (x.tolist(), y.tolist()) == ([1, 2, 3], [3.0, 2.0, 1.0])


def test_a_resumed_training_counts_what_came_last(tmp_path: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    for suffix, values in ((".1", {1: 1.0, 2: 2.0, 3: 3.0}), (".2", {2: 20.0, 4: 40.0})):
        with SummaryWriter(str(tmp_path / "x"), filename_suffix=suffix) as writer:
            for step, value in values.items():
                writer.add_scalar("loss", value, step)
    x, y = read(tmp_path / "x").curves["loss"]
    assert (x.tolist(), y.tolist()) == ([1, 2, 3, 4], [1.0, 20.0, 3.0, 40.0])


def test_nan_stays_and_is_never_best(written: Written) -> None:
    run = import_run(written("x", {"loss": {1: float("nan")}, "eval/loss": {1: float("nan")}}))
    assert np.isnan(run.curve("loss")).all()
    assert runs().lines[0].best is None


def test_of_a_damaged_file_what_was_good_is_kept(written: Written) -> None:
    file = event_file(written("x", {"loss": dict.fromkeys(range(1, 101), 1.0)}))
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2 + 3])
    x, _ = read(file).curves["loss"]
    assert 30 < len(x) < 60
    assert x.tolist() == list(range(1, len(x) + 1))


@pytest.mark.parametrize("content", [b"", b"no events at all " * 50, b"\x00" * 500])
def test_what_is_no_event_file_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "events.out.tfevents.1.x"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"There is no scalar in .*: empty, damaged"):
        import_run(file)
    assert len(runs()) == 0


def test_without_tensorboard_the_way_to_get_it_is_said(written: Written, monkeypatch: Any) -> None:
    folder = written("x", SCALARS)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(EnvironmentProblem, match=r"%pip install 'tfwidgets\[tensorboard\]'"):
        import_run(folder)


# -- Trainer ---------------------------------------------------------------------------


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    folder = tmp_path / "out" / "checkpoint-8"
    folder.mkdir(parents=True)
    shutil.copy(STATE, folder / "trainer_state.json")
    (folder / "config.json").write_text('{"architectures": ["BertForSequenceClassification"]}')
    return folder


def test_a_state_becomes_a_run(checkpoint: Path) -> None:
    run = import_run(checkpoint)
    logged = json.loads(STATE.read_text())["log_history"]
    assert run.name == "checkpoint-8"
    assert run.curve("loss").tolist() == pytest.approx([r["loss"] for r in logged if "loss" in r])
    assert set(run.curves) == {"loss", "lr", "grad_norm", "valid_loss", "accuracy"}
    rows = run.epochs
    assert rows["epoch"].tolist() == [0, 1]
    assert rows["kind"].tolist() == ["epoch", "epoch"]
    assert rows["valid_loss"].tolist() == pytest.approx(
        [r["eval_loss"] for r in logged if "eval_loss" in r]
    )
    assert run.settings["model"] == "BertForSequenceClassification"
    assert run.settings["train_batch_size"] == 4
    # The state gives the best metric without its name.
    assert runs().lines[0].monitor == "accuracy"


def test_the_last_checkpoint_of_a_folder_is_read(checkpoint: Path) -> None:
    older = checkpoint.parent / "checkpoint-9" / "trainer_state.json"
    older.parent.mkdir()
    state = json.loads(STATE.read_text())
    state["log_history"] = [{"step": 9, "loss": 0.25, "epoch": 2.25}]
    older.write_text(json.dumps(state))
    (checkpoint.parent / "checkpoint-best").mkdir()
    made = read(checkpoint.parent)
    assert made.curves["loss"][1].tolist() == [0.25]


def test_an_evaluation_within_an_epoch_is_no_epoch(tmp_path: Path) -> None:
    log = [{"step": 5, "epoch": 1.5, "eval_loss": 1.0}, {"step": 9, "epoch": 1.999, "eval_loss": 2}]
    path = tmp_path / "trainer_state.json"
    path.write_text(json.dumps({"log_history": log}))
    rows = read(path).epochs
    assert [(row["kind"], row["epoch"]) for row in rows] == [("evaluation", 1), ("epoch", 1)]


def test_the_time_of_a_training_is_that_which_was_logged(tmp_path: Path) -> None:
    log = [
        {"step": 5, "epoch": 1.0, "eval_loss": 1.0},
        {"step": 10, "epoch": 2.0, "eval_loss": 0.5},
        {"step": 10, "epoch": 2.0, "train_runtime": 40.0, "train_loss": 0.7, "total_flos": 1e9},
    ]
    path = tmp_path / "trainer_state.json"
    path.write_text(json.dumps({"log_history": log}))
    made = read(path)
    assert (made.seconds, [row["seconds"] for row in made.epochs]) == (40.0, [20.0, 20.0])
    assert set(made.curves) == {"valid_loss"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no JSON"),
        ('{"log_history": [', "may be cut off"),
        ("[1, 2]", "has no log_history"),
        ('{"a": 1}', "has no log_history"),
        ('{"log_history": []}', "empty log_history"),
        ('{"log_history": [1, {"step": "x"}, {"step": 3, "epoch": 1.0}]}', "empty log_history"),
        ("[" * 100_000, "is no JSON"),
    ],
)
def test_another_json_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "trainer_state.json"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        import_run(path)
    assert len(runs()) == 0


def test_other_places_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("x")
    for name, message in (
        ("empty", "holds no training. Expected: a TensorBoard event file"),
        ("notes.txt", "is no record of a training. Expected: a TensorBoard"),
        ("nowhere", "There is no file or folder"),
    ):
        with pytest.raises(InputError, match=message):
            import_run(tmp_path / name)


@pytest.mark.parametrize(
    ("tag", "name", "valid"),
    [
        ("train/loss", "loss", False),
        ("Loss/train", "loss", False),
        ("loss", "loss", False),
        ("train_loss", "loss", False),
        ("eval/loss", "valid_loss", True),
        ("eval_loss", "valid_loss", True),
        ("val_loss", "valid_loss", True),
        ("Loss/val", "valid_loss", True),
        ("validation/epoch_loss", "valid_loss", True),
        ("val_f1", "f1", True),
        ("eval/f1", "f1", True),
        ("learning_rate", "lr", False),
        ("lr", "lr", False),
        ("train/accuracy", "train/accuracy", False),
        ("test/accuracy", "test/accuracy", False),
        ("a/b/c", "a/b/c", False),
        ("eval_samples_per_second", None, True),
        ("train_runtime", None, False),
    ],
)
def test_names(tag: str, name: str | None, valid: bool) -> None:
    assert curve_name(tag) == (name, valid)


def test_two_tags_of_one_name_are_both_kept(written: Written) -> None:
    made = read(written("x", {"loss": {1: 1.0}, "train/loss": {1: 2.0}}))
    assert {name: y.tolist() for name, (_, y) in made.curves.items()} == {
        "loss": [1.0],
        "train/loss": [2.0],
    }


def test_nothing_is_printed_or_logged(
    written: Written, capsys: Any, caplog: pytest.LogCaptureFixture
) -> None:
    folder = written("x", SCALARS)
    capsys.readouterr()
    with caplog.at_level(logging.WARNING):
        import_run(folder)
    assert (capsys.readouterr().out, caplog.records) == ("", [])
