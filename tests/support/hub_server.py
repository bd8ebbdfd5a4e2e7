"""A Hugging Face Hub on the loopback interface, for the real client.

It serves repositories from local folders over HTTP, with the Hub's paths, headers and error
codes, and can be told to fail in the ways a network fails:

    with HubServer() as hub:
        hub.add("org/tiny", folder, downloads=12)
        HfApi(endpoint=hub.url).model_info("org/tiny")
        hub.fault = "429"
"""

from __future__ import annotations

import json
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from tests.support.hub_repo import DEFAULT_KEYS, FULL_KEYS, Json, Repo, RepoFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from email.message import Message

Fault = Literal["refuse", "hang", "500", "429", "portal", "cut"]

_REPO = r"(?P<repo>[^/]+(?:/[^/]+)?)"
_INFO = re.compile(rf"/api/models/{_REPO}(?:/revision/(?P<rev>[^/]+))?")
_TREE = re.compile(rf"/api/models/{_REPO}/tree/(?P<rev>[^/]+)(?:/(?P<path>.*))?")
_FILE = re.compile(rf"/{_REPO}/resolve/(?P<rev>[^/]+)/(?P<path>.+)")
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


class Request(NamedTuple):
    """What a client asked for; `path` includes the query as it was sent."""

    method: str
    path: str

    @property
    def params(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.path).query)


class HubServer:
    """A local hub, on from `with` to the end of its block.

    Attributes
    ----------
    requests
        Everything that was asked, in order. What is refused never arrives.
    authorizations
        The `Authorization` header of each of these requests, or None.
    ranges
        The `Range` headers among them.
    token, user
        The only valid token, and whose it is. With it private repositories are seen.
    granted
        Gated repositories whose terms the user has accepted.
    page_size
        How many entries a page holds at most.
    reset_seconds
        What the answer 429 says about when to come again.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.authorizations: list[str | None] = []
        self.ranges: list[str] = []
        self.token = "hf_only-for-tests"  # noqa: S105 - opens nothing but this server
        self.user = "tester"
        self.granted: set[str] = set()
        self.page_size = 1000
        self.reset_seconds = 3
        self.repos: dict[str, Repo] = {}
        self.renamed: dict[str, str] = {}
        self._fault: Fault | None = None
        self._lock = threading.Lock()
        self._unhang = threading.Event()
        self._http = _Server(self)
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> HubServer:
        self._http.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.fault = None
        self._http.stop()

    def add(
        self,
        repo_id: str,
        folder: Path,
        *,
        tags: Sequence[str] = (),
        pipeline_tag: str | None = None,
        downloads: int = 0,
        private: bool = False,
        gated: bool | Literal["auto", "manual"] = False,
        **metadata: Any,
    ) -> Repo:
        """Serve `folder` as a repository; `metadata` are further keys in the Hub's spelling."""
        metadata |= {"tags": list(tags), "pipeline_tag": pipeline_tag, "downloads": downloads}
        repo = Repo(repo_id, Path(folder), private=private, gated=gated, metadata=metadata)
        self.repos[repo_id] = repo
        return repo

    def rename(self, old: str, new: str) -> None:
        """Answer for the id `old` with a redirect to `new`."""
        self.renamed[old] = new

    @property
    def fault(self) -> Fault | None:
        """How the hub fails now.

        `refuse`: nobody listens. `hang`: a request is taken and never answered. `500`, `429`:
        that status. `portal`: status 200 and a page of HTML. `cut`: a download breaks off in the
        middle, and every attempt to resume it at once.
        """
        return self._fault

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        previous, self._fault = self._fault, fault
        if fault == "hang":
            self._unhang.clear()
        else:
            self._unhang.set()
        if fault == "refuse" and previous != "refuse":
            self._http.refuse()
        elif previous == "refuse" and fault != "refuse":
            self._http.accept()

    def forget_requests(self) -> None:
        with self._lock:
            self.requests.clear()
            self.authorizations.clear()
            self.ranges.clear()

    def record(self, request: Request, headers: Message) -> None:
        with self._lock:
            self.requests.append(request)
            self.authorizations.append(headers["Authorization"])
            if "Range" in headers:
                self.ranges.append(headers["Range"])

    def wait_while_hanging(self) -> None:
        self._unhang.wait()

    def select(self, query: dict[str, list[str]], *, signed_in: bool) -> list[Repo]:
        """Find the repositories that a list with these parameters shows, in its order."""

        def first(key: str) -> str:
            return query.get(key, [""])[0]

        wanted = {*query.get("filter", ()), *query.get("pipeline_tag", ())}
        least, most = _parameter_range(first("num_parameters"))
        found = [
            repo
            for repo in self.repos.values()
            if (signed_in or not repo.private)
            and first("search").lower() in repo.id.lower()
            and first("author") in ("", repo.facts.get("author"))
            and wanted <= {*repo.facts["tags"]}
            and first("gated") in ("", str(bool(repo.gated)).lower())
            and least <= sum(repo.parameters.values()) <= most
        ]
        key = first("sort") or "trendingScore"
        return sorted(found, key=lambda repo: repo.facts.get(key) or 0, reverse=True)


class _Server(ThreadingHTTPServer):
    """The sockets of a hub. While it refuses, its port stays reserved but does not listen."""

    daemon_threads = True

    def __init__(self, hub: HubServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hub = hub
        self._listening = True
        self._thread = threading.Thread(target=self._loop, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def _loop(self) -> None:
        self.serve_forever(poll_interval=0.02)

    def refuse(self) -> None:
        self.stop()
        self.socket = socket.socket(self.address_family, self.socket_type)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)

    def accept(self) -> None:
        self.server_activate()
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet: a client that leaves early is part of many tests."""


class _Handler(BaseHTTPRequestHandler):
    """One request. The connection closes after each answer (HTTP/1.0)."""

    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Keep no log: `HubServer.requests` is the record."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        hub = self.server.hub
        hub.record(Request(self.command, self.path), self.headers)
        if self._fails(hub.fault):
            return
        authorization = self.headers["Authorization"]
        self.signed_in = authorization == f"Bearer {hub.token}"
        url = urlsplit(self.path)
        self.query = parse_qs(url.query)
        if url.path == "/api/whoami-v2":
            self._whoami()
        elif authorization and not self.signed_in:
            self._error(401, message="Invalid credentials in Authorization header")
        elif url.path == "/api/models":
            self._list()
        elif match := _TREE.fullmatch(url.path):
            self._tree(**self._parts(match))
        elif match := _INFO.fullmatch(url.path):
            self._info(**self._parts(match))
        elif match := _FILE.fullmatch(url.path):
            self._file(**self._parts(match))
        else:
            self._error(404, message="Not found")

    @staticmethod
    def _parts(match: re.Match[str]) -> dict[str, str]:
        return {key: unquote(value or "") for key, value in match.groupdict().items()}

    def _fails(self, fault: Fault | None) -> bool:
        """Answer as the fault has it; "cut" shows only in a file's body."""
        if fault == "hang":
            self.server.hub.wait_while_hanging()
        elif fault == "500":
            self._error(500, message="Internal error")
        elif fault == "429":
            reset = self.server.hub.reset_seconds
            self._error(
                429,
                message="Too many requests",
                RateLimit=f'"api";r=0;t={reset}',
                RateLimit_Policy='"fixed window";"api";q=500;w=300',
            )
        elif fault == "portal":
            page = b"<!doctype html><title>Welcome</title><p>Please sign in to this network."
            self._send(200, page, Content_Type="text/html; charset=utf-8")
        return fault in ("hang", "500", "429", "portal")

    def _whoami(self) -> None:
        if not self.signed_in:
            self._error(401, message="Invalid username or password.")
            return
        auth = {"type": "access_token", "accessToken": {"displayName": "tests", "role": "read"}}
        self._json({"type": "user", "name": self.server.hub.user, "orgs": [], "auth": auth})

    def _list(self) -> None:
        if self.query.get("expand"):
            keys = tuple(self.query["expand"])
        else:
            keys = FULL_KEYS if "full" in self.query else DEFAULT_KEYS
            keys += tuple(key for key in ("config", "cardData") if key in self.query)
        repos = self.server.hub.select(self.query, signed_in=self.signed_in)
        self._page(repos, lambda repo: repo.describe(keys))

    def _info(self, repo: str, rev: str) -> None:
        if not (found := self._find(repo, rev)):
            return
        keys = tuple(self.query.get("expand", (*FULL_KEYS, *found.facts)))
        self._json(found.describe(keys, blobs="blobs" in self.query))

    def _tree(self, repo: str, rev: str, path: str) -> None:
        if not (found := self._find(repo, rev)):
            return
        recursive = self.query.get("recursive", ["false"])[0].lower() == "true"
        entries = found.tree(path.strip("/"), recursive=recursive)
        if entries is None:
            self._no_entry(found)
        else:
            self._page(entries, lambda entry: entry)

    def _file(self, repo: str, rev: str, path: str) -> None:
        if not (found := self._find(repo, rev)):
            return
        if found.gated and not (self.signed_in and found.id in self.server.hub.granted):
            message = f"Access to model {found.id} is restricted."
            self._error(403 if self.signed_in else 401, "GatedRepo", message)
        elif path not in found.files:
            self._no_entry(found)
        else:
            self._send_file(found, found.files[path])

    def _find(self, repo_id: str, revision: str) -> Repo | None:
        """Find a repository, or answer why it cannot be had."""
        hub = self.server.hub
        if new := hub.renamed.get(repo_id):
            start = "/api/models/" if self.path.startswith("/api/models/") else "/"
            rest = self.path.removeprefix(start + quote(repo_id))
            self._send(307, b"", Location=start + quote(new) + rest)
            return None
        repo = hub.repos.get(repo_id)
        if repo is None or (repo.private and not self.signed_in):
            # Who is not signed in does not learn whether the repository exists.
            status = 404 if self.signed_in else 401
            self._error(status, "RepoNotFound", "Repository not found")
            return None
        if revision and not repo.has_revision(revision):
            self._error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
            return None
        return repo

    def _no_entry(self, repo: Repo) -> None:
        self._error(404, "EntryNotFound", "Entry not found", X_Repo_Commit=repo.sha)

    def _page(self, items: Sequence[Any], describe: Callable[[Any], Json]) -> None:
        """Answer with one page of the items and, if there are more, the link to the next."""
        size = min(self.server.hub.page_size, int(self.query.get("limit", ["1000"])[0]))
        start = int(self.query.get("cursor", ["0"])[0])
        headers = {}
        if start + size < len(items):
            query = urlencode({**self.query, "cursor": start + size}, doseq=True)
            url = f"{self.server.hub.url}{urlsplit(self.path).path}?{query}"
            headers["Link"] = f'<{url}>; rel="next"'
        self._json([describe(item) for item in items[start : start + size]], **headers)

    def _send_file(self, repo: Repo, file: RepoFile) -> None:
        content = file.source.read_bytes()
        headers = {"ETag": f'"{file.etag}"', "X_Repo_Commit": repo.sha, "Accept_Ranges": "bytes"}
        start, end = 0, len(content)
        if match := _RANGE.fullmatch(self.headers.get("Range", "")):
            start = int(match[1])
            end = min(end, int(match[2]) + 1) if match[2] else end
            if start >= end:
                self._error(416, Content_Range=f"bytes */{len(content)}")
                return
            headers["Content_Range"] = f"bytes {start}-{end - 1}/{len(content)}"
        body = content[start:end]
        sent = body
        if self.server.hub.fault == "cut":
            sent = b"" if start else body[: len(body) // 2]
        self._send(206 if match else 200, sent, length=len(body), **headers)

    def _json(self, value: Json | list[Json], **headers: str) -> None:
        self._send(200, json.dumps(value).encode(), Content_Type="application/json", **headers)

    def _error(self, status: int, code: str = "", message: str = "", **headers: str) -> None:
        if code:
            headers["X_Error_Code"] = code
        if message:
            headers["X_Error_Message"] = message
        body = json.dumps({"error": message}).encode()
        self._send(status, body, Content_Type="application/json", **headers)

    def _send(self, status: int, body: bytes, length: int | None = None, **headers: str) -> None:
        """Answer; in the names of headers "_" stands for "-"."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _parameter_range(text: str) -> tuple[float, float]:
    """Read "min:6B,max:128B"."""
    bounds = {"min": 0.0, "max": float("inf")}
    for name, number, unit in re.findall(r"(min|max):([\d.]+)([KMBT]?)", text):
        bounds[name] = float(number) * _UNITS[unit]
    return bounds["min"], bounds["max"]
