"""A download that goes on while the kernel does something else."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Literal

from tfwidgets.errors import ModelError, TfWidgetsError
from tfwidgets.hub import changes
from tfwidgets.hub.download import troubles
from tfwidgets.hub.download.meter import Meter
from tfwidgets.hub.download.observers import Observers
from tfwidgets.hub.download.planning import MARGIN, Plan, PlannedFile, plan
from tfwidgets.hub.download.storage import Storage
from tfwidgets.hub.download.transfer import Transfer
from tfwidgets.hub.machine import disk_free
from tfwidgets.models.hub import remember
from tfwidgets.models.net import Cancelled, HubProblem

if TYPE_CHECKING:
    from tfwidgets.hub.entry import ModelEntry
    from tfwidgets.models.net import HubClient

State = Literal["waiting", "running", "cancelled", "failed", "done"]

_log = logging.getLogger(__name__)


class Job:
    """The download of one model, in a thread of its own.

    Attributes
    ----------
    state
        ``"waiting"`` while it asks the hub what there is, ``"running"``, and in the end
        ``"done"``, ``"failed"`` or ``"cancelled"``, which never changes.
    file
        What is being fetched: a file's name.
    blocked
        Whether another program is fetching that file, and this one waits for it.
    plan
        What was found to be fetched; None while waiting.
    error
        Why it failed.
    folder
        Where the model lies, once it is done.
    """

    def __init__(self, entry: ModelEntry, client: HubClient) -> None:
        self.state: State = "waiting"
        self.file: str | None = None
        self.blocked = False
        self.plan: Plan | None = None
        self.error: ModelError | None = None
        self.folder: Path | None = None
        self.name = entry.id
        self.revision = entry.revision
        self.endpoint = client.endpoint
        self._entry = entry
        self._client = client
        self._meter = Meter()
        self._cancelled = Event()
        self._ended = Event()
        self._lock = Lock()
        self._observers = Observers(self)
        self._transfer: Transfer | None = None

    @property
    def done(self) -> int:
        """Bytes that are here, those of earlier tries among them."""
        return self._meter.done

    @property
    def total(self) -> int:
        """Bytes in all, as far as they are known; 0 while waiting."""
        return self._meter.total

    @property
    def rate(self) -> float:
        """Bytes per second, over the last three seconds; 0.0 when it does not run."""
        return self._meter.rate if self.state == "running" else 0.0

    @property
    def problem(self) -> str | None:
        """Why it failed, in words."""
        return str(self.error) if self.error else None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self._ended.is_set()

    def cancel(self) -> None:
        """End it at once; what has arrived is kept for the next time."""
        self._cancelled.set()
        self._end("cancelled")
        # Its lock is free at once then: the next start need not wait for a silent server.
        if (transfer := self._transfer) is not None:
            transfer.hang_up()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has ended, at most so many seconds; return whether it has."""
        return self._ended.wait(timeout)

    def observe(self, callback: Callable[[Job], object]) -> Callable[[], None]:
        """Have a function called at every change, at most four times a second, and at the end.

        It is called with the job: at once, then in the job's thread, and in that of whoever
        cancels it. Return what stops that.
        """
        return self._observers.add(callback)

    def start(self) -> Job:
        """Begin."""
        # A daemon: a download is no reason to keep a process that wants to end.
        # In its context observers may send to a page, which ipykernel 7.0 does nowhere else.
        run, name = copy_context().run, f"tfwidgets-download-{self.name}"
        Thread(target=run, args=(self._run,), name=name, daemon=True).start()
        return self

    def __repr__(self) -> str:
        return f"Job({self.name!r}, {self.state}, {self.done} of {self.total} bytes)"

    def _run(self) -> None:
        try:
            folder = self._fetch()
        except Cancelled:
            self._end("cancelled")
        except TfWidgetsError as error:
            # Its traceback would keep alive, and could show, what stood in the thread's frames.
            self._end("failed", error=_plain(error))
        except Exception as error:
            _log.debug("download of %s", self.name, exc_info=True)
            self._end("failed", error=ModelError(f"The download failed: {_short(error)}"))
        else:
            self._end("done", folder=folder)

    def _fetch(self) -> Path:
        wanted = plan(self._entry, self._client)
        if wanted.refused:
            raise ModelError(wanted.refused)
        if not wanted.enough:
            raise troubles.no_room(self.name, wanted.missing + MARGIN, wanted.free)
        self._meter.total = wanted.total
        self._begin(wanted)
        storage = Storage.of(self.name)
        try:
            for file in wanted.files:
                if self._cancelled.is_set():
                    raise Cancelled
                self.file = file.name
                pointer = storage.pointer(wanted.commit, file.name)
                if file.here and pointer.is_file():
                    size = pointer.stat().st_size
                    if file.size is None:
                        self._meter.expect(size)
                    self._meter.move(size)
                    continue
                self._bring(storage, wanted, file)
            # Another program may have deleted what came first: a half of a model is none.
            if not all(storage.pointer(wanted.commit, f.name).is_file() for f in wanted.files):
                raise troubles.vanished(self.name)
        except FileNotFoundError:
            raise troubles.vanished(self.name) from None
        except OSError as error:
            raise troubles.unwritable(storage.cache, error) from None
        self.file = None
        if wanted.branch:
            remember(wanted.folder, wanted.branch, wanted.commit)
        return wanted.folder

    def _bring(self, storage: Storage, wanted: Plan, file: PlannedFile) -> None:
        self._transfer = transfer = Transfer(
            self._client,
            storage,
            wanted.commit,
            file,
            meter=self._meter,
            cancelled=self._cancelled,
            tell=self._observers.tell,
            blocked=self._block,
        )
        try:
            transfer.run()
        except HubProblem as problem:
            if problem.kind in ("unreachable", "timeout") and self.done:
                raise troubles.broken_off(problem, self.name, self.done, self.total) from None
            raise
        except OSError as error:
            if not troubles.is_full(error):
                raise
            raise troubles.full(
                wanted,
                self.total - self.done,
                disk_free(storage.cache),
                discarded=transfer.discarded,
            ) from None

    def _begin(self, wanted: Plan) -> None:
        with self._lock:
            self.plan = wanted
            if not self._ended.is_set():
                self.state = "running"
        self._observers.tell()

    def _end(
        self, state: State, *, error: ModelError | None = None, folder: Path | None = None
    ) -> None:
        """Take on the last state; the first to say it is right."""
        with self._lock:
            if self._ended.is_set():
                return
            self.state, self.error, self.folder = state, error, folder
            self.blocked = False
            if folder is not None:
                self._entry.folder, self._entry.missing = folder, ()
                self._entry.cached = True
            self._ended.set()
        self._observers.end()
        if state == "done":
            changes.tell()

    def _block(self, blocked: bool) -> None:
        self.blocked = blocked
        self._observers.tell(at_once=True)


def _plain(error: TfWidgetsError) -> ModelError:
    bare = error.with_traceback(None)
    bare.__context__ = bare.__cause__ = None
    return bare if isinstance(bare, ModelError) else ModelError(str(bare))


def _short(error: Exception) -> str:
    said = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}{f' ({said})' if said else ''}"
