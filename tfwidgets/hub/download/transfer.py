"""One file from the hub into its cache: goes on where it broke off, checked before it is used."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING

from tfwidgets.errors import ModelError
from tfwidgets.hub.download.checks import Check
from tfwidgets.hub.download.opening import length, opened, whole
from tfwidgets.hub.download.troubles import is_full
from tfwidgets.models.net import Cancelled, HubProblem, paths

if TYPE_CHECKING:
    from threading import Event

    import httpx2

    from tfwidgets.hub.download.meter import Meter
    from tfwidgets.hub.download.planning import PlannedFile
    from tfwidgets.hub.download.storage import Storage
    from tfwidgets.models.net import HubClient

# Seconds before a connection that broke off is made again.
PAUSE = 1.0
# A try that brought less is no reason for another one after it.
_WORTH = 8_000_000
# Files come from other servers than answers do, and these pause longer.
_LEAST_PATIENCE = 10.0
_START = re.compile(r"bytes (\d+)-")


class _Damaged(Exception):
    """What arrived is not what the hub has."""


class Transfer:
    """The way of one file into the cache.

    Attributes
    ----------
    at
        How many of its bytes are here.
    discarded
        Whether what had been fetched of it was deleted, since the disk is full.
    """

    def __init__(
        self,
        client: HubClient,
        storage: Storage,
        commit: str,
        file: PlannedFile,
        *,
        meter: Meter,
        cancelled: Event,
        tell: Callable[[], None],
        blocked: Callable[[bool], None],
    ) -> None:
        self.at = 0
        self.discarded = False
        self._client = client
        self._storage = storage
        self._commit = commit
        self._name = file.name
        self._size = file.size
        self._etag = file.etag
        self._meter = meter
        self._cancelled = cancelled
        self._tell = tell
        self._blocked = blocked
        self._check = Check("", None)
        self._answer: httpx2.Response | None = None

    def run(self) -> None:
        """Fetch the file, or what lacks of it, and put it into the commit's folder.

        Raises
        ------
        Cancelled
            When it is no longer wanted.
        HubProblem
            When the hub refuses, or the connection breaks off again and again.
        ModelError
            When the file arrived damaged.
        OSError
            When it cannot be written.
        """
        etag = self._etag or self._ask_name()
        storage = self._storage
        with storage.locked(etag, self._cancelled, self._blocked):
            if storage.has(self._commit, self._name, etag, self._size):
                # Somebody else fetched it meanwhile.
                storage.link(self._commit, self._name, etag, new=False)
                self._expect(storage.pointer(self._commit, self._name).stat().st_size)
                self._meter.move(self._size or 0)
                return
            storage.blob(etag).parent.mkdir(parents=True, exist_ok=True)
            try:
                self._fetch(etag)
            except OSError as error:
                # On a full disk what is of no use yet is in the way of all that is.
                if is_full(error):
                    self._discard(etag)
                    self.discarded = True
                raise
            storage.partial(etag).replace(storage.blob(etag))
            storage.link(self._commit, self._name, etag, new=True)

    def hang_up(self) -> None:
        """End the connection, from another thread: who waits for its next bytes waits no more."""
        answer = self._answer
        if answer is not None:
            with suppress(Exception):  # it may have ended by itself meanwhile
                stream = answer.extensions["network_stream"]
                stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def _discard(self, etag: str) -> None:
        with suppress(OSError):
            self._storage.partial(etag).unlink(missing_ok=True)
        self._start_over(etag)

    def _ask_name(self) -> str:
        """Ask for the content's name where the plan has none: mirrors tell less than the Hub."""
        with self._open({}) as answer:
            # A redirect to where the file lies comes from the hub, and that knows the hash.
            for told in (*(past.headers for past in answer.history), answer.headers):
                name = told.get("X-Linked-Etag") or told.get("ETag")
                if name:
                    # A redirect has a length of its own.
                    self._expect(length(told.get("X-Linked-Size")) or whole(answer))
                    self._etag = str(name).removeprefix("W/").strip('"')
                    return self._etag
        raise HubProblem(
            f"{self._client.shown} does not say which version of {self._name} it sends (no ETag). "
            "Is it a model hub?",
            "server",
        )

    def _expect(self, size: int | None) -> None:
        """Take over how long the file is, where the hub's list did not tell."""
        if self._size is None and size is not None:
            self._size = size
            self._meter.expect(size)

    def _fetch(self, etag: str) -> None:
        """Bring the partial file to its end."""
        partial = self._storage.partial(etag)
        self._take_up(etag)
        resumed, again = self.at > 0, True
        while True:
            before = self.at
            try:
                if self._size is None or self.at < self._size:
                    self._receive(etag)
                if not self._check.passed:
                    raise _Damaged
                return
            except _Damaged:
                self._start_over(etag)
                partial.unlink(missing_ok=True)
                if not resumed:
                    raise ModelError(
                        f"{self._name} arrived damaged (its checksum is wrong) and was deleted.\n"
                        "Start the download again. If it comes damaged again, ask the network's "
                        "administrator: a proxy or mirror may change files."
                    ) from None
                resumed = False  # the damage may be in what an earlier try left
            except HubProblem as problem:
                if problem.status == 416 and self.at:  # it is said to have no such part
                    self._start_over(etag)
                    continue
                came = self.at - before
                if problem.kind not in ("unreachable", "timeout") or came <= 0:
                    raise
                if not again and came < _WORTH:
                    raise
                again = False
                if self._cancelled.wait(PAUSE):
                    raise Cancelled from None

    def _take_up(self, etag: str) -> None:
        """Go on with what an earlier try left, if it can be of use."""
        partial = self._storage.partial(etag)
        self._check = Check(etag, self._size)
        self.at = self._storage.has_of(etag)
        if self._size is not None and self.at > self._size:
            partial.unlink()
            self.at = 0
        if self.at:
            self._check.add_file(partial, self._cancelled)
            self._meter.move(self.at)

    def _start_over(self, etag: str) -> None:
        self._meter.move(-self.at)
        self.at = 0
        self._check = Check(etag, self._size)

    def _receive(self, etag: str) -> None:
        """Write what comes behind what is here, to the end of the file or of the connection."""
        asked = {"Range": f"bytes={self.at}-"} if self.at else {}
        with self._open(asked) as answer:
            self._answer = answer
            if self._cancelled.is_set():  # before there was an answer to hang up on
                raise Cancelled
            if self.at and not self._continues(answer):
                self._start_over(etag)
            if self._size is None and (rest := whole(answer)) is not None:
                self._expect(self.at + rest)
                if not self.at:
                    self._check = Check(etag, self._size)
            with self._storage.partial(etag).open("ab" if self.at else "wb") as file:
                for piece in answer.iter_bytes():
                    if self._cancelled.is_set():
                        raise Cancelled
                    if self._size is not None and self.at + len(piece) > self._size:
                        raise _Damaged
                    file.write(piece)
                    self._check.add(piece)
                    self.at += len(piece)
                    self._meter.add(len(piece))
                    self._tell()
        self._answer = None
        if self._size is not None and self.at < self._size:
            raise HubProblem("The connection ended early.", "unreachable", reason="cut")

    def _open(self, asked: dict[str, str]) -> AbstractContextManager[httpx2.Response]:
        answer = self._client.stream(
            paths.file(self._storage.name, self._name, self._commit),
            # What is compressed on the way is not as long as the file.
            {"Accept-Encoding": "identity", **asked},
            timeout=max(self._client.timeout, _LEAST_PATIENCE),
        )
        return opened(answer, self._cancelled)

    def _continues(self, answer: httpx2.Response) -> bool:
        """Whether the answer begins where it was asked to: servers may ignore that."""
        start = _START.match(answer.headers.get("Content-Range", ""))
        return answer.status_code == 206 and start is not None and int(start[1]) == self.at
