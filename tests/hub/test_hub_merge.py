"""One list of what is here and of the hub's pages: order, nothing twice, nobody waits for long."""

from __future__ import annotations

import gc
import time
from datetime import datetime, timezone
from threading import Event, Thread
from threading import enumerate as threads
from typing import Any

import pytest

from tests.hub.found import OFFLINE, UNREACHABLE, Plan, entry, plan_hub
from tfwidgets.config import settings
from tfwidgets.hub import seen
from tfwidgets.hub.merge import Listing
from tfwidgets.hub.notes import note
from tfwidgets.hub.order import ordered
from tfwidgets.hub.query import Query
from tfwidgets.models import session
from tfwidgets.models.net import Cancelled, HubClient, HubProblem

__all__ = ["plan_hub"]


def ids(found: Any) -> list[str]:
    return [one.id for one in found]


def listing(**fields: Any) -> Listing:
    return Listing(Query.of(**fields))


def test_what_is_here_comes_first_without_a_question_to_the_hub(plan: Plan) -> None:
    hub = plan(
        [entry("org/far")],
        cache=[entry("org/near", "cache")],
        folders=[entry("./mine", "folder")],
        demo=[entry("demo/a", "demo")],
    )
    made = listing()
    assert ids(made.local()) == ["./mine", "demo/a", "org/near"]
    assert (hub.counts, made.more, made.answered) == ([], True, False)
    assert ids(made.rows(0, 10)) == ["./mine", "demo/a", "org/near", "org/far"]
    assert (made.done, made.more, made.known) == (True, False, 4)
    # What is here stays what is here.
    assert ids(made.local()) == ["./mine", "demo/a", "org/near"]


def test_only_the_places_that_are_asked_for(plan: Plan) -> None:
    hub = plan(
        [entry("org/far")], cache=[entry("org/near", "cache")], demo=[entry("demo/a", "demo")]
    )
    made = listing(where=("demo", "cache"))
    assert ids(made.rows(0, 10)) == ["demo/a", "org/near"]
    assert (made.done, hub.counts) == (True, [])
    assert ids(listing(where="hub").rows(0, 10)) == ["org/far"]


def test_a_cached_model_stands_there_once_with_what_the_hub_knows(plan: Plan) -> None:
    plan(
        [entry("org/b"), entry("org/a", downloads=9, params=6)],
        cache=[entry("org/a", "cache", params=5)],
    )
    made = listing()
    found = made.rows(0, 10)
    assert ids(found) == ["org/a", "org/b"]
    assert (found[0].downloads, found[0].params, found[0].cached) == (9, 5, True)


def test_what_the_files_do_not_say_the_hub_may(plan: Plan) -> None:
    plan([entry("org/a", task="translation")], cache=[entry("org/a", "cache", revision="1")])
    made = listing(task="translation")
    assert made.local() == []
    (found,) = made.rows(0, 5)
    assert (found.cached, found.source, found.task, found.revision) == (
        True,
        "cache",
        "translation",
        "1",
    )


def test_models_of_the_hub_are_marked_also_where_the_cache_is_not_asked_for(plan: Plan) -> None:
    plan([entry("org/a"), entry("org/b")], cache=[entry("org/a", "cache")])
    assert [one.cached for one in listing(where="hub").rows(0, 5)] == [True, False]


def test_what_could_not_be_looked_at_is_noted(plan: Plan) -> None:
    plan(messages=(note("folders.absent", folder="x"),))
    made = listing(where=("folders", "cache"))
    assert made.local() == []
    assert made.notes == ("There is no folder x (%config TfWidgets.model_folders).",)
    made = listing(where="cache")
    assert (made.local(), made.notes) == ([], ())


def test_a_folder_of_the_same_name_is_another_model(plan: Plan) -> None:
    plan([entry("org/a")], folders=[entry("org/a", "folder")])
    assert [one.source for one in listing().rows(0, 5)] == ["folder", "hub"]


def test_a_model_that_moved_to_the_next_page_is_not_shown_again(plan: Plan) -> None:
    plan([entry("org/a"), entry("org/b")], [entry("org/b"), entry("org/c")])
    assert ids(listing().rows(0, 5)) == ["org/a", "org/b", "org/c"]


def test_pages_are_asked_for_as_far_as_they_are_wanted(plan: Plan) -> None:
    pages = [[entry(f"org/{page}-{k}") for k in range(30)] for page in range(3)]
    hub = plan(*pages)
    made = listing()
    assert len(made.rows(0, 10)) == 10
    assert hub.counts == [30]
    made.rows(20, 30)
    assert hub.counts == [30]
    assert ids(made.rows(55, 65)) == [*ids(pages[1][25:]), *ids(pages[2][:5])]
    assert hub.counts == [30, 35, 30]
    made.rows(0, 1000)
    assert (hub.counts, made.done) == ([30, 35, 30], True)


def test_the_first_page_is_one_page_also_when_it_brings_nothing_new(plan: Plan) -> None:
    hub = plan([entry("org/a")], [entry("org/b")], cache=[entry("org/a", "cache")])
    made = listing()
    made.first()
    made.first()
    assert (hub.counts, made.answered, made.more) == ([30], True, True)
    assert ids(made.rows(0, 2)) == ["org/a", "org/b"]


def test_a_hub_that_fails_leaves_what_is_here_until_it_is_tried_again(plan: Plan) -> None:
    hub = plan(UNREACHABLE, [entry("org/far")], cache=[entry("org/near", "cache")])
    made = listing()
    assert ids(made.rows(0, 5)) == ["org/near"]
    assert made.problem is UNREACHABLE
    assert (made.problem.__traceback__, made.done, made.more) == (None, False, False)
    made.rows(0, 5)
    assert hub.counts == [30]
    made.retry()
    assert made.more
    assert ids(made.rows(0, 5)) == ["org/near", "org/far"]
    assert made.problem is None


def test_a_second_page_that_fails_keeps_the_first(plan: Plan) -> None:
    plan([entry("org/a")], UNREACHABLE, [entry("org/b")])
    made = listing()
    assert ids(made.rows(0, 5)) == ["org/a"]
    assert made.problem is UNREACHABLE
    made.retry()
    assert ids(made.rows(0, 5)) == ["org/a", "org/b"]


def test_a_second_try_takes_the_token_of_then(plan: Plan) -> None:
    hub = plan([entry("org/a")], UNREACHABLE, [entry("org/b")])
    made, mended = listing(), HubClient("http://hub.test", 1)
    made.rows(0, 5)
    assert len(hub.clients) == 1
    made.retry(mended)
    assert ids(made.rows(0, 5)) == ["org/a", "org/b"]
    assert hub.clients[1:] == [mended]


def test_a_try_that_was_given_up_does_not_fail_the_next(plan: Plan) -> None:
    hub, late = plan([entry("org/a")]), Event()
    answers, begun = hub.page, Event()

    def page(count: int) -> Any:
        if begun.is_set():
            return answers(count)
        begun.set()
        late.wait(20)
        raise UNREACHABLE

    hub.page = page  # type: ignore[method-assign]
    made, cancelled = listing(), Event()
    asker = Thread(target=lambda: made.rows(0, 5), daemon=True)
    asker.start()
    assert begun.wait(10)
    made.retry()
    start = time.monotonic()
    assert ids(made.rows(0, 5)) == ["org/a"]  # and it did not wait for the other to end
    assert time.monotonic() - start < 5
    late.set()
    asker.join(10)
    assert made.problem is None
    # The same for one that nobody waits for any more.
    begun.clear()
    late.clear()
    hub.pages = [[entry("org/a")]]
    made = listing()
    Thread(target=lambda: (begun.wait(10), cancelled.set())).start()
    with pytest.raises(Cancelled):
        made.rows(0, 5, cancelled)
    late.set()
    assert ids(made.rows(0, 5)) == ["org/a"]
    assert made.problem is None


def test_the_end_is_told_with_the_last_models_and_not_before(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan([entry("org/a")], [entry("org/b")])
    made = listing()
    made.rows(0, 1)
    told: list[bool] = []
    monkeypatch.setattr(seen, "remember", lambda page: told.append(made.done))
    assert len(made.rows(0, 5)) == 2
    assert (told, made.done) == ([False], True)


def test_whether_the_hub_is_asked_anew(plan: Plan) -> None:
    hub = plan([])
    Listing(Query.of(), fresh=True).rows(0, 1)
    assert hub.fresh == [True]
    hub = plan([])
    listing().rows(0, 1)
    assert hub.fresh == [False]


def test_a_model_whose_owner_took_it_on_is_no_second_one(plan: Plan) -> None:
    commit, other = "a" * 40, "b" * 40
    found = [
        entry("org/bert", revision=commit, downloads=5), entry("copy/bert", revision=commit),
        entry("org/gpt", revision=other), entry("two/own", revision=commit),
    ]  # fmt: skip
    cache = [
        entry("bert", "cache", revision=commit), entry("gpt", "cache", revision=commit),
        entry("one/own", "cache", revision=commit),
    ]  # fmt: skip
    plan(found, found, cache=cache)
    made = listing()
    assert ids(made.rows(0, 20)) == [
        "bert", "gpt", "one/own", "copy/bert", "org/gpt", "two/own",
    ]  # fmt: skip
    (bert,) = [one for one in made.entries if one.id == "bert"]
    assert (bert.downloads, bert.cached) == (5, True)
    assert bert.notes == ("On the hub the same version is called org/bert.",)
    plan(found, cache=cache)
    assert ids(listing(where="hub").rows(0, 20))[0] == "bert"


def test_after_a_hub_that_never_answered_the_settings_are_read_anew(plan: Plan) -> None:
    hub = plan(UNREACHABLE, UNREACHABLE)
    made = listing()
    for endpoint in ("http://one.test", "http://two.test"):
        settings().endpoint = endpoint
        made.rows(0, 1)
        made.retry()
    assert [client.endpoint for client in hub.clients] == ["http://one.test", "http://two.test"]


def test_a_hub_that_turns_in_circles_comes_to_an_end(plan: Plan) -> None:
    hub = plan(*[[entry("org/a")]] * 1000)
    made = listing()
    assert ids(made.rows(0, 5)) == ["org/a"]
    assert (made.more, made.problem) == (False, None)
    assert len(hub.counts) < 50


def test_who_waits_can_leave_at_once_and_what_comes_later_is_kept(plan: Plan) -> None:
    hub = plan([entry("org/a")], [entry("org/b")])
    hub.gate.clear()
    made, cancelled = listing(), Event()
    Thread(target=lambda: (time.sleep(0.1), cancelled.set())).start()
    begun = time.monotonic()
    with pytest.raises(Cancelled):
        made.rows(0, 2, cancelled)
    assert time.monotonic() - begun < 2
    hub.gate.set()
    # The page that was on its way arrives, and no second one is asked for.
    deadline = time.monotonic() + 10
    while not made.known and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (ids(made.entries), hub.counts) == (["org/a"], [30])
    assert ids(made.rows(0, 2)) == ["org/a", "org/b"]


def test_threads_that_want_the_same_page_ask_for_it_once(plan: Plan) -> None:
    hub = plan([entry(f"org/{k}") for k in range(30)], [entry("org/last")])
    hub.gate.clear()
    made = listing()
    found: list[list[str]] = []
    askers = [Thread(target=lambda: found.append(ids(made.rows(0, 5)))) for _ in range(6)]
    for asker in askers:
        asker.start()
    time.sleep(0.1)
    hub.gate.set()
    for asker in askers:
        asker.join(10)
    assert found == [[f"org/{k}" for k in range(5)]] * 6
    assert hub.counts == [30]


def test_switched_off_it_is_no_trouble_to_look_here(plan: Plan) -> None:
    plan(OFFLINE, cache=[entry("org/near", "cache")])
    made = listing()
    assert ids(made.rows(0, 5)) == ["org/near"]
    assert isinstance(made.problem, HubProblem)
    assert made.problem.kind == "offline"


def test_no_thread_is_left_behind(plan: Plan) -> None:
    plan(*[[entry(f"org/{k}")] for k in range(20)])
    before = len(threads())
    listing().rows(0, 20)
    gc.collect()
    assert len(threads()) <= before + 1


def at(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("downloads", ["b", "a", "new", "old", "x", "absent"]),
        ("likes", ["a", "new", "b", "old", "x", "absent"]),
        ("updated", ["old", "new", "a", "b", "x", "absent"]),
        ("params", ["x", "new", "a", "b", "old", "absent"]),
        ("size", ["new", "x", "a", "b", "old", "absent"]),
        ("name", ["a", "b", "new", "old", "x", "absent"]),
        ("trending", ["new", "a", "b", "old", "x", "absent"]),
    ],
)
def test_what_is_not_known_comes_last_and_what_does_not_load_after_all(
    sort: Any, names: list[str]
) -> None:
    found = [
        entry("absent", "demo", cached=False, downloads=99, likes=99, params=1, disk_size=1,
              updated=at(30), used=at(30)),
        entry("x", "folder", params=0, disk_size=3),
        entry("old", "cache", updated=at(9)),
        entry("new", "cache", used=at(2), updated=at(3), params=5, disk_size=0),
        entry("b", "cache", downloads=2),
        entry("a", "cache", downloads=1, likes=0),
    ]  # fmt: skip
    assert ids(ordered(found, sort)) == names
    assert ids(ordered(found[::-1], sort)) == names


def test_names_that_were_seen_are_bounded(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "_names", {kind: {} for kind in seen.KINDS})
    plan([entry(f"org{k}/m", license="x") for k in range(seen.MOST + 5)])
    listing().rows(0, 1)
    kept = seen._names["authors"]
    assert len(kept) == seen.MOST
    assert "org0" not in kept
    assert f"org{seen.MOST + 4}" in kept
    assert list(seen._names["licenses"]) == ["x"]
    assert f"org{seen.MOST}/m" in session.seen()  # %model completes it, too
