"""The history: what was stored and what still trains, newest first, by number, name and id."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.dashboard.recorded import trained
from tfwidgets.config import settings
from tfwidgets.dashboard.history import listing
from tfwidgets.dashboard.history.runs import Runs, runs
from tfwidgets.dashboard.result import Run
from tfwidgets.dashboard.session import Session
from tfwidgets.dashboard.store import Writer, live, open_store
from tfwidgets.dashboard.times import duration
from tfwidgets.errors import InputError


@pytest.fixture(autouse=True)
def _store(tmp_path: Path) -> None:
    settings().run_store = str(tmp_path / "store")


def stored(name: str = "a run", *, started: float | None = None, **options: Any) -> str:
    """Store a run and return its id; nothing of it stays in this process."""
    session = trained(name, **options)
    identity = open_store().import_run(
        name,
        session.project,
        session.facts,
        {each: session.values(each) for each in session.curve_names},
        session.epochs,
        status=session.status,
        started=started,
        seconds=75.0,
        progress={"best": 1},
    )
    return str(identity)


@pytest.fixture
def three() -> list[str]:
    """Return the ids of three stored runs, the oldest first."""
    return [
        stored("first", started=1000.0, lr=0.1),
        stored("second", started=2000.0, lr=0.2, project="reviews"),
        stored("first", started=3000.0, lr=0.2, status="stopped", valid=(0.9, 0.3)),
    ]


def ids(found: Runs) -> list[str]:
    return [run.id for run in found]


def test_the_newest_comes_first(three: list[str]) -> None:
    assert ids(runs()) == three[::-1]
    assert len(runs()) == 3


def test_a_run_is_named_by_number_name_or_id(three: list[str]) -> None:
    found = runs()
    assert found[0].id == three[2]
    assert found[-1].id == three[0]
    assert found["second"].id == three[1]
    assert found[three[0]].id == three[0]
    assert found[three[0][:6]].id == three[0]
    # Of several of one name, the newest.
    assert found["first"].id == three[2]
    assert found[0] is found[0]
    assert isinstance(found[0], Run)


def test_what_is_stored_is_what_was_trained(three: list[str]) -> None:
    run = runs()["second"]
    assert (run.name, run.status, run.record.project) == ("second", "finished", "reviews")
    assert run.curve("loss").tolist() == pytest.approx([1 / k for k in range(1, 21)])
    assert run.epochs["valid_loss"].tolist() == [0.6, 0.4]
    assert run.settings["lr"] == 0.2


def test_a_part_is_a_list_too(three: list[str]) -> None:
    part = runs()[1:]
    assert isinstance(part, Runs)
    assert ids(part) == [three[1], three[0]]
    assert ids(part[1:]) == [three[0]]


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        ({"project": "reviews"}, [1]),
        ({"project": "nowhere"}, []),
        ({"status": "stopped"}, [2]),
        ({"text": "FIRST"}, [2, 0]),
        ({"text": "tiny second"}, [1]),
        ({"text": "fir.t"}, []),
        ({"limit": 2}, [2, 1]),
        ({"text": "first", "limit": 1}, [2]),
    ],
)
def test_filters(three: list[str], options: dict[str, Any], chosen: list[int]) -> None:
    assert ids(runs(**options)) == [three[k] for k in chosen]


def test_a_word_may_be_the_beginning_of_an_id_and_nothing_else_of_it() -> None:
    made = [trained("a"), trained("b")]
    for session, identity in zip(made, ("abcd2222", "2222abcd"), strict=True):
        open_store().import_run(session.name, "default", {}, {}, run_id=identity)
    assert ids(runs(text="abcd")) == ["abcd2222"]
    assert ids(runs(text="22")) == []


def test_wrong_questions_are_refused(three: list[str]) -> None:
    with pytest.raises(InputError, match=r"no status 'finish'. Did you mean 'finished'"):
        runs(status="finish")
    with pytest.raises(InputError, match="at least 1, not 0"):
        runs(limit=0)
    with pytest.raises(InputError, match=r"no run 'secnd' among these 3. Did you mean 'second'"):
        runs()["secnd"]
    with pytest.raises(IndexError, match="There are 3 runs"):
        runs()[3]


def test_a_list_can_be_pickled_also_when_it_was_shown(three: list[str]) -> None:
    found = runs(status="finished")
    found.widget()
    for copy in (pickle.loads(pickle.dumps(found)), pickle.loads(pickle.dumps(found[:2]))):  # noqa: S301
        assert ids(copy) == [three[1], three[0]]


def test_an_empty_store() -> None:
    found = runs()
    assert (len(found), list(found), repr(found)) == (0, [], "no runs")
    assert found.to_frame().empty
    assert "There are no runs yet" in found.static_html()


def test_the_table_has_what_differs_and_what_came_of_it(three: list[str]) -> None:
    frame = runs().to_frame()
    assert list(frame["id"]) == three[::-1]
    assert frame["started"][0] == pd.Timestamp(3000, unit="s", tz="UTC")
    assert frame["lr"].tolist() == [0.2, 0.2, 0.1]
    assert "batch_size" not in frame  # the same in all
    assert frame["monitor"].tolist() == ["valid_loss"] * 3
    assert frame["best"].tolist() == pytest.approx([0.3, 0.4, 0.4])
    assert frame["accuracy"].tolist() == [0.75] * 3
    assert frame["seconds"].tolist() == [75.0] * 3
    assert frame["epochs"].tolist() == [2] * 3
    assert frame["steps"].tolist() == [20] * 3


def test_a_setting_named_like_a_column_is_kept() -> None:
    stored("a", epochs=2, status="finished", name_="x")
    stored("b", facts={"settings": {"note": "mine"}})
    assert set(runs().to_frame()) >= {"note", "setting: note"}


def test_its_text_is_a_short_table(three: list[str]) -> None:
    lines = repr(runs()).splitlines()
    assert lines[0] == "3 runs"
    assert lines[2].split()[:3] == ["0", "first", "stopped"]
    assert "valid_loss 0.3" in lines[2]
    assert "1:15" in lines[2]


def test_a_long_list_is_cut_in_text_and_picture() -> None:
    for k in range(27):
        stored(f"run {k}", started=float(k))
    assert "… and 17 more" in repr(runs())
    html = runs().static_html()
    assert html.count("<tr>") == 26
    assert "2 more runs are left out here." in html


def test_names_and_notes_are_text() -> None:
    identity = stored("<script>alert(1)</script>\n\x1b[31m")
    runs().note(identity, "<img src=x onerror=alert(1)>")
    html = runs().static_html()
    assert "<script" not in html
    assert "<img" not in html
    assert "\x1b" not in repr(runs())


def test_a_note_is_kept(three: list[str]) -> None:
    runs().note("second", "the good one")
    assert runs()["second"].note == "the good one"
    assert ids(runs(text="good")) == [three[1]]
    found = runs()
    found[0].note = "set on the run"
    assert runs()[0].note == "set on the run"


def test_deleted_runs_are_gone_with_their_checkpoints(three: list[str]) -> None:
    checkpoint = settings().run_store_path / "checkpoints" / three[1] / "step-1.safetensors"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_bytes(b"x")
    found = runs()
    found.delete("second")
    assert ids(found) == ids(runs()) == [three[2], three[0]]
    assert not checkpoint.exists()
    found.delete(*found)
    assert len(runs()) == 0


def test_a_name_that_several_runs_have_deletes_none(three: list[str]) -> None:
    with pytest.raises(InputError, match=f"2 runs are called 'first': say which by .*{three[0]}"):
        runs().delete("second", "first")
    assert len(runs()) == 3


def test_runs_are_compared_by_any_name(three: list[str]) -> None:
    found = runs()
    made = found.compare("second", 0, found[2])
    assert [run.id for run in made.runs] == [three[1], three[2], three[0]]
    assert made.settings.loc["lr"].tolist() == [0.2, 0.2, 0.1]
    assert made.best.loc["valid_loss", "best"] == f"first ({three[2][:6]})"


@pytest.fixture
def running() -> Iterator[Session]:
    """Return a training that goes on, and that nothing writes into the store."""
    session = trained("running", status=None)
    live[session.id] = session
    yield session
    live.pop(session.id, None)


@contextmanager
def writing(session: Session) -> Iterator[None]:
    writer = Writer.of(session)
    session.sinks.append(writer)
    session.flush()
    yield
    writer.close(10.0)


def test_a_training_of_this_process_is_the_live_one(running: Session) -> None:
    with writing(running):
        (run,) = runs()
        assert run.record is running
        (line,) = runs().lines
        assert (line.live, line.status, line.steps) == (True, "running", 20)
        with pytest.raises(InputError, match="'running' is still training: stop it"):
            runs().delete("running")
        running.end("stopped")


def test_the_list_follows_a_training(running: Session, monkeypatch: Any) -> None:
    monkeypatch.setattr(listing, "READ_SECONDS", 0.0)
    found = runs()
    assert found.latest()[0].steps == 20
    running.step(0.5)
    assert found.latest()[0].steps == 21
    with writing(running):
        running.end("stopped")
        assert [(line.status, line.live) for line in found.latest()] == [("stopped", False)]
    assert [(line.status, line.live) for line in found.latest()] == [("stopped", False)]


@pytest.mark.parametrize("is_stored", [True, False])
def test_a_deleted_training_of_this_process_is_gone(running: Session, is_stored: bool) -> None:
    with writing(running) if is_stored else nullcontext():
        running.end("stopped")
    found = runs()
    found.delete(0)
    assert (len(found), len(runs())) == (0, 0)


def test_nothing_is_read_again_while_nothing_was_written(
    three: list[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr(listing, "READ_SECONDS", 0.0)
    found = runs()
    before = found.latest()
    assert found.latest() is before
    stored("another")
    assert found.latest()[0].name == "another"


def test_a_damaged_file_is_named_and_the_rest_is_there(three: list[str]) -> None:
    folder = settings().run_store_path
    (other,) = [path for path in folder.glob("*.db") if path.stem.startswith("reviews")]
    for path in folder.glob(f"{other.name}-*"):
        path.unlink()
    other.write_bytes(b"no database " * 1000)
    found = runs()
    assert len(found) == 2
    assert other.name in repr(found)
    assert other.name in found.static_html()


def test_a_run_of_a_newer_version_is_listed_and_not_opened(three: list[str]) -> None:
    import sqlite3

    (file,) = [p for p in settings().run_store_path.glob("*.db") if p.stem.startswith("reviews")]
    with sqlite3.connect(file) as connection:
        connection.execute(
            """UPDATE project_metadata SET value = replace(value, '"v":1', '"v":2')"""
        )
    found = runs()
    assert len(found) == 3
    with pytest.raises(Exception, match="newer tfwidgets"):
        found["second"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1:00"), (3723, "1:02:03")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_times_are_those_of_this_place(three: list[str], monkeypatch: Any) -> None:
    monkeypatch.setitem(os.environ, "TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert "1970-01-01 09:50" in repr(runs())
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_training_that_another_folder_has_is_not_listed_here(tmp_path: Path) -> None:
    session = Session("elsewhere")
    writer = Writer.of(session)
    session.sinks.append(writer)
    session.begin()
    assert [line.name for line in runs().lines] == ["elsewhere"]
    session.end("finished")
    writer.close()
    settings().run_store = str(tmp_path / "another")
    assert not runs().lines
