"""Loading by a name on the hub: what is asked, what is fetched, what is kept for later."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import tfwidgets as tfw
from tests.support.hub_server import HubServer
from tests.support.tiny import tiny_bert
from tfwidgets.models.available import cached, listing

if TYPE_CHECKING:
    from tests.models.conftest import Run

pytestmark = pytest.mark.timeout(120)


def everything(source: Path, target: Path) -> Path:
    """Copy a model and put beside it what repositories hold for other programs."""
    shutil.copytree(source, target)
    for name in ("pytorch_model.bin", "tf_model.h5", "model.onnx", "onnx/model.onnx"):
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_bytes(b"not for us")
    (target / "onnx" / "config.json").write_text("{}")
    (target / "1_Pooling").mkdir()
    (target / "1_Pooling" / "config.json").write_text('{"pooling_mode_mean_tokens": true}')
    return target


def downloaded(model: tfw.LoadedModel) -> set[str]:
    assert model.folder is not None
    files = (path for path in model.folder.rglob("*") if path.is_file())
    return {path.relative_to(model.folder).as_posix() for path in files}


def test_only_what_is_needed_is_fetched(hub: HubServer, base_bert: Path, tmp_path: Path) -> None:
    repo = hub.add("org/tiny", everything(base_bert, tmp_path / "repo"))
    model = tfw.load("org/tiny")
    assert (model.name, model.source, model.revision) == ("org/tiny", "hub", repo.sha)
    assert downloaded(model) == {
        *("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"),
        *("README.md", "1_Pooling/config.json"),
    }
    assert model.languages == ("de",)


def test_a_loaded_model_is_not_asked_for_again(hub: HubServer, base_bert: Path) -> None:
    repo = hub.add("org/tiny", base_bert)
    model = tfw.load("org/tiny")
    hub.forget_requests()
    assert tfw.load("org/tiny") is model
    assert hub.requests == []

    tfw.unload()
    assert tfw.load("org/tiny").revision == repo.sha
    assert hub.requests == [("GET", "/api/models/org/tiny/revision/main")]


def test_shards(hub: HubServer, base_bert: Path, tmp_path: Path) -> None:
    import torch
    from transformers import BertModel, BertTokenizerFast

    whole = BertModel.from_pretrained(base_bert)
    whole.save_pretrained(tmp_path / "repo", max_shard_size="20KB")
    BertTokenizerFast.from_pretrained(base_bert).save_pretrained(tmp_path / "repo")
    shards = {path.name for path in (tmp_path / "repo").glob("model-*.safetensors")}
    assert len(shards) > 1
    shutil.copy(base_bert / "model.safetensors", tmp_path / "repo" / "consolidated.safetensors")
    hub.add("org/sharded", tmp_path / "repo")

    model = tfw.load("org/sharded")
    assert {name for name in downloaded(model) if name.endswith(".safetensors")} == shards
    for name, weights in whole.state_dict().items():
        assert torch.equal(model.model.state_dict()[name], weights), name


def test_later_the_cache_answers_for_a_hub_that_is_gone(hub: HubServer, base_bert: Path) -> None:
    commit = hub.add("org/tiny", base_bert).sha
    tfw.load("org/tiny")
    tfw.unload()
    hub.fault = "refuse"
    model = tfw.load("org/tiny")
    assert (model.source, model.revision) == ("cache", commit)
    assert tfw.load("org/tiny", revision=commit).source == "cache"
    assert "from cache at " + commit in model.describe()


def test_the_newest_commit_is_loaded_and_cached(
    hub: HubServer, base_bert: Path, tmp_path: Path
) -> None:
    old = hub.add("org/tiny", base_bert).sha
    tfw.load("org/tiny")
    new = hub.add("org/tiny", tiny_bert(tmp_path / "new", seed=1)).sha
    tfw.unload()
    assert tfw.load("org/tiny").revision == new != old
    tfw.unload()
    hub.fault = "refuse"
    assert tfw.load("org/tiny").revision == new


@pytest.mark.usefixtures("no_waiting")
def test_a_broken_update_leaves_the_old_copy_in_use(
    hub: HubServer, base_bert: Path, tmp_path: Path
) -> None:
    old = hub.add("org/tiny", base_bert).sha
    tfw.load("org/tiny")
    tfw.unload()
    new = hub.add("org/tiny", tiny_bert(tmp_path / "new", seed=1)).sha
    hub.fault = "cut"
    with pytest.raises(tfw.ModelError, match="download of org/tiny broke off"):
        tfw.load("org/tiny")
    hub.fault = "refuse"
    assert tfw.load("org/tiny").revision == old
    tfw.unload()
    hub.fault = None
    assert tfw.load("org/tiny").revision == new


def test_switched_off_nothing_is_asked(
    hub: HubServer, base_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    hub.add("org/tiny", base_bert)
    tfw.load("org/tiny")
    tfw.unload()
    hub.forget_requests()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert tfw.load("org/tiny").source == "cache"
    with pytest.raises(tfw.ModelError, match="switched off") as caught:
        tfw.load("org/tinny")
    assert "Did you mean 'org/tiny'?" in str(caught.value)
    assert "org/tiny" in str(caught.value).splitlines()[-1]  # what is available
    assert hub.requests == []


def test_revisions(hub: HubServer, base_bert: Path) -> None:
    commit = hub.add("org/tiny", base_bert).sha
    assert tfw.load("org/tiny", revision=commit).revision == commit
    named = "refs/heads/main"  # a slash in a revision is part of its name, not of the address
    assert tfw.load("org/tiny", revision=named).revision == commit
    for unknown in ("v9", "a/b", "main?x=1", "../main"):
        with pytest.raises(tfw.ModelError) as caught:
            tfw.load("org/tiny", revision=unknown)
        assert str(caught.value) == f"org/tiny has no revision {unknown!r}."

    tfw.unload()
    hub.fault = "refuse"
    assert tfw.load("org/tiny", revision=named).source == "cache"
    with pytest.raises(tfw.ModelError, match=r"'org/tiny' at revision 'v9' is not in the cache"):
        tfw.load("org/tiny", revision="v9")


def test_a_renamed_model_is_found_under_its_old_name(hub: HubServer, base_bert: Path) -> None:
    commit = hub.add("org/new", base_bert).sha
    hub.rename("old/name", "org/new")
    model = tfw.load("old/name")
    assert (model.name, model.revision) == ("old/name", commit)
    tfw.unload()
    hub.fault = "refuse"
    assert tfw.load("old/name").revision == commit


def test_an_endpoint_may_end_with_a_slash(hub: HubServer, base_bert: Path) -> None:
    hub.add("org/tiny", base_bert)
    tfw.settings().endpoint = hub.url + "/"
    assert tfw.load("org/tiny").source == "hub"
    assert {request.path[:2] for request in hub.requests} <= {"/a", "/o"}


def test_a_cache_that_cannot_note_the_branch_is_enough(
    hub: HubServer, hub_cache: Path, base_bert: Path
) -> None:
    hub.add("org/tiny", base_bert)
    refs = hub_cache / "models--org--tiny" / "refs"
    refs.parent.mkdir(parents=True)
    refs.write_text("a file where a folder should be")
    assert tfw.load("org/tiny").source == "hub"


def test_what_is_cached_only_in_part_is_refused(
    hub: HubServer, hub_cache: Path, base_bert: Path, tmp_path: Path
) -> None:
    from transformers import BertModel

    BertModel.from_pretrained(base_bert).save_pretrained(tmp_path / "repo", max_shard_size="20KB")
    shutil.copy(base_bert / "tokenizer.json", tmp_path / "repo")
    hub.add("org/sharded", tmp_path / "repo")
    model = tfw.load("org/sharded")
    assert model.folder is not None
    first, *rest = sorted(model.folder.glob("model-*.safetensors"))
    first.unlink()
    tfw.unload()
    hub.fault = "refuse"
    with pytest.raises(tfw.ModelError) as caught:
        tfw.load("org/sharded")
    assert str(caught.value) == (
        "The cached copy of org/sharded is not whole: "
        f"1 of its {1 + len(rest)} weight files are missing ({first.name}); "
        "the rest is on the hub, which cannot be reached or is switched off."
    )
    for path in rest:
        path.unlink()
    (model.folder / "model.safetensors.index.json").unlink()
    with pytest.raises(tfw.ModelError, match=r"cached copy of org/sharded has .* no weights"):
        tfw.load("org/sharded")


def test_what_is_available(hub: HubServer, base_bert: Path, tmp_path: Path) -> None:
    assert cached() == []
    hub.add("org/tiny", base_bert)
    hub.add("plain", base_bert)
    pickled = tiny_bert(tmp_path / "pickled", pickle_only=True)
    hub.add("org/pickled", pickled)
    tfw.load("org/tiny")
    tfw.load("plain")
    tfw.load("org/pickled", allow_pickle=True)
    assert cached() == ["org/tiny", "plain"]  # in the order of their folders
    names = tfw.available()
    assert names[-2:] == ["org/tiny", "plain"]
    assert all(name.startswith("demo/") for name in names[:-2])
    assert listing(limit=1) == f"Available here: {names[0]} and {len(names) - 1} more."


VARIABLES = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME")

WHERE = """
import importlib, os, sys
from huggingface_hub import constants
from tfwidgets.models.available import hub_cache
for name in (*sys.argv[1:], None):
    for variable in sys.argv[1:]:
        os.environ.pop(variable, None)
    if name:
        os.environ[name] = "~/some place"
    importlib.reload(constants)
    print(hub_cache(), constants.HF_HUB_CACHE, sep="|")
"""


def test_the_cache_is_where_the_client_has_it(run_python: Run, tmp_path: Path) -> None:
    lines = run_python(WHERE, *VARIABLES, HOME=str(tmp_path)).stdout.splitlines()
    pairs = [line.split("|") for line in lines]
    assert len(pairs) == 5
    assert [ours for ours, _ in pairs] == [theirs for _, theirs in pairs]


LOAD_TWICE = """
import tfwidgets as tfw
for progress in (False, True):
    model = tfw.load("org/tiny", progress=progress)
    print(model.source, model.revision)
    print(tfw.load("org/tiny") is model)
    tfw.unload()
"""


def test_as_users_set_it_up_by_environment(
    run_python: Run, base_bert: Path, tmp_path: Path
) -> None:
    with HubServer() as hub:
        commit = hub.add("org/tiny", base_bert).sha
        environment = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "0"}
        done = run_python(LOAD_TWICE, **environment)
        assert done.stdout.split() == ["hub", commit, "True"] * 2
        hub.forget_requests()
        environment["HF_HUB_OFFLINE"] = "1"
        assert run_python(LOAD_TWICE, **environment).stdout.split() == [
            *("cache", commit, "True") * 2
        ]
        assert hub.requests == []


def test_a_silent_load_is_silent(
    hub: HubServer, base_bert: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    hub.add("org/tiny", base_bert)
    tfw.load("org/tiny", progress=False)
    assert capfd.readouterr() == ("", "")


def test_a_cache_in_the_home_of_nobody_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", "~nobody-of-that-name/hub")
    assert cached() == []
