"""A download while it runs: one per model, told about, cancelled, and taken up again."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

import pytest

from tests.hub.downloads import entry, gets, repository, run, without_weights
from tests.support.hub_server import HubServer
from tfwidgets.config import settings
from tfwidgets.hub.download import Job, job_of, jobs, plan, start
from tfwidgets.models.net import HubClient

pytestmark = pytest.mark.timeout(60)


def test_one_job_per_model(hub: HubServer, tmp_path: Path) -> None:
    repo = hub.add("org/tiny", repository(tmp_path / "repo"))
    hub.rate = 400_000
    job = start(entry(revision=repo.sha), HubClient.now())
    try:
        assert start(entry(revision=repo.sha), HubClient.now()) is job
        while job.state == "waiting":
            time.sleep(0.01)
        assert start(entry(), HubClient.now()).cancel() is None  # main: another question
        assert job_of(entry(revision=repo.sha)) is job
        assert job_of(entry("org/other")) is None
    finally:
        hub.rate = None
        job.cancel()
    again = start(entry(revision=repo.sha), HubClient.now())
    assert again is not job
    assert again.wait(20)
    assert again.state == "done", again.problem
    assert job.state == "cancelled"


def test_progress_is_told_four_times_a_second_and_at_the_end(
    hub: HubServer, tmp_path: Path
) -> None:
    hub.add("org/tiny", repository(tmp_path / "repo"))
    hub.rate = 400_000
    told: list[tuple[float, str, int, int]] = []
    rates = []
    job = start(entry(), HubClient.now())

    def look(job: Job) -> None:
        told.append((time.monotonic(), job.state, job.done, job.total))
        rates.append(job.rate)
        raise RuntimeError("a page that was closed stops nothing")

    stop = job.observe(look)
    silent = job.observe(lambda _: pytest.fail("asked to be left alone") if stopped else None)
    stopped = False
    silent()
    stopped = True
    assert job.wait(20)
    assert told[-1][1] == "done"
    assert told[-1][2] == told[-1][3] == job.total > 400_000
    seconds = told[-1][0] - told[0][0]
    assert 3 <= len(told) <= 4 * seconds + 4
    assert [done for *_, done, _ in told] == sorted(done for *_, done, _ in told)
    assert any(100_000 < rate < 1_600_000 for rate in rates), rates
    stop()


def test_cancelling_is_at_once_and_what_came_is_kept(
    hub: HubServer, hub_cache: Path, tmp_path: Path
) -> None:
    folder = repository(tmp_path / "repo")
    hub.add("org/tiny", folder)
    without_weights(hub)
    hub.fault = "stall"  # half of the file, then silence
    settings().hub_timeout = 60
    job = start(entry(), HubClient.now())
    while job.done < 200_000 and not job.ended:
        time.sleep(0.01)
    begun = time.monotonic()
    job.cancel()
    assert job.wait(0)
    assert time.monotonic() - begun < 2  # at once, on a slow machine, too
    assert job.state == "cancelled"
    # It let go of the file: the next one need not wait until the silent server is given up.
    again = start(entry(), HubClient.now())
    while again.done < 290_000 and time.monotonic() - begun < 15:
        time.sleep(0.01)
    assert again.state == "running"
    assert again.done >= 290_000
    again.cancel()
    snapshot = next((hub_cache / "models--org--tiny" / "snapshots").iterdir())
    assert not (snapshot / "model.safetensors").exists()
    assert not (hub_cache / "models--org--tiny" / "refs").exists()

    hub.fault = None
    hub.forget_requests()
    planned = plan(entry(), HubClient.now())
    assert 250_000 < planned.files[-1].part < 350_000
    assert planned.missing == planned.files[-1].size - planned.files[-1].part  # type: ignore[operator]
    job = run()
    assert job.state == "done", job.problem
    assert hub.ranges == [f"bytes={planned.files[-1].part}-"]
    assert job.folder is not None
    assert (job.folder / "model.safetensors").read_bytes() == (
        folder / "model.safetensors"
    ).read_bytes()


def test_ctrl_c_cancels(hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add("org/tiny", repository(tmp_path / "repo"))
    hub.rate = 100_000
    wanted = entry()
    real = Job.wait

    def interrupted(self: Job, timeout: float | None = None) -> bool:
        if self.done > 10_000:
            raise KeyboardInterrupt
        return real(self, timeout)

    monkeypatch.setattr(Job, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        wanted.download(progress=False)
    job = job_of(wanted)
    assert job is not None
    assert job.state == "cancelled"
    assert not wanted.cached


def test_ctrl_c_leaves_what_a_page_began(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("org/tiny", repository(tmp_path / "repo"))
    hub.rate = 400_000
    job = start(entry(), HubClient.now())

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(jobs, "_watch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        entry().download(progress=False)
    assert not job.ended
    hub.rate = None
    assert job.wait(20)
    assert job.state == "done", job.problem


def test_cancelling_before_the_first_word(hub: HubServer, tmp_path: Path) -> None:
    hub.add("org/tiny", repository(tmp_path / "repo"))
    without_weights(hub)
    hub.fault, hub.fault_path = "hang", "model.safetensors"
    job = start(entry(), HubClient.now())
    while not gets(hub, "model.safetensors"):
        time.sleep(0.01)
    job.cancel()
    hub._fault = None  # well again for who asks now; the first one still waits
    begun = time.monotonic()
    again = run()
    assert again.state == "done", again.problem
    assert time.monotonic() - begun < 5  # the patience with a silent server is ten seconds
    hub.fault = None


def test_the_end_is_what_is_told_last(hub: HubServer, tmp_path: Path) -> None:
    hub.add("org/tiny", repository(tmp_path / "repo"))
    hub.rate = 400_000
    told: list[str] = []
    within = threading.Event()
    job = start(entry(), HubClient.now())

    def slow(job: Job) -> None:
        state = job.state
        if state == "running":
            within.set()
            time.sleep(0.3)
        told.append(state)

    job.observe(slow)
    assert within.wait(5)
    job.cancel()
    time.sleep(0.5)
    assert told[-1] == "cancelled"
    hub.rate = None


def test_what_is_deleted_meanwhile_is_not_called_whole(
    hub: HubServer, hub_cache: Path, tmp_path: Path
) -> None:
    hub.add("org/tiny", repository(tmp_path / "repo"))
    without_weights(hub)
    hub.rate = 400_000
    wanted = entry()
    job = start(wanted, HubClient.now())
    while job.file != "model.safetensors" and not job.ended:
        time.sleep(0.01)
    (pointer,) = hub_cache.rglob("snapshots/*/config.json")
    pointer.unlink()
    assert job.wait(20)
    assert job.state == "failed"
    assert "were deleted while it was fetched" in str(job.problem)
    assert not wanted.cached
    assert not (hub_cache / "models--org--tiny" / "refs").exists()


def test_what_was_deleted_is_fetched_anew(hub: HubServer, hub_cache: Path, tmp_path: Path) -> None:
    hub.add("org/tiny", repository(tmp_path / "repo"))
    wanted = entry()
    folder = wanted.download(progress=False)
    assert job_of(entry()) is not None
    shutil.rmtree(hub_cache / "models--org--tiny")
    assert job_of(entry()) is None
    assert wanted.download(progress=False) == folder
    assert (folder / "model.safetensors").is_file()


def test_two_programs_do_not_write_one_file(
    hub: HubServer, hub_cache: Path, tmp_path: Path
) -> None:
    from huggingface_hub.utils import WeakFileLock

    repo = hub.add("org/tiny", repository(tmp_path / "repo"))
    etag = repo.files["model.safetensors"].etag
    locks = hub_cache / ".locks" / "models--org--tiny"
    locks.mkdir(parents=True)
    held, release = threading.Event(), threading.Event()

    def other() -> None:
        with WeakFileLock(locks / f"{etag}.lock"):
            held.set()
            release.wait(20)

    thread = threading.Thread(target=other)
    thread.start()
    assert held.wait(5)
    job = start(entry(), HubClient.now())
    told: list[bool] = []
    job.observe(lambda job: told.append(job.blocked))
    assert not job.wait(1)
    assert job.file == "model.safetensors"
    assert told[-1]
    assert gets(hub, "model.safetensors") == 0
    # The other one has fetched it.
    blobs = hub_cache / "models--org--tiny" / "blobs"
    shutil.copy(tmp_path / "repo" / "model.safetensors", blobs / etag)
    release.set()
    thread.join()
    assert job.wait(10)
    assert job.state == "done", job.problem
    assert gets(hub, "model.safetensors") == 0
    assert job.done == job.total
    assert not told[-1]
