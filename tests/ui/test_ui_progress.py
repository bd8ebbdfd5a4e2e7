"""Progress: silent when short, calm when long, and always with an end. Time is a fake clock."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tfwidgets.config import settings
from tfwidgets.ui import progress as module
from tfwidgets.ui.progress import Progress, duration


class Clock:
    """Stands in for the module ``time``."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return what a notebook's front end would get."""
    messages: list[dict[str, Any]] = []
    publisher = SimpleNamespace(publish=lambda **message: messages.append(message))
    monkeypatch.setattr(module, "in_notebook", lambda: True)
    monkeypatch.setattr(module, "shell", lambda: SimpleNamespace(display_pub=publisher))
    return messages


def work(clock: Clock, steps: int, seconds: float, *, total: int | None = None) -> Progress:
    """Do ``steps`` steps that take ``seconds`` each."""
    with Progress("Reading", steps if total is None else total, "texts") as bar:
        for _ in range(steps):
            clock.now += seconds
            bar.advance()
    return bar


def plain(message: dict[str, Any]) -> str:
    return str(message["data"]["text/plain"])


def test_short_work_shows_nothing(clock: Clock, published: list[dict[str, Any]]) -> None:
    work(clock, 30, 0.01)
    assert published == []


def test_one_slow_step_shows_nothing(clock: Clock, published: list[dict[str, Any]]) -> None:
    work(clock, 1, 5)
    assert published == []


def test_long_work_is_one_display_updated_in_place(
    clock: Clock, published: list[dict[str, Any]]
) -> None:
    work(clock, 10, 1)
    assert len({message["transient"]["display_id"] for message in published}) == 1
    assert [message["update"] for message in published] == [False] + [True] * (len(published) - 1)


def test_two_works_are_two_displays(clock: Clock, published: list[dict[str, Any]]) -> None:
    work(clock, 3, 1)
    work(clock, 3, 1)
    assert len({message["transient"]["display_id"] for message in published}) == 2


def test_a_notebook_gets_at_most_five_messages_a_second(
    clock: Clock, published: list[dict[str, Any]]
) -> None:
    work(clock, 10_000, 0.001)
    assert 40 < len(published) <= 5 * 10 + 1


def test_rate_and_time_left(clock: Clock, published: list[dict[str, Any]]) -> None:
    work(clock, 100, 0.5)
    assert plain(published[9]) == "Reading: 10 of 100 texts · 2.0 texts/s · 45 s left"
    assert 'value="10"' in published[9]["data"]["text/html"]
    assert 'max="100"' in published[9]["data"]["text/html"]


def test_before_the_first_unit_nothing_is_said_about_the_rate(
    clock: Clock, published: list[dict[str, Any]]
) -> None:
    with Progress("Reading", 10, "texts") as bar:
        for _ in range(3):
            clock.now += 1
            bar.advance(0)
    assert plain(published[2]) == "Reading: 0 of 10 texts"


def test_it_ends_with_a_finished_line(clock: Clock, published: list[dict[str, Any]]) -> None:
    work(clock, 10, 1)
    assert plain(published[-1]) == "Reading: 10 texts in 10 s"
    assert "<progress" not in published[-1]["data"]["text/html"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_it_ends_with_a_stopped_line(
    clock: Clock, published: list[dict[str, Any]], error: type[BaseException]
) -> None:
    def interrupted() -> None:
        with Progress("Reading", 9, "texts") as bar:
            for _ in range(4):
                clock.now += 1
                bar.advance()
            raise error

    with pytest.raises(error):
        interrupted()
    assert plain(published[-1]) == "Reading: stopped after 4 of 9 texts"


def test_work_that_cannot_be_counted_begins_and_ends(
    clock: Clock, published: list[dict[str, Any]]
) -> None:
    with Progress("Loading {n} <b>", 0, ""):
        clock.now += 3
    begun, ended = map(plain, published)
    assert begun == "Loading {n} <b> …"
    assert ended.startswith("Loading {n} <b>: ")
    assert ended.endswith("3.0 s")
    assert "<b>" not in published[0]["data"]["text/html"]


def test_it_speaks_german(clock: Clock, published: list[dict[str, Any]]) -> None:
    settings().language = "de"
    work(clock, 4000, 0.01)
    assert plain(published[-1]) == "Reading: 4.000 texts in 40 s"
    assert "noch" in plain(published[0])


def test_show_false_is_silent(clock: Clock, published: list[dict[str, Any]]) -> None:
    for total in (3, 0):
        with Progress("Reading", total, "texts", show=False) as bar:
            clock.now += 5
            bar.advance()
            clock.now += 5
    assert published == []


def test_a_terminal_gets_a_tqdm_bar(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    work(clock, 10, 1)
    shown = capsys.readouterr().err
    assert "Reading: 100%" in shown
    assert shown.endswith("\n")
    # It counts from the beginning of the work, not from when it was first drawn.
    assert "1/10 [00:01<00:09" in shown


def test_a_terminal_stays_clean_after_short_work(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    work(clock, 10, 0.01)
    assert capsys.readouterr().err == ""


def test_a_stopped_bar_shows_how_far_it_came(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    work(clock, 4, 1, total=8)
    assert "4/8" in capsys.readouterr().err.split("\r")[-1]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (0.84, "0.8 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.7, "1:00 min"),
        (185, "3:05 min"),
        (3599.8, "1:00 h"),
        (7800, "2:10 h"),
    ],
)
def test_duration(seconds: float, words: str) -> None:
    assert duration(seconds) == words
