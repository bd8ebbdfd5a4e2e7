"""What the search's view answers about one model, its download, and the cache."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.hub.cached_models import add, saved, weights, whole
from tests.hub.test_hub_view import Page
from tests.support.hub_server import HubServer
from tfwidgets.hub.housekeeping import delete
from tfwidgets.hub.query import Query


@pytest.fixture
def served(hub: HubServer, tmp_path: Path) -> HubServer:
    files = whole(**{"model.safetensors": weights({"w": ("F32", (300, 1000))})})
    hub.add("org/tiny", saved(tmp_path / "repo", files), downloads=3)
    return hub


def opened(where: Any = ("hub",)) -> tuple[Page, str]:
    page = Page(Query.of(where=where))
    (row,) = page.search(where=list(where))["rows"]
    return page, row["key"]


def jobs(page: Page) -> list[dict[str, Any]]:
    return [content for content in page.sent if content.get("type") == "job"]


def until(condition: Any) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_details_come_twice(served: HubServer) -> None:
    page, key = opened()
    identity = page.start("details", key=key)
    payload = page.end(identity)
    (first,) = page.progress(identity)
    assert (first["complete"], payload["complete"]) == (False, True)
    assert payload["facts"]["downloads"] == 3
    assert payload["url"] == f"{served.url}/org/tiny"


def test_a_card_knows_where_its_links_lead(served: HubServer) -> None:
    page, key = opened()
    payload = page.ask("card", key=key)
    sha = served.repos["org/tiny"].sha
    assert payload["text"] == "# A model\n"
    assert payload["links"] == f"{served.url}/org/tiny/blob/{sha}/"
    assert payload["images"] == f"{served.url}/org/tiny/resolve/{sha}/"
    assert (payload["origin"], payload["truncated"], payload["notes"]) == ("hub", False, [])


def test_what_is_wrong_with_a_card_is_told_in_the_pages_language(served: HubServer) -> None:
    (served.repos["org/tiny"].folder / "README.md").write_text("---\na: [\n---\n# Text\n")
    page, key = opened()
    (told,) = page.ask("card", key=key)["notes"]
    assert told["en"] == "The header of its card cannot be read."
    assert told["de"] == "Der Kopf seiner Modellkarte ist nicht lesbar."


def test_that_there_is_no_card_is_no_failure(served: HubServer) -> None:
    (served.repos["org/tiny"].folder / "README.md").unlink()
    page, key = opened()
    assert page.ask("card", key=key) == {"none": True}


def test_a_folder_has_no_page(folders: Path) -> None:
    saved(folders / "mine", whole())
    page, key = opened(("folders",))
    payload = page.ask("card", key=key)
    assert (payload["links"], payload["images"], payload["origin"]) == (None, None, "files")


def test_a_download_tells_how_far_it_is(served: HubServer, hub_cache: Path) -> None:
    page, key = opened()
    plan = page.ask("details", key=key)["plan"]
    assert plan["missing"] == plan["total"] > 1_200_000
    answer = page.ask("download", key=key)
    assert answer["state"] in ("waiting", "running", "done")
    until(lambda: jobs(page) and jobs(page)[-1]["state"] == "done")
    last = jobs(page)[-1]
    assert (last["key"], last["done"], last["problem"]) == (key, last["total"], None)
    payload = page.ask("details", key=key)
    assert (payload["cached"], payload["plan"]["missing"]) == (True, 0)
    assert not payload["job"]["blocked"]
    assert [repo["id"] for repo in page.ask("cache")["repos"]] == ["org/tiny"]


def test_a_download_is_cancelled(served: HubServer, hub_cache: Path) -> None:
    served.fault = "stall"
    page, key = opened()
    page.ask("download", key=key)
    until(lambda: any(job["state"] == "running" for job in jobs(page)))
    began = time.monotonic()
    assert page.ask("cancel", key=key)["state"] == "cancelled"
    assert time.monotonic() - began < 5  # the server is silent for longer
    assert jobs(page)[-1]["state"] == "cancelled"
    served.fault = None
    assert page.ask("details", key=key)["job"]["state"] == "cancelled"


def test_nothing_to_cancel_is_said(served: HubServer) -> None:
    page, key = opened()
    with pytest.raises(LookupError, match="not being downloaded"):
        page.ask("cancel", key=key)


def test_a_view_that_is_gone_hears_nothing(served: HubServer, hub_cache: Path) -> None:
    served.fault = "stall"
    page, key = opened()
    page.ask("download", key=key)
    until(lambda: jobs(page))
    page.view._close_details()
    heard = len(jobs(page))
    other, same = opened()
    other.ask("cancel", key=same)
    assert len(jobs(page)) == heard


def changes(page: Page) -> int:
    return page.sent.count({"type": "changed"})


def test_every_view_hears_that_models_came_and_went(served: HubServer, hub_cache: Path) -> None:
    (page, key), (other, _) = opened(), opened()
    page.ask("download", key=key)
    until(lambda: changes(page) == changes(other) == 1)
    other.ask("delete", keys=["org/tiny"])
    assert changes(page) == changes(other) == 2
    page.view.close()
    add(hub_cache, "org/b", whole())
    assert delete("org/b").deleted == ("org/b",)  # from Python, too
    assert (changes(page), changes(other)) == (2, 3)


def test_what_was_deleted_is_not_found_by_going_back(hub_cache: Path) -> None:
    for name in ("org/a", "org/b"):
        add(hub_cache, name, whole())
    page = Page(Query.of(where=("cache",)))
    assert len(page.search(where=["cache"])["rows"]) == 2
    page.search("org/b", where=["cache"])
    page.ask("delete", keys=["org/a"])
    assert [row["id"] for row in page.search(where=["cache"])["rows"]] == ["org/b"]


def test_the_line_that_is_inserted_loads_what_the_list_shows(
    hub_cache: Path, base_bert: Path, folders: Path, nothing_loaded: None
) -> None:
    files = {path.name: path.read_bytes() for path in base_bert.iterdir()}
    add(hub_cache, "org/a", files, commit="a" * 40, ref=None)
    add(hub_cache, "org/b", whole())
    old = add(hub_cache, "org/c", whole())
    (old / "refs" / "main").write_text("d" * 40)  # of which nothing is here
    saved(folders / "m\u202egpj", whole())
    page = Page(Query.of(where=("cache", "folders")))
    rows = page.search(where=["cache", "folders"])["rows"]
    lines = {row["id"]: page.ask("code", key=row["key"])["text"] for row in rows}
    assert lines["org/b"] == 'import tfwidgets as tfw; model = tfw.load("org/b")'
    assert lines["org/c"].endswith(f'tfw.load("org/c", revision="{"c" * 40}")')
    assert not any("\u202e" in line or "\n" in line for line in lines.values())
    names: dict[str, Any] = {}
    exec(lines["org/a"], names)  # noqa: S102 - what a person is given to run
    assert names["model"].revision == "a" * 40


def test_the_cache_with_what_it_takes(hub_cache: Path) -> None:
    page = Page(Query.of(where=("demo",)))
    empty = page.ask("cache")
    assert (empty["repos"], empty["size"], empty["incomplete"]) == ([], 0, 0)
    add(hub_cache, "org/a", whole(), unfinished={"e.x.incomplete": 9})
    add(hub_cache, "org/b", whole())
    payload = page.ask("cache")
    assert payload["incomplete"] == 9
    assert payload["size"] == sum(repo["size"] for repo in payload["repos"])
    first = payload["repos"][0]
    assert (first["key"], first["incomplete"], first["revisions"]) == ("org/a", 9, 1)
    assert (first["kept"], first["used"] > 1e9) == (None, True)
    answer = page.ask("delete", keys=["org/a"], incomplete=True)
    assert answer == {"deleted": ["org/a"], "freed": 9, "kept": []}
    answer = page.ask("delete", keys=["org/b"])
    assert answer["freed"] == payload["repos"][1]["size"]
    assert [repo["id"] for repo in page.ask("cache")["repos"]] == ["org/a"]
    with pytest.raises(LookupError, match="no model 'org/b'"):
        page.ask("delete", keys=["org/b"])
