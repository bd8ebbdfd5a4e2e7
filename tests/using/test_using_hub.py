"""Models on a hub and in its cache: what is asked of them when they are chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

import tfwidgets as tfw
from tests.support.hub_server import HubServer
from tests.support.tiny import tiny_bert
from tests.using.conftest import in_cache
from tfwidgets.models import saved_for, session


def test_on_the_hub_no_weights_are_fetched(
    hub: HubServer, hub_cache: Path, classifier: str
) -> None:
    repo = hub.add("org/tiny", Path(classifier))
    chosen = tfw.use("org/tiny")
    assert (chosen.source, chosen.task) == ("hub", "text-classification")
    assert chosen.architecture == "BertForSequenceClassification"
    assert not any("safetensors" in path for _, path in hub.requests)
    assert not list(hub_cache.rglob("*.safetensors"))
    loaded = chosen.load()
    assert (loaded.revision, chosen.loaded) == (repo.sha, loaded)


def test_unknown_and_gated_ones_are_refused(hub: HubServer, encoder: str) -> None:
    hub.add("org/tiny", Path(encoder))
    hub.add("org/terms", Path(encoder), gated="manual")
    with pytest.raises(tfw.ModelError, match="There is no model 'org/tinny'"):
        tfw.use("org/tinny")
    with pytest.raises(tfw.ModelError, match="gated"):
        tfw.use("org/terms")
    with pytest.raises(tfw.ModelError, match="no revision 'v9'"):
        tfw.use("org/tiny", revision="v9")
    assert session.in_use() is None


def test_the_revision_reaches_every_load(hub: HubServer, encoder: str) -> None:
    sha = hub.add("org/tiny", Path(encoder)).sha
    assert tfw.use("org/tiny", revision=sha).revision == sha
    assert tfw.load(None).revision == sha
    assert saved_for(None) == "feature-extraction"
    tfw.unload()
    tfw.tokens("a dog")
    tfw.classify(["a dog"], ["dog", "film"])
    asked = [path for _, path in hub.requests if "/revision/" in path]
    assert len(asked) >= 2
    assert all(path.endswith(f"/revision/{sha}") for path in asked), asked


def test_a_cached_one_is_chosen_without_a_question(
    hub: HubServer, hub_cache: Path, encoder: str
) -> None:
    in_cache(hub_cache, "org/here", Path(encoder))
    hub.forget_requests()
    chosen = tfw.use("org/here")
    assert (chosen.source, chosen.architecture) == ("cache", "BertModel")
    assert hub.requests == []


def test_an_unwhole_copy_is_not_enough(hub_cache: Path, tmp_path: Path) -> None:
    source = tiny_bert(tmp_path / "source")
    (source / "model.safetensors").unlink()
    in_cache(hub_cache, "org/half", source)
    with pytest.raises(tfw.ModelError, match="no weights"):
        tfw.use("org/half")


def test_of_two_revisions_in_memory_each_is_its_own(hub_cache: Path, encoder: str) -> None:
    old, new = "a" * 40, "b" * 40
    for commit in (old, new):
        in_cache(hub_cache, "org/two", Path(encoder), commit)
    first, second = (tfw.load("org/two", revision=commit) for commit in (old, new))
    chosen = tfw.use("org/two", revision=old)
    assert chosen.loaded is first
    assert chosen.others == [second]
    assert tfw.load(None) is first
    # A shared tokenizer would be the other revision's.
    assert tfw.tokens("a dog").readings[0].subject.tokenizer is not second.tokenizer


def test_an_error_of_the_hub_keeps_what_it_carries(hub: HubServer, hub_cache: Path) -> None:
    session.use("org/gone")
    with pytest.raises(tfw.ModelError, match=r"(?s)There is no model 'org/gone'.*model in use"):
        tfw.load(None)


@pytest.mark.parametrize("revision", [None, "main"])
def test_what_a_branch_became_is_said_once_it_is_loaded(
    hub: HubServer, encoder: str, classifier: str, revision: str | None
) -> None:
    hub.add("org/tiny", Path(encoder))
    tfw.load("org/tiny")
    tfw.unload()
    hub.add("org/tiny", Path(classifier))
    chosen = tfw.use("org/tiny", revision=revision)
    assert (chosen.source, chosen.task) == ("cache", "feature-extraction")
    # Loaded for something else, it is still what it was saved as.
    for task in ("text-classification", "feature-extraction"):
        assert chosen.load(task) is chosen.loaded
        assert chosen.source == "hub"
        assert chosen.architecture == "BertForSequenceClassification"
        assert chosen.task == "text-classification"


def test_what_was_not_fetched_before_the_hub_went_away_is_said(
    hub: HubServer, encoder: str
) -> None:
    sha = hub.add("org/tiny", Path(encoder)).sha
    for revision, words in (
        (None, "cannot be reached .*'org/tiny' is not in the cache"),
        (sha, "no weights .*; the rest is on the hub, which cannot be reached"),
    ):
        tfw.use("org/tiny", revision=revision)
        hub.fault = "refuse"
        with pytest.raises(tfw.ModelError, match=rf"(?s){words}.*org/tiny is the model in use"):
            tfw.load(None)
        hub.fault = None
