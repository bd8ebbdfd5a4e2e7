"""All about one model: what is here, what the hub adds, in whatever shape it does that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.hub.cached_models import add, saved, weights, whole
from tests.support.hub_repo import RepoFile
from tests.support.hub_server import HubServer
from tfwidgets.hub.details import details
from tfwidgets.hub.details.files import files
from tfwidgets.hub.details.fitness import memory
from tfwidgets.hub.details.origin import origin
from tfwidgets.hub.details.results import results
from tfwidgets.hub.entry import ModelEntry
from tfwidgets.hub.fit import FIXED
from tfwidgets.models.net import HubClient

CONFIG = {
    "model_type": "bert",
    "architectures": ["BertForSequenceClassification"],
    "hidden_size": 312,
    "num_hidden_layers": 4,
    "num_attention_heads": 12,
    "max_position_embeddings": 512,
    "vocab_size": 30522,
    "id2label": {"0": "good", "1": "bad"},
}
INDEX = [
    {
        "name": "tiny",
        "results": [
            {
                "task": {"type": "text-classification"},
                "dataset": {"name": "News", "type": "news"},
                "metrics": [
                    {"type": "accuracy", "value": 0.91, "verified": True},
                    {"type": "f1", "name": "F1", "value": "0.9 ± 0.01"},
                ],
            }
        ],
    }
]


def everything_is_json(payload: dict[str, Any]) -> None:
    json.dumps(payload, allow_nan=False).encode()


@pytest.fixture
def served(hub: HubServer, tmp_path: Path) -> HubServer:
    folder = saved(tmp_path / "repo", whole(**{"config.json": CONFIG, "onnx/model.onnx": b"12"}))
    hub.add(
        "org/tiny",
        folder,
        downloads=1234,
        likes=7,
        childrenModelCount={"finetune": 3, "adapter": 1, "quantized": 0},
    )
    hub.repos["org/tiny"].card_data["model-index"] = INDEX
    return hub


def test_the_hub_is_asked_thrice_and_what_is_here_comes_first(served: HubServer) -> None:
    told: list[dict[str, Any]] = []
    entry = ModelEntry("org/tiny", "hub", task="text-classification", revision=None)
    payload = details(entry, HubClient.now(), told.append)
    everything_is_json(payload)
    assert len(served.requests) == 3
    assert [now["complete"] for now in (*told, payload)] == [False, True]
    assert told[0]["plan"] is None
    assert payload["problem"] is None

    facts = payload["facts"]
    assert (facts["downloads"], facts["likes"], facts["params"]) == (1234, 7, 30)
    assert (facts["dtype"], facts["dtypes"]) == ("float32", [["F32", 30]])
    assert (facts["license"], facts["languages"]) == ("apache-2.0", ["de", "en"])
    names = [file["name"] for file in payload["files"]]
    assert names == [
        *("config.json", "model.safetensors", "README.md", "tokenizer.json", "onnx/model.onnx")
    ]
    assert not any(file["here"] for file in payload["files"])
    assert payload["plan"]["missing"] == payload["plan"]["total"] > 0
    assert payload["plan"]["enough"]
    assert payload["origin"]["bases"] == ["org/base"]
    assert payload["origin"]["children"] == [
        {"relation": "finetune", "n": 3}, {"relation": "adapter", "n": 1},
    ]  # fmt: skip
    assert {result["metric"] for result in payload["results"]} == {"accuracy", "F1"}
    assert payload["memory"]["rows"][0]["as_loaded"]
    can = {ability["name"]: ability["yes"] for ability in payload["abilities"]}
    assert all(can.values()), can
    assert (facts["context"], facts["layers"]) == (512, 4)  # of config.json

    details(entry, HubClient.now())
    assert len(served.requests) == 3  # answers are kept for the session


def test_what_is_here_needs_no_hub(hub: HubServer, hub_cache: Path) -> None:
    repo = add(hub_cache, "org/tiny", whole(**{"config.json": CONFIG}))
    (folder,) = (repo / "snapshots").iterdir()
    hub.fault = "refuse"
    entry = ModelEntry("org/tiny", "cache", folder=folder, revision=folder.name, cached=True)
    payload = details(entry, HubClient.now())
    everything_is_json(payload)
    assert payload["problem"]["kind"] == "unreachable"
    facts = payload["facts"]
    assert (facts["context"], facts["hidden"], facts["layers"]) == (512, 312, 4)
    assert (facts["heads"], facts["vocabulary"], facts["family"]) == (12, 30522, "bert")
    assert all(file["here"] for file in payload["files"])
    assert payload["origin"]["bases"] == ["org/base"]
    assert payload["complete"]


def test_a_part_of_the_weights_says_nothing_of_the_memory(hub_cache: Path) -> None:
    shards = [f"model-0000{n}-of-00003.safetensors" for n in (1, 2, 3)]
    index = {
        "metadata": {"total_size": 12_000_000},
        "weight_map": dict(zip("abc", shards, strict=True)),
    }
    files = {
        "config.json": CONFIG,
        "model.safetensors.index.json": index,
        shards[0]: weights({"a": ("F32", (1000, 1000))}),
    }
    repo = add(hub_cache, "org/a", files)
    (folder,) = (repo / "snapshots").iterdir()
    entry = ModelEntry("org/a", "cache", folder=folder, params=1_000_000, dtype="float32")
    payload = details(entry, None)
    loaded = payload["memory"]["rows"][0]
    assert (loaded["as_loaded"], loaded["bytes"]) == (True, 1.2 * 12_000_000 + FIXED)
    assert (payload["facts"]["params"], payload["facts"]["dtypes"]) == (None, [])
    del index["metadata"]
    (folder / "model.safetensors.index.json").unlink()
    saved(folder, {"model.safetensors.index.json": index})
    assert details(entry, None)["memory"] is None


def test_one_file_of_weights_and_its_parts_are_the_same_weights() -> None:
    sizes = dict.fromkeys(("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"))
    entry = ModelEntry("org/a", "hub", params=1000, dtype="float32")
    known = dict.fromkeys(sizes, 2_000_000_000) | {"model.safetensors": 4_000_000_000}
    assert memory(entry, known)["rows"][0]["bytes"] == 4.8e9 + FIXED  # type: ignore[index]
    assert memory(entry, sizes)["rows"][0]["bytes"] == 4800 + FIXED  # type: ignore[index]


def test_what_was_deleted_is_not_here(hub_cache: Path) -> None:
    folder = hub_cache / "models--org--a" / "snapshots" / "c"
    entry = ModelEntry("org/a", "cache", folder=folder, cached=True, missing=("x",))
    payload = details(entry, None)
    assert (payload["cached"], payload["missing"], payload["facts"]["folder"]) == (False, [], None)


@pytest.mark.parametrize("name", ["a\\b.json", "c:d.json", "nul\0.json"])
def test_an_odd_name_takes_nothing_else_away(hub: HubServer, tmp_path: Path, name: str) -> None:
    repo = hub.add("org/tiny", saved(tmp_path / "repo", whole(**{"config.json": CONFIG})))
    known = repo.files["tokenizer.json"]
    repo.files[name] = RepoFile(name, known.source, known.size, known.blob_id, None)
    payload = details(ModelEntry("org/tiny", "hub"), HubClient.now())
    everything_is_json(payload)
    assert payload["problem"] is None
    assert payload["facts"]["context"] == 512
    assert "which is refused" in payload["plan"]["refused"]
    assert payload["plan"]["total"] > 0


def test_a_folder_is_no_matter_for_the_hub(hub: HubServer, tmp_path: Path) -> None:
    folder = saved(tmp_path / "mine", whole(**{"config.json": CONFIG}))
    payload = details(ModelEntry("./mine", "folder", folder=folder), HubClient.now())
    assert hub.requests == []
    assert (payload["complete"], payload["plan"], payload["problem"]) == (True, None, None)
    classify = next(item for item in payload["abilities"] if item["name"] == "classify")
    assert classify["values"] == {"labels": "good, bad"}


@pytest.mark.parametrize("fault", ["429", "500", "portal", "shape", "broken"])
def test_a_hub_in_trouble_is_said_in_words(hub: HubServer, fault: Any) -> None:
    hub.fault = fault
    payload = details(ModelEntry("org/tiny", "hub", downloads=5), HubClient.now())
    everything_is_json(payload)
    assert payload["problem"]["text"]
    assert (payload["problem"]["wait"] is not None) == (fault == "429")
    assert payload["facts"]["downloads"] == 5
    assert len(hub.requests) <= 2


def test_a_gate_is_told_and_what_is_behind_it_is_not_guessed(
    hub: HubServer, tmp_path: Path
) -> None:
    folder = saved(tmp_path / "repo", whole(**{"config.json": CONFIG}))
    hub.add("org/tiny", folder, gated="manual")
    payload = details(ModelEntry("org/tiny", "hub"), HubClient.now())
    assert (payload["gated"], payload["problem"]) == ("manual", None)
    assert payload["facts"]["family"] == "bert"  # the hub tells that much of the configuration
    can = {ability["name"]: ability for ability in payload["abilities"]}
    assert (can["classify"]["yes"], can["classify"]["key"]) == (None, "classify.unknown")
    assert can["attention"]["yes"]  # by its family alone


def test_a_model_that_is_called_otherwise_now(hub: HubServer, tmp_path: Path) -> None:
    hub.add("org/new", saved(tmp_path / "repo", whole()))
    hub.rename("org/old", "org/new")
    assert details(ModelEntry("org/old", "hub"), HubClient.now())["renamed"] == "org/new"
    assert details(ModelEntry("Org/New", "hub"), HubClient.now())["renamed"] is None


ODD: list[Any] = [None, 1, -1, 1.5, "x", "", [], [None], {}, {"a": 1}, [[[]]], True, {"id": 3}]


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_no_shape_of_an_answer_is_too_odd(odd: Any) -> None:
    told = dict.fromkeys(
        ("baseModels", "childrenModelCount", "tags", "evalResults", "model-index", "siblings"), odd
    )
    everything_is_json(origin((), told, {"base_model": odd, "base_model_relation": odd}))
    everything_is_json({"rows": results(told, {"model-index": odd})})
    everything_is_json({"rows": files(told, {})})
    for part in ("results", "task", "dataset", "metrics", "source"):
        everything_is_json({"rows": results({}, {"model-index": [{"results": [{part: odd}]}]})})


@pytest.mark.parametrize(
    "bases",
    [
        {"relation": "quantized", "models": [{"_id": "1", "id": "a/b"}, {"id": "c/d"}]},
        [{"id": "a/b"}, {"id": "c/d"}],
        ["a/b", "c/d"],
    ],
    ids=["mapping", "list of mappings", "list"],
)
def test_base_models_in_all_their_shapes(bases: Any) -> None:
    tags = ["base_model:a/b", "base_model:quantized:a/b"]
    found = origin(["a/b"], {"baseModels": bases, "tags": tags}, {})
    assert found["bases"] == ["a/b", "c/d"]
    assert found["relation"] == "quantized"


@pytest.mark.parametrize(
    ("told", "children"),
    [
        (12, [{"relation": None, "n": 12}]),
        (0, []),
        ({"merge": 2}, [{"relation": "merge", "n": 2}]),
        ([{"relation": "adapter", "count": 4}], [{"relation": "adapter", "n": 4}]),
    ],
)
def test_numbers_of_children_in_all_their_shapes(told: Any, children: Any) -> None:
    assert origin((), {"childrenModelCount": told}, {})["children"] == children


def test_results_in_both_forms_and_once_each() -> None:
    files_of_results = [
        {
            "filename": ".eval_results/x.yaml",
            "data": {
                "dataset": {"id": "cais/hle", "task_id": "default"},
                "value": 20.9,
                "source": {"name": "Logs", "url": "javascript:x"},
                "verifyToken": "t",
            },
        },
        {"filename": "bad.yaml", "error": "invalid"},
    ]
    told = {"evalResults": files_of_results, "model-index": INDEX}
    found = results(told, {"model-index": INDEX * 2})
    assert len(found) == 3
    assert found[0] == {
        "task": "default", "dataset": "cais/hle", "metric": None, "source": "Logs",
        "value": 20.9, "verified": True,
    }  # fmt: skip
    assert found[2]["value"] == "0.9 ± 0.01"
    odd = [{"results": [{"metrics": [{"type": "x", "value": float("nan")}]}]}]
    everything_is_json({"rows": results({"model-index": odd}, {})})


def test_many_files_are_counted() -> None:
    told = {"siblings": [{"rfilename": f"f{k:05}", "size": k} for k in range(700)]}
    rows, more = files(told, {"f00003": 3, "mine.txt": 9})
    assert (len(rows), more) == (500, 201)
    assert rows[3] == {"name": "f00003", "size": 3, "here": True}
