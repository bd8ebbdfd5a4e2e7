"""The paths of a local hub, and what it answers there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from tests.support.hub_faults import answer_fault
from tests.support.hub_replies import Replies, Request
from tests.support.hub_repo import (
    DEFAULT_KEYS,
    EXPANDABLE,
    FULL_KEYS,
    ONLY_EXPANDED,
    Json,
    Repo,
    RepoFile,
)
from tests.support.hub_tags import tags_by_type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.support.hub_server import HubServer

SORTS = ("downloads", "likes", "lastModified", "createdAt", "trendingScore")
"""What the Hub sorts by."""

DISABLED = "Access to this resource is disabled."

_REPO = r"(?P<repo>[^/]+(?:/[^/]+)?)"
_INFO = re.compile(rf"/api/models/{_REPO}(?:/revision/(?P<rev>[^/]+))?")
_TREE = re.compile(rf"/api/models/{_REPO}/tree/(?P<rev>[^/]+)(?:/(?P<path>.*))?")
_FILE = re.compile(rf"/{_REPO}/(?:resolve|raw)/(?P<rev>[^/]+)/(?P<path>.+)")


class HubHandler(Replies):
    """One request to the hub."""

    @property
    def hub(self) -> HubServer:
        hub: HubServer = self.server.hub
        return hub

    def answer(self) -> None:
        self.hub.record(Request(self.command, self.path), self.headers)
        if self.hub.delay and self.hub.stopped.wait(self.hub.delay):
            return
        if self.hub.fails_at(self.path) and answer_fault(self, self.hub.fault):
            return
        authorization = self.headers["Authorization"]
        self.signed_in = authorization == f"Bearer {self.hub.token}"
        url = urlsplit(self.path)
        self.query = parse_qs(url.query)
        if url.path == "/api/whoami-v2":
            self._whoami()
        elif authorization and not self.signed_in:
            self._error(401, message="Invalid credentials in Authorization header")
        elif url.path == "/api/models":
            self._list()
        elif url.path == "/api/models-tags-by-type":
            self._json(tags_by_type(self.hub.visible(signed_in=self.signed_in)))
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

    def _whoami(self) -> None:
        if not self.signed_in:
            self._error(401, message="Invalid username or password.")
            return
        auth = {"type": "access_token", "accessToken": {"displayName": "tests", "role": "read"}}
        self._json({"type": "user", "name": self.hub.user, "orgs": [], "auth": auth})

    def _list(self) -> None:
        sort = self.query.get("sort", ["trendingScore"])[0]
        if sort not in SORTS or not self._may_expand():
            self._error(400, message=f"Invalid option: expected one of {'|'.join(SORTS)}")
            return
        if self.query.get("expand"):
            keys = tuple(self.query["expand"])
        else:
            keys = FULL_KEYS if "full" in self.query else DEFAULT_KEYS
            keys += tuple(key for key in ("config", "cardData") if key in self.query)
        repos = self.hub.select(self.query, signed_in=self.signed_in)
        self._page(repos, lambda repo: self.hub.describe(repo, keys))

    def _may_expand(self) -> bool:
        return {*self.query.get("expand", ())} <= {*EXPANDABLE}

    def _info(self, repo: str, rev: str) -> None:
        if not (found := self._find(repo, rev)):
            return
        if not self._may_expand():
            self._error(400, message=f"Invalid option: expected one of {'|'.join(EXPANDABLE)}")
            return
        known = tuple(key for key in found.facts if key not in ONLY_EXPANDED)
        keys = tuple(self.query.get("expand", (*FULL_KEYS, *known)))
        self._json(self.hub.describe(found, keys, blobs="blobs" in self.query))

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
        if found.gated and not (self.signed_in and found.id in self.hub.granted):
            message = f"Access to model {found.id} is restricted."
            if found.id in self.hub.pending:
                message = f"Your request to access model {found.id} is awaiting a review."
            self._error(403 if self.signed_in else 401, "GatedRepo", message)
        elif path not in found.files or path in self.hub.gone:
            self._no_entry(found)
        else:
            self._send_file(found, found.files[path])

    def _find(self, repo_id: str, revision: str) -> Repo | None:
        """Find a repository, or answer why it cannot be had."""
        if new := self.hub.renamed.get(repo_id):
            start = "/api/models/" if self.path.startswith("/api/models/") else "/"
            rest = self.path.removeprefix(start + quote(repo_id))
            self._send(307, b"", Location=start + quote(new) + rest)
            return None
        repo = self.hub.repos.get(repo_id)
        if repo is None or (repo.private and not self.signed_in):
            # Who is not signed in does not learn whether the repository exists.
            status = 404 if self.signed_in else 401
            self._error(status, "RepoNotFound", "Repository not found")
            return None
        if repo.metadata.get("disabled"):
            self._error(403, message=DISABLED)
            return None
        if revision and not repo.has_revision(revision):
            self._error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
            return None
        return repo

    def _no_entry(self, repo: Repo) -> None:
        self._error(404, "EntryNotFound", "Entry not found", X_Repo_Commit=repo.sha)

    def _page(self, items: Sequence[Any], describe: Callable[[Any], Json]) -> None:
        """Answer with one page of the items and, if there are more, the link to the next."""
        size = min(self.hub.page_size, int(self.query.get("limit", ["1000"])[0]))
        start = int(self.query.get("cursor", ["0"])[0])
        headers = {}
        if start + size < len(items):
            query = urlencode({**self.query, "cursor": start + size}, doseq=True)
            url = f"{self.hub.next_pages_at or self.hub.url}{urlsplit(self.path).path}?{query}"
            headers["Link"] = f'<{url}>; rel="next"'
        self._json([describe(item) for item in items[start : start + size]], **headers)

    def _send_file(self, repo: Repo, file: RepoFile) -> None:
        content = self.hub.content(file)
        if content is None:
            self._no_entry(repo)
            return
        headers = {"ETag": f'"{file.etag}"', "X_Repo_Commit": repo.sha, "Accept_Ranges": "bytes"}
        if file.sha256 and self.hub.offers_xet:
            route = f"/api/models/{repo.id}/xet-read-token/{repo.sha}"
            headers |= {"X_Xet_Hash": file.sha256, "X_Xet_Refresh_Route": route}
        if file.sha256 and self.hub.files_at:
            headers |= {"X_Linked_Etag": f'"{file.etag}"', "X_Linked_Size": str(file.size)}
            headers |= {
                "ETag": '"of-the-pointer"',
                "Location": self.hub.files_at.address(repo, file),
            }
            self._send(302, b"", **headers)
        else:
            self._send_content(content, **headers)
