"""Faults of the store: nothing is lost, nothing is raised, a sentence says what to do."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import time

import pytest
from filelock import FileLock

from tests.dashboard.fed import script, settled, stored_session, train, wait
from tfwidgets.config import settings
from tfwidgets.dashboard.store import StoreProblem, book, open_store, spool, trackio_storage, writer
from tfwidgets.errors import InputError


@pytest.fixture(autouse=True)
def store_path(tmp_path, monkeypatch):
    monkeypatch.setattr(settings(), "run_store", str(tmp_path / "store"))
    for name in ("EVERY_SECONDS", "RETRY_SECONDS", "TELL_SECONDS", "TIMEOUT", "TIMEOUT_AGAIN"):
        monkeypatch.setattr(writer, name, 0.05)
    return tmp_path / "store"


def steps_of(run_id: str) -> list[int]:
    return open_store().record(run_id).values("loss")[0].tolist()


def messages(session) -> list[str]:
    return [event["text"] for event in session.log if event["kind"] == "message"]


def failing(session, writer_, said: str) -> None:
    """Train until the session's log says once why it is not stored."""
    wait(lambda: writer_.problem is not None)
    train(session, 10)
    time.sleep(0.15)  # for it to fail again, and be told again if it were
    train(session, 10)
    assert said in writer_.problem
    assert len(messages(session)) == 1
    assert said in messages(session)[0]


def begun(name="run"):
    session, writer_ = stored_session(name)
    session.begin(epochs=1)
    train(session, 10)
    return session, writer_


def stored_one():
    session, writer_ = begun("first")
    session.end("finished")
    settled(writer_)
    return session.id


def test_a_file_that_another_program_holds_is_written_when_it_is_free(store_path):
    stored_one()
    lock = FileLock(store_path / "default.lock")
    with lock:
        session, writer_ = begun()
        failing(session, writer_, "another program holds")
        train(session, 10)
    session.end("finished")
    settled(writer_)
    assert writer_.problem is None
    assert not (store_path / "pending" / f"{session.id}.jsonl").exists()
    assert steps_of(session.id) == list(range(1, 41))


def test_what_a_held_file_does_not_take_waits_in_another_at_once(store_path, monkeypatch):
    """A process that is killed loses what only its memory holds."""
    monkeypatch.setattr(writer, "RETRY_SECONDS", 60)
    monkeypatch.setattr(writer, "TELL_SECONDS", 60)
    store_path.mkdir()
    (store_path / "default.db").write_bytes(b"no database " * 500)
    session, writer_ = begun()
    waiting = store_path / "pending" / f"{session.id}.jsonl"
    for last in (10, 20, 30):  # though a damaged file is not tried again so soon
        wait(lambda last=last: waiting.is_file() and f'"step":{last},' in waiting.read_text())
        train(session, 10)
    rows = [line for line in waiting.read_text().splitlines() if '"row":' in line]
    texts = [line for line in waiting.read_text().splitlines() if '"texts":' in line]
    assert len(rows) == len(set(rows))
    assert sum('"facts":' in line for line in texts) == 1  # what has not changed is there already
    (store_path / "default.db").unlink()
    session.end("finished")
    settled(writer_)
    assert not waiting.exists()
    assert steps_of(session.id) == list(range(1, 41))
    lock = FileLock(store_path / "default.lock")
    with lock:
        session, writer_ = begun("second")
        waiting = store_path / "pending" / f"{session.id}.jsonl"
        wait(waiting.is_file)
        assert writer_.problem is None  # held for a moment: nobody's concern
    session.end("finished")
    settled(writer_)
    assert messages(session) == []
    assert steps_of(session.id) == list(range(1, 11))


def test_a_database_locked_by_sqlite_loses_nothing(store_path):
    stored_one()
    holder = sqlite3.connect(store_path / "default.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    session, writer_ = begun()
    failing(session, writer_, "another program holds")
    session.end("finished")
    begin = time.monotonic()
    writer_.close()
    assert time.monotonic() - begin < 3
    waiting = store_path / "pending" / f"{session.id}.jsonl"
    assert waiting.is_file()
    holder.execute("COMMIT")
    holder.close()
    settled(writer_)
    assert not waiting.exists()
    assert steps_of(session.id) == list(range(1, 31))
    assert [s.status for s in open_store().runs()] == ["finished", "finished"]


LEFT = """
import resource
from tfwidgets.config import settings
from tfwidgets.dashboard.store import formats, spool
writer_module = sys.modules["tfwidgets.dashboard.store.writer"]
writer_module.RETRY_SECONDS = writer_module.EVERY_SECONDS = 0.1
room = resource.RLIM_INFINITY
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, room))
half, store = "x" * 200_000, settings().run_store_path
sizes = []
for k in range(2):
    try:
        spool.append(store, "p", "x", "x", [formats.Row(k, k, "", half)], {})
    except OSError:
        sizes.append("no room")
    sizes.append((store / "pending" / "x.jsonl").stat().st_size)
assert sizes == [sizes[0], "no room", sizes[0]], sizes  # no half a line
spool.remove(store, "x")
session, writer = stored_session("full")
session.begin(epochs=1)
for _ in range(20):
    train(session, 5000, every=5000)
    session.flush()
wait(lambda: writer.problem is not None)
print(writer.problem, flush=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
session.end("finished")
wait(lambda: writer.problem is None and writer._thread is None)
print(session.id, flush=True)

settings().run_store = sys.argv[1]
session, writer = stored_session("left")
session.begin(epochs=1)
train(session, 30)
session.epoch("epoch", 0, 1.0, {"acc": 0.5})
session.end("finished")
print(session.id, flush=True)
"""


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """Return stores of a process: in one there was no room, in the other the file was held."""
    full, held = tmp_path_factory.mktemp("full"), tmp_path_factory.mktemp("held")
    with FileLock(held / "default.lock"):
        process = script(LEFT, full, str(held))
        said, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    problem, *ids = said.splitlines()
    return problem, full, held, *ids


needs_limits = pytest.mark.skipif(os.name == "nt", reason="no limit on the size of files")


@needs_limits
def test_no_room_for_real(left, monkeypatch):
    problem, store, _, run_id, _ = left
    monkeypatch.setattr(settings(), "run_store", str(store))
    assert "is full" in problem
    assert steps_of(run_id) == list(range(1, 100_001))


@needs_limits
def test_what_could_not_be_written_before_the_end_is_taken_in_once(left, monkeypatch):
    _, _, store, _, run_id = left
    monkeypatch.setattr(settings(), "run_store", str(store))
    waiting = store / "pending" / f"{run_id}.jsonl"
    saved = waiting.read_bytes()
    assert steps_of(run_id) == list(range(1, 31))
    assert not waiting.exists()
    # A process that died after it had taken all in, and before it threw the file away.
    waiting.write_bytes(saved)
    assert steps_of(run_id) == list(range(1, 31))
    record = open_store().record(run_id)
    assert len(record.epochs) == 1
    assert (record.status, record.curve_names) == ("finished", ["loss", "smooth_loss", "lr",
        "momentum", "grad_norm/head", "acc"])  # fmt: skip
    assert not waiting.exists()


def test_a_line_cut_short_spoils_no_other(store_path):
    stored_one()
    torn = b'{"v":1,"project":"default","id":"x","row":{"num'
    with FileLock(store_path / "default.lock"):
        session, writer_ = stored_session()
        waiting = store_path / "pending" / f"{session.id}.jsonl"
        waiting.parent.mkdir()
        waiting.write_bytes(torn)  # a crash, and then the rows
        session.begin(epochs=1)
        train(session, 10)
        wait(lambda: writer_.problem is not None)
        writer_.close(leaving=True)
        assert waiting.stat().st_size > len(torn)
    with waiting.open("ab") as file:
        file.write(torn)
    session.sinks.clear()
    assert steps_of(session.id) == list(range(1, 11))
    assert not waiting.exists()


def test_what_waits_from_a_newer_version_is_left(store_path):
    stored_one()
    (store_path / "pending").mkdir(exist_ok=True)
    waiting = store_path / "pending" / "x.jsonl"
    waiting.write_text('{"v": 2, "id": "x"}\n')
    store = open_store()
    assert "newer tfwidgets" in store.problems[0]
    assert waiting.exists()
    assert len(store.runs()) == 1


HEAD = '{"v":1,"project":%s,"id":"x","name":"x","row":{"number":0,"step":7,"timestamp":"",'
LINE = HEAD + '"metrics":%s}}'
OURS = json.dumps('{"tfwidgets":{"v":1,"n":0,"curves":{},"more":"{}"}}')


@pytest.mark.parametrize("line", ['{"v": 1}', LINE % ("null", OURS), LINE % ('"p"', "3")])
def test_what_can_never_be_taken_in_is_put_aside_and_told_of_once(store_path, caplog, line):
    (store_path / "pending").mkdir(parents=True)
    (store_path / "pending" / "x.jsonl").write_text(line)
    (problem,) = open_store().problems
    assert "cannot be read" in problem
    assert open_store().problems == []
    assert (store_path / "pending" / "x.unreadable").read_text() == line
    assert caplog.text == ""


def test_what_waits_of_a_project_with_a_long_name_is_taken_in(store_path):
    (store_path / "pending").mkdir(parents=True)
    waiting = store_path / "pending" / "x.jsonl"
    waiting.write_text(LINE % (f'"{"x" * 300}"', OURS))
    assert open_store().problems == []
    assert not waiting.exists()
    (database,) = trackio_storage.databases(store_path)
    assert database.count("x", 0, None) == 1


def test_a_full_disk_keeps_the_run_in_memory(store_path, monkeypatch):
    stored_one()
    storage = trackio_storage._storage()
    full = True
    real_connection, real_append = storage._get_connection, spool.append

    def connection(*args, **kwargs):
        if full:
            raise sqlite3.OperationalError("database or disk is full")
        return real_connection(*args, **kwargs)

    def append(*args):
        if full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real_append(*args)

    monkeypatch.setattr(storage, "_get_connection", connection)
    monkeypatch.setattr(spool, "append", append)
    session, writer_ = begun()
    failing(session, writer_, "is full")
    time.sleep(0.2)
    session.end("finished")
    writer_.close()
    assert writer_.problem is not None
    full = False
    settled(writer_)
    assert writer_.problem is None
    assert steps_of(session.id) == list(range(1, 31))


def test_a_folder_that_is_a_file_and_then_another(store_path, tmp_path, monkeypatch):
    store_path.write_text("I am a file")
    session, writer_ = begun()
    failing(session, writer_, "%config TfWidgets.run_store")
    assert store_path.read_text() == "I am a file"
    assert open_store().runs() == []
    monkeypatch.setattr(settings(), "run_store", str(tmp_path / "other"))
    session.end("finished")
    settled(writer_)
    assert writer_.problem is None
    assert steps_of(session.id) == list(range(1, 31))


def test_a_damaged_file_is_named_and_left(store_path):
    good = stored_one()
    bad = store_path / "bad.db"
    bad.write_bytes(b"this is no database, but it is long enough to look like one" * 50)
    before = bad.read_bytes()
    store = open_store()
    assert [summary.id for summary in store.runs()] == [good]
    assert len(store.problems) == 1
    assert str(bad) in store.problems[0]
    with pytest.raises(StoreProblem, match=r"bad\.db is damaged"):
        store.import_run("x", "bad", {}, {})
    assert bad.read_bytes() == before

    session, writer_ = stored_session("run", "bad")
    session.begin(epochs=1)
    train(session, 10)
    failing(session, writer_, "is damaged")
    session.end("finished")
    writer_.close()
    assert bad.read_bytes() == before
    bad.rename(store_path / "bad.broken")
    settled(writer_)
    assert steps_of(session.id) == list(range(1, 31))


def test_a_run_of_a_newer_version_is_listed_and_says_so(store_path):
    run_id = stored_one()
    database = trackio_storage.Database(store_path, "default")
    text = database.text("run", run_id).replace('"v":1', '"v":2', 1)
    database.write(run_id, "first", texts={"run": text})
    (summary,) = open_store().runs()
    assert (summary.name, summary.status) == ("first", "finished")
    assert "newer tfwidgets" in summary.problem
    with pytest.raises(StoreProblem, match="newer tfwidgets"):
        open_store().record(run_id)
    database.write(run_id, "first", texts={"run": '{"v": 1, "name": 3'})
    (summary,) = open_store().runs()
    assert "cannot be read" in summary.problem


OLD = """
CREATE TABLE metrics (
    id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT NOT NULL, run_name TEXT NOT NULL,
    step INTEGER NOT NULL, metrics TEXT NOT NULL);
CREATE TABLE configs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, run_name TEXT NOT NULL, config TEXT NOT NULL,
    created_at TEXT NOT NULL, UNIQUE(run_name));
INSERT INTO metrics (timestamp, run_name, step, metrics)
    VALUES ('2025-01-01T00:00:00', 'theirs', 7, '{"loss": 0.25}');
"""


def test_a_file_of_an_older_trackio_is_read_and_brought_up_to_date(store_path):
    store_path.mkdir()
    old = sqlite3.connect(store_path / "default.db")
    old.executescript(OLD)
    old.close()
    store = open_store()
    assert store.runs() == store.problems == []
    with pytest.raises(InputError, match="no run"):
        store.record("theirs")
    run_id = stored_one()
    assert [summary.id for summary in open_store().runs()] == [run_id]
    assert steps_of(run_id) == list(range(1, 11))
    logs = trackio_storage._storage(store_path).get_logs("default", run="theirs")
    assert [(row["step"], row["loss"]) for row in logs] == [(7, 0.25)]


def test_without_trackio_the_training_goes_on_and_is_told(store_path, monkeypatch):
    monkeypatch.delitem(trackio_storage.sys.modules, trackio_storage._COPY, raising=False)
    monkeypatch.setattr(trackio_storage, "find_spec", lambda name: None)
    session, writer_ = begun()
    failing(session, writer_, "%pip install 'tfwidgets[train]'")
    settled(writer_)
    assert not writer_._book.pending
    assert not writer_._queue
    assert not store_path.exists()
    with pytest.raises(StoreProblem, match="pip install"):
        open_store().import_run("x", "p", {}, {})


def test_a_bug_in_the_store_never_reaches_the_training(monkeypatch, caplog):
    session, writer_ = stored_session()
    monkeypatch.setattr(book, "row_of", lambda *_: 1 / 0)
    session.begin(epochs=1)
    train(session, 10)
    wait(lambda: not writer_._queue)
    session.end("finished")
    settled(writer_)
    assert len(caplog.records) == 1
    assert session.curves["loss"].y.shape == (10,)
    assert session.sinks == [writer_]
