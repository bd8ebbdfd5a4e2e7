"""A kernel as a page sees it, of the installed version of ipykernel or of another one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any, TypeVar

import pytest

from tests.notebook.kernel import Kernel

# Installed by the Makefile. "" is the one of the environment.
FOLDER = Path(__file__).parents[2] / ".cache" / "ipykernels"
VERSIONS = ["6.31.0", "7.0.1", "7.3.0", ""]


Made = TypeVar("Made", bound="Page")


@contextmanager
def pages_of(make: Callable[[str], Made]) -> Iterator[dict[str, Made]]:
    """Start a kernel of each version that is there, all at once, and end them."""
    pages: dict[str, Made] = {}
    try:
        for version in VERSIONS:
            if (FOLDER / version).is_dir() or not version:
                pages[version] = make(version)
        yield pages
    finally:
        for page in pages.values():
            page.close()


def ready(pages: dict[str, Made], version: str, setup: str) -> Made:
    """Return the page of a version once its kernel has run what it begins with."""
    if version not in pages:
        pytest.skip(f"ipykernel {version} is not in {FOLDER}: make setup")
    page = pages[version]
    page.wait_until_ready()
    outcome = page.run(setup)
    assert outcome.status == "ok", outcome.error
    found = page.value("__import__('ipykernel').__version__")
    assert found == version or (not version and found >= "7.4")
    major, minor = found.split(".")[:2]
    page.version = int(major), int(minor)
    return page


class Page(Kernel):
    """A kernel as a page sees it: several requests on their way at once."""

    def __init__(self, profile: Path, version: str, **environment: str) -> None:
        paths = [str(FOLDER / version)] if version else []
        paths += filter(None, [os.environ.get("PYTHONPATH")])
        path = os.pathsep.join(paths)
        super().__init__(profile, wait=False, PYTHONPATH=path, OMP_NUM_THREADS="1", **environment)
        self.heard: list[dict[str, Any]] = []
        self.version = (0, 0)

    def subshell(self) -> str | None:
        """Return a new subshell, or None where the kernel has none, as JupyterLab does."""
        if self.version < (7, 0):
            return None
        session, channel = self.client.session, self.client.control_channel
        channel.send(session.msg("create_subshell_request"))
        reply = self.client.get_control_msg(timeout=30)
        while reply["msg_type"] != "create_subshell_reply":
            reply = self.client.get_control_msg(timeout=30)
        return str(reply["content"]["subshell_id"])

    def say(
        self, comm: str, content: Any, subshell: str | None = None, method: str = "custom"
    ) -> str:
        data = {"method": method, "content": content}
        if method == "update":
            data = {"method": method, "state": content, "buffer_paths": []}
        message = self.client.session.msg("comm_msg", {"comm_id": comm, "data": data})
        if subshell:
            message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def hear(self, timeout: float = 20) -> dict[str, Any]:
        message = self.client.get_iopub_msg(timeout=timeout)
        self.heard.append(message)
        return message

    def wait(self, request: str, text: str) -> None:
        """Wait until a cell prints something."""
        while True:
            message = self.hear()
            if self.belongs(message, request) and text in message["content"].get("text", ""):
                return

    def finish(self, request: str) -> str:
        """Wait until a request is done; return its status."""
        if not any(self.is_idle(message, request) for message in self.heard):
            while not self.is_idle(self.hear(), request):
                pass
        return str(self._reply(request, 30)["status"])

    def printed(self, *requests: str) -> str:
        """Return what these cells printed, in the order in which it was heard.

        A line may come in two messages.
        """
        return "".join(
            message["content"]["text"]
            for message in self.heard
            if message["msg_type"] == "stream"
            and message["parent_header"].get("msg_id") in requests
        )

    def silence(self, seconds: float = 0.2) -> None:
        """Hear what is still on its way."""
        try:
            while True:
                self.hear(seconds)
        except Empty:
            pass

    @staticmethod
    def belongs(message: dict[str, Any], request: str) -> bool:
        return bool(message["parent_header"].get("msg_id") == request)

    def is_idle(self, message: dict[str, Any], request: str) -> bool:
        return self.belongs(message, request) and (
            message["content"].get("execution_state") == "idle"
        )
