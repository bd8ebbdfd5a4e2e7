"""The static picture of a run, and its charts."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from tfwidgets.config import settings
from tfwidgets.dashboard.commands import command
from tfwidgets.dashboard.curves import Curve
from tfwidgets.dashboard.drawing.lines import COLOURS, MOST_POINTS
from tfwidgets.dashboard.drawing.scales import Scale, ticks, written
from tfwidgets.dashboard.drawing.svg import Marker, Series, line_chart
from tfwidgets.dashboard.session import Session
from tfwidgets.dashboard.static import MOST_BYTES, draw
from tfwidgets.ui.html import render
from tfwidgets.ui.strings import Message


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "language", "en")


def picture(session: Session) -> str:
    return render(draw(SimpleNamespace(record=session)))


def session_of(steps: int, epochs: int = 3, metrics: int = 2, name: str = "run") -> Session:
    random = np.random.default_rng(0)
    session = Session(name, facts={"monitor": "valid_loss", "epochs": epochs})
    session.begin(epochs=epochs)
    session.curves.clear()
    x = np.arange(1, steps + 1)
    loss = 0.2 + np.exp(-3 * x / steps) + random.normal(0, 0.1, steps)
    session.curves["loss"] = Curve(x, loss)
    session.curves["smooth_loss"] = Curve(x, 0.2 + np.exp(-3 * x / steps))
    session.curves["lr"] = Curve(x, 1e-3 * (1 - x / steps))
    session.progress["step"] = steps
    for k in range(epochs):
        values = {"train_loss": 1 / (k + 1), "valid_loss": 1.1 / (k + 1)}
        values |= {f"metric_{m}": 0.123456789 * m + k for m in range(metrics)}
        session.epoch("epoch", k, 12.3, values)
    session.flush()
    return session


def tags(text: str) -> list[str]:
    """Return the elements that a browser would make of it."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            found.append(tag)

    Reader().feed(text)
    return found


def marks(chart: ET.Element) -> list[str | None]:
    """Return the labels of the markers: those of alerts come last."""
    return [t.text for g in chart.iter("g") if g.get("font-weight") for t in g]


def paths(node: ET.Element) -> list[str]:
    return [path.get("d", "") for path in node.iter("path")]


def walked(d: str) -> list[list[tuple[float, float]]]:
    """Return the places of a path of ours, a list for each stretch, in tenths of a pixel."""
    stretches = []
    for part in d.split("M")[1:]:
        start, _, moves = part.rstrip("z").partition("l")
        numbers = [float(n) for n in re.findall(r"-?\d+", start + " " + moves)]
        pairs = np.array(numbers).reshape(-1, 2)
        stretches.append([tuple(p) for p in pairs.cumsum(axis=0)])
    return stretches


# -- charts ----------------------------------------------------------------------------------------


def test_a_line_goes_through_its_values() -> None:
    x, y = np.arange(5), np.array([0.0, 10, 5, 5, 10])
    chart = line_chart([Series("a", x, y)], width=400, height=200)
    ((stretch,),) = [walked(d) for d in paths(chart) if "l" in d]
    places = np.array(stretch)
    assert np.allclose(np.diff(places[:, 0]), np.diff(places[:, 0])[0], atol=1)
    assert places[0, 1] > places[2, 1] > places[1, 1]  # up is less
    assert places[2, 1] == places[3, 1]
    assert abs(places[2, 1] - (places[0, 1] + places[1, 1]) / 2) <= 1
    assert places.min() > 0
    assert places[:, 0].max() < 4000


def test_a_spike_among_a_million_values_stays_visible_in_the_band() -> None:
    y = np.full(1_000_000, 0.5)
    y[123_456] = 0.9
    chart = line_chart([Series("a", np.arange(len(y)), y, style="faint")])
    (band,) = [d for d in paths(chart) if d.endswith("z")]
    (stretch,) = walked(band)
    assert len(stretch) <= 2 * MOST_POINTS
    assert min(p[1] for p in stretch) < max(p[1] for p in stretch) - 100
    assert len(render(chart)) < 12_000


def test_nothing_is_drawn_across_what_is_no_number() -> None:
    y = [1.0, 2, np.nan, 3, np.inf, 4, 5]
    chart = line_chart([Series("a", range(7), y)])
    (line,) = [walked(d) for d in paths(chart) if "l" in d]
    assert [len(stretch) for stretch in line] == [2, 2, 2]  # a lone value: a dot of no length
    assert line[1][0] == line[1][1]


@pytest.mark.parametrize("y", [[], [np.nan, np.nan], [1.0], [0.0], [3.0, 3.0], [1e300, -1e300]])
@pytest.mark.parametrize("log", [False, True])
def test_charts_of_odd_values(y: list[float], log: bool) -> None:
    for style in ("line", "faint", "points"):
        chart = line_chart([Series("a", range(len(y)), y, style=style)], log=log)  # type: ignore[arg-type]
        assert "nan" not in "".join(paths(chart)).lower()
        (svg,) = chart.iter("svg")
        assert svg.get("role") == "img"
        assert ("no values yet" in svg.get("aria-label", "")) == (not any(np.isfinite(y)))


def test_a_logarithmic_axis_is_even_in_powers() -> None:
    chart = line_chart([Series("a", range(3), [1.0, 10, 100])], log=True)
    ((stretch,),) = [walked(d) for d in paths(chart) if "l" in d]
    places = np.array(stretch)
    assert abs(np.diff(places[:, 1])[0] - np.diff(places[:, 1])[1]) <= 1
    below = line_chart([Series("a", range(3), [0.0, 10, 100])], log=True)
    ((stretch,),) = [walked(d) for d in paths(below) if "l" in d]
    assert abs(np.diff(np.array(stretch)[:, 1])).tolist() != [0, 0]


def test_the_label_says_the_essentials_in_both_languages() -> None:
    series = [Series("loss", range(3), [1.5, 0.25, 0.5])]
    for language, said in (
        ("en", "Loss: loss from 1.5 to 0.5, between 0.25 and 1.5"),
        ("de", "Loss: loss von 1,5 bis 0,5, zwischen 0,25 und 1,5"),
    ):
        chart = line_chart(series, title="Loss", language=language)  # type: ignore[arg-type]
        (svg,) = chart.iter("svg")
        assert svg.get("aria-label") == said
        assert svg.find("title").text == said  # type: ignore[union-attr]


def test_names_from_outside_are_text() -> None:
    bad = "<script>alert(1)</script>"
    text = render(line_chart([Series(bad, [1], [1])], title=bad, markers=[Marker(1, bad)]))
    assert "script" not in tags(text)
    assert "&lt;script&gt;" in text


def test_markers_that_meet_share_a_line_and_alerts_come_first() -> None:
    markers = [Marker(5, "1"), Marker(5, "2", alert=True), Marker(8, "3"), Marker(99, "4")]
    chart = line_chart([Series("", range(11), range(11))], markers=markers)
    labels = marks(chart)
    assert labels == ["3", "2,1"]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (0, 2345, [0, 500, 1000, 1500, 2000]), (-1, 1, None)],
)
def test_ticks_are_round(low: float, high: float, expected: list[float] | None) -> None:
    found = ticks(Scale(low, high), 5)
    assert np.allclose(found, expected or [-1, -0.5, 0, 0.5, 1])


def test_ticks_between_whole_steps_and_on_logarithmic_axes() -> None:
    assert ticks(Scale(0, 2, whole=True), 5) == [0, 1, 2]
    assert np.allclose(ticks(Scale(1e-4, 1, log=True), 5), [1e-4, 1e-3, 1e-2, 0.1, 1])
    assert len(ticks(Scale(0.5, 0.6, log=True), 5)) >= 3
    assert len(ticks(Scale(1e-30, 1e30, log=True), 5)) <= 12


@pytest.mark.parametrize(
    ("value", "english", "german"),
    [
        (0, "0", "0"), (0.25, "0.25", "0,25"), (5e-5, "5e-5", "5e-5"),
        (1234567, "1,234,567", "1.234.567"),
        (1.5e-7, "1.5e-7", "1,5e-7"), (float("nan"), "NaN", "NaN"), (float("inf"), "∞", "∞"),
        (1e12, "1e12", "1e12"), (-0.125, "-0.125", "-0,125"), (99.999, "100", "100"),
    ],
)  # fmt: skip
def test_numbers_in_both_languages(value: float, english: str, german: str) -> None:
    assert written(value, "en") == english
    assert written(value, "de") == german


# -- the run ---------------------------------------------------------------------------------------


def test_a_run_shows_status_facts_charts_and_epochs() -> None:
    session = session_of(600)
    session.progress["best"] = 1
    session.end("finished")
    text = picture(session)
    for said in (
        "run",
        "finished",
        "3 of 3 epochs",
        "600 steps",
        "best: epoch 2 (valid_loss 0.55)",
    ):
        assert said in text
    assert tags(text).count("svg") == 4  # loss, two metrics, learning rate
    assert tags(text).count("tr") == 4
    assert "★ 2" in text
    assert "script" not in tags(text)


def test_commands_and_alerts_are_numbered_on_the_curves_and_in_the_list() -> None:
    session = session_of(600)
    for step, event in ((100, "lr"), (300, "alert"), (500, "refused")):
        session.progress["step"] = step
        if event == "lr":
            session.applied(command("lr_factor", {"value": 0.5}, "reader"))
        elif event == "alert":
            values = {"best": 0.4, "now": 0.52, "epoch": 2}
            session.write("alert", alert="overfitting", level="warning", values=values, action=None)
        else:
            why = Message("dashboard-notes", "trainer-no-best", {})
            session.refused(command("restore_best"), why)
    session.applied(command("panel", {"name": "layers", "on": True}))
    session.progress["step"] = 600
    root = draw(SimpleNamespace(record=session))
    chart = next(root.iter("svg"))
    labels = marks(chart)
    assert labels == ["1", "3", "2"]
    items = {item.get("value"): "".join(item.itertext()) for item in root.iter("li")}
    assert set(items) == {"1", "3"}
    assert "Learning rate × 0.5" in items["1"]
    assert "no best checkpoint" in items["3"]
    assert "by heart" in render(root)
    assert "Stop and go back to the best weights (epoch 2)" in render(root)


def test_the_picture_of_a_huge_run_is_small_and_says_what_it_leaves_out() -> None:
    session = session_of(1_000_000, epochs=5000, metrics=12, name="x" * 10_000)
    for k in range(3000):
        session.progress["step"] = 300 * k
        session.applied(command("lr_factor", {"value": 0.5}))
    values = {"group": "g" * 9999, "last_group": "h" * 9999, "first": 1e-9, "last": 1.0}
    for _ in range(50):
        session.write(
            "alert", alert="vanishing-gradients", level="warning", values=values, action=None
        )
    session.note, session.progress["step"] = "n" * 99_999, 1_000_000
    session.end("failed", "e" * 99_999)
    text = picture(session)
    assert len(text.encode()) <= MOST_BYTES
    assert "earlier rows are not shown" in text
    assert "further events are in the log" in text
    assert tags(text).count("svg") == 6


@pytest.mark.parametrize("status", ["waiting", "running", "stopped", "failed", "interrupted"])
def test_a_run_in_any_state_can_be_drawn(status: str) -> None:
    session = Session("<b>name</b>")
    assert "waiting" in picture(session)
    if status != "waiting":
        session.begin()
    if status not in ("waiting", "running"):
        session.step(float("nan"))
        session.end(status, "ValueError: <script>\x00\ud800" if status == "failed" else None)
    text = picture(session)
    assert "&lt;b&gt;name" in text
    assert "script" not in tags(text)
    assert "\ud800" not in text


def test_the_picture_speaks_german(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "language", "de")
    session = session_of(1200)
    session.end("stopped")
    text = picture(session)
    for said in ("gestoppt", "3 von 3 Epochen", "1.200 Schritte", "Verlust", "Lernrate", "0,3667"):
        assert said in text


def test_colours_hold_on_light_and_dark_grounds() -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    def contrast(a: float, b: float) -> float:
        return (max(a, b) + 0.05) / (min(a, b) + 0.05)

    for colour in COLOURS:
        for ground in ("#ffffff", "#111111", "#16181b"):
            assert contrast(luminance(colour), luminance(ground)) >= 3, (colour, ground)
