"""What a person reads when a model cannot be had, and that nothing half-made is ever used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import tfwidgets as tfw
from tests.support.hub_fixtures import Run
from tests.support.hub_server import HubServer
from tfwidgets.hub.download import transfer
from tfwidgets.models.net import limits

TINY = "org/tiny"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "PAUSE", 0.01)
    monkeypatch.setattr(transfer, "_LEAST_PATIENCE", 0.5)


@pytest.fixture
def tiny(hub: HubServer, base_bert: Path) -> tfw.ModelEntry:
    """The model as a search found it, before anything goes wrong."""
    hub.add(TINY, base_bert)
    return tfw.hub("tiny", where="hub")[TINY]


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(tfw.ModelError) as caught:
        act()
    return str(caught.value)


def nothing_whole(cache: Path) -> bool:
    """Whether the hub's own client and our load find nothing to use in the cache."""
    from huggingface_hub import try_to_load_from_cache

    blobs = [path for path in cache.rglob("blobs/*") if not path.name.endswith(".incomplete")]
    sizes = {path.stat().st_size for path in blobs}
    weights = try_to_load_from_cache(TINY, "model.safetensors")
    return not isinstance(weights, str) and max(sizes, default=0) < 10_000


# Who may have it


def entry_of(hub: HubServer, name: str) -> tfw.ModelEntry:
    return tfw.hub(name.partition("/")[2], where="hub")[name]


@pytest.mark.parametrize("kind", ["auto", "manual"])
def test_gated(hub: HubServer, base_bert: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add("org/closed", base_bert, gated=kind)  # type: ignore[arg-type]
    found = entry_of(hub, "org/closed")
    assert found.gated == kind
    said = (
        f"org/closed is gated: accept its terms at {hub.url}/org/closed, then set HF_TOKEN and "
        "restart the kernel."
    )
    for act in (found.download, found.load, found.card, lambda: tfw.load("org/closed")):
        assert refused(act) == said

    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert "is gated" in refused(found.download)  # signed in, and not yet let in
    hub.pending.add("org/closed")
    assert refused(found.download) == (
        "org/closed is gated: its authors have yet to grant your request, see "
        f"{hub.url}/org/closed."
    )
    hub.granted.add("org/closed")
    assert found.load().name == "org/closed"


def test_gone_since_it_was_listed(hub: HubServer, tiny: tfw.ModelEntry) -> None:
    del hub.repos[TINY]
    said = f"There is no model '{TINY}' at {hub.url} (or it is private)."
    for act in (tiny.download, tiny.load, tiny.card):
        assert refused(act).startswith(said)


def test_renamed_since_it_was_listed(hub: HubServer, base_bert: Path, tiny: tfw.ModelEntry) -> None:
    hub.add("org/new", base_bert)
    del hub.repos[TINY]
    hub.rename(TINY, "org/new")
    folder = tiny.download(progress=False)
    assert (folder / "model.safetensors").is_file()
    assert tiny.load().model.config.hidden_size == 32


def test_disabled(hub: HubServer, base_bert: Path) -> None:
    hub.add("org/closed", base_bert, disabled=True)
    found = entry_of(hub, "org/closed")
    assert found.disabled
    assert "disabled" in repr(tfw.hub("closed", where="hub"))
    said = f"org/closed was disabled by {hub.url}: its files cannot be had. Choose another model."
    for act in (found.download, found.load, found.card):
        assert refused(act) == said


def test_a_private_model_looks_missing_without_the_token(
    hub: HubServer, base_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("org/secret", base_bert, private=True)
    assert list(tfw.hub("secret", where="hub")) == []
    assert "(or it is private)" in refused(lambda: tfw.load("org/secret"))
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert entry_of(hub, "org/secret").private
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert "HF_TOKEN" in refused(lambda: tfw.load("org/secret"))


@pytest.mark.parametrize("name", ["org/a/b", "org/na me", "a" * 200, "org/..", "org/x\nHost:"])
def test_what_cannot_be_an_id_never_reaches_the_hub(hub: HubServer, name: str) -> None:
    assert "cannot be a model's id on the hub" in refused(lambda: tfw.load(name))
    entry = tfw.ModelEntry(name, "hub")
    assert "cannot be a model's id on the hub" in refused(entry.download)
    assert "cannot be a model's id on the hub" in refused(entry.card)
    assert hub.requests == []


# The line


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("refuse", "cannot be reached: no connection"),
        ("500", "is in trouble (HTTP 500)"),
        ("429", "was asked too often (HTTP 429). Ask again in 3 s"),
        ("portal", "A web page answered in place of"),
        ("hang", "gave no answer within"),
    ],
)
def test_no_hub(
    hub: HubServer, hub_cache: Path, tiny: tfw.ModelEntry, fault: str, words: str
) -> None:
    tfw.settings().hub_timeout = 1
    hub.fault = fault  # type: ignore[assignment]
    assert words in refused(lambda: tiny.download(progress=False))
    assert nothing_whole(hub_cache)


BROKEN_OFF = f"The download of {TINY} broke off at "


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("cut", BROKEN_OFF),
        ("stall", BROKEN_OFF),
        ("portal", "sign in and try again"),
        ("reset", BROKEN_OFF),
        ("500", "is in trouble (HTTP 500)"),
        ("429", "was asked too often (HTTP 429)"),
    ],
)
def test_broken_off_in_the_middle(
    hub: HubServer, hub_cache: Path, tiny: tfw.ModelEntry, fault: str, words: str
) -> None:
    tfw.settings().hub_timeout = 1
    hub.fault, hub.fault_path = fault, "/resolve/.*safetensors$"  # type: ignore[assignment]
    said = refused(lambda: tiny.download(progress=False))
    assert words in said
    if words == BROKEN_OFF:
        assert said.endswith("Start it again: what has arrived is kept.")
    assert nothing_whole(hub_cache)
    (shown,) = tfw.hub(where="cache")
    assert not shown.cached
    hub.fault = "refuse"
    assert "tiny" in refused(lambda: tfw.load(TINY))

    hub.fault = None
    limits._until.clear()
    hub.forget_requests()
    folder = tiny.download(progress=False)
    assert (folder / "model.safetensors").read_bytes() == (
        hub.repos[TINY].folder / "model.safetensors"
    ).read_bytes()
    assert tfw.load(TINY).source in ("hub", "cache")
    if fault in ("cut", "stall"):
        assert hub.ranges[0].startswith("bytes=")  # what had arrived was kept


def test_damaged_on_the_way(hub: HubServer, hub_cache: Path, tiny: tfw.ModelEntry) -> None:
    hub.altered.add("model.safetensors")
    said = refused(lambda: tiny.download(progress=False))
    assert said.startswith("model.safetensors arrived damaged (its checksum is wrong)")
    assert nothing_whole(hub_cache)
    assert not [*hub_cache.rglob("*.incomplete")]
    hub.altered.clear()
    assert tiny.download(progress=False).is_dir()


def test_a_file_that_is_listed_and_gone(hub: HubServer, tiny: tfw.ModelEntry) -> None:
    hub.gone.add("model.safetensors")
    assert refused(lambda: tiny.download(progress=False)) == (
        f"{TINY} has no file model.safetensors."
    )


# The disk

FULL = """
import resource, sys
import tfwidgets as tfw
from tfwidgets.hub.entry import ModelEntry
entry = ModelEntry("org/tiny", "hub")
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
try:
    entry.download(progress=False)
except tfw.ModelError as error:
    print(error)
print(entry.cached, [m.cached for m in tfw.hub(where="cache")])
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
print(entry.download(progress=False).name)
"""


def test_a_disk_that_fills_up(run_python: Run, base_bert: Path, tmp_path: Path) -> None:
    with HubServer() as hub:
        commit = hub.add(TINY, base_bert).sha
        done = run_python(
            FULL,
            HF_ENDPOINT=hub.url,
            HF_HOME=str(tmp_path / "hf"),
            HF_HUB_OFFLINE="0",
            TFWIDGETS_CACHE_DIR=str(tmp_path / "own"),
        )
    said, advice, state, folder = done.stdout.splitlines()
    assert said.startswith(f"The disk filled up while {TINY} was fetched: ")
    assert "more are needed" in said
    assert "Make room" in advice
    assert state == "False [False]"
    assert folder == commit


def test_a_disk_without_room_is_seen_before(
    hub: HubServer, tiny: tfw.ModelEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tfwidgets.hub.download import planning

    monkeypatch.setattr(planning, "disk_free", lambda _: 1_000_000)
    hub.forget_requests()
    said = refused(lambda: tiny.download(progress=False))
    assert said.startswith(f"The disk has no room for {TINY}: ")
    assert "1 MB are free" in said
    assert hub.asked(f"/{TINY}/resolve") == 0


@pytest.mark.parametrize("place", ["", "models--org--tiny", "models--org--tiny/blobs", ".locks"])
def test_a_cache_that_cannot_be_written(hub_cache: Path, tiny: tfw.ModelEntry, place: str) -> None:
    blocked = hub_cache / place
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.write_text("a file where a folder should be")
    said = refused(lambda: tiny.download(progress=False))
    assert said.startswith(f"The hub's cache {hub_cache} cannot be written")
    assert "Set HF_HOME to a folder of your own" in said
