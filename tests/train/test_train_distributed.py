"""Two processes on a CPU train one model."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.train.in_processes import BATCH, ROWS, TRAINING, found, free_port, make, weights
from tests.train.reviews import reviews
from tfwidgets.errors import InputError
from tfwidgets.train.data.loader import bucketed
from tfwidgets.train.devices import launch
from tfwidgets.train.devices.distributed import SharedDL, _dealt
from tfwidgets.train.devices.launch import TrainingFailed

Runs = list[dict[str, Any]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory, tiny: Path) -> Runs:
    """Return what both processes saw, started by ``accelerate launch``.

    (tests/notebook has notebook_launcher start them.) It starts several on a CPU only where it
    takes them for GPUs.
    """
    folder = tmp_path_factory.mktemp("processes")
    command = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu"]
    command += ["--num_processes", "2", "--num_machines", "1", "--mixed_precision", "no"]
    command += ["--dynamo_backend", "no", "--main_process_port", free_port()]
    command += ["-m", "tests.train.in_processes", str(folder), str(tiny)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, env={**os.environ, **_LOOPBACK}, **pipes) as process:
        try:
            said = process.communicate(timeout=120)[0]
        finally:
            process.terminate()  # it ends those that it started
    assert process.returncode == 0, said
    return found(folder, "launched")


# By itself gloo asks for the machine's name.
_LOOPBACK = {"GLOO_SOCKET_IFNAME": "lo"} if sys.platform == "linux" else {}


def test_both_end_with_the_same_weights(runs: Runs) -> None:
    first, second = runs
    assert (first["rank"], second["rank"]) == (0, 1)
    assert first["backend"] == "gloo"
    for name in ("fit", "unfrozen", "adapted"):
        assert torch.equal(first[name], second[name]), name


def test_each_sees_its_own_rows_and_together_all(runs: Runs) -> None:
    first, second = runs
    half = -(-TRAINING // 2)
    steps = -(-half // BATCH)
    assert len(first["texts"]) == len(second["texts"]) == 2 * steps
    for epoch in range(2):
        parts = [
            [text for texts in run["texts"][epoch * steps : (epoch + 1) * steps] for text in texts]
            for run in runs
        ]
        assert [len(part) for part in parts] == [half, half]
        seen = Counter(parts[0] + parts[1])
        assert len(seen) == TRAINING
        assert sum(seen.values()) == TRAINING + 1  # one came twice, to be even
        assert len(set(parts[0]) & set(parts[1])) <= 1
    assert first["texts"][:steps] != first["texts"][steps:]


def test_the_longest_rows_come_first_to_both(runs: Runs) -> None:
    longest = max(max(run["tokens"]) for run in runs)
    assert runs[0]["tokens"][0] == longest
    assert runs[1]["tokens"][0] >= 0.9 * longest


def test_validation_is_that_of_one_process(runs: Runs, tiny: Path, tmp_path: Path) -> None:
    first, second = runs
    assert first["values"][1:] == second["values"][1:]
    assert first["validated"] == first["values"][1:]
    learn = make(str(tiny), tmp_path)
    with torch.no_grad():
        place = 0
        for p in learn.model.parameters():
            p.copy_(first["fit"][place : place + p.numel()].view_as(p))
            place += p.numel()
    loss, accuracy, f1 = learn.validate()
    assert first["values"][1] == pytest.approx(loss, rel=1e-5)
    assert first["values"][2:] == [pytest.approx(accuracy), pytest.approx(f1)]
    for run in runs:
        assert torch.allclose(run["predicted"], learn.get_preds()[0], atol=1e-6)


def test_a_metric_that_cannot_be_put_together_is_right_all_the_same(runs: Runs) -> None:
    for run in runs:
        assert run["counted"][2] == ROWS - TRAINING


def test_a_metric_may_say_how_it_is_put_together(runs: Runs) -> None:
    for run in runs:
        assert run["merged"] == ROWS - TRAINING
        assert run["parts"] == [8, 4]  # three batches of four


def test_layers_were_unfrozen_while_it_trained(runs: Runs) -> None:
    assert [run["frozen_groups"] for run in runs] == [1, 1]


def test_the_learner_is_left_as_it_was(runs: Runs) -> None:
    for run in runs:
        assert run["left"] == ["ModelWrapper", False, BATCH]
        assert "call it before" in run["lr_find"]


def test_the_first_process_alone_watches_and_the_weights_stay_equal(runs: Runs) -> None:
    first, second = runs
    assert second["watched"] is None
    status, log = first["watched"]
    assert status == "finished"
    assert first["watched_steps"] == -(-TRAINING // (2 * BATCH))
    asked = {event["command"]: event["applied"] for event in log if event["kind"] == "command"}
    assert asked == {"lr_factor": False, "checkpoint": True}
    assert torch.equal(first["watched_weights"], second["watched_weights"])


# New processes for a learner that is here


def test_what_new_processes_learnt_comes_here(learner, capsys) -> None:
    data = reviews(33)
    learn = learner(data, batch_size=4)
    learn.fit(1, 1e-3)
    before = weights(learn)

    def fit(there: Any) -> None:
        print(f"of {torch.distributed.get_world_size()} processes")
        there.freeze_to(-2)
        there.fit_one_cycle(2, 1e-3)
        print("there", *there.recorder.values[-1][1:])

    learn.fit_distributed(fit, 2)
    said = capsys.readouterr().out
    assert said.count("of 2 processes") == 1
    assert not torch.equal(before, weights(learn))
    assert [record["epochs"] for record in learn.history] == [1, 2]
    assert learn.opt.frozen_idx == 2
    assert learn.seeded.fits == 2
    there = [float(x) for x in said.split("there ")[1].split()[:3]]
    assert list(learn.recorder.values[-1][1:]) == pytest.approx(there, rel=1e-5)
    assert list(learn.validate()) == pytest.approx(there, rel=1e-5)
    learn.fit(1, 1e-3)
    assert [record["epochs"] for record in learn.history] == [1, 2, 1]


def test_an_error_there_is_told_here(learner) -> None:
    learn = learner()
    before = weights(learn)

    def fit(there: Any) -> None:
        there.fit(1, 1e-1)
        raise ValueError("on purpose")

    with pytest.raises(TrainingFailed, match="Process 0 of 1: ValueError: on purpose"):
        learn.fit_distributed(fit, 1)
    assert torch.equal(before, weights(learn))
    learn.fit(1)


FAILS = """
import os, pathlib, sys, time
if os.environ["RANK"] == "1":
    print("not shown")
    {end}
print("the first one waits", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("pathlib.Path(sys.argv[1], 'error-1.txt').write_text('why'); sys.exit(1)", ": why"),
        ("sys.exit(3)", " ended with status 3. Where memory ran out, lower batch_size"),
        ("os.kill(os.getpid(), 9)", " was ended by signal 9. Where memory ran out"),
    ],
)
def test_when_one_process_fails_the_others_do_not_wait(
    end: str, said: str, monkeypatch, tmp_path: Path, capsys
) -> None:
    monkeypatch.setattr(launch, "_WORKER", ["-c", FAILS.format(end=end)])
    monkeypatch.setattr(launch, "_PATIENCE", 0.5)
    started = []
    popen = subprocess.Popen

    def start(*args: Any, **kwargs: Any) -> Any:
        started.append(popen(*args, **kwargs))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    with pytest.raises(TrainingFailed, match=f"Process 1 of 2{said}"):
        launch._run(tmp_path, 2, on_cpu=True)
    assert len(started) == 2
    assert all(process.poll() is not None for process in started)
    assert "not shown" not in capsys.readouterr().out


def test_no_process_outlives_the_one_that_started_it(tmp_path: Path) -> None:
    waits = "import time; from tfwidgets.train.devices import launch as m; import threading; "
    waits += "threading.Thread(target=m._end_with_parent, daemon=True).start(); "
    waits += "print('ready', flush=True); time.sleep(60)"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", waits], **pipes) as process:
        assert process.stdout.readline() == b"ready\n"
        process.stdin.close()  # as when this process ends
        assert process.wait(10) == 1


def test_what_cannot_be_sent(learner) -> None:
    lock = threading.Lock()
    with pytest.raises(InputError, match=r"cannot be sent to other processes: .*lock"):
        learner().fit_distributed(lambda there: lock.acquire(), 2)


def test_more_processes_than_gpus(learner, monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(InputError, match="num_processes=2, but torch sees 1 GPU:"):
        learner(device="cpu").fit_distributed(lambda there: None, 2)


def test_without_other_processes_nothing_changes(learner) -> None:
    one, other = learner(), learner()
    one.fit(1, 1e-3)
    with other.distrib_ctx(sync_bn=True, in_notebook=True) as same:
        assert same is other
        other.fit(1, 1e-3)
    assert torch.equal(weights(one), weights(other))


# Who gets which rows


@pytest.mark.parametrize("processes", [1, 2, 3, 4])
@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 40, 41])
@pytest.mark.parametrize("size", [1, 3, 4])
def test_dealing(count: int, processes: int, size: int) -> None:
    order = list(range(count))
    random.Random(0).shuffle(order)  # noqa: S311
    parts = [_dealt(order, size, k, processes, training=True) for k in range(processes)]
    assert {len(part) for part in parts} == {-(-count // processes)}
    assert {row for part in parts for row in part} == set(order)

    batches = [order[k : k + size] for k in range(0, count, size)]
    parts = [_dealt(order, size, k, processes, training=False) for k in range(processes)]
    assert sorted(row for part in parts for row in part) == sorted(order)
    for k, part in enumerate(parts):
        assert [part[j : j + size] for j in range(0, len(part), size)] == batches[k::processes]


def test_the_batches_of_a_step_are_of_like_length() -> None:
    lengths = np.random.default_rng(0).integers(5, 200, 400)
    order = bucketed(lengths, 2 * 8, random.Random(0))  # noqa: S311
    first, second = (lengths[_dealt(order, 8, k, 2, training=True)] for k in (0, 1))
    widths = [part.reshape(-1, 8).max(1) for part in (first, second)]
    assert np.abs(widths[0] - widths[1]).mean() < 5
    assert widths[0][0] == lengths.max()
    assert widths[1][0] >= np.quantile(lengths, 0.95)


@pytest.mark.parametrize("rows", [7, 16, 33])
def test_a_shared_loader_has_as_many_batches_as_it_says(learner, rows: int, monkeypatch) -> None:
    monkeypatch.setattr(SharedDL, "_broadcast", lambda self, order, rank: order)
    dls = learner(reviews(2 * rows), valid=0.5, batch_size=4).dls
    for training, loader in ((True, dls.train), (False, dls.valid)):
        shared = [
            SharedDL(loader, training=training, rank=k, world_size=3, device="cpu")
            for k in range(3)
        ]
        batches = [list(part) for part in shared]
        assert [len(part) for part in shared] == [len(part) for part in batches]
        assert loader.bs == 4
        total = sum(len(batch[1]) for part in batches for batch in part)
        assert total == (3 * -(-rows // 3) if training else rows)
