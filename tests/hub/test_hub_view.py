"""The search's view: what the page is sent, and what it may ask for."""

from __future__ import annotations

import json
import time
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

import tfwidgets as tfw
from tests.hub.found import OFFLINE, Plan, entry, plan_hub
from tests.hub.page import Page, ids
from tfwidgets.hub.notes import note
from tfwidgets.hub.query import PLACES, Query
from tfwidgets.hub.rows import as_fields, row_of
from tfwidgets.hub.widget import KEPT, MOST_ROWS
from tfwidgets.models import session
from tfwidgets.models.net import HubProblem

__all__ = ["plan_hub"]

LOCAL = {
    "cache": [entry("google/bert", "cache", task="fill-mask", downloads=5, languages=("en",))],
    "demo": [entry("demo/minilm", "demo", task="fill-mask", license="mit")],
}


def online(*names: str, **known: Any) -> list[Any]:
    return [entry(name, **known) for name in names]


def test_what_is_here_comes_at_once_and_the_hub_is_not_waited_for(plan: Plan) -> None:
    hub = plan(online("a/x", "google/bert", downloads=9), **LOCAL)
    hub.gate.clear()
    page = Page()
    identity = page.start("search", query={"text": ""}, count=50)
    deadline = time.monotonic() + 5
    while len(page.progress(identity)) < 2 and time.monotonic() < deadline:
        time.sleep(0.002)
    working, first = page.progress(identity)
    assert working == {}
    assert ids(first) == ["google/bert", "demo/minilm"]
    assert (first["known"], first["more"], first["problem"]) == (2, True, None)
    hub.gate.set()
    last = page.end(identity)
    assert ids(last) == ["google/bert", "demo/minilm", "a/x"]
    assert last["rows"][0]["downloads"] == 9
    assert last["more"] is False
    assert last["counts"] == {"cache": 1, "demo": 1, "hub": 1}
    assert last["facets"]["task"] == [("fill-mask", 2)]


def test_a_search_that_nobody_waits_for_is_answered_no_more(plan: Plan) -> None:
    hub = plan(online("a/x"))
    hub.gate.clear()
    page = Page()
    identity = page.start("search", query={"text": "old"}, count=50)
    page.drop(identity)
    hub.gate.set()
    assert page.search("other", where=["demo"])["known"] == 0
    assert not [content for content in page.of(identity) if "progress" not in content]


def test_rows_beyond_the_known_ones_are_asked_of_the_hub(plan: Plan) -> None:
    pages = [online(*(f"a/m{k}" for k in range(start, start + 40))) for start in (0, 40, 80)]
    hub = plan(*pages)
    page = Page()
    assert page.search()["known"] == 40
    assert len(hub.counts) == 1
    query = {"text": ""}
    payload = page.ask("rows", query=query, start=10, stop=12)
    assert ids(payload) == ["a/m10", "a/m11"]
    assert len(hub.counts) == 1
    payload = page.ask("rows", query=query, start=50, stop=100)
    assert ids(payload)[0] == "a/m50"
    assert (payload["known"], payload["more"]) == (120, False)
    assert len(hub.counts) == 3


def test_no_more_rows_are_sent_than_a_page_can_want(plan: Plan) -> None:
    plan(folders=[entry(f"f{k}", "folder") for k in range(2000)])
    page = Page()
    assert len(page.search(count=10**9, where=["folders"])["rows"]) == MOST_ROWS
    query = {"text": "", "where": ["folders"]}
    assert len(page.ask("rows", query=query, start=1000, stop=10**9)["rows"]) == MOST_ROWS
    assert page.ask("rows", query=query, start=-5, stop=-1)["rows"] == []


def test_a_failed_hub_is_told_with_what_is_here_and_asked_again_on_a_retry(plan: Plan) -> None:
    problem = HubProblem("The hub wants a pause.", "limited", wait=20.0)
    hub = plan(problem, online("a/x"), **LOCAL)
    page = Page()
    payload = page.search()
    assert ids(payload) == ["google/bert", "demo/minilm"]
    assert payload["problem"]["kind"] == "limited"
    assert 19 < payload["problem"]["wait"] <= 20
    assert payload["more"] is True
    query = {"text": ""}
    assert page.ask("rows", query=query, start=0, stop=50)["problem"]["kind"] == "limited"
    assert len(hub.counts) == 1, "the hub is left alone"
    payload = page.search(retry=True)
    assert payload["problem"] is None
    assert ids(payload)[-1] == "a/x"


def test_the_rest_of_a_pause_is_told(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    plan(HubProblem("Wait.", "limited", wait=20.0))
    page = Page()
    page.search()
    later = SimpleNamespace(monotonic=lambda: time.monotonic() + 15)
    # By its name the package gives the function, not the room.
    monkeypatch.setattr(import_module("tfwidgets.hub.rows"), "time", later)
    payload = page.ask("rows", query={"text": ""}, start=0, stop=50)
    assert 4 < payload["problem"]["wait"] <= 5.1


def test_models_that_came_are_found_when_the_page_asks_anew(
    plan: Plan,
) -> None:
    plan(OFFLINE, OFFLINE, OFFLINE, **LOCAL)
    page = Page()
    assert page.search()["known"] == 2
    assert page.search("b")["known"] == 1
    plan(OFFLINE, OFFLINE, cache=[*LOCAL["cache"], entry("b/new", "cache")], demo=LOCAL["demo"])
    assert page.search()["known"] == 2
    assert page.search(fresh=True)["known"] == 3
    assert page.search("b")["known"] == 2  # what was found for other questions is old, too


def test_what_cannot_be_meant_is_said(plan: Plan) -> None:
    plan()
    page = Page()
    with pytest.raises(LookupError, match="no task 'fil-mask'"):
        page.search(task="fil-mask")
    with pytest.raises(LookupError, match="sorted"):
        page.search(sort="beauty")
    with pytest.raises(LookupError, match="not known"):
        page.search(colour="red")
    with pytest.raises(LookupError, match="not in the list"):
        page.ask("code", key="hub:nobody/nothing")


def test_the_first_question_is_the_one_of_the_search(plan: Plan) -> None:
    hub = plan(online("a/bert", task="fill-mask"))
    query = Query.of("bert", task="fill-mask", params="50M:1.5B", gated=False)
    page = Page(query)
    fields = page.view.query
    assert fields == {
        "text": "bert", "task": "fill-mask", "params": "50M:1.5B", "gated": False,
        "sort": "downloads", "where": list(PLACES),
    }  # fmt: skip
    assert Query.of(**fields) == query
    assert page.ask("search", query=fields, count=50)["known"] == 1
    assert len(hub.clients) == 1
    nothing = dict.fromkeys(("language", "license", "library", "family", "author"))
    page.ask("search", query=fields | nothing, count=50)
    assert len(hub.clients) == 1, "the same question"


@pytest.mark.parametrize("params", ["1234567:", ":7B", "900M:1100M", "0:5"])
def test_a_range_survives_the_way_to_the_page(params: str) -> None:
    query = Query.of(params=params)
    assert Query.of(params=as_fields(query)["params"]) == query


def test_rows_are_no_part_of_the_state(plan: Plan) -> None:
    plan(online("a/secretive"))
    page = Page()
    page.search()
    state = repr(page.view.get_state())
    assert "secretive" not in state


def test_few_questions_are_kept(plan: Plan) -> None:
    plan(*[OFFLINE] * 40)
    page = Page()
    for k in range(KEPT + 5):
        page.search(f"q{k}")
    assert len(page.view._found) == KEPT


def test_text_from_outside_is_bounded_and_printable() -> None:
    row = row_of(
        entry(
            "a/" + "x" * 5000,
            license="mit\u202e\x00" + "y" * 500,
            languages=tuple(f"l{k}" for k in range(500)),
            messages=(note("renamed", id="\ud800 bad\nnote" + "z" * 5000),),
        ),
        "k",
    )
    assert len(json.dumps(row, ensure_ascii=False).encode()) < 3000
    assert "\u202e" not in row["license"]
    for text in row["notes"][0].values():
        assert "\n" not in text
        assert len(text) <= 400


def test_code_loads_the_model(plan: Plan) -> None:
    plan(online("a/x"), folders=[entry('C:\\models\\"x"', "folder")])
    page = Page()
    rows = page.search()["rows"]
    code = {row["id"]: page.ask("code", key=row["key"])["text"] for row in rows}
    assert code["a/x"] == 'import tfwidgets as tfw; model = tfw.load("a/x")'
    loaded: dict[str, Any] = {}
    line = code['C:\\models\\"x"'].removeprefix("import tfwidgets as tfw; ")
    # What a person is given to run.
    exec(line, {"tfw": type("tfw", (), {"load": staticmethod(str)})}, loaded)  # noqa: S102
    assert loaded["model"] == 'C:\\models\\"x"'


def test_a_model_is_used_and_every_view_hears_of_it(plan: Plan) -> None:
    plan(demo=[entry("demo/minilm", "demo")])
    page, other = Page(), Page()
    row = page.search(where=["demo"])["rows"][0]
    assert row["inUse"] is False
    assert page.ask("use", key=row["key"]) == {"name": "demo/minilm"}
    assert page.search(where=["demo"])["rows"][0]["inUse"] is True
    told = [content for content in other.sent if content.get("type") == "in_use"]
    assert told == [{"type": "in_use", "name": "demo/minilm"}]
    tfw.use(None)
    told = [content for content in other.sent if content.get("type") == "in_use"]
    assert told[-1]["name"] == ""
    page.view.close()
    session.use("demo/minilm")
    assert [c["name"] for c in page.sent if c.get("type") == "in_use"] == ["demo/minilm", ""]
    session.clear()


def test_ten_thousand_models_are_sent_in_windows_fast(plan: Plan) -> None:
    folders = [
        entry(f"models/m{k}", "folder", task="fill-mask", languages=("de", "en"), license="mit")
        for k in range(10_000)
    ]
    plan(folders=folders)
    page = Page()
    page.search(where=["folders"])
    query = {"text": "", "where": ["folders"]}
    began = time.monotonic()
    for start in range(0, 10_000, 500):
        assert ids(page.ask("rows", query=query, start=start, stop=start + 50))
    assert time.monotonic() - began < 2.0  # measured: 0.1 s


def test_choices_are_the_common_ones_and_what_was_seen(plan: Plan) -> None:
    plan(online("a/x", license="rare-1.0", family="oddformer"))
    page = Page()
    page.search()
    choices = page.ask("choices")
    assert {"rare-1.0", "mit"} <= set(choices["license"])
    assert {"oddformer", "bert"} <= set(choices["family"])
    assert {"fill-mask", "de"} <= {*choices["task"], *choices["language"]}


def test_what_is_wrong_with_a_place_is_told(plan: Plan) -> None:
    plan(online("a/x"))
    page = Page()
    page.search()
    [found] = page.view._found.values()
    found.listing.messages = (note("folders.absent", folder="a\nb"),)
    [told] = page.search()["notes"]
    assert told["en"].startswith("There is no folder a b ")


@pytest.mark.parametrize("kernel", ["en_US.UTF-8", "de_DE.UTF-8"])
def test_notes_are_sent_in_both_languages_whatever_the_kernels_is(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, kernel: str
) -> None:
    monkeypatch.setenv("LC_ALL", kernel)
    cached = entry("org/half", "cache", missing=("x",), messages=(note("unfinished"),))
    plan([], cache=[cached], messages=(note("folders.absent", folder="x"),))
    page = Page()
    assert page.view.language == "auto"  # the browser's
    found = page.search()
    absent = "Den Ordner x gibt es nicht (%config TfWidgets.model_folders)."
    assert [message["de"] for message in found["notes"]] == [absent]
    unfinished = {
        "en": "A download of it did not end.",
        "de": "Ein Download davon wurde nicht fertig.",
    }
    assert found["rows"][0]["notes"] == [unfinished]
    details = page.ask("details", key=found["rows"][0]["key"])
    assert details["notes"] == [unfinished]
