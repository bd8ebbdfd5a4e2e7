"""The search on a hub: what is asked, and what is understood of the answers."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import tfwidgets as tfw
from tests.hub.asking import Serve, send
from tests.support.hub_server import HubServer
from tfwidgets.hub.merge import Listing
from tfwidgets.hub.query import Query
from tfwidgets.hub.sources.online import FIELDS, OnlineSearch, entry_of, params_of
from tfwidgets.models.net import HubClient, HubProblem

HUB = "https://hub.test"


def search(**fields: Any) -> OnlineSearch:
    return OnlineSearch(Query.of(fields.pop("text", ""), **fields), HubClient.now())


def ids(found: OnlineSearch, count: int = 30) -> list[str]:
    return [entry.id for entry in found.page(count)]


def test_every_part_of_a_query_is_asked_for(hub: HubServer) -> None:
    online = search(
        text="small  bert", task="ner", language="German", library="Transformers",
        license="MIT", author="org", family="bert", params="10M:200M", gated=False, sort="trending",
    )  # fmt: skip
    assert online.page(30) == []
    assert online.done
    (request,) = hub.requests
    assert request.path.startswith("/api/models?")
    assert request.params == {
        "search": ["small bert"],
        "author": ["org"],
        "pipeline_tag": ["token-classification"],
        "filter": ["de", "transformers", "bert", "license:mit"],
        "num_parameters": ["min:10000000,max:200000000"],
        "gated": ["false"],
        "sort": ["trendingScore"],
        "expand": [*FIELDS, "trendingScore"],
        "limit": ["30"],
    }


def test_what_is_not_asked_is_not_sent_but_the_limit_always_is(hub: HubServer) -> None:
    search(params=":7B").page(100_000)
    search().page(0)
    assert [request.params for request in hub.requests] == [
        {"num_parameters": ["max:7000000000"], "sort": ["downloads"], "expand": [*FIELDS],
         "limit": ["100"]},
        {"sort": ["downloads"], "expand": [*FIELDS], "limit": ["1"]},
    ]  # fmt: skip


def test_a_list_is_not_asked_for_what_only_one_model_tells() -> None:
    assert not {"baseModels", "childrenModelCount", "usedStorage", "config"} & {*FIELDS}


def test_what_comes_of_a_real_answer(hub: HubServer, base_bert: Path) -> None:
    repo = hub.add(
        "org/tiny", base_bert, downloads=12, likes=3, pipeline_tag="fill-mask", gated="auto",
        tags=("de", "en", "license:mit", "bert", "base_model:org/base", "region:us",
              "base_model:finetune:org/base"),
    )  # fmt: skip
    (entry,) = search().page(30)
    assert (entry.id, entry.source, entry.author) == ("org/tiny", "hub", "org")
    assert (entry.task, entry.tasks, entry.family) == ("fill-mask", ("fill-mask",), "bert")
    assert (entry.languages, entry.license) == (("de", "en"), "mit")
    assert (entry.params, entry.dtype) == (sum(repo.parameters.values()), "float32")
    assert (entry.downloads, entry.likes, entry.gated) == (12, 3, "auto")
    assert (entry.revision, entry.url) == (repo.sha, f"{hub.url}/org/tiny")
    assert (entry.libraries, entry.base_models) == (("transformers",), ("org/base",))
    assert entry.created == datetime(2024, 1, 1, tzinfo=timezone.utc)
    assert not entry.cached
    assert not entry.private


def test_pages_by_the_number_wanted(hub: HubServer, base_bert: Path) -> None:
    for n in range(7):
        hub.add(f"org/m{n}", base_bert, downloads=100 - n)
    online = search(text="m")
    assert [ids(online, 3), ids(online, 3)] == [
        [f"org/m{n}" for n in r] for r in ((0, 1, 2), (3, 4, 5))
    ]
    hub.fault = "500"
    with pytest.raises(HubProblem):
        online.page(3)
    assert not online.done
    hub.fault = None
    assert (ids(online), online.done, ids(online)) == (["org/m6"], True, [])
    asked = len(hub.requests)
    assert ids(search(text="m"), 3) == ["org/m0", "org/m1", "org/m2"]
    assert len(hub.requests) == asked


def test_how_a_hub_cannot_sort() -> None:
    for sort, known in (("downloads", True), ("likes", True), ("params", False), ("name", False)):
        assert params_of(Query.of(sort=sort))["sort"] == (sort if known else "downloads")
        assert Listing(Query.of(sort=sort)).sorted_by_hub is known


def test_what_a_mirror_sends_without_being_asked_is_left_out(serve: Serve) -> None:
    items = [
        {"id": "o/large", "safetensors": {"total": 10**9}},
        {"id": "o/open", "gated": False},
        {"id": "o/other", "tags": ["license:mit"]},
        {"id": "o/translates", "pipeline_tag": "translation"},
        {"id": "o/unknown"},
        {"id": "o/both", "tags": ["license:mit", "license:gemma"], "gated": "auto",
         "pipeline_tag": "fill-mask", "safetensors": {"total": 10**6}},
    ]  # fmt: skip
    tfw.settings().endpoint = serve(lambda handler: send(handler, json.dumps(items).encode()))
    fields = {"params": ":10M", "gated": True, "license": "gemma", "task": "fill-mask"}
    assert ids(search(**fields)) == ["o/unknown", "o/both"]
    assert len(ids(search())) == 6


# Answers of any shape

NOTHING: list[Any] = [None, [], "x", 7, {}, {"id": None}, {"id": " "}, {"id": 5}, {"id": ["a"]}]


@pytest.mark.parametrize("item", NOTHING, ids=repr)
def test_what_is_no_model(item: Any) -> None:
    assert entry_of(item, HUB) is None


WRONG = [None, True, -1, 1e400, float("nan"), 10**400, "x", "\ud800", [], [[]], {}, {"x": {}}, [{}]]
KEYS = (
    *FIELDS, "trendingScore", "cardData", "config", "baseModels", "base_models", "usedStorage",
    "childrenModelCount", "_id",
)  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
def test_whatever_has_the_wrong_type_is_unknown(wrong: Any) -> None:
    entry = entry_of({"id": "org/x", **dict.fromkeys(KEYS, wrong)}, HUB)
    assert entry is not None
    assert (entry.id, entry.url) == ("org/x", f"{HUB}/org/x")
    for name in ("params", "downloads", "likes", "disk_size"):
        value = getattr(entry, name)
        assert value is None or (type(value) is int and 0 <= value < 2**63)
    assert (entry.updated, entry.created) == (None, None)
    assert entry.gated is (True if wrong is True else None)
    for name in ("task", "license", "dtype", "revision", "architecture", "family", "author"):
        assert isinstance(getattr(entry, name), (str, type(None)))
    for name in ("languages", "libraries", "tasks", "tags", "base_models"):
        assert all(isinstance(value, str) for value in getattr(entry, name))
    str(vars(entry)).encode()  # nothing that cannot be sent
    hash(entry)


def test_a_bad_item_does_not_spoil_the_page(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support.hub_handler import HubHandler

    items = [*NOTHING, {"id": "org/\ud800\u202ex"}, {"modelId": "org/old"}]
    monkeypatch.setattr(HubHandler, "answer", lambda handler: handler._json(items))
    first, second = search().page(30)
    assert (first.id, second.id) == (
        "org/\ufffd\ufffdx",
        "org/old",
    )


def test_base_models_in_every_form() -> None:
    forms: tuple[Any, ...] = (
        {"baseModels": {"relation": "finetune", "models": [{"_id": "1", "id": "org/base"}]}},
        {"base_models": [{"id": "org/base"}]},
        {"baseModels": ["org/base", None, 3]},
        {"tags": ["base_model:org/base", "base_model:quantized:org/base"]},
    )
    for form in forms:
        entry = entry_of({"id": "org/x", **form}, HUB)
        assert entry is not None
        assert entry.base_models == ("org/base",), form


def test_dates_numbers_and_names() -> None:
    entry = entry_of(
        {"id": "gpt2", "lastModified": "2024-02-19T10:57:45.000Z", "createdAt": "not yet",
         "safetensors": {"parameters": {"BF16": 5, "F32": 2}}, "gated": False,
         "tags": ["tf", "jax", "gpt2", "en", "onnx"], "library_name": "transformers"},
        HUB,
    )  # fmt: skip
    assert entry is not None
    assert entry.updated == datetime(2024, 2, 19, 10, 57, 45, tzinfo=timezone.utc)
    assert (entry.created, entry.author, entry.gated) == (None, None, False)
    assert (entry.params, entry.dtype, entry.family) == (7, "bfloat16", "gpt2")
    assert (entry.languages, entry.libraries) == (("en",), ("transformers", "tf", "jax", "onnx"))


def test_a_date_may_have_another_zone() -> None:
    entry = entry_of({"id": "a", "lastModified": "2024-02-19T10:57:45.123456789+05:30"}, HUB)
    assert entry is not None
    there = timezone(timedelta(hours=5.5))
    assert entry.updated == datetime(2024, 2, 19, 10, 57, 45, tzinfo=there)
