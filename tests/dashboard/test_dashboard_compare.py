"""Runs beside each other: curves by step, settings that differ, the best marked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.dashboard.recorded import trained
from tfwidgets.dashboard.history.compare import Comparison, compared_values, less_is_better
from tfwidgets.dashboard.result import Run
from tfwidgets.errors import InputError


def comparison(**second: Any) -> Comparison:
    one = trained("one", lr=0.1, extra={"dropout": 0.1})
    other = trained("other", **{"lr": 0.2, "steps": 10, "valid": (0.5, 0.3), **second})
    return Comparison([Run.of(one), Run.of(other)])


def test_settings_are_those_that_differ() -> None:
    made = comparison()
    assert made.settings.to_dict("index") == {
        "lr": {"one": 0.1, "other": 0.2},
        "extra.dropout": {"one": 0.1, "other": None},
    }
    everything = made.all_settings
    assert set(made.settings.index) < set(everything.index)
    assert everything.loc["batch_size"].tolist() == [4, 4]
    assert everything.loc["data.fingerprint"].tolist() == ["abc", "abc"]
    assert everything.loc["packages.torch"].tolist() == ["2.0", "2.0"]


def test_other_data_is_a_difference() -> None:
    made = comparison(facts={"data": {"rows": 80, "fingerprint": "xyz"}}, lr=0.1)
    assert made.settings.loc["data.fingerprint"].tolist() == ["abc", "xyz"]


def test_a_curve_has_a_column_per_run_and_a_row_per_step() -> None:
    frame = comparison().curve("loss")
    assert list(frame.columns) == ["one", "other"]
    assert list(frame.index) == list(range(1, 21))
    np.testing.assert_allclose(frame["one"], 1 / np.arange(1, 21), rtol=1e-6)
    assert frame["other"].notna().sum() == 10


def test_a_curve_that_only_one_run_has() -> None:
    made = comparison()
    made.records[1].point("extra", 3.0)  # type: ignore[attr-defined]
    made.records[1].flush()  # type: ignore[attr-defined]
    frame = made.curve("extra")
    assert frame["one"].isna().all()
    assert frame["other"].tolist() == [3.0]
    with pytest.raises(InputError, match=r"has a curve 'lose'.*Did you mean 'loss'"):
        made.curve("lose")


def test_the_best_of_each_value_is_marked() -> None:
    made = comparison(accuracy=(0.75, 0.7))
    best = made.best
    assert best.loc["valid_loss"].tolist() == [pytest.approx(0.4), pytest.approx(0.3), "other"]
    # Both reached the same: none is better.
    assert best.loc["accuracy"].tolist() == [pytest.approx(0.75), pytest.approx(0.75), None]


def test_of_equals_the_first_is_best() -> None:
    runs = [trained("a"), trained("b", accuracy=(0.1, 0.9)), trained("c", accuracy=(0.9, 0.9))]
    (row,) = [v for v in compared_values(runs) if v.name == "accuracy"]
    assert row.best == 1


def test_values_that_are_nan_or_missing_are_never_best() -> None:
    one = trained("one", valid=(float("nan"), float("nan")))
    (row,) = [v for v in compared_values([one, trained("b")]) if v.name == "valid_loss"]
    assert (row.values, row.best) == ((None, 0.4), 1)


@pytest.mark.parametrize(
    ("name", "lower"),
    [
        ("valid_loss", True),
        ("error_rate", True),
        ("perplexity", True),
        ("val/rmse", True),
        ("accuracy", False),
        ("f1_score", False),
        ("lossless", False),
    ],
)
def test_which_values_are_better_when_they_are_less(name: str, lower: bool) -> None:
    assert less_is_better(name) is lower
    assert less_is_better(name, {"monitor": name, "monitor_lower": not lower}) is not lower


def test_runs_of_one_name_can_be_told_apart() -> None:
    one, other = trained("same"), trained("same")
    made = Comparison([Run.of(one), Run.of(other)])
    assert made.labels == [f"same ({one.id[:6]})", f"same ({other.id[:6]})"]


def test_a_run_is_compared_with_another_only() -> None:
    run = Run.of(trained())
    for runs in ([], [run], [run, run]):
        with pytest.raises(InputError, match="at least two"):
            Comparison(runs)


def test_its_text_says_what_differs_and_who_is_best() -> None:
    text = repr(comparison())
    assert text.startswith("2 runs\n")
    assert "*0.3" in text
    assert "lr" in text
    assert "batch_size" not in text


def test_its_picture_has_curves_and_no_script() -> None:
    made = comparison(batch_size="<script>alert(1)</script>")
    html = made.static_html()
    assert html.count("<svg") == 3  # smoothed loss, validation loss, accuracy
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "0.3 ★" in html
    assert len(html) < 60_000


def test_its_picture_says_when_nothing_differs() -> None:
    made = Comparison([Run.of(trained("a")), Run.of(trained("b"))])
    assert "All settings are the same." in made.static_html()


def test_its_picture_draws_six_runs_and_says_so() -> None:
    made = Comparison([Run.of(trained(f"run {k}")) for k in range(8)])
    html = made.static_html()
    assert "Only the first 6 runs are drawn." in html
    assert "run 5" in html
    assert "run 6" not in html
