"""Downloads of this process: one per model and commit, whoever asks for it."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from tfwidgets.hub.download import troubles
from tfwidgets.hub.download.job import Job
from tfwidgets.models.net import HubClient
from tfwidgets.models.net.endpoint import endpoint
from tfwidgets.ui.progress import Progress
from tfwidgets.ui.strings import translate

if TYPE_CHECKING:
    from tfwidgets.hub.entry import ModelEntry

_MB = 1_000_000
# Seconds between two looks at how far it is.
_LOOK = 0.1

_jobs: list[Job] = []
_lock = Lock()


def download(entry: ModelEntry, *, progress: bool = True) -> Path:
    """Fetch what ``tfw.load`` needs of a model, wait for it, and return its folder.

    What is whole here is returned at once. To be called in the main thread, where Ctrl+C
    cancels it.

    Raises
    ------
    HubProblem
        When the hub does not answer or refuses.
    ModelError
        When the disk is full, the cache cannot be written or the model would not be loaded.
    """
    if entry.source == "demo":
        from tfwidgets.models.checkpoints import find

        return find(entry.id, revision=None, allow_pickle=False, progress=progress).folder
    if (
        entry.folder is not None
        and entry.folder.is_dir()  # it may have been deleted since the list was made
        and not entry.missing
        and (entry.cached or entry.source == "folder")
    ):
        return entry.folder
    job, mine = _begin(entry, HubClient.now())
    try:
        _watch(job, show=progress)
    except KeyboardInterrupt:
        if mine:  # what a page began goes on until the page ends it
            job.cancel()
        raise
    return _outcome(job)


def start(entry: ModelEntry, client: HubClient) -> Job:
    """Begin a download in a thread and return it, or the one of this model that runs."""
    return _begin(entry, client)[0]


def job_of(entry: ModelEntry) -> Job | None:
    """Return the last download of a model from the hub that is set, whether it runs or ended.

    Not one whose model was deleted since.
    """
    with _lock:
        job = _find(entry, endpoint())
    return None if job is None or (job.folder and not job.folder.is_dir()) else job


def is_running(name: str) -> bool:
    """Whether a model is being downloaded here, from whatever hub, in whatever revision."""
    with _lock:
        return any(job.name == name and not job.ended for job in _jobs)


def _begin(entry: ModelEntry, client: HubClient) -> tuple[Job, bool]:
    """Return the download of a model that runs, or a new one, and whether it is new."""
    with _lock:
        job = _find(entry, client.endpoint)
        if job is not None and not job.ended:
            return job, False
        if job is not None:
            _jobs.remove(job)
        job = Job(entry, client)
        _jobs.append(job)
    return job.start(), True


def _find(entry: ModelEntry, address: str) -> Job | None:
    for job in reversed(_jobs):
        known = {job.revision, job.plan.commit if job.plan else job.revision}
        if (job.endpoint, job.name) == (address, entry.id) and entry.revision in known:
            return job
    return None


def _outcome(job: Job) -> Path:
    if job.error is not None:
        raise job.error
    if job.folder is None:
        raise troubles.cancelled(job.name)
    return job.folder


def _watch(job: Job, *, show: bool) -> None:
    """Show how far a download is until it has ended, and whether it came to its end."""
    while not job.total and not job.wait(_LOOK):
        pass
    what = translate("hub-download", "progress", name=job.name)
    with Progress(what, -(-job.total // _MB), "MB", show=show and not job.ended) as bar:
        shown = 0
        while True:
            ended = job.wait(_LOOK)
            bar.total = -(-job.total // _MB)  # a mirror may tell it file by file
            bar.advance(job.done // _MB - shown)
            shown = job.done // _MB
            if ended:
                _outcome(job)
                break
