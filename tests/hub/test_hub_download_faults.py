"""Downloads that fail: what the person reads, and that nothing half-made is used."""

from __future__ import annotations

import errno
import time
from pathlib import Path

import pytest

import tfwidgets as tfw
from tests.hub.downloads import entry, gets, repository, run, without_weights
from tests.support.hub_server import HubServer
from tfwidgets.errors import ModelError
from tfwidgets.hub.download import planning, start, storage, transfer
from tfwidgets.models.net import HubClient, HubProblem, limits

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    limits._until.clear()
    monkeypatch.setattr(transfer, "PAUSE", 0.05)


@pytest.fixture
def repo(hub: HubServer, tmp_path: Path) -> Path:
    folder = repository(tmp_path / "repo")
    hub.add("org/tiny", folder)
    return folder


def partials(cache: Path) -> list[Path]:
    return list(cache.rglob("*.incomplete"))


def test_a_connection_that_breaks_off_is_taken_up_by_the_next_start(
    hub: HubServer, hub_cache: Path, repo: Path
) -> None:
    without_weights(hub)
    hub.fault = "cut"
    job = run()
    assert job.state == "failed"
    assert job.problem is not None
    assert job.problem.startswith("The download of org/tiny broke off at 200 kB of 400 kB (")
    assert job.problem.endswith("Start it again: what has arrived is kept.")
    assert gets(hub, "model.safetensors") == 2  # it was tried once more
    assert [path.stat().st_size for path in partials(hub_cache)] == [200_000]
    hub.fault = "refuse"
    with pytest.raises(tfw.ModelError, match="no weights"):
        tfw.load("org/tiny", revision=job.plan.commit if job.plan else None)

    hub.fault = None
    hub.forget_requests()
    job = run()
    assert job.state == "done", job.problem
    assert hub.ranges == ["bytes=200000-"]
    assert partials(hub_cache) == []
    assert job.folder is not None
    assert (job.folder / "model.safetensors").read_bytes() == (
        repo / "model.safetensors"
    ).read_bytes()


@pytest.mark.parametrize("case", ["ignores ranges", "too long", "of another file", "whole"])
def test_what_an_earlier_try_left_may_be_of_no_use(
    hub: HubServer, hub_cache: Path, repo: Path, case: str
) -> None:
    etag = hub.repos["org/tiny"].files["model.safetensors"].etag
    left = hub_cache / "models--org--tiny" / "blobs" / f"{etag}.tfwidgets.incomplete"
    left.parent.mkdir(parents=True)
    content = (repo / "model.safetensors").read_bytes()
    hub.ignores_ranges = case == "ignores ranges"
    left.write_bytes(
        {
            "ignores ranges": content[:1000],
            "too long": content + b"x",
            "of another file": b"x" * 1000,
            "whole": content,
        }[case]
    )
    job = run()
    assert job.state == "done", job.problem
    assert job.done == job.total
    assert job.folder is not None
    assert (job.folder / "model.safetensors").read_bytes() == content
    assert partials(hub_cache) == []
    assert gets(hub, "model.safetensors") == {"whole": 0, "of another file": 2}.get(case, 1)


def test_a_damaged_file_is_deleted_and_never_used(
    hub: HubServer, hub_cache: Path, repo: Path
) -> None:
    for name in ("model.safetensors", "config.json"):  # by SHA-256, and by git's hash
        hub.altered = {name}
        job = run()
        assert job.state == "failed"
        assert f"{name} arrived damaged (its checksum is wrong) and was deleted" in str(job.problem)
        assert partials(hub_cache) == []
        assert not list(hub_cache.rglob(f"snapshots/*/{name}"))
        for path in hub_cache.rglob("snapshots/*/*"):
            path.unlink()
        for path in hub_cache.rglob("blobs/*"):
            path.unlink()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_a_disk_that_fills_up(hub: HubServer, hub_cache: Path, repo: Path) -> None:
    etag = hub.repos["org/tiny"].files["model.safetensors"].etag
    blobs = hub_cache / "models--org--tiny" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / f"{etag}.tfwidgets.incomplete").symlink_to("/dev/full")
    job = run()
    assert job.state == "failed"
    assert job.problem is not None
    assert job.problem.startswith("The disk filled up while org/tiny was fetched: 400 kB more")
    assert " are free." in job.problem
    assert "The file that was begun has been deleted." in job.problem
    assert partials(hub_cache) == []
    assert not list(hub_cache.rglob("model.safetensors"))
    assert not (hub_cache / "models--org--tiny" / "refs").exists()
    assert run().state == "done"


def test_a_disk_that_is_full_elsewhere_costs_no_file(
    hub: HubServer, hub_cache: Path, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage.Storage, "link", full)
    job = run()
    assert str(job.problem).startswith("The disk filled up while org/tiny was fetched: ")
    assert "deleted" not in str(job.problem)


def test_a_disk_that_is_too_small_from_the_beginning(
    hub: HubServer, hub_cache: Path, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "disk_free", lambda _: 99_000_000)
    job = run()
    assert job.state == "failed"
    assert "has no room for org/tiny: 100 MB are needed, 99 MB are free." in str(job.problem)
    assert gets(hub, "config.json") == 0
    assert not hub_cache.exists()


def test_a_cache_that_cannot_be_written(hub: HubServer, hub_cache: Path, repo: Path) -> None:
    hub_cache.write_text("a file where a folder should be")
    job = run()
    assert job.state == "failed"
    assert f"cache {hub_cache} cannot be written" in str(job.problem)
    assert "Set HF_HOME to a folder of your own" in str(job.problem)


def test_refusals_of_the_hub(hub: HubServer, hub_cache: Path, repo: Path) -> None:
    hub.add("org/gated", repo, gated="auto")
    job = run(name="org/gated")  # its list of files is open to anybody
    assert isinstance(job.error, HubProblem)
    assert job.error.kind == "gated"
    assert f"accept its terms at {hub.url}/org/gated" in str(job.problem)
    assert not list(hub_cache.rglob("snapshots/*/*"))

    hub.gone = {"tokenizer.json"}
    job = run()
    assert isinstance(job.error, HubProblem)
    assert job.error.kind == "missing"
    hub.gone = set()

    hub.fault, hub.fault_path = "429", "model.safetensors"
    job = run()
    assert isinstance(job.error, HubProblem)
    assert job.error.kind == "limited"
    assert job.error.wait == pytest.approx(hub.reset_seconds, abs=1.5)
    assert job.state == "failed"
    limits._until.clear()

    hub.fault, hub.fault_path = "403", "model.safetensors"
    assert run().error.kind == "forbidden"  # type: ignore[union-attr]
    hub.fault = None
    assert run().state == "done"


def test_errors_are_raised_in_the_main_thread(hub: HubServer, repo: Path) -> None:
    with pytest.raises(HubProblem, match="There is no model 'org/none'") as caught:
        entry("org/none").download(progress=False)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    hub.fault = "refuse"
    begun = time.monotonic()
    with pytest.raises(HubProblem, match="cannot be reached"):
        entry().download(progress=False)
    assert time.monotonic() - begun < 5


def test_a_bar_says_that_it_stopped(
    hub: HubServer, repo: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from tfwidgets.ui import progress

    monkeypatch.setattr(progress, "QUIET", 0)
    monkeypatch.setattr(progress, "INTERVAL", 0)
    ends: list[bool] = []
    monkeypatch.setattr(progress._Bar, "end", lambda self, bar, finished: ends.append(finished))
    hub.rate, hub.altered = 300_000, {"model.safetensors"}
    with pytest.raises(ModelError, match="damaged"):
        entry().download()
    hub.altered = set()
    entry().download()
    assert ends == [False, True]
    assert "Downloading org/tiny" in capfd.readouterr().err


def test_a_download_that_somebody_else_cancels(hub: HubServer, repo: Path) -> None:
    hub.rate = 50_000
    job = start(entry(), HubClient.now())
    job.observe(lambda job: job.cancel() if job.done > 10_000 else None)
    with pytest.raises(ModelError, match="was cancelled"):
        entry().download(progress=False)


def test_the_token_is_nowhere(
    hub: HubServer, hub_cache: Path, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", hub.token)
    job = run()
    assert hub.token not in repr(job) + str(vars(job)) + repr(job.plan)
    for path in hub_cache.rglob("*"):
        assert not path.is_file() or hub.token.encode() not in path.read_bytes()
