"""What `tfw.hub` returns: a sequence that asks the hub for as much as is wanted of it."""

from __future__ import annotations

import _thread
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

import tfwidgets as tfw
from tests.hub.found import OFFLINE, UNREACHABLE, Plan, entry, plan_hub
from tests.support.hub_server import HubServer
from tfwidgets.errors import InputError
from tfwidgets.hub.result import ModelSearch
from tfwidgets.hub.run import hub
from tfwidgets.models.net import HubProblem

__all__ = ["plan_hub"]


def ids(found: Any) -> list[str]:
    return [one.id for one in found]


def many(count: int, start: int = 0) -> list[tfw.ModelEntry]:
    return [entry(f"org/m{k}", downloads=1000 - k) for k in range(start, start + count)]


def test_making_it_asks_nobody(plan: Plan) -> None:
    planned = plan(many(3), cache=[entry("org/near", "cache")])
    found = hub("")
    assert isinstance(found, ModelSearch)
    assert found.known == []
    assert next(iter(found)).id == "org/near"
    assert found[0].id == "org/near"
    assert planned.counts == []


def test_it_is_a_sequence_up_to_its_limit(plan: Plan) -> None:
    planned = plan(many(30), many(30, 30), many(30, 60))
    found = hub(limit=40)
    assert ids(found[:3]) == ["org/m0", "org/m1", "org/m2"]
    assert planned.counts == [30]
    assert found[35].id == "org/m35"
    assert planned.counts == [30, 30]
    assert (len(found), ids(found)[-1], found[-1].id) == (40, "org/m39", "org/m39")
    assert len(planned.counts) == 2
    assert ids(found[-2:]) == ["org/m38", "org/m39"]
    assert ids(found[::-20]) == ["org/m39", "org/m19"]
    assert ids(found[38:99]) == ["org/m38", "org/m39"]
    assert ids(reversed(found))[0] == "org/m39"
    assert bool(found)
    with pytest.raises(IndexError, match="There are 40 models; there is no number 40"):
        found[40]


def test_a_model_is_named_by_its_id(plan: Plan) -> None:
    plan([entry("org/bert"), entry("org/gpt")], cache=[entry("org/near", "cache")])
    found = hub()
    assert found["org/gpt"].id == "org/gpt"
    assert "org/near" in found
    assert found[1] in found
    assert "org/none" not in found
    with pytest.raises(
        InputError, match=r"no model 'org/brt' among these 3. Did you mean 'org/bert'"
    ):
        found["org/brt"]


def test_a_loop_asks_as_it_goes(plan: Plan) -> None:
    planned = plan(many(30), many(30, 30))
    for number, _ in enumerate(hub(limit=50)):
        assert len(planned.counts) == 1 + (number >= 30)


@pytest.mark.parametrize("limit", [0, -1, True])
def test_a_limit_is_a_number_of_models(limit: Any) -> None:
    with pytest.raises(InputError, match="limit must be at least 1, not"):
        hub(limit=limit)


@pytest.mark.parametrize("limit", ["3", 2.0, None])
def test_a_limit_is_a_whole_number(limit: Any) -> None:
    with pytest.raises(InputError, match="limit is a whole number, not"):
        hub(limit=limit)
    assert hub(limit=np.int64(5)).limit == 5  # type: ignore[arg-type]


def test_where_nothing_is_found_it_is_said_that_the_hub_was_not_heard(plan: Plan) -> None:
    plan(UNREACHABLE)
    with pytest.raises(IndexError, match=r"There are 0 models(.|\n)*cannot be reached"):
        hub("bert")[0]
    plan(UNREACHABLE, cache=[entry("org/near", "cache")])
    with pytest.raises(InputError, match=r"no model 'org/bert'(.|\n)*cannot be reached"):
        hub("o")["org/bert"]


def test_in_a_notebook_a_text_of_it_asks_no_hub(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = plan([entry("org/far")], cache=[entry("org/near", "cache")])
    found = hub()
    monkeypatch.setattr(import_module("tfwidgets.hub.result"), "in_notebook", lambda: True)
    text = repr([found])
    assert "1 model here; the hub was not asked yet" in text
    assert "org/near" in text
    assert (planned.counts, planned.clients) == ([], [])


def test_facets_count_what_the_sequence_has(plan: Plan) -> None:
    plan([entry(f"org/{k}", task="fill-mask") for k in range(30)], cache=[entry("a", "cache")])
    found = hub(limit=3)
    list(found)
    assert found.facets()["task"] == [("fill-mask", 2)]
    assert found.facets()["source"] == [("hub", 2), ("cache", 1)]


def test_what_is_asked_for_is_checked_at_once() -> None:
    with pytest.raises(InputError, match="Did you mean 'translation'"):
        hub(task="translaton")
    with pytest.raises(InputError, match="What is looked for is a text"):
        hub(5)  # type: ignore[arg-type]


def test_a_hub_that_fails_leaves_what_is_here(plan: Plan) -> None:
    plan(UNREACHABLE, many(1), cache=[entry("org/near", "cache")])
    found = hub()
    assert found.problem is None
    assert ids(found) == ["org/near"]
    assert found.problem is UNREACHABLE
    assert len(found) == 1
    assert ids(found.retry()) == ["org/near", "org/m0"]
    assert found.problem is None


@pytest.mark.parametrize(
    "use",
    [len, bool, list, lambda found: found[0], lambda found: found[:2], lambda found: "x" in found,
     lambda found: found["x"], lambda found: found.to_frame()],
)  # fmt: skip
@pytest.mark.parametrize("problem", [UNREACHABLE, OFFLINE])
def test_where_only_the_hub_was_wanted_its_failure_is_raised(
    plan: Plan, use: Callable[[Any], Any], problem: HubProblem
) -> None:
    plan(problem, cache=[entry("org/near", "cache")])
    with pytest.raises(HubProblem, match=str(problem)[:12]):
        use(hub(where="hub"))


def test_a_failure_after_the_first_page_is_not_raised(plan: Plan) -> None:
    plan(many(30), UNREACHABLE)
    found = hub(where="hub", limit=50)
    assert len(found) == 30
    assert found.problem is UNREACHABLE


def test_its_text_is_a_table(plan: Plan) -> None:
    plan(
        [entry("org/far", task="translation", params=22_700_000, disk_size=91_000_000,
               downloads=1234567, gated="auto")],
        cache=[entry("org/near", "cache", params=110_000_000, missing=("model.safetensors",))],
    )  # fmt: skip
    lines = repr(hub()).splitlines()
    assert lines[0] == "2 models"
    assert lines[1].split() == ["#", "id", "task", "where", "params", "size", "downloads"]
    assert lines[2].replace("\N{NO-BREAK SPACE}", " ").split("  ")[-1].strip() == "110 M"
    assert "cache, not whole" in lines[2]
    assert "hub, gated" in lines[3]
    assert lines[3].split()[:2] == ["1", "org/far"]
    assert lines[3].replace("\N{NO-BREAK SPACE}", "").split()[-3:] == ["22.7M", "91MB", "1,234,567"]


def test_its_text_is_bounded_and_says_so(plan: Plan) -> None:
    plan(many(100))
    lines = repr(hub(limit=50)).splitlines()
    assert lines[0] == "the first 50 models"
    assert len(lines) == 33
    assert lines[-1] == "… and 20 more: .to_frame() has them all"


def test_its_text_says_what_is_wrong(plan: Plan) -> None:
    plan(UNREACHABLE)
    assert repr(hub("x", where="hub")).splitlines() == ["no models", str(UNREACHABLE)]
    plan(many(1))
    assert "The hub cannot sort by size" in repr(hub(sort="size"))


def test_names_in_its_text_have_no_control_characters(plan: Plan) -> None:
    plan([entry("org/\x1b[31mx\ny", task="a\x1b\N{RIGHT-TO-LEFT OVERRIDE}")])
    text = repr(hub())
    assert all(line.replace("\N{NO-BREAK SPACE}", " ").isprintable() for line in text.splitlines())
    assert len(text.splitlines()) == 3


def test_facets_count_what_is_known(plan: Plan) -> None:
    planned = plan(
        [entry("org/a", task="translation")], cache=[entry("org/b", "cache", task="fill-mask")]
    )
    found = hub()
    assert found.facets()["task"] == [("fill-mask", 1)]
    assert planned.counts == []
    list(found)
    assert found.facets()["source"] == [("cache", 1), ("hub", 1)]


def test_a_search_that_was_pickled_looks_anew(plan: Plan) -> None:
    plan(many(2))
    found = hub("m", limit=7)
    list(found)
    plan([entry("org/new")])
    copy = pickle.loads(pickle.dumps(found))  # noqa: S301
    assert (copy.query, copy.limit) == (found.query, 7)
    assert ids(copy) == ["org/new"]


def test_ctrl_c_ends_the_waiting_at_once(plan: Plan) -> None:
    planned = plan(many(1))
    planned.gate.clear()
    Thread(target=lambda: (time.sleep(0.1), _thread.interrupt_main())).start()
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        len(hub())
    assert time.monotonic() - begun < 2
    planned.gate.set()


def test_importing_it_imports_nothing_heavy() -> None:
    code = "import sys, tfwidgets.hub.run, tfwidgets.hub.magic; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    )
    heavy = {"torch", "transformers", "huggingface_hub", "httpx2", "yaml", "numpy", "ipywidgets",
             "pandas", "IPython"}  # fmt: skip
    assert loaded.returncode == 0, loaded.stderr
    assert heavy.isdisjoint(loaded.stdout.split())


def test_the_package_gives_the_function_and_keeps_the_room() -> None:
    assert tfw.hub is hub
    assert import_module("tfwidgets.hub.merge").Listing


def test_a_real_hub_page_by_page(hub: HubServer, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    for k in range(70):
        hub.add(f"org/bert-{k:02}", tmp_path, downloads=100 - k, pipeline_tag="fill-mask",
                tags=["de", "license:mit", "transformers"])  # fmt: skip
    hub.add("org/other", tmp_path, pipeline_tag="translation")
    found = tfw.hub("bert", task="fill-mask", language="German", where="hub", limit=50)
    assert found[0].id == "org/bert-00"
    assert len(hub.requests) == 1
    assert len(found) == 50
    assert len(hub.requests) == 2
    assert ids(found) == [f"org/bert-{k:02}" for k in range(50)]
    assert (found[0].downloads, found[0].license, found[0].languages) == (100, "mit", ("de",))
    hub.fault = "500"
    assert ids(tfw.hub("no such thing")) == []
    with pytest.raises(HubProblem):
        len(tfw.hub("nothing", where="hub"))
