"""A Hugging Face Hub on the loopback interface, for the real client.

It serves repositories from local folders over HTTP, with the Hub's paths, headers and error
codes, and can be told to fail in the ways a network fails:

    with HubServer() as hub:
        hub.add("org/tiny", folder, downloads=12)
        hub.add_many(10_000)
        HfApi(endpoint=hub.url).model_info("org/tiny")
        hub.fault = "429"
"""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote

from tests.support.hub_cdn import FileHost
from tests.support.hub_faults import Fault
from tests.support.hub_handler import HubHandler
from tests.support.hub_made import made_repo
from tests.support.hub_replies import Request
from tests.support.hub_repo import Json, Repo, RepoFile
from tests.support.hub_sockets import Sockets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from email.message import Message

__all__ = ["Fault", "HubServer", "Request"]

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


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
    granted, pending
        Gated repositories that are open to the user, and those whose authors have yet to agree.
    page_size
        How many entries a page holds at most.
    reset_seconds, tells_reset
        What the answer 429 says about when to come again, and in which header (None: in none).
    fault_path
        Regular expression: only requests whose path it is found in fail.
    delay
        Seconds before every answer.
    rate
        Bytes a second of a file's content; None: as fast as it goes.
    plain_lists
        Tell base models and the number of derived models as the client's annotations have it
        (a list, a number), not as the Hub does (a dict each).
    next_pages_at
        Another endpoint, to which the links to next pages lead.
    files_at
        Where large files are, once `move_files` was called.
    offers_xet
        Whether files are offered through Xet, too.
    ignores_ranges
        Send whole files (200) to who asks for a part.
    gone
        Names of files that are listed, but not found.
    altered
        Names of files whose last byte arrives as another.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.authorizations: list[str | None] = []
        self.ranges: list[str] = []
        self.token = "hf_only-for-tests"  # noqa: S105 - opens nothing but this server
        self.user = "tester"
        self.granted: set[str] = set()
        self.pending: set[str] = set()
        self.page_size = 1000
        self.reset_seconds = 3
        self.tells_reset: Literal["RateLimit", "Retry-After"] | None = "RateLimit"
        self.fault_path = ""
        self.delay = 0.0
        self.rate: float | None = None
        self.plain_lists = False
        self.next_pages_at: str | None = None
        self.files_at: FileHost | None = None
        self.offers_xet = False
        self.ignores_ranges = False
        self.gone: set[str] = set()
        self.altered: set[str] = set()
        self.repos: dict[str, Repo] = {}
        self.renamed: dict[str, str] = {}
        self.stopped = threading.Event()
        self._fault: Fault | None = None
        self._lock = threading.Lock()
        self._unhang = threading.Event()
        self._http = Sockets(HubHandler, self)
        self.url = self._http.url

    def __enter__(self) -> HubServer:
        self._http.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.fault = None
        self.stopped.set()
        self._http.stop()
        if self.files_at:
            self.files_at.stop()

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

    def add_many(self, count: int) -> list[str]:
        """Add made-up repositories, the most downloaded first, and return their ids.

        Their cards and configurations can be read; of their weights there is only the size.
        """
        made = [made_repo(number) for number in range(count)]
        self.repos.update((repo.id, repo) for repo in made)
        return [repo.id for repo in made]

    def rename(self, old: str, new: str) -> None:
        """Answer for the id `old` with a redirect to `new`."""
        self.renamed[old] = new

    def move_files(self) -> FileHost:
        """From now on answer for large files with a redirect to another host."""
        self.files_at = self.files_at or FileHost(self)
        return self.files_at

    @property
    def fault(self) -> Fault | None:
        """How the hub fails now: see `Fault`."""
        return self._fault

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        previous, self._fault = self._fault, fault
        if fault in ("hang", "stall"):
            self._unhang.clear()
        else:
            self._unhang.set()
        if fault == "refuse" and previous != "refuse":
            self._http.refuse()
        elif previous == "refuse" and fault != "refuse":
            self._http.accept()

    def fails_at(self, path: str) -> bool:
        return re.search(self.fault_path, unquote(path)) is not None

    def forget_requests(self) -> None:
        with self._lock:
            self.requests.clear()
            self.authorizations.clear()
            self.ranges.clear()

    def asked(self, path: str = "") -> int:
        """Count the requests whose path begins so."""
        with self._lock:
            return sum(request.path.startswith(path) for request in self.requests)

    def record(self, request: Request, headers: Message) -> None:
        with self._lock:
            self.requests.append(request)
            self.authorizations.append(headers["Authorization"])
            if "Range" in headers:
                self.ranges.append(headers["Range"])

    def wait_while_hanging(self) -> None:
        self._unhang.wait()

    def content(self, file: RepoFile) -> bytes | None:
        content = file.read()
        if content and file.name in self.altered:
            return content[:-1] + bytes([content[-1] ^ 1])
        return content

    def visible(self, *, signed_in: bool) -> list[Repo]:
        return [repo for repo in list(self.repos.values()) if signed_in or not repo.private]

    def select(self, query: dict[str, list[str]], *, signed_in: bool) -> list[Repo]:
        """Find the repositories that a list with these parameters shows, in its order."""

        def first(key: str) -> str:
            return query.get(key, [""])[0]

        wanted = {*query.get("filter", ()), *query.get("pipeline_tag", ())}
        words, author, gated = first("search").lower().split(), first("author"), first("gated")
        least, most = _parameter_range(first("num_parameters"))
        found = [
            repo
            for repo in self.visible(signed_in=signed_in)
            if all(word in repo.id.lower() for word in words)
            and author in ("", repo.facts.get("author"))
            and wanted <= {*repo.facts["tags"]}
            and gated in ("", str(bool(repo.gated)).lower())
            and least <= sum(repo.parameters.values()) <= most
        ]
        key = first("sort") or "trendingScore"
        return sorted(found, key=lambda repo: repo.facts.get(key) or 0, reverse=True)

    def describe(self, repo: Repo, keys: tuple[str, ...], *, blobs: bool = False) -> Json:
        """What the API says of a model: what its repository knows, and its place in the tree."""
        told = repo.describe(keys, blobs=blobs)
        if "childrenModelCount" in keys and "childrenModelCount" not in told:
            told["childrenModelCount"] = self._children(repo)
        if self.plain_lists and isinstance(children := told.get("childrenModelCount"), dict):
            told["childrenModelCount"] = sum(children.values())
        if self.plain_lists and isinstance(bases := told.get("baseModels"), dict):
            told["baseModels"] = [base["id"] for base in bases["models"]]
        return told

    def _children(self, repo: Repo) -> dict[str, int]:
        counts: dict[str, int] = {}
        for other in self.visible(signed_in=False):
            if repo.id in other.base_models:
                relation = other.facts["baseModels"]["relation"]
                counts[relation] = counts.get(relation, 0) + 1
        return counts


def _parameter_range(text: str) -> tuple[float, float]:
    """Read "min:6B,max:128B"."""
    bounds = {"min": 0.0, "max": float("inf")}
    for name, number, unit in re.findall(r"(min|max):([\d.]+)([KMBT]?)", text):
        bounds[name] = float(number) * _UNITS[unit]
    return bounds["min"], bounds["max"]
