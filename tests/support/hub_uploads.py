"""A local hub that also takes models: repositories are made and files committed, as over HTTP.

    with UploadHub(tmp_path) as hub:
        HfApi(endpoint=hub.url, token=hub.token).create_repo("tester/new")

It speaks the Hub's protocol without Xet: small files come inside the commit, large ones through
large file storage (LFS). Branches share one folder: what they hold is not told apart.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from tests.support.hub_faults import answer_fault
from tests.support.hub_handler import HubHandler
from tests.support.hub_repo import LARGE_FILES, Repo
from tests.support.hub_server import HubServer, Request

if TYPE_CHECKING:
    from pathlib import Path

_REPO = r"(?P<repo>[^/]+/[^/]+)"
_PREUPLOAD = re.compile(rf"/api/models/{_REPO}/preupload/(?P<rev>[^/]+)")
_COMMIT = re.compile(rf"/api/models/{_REPO}/commit/(?P<rev>[^/]+)")
_BRANCH = re.compile(rf"/api/models/{_REPO}/branch/(?P<rev>[^/]+)")
_BATCH = re.compile(rf"/{_REPO}\.git/info/lfs/objects/batch")
_OBJECT = re.compile(r"/lfs/(?P<oid>[0-9a-f]{64})")


class UploadHub(HubServer):
    """A hub whose user may make repositories.

    Attributes
    ----------
    root
        Where the files of new repositories go: ``root/user/name``.
    can_write
        Whether the token has the role "write".
    messages
        First line of each commit, in order, with the repository and the branch.
    """

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root
        self.can_write = True
        self.messages: list[tuple[str, str, str]] = []
        self.objects: dict[str, bytes] = {}
        self._http.RequestHandlerClass = _UploadHandler

    def serve(self, repo_id: str, *, private: bool) -> Repo:
        """Serve a repository as its folder is now."""
        folder = self.root / repo_id
        folder.mkdir(parents=True, exist_ok=True)
        return self.add(repo_id, folder, private=private)


class _UploadHandler(HubHandler):
    @property
    def hub(self) -> UploadHub:
        return self.server.hub  # type: ignore[return-value]

    def do_PUT(self) -> None:  # noqa: N802 - the base's way
        self._upload()

    def do_POST(self) -> None:  # noqa: N802
        self._upload()

    def _upload(self) -> None:
        self.body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.hub.record(Request(self.command, self.path), self.headers)
        if answer_fault(self, self.hub.fault):
            return
        path = urlsplit(self.path).path
        if match := _OBJECT.fullmatch(path):  # the address itself is the permission
            self._store(match["oid"])
            return
        authorization = self.headers["Authorization"]
        self.signed_in = authorization == f"Bearer {self.hub.token}"
        if path == "/api/validate-yaml":
            self._json({"errors": [], "warnings": []})
        elif not self.signed_in:
            self._error(401, message="Invalid username or password.")
        elif path == "/api/repos/create":
            self._create()
        else:
            self._into_repo(path)

    def _create(self) -> None:
        wanted = json.loads(self.body)
        owner = wanted["organization"] or self.hub.user
        repo_id = f"{owner}/{wanted['name']}"
        if repo_id in self.hub.repos:
            answer = {"error": "You already created it", "url": f"{self.hub.url}/{repo_id}"}
            self._send(409, json.dumps(answer).encode(), Content_Type="application/json")
        elif not self.hub.can_write or owner != self.hub.user:
            self._error(403, message=f"You don't have the rights to create a model under {owner}")
            return
        else:
            self.hub.serve(repo_id, private=wanted.get("visibility") == "private")
            self._json({"url": f"{self.hub.url}/{repo_id}"})

    def _into_repo(self, path: str) -> None:
        for pattern, answer in (
            (_PREUPLOAD, self._preupload),
            (_COMMIT, self._commit),
            (_BRANCH, self._branch),
            (_BATCH, self._batch),
        ):
            if match := pattern.fullmatch(path):
                parts = {key: unquote(value) for key, value in match.groupdict().items()}
                repo = self._find(parts["repo"], "")
                if repo is None:
                    return
                if not self.hub.can_write or not repo.id.startswith(f"{self.hub.user}/"):
                    self._error(403, message="Forbidden: you need write access")
                else:
                    answer(repo, parts.get("rev", ""))
                return
        self._error(404, message="Not found")

    def _preupload(self, repo: Repo, rev: str) -> None:
        files = json.loads(self.body)["files"]
        self._json(
            {
                "files": [
                    {
                        "path": file["path"],
                        "uploadMode": "lfs" if file["path"].endswith(LARGE_FILES) else "regular",
                        "shouldIgnore": False,
                    }
                    for file in files
                ]
            }
        )

    def _batch(self, repo: Repo, rev: str) -> None:
        objects = []
        for wanted in json.loads(self.body)["objects"]:
            known = wanted["oid"] in self.hub.objects
            upload = {"upload": {"href": f"{self.hub.url}/lfs/{wanted['oid']}"}}
            objects.append(wanted if known else {**wanted, "actions": upload})
        self._json({"transfer": "basic", "objects": objects})

    def _store(self, oid: str) -> None:
        if hashlib.sha256(self.body).hexdigest() != oid:
            self._error(400, message="The content is not what its name says")
            return
        self.hub.objects[oid] = self.body
        self._send(200, b"")

    def _branch(self, repo: Repo, rev: str) -> None:
        self._json({})

    def _commit(self, repo: Repo, rev: str) -> None:
        lines = [json.loads(line) for line in self.body.splitlines()]
        for line in lines:
            value: dict[str, Any] = line["value"]
            if line["key"] == "header":
                self.hub.messages.append((repo.id, rev, value["summary"]))
            elif line["key"] == "file":
                self._write(repo, value["path"], base64.b64decode(value["content"]))
            elif line["key"] == "lfsFile":
                self._write(repo, value["path"], self.hub.objects[value["oid"]])
            else:
                raise NotImplementedError(line["key"])
        new = self.hub.serve(repo.id, private=repo.private)
        url = f"{self.hub.url}/{repo.id}/commit/{new.sha}"
        self._json({"success": True, "commitOid": new.sha, "commitUrl": url})

    def _write(self, repo: Repo, name: str, content: bytes) -> None:
        file = repo.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
