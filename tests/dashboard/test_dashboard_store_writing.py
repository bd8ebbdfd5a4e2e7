"""A run that is stored comes back as it was."""

from __future__ import annotations

import gc
import json
import os
import signal
import sqlite3
import sys
import time
from dataclasses import asdict

import numpy as np
import pytest
from filelock import FileLock

from tests.dashboard.fed import script, settled, stored_session, train, wait
from tfwidgets.config import settings
from tfwidgets.dashboard.curves import Bins
from tfwidgets.dashboard.record import Delta
from tfwidgets.dashboard.store import live, liveness, open_store, reading, trackio_storage, writer
from tfwidgets.dashboard.store.reading import StoredRecord
from tfwidgets.errors import InputError


@pytest.fixture(autouse=True)
def store_path(tmp_path, monkeypatch):
    monkeypatch.setattr(settings(), "run_store", str(tmp_path / "store"))
    monkeypatch.setattr(writer, "EVERY_SECONDS", 0.05)
    return tmp_path / "store"


def same(a: Bins, b: Bins) -> None:
    for field, value in asdict(a).items():
        np.testing.assert_array_equal(value, getattr(b, field), err_msg=field)


def finished_run(steps=2500, **names):
    session, writer_ = stored_session(**names)
    session.begin(epochs=2)
    train(session, steps)
    session.progress["best"] = 0
    session.epoch("epoch", 0, 1.5, {"train_loss": 0.5, "valid_loss": float("nan"), "acc": 0.75})
    session.write("alert", alert="nan_loss", level="error", values={"n": 3}, action=None)
    session.panel("confusion", {"labels": ["a\ud800", "b"], ("odd", "key"): np.float32(1.5)})
    session.end("finished")
    settled(writer_)
    assert writer_.problem is None
    return session


def test_a_run_comes_back_as_it_was(store_path):
    session = finished_run()
    record = open_store().record(session.id)
    assert isinstance(record, StoredRecord)
    assert (record.name, record.project, record.status) == ("run", "default", "finished")
    assert record.seconds == pytest.approx(session.seconds)
    assert (record.started, record.ended) == (session.started, session.ended)
    assert record.facts == session.facts
    assert record.curve_names == session.curve_names
    for name in session.curve_names:
        same(session.overview(name), record.overview(name))
        for mine, theirs in zip(session.values(name), record.values(name), strict=True):
            np.testing.assert_array_equal(mine, theirs)
    assert np.isnan(record.epochs[0]["values"].pop("valid_loss"))
    assert record.epochs[0]["values"] == {"train_loss": 0.5, "acc": 0.75}
    assert record.log == session.log
    assert record.progress["step"] == 2500
    assert record.panels["confusion"]["labels"] == ["a�", "b"]


@pytest.mark.parametrize("part", [(1, 2500), (700, 760), (1200, 1200), (-5, 30), (2490, 9999)])
def test_a_part_of_a_curve_holds_all_that_lies_in_it(part):
    session = finished_run()
    record = open_store().record(session.id)
    for name, most in (("loss", 100), ("loss", 2000), ("grad_norm/head", 50)):
        got = record.window(name, *part, most)
        x, y = session.values(name)
        inside = (x >= part[0]) & (x <= part[1])
        assert got.x[0] <= x[inside][0]
        assert np.isin(got.x, x).all()
        assert len(got) <= most + 2
        # Each value lies between the least and the greatest of its bin.
        k = np.searchsorted(got.x, x[inside], "right") - 1
        assert (got.low[k] <= y[inside]).all()
        assert (y[inside] <= got.high[k]).all()
        assert got.x[0] == x[got.first * got.width]


def test_rows_after_the_last_bins_are_not_forgotten(monkeypatch):
    """As after kill -9: bins of a while ago, and rows that came later."""
    session, writer_ = stored_session()
    session.begin(epochs=1)
    monkeypatch.setattr(writer_._book, "bins_due", lambda step: step == 1501)
    train(session, 1501, every=1501)
    wait(lambda: writer_._book.rows > 0 and not writer_._book.pending and not writer_._queue)
    for _ in range(3):
        train(session, 333, every=111, seed=1)
        session.epoch("epoch", 0, 1.0, {"acc": 0.5})
        session.flush()
        wait(lambda: not writer_._book.pending and not writer_._queue)
    database = trackio_storage.Database(writer_._folder, "default")
    assert json.loads(database.text("curves", session.id))["step"] == 1501
    record = open_store().record(session.id)
    assert len(record.epochs) == 3
    for name in session.curve_names:
        mine, theirs = session.overview(name), record.overview(name)
        assert (mine.width, mine.first, len(mine)) == (theirs.width, theirs.first, len(theirs))
        np.testing.assert_array_equal(mine.x, theirs.x)
        np.testing.assert_array_equal(mine.high, theirs.high)
        np.testing.assert_allclose(mine.mean, theirs.mean, rtol=1e-5, atol=1e-6)
    session.end("finished")
    settled(writer_)


def test_a_training_let_go_at_its_end_still_gets_its_last_bins(store_path):
    session, writer_ = stored_session()
    session.begin(epochs=1)
    train(session, 30)
    run_id = session.id
    session.end("finished")
    del session
    gc.collect()
    settled(writer_)
    text = trackio_storage.Database(store_path, "default").text("curves", run_id)
    assert json.loads(text)["status"] == "finished"
    assert json.loads(text)["curves"]["loss"]["count"] == 30
    assert run_id not in live  # and then it is free


def test_bins_hold_no_more_than_the_rows():
    """The session may have gone on while the thread writes; a crash then must not show more."""
    session, writer_ = stored_session()
    session.begin(epochs=1)
    train(session, 10)
    wait(lambda: writer_._book.rows > 0 and not writer_._queue and not writer_._book.pending)
    session.sinks.clear()
    train(session, 10)
    writer_(Delta(status="running", progress={"step": 20}))
    wait(lambda: writer_._book.bins_step == 20 and not writer_._book.pending)
    record = open_store().record(session.id)
    assert len(record.overview("loss")) == len(record.values("loss")[0]) == 10


def test_a_run_stays_in_the_folder_where_it_began(store_path, tmp_path, monkeypatch):
    session, writer_ = stored_session()
    session.begin(epochs=1)
    train(session, 10)
    wait(lambda: bool(open_store().runs()))
    monkeypatch.setattr(settings(), "run_store", str(tmp_path / "other"))
    train(session, 10)
    session.end("finished")
    settled(writer_)
    assert len(open_store(store_path).record(session.id).values("loss")[0]) == 20
    assert open_store().runs() == []


def test_one_part_of_several_curves_is_read_once_and_a_wide_one_not_at_all(monkeypatch):
    asked = []
    real = trackio_storage.Database.rows
    monkeypatch.setattr(
        trackio_storage.Database, "rows", lambda *given: asked.append(given[2:]) or real(*given)
    )
    x = np.arange(1, 20_001)
    curves = {name: (x, np.sin(x / 50 + k).astype(np.float32)) for k, name in enumerate("abcd")}
    run_id = open_store().import_run("long", "p", {}, curves)
    record = open_store().record(run_id)
    width = record.overview("a").width
    assert (width, asked) == (32, [])
    parts = {name: record.window(name, 6000, 8000, 2500) for name in curves}
    assert len(asked) == 1
    for name, part in parts.items():
        assert part.width == 1
        inside = (part.x >= 6000) & (part.x <= 8000)
        np.testing.assert_array_equal(part.mean[inside], curves[name][1][5999:8000])
    record.window("a", 9000, 9500, 2500)
    record.window("b", 6000, 8000, 2500)
    assert len(asked) == 3  # only the last part is kept

    monkeypatch.setattr(reading, "MOST_ROWS", 90)
    wide, whole = record.window("a", 6000, 8000, 2500), record.overview("a")
    assert (len(asked), wide.width) == (3, width)
    place = slice(wide.first, wide.first + len(wide))
    for field in ("x", "low", "high", "mean"):
        np.testing.assert_array_equal(getattr(wide, field), getattr(whole, field)[place])
    assert wide.x[0] <= 6000
    assert wide.x[-1] + width > 8000
    assert record.window("a", 6000, 7500, 2500).width == 1  # 75 rows and those beside them


def test_a_million_steps_keep_their_bins_and_values():
    steps = 1_000_000
    x, y = np.arange(1, steps + 1), np.sin(np.arange(steps) / 777).astype(np.float32)
    y[123_456] = 50
    run_id = open_store().import_run("long", "p", {}, {"loss": (x, y)})
    record = open_store().record(run_id)
    overview = record.overview("loss")
    assert (len(overview), overview.width) == (977, 1024)
    assert overview.high.max() == 50
    np.testing.assert_array_equal(record.values("loss")[1], y)
    near = record.window("loss", 123_400, 123_500, 1000)
    assert near.width == 1
    assert near.mean[near.x == 123_457] == 50


def test_the_list_says_what_matters():
    session = finished_run(50)
    session.note = "seen"
    open_store().set_note(session.id, "good one")
    (summary,) = open_store().runs()
    assert (summary.id, summary.steps, summary.epochs) == (session.id, 50, 1)
    assert (summary.status, summary.live, summary.problem) == ("finished", False, None)
    assert summary.values["acc"] == 0.75
    assert summary.best["name"] == "valid_loss"
    assert summary.note == session.note == "good one"
    assert summary.facts == session.facts
    assert open_store().record(session.id).note == "good one"
    assert open_store().runs("other") == []
    assert open_store().projects() == ["default"]


def test_what_trackio_itself_sees(store_path):
    """Its own dashboard can open the folder: runs, last values, settings and alerts are there."""
    session = finished_run(100, project="mine & yours")
    assert trackio_storage.file_name("mine & yours") == "mineyours"
    storage = trackio_storage._storage(store_path)
    assert storage.get_project_db_path("mine & yours").is_file()
    assert [r["name"] for r in storage.get_run_records("mine & yours")] == ["run"]
    logs = storage.get_logs("mine & yours", run_id=session.id, scalar_only=True)
    assert logs[-1]["step"] == 100
    assert any(row.get("loss") == pytest.approx(session.curves["loss"].y[-1]) for row in logs)
    assert storage.get_run_config("mine & yours", "run", session.id)["task"] == "text"
    (alert,) = storage.get_alerts("mine & yours", run_id=session.id)
    assert (alert["title"], alert["level"]) == ("nan_loss", "error")


def test_trackio_of_the_notebook_is_left_alone(store_path):
    import trackio.sqlite_storage as theirs

    before, storage = theirs.TRACKIO_DIR, theirs.SQLiteStorage
    finished_run(20)
    assert before == theirs.TRACKIO_DIR != store_path
    assert sys.modules["trackio.sqlite_storage"].SQLiteStorage is storage
    assert (store_path / "default.db").is_file()


def test_handing_over_costs_the_training_next_to_nothing():
    session, writer_ = stored_session()
    delta = Delta({"loss": (np.arange(10), np.ones(10, np.float32))}, progress={"step": 10})
    writer_(delta)
    costs = []
    for _ in range(500):
        begin = time.perf_counter()
        writer_(delta)
        costs.append(time.perf_counter() - begin)
    assert np.median(costs) < 20e-6
    session.end("stopped")
    settled(writer_)


def test_any_name_will_do():
    session = finished_run(10, name='a\ud800\n"ü', project="../../\ud800")
    (summary,) = open_store().runs()
    assert (summary.id, summary.name) == (session.id, 'a\N{REPLACEMENT CHARACTER}\n"ü')
    assert len(open_store().record(session.id).values("loss")[0]) == 10


@pytest.mark.parametrize("project", ["x" * 300, "ü" * 150 + "/"])
def test_a_project_may_have_a_longer_name_than_a_file(store_path, project):
    one, other = finished_run(10, project=project), finished_run(10, project=project + "y")
    assert sorted(open_store().projects()) == [project, project + "y"]
    assert [s.id for s in open_store().runs(project)] == [one.id]
    assert len(open_store().record(other.id).values("loss")[0]) == 10
    first, _ = sorted(store_path.glob("*.db"))
    assert first.stem == trackio_storage.file_name(first.stem)  # the file is found by its name
    assert len(first.name.encode()) <= 210


def test_a_clock_that_goes_back_changes_no_order(monkeypatch):
    session, writer_ = stored_session()
    session.begin(epochs=1)
    real = time.time()
    for k in range(3):
        monkeypatch.setattr(time, "time", lambda k=k: real - 3600 * k)
        train(session, 10)
        session.write("message", text=f"{k}")
        session.flush()
        wait(lambda: not writer_._queue and not writer_._book.pending)
    session.end("finished")
    settled(writer_)
    record = open_store().record(session.id)
    assert record.values("loss")[0].tolist() == list(range(1, 31))
    assert [event["text"] for event in record.log] == ["0", "1", "2"]
    assert 0 <= record.seconds < 60
    storage = trackio_storage._storage()
    logs = storage.get_logs("default", run_id=session.id)
    assert [row["step"] for row in logs] == sorted(row["step"] for row in logs)


def test_a_live_run_is_found_and_may_not_be_deleted():
    session, writer_ = stored_session()
    session.begin(epochs=1)
    train(session, 20)
    wait(lambda: bool(open_store().runs()))
    (summary,) = open_store().runs()
    assert (summary.status, summary.live) == ("running", True)
    assert live[session.id] is session
    with pytest.raises(InputError, match="still runs"):
        open_store().delete([session.id])
    session.end("stopped")
    settled(writer_)


def test_a_training_thrown_away_in_the_middle_is_lost_and_leaves_no_thread():
    session, writer_ = stored_session()
    session.begin(epochs=1)
    train(session, 20)
    run_id = session.id
    session.sinks.clear()
    del session
    gc.collect()
    settled(writer_)
    (summary,) = open_store().runs()
    assert (summary.id, summary.status, summary.live) == (run_id, "lost", False)
    assert summary.ended is not None
    assert open_store().record(run_id).values("loss")[0].tolist() == list(range(1, 21))


def test_deleting_takes_rows_and_checkpoints_with_it(store_path):
    first, second = finished_run(20), finished_run(20)
    for session in (first, second):
        (store_path / "checkpoints" / session.id).mkdir(parents=True)
    with pytest.raises(InputError, match="no run 'nobody'"):
        open_store().delete([first.id, "nobody"])
    open_store().delete([first.id])
    assert [summary.id for summary in open_store().runs()] == [second.id]
    assert [p.name for p in (store_path / "checkpoints").iterdir()] == [second.id]
    with sqlite3.connect(store_path / "default.db") as connection:
        for table in ("metrics", "alerts", "configs"):
            ids = connection.execute(f"SELECT DISTINCT run_id FROM {table}").fetchall()  # noqa: S608
            assert ids == [(second.id,)]
    connection.close()


def test_an_id_from_a_file_is_no_way_out_of_the_folder(store_path, tmp_path):
    finished_run(20)
    (tmp_path / "precious").mkdir()
    (store_path / "checkpoints").mkdir()
    database = trackio_storage.Database(store_path, "default")
    evil = "../../precious"
    text = database.text("run", open_store().runs()[0].id)
    database.write(evil, "evil", texts={"run": text})
    open_store().delete([evil])
    assert (tmp_path / "precious").is_dir()
    assert len(open_store().runs()) == 1


def test_an_imported_run_is_told_from_others_by_its_id():
    store = open_store()
    curves = {"loss": ([0, 10, 20], [3.0, float("nan"), 1.0]), "empty": ([], [])}
    epochs = [{"kind": "epoch", "epoch": 0, "step": 20, "seconds": 1.0, "values": {"acc": 0.5}}]
    run_id = store.import_run("old", "p", {"seed": 1}, curves, epochs, run_id="tb-1", seconds=9)
    assert run_id == "tb-1"
    assert store.has("tb-1")
    assert not store.has("tb-2")
    record = store.record("tb-1")
    assert record.curve_names == ["loss"]
    np.testing.assert_array_equal(record.values("loss")[0], [0, 10, 20])
    np.testing.assert_array_equal(record.values("loss")[1], np.float32([3, np.nan, 1]))
    assert (record.epochs, record.seconds, record.facts) == (epochs, 9, {"seed": 1})
    assert store.runs()[0].steps == 20
    with pytest.raises(InputError, match="already"):
        store.import_run("old", "p", {}, curves, run_id="tb-1")
    nothing = store.import_run("empty", "p", {}, {})
    assert store.record(nothing).curve_names == []


KILLED = """
free, held = [stored_session(name, name)[0] for name in ("free", "held")]
for session in (free, held):
    session.begin(epochs=1)
while True:
    for session in (free, held):
        session.step(0.5)
        if session.due:
            session.flush()
    print(session.step_number, time.time(), flush=True)
    time.sleep(0.01)
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Kill a process that trains twice: once a file is held, once we write to it as well.

    Return the store, and which step was done a second before the end.
    """
    store = tmp_path_factory.mktemp("killed") / "store"
    store.mkdir()
    database = trackio_storage.Database(store, "free")
    before, settings().run_store = settings().run_store, str(store)
    with FileLock(store / "held.lock"):
        process = script(KILLED, store)
        wait(lambda: database.path.is_file() and bool(database.texts("run")), 30)
        end = time.monotonic() + 1.4
        session, writer_ = stored_session("ours", "free")
        session.begin(epochs=1)
        for _ in range(12):
            train(session, 100)
            writer_._wake.set()
            time.sleep(0.05)
        session.end("finished")
        settled(writer_)
        settings().run_store = before
        time.sleep(max(end - time.monotonic(), 0))
        os.kill(process.pid, signal.SIGKILL)
        at, lines = time.time(), process.communicate()[0].splitlines()[:-1]
    told = [(int(n), float(when)) for n, when in (line.split() for line in lines)]
    return store, max(n for n, when in told if when < at - 1)


@pytest.mark.parametrize("name", ["free", "held"])
def test_after_kill_9_all_but_the_last_second_is_there(killed, name):
    store, done = killed
    (summary,) = (s for s in open_store(store).runs() if s.name == name)
    assert (summary.status, summary.live) == ("lost", False)
    steps = open_store(store).record(summary.id).values("loss")[0]
    assert done > 5
    assert steps.tolist() == list(range(1, len(steps) + 1))
    assert len(steps) >= done


def test_two_processes_write_one_project(killed):
    store = open_store(killed[0])
    assert sorted((s.name, s.status) for s in store.runs("free")) == [
        ("free", "lost"),
        ("ours", "finished"),
    ]
    (ours,) = (s for s in store.runs() if s.name == "ours")
    assert store.record(ours.id).values("loss")[0].tolist() == list(range(1, 1201))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"pid": 2**22 + 7}, False),
        ({"process_started": 1.0, "heartbeat": 0.0}, False),
        ({"host": "elsewhere"}, True),
        ({"host": "elsewhere", "heartbeat": 1.0}, False),
    ],
)
def test_who_is_alive(change, expected):
    session, writer_ = stored_session()
    sign = liveness.sign_of_life() | change
    assert liveness.alive(sign, session.id) is expected
    session.end("stopped")
    settled(writer_)


def test_a_silent_training_gives_a_sign_of_life(monkeypatch):
    monkeypatch.setattr(writer, "HEARTBEAT_SECONDS", 0.2)
    session, writer_ = stored_session()
    session.begin(epochs=1)
    wait(lambda: bool(open_store().runs()))
    database = trackio_storage.Database(writer_._folder, "default")

    def heartbeat() -> float:
        return json.loads(database.text("run", session.id))["heartbeat"]

    before = heartbeat()
    wait(lambda: heartbeat() > before)
    session.end("stopped")
    settled(writer_)


def test_without_a_store_there_are_no_runs(store_path):
    store = open_store()
    assert store.runs() == store.problems == []
    with pytest.raises(InputError, match="There is no run"):
        store.record("x")
    assert not store_path.exists()
