"""The local hub's lists: thousands of models, tags, what is told of each, who may see which."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from huggingface_hub import HfApi, constants
from huggingface_hub import errors as hub_errors

from tests.support.hub_server import HubServer
from tests.support.tiny import model_card

CARD = """
license: apache-2.0
language: [de, en]
base_model: org/base
base_model_relation: quantized
pipeline_tag: text-classification
model-index:
- name: child
  results: []
"""


@pytest.fixture(autouse=True)
def _online(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubServer]:
    with HubServer() as hub:
        for name, card in (("base", "license: mit"), ("child", CARD)):
            (tmp_path / name).mkdir()
            model_card(tmp_path / name, card)
            hub.add(f"org/{name}", tmp_path / name)
        yield hub


@pytest.fixture
def api(hub: HubServer) -> HfApi:
    return HfApi(endpoint=hub.url, token=False)


def test_a_card_is_what_tags_are_made_of(api: HfApi) -> None:
    for tag in ("de", "license:apache-2.0", "base_model:quantized:org/base", "text-classification"):
        assert [model.id for model in api.list_models(filter=tag, limit=5)] == ["org/child"], tag
    assert [model.id for model in api.list_models(filter=["de", "license:mit"])] == []


def test_tags_by_type(api: HfApi) -> None:
    tags = api.get_model_tags()
    assert [tag["id"] for tag in tags["language"]] == ["de", "en"]
    assert {tag["label"] for tag in tags["license"]} == {"mit", "apache-2.0"}
    assert [tag["id"] for tag in tags["pipeline_tag"]] == ["text-classification"]


def test_the_tree_of_models_comes_in_both_shapes(hub: HubServer, api: HfApi) -> None:
    def tree() -> tuple[Any, Any]:
        expand: Any = ["baseModels", "childrenModelCount"]
        base, child = (api.model_info(f"org/{n}", expand=expand) for n in ("base", "child"))
        return base.children_model_count, child.base_models

    children, bases = tree()
    assert children == {"quantized": 1}
    assert (bases["relation"], bases["models"][0]["id"]) == ("quantized", "org/base")
    hub.plain_lists = True
    assert tree() == (1, ["org/base"])


def test_what_the_hub_does_not_know_is_refused(hub: HubServer) -> None:
    for query in ("sort=params", "expand=cardDate", "sort=created_at"):
        assert httpx2.get(f"{hub.url}/api/models?{query}").status_code == 400, query
    assert httpx2.get(f"{hub.url}/api/models/org/base?expand=nothing").status_code == 400


def test_a_disabled_repository_is_listed_and_closed(
    hub: HubServer, api: HfApi, tmp_path: Path
) -> None:
    hub.add("org/closed", tmp_path / "base", disabled=True)
    (found,) = api.list_models(search="closed", expand=["disabled"])
    assert found.disabled is True
    with pytest.raises(hub_errors.DisabledRepoError):
        api.model_info("org/closed")


def test_thousands_of_models(hub: HubServer, api: HfApi) -> None:
    ids = hub.add_many(10_000)
    assert len({*ids}) == 10_000
    start = time.perf_counter()
    first = list(api.list_models(sort="downloads", limit=30, expand=["downloads", "safetensors"]))
    assert time.perf_counter() - start < 5  # 0.3 s where this was written
    assert [model.id for model in first] == ids[:30]
    assert first[0].downloads == 5_000_000
    german = list(api.list_models(filter=["de", "license:mit"], gated=False, limit=2000))
    assert 100 < len(german) < 2000
    info = api.model_info(ids[3], files_metadata=True)
    weights = next(file for file in info.siblings or () if file.rfilename == "model.safetensors")
    assert info.safetensors is not None
    assert weights.size == info.safetensors.total * 4
    assert info.card_data is not None
    assert info.card_data["base_model"] == ids[0]
    card = httpx2.get(f"{hub.url}/{ids[3]}/resolve/main/README.md")
    assert ids[3] in card.text
    assert httpx2.get(f"{hub.url}/{ids[3]}/resolve/main/model.safetensors").status_code == 404


def test_next_pages_may_lead_elsewhere(hub: HubServer) -> None:
    hub.page_size = 1
    hub.next_pages_at = "http://127.0.0.2:1"
    link = httpx2.get(f"{hub.url}/api/models").links["next"]["url"]
    assert link.startswith("http://127.0.0.2:1/api/models?")
