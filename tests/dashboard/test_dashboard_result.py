"""A run as data: what stands in it, and that nothing is kept for good."""

import gc
import weakref

import numpy as np
import pytest

from tfwidgets.dashboard.result import Run
from tfwidgets.dashboard.session import Session
from tfwidgets.errors import InputError


@pytest.fixture
def session():
    session = Session("a training", "reviews", {"settings": {"lr": 0.1}})
    session.begin(epochs=2)
    for epoch in range(2):
        for k in range(10):
            session.step(1 / (10 * epoch + k + 1), lr=0.1)
        session.epoch("epoch", epoch, 1.5, {"valid_loss": 0.5 - epoch / 10, "accuracy": None})
    session.write("message", text="so")
    session.flush()
    return session


def test_it_is_one_for_a_record(session):
    assert Run.of(session) is Run.of(session)
    run = Run.of(session)
    assert (run.id, run.name, run.project, run.status) == (
        session.id,
        "a training",
        "reviews",
        "running",
    )
    assert run.settings == {"lr": 0.1}


def test_a_training_that_nobody_looks_at_is_not_kept():
    session = Session("a")
    gone = weakref.ref(session)
    Run.of(session)
    del session
    gc.collect()
    assert gone() is None


def test_curves_epochs_and_log_as_tables(session):
    run = Run.of(session)
    loss = run.curve("loss")
    assert loss.index.tolist() == list(range(1, 21))
    assert loss[20] == pytest.approx(1 / 20)
    assert run.epochs["valid_loss"].tolist() == [0.5, 0.4]
    assert run.epochs["step"].tolist() == [10, 20]
    assert run.log["text"].tolist() == ["so"]
    frame = run.to_frame()
    assert frame.shape == (20, len(run.curves))
    assert frame["valid_loss"].dropna().index.tolist() == [10, 20]
    with pytest.raises(InputError, match="It has: loss, smooth_loss, lr"):
        run.curve("gone")


def test_two_values_at_one_step_do_not_double_rows(session):
    session.point("valid_loss", 0.3)
    session.flush()
    frame = Run.of(session).to_frame()
    assert len(frame) == 20
    assert frame["valid_loss"][20] == pytest.approx(0.3)


def test_a_run_without_anything_is_empty_tables():
    run = Run(Session("nothing"))
    assert run.to_frame().empty
    assert run.epochs.empty
    assert run.log.empty
    assert repr(run) == "nothing: waiting, 0 steps"


def test_its_text_has_the_last_epochs(session):
    for epoch in range(2, 30):
        session.epoch("epoch", epoch, 1.5, {"valid_loss": np.nan})
    session.end("failed", "ValueError: so")
    lines = repr(Run.of(session)).splitlines()
    assert lines[0] == "a training: failed, 20 steps"
    assert lines[1] == "ValueError: so"
    assert lines[2] == "(the last 10 rows)"
    assert lines[-1].split()[0] == "30"


def test_a_running_training_is_not_deleted(session):
    with pytest.raises(InputError, match="stop it before"):
        Run.of(session).delete()


def test_a_note_of_a_run_that_is_not_stored_stays_with_it(session):
    run = Run.of(session)
    run.note = "so"
    assert session.note == "so"
