"""``push_to_hub``: the real client, a hub on the loopback interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from huggingface_hub import ModelCard, constants

import tfwidgets as tfw
from tests.support.hub_uploads import UploadHub
from tests.train.tiny_learners import review_learner, train

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "tester/reviews"


@pytest.fixture(scope="module")
def learn(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return train(review_learner(tmp_path_factory.mktemp("learner")))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[UploadHub]:
    """A hub that the settings point to, with nothing cached and nobody signed in."""
    tfw.unload()
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.setattr(constants, "HF_STORED_TOKENS_PATH", str(tmp_path / "no-tokens"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    with UploadHub(tmp_path / "hub") as hub:
        tfw.settings().endpoint = hub.url
        yield hub
    tfw.unload()


def refused(learn: Any, name: str = NAME, **options: Any) -> str:
    with pytest.raises(tfw.ModelError) as caught:
        learn.push_to_hub(name, **options)
    assert caught.value.__suppress_context__  # what the client raised holds the request
    return str(caught.value)


def test_what_is_pushed_comes_back(
    learn: Any, hub: UploadHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = learn.push_to_hub(NAME, token=hub.token)
    assert address == f"{hub.url}/{NAME}"
    monkeypatch.setenv("HF_TOKEN", hub.token)
    loaded = tfw.load(NAME, task="text-classification", progress=False)
    assert loaded.source == "hub"
    theirs = loaded.model.state_dict()
    for name, value in learn.transformer.state_dict().items():
        assert torch.equal(value, theirs[name]), name
    assert loaded.tokenizer("the film")["input_ids"] == learn.tokenizer("the film")["input_ids"]


def test_it_is_private_unless_told(
    learn: Any, hub: UploadHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn.push_to_hub(NAME, token=hub.token)
    assert hub.repos[NAME].private
    learn.push_to_hub("tester/open", token=hub.token, private=False)
    assert not hub.repos["tester/open"].private
    assert tfw.load("tester/open", progress=False).source == "hub"  # by anyone


def test_the_card_names_it(learn: Any, hub: UploadHub) -> None:
    learn.push_to_hub(NAME, token=hub.token)
    card = (hub.root / NAME / "README.md").read_text(encoding="utf-8")
    assert f'pipeline("text-classification", model="{NAME}")' in card
    assert ModelCard(card).data.model_name == NAME
    assert str(learn.path) not in card
    learn.push_to_hub("tester/bare", token=hub.token, card=False)
    assert not (hub.root / "tester/bare/README.md").exists()


def test_again_and_with_a_message(learn: Any, hub: UploadHub) -> None:
    learn.push_to_hub(NAME, token=hub.token)
    before = (hub.root / NAME / "model.safetensors").read_bytes()
    train(learn)
    address = learn.push_to_hub(NAME, token=hub.token, commit_message="Better", revision="v2")
    assert address == f"{hub.url}/{NAME}/tree/v2"
    assert hub.messages[1] == (NAME, "v2", "Better")
    assert (hub.root / NAME / "model.safetensors").read_bytes() != before


def test_ones_own_name_may_be_left_out(learn: Any, hub: UploadHub) -> None:
    assert learn.push_to_hub("short", token=hub.token) == f"{hub.url}/tester/short"
    assert "config.json" in hub.repos["tester/short"].files


def test_the_token_of_the_environment(
    learn: Any, hub: UploadHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", hub.token)
    learn.push_to_hub(NAME)
    assert NAME in hub.repos


def test_nobody_is_logged_in(learn: Any, hub: UploadHub) -> None:
    for name in (NAME, "short"):
        assert "huggingface_hub.login()" in refused(learn, name)


def test_a_wrong_token_is_refused_and_never_shown(learn: Any, hub: UploadHub) -> None:
    wrong = "hf_wrongwrongwrong"
    for name in (NAME, "short"):
        said = refused(learn, name, token=wrong)
        assert "there is no token, or it is not valid" in said
        assert wrong not in said
    assert not hub.repos


def test_a_token_that_may_only_read(learn: Any, hub: UploadHub) -> None:
    hub.can_write = False
    assert "the role 'write'" in refused(learn, token=hub.token)
    hub.serve(NAME, private=False)
    assert "the role 'write'" in refused(learn, token=hub.token)


def test_the_name_of_somebody_else(learn: Any, hub: UploadHub, tmp_path: Path) -> None:
    hub.serve("other/reviews", private=False)
    assert "write to other/reviews" in refused(learn, "other/reviews", token=hub.token)
    assert "write to other/new" in refused(learn, "other/new", token=hub.token)


@pytest.mark.parametrize("name", ["a b", "a/b/c", "../x", ""])
def test_what_can_be_no_name(learn: Any, hub: UploadHub, name: str) -> None:
    with pytest.raises(tfw.InputError, match="cannot be a repository's id"):
        learn.push_to_hub(name, token=hub.token)
    assert not hub.requests


def test_offline(learn: Any, hub: UploadHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.fault = "refuse"
    said = refused(learn, token=hub.token)
    assert f"{hub.url} cannot be reached" in said
    assert "save_pretrained" in said
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE" in refused(learn, token=hub.token)


def test_a_busy_hub(learn: Any, hub: UploadHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.fault = "500"
    assert "is busy (HTTP 500)" in refused(learn, token=hub.token)


def test_a_page_that_is_no_hub(learn: Any, hub: UploadHub) -> None:
    hub.fault = "portal"
    assert "broke off" in refused(learn, token=hub.token)


def test_nothing_is_left_behind(
    learn: Any, hub: UploadHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    learn.push_to_hub(NAME, token=hub.token)
    assert not list(place.iterdir())
