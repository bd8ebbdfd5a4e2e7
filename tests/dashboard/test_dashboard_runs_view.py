"""The history's view: what the page is sent, and what it may ask for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.dashboard.recorded import trained
from tests.dashboard.test_dashboard_runs import stored
from tfwidgets.config import settings
from tfwidgets.dashboard.history.runs import Runs, runs
from tfwidgets.dashboard.history.widget import MOST_ROWS, RunsView
from tfwidgets.dashboard.result import Run
from tfwidgets.dashboard.store import live

NEWEST = {"by": "started", "descending": True}


class Page:
    """The page's side of a view."""

    def __init__(self, shown: Any) -> None:
        self.view: RunsView = shown.widget()
        self.sent: list[tuple[dict[str, Any], Any]] = []
        self.view.send = lambda content, buffers=None: self.sent.append((content, buffers))

    def ask(self, type_: str, **fields: Any) -> tuple[dict[str, Any], list[bytes]]:
        """Return what a request is answered with, or raise what the error says."""
        before = len(self.sent)
        self.view._handle_custom_msg({"id": "x", "type": type_, **fields}, [])
        content, buffers = next(s for s in self.sent[before:] if "id" in s[0])
        json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
        if "error" in content:
            raise LookupError(content["error"])
        return content["ok"], buffers

    def rows(self, start: int = 0, stop: int = 50, **fields: Any) -> dict[str, Any]:
        return self.ask("rows", start=start, stop=stop, **{"sort": NEWEST, **fields})[0]

    def order(self, **fields: Any) -> list[str]:
        return [row["id"] for row in self.rows(**fields)["rows"]]

    @property
    def pushed(self) -> list[str]:
        return [content["type"] for content, _ in self.sent if "id" not in content]


@pytest.fixture(autouse=True)
def _store(tmp_path: Path) -> None:
    settings().run_store = str(tmp_path / "store")


@pytest.fixture
def three() -> list[str]:
    return [
        stored("beta", started=1000.0, lr=0.1, valid=(0.9, 0.2), epochs=2),
        stored("Alpha", started=2000.0, lr=0.2, project="reviews"),
        stored("gamma", started=3000.0, lr=0.2, status="stopped", valid=(0.9, 0.3)),
    ]


def values(head: dict[str, Any], buffer: bytes) -> list[float]:
    """Return the means of a curve as the page reads them."""
    start = 0 if head["dense"] else 8 * head["count"]
    return np.frombuffer(buffer, "<f4", head["count"], start).tolist()


def test_a_row_says_what_the_table_shows(three: list[str]) -> None:
    answer = Page(runs()).rows()
    assert (answer["start"], answer["total"]) == (0, 3)
    assert answer["projects"] == ["default", "reviews"]
    assert answer["rows"][0] == {
        "id": three[2],
        "name": "gamma",
        "project": "default",
        "status": "stopped",
        "started": 3000.0,
        "seconds": 75.0,
        "epochs": 2,
        "steps": 20,
        "monitor": "valid_loss",
        "best": pytest.approx(0.3),
        "model": "tiny",
        "note": "",
        "live": False,
        "newer": False,
        "problem": None,
    }


@pytest.mark.parametrize(
    ("by", "descending", "order"),
    [
        ("started", True, [2, 1, 0]),
        ("started", False, [0, 1, 2]),
        ("name", False, [1, 0, 2]),
        ("name", True, [2, 0, 1]),
        ("status", False, [1, 0, 2]),
        ("best", False, [0, 2, 1]),
        ("best", True, [1, 2, 0]),
        ("epochs", False, [2, 1, 0]),
        ("seconds", False, [2, 1, 0]),
    ],
)
def test_sorting(three: list[str], by: str, descending: bool, order: list[int]) -> None:
    found = Page(runs()).order(sort={"by": by, "descending": descending})
    assert found == [three[k] for k in order]


@pytest.mark.parametrize("descending", [False, True])
def test_runs_without_a_value_come_last(three: list[str], descending: bool) -> None:
    without = stored("none", valid=(float("nan"), float("nan")), started=1.0)
    assert Page(runs()).order(sort={"by": "best", "descending": descending})[-1] == without


def test_filters(three: list[str]) -> None:
    page = Page(runs())
    assert page.order(text="ALP") == [three[1]]
    assert page.order(text="a tiny", status="finished") == [three[1], three[0]]
    assert page.order(project="reviews") == [three[1]]
    assert page.order(text="nothing") == []
    # The chooser still has all projects.
    assert page.rows(project="reviews")["projects"] == ["default", "reviews"]


def test_the_view_of_a_part_has_that_part(three: list[str]) -> None:
    assert Page(runs(status="finished")).order() == [three[1], three[0]]
    assert Page(runs()[:1]).order() == [three[2]]


def test_rows_come_in_pages(three: list[str]) -> None:
    page = Page(runs())
    assert [row["id"] for row in page.rows(1, 2)["rows"]] == [three[1]]
    assert page.rows(5, 9)["rows"] == []
    assert len(page.rows(-5, 10**9)["rows"]) <= MOST_ROWS


def test_a_run_is_opened_with_its_curves(three: list[str]) -> None:
    payload, buffers = Page(runs()).ask("open_run", run=three[1])
    assert payload["info"]["name"] == "Alpha"
    assert payload["info"]["facts"]["settings"]["lr"] == 0.2
    assert [row["values"]["valid_loss"] for row in payload["epochs"]] == [0.6, 0.4]
    heads = {
        head["name"]: (head, buffer)
        for head, buffer in zip(payload["curves"], buffers, strict=True)
    }
    assert values(*heads["loss"]) == pytest.approx([1 / k for k in range(1, 21)])


def test_a_part_of_a_curve(three: list[str]) -> None:
    asked = {"run": three[0], "names": ["loss", "nothing"], "first": 5, "last": 8, "bins": 100}
    payload, (buffer,) = Page(runs()).ask("window", **asked)
    (head,) = payload["curves"]
    found = values(head, buffer)
    assert head["x0"] <= 5
    assert set(found) >= {np.float32(1 / k).item() for k in range(5, 9)}
    assert len(found) < 10


def test_a_comparison_comes_run_after_run(three: list[str]) -> None:
    payload, buffers = Page(runs()).ask("compare", ids=[three[0], three[2]])
    first, second = payload["runs"]
    assert (first["name"], second["name"]) == ("beta", "gamma")
    assert len(buffers) == len(first["curves"]) + len(second["curves"])
    at = [head["name"] for head in second["curves"]].index("valid_loss")
    head = second["curves"][at]
    assert values(head, buffers[len(first["curves"]) + at]) == pytest.approx([0.9, 0.3])
    rows = {row["key"]: row for row in payload["settings"]}
    assert rows["lr"] == {"key": "lr", "values": ["0.1", "0.2"], "same": False}
    assert rows["batch_size"]["same"] is True
    best = {row["name"]: row for row in payload["best"]}
    assert best["valid_loss"]["lower"] is True
    assert best["valid_loss"]["best"] == 0
    assert best["valid_loss"]["values"] == pytest.approx([0.2, 0.3])


def test_a_comparison_opens_the_view_on_it() -> None:
    # Neither is in the store.
    compared = [Run.of(trained("one", status=None)), Run.of(trained("two"))]
    made = runs().compare(*compared)
    page = Page(made)
    assert page.view.compare == [run.id for run in compared]
    payload, _ = page.ask("compare", ids=page.view.compare)
    assert [(run["name"], run["live"]) for run in payload["runs"]] == [
        ("one", True),
        ("two", False),
    ]


def test_wrong_comparisons_are_refused(three: list[str]) -> None:
    page = Page(runs())
    with pytest.raises(LookupError, match="at least two"):
        page.ask("compare", ids=[three[0]])
    with pytest.raises(LookupError, match="At most 6 runs"):
        page.ask("compare", ids=[three[0]] * 7)


def test_a_note_is_kept_and_told(three: list[str]) -> None:
    page = Page(runs())
    page.ask("note", run=three[0], text="lone \ud800 surrogate")
    assert runs()[three[0]].note == "lone � surrogate"
    assert page.pushed == ["changed"]
    assert page.rows(text="surrogate")["total"] == 1


def test_deleting_tells_every_view(three: list[str]) -> None:
    page, other = Page(runs()), Page(runs())
    page.ask("delete", ids=three[:2])
    assert page.order() == [three[2]]
    assert other.pushed == ["changed"]
    assert other.order() == [three[2]]


def test_a_running_training_is_marked_and_not_deleted(three: list[str]) -> None:
    session = trained("now", status=None)
    live[session.id] = session
    try:
        page = Page(runs())
        row = page.rows()["rows"][0]
        assert (row["name"], row["live"], row["status"]) == ("now", True, "running")
        with pytest.raises(LookupError, match="'now' is still training"):
            page.ask("delete", ids=[session.id, three[0]])
        assert page.rows()["total"] == 4
    finally:
        del live[session.id]


@pytest.mark.parametrize(
    ("kind", "mime", "begins"),
    [
        ("csv", "text/csv", b"step,"),
        ("html", "text/html", b"<!doctype"),
        ("png", "image/png", b"\x89PNG"),
    ],
)
def test_export(three: list[str], kind: str, mime: str, begins: bytes) -> None:
    payload, (data,) = Page(runs()).ask("export", run=three[0], kind=kind)
    assert payload == {"name": f"beta-{three[0][:6]}.{kind}", "mime": mime}
    assert data.startswith(begins)


@pytest.mark.parametrize("type_", ["open_run", "note", "delete", "export"])
def test_a_run_that_is_gone_is_said(three: list[str], type_: str) -> None:
    fields: dict[str, dict[str, Any]] = {"note": {"text": ""}, "export": {"kind": "csv"}}
    asked = {"ids": ["gone"]} if type_ == "delete" else {"run": "gone", **fields.get(type_, {})}
    with pytest.raises(LookupError, match="no run 'gone'"):
        Page(runs()).ask(type_, **asked)


def test_an_empty_store_is_an_empty_table() -> None:
    answer = Page(Runs()).rows()
    assert (answer["rows"], answer["total"], answer["projects"]) == ([], 0, [])
