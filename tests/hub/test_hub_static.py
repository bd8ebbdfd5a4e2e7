"""The script-free picture: what it holds, in both languages, and that text stays text."""

from __future__ import annotations

from datetime import datetime, timezone
from html.parser import HTMLParser
from typing import Any, get_args

import pytest

from tests.hub.found import OFFLINE, UNREACHABLE, Plan, entry, plan_hub
from tfwidgets.config import settings
from tfwidgets.hub.notes import note
from tfwidgets.hub.result import ModelSearch
from tfwidgets.hub.run import hub
from tfwidgets.hub.static import draw
from tfwidgets.models.net import HubProblem, Kind
from tfwidgets.ui.amounts import short_count, short_size

__all__ = ["plan_hub"]


def rows(found: ModelSearch) -> list[list[str]]:
    table = draw(found).find(".//tbody")
    return [] if table is None else [["".join(td.itertext()) for td in tr] for tr in table]


def words(found: ModelSearch) -> str:
    return " ".join("".join(draw(found).itertext()).split())


def known(plan: Plan) -> ModelSearch:
    plan(
        [entry("org/far", task="translation", languages=("de", "en", "fr", "gsw"), license="mit",
               downloads=1234567, likes=89, params=22_700_000, gated="manual",
               url="https://hub.test/org/far"),
         entry("org/secret", private=True, disabled=True, url="javascript:alert(1)")],
        cache=[entry("org/near", "cache", task="fill-mask", params=110_000_000, disk_size=438e6,
                     updated=datetime(2026, 5, 6, tzinfo=timezone.utc)),
               entry("org/part", "cache", cached=False, missing=("model.safetensors",))],
        demo=[entry("demo/a", "demo")],
    )  # fmt: skip
    found = hub("o")
    list(found)
    return found


def test_a_row_says_what_is_known_of_a_model(plan: Plan) -> None:
    gap = "\N{NO-BREAK SPACE}"
    assert rows(known(plan)) == [
        ["demo/a", "", "", "", "", "", "", "", "", "demo"],
        ["org/near", "fill-mask", "", "", f"110{gap}M", f"438{gap}MB", "", "",
         "2026-05-06", "here"],
        ["org/part", "", "", "", "", "", "", "", "", "not whole"],
        ["org/far", "translation", "German, English, French, +1", "mit", f"22.7{gap}M", "",
         "1,234,567", "89", "", "gated"],
        ["org/secret", "", "", "", "", "", "", "", "", "private, disabled"],
    ]  # fmt: skip


def test_what_no_model_says_of_itself_takes_no_room(plan: Plan) -> None:
    plan([], demo=[entry("demo/a", "demo", task="fill-mask"), entry("demo/b", "demo")])
    found = hub()
    list(found)
    assert rows(found) == [["demo/a", "fill-mask", "demo"], ["demo/b", "", "demo"]]
    header = draw(found).findall(".//th")
    assert ["".join(th.itertext()) for th in header] == ["Model", "Task", "State"]


def test_in_german(plan: Plan) -> None:
    found = known(plan)
    settings().language = "de"
    gap = "\N{NO-BREAK SPACE}"
    assert rows(found)[3][2:7] == [
        "Deutsch, Englisch, Französisch, +1", "mit", f"22,7{gap}M", "", "1.234.567",
    ]  # fmt: skip
    assert rows(found)[4][-1] == "privat, gesperrt"
    assert "5 Modelle" in words(found)
    assert "Aufgaben: fill-mask 1, translation 1" in words(found)


def test_only_pages_of_the_web_are_linked(plan: Plan) -> None:
    links = [link.attrib for link in draw(known(plan)).iter("a")]
    assert [link["href"] for link in links] == ["https://hub.test/org/far"]
    assert links[0]["rel"] == "noopener noreferrer"


def test_texts_from_outside_stay_text(plan: Plan) -> None:
    bad = "<script>alert(1)</script>\x1b\N{RIGHT-TO-LEFT OVERRIDE}"
    plan([
        entry(bad, task=bad, languages=(bad,), license=bad, family=bad, url=f"https://x/{bad}",
              libraries=(bad,)),
        entry(f"{bad}2", task="b", license="c", languages=("de",)),
    ])  # fmt: skip
    found = hub(f"{bad}", author=bad)
    list(found)
    html = found.static_html()
    assert "\x1b" not in html
    tags = Tags()
    tags.feed(html)
    assert {name for name, _ in tags.found} <= {
        "div", "p", "table", "thead", "tbody", "tr", "th", "td", "b", "a",
    }  # fmt: skip
    attributes = {name for _, names in tags.found for name in names}
    assert attributes <= {"class", "style", "dir", "href", "target", "rel"}
    assert not draw(found).findall(".//script")


class Tags(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, [name for name, _ in attrs]))


def test_it_says_what_was_asked_and_how_much_there_is(plan: Plan) -> None:
    plan([entry(f"org/bert{k}") for k in range(60)])
    found = hub("bert", task="ner", language="de", params=":200M", gated=False, limit=40)
    list(found)
    head = (
        "“bert” · German · token-classification · ≤ 200 M · not gated · 40 models · the first ones"
    )
    assert words(found).startswith(head)
    assert len(rows(found)) == 25
    assert "15 more models are left out here." in words(found)


@pytest.mark.parametrize(
    ("params", "shown"),
    [("1M:2B", "1 M–2 B"), ("7B:", "≥ 7 B"), (":50M", "≤ 50 M"), ("0:50M", "≤ 50 M")],
)
def test_a_range_of_parameters_in_words(plan: Plan, params: str, shown: str) -> None:
    plan([])
    found = hub(params=params)
    list(found)
    assert words(found) == f"{shown} · No model fits."


def test_before_anything_is_known_it_says_so(plan: Plan) -> None:
    planned = plan([entry("org/far")], cache=[entry("org/near", "cache")])
    found = hub()
    assert words(found) == "Models are being looked for."
    found.listing.local()
    assert words(found).startswith("1 model · the hub has not answered yet")
    assert planned.counts == []


def test_a_failure_is_told_and_being_offline_is_none(plan: Plan) -> None:
    for problem, text in ((UNREACHABLE, str(UNREACHABLE)), (OFFLINE, "this is what is here")):
        plan(problem, cache=[entry("org/near", "cache")])
        found = hub()
        list(found)
        assert text in words(found)
        assert words(found).startswith("1 model")


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_failure_in_german_and_without_seconds_that_pass(plan: Plan, kind: Kind) -> None:
    problem = HubProblem("Nobody knows. Ask again in 7 s.", kind, wait=7)
    plan(problem)
    found = hub()
    list(found)
    assert "Ask again in 7 s" in repr(found)
    kept = [words(found), found._text()]
    assert all(("7 s" in text) is (kind not in ("limited", "offline")) for text in kept[:1])
    assert ("7 s" in kept[1]) is (kind != "limited")
    settings().language = "de"
    assert "Nobody knows" not in words(found)
    assert "Hub" in words(found)


def test_an_endpoint_that_is_no_address_spoils_no_picture(plan: Plan) -> None:
    plan(cache=[entry("org/near", "cache", url="http://[/org/near")])
    assert "org/near" in hub(where="cache").static_html()


def test_what_could_not_be_looked_at_is_noted(plan: Plan) -> None:
    plan([], messages=(note("folders.absent", folder="<x>"),))
    found = hub()
    list(found)
    said = "There is no folder <x> (%config TfWidgets.model_folders)."
    assert words(found) == f"No model fits.{said}"
    assert repr(found).splitlines() == ["no models", said]
    settings().language = "de"
    assert words(found).endswith("Den Ordner <x> gibt es nicht (%config TfWidgets.model_folders).")
    assert repr(found).splitlines() == ["no models", said]  # it is in English, as all around it


def test_the_page_asks_the_hub_when_it_is_asked_for(plan: Plan) -> None:
    planned = plan([entry("org/far")])
    assert "org/far" in hub().static_html()
    assert planned.counts == [30]


@pytest.mark.parametrize(
    ("value", "text", "german"),
    [(0, "0", "0"), (999, "999", "999"), (1000, "1 k", "1 k"), (22_713_216, "22.7 M", "22,7 M"),
     (109_482_240, "109 M", "109 M"), (999_600, "1 M", "1 M"), (99_960_000, "100 M", "100 M"),
     (7 * 10**9, "7 B", "7 B"), (10**15, "1000 T", "1000 T")],
)  # fmt: skip
def test_counts_as_a_table_has_room_for_them(value: int, text: str, german: str) -> None:
    assert short_count(value).replace("\N{NO-BREAK SPACE}", " ") == text
    assert short_count(value, "de").replace("\N{NO-BREAK SPACE}", " ") == german


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 B"), (12, "12 B"), (1500, "1.5 kB"), (438_000_000, "438 MB")]
)
def test_sizes_as_a_table_has_room_for_them(value: int, text: Any) -> None:
    assert short_size(value).replace("\N{NO-BREAK SPACE}", " ") == text
