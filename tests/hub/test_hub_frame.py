"""The search as a pandas table."""

from __future__ import annotations

from datetime import datetime, timezone

import pandas as pd

from tests.hub.found import Plan, entry, plan_hub
from tfwidgets.hub.run import hub

__all__ = ["plan_hub"]

COLUMNS = [
    "id", "source", "task", "languages", "license", "params", "dtype", "disk_size", "downloads",
    "likes", "updated", "gated", "cached", "revision", "architecture", "url",
]  # fmt: skip


def test_a_row_for_each_model_with_the_attributes_in_order(plan: Plan) -> None:
    day = datetime(2026, 3, 4, 5, 6, 7, 891011, tzinfo=timezone.utc)
    second = datetime(2026, 3, 5, tzinfo=timezone.utc)
    plan(
        [entry("org/far", languages=("de", "en"), downloads=2**40, updated=second, gated="auto"),
         entry("org/bare")],
        cache=[entry("org/near", "cache", params=5, updated=day, gated=False, license="mit")],
    )  # fmt: skip
    frame = hub().to_frame()
    assert list(frame) == COLUMNS
    assert frame["id"].tolist() == ["org/near", "org/far", "org/bare"]
    for name in ("params", "disk_size", "downloads", "likes"):
        assert frame[name].dtype == "Int64"
    assert frame["params"].sum() == 5
    assert frame["params"].isna().tolist() == [False, True, True]
    assert frame["downloads"][1] == 2**40
    assert str(frame["updated"].dtype.tz) == "UTC"  # type: ignore[union-attr]
    assert frame["updated"].tolist()[:2] == [pd.Timestamp(day), pd.Timestamp(second)]
    assert pd.isna(frame["updated"][2])
    assert frame["cached"].tolist() == [True, False, False]
    assert frame["cached"].dtype == bool
    assert frame["languages"].tolist() == [(), ("de", "en"), ()]
    assert frame["gated"].tolist()[:2] == [False, "auto"]
    assert frame["gated"][2] is None
    assert frame.loc[frame["license"] == "mit", "id"].tolist() == ["org/near"]


def test_nothing_found_is_a_table_of_the_same_kinds(plan: Plan) -> None:
    plan([])
    frame = hub().to_frame()
    assert (list(frame), len(frame)) == (COLUMNS, 0)
    assert frame["params"].dtype == "Int64"
    assert frame["cached"].dtype == bool
    assert str(frame["updated"].dtype.tz) == "UTC"  # type: ignore[union-attr]


def test_it_has_as_many_rows_as_the_limit(plan: Plan) -> None:
    plan([entry(f"org/m{k}") for k in range(30)])
    assert len(hub(limit=12).to_frame()) == 12
