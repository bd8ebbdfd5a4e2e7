"""Writes a training down while it runs, in a thread of its own.

The training hands over references and goes on. Twice a second the thread puts what came into one
transaction. What cannot be written waits in memory, and in a file as well (``spool``), and is
tried again; the training hears of it through its log and is never stopped.
"""

from __future__ import annotations

import atexit
import logging
import os
import time
from collections import deque
from pathlib import Path
from threading import Event, RLock, Thread, current_thread
from typing import TYPE_CHECKING
from weakref import WeakSet, ref

from tfwidgets.config import settings
from tfwidgets.dashboard.record import ENDED, Delta
from tfwidgets.dashboard.store.book import Book
from tfwidgets.dashboard.store.liveness import HEARTBEAT_SECONDS, live, written
from tfwidgets.dashboard.store.problems import Problem, problem_of
from tfwidgets.dashboard.store.spool import Waiting
from tfwidgets.dashboard.store.trackio_storage import Database

if TYPE_CHECKING:
    from tfwidgets.dashboard.session import Session

log = logging.getLogger(__name__)

EVERY_SECONDS = 0.5
RETRY_SECONDS = 5.0
TELL_SECONDS = 2.0
"""Another program that holds the file for less is nobody's concern."""
EXIT_SECONDS = 3.0
# A killed kernel may lose a second: what came waits for a turn, and then for a lock.
TIMEOUT, TIMEOUT_AGAIN = 0.25, 0.1

_writers: WeakSet[Writer] = WeakSet()


class Writer:
    """A sink of a session (``session.sinks.append(Writer.of(session))``).

    Attributes
    ----------
    problem
        Why the run is not being stored just now, in a sentence; None while all is well.
    """

    problem: str | None = None

    def __init__(self, session: Session) -> None:
        # Weak: a training that is thrown away in the middle must not live on in this thread.
        self._session = ref(session)
        self._held: Session | None = None
        self._folder: Path | None = None
        self._queue: deque[Delta] = deque()
        self._book = Book(session)
        self._waiting = Waiting(self._book.run)
        self._news: deque[str] = deque(maxlen=1)
        self._lock = RLock()
        self._wake = Event()
        self._thread: Thread | None = None
        self._closing = self._dead = self._broken = False
        self._status = ""
        self._pid = os.getpid()
        self._written = time.monotonic()
        self._failing: float | None = None
        self._again = 0.0

    @classmethod
    def of(cls, session: Session) -> Writer:
        """Begin to store a session; it is found under ``live`` from now on."""
        live[session.id] = session
        writer = cls(session)
        _writers.add(writer)
        writer._start()
        return writer

    def __call__(self, delta: Delta) -> None:
        """Take what came; in the thread that trains."""
        if self._dead or os.getpid() != self._pid:
            self._tell()
            return
        self._queue.append(delta)
        if delta.status != self._status:
            self._status = delta.status
            if delta.status in ENDED:
                self._held = self._session()
            self._wake.set()
        if self._thread is None:
            self._start()
        if self._news:
            self._tell()

    def close(self, timeout: float = EXIT_SECONDS, *, leaving: bool = False) -> None:
        """Write what is left, or put it where the next start finds it.

        A training that ended is written without this; it is for whoever wants to know that it is.
        What cannot be written is tried on, unless the process is ``leaving``.
        """
        if os.getpid() != self._pid:
            return
        self._closing = True
        self._wake.set()
        thread = self._thread
        if thread is not None and thread is not current_thread():
            thread.join(timeout)
        with self._lock:
            if not self._dead and not self._is_idle():
                self._collect()
                self._spool()
        self._closing = False
        if self._book.pending and not self._dead and not leaving:
            self._start()

    # -- the thread --------------------------------------------------------------------------------

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._work, name="tfwidgets-store", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            asked = self._wake.wait(EVERY_SECONDS)
            self._wake.clear()
            closing, gone = self._closing, self._session() is None
            try:
                self._turn(asked)
            except Exception:
                if not self._broken:  # it would say the same at every turn
                    log.exception("storing a training failed")
                self._broken = True
            with self._lock:
                idle = self._is_idle()
                over = gone or self._book.ended
                if not (self._dead or closing or (idle and over)):
                    continue
                self._thread = None
                if self._queue and not closing and not self._dead:
                    # It came in just now, and saw this thread still at work.
                    self._thread = current_thread()
                    continue
                if idle:
                    self._held = None
                    if self._book.ended and not self._dead:
                        written.add(self._book.run["id"])
                return

    def _turn(self, asked: bool) -> None:
        book, failing = self._book, self._failing is not None
        with self._lock:
            self._collect()
            if failing:
                self._spool()  # at once: what is only in memory would be lost with the process
        later = failing and not asked and time.monotonic() < self._again
        if self._dead or later or not self._due():
            return
        with self._lock:
            rows, texts = list(book.pending), dict(book.texts)
        folder = self._folder or settings().run_store_path
        database = Database(folder, book.run["project"])
        try:
            config = book.config() if "facts" in texts else None
            timeout = TIMEOUT_AGAIN if failing else TIMEOUT
            name = book.run["name"]
            database.write(book.run["id"], name, rows, texts, config, timeout=timeout)
        except Exception as error:
            self._failed(problem_of(error, database.path))
            return
        self._folder, self._written = folder, time.monotonic()
        self._succeeded(len(rows), texts)

    def _due(self) -> bool:
        book = self._book
        silent = time.monotonic() - self._written > HEARTBEAT_SECONDS
        if silent and book.rows and not book.ended and self._session() is not None:
            book.sign()
        return bool(book.pending or book.texts)

    def _collect(self) -> None:
        """Turn what came into a row, and bring the summaries up to date."""
        deltas = []
        while self._queue:
            deltas.append(self._queue.popleft())
        self._book.take(deltas, self._held or self._session())

    def _is_idle(self) -> bool:
        return not self._queue and not self._book.pending

    # -- when it goes well, and when not -----------------------------------------------------------

    def _succeeded(self, count: int, texts: dict[str, str]) -> None:
        with self._lock:
            self._book.written(count, texts)
        self.problem, self._failing, self._broken = None, None, False
        try:
            self._waiting.clear()
        except OSError:
            log.info("what waited for %s is taken in at the next start", self._book.run["id"])

    def _failed(self, problem: Problem) -> None:
        now, locked = time.monotonic(), problem.kind == "locked"
        if self._failing is None:
            self._failing = now
        short = locked and now - self._failing < TELL_SECONDS
        if problem.text != self.problem and not short:
            self.problem = problem.text
            self._news.append(problem.text)
        self._again = now if locked else now + RETRY_SECONDS
        with self._lock:
            if problem.kind == "missing":
                self._dead = True
                self._book.pending.clear()
                self._queue.clear()
                self._held = None
            else:
                self._collect()
                self._spool()

    def _spool(self) -> None:
        book = self._book
        try:
            self._waiting.add(self._folder or settings().run_store_path, book.pending, book.texts)
        except OSError as error:
            if not self._broken:
                log.warning("a training cannot be stored now: %s", error)
            self._broken = True

    def _tell(self) -> None:
        """Say in the training's log why it is not being stored."""
        session = self._session()
        if self._news and session is not None:
            session.write("message", text=self._news.popleft())


@atexit.register
def _close_all() -> None:
    end = time.monotonic() + EXIT_SECONDS
    for writer in list(_writers):
        writer.close(max(end - time.monotonic(), 0.1), leaving=True)
