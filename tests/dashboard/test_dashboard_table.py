"""The table in a console."""

from __future__ import annotations

import io
from typing import Any

import pytest

from tfwidgets.config import settings
from tfwidgets.dashboard.session import Session
from tfwidgets.dashboard.table import EpochPrinter


@pytest.fixture(params=["en", "de"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(settings(), "language", request.param)
    return str(request.param)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(stream: io.StringIO, status: str = "finished", **end: Any) -> Session:
    session = Session("printed")
    session.sinks.append(EpochPrinter(session, stream))
    session.begin(epochs=2, batches=12)
    session.progress |= {"epoch": 0, "batch": 0, "left": 75.0, "samples_per_second": 1234.5}
    session.flush()
    values = {"train_loss": 0.69314, "valid_loss": 0.5, "accuracy": 0.75}
    session.epoch("epoch", 0, 62.0, values)
    session.write(
        "alert", alert="overfitting", level="warning", action=None,
        values={"best": 0.5, "now": 0.6, "epoch": 2},
    )  # fmt: skip
    session.flush()
    session.epoch("evaluation", 1, 1.0, {"valid_loss": 1e-7})
    session.epoch("partial", 1, 3.0, {"train_loss": float("nan")})
    session.progress |= {"epoch": 1, "batch": 11}
    session.end(status, **end)
    session.flush()
    return session


def test_rows_are_aligned_under_one_header(language: str) -> None:
    stream = io.StringIO()
    printed(stream)
    alert, header, *rows, end = stream.getvalue().splitlines()
    assert alert.startswith("! ")
    assert header.split()[1:4] == ["train_loss", "valid_loss", "accuracy"]
    assert len(rows) == 3
    for name, cells in (("train_loss", ("0.69314", "NaN")), ("valid_loss", ("0.5", "1e-7"))):
        at = header.index(name) + len(name)
        found = [row[:at].split()[-1] for row in rows]
        wanted = [c if language == "en" else c.replace(".", ",") for c in cells]
        assert [cell for cell in found if cell in wanted] == wanted
    assert "1:02 min" in rows[0]
    assert rows[0].endswith("1,234" if language == "en" else "1.234")
    assert end == {"en": "Finished after 0.0 s.", "de": "Fertig nach 0,0 s."}[language]


def test_a_file_gets_no_control_characters(language: str) -> None:
    stream = io.StringIO()
    printed(stream, "failed", error="ValueError: \x1b[31mred\r\nline")
    text = stream.getvalue()
    assert all(c.isprintable() or c == "\n" for c in text)
    assert "ValueError: " in text.splitlines()[-1]


def test_the_end_is_told_once_and_says_where(language: str) -> None:
    stream = io.StringIO()
    session = printed(stream, "stopped")
    session.flush()
    last = stream.getvalue().splitlines()[-1]
    assert ("batch 12 of epoch 2" if language == "en" else "Batch 12 der Epoche 2") in last
    assert sum(last == line for line in stream.getvalue().splitlines()) == 1


def test_a_terminal_has_one_progress_line_that_is_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tfwidgets.dashboard.table._PROGRESS_SECONDS", 0.0)
    stream = Terminal()
    printed(stream)
    screen: list[str] = [""]
    column = 0
    for c in stream.getvalue():
        if c == "\r":
            column = 0
        elif c == "\n":
            screen.append("")
            column = 0
        else:
            screen[-1] = screen[-1][:column].ljust(column) + c + screen[-1][column + 1 :]
            column += 1
    plain = io.StringIO()
    printed(plain)
    assert "1:15 min" in stream.getvalue()
    assert "\r" in stream.getvalue()
    assert [line.rstrip() for line in screen] == [*plain.getvalue().splitlines(), ""]


def test_names_that_come_later_get_a_new_header() -> None:
    stream = io.StringIO()
    session = Session("later")
    session.sinks.append(EpochPrinter(session, stream))
    session.begin()
    session.epoch("epoch", 0, 1.0, {"train_loss": 1.0})
    session.epoch("epoch", 1, 1.0, {"train_loss": 1.0, "a_very_long_name_of_a_metric_indeed": 2.0})
    session.flush()
    heads = [line for line in stream.getvalue().splitlines() if "train_loss" in line]
    assert len(heads) == 2
    assert "a_very_long_name_of_a_m…" in heads[1]


def test_a_closed_stdout_does_not_reach_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    session = Session("closed")
    session.sinks.append(EpochPrinter(session, stream))
    stream.close()
    session.begin()
    session.epoch("epoch", 0, 1.0, {"train_loss": 1.0})
    session.end("finished")
    assert session.status == "finished"
