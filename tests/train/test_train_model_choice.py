"""What is asked of a model, and when: data errors come first, weights come last."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from huggingface_hub import constants

import tfwidgets as tfw
from tests.support.hub_server import HubServer
from tests.support.tiny import tiny_bert
from tests.train.tiny_learners import review_learner, reviews
from tfwidgets.models.kinds import model_kind
from tfwidgets.train import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "org/tiny"
OPEN = pd.DataFrame({"text": ["a film", "the dog"] * 6})  # to fill gaps, or to continue?


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A hub that the settings point to, with nothing cached and nobody signed in."""
    tfw.unload()
    cache = str(tmp_path / "cache")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", cache)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", cache)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with HubServer() as hub:
        tfw.settings().endpoint = hub.url
        yield hub
    tfw.unload()


def fetched(hub: HubServer) -> set[str]:
    paths = [path for verb, path in hub.requests if verb == "GET" and "/resolve/" in path]
    return {path.rsplit("/", 1)[1] for path in paths}


def learner(data: Any, model: Any = NAME, **options: Any) -> Any:
    return tfw.learner(data, model, progress=False, **options)


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (reviews(), {"text": "txt"}, "text='txt': the data has no such column"),
        (reviews(), {"text": "review", "label": "sentimnt"}, "'sentimnt'"),
        (reviews(), {"text": "review", "valid": 0}, "validation set is needed"),
        (reviews().assign(sentiment=[None, *"ab" * 11, "a"]), {}, "row 0"),
        (OPEN, {"text": "txt"}, "text='txt': the data has no such column"),
        (OPEN, {"valid": "nobody"}, "'nobody'"),
        (OPEN, {"task": "fill-mask", "mask_share": 3}, "mask_share is a share"),
    ],
)
def test_errors_in_the_data_come_before_any_question_to_the_hub(
    hub: HubServer, data: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(tfw.InputError, match=message):
        learner(data, "no-such/model", **options)
    assert hub.requests == []


def test_the_kind_is_not_asked_where_the_task_is_clear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "model_kind", lambda *_, **__: pytest.fail("not needed"))
    for task in (None, "text-classification"):
        assert review_learner(tmp_path, task=task).task.name == "text-classification"


def test_config_json_is_enough_to_tell_the_kind(hub: HubServer, tmp_path: Path) -> None:
    hub.add(NAME, tiny_bert(tmp_path / "repo"))
    with pytest.raises(tfw.InputError, match="task='fill-mask'"):
        learner(OPEN)
    assert fetched(hub) == {"config.json"}


def test_it_is_asked_once_and_the_rest_is_fetched_later(hub: HubServer, tmp_path: Path) -> None:
    hub.add(NAME, tiny_bert(tmp_path / "repo"))
    data = OPEN.assign(tone=["good", "bad"] * 6)
    learn = learner(data, seed=1, path=tmp_path)
    assert (learn.task.name, learn.task.label) == ("text-classification", "tone")
    asked = [path for _, path in hub.requests if path == f"/api/models/{NAME}/revision/main"]
    assert len(asked) == 2  # for the kind, and for the weights
    assert "model.safetensors" in fetched(hub)


def test_pickles_are_refused_before_they_are_fetched(hub: HubServer, tmp_path: Path) -> None:
    folder = tiny_bert(tmp_path / "repo", pickle_only=True)
    hub.add(NAME, folder)
    for model in (NAME, folder):
        with pytest.raises(tfw.ModelError, match="allow_pickle=True"):
            learner(OPEN, model)
    assert fetched(hub) == set()
    assert model_kind(NAME, allow_pickle=True) == model_kind(folder, allow_pickle=True) == "encoder"
    assert fetched(hub) == {"config.json"}


def test_offline_the_whole_copy_is_found_and_not_the_configuration_of_a_newer_one(
    hub: HubServer, tmp_path: Path
) -> None:
    old = hub.add(NAME, tiny_bert(tmp_path / "repo")).sha
    tfw.load(NAME)
    tfw.unload()
    hub.add(NAME, tiny_bert(tmp_path / "newer", seed=1))
    assert model_kind(NAME, progress=False) == "encoder"
    hub.fault = "refuse"
    assert model_kind(NAME, progress=False) == "encoder"
    assert tfw.load(NAME).revision == old


def test_a_model_that_is_nowhere(hub: HubServer) -> None:
    with pytest.raises(tfw.ModelError, match="There is no model 'no-such/model'"):
        learner(OPEN, "no-such/model")
    hub.fault = "refuse"
    with pytest.raises(tfw.ModelError, match="is not in the cache"):
        learner(OPEN)


def test_code_that_comes_with_a_model_is_not_run_to_tell_its_kind(tmp_path: Path) -> None:
    folder = tiny_bert(tmp_path / "own")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoConfig": "mine.MyConfig"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "mine.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w')")
    assert model_kind(folder) is None
    assert not (tmp_path / "run").exists()


def test_a_learner_with_adapters_is_not_trained_on(tmp_path: Path) -> None:
    pytest.importorskip("peft")
    adapted = review_learner(tmp_path, lora=True)
    with pytest.raises(tfw.ModelError, match="merge them first"):
        learner(reviews(), adapted, path=tmp_path)
    folder = adapted.save_pretrained(tmp_path / "merged")
    assert learner(reviews(), folder, path=tmp_path).task.vocab == ["neg", "pos"]
