"""Where a local hub keeps large files, if it is told to: another host, as for the real one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.support.hub_replies import Replies, Request
from tests.support.hub_sockets import Sockets

if TYPE_CHECKING:
    from tests.support.hub_repo import Repo, RepoFile
    from tests.support.hub_server import HubServer


class FileHost:
    """A second server, on a port of its own. Who knows a file's address may have it.

    Attributes
    ----------
    requests, authorizations, ranges
        What was asked here, and the headers of the same names, or None.
    """

    def __init__(self, hub: HubServer) -> None:
        self.hub = hub
        self.requests: list[Request] = []
        self.authorizations: list[str | None] = []
        self.ranges: list[str | None] = []
        self._lock = threading.Lock()
        self._files: dict[str, RepoFile] = {}
        self._http = Sockets(_FileHandler, hub)
        self._http.files = self  # type: ignore[attr-defined]
        self.url = self._http.url
        self._http.start()

    def address(self, repo: Repo, file: RepoFile) -> str:
        self._files[file.etag] = file
        return f"{self.url}/repos/{repo.sha[:8]}/{file.etag}?file={file.name}&Signature=signed"

    def take(self, handler: _FileHandler) -> RepoFile | None:
        with self._lock:
            self.requests.append(Request(handler.command, handler.path))
            self.authorizations.append(handler.headers["Authorization"])
            self.ranges.append(handler.headers["Range"])
        return self._files.get(urlsplit(handler.path).path.rpartition("/")[2])

    def stop(self) -> None:
        self._http.stop()


class _FileHandler(Replies):
    def answer(self) -> None:
        file = self.server.files.take(self)
        if file is None:
            self._error(403, message="AccessDenied")
        else:
            content = self.server.hub.content(file)
            self._send_content(content, ETag=f'"{file.etag[:32]}"', Accept_Ranges="bytes")
