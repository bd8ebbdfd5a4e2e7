"""A model in a list, loaded and used: the one that was listed, whatever is called the same."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import current_thread, main_thread

import pytest

import tfwidgets as tfw
from tests.hub.found import entry
from tests.hub.page import Page
from tests.magics.plain_shell import completed, plain_shell
from tests.support.hub_server import HubServer
from tests.support.tiny import tiny_bert
from tfwidgets.hub.sources import folders
from tfwidgets.models import load_tokenizer, saved_for, session
from tfwidgets.models.kinds import model_kind
from tfwidgets.models.net import HubClient
from tfwidgets.models.training import load_for_training


@pytest.fixture(autouse=True)
def _nothing_chosen(nothing_loaded: None) -> Iterator[None]:
    yield
    session.clear()


@pytest.fixture
def places(base_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two folders, each with a model called "mine"; the notebook is in the first."""
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        shutil.copytree(base_bert, tmp_path / place / "mine")
    monkeypatch.chdir(tmp_path / "one")
    return tmp_path


def test_a_folder_is_the_one_that_was_listed(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tfw.settings().model_folders = ["."]
    (mine,) = folders.entries()
    monkeypatch.chdir(places / "two")
    assert mine.id == "./mine"
    assert mine.load().folder == places / "one" / "mine"
    assert tfw.load(mine) is mine.load()
    used = mine.use()
    assert used.name == "./mine"
    assert used.loaded is mine.load()
    assert tfw.load(None) is mine.load()


def test_a_model_of_the_hub_is_not_a_folder_of_its_name(
    hub: HubServer, places: Path, base_bert: Path
) -> None:
    shutil.copytree(base_bert, places / "one" / "org" / "x")
    here = tfw.load("org/x")
    for name in ("mine", "org/x"):
        repo = hub.add(name, base_bert)
        there = entry(name, revision=repo.sha)
        assert there.use().source == "hub"
        assert tfw.use().loaded is None
        for model in (there.load(), tfw.load(there), tfw.load(None)):
            assert (model.source, model.name, model.revision) == ("hub", name, repo.sha)
        assert tfw.use().loaded is there.load()
        assert tfw.load(name).source == "folder"
        tokens = tfw.tokens("hello", model=there).readings[0].subject.tokenizer
        assert tokens is not load_tokenizer(name)
    assert tfw.load("org/x") is here
    tfw.unload(there.load())
    hub.forget_requests()
    assert there.use().source == "cache"
    assert hub.requests == [], "a whole copy is here, and no folder is taken for it"


def test_an_entry_is_taken_like_a_name(hub: HubServer, base_bert: Path) -> None:
    repo = hub.add("org/x", base_bert)
    there = entry("org/x", revision=repo.sha)
    assert saved_for(there) == "feature-extraction"
    assert model_kind(there) == "encoder"
    assert tfw.use(there).revision == repo.sha
    session.clear()
    assert tfw.tokens("hello", model=there).readings[0].subject.name == "org/x"
    found = tfw.classify(["a film"], ["dog", "film"], model=there)
    assert found.model_name == "org/x"
    trained = load_for_training(there, "fill-mask", new_head=True, progress=False)
    assert trained.loaded.revision == repo.sha
    assert tfw.load(there, revision="main").revision == repo.sha
    with plain_shell(there=there) as shell:
        assert completed(shell, "%model the|") == ["%model there|"]
        assert shell.run_line_magic("model", "there").name == "org/x"


def test_an_error_about_an_entry_reminds_of_nothing(hub: HubServer, base_bert: Path) -> None:
    sha = hub.add("org/x", base_bert).sha
    with pytest.raises(tfw.ModelError, match="no trained head") as refused:
        tfw.load(entry("org/x", revision=sha), "fill-mask")
    assert "in use" not in str(refused.value)


def test_from_the_page_the_token_is_read_in_the_main_thread(
    hub: HubServer, base_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any other would freeze Colab's secrets."""
    sha = hub.add("org/x", base_bert, private=True).sha
    hub.token = "hf_mine"  # noqa: S105 - made up
    monkeypatch.setenv("HF_TOKEN", "hf_mine")
    threads = []
    now = HubClient.now

    def recorded() -> HubClient:
        threads.append(current_thread())
        return now()

    monkeypatch.setattr(HubClient, "now", recorded)
    page = Page()
    key = page.view._key(entry("org/x", revision=sha))
    assert page.ask("use", key=key) == {"name": "org/x"}
    assert threads == [main_thread()]


def test_of_another_hub_it_is_another_model(
    hub: HubServer, base_bert: Path, tmp_path: Path
) -> None:
    """Whatever was loaded under that name."""
    hub.add("org/x", base_bert)
    tokenizer = load_tokenizer("org/x")
    assert (saved_for("org/x"), tfw.load("org/x").task) == ("feature-extraction",) * 2
    with HubServer() as other:
        sha = other.add("org/x", tiny_bert(tmp_path / "other", "mlm")).sha
        tfw.settings().endpoint = other.url
        assert (saved_for("org/x"), tfw.load("org/x").task) == ("fill-mask",) * 2
        assert tfw.load("org/x").revision == sha
        tfw.unload()
        assert load_tokenizer("org/x") is not tokenizer
        tfw.settings().endpoint = hub.url
        assert load_tokenizer("org/x") is tokenizer
