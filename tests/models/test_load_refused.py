"""What is not loaded from a hub, and what is said then."""

from __future__ import annotations

import json
import shutil
import time
import traceback
from pathlib import Path

import pytest

import tfwidgets as tfw
from tests.support.hub_server import Fault, HubServer
from tests.support.tiny import tiny_bert
from tfwidgets.models.net import limits

pytestmark = pytest.mark.timeout(120)

TOKEN = "hf_aVeryPrivateOne"  # noqa: S105 - opens nothing but the local hub


def refused(name: str, **options: object) -> str:
    with pytest.raises(tfw.ModelError) as caught:
        tfw.load(name, **options)  # type: ignore[arg-type]
    return str(caught.value)


def fetched(hub: HubServer) -> list[str]:
    return [request.path for request in hub.requests if "/resolve/" in request.path]


# Faults of the hub

FAULTS = {
    "refuse": "no connection",
    "hang": "no answer within 1 s",
    "500": "HTTP 500",
    "429": "HTTP 429",
    "portal": "not a model hub; a sign-in page?",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_unreachable_hub(hub: HubServer, base_bert: Path, fault: Fault) -> None:
    hub.add("org/tiny", base_bert)
    hub.add("org/never-cached", base_bert)
    tfw.load("org/tiny")
    tfw.unload()
    tfw.settings().hub_timeout = 1
    hub.fault = fault

    started = time.monotonic()
    first, last = refused("org/never-cached").splitlines()
    assert time.monotonic() - started < 2
    assert first.startswith(f"{hub.url} cannot be reached (")
    assert FAULTS[fault] in first
    assert "'org/never-cached' is not in the cache" in first
    assert last.startswith("Available here: ")
    assert "org/tiny" in last

    started = time.monotonic()
    assert tfw.load("org/tiny").source == "cache"
    assert time.monotonic() - started < 3


@pytest.mark.usefixtures("no_waiting")
def test_a_download_that_breaks_off_goes_on_later(hub: HubServer, base_bert: Path) -> None:
    hub.add("org/tiny", base_bert)
    hub.fault = "cut"
    first, second = refused("org/tiny").splitlines()
    assert first.startswith("The download of org/tiny broke off")
    assert "Run the cell again" in second
    hub.fault = "refuse"
    assert "'org/tiny' is not in the cache" in refused("org/tiny")  # a part does not pass for it
    hub.fault = None
    assert tfw.load("org/tiny").source == "hub"


@pytest.mark.usefixtures("no_waiting")
def test_a_whole_copy_outlives_a_hub_that_cuts(hub: HubServer, base_bert: Path) -> None:
    hub.add("org/tiny", base_bert)
    tfw.load("org/tiny")
    tfw.unload()
    hub.fault = "cut"
    assert tfw.load("org/tiny").model.config.hidden_size == 32


@pytest.mark.parametrize("answer", ["[]", "{}", '{"sha": null}', '"welcome"', "null"])
def test_json_that_is_no_answer_of_a_hub(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    from tests.support.hub_handler import HubHandler

    def reply(handler: HubHandler) -> None:
        handler._send(200, answer.encode(), Content_Type="application/json")

    monkeypatch.setattr(HubHandler, "answer", reply)
    assert "not a model hub" in refused("org/tiny")


def test_an_endpoint_that_is_no_address(hub: HubServer) -> None:
    for wrong in ("localhost", "http://", "ftp://127.0.0.1", "http://no host/"):
        tfw.settings().endpoint = wrong
        assert "cannot be reached" in refused("org/tiny")


# Who may see what


def test_an_unknown_model(hub: HubServer, base_bert: Path) -> None:
    hub.add("org/tiny-bert", base_bert)
    tfw.load("org/tiny-bert")
    first, last = refused("org/tiny-bret").splitlines()
    assert first == (
        f"There is no model 'org/tiny-bret' at {hub.url} (or it is private). "
        "Did you mean 'org/tiny-bert'?"
    )
    assert "org/tiny-bert" in last
    assert "Did you mean" not in refused("something/else")


def test_a_private_model_needs_the_token(
    hub: HubServer, base_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("org/secret", base_bert, private=True)
    assert "There is no model 'org/secret'" in refused("org/secret")
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert tfw.load("org/secret").source == "hub"


def test_a_gated_model_says_where_to_ask(
    hub: HubServer, base_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("org/gated", base_bert, gated="manual")
    where = f"org/gated is gated: accept its terms at {hub.url}/org/gated, "
    assert refused("org/gated") == f"{where}then set HF_TOKEN and restart the kernel."
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert refused("org/gated").startswith(f"{where}signed in as the person whose token this is")
    hub.granted.add("org/gated")
    assert tfw.load("org/gated").source == "hub"


def test_a_wrong_token(hub: HubServer, base_bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add("org/tiny", base_bert)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert refused("org/tiny") == (
        f"{hub.url} refused access to org/tiny (HTTP 401): is HF_TOKEN valid?"
    )


@pytest.mark.usefixtures("no_waiting")
def test_the_token_is_sent_but_never_shown(
    hub: HubServer,
    base_bert: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    tfw.settings().hub_timeout = 1
    hub.add("org/tiny", base_bert)
    hub.add("org/gated", base_bert, gated="manual")
    hub.add("org/pickled", tiny_bert(tmp_path / "pickled", pickle_only=True))
    shown = []

    def attempt(name: str) -> None:
        try:
            tfw.load(name)
        except tfw.ModelError as error:
            shown.extend(traceback.format_exception(error))  # with all that led to it
            shown.append(repr(error))

    attempt("org/tiny")  # a wrong token
    hub.token = TOKEN
    for name in ("org/gated", "org/pickled", "org/none"):
        attempt(name)
    for fault in (*FAULTS, "cut"):
        hub.fault = fault
        attempt("org/tiny")
        limits._until.clear()  # else the hub is left alone for as long as it asked for with 429
    assert len(shown) > 10
    hub.fault = None
    model = tfw.load("org/tiny")
    shown += [repr(model), model.describe(), *capfd.readouterr()]
    assert f"Bearer {TOKEN}" in hub.authorizations
    assert TOKEN not in "".join(shown)


@pytest.mark.parametrize("name", ["a/b/c", "org/", "/org", "-org/x", "or g/x", "a\0b", "x" * 300])
def test_what_cannot_be_an_id_is_not_asked_for(hub: HubServer, name: str) -> None:
    message = refused(name)
    assert "no folder" in message
    assert "Available here" in message or "No model is available" in message
    assert hub.requests == []


# Weights and code that are not trusted unasked


def test_pickles_are_refused_before_they_are_fetched(hub: HubServer, tmp_path: Path) -> None:
    hub.add("org/pickled", tiny_bert(tmp_path / "repo", pickle_only=True))
    assert refused("org/pickled").splitlines() == [
        "org/pickled holds only pickled weights (pytorch_model.bin), "
        "and loading a pickle can run any code.",
        "If you trust its authors: tfw.load('org/pickled', allow_pickle=True).",
    ]
    assert fetched(hub) == []

    model = tfw.load("org/pickled", allow_pickle=True)
    assert model.source == "hub"
    # The permission holds for that call: now the pickle is in the cache, and the model in memory.
    assert "only pickled weights" in refused("org/pickled")
    hub.fault = "refuse"
    assert "only pickled weights" in refused("org/pickled")
    assert tfw.load("org/pickled", allow_pickle=True) is model


def test_a_pickle_that_runs_code_does_not_when_safetensors_are_there(
    hub: HubServer, base_bert: Path, tmp_path: Path
) -> None:
    import pickle

    marker = tmp_path / "the pickle ran"

    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (marker,)

    folder = tmp_path / "repo"
    shutil.copytree(base_bert, folder)
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Trap()))
    hub.add("org/both", folder)
    tfw.load("org/both")
    tfw.load(folder)
    assert not marker.exists()
    pickle.loads((folder / "pytorch_model.bin").read_bytes())  # noqa: S301 - the trap works
    assert marker.exists()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["model.gguf", "README.md"], "is no model for transformers: it has no config.json"),
        (["config.json", "tf_model.h5"], "has no weights that PyTorch loads"),
        (["config.json", "adapter_model.safetensors"], "has no weights that PyTorch loads"),
    ],
)
@pytest.mark.parametrize("allow_pickle", [False, True])
def test_repositories_that_are_no_models(
    hub: HubServer, tmp_path: Path, files: list[str], message: str, allow_pickle: bool
) -> None:
    from safetensors.numpy import save_file

    for name in files:
        (tmp_path / name).write_text("{}")
        if name.endswith(".safetensors"):
            save_file({}, tmp_path / name)
    hub.add("org/odd", tmp_path)
    said = refused("org/odd", allow_pickle=allow_pickle)
    assert said.startswith(f"org/odd {message}")
    assert ", ".join(sorted(files)) in said.replace("\n", " ")
    assert fetched(hub) == []


CONFIGURATION = """
from pathlib import Path
from transformers import BertConfig

Path({marker!r}).touch()


class MarkedConfig(BertConfig):
    model_type = {model_type!r}
"""

MODELING = """
from transformers import BertModel

from .configuration_marked import MarkedConfig


class MarkedModel(BertModel):
    config_class = MarkedConfig
"""


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """A file that a repository's code makes when it runs."""
    return tmp_path / "the code ran"


def with_code(source: Path, folder: Path, marker: Path, model_type: str) -> Path:
    shutil.copytree(source, folder)
    config = json.loads((folder / "config.json").read_text())
    config["model_type"] = model_type
    config["architectures"] = ["MarkedModel"]
    config["auto_map"] = {
        "AutoConfig": "configuration_marked.MarkedConfig",
        "AutoModel": "modeling_marked.MarkedModel",
    }
    (folder / "config.json").write_text(json.dumps(config))
    code = CONFIGURATION.format(marker=str(marker), model_type=model_type)
    (folder / "configuration_marked.py").write_text(code)
    (folder / "modeling_marked.py").write_text(MODELING)
    return folder


@pytest.mark.parametrize("place", ["hub", "folder"])
def test_code_of_a_model_runs_only_when_asked_for(
    hub: HubServer, base_bert: Path, tmp_path: Path, marker: Path, place: str
) -> None:
    folder = with_code(base_bert, tmp_path / f"repo_{place}", marker, "marked")
    hub.add("org/coded", folder)
    name = "org/coded" if place == "hub" else str(folder)
    first, second = refused(name).splitlines()
    assert first == f"{name} needs Python code that comes with it, which is not run unasked."
    assert second == f"If you trust its authors: tfw.load({name!r}, trust_remote_code=True)."
    assert not marker.exists()

    model = tfw.load(name, trust_remote_code=True)
    assert type(model.model).__name__ == "MarkedModel"
    assert marker.exists()
    assert model.task == "feature-extraction"
    # The permission holds for that call.
    assert "not run unasked" in refused(name)


def test_code_beside_a_known_family_is_left_alone(
    hub: HubServer, base_bert: Path, tmp_path: Path, marker: Path
) -> None:
    hub.add("org/known", with_code(base_bert, tmp_path / "repo", marker, "bert"))
    model = tfw.load("org/known")
    assert type(model.model).__module__.startswith("transformers.models.bert")
    assert not marker.exists()
