"""A kernel with a page attached: it answers as JupyterLab's does, and counts what it is sent."""

from __future__ import annotations

import ast
import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager
from nbformat.v4 import output_from_msg

from benchmarks.dashboard_traffic import Cell, Message

ROOT = Path(__file__).parents[1]
WIDGET = "application/vnd.jupyter.widget-view+json"
# It warns of an unencrypted connection, each time.
QUIET = ["--log-level=ERROR"]
_OUTPUTS = ("stream", "display_data", "execute_result", "error")


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a kernel whose profile and store lie in a folder."""
    (folder / "ipython").mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        "IPYTHONDIR": str(folder / "ipython"),
        "TFWIDGETS_RUN_STORE": str(folder / "store"),
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
    }


class Page:
    """A kernel, and a client of it that shows widgets and says what JupyterLab's page says.

    Parameters
    ----------
    folder
        Where profile and store of the kernel lie.
    """

    def __init__(self, folder: Path) -> None:
        self._manager = KernelManager(kernel_name="python3")
        self._manager.start_kernel(env=environment(folder), cwd=str(ROOT), extra_arguments=QUIET)
        self._client = self._manager.client()
        self._client.start_channels(iopub=False)
        # Read in another thread, over sockets of its own.
        self._hearing = BlockingKernelClient(connection_file=self._manager.connection_file)
        self._hearing.load_connection_file()
        self._iopub = self._hearing.connect_iopub()
        self._shell = self._hearing.connect_shell()
        self._heard: list[Message] = []
        self._answers: dict[str, tuple[float, dict[str, Any], int]] = {}
        self._outputs: list[dict[str, Any]] = []
        self._places: list[str | None] = []
        self._idle: set[str] = set()
        self._shown: list[str] = []
        self._news = threading.Condition()
        self._asked = 0
        self._over = False
        self._thread = threading.Thread(target=self._hear, daemon=True)
        self._thread.start()
        self._client.kernel_info()
        self._client.get_shell_msg(timeout=60)
        self.subshell = self._new_subshell()

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self._thread.join(5)
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)

    # -- cells -------------------------------------------------------------------------------------

    def run(self, code: str, meanwhile: Callable[[], None] | None = None) -> Cell:
        """Run a cell, and wait until all that it sent has come.

        Parameters
        ----------
        code
            It leaves something that JSON can say in ``value``.
        meanwhile
            What the reader does while it runs.
        """
        content = {
            "code": code,
            "silent": False,
            "store_history": False,
            "user_expressions": {"value": "__import__('json').dumps(globals().pop('value', None))"},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        # Front ends that show widgets while a cell runs name it.
        cell = {"cellId": "bench"}
        request = self._client.session.msg("execute_request", content, metadata=cell)
        with self._news:
            self._heard, self._outputs, self._places = [], [], []
        self._client.shell_channel.send(request)
        if meanwhile is not None:
            meanwhile()
        reply = self._reply(request["header"]["msg_id"])
        if reply["status"] != "ok":
            raise RuntimeError("\n".join(reply.get("traceback", [str(reply)])))
        found = reply["user_expressions"]["value"]["data"]["text/plain"]
        with self._news:
            self._news.wait_for(lambda: request["header"]["msg_id"] in self._idle, 10)
            return Cell(json.loads(ast.literal_eval(found)), self._heard, self._outputs)

    def _reply(self, request: str) -> dict[str, Any]:
        while True:
            reply = self._client.get_shell_msg(timeout=600)
            if reply["parent_header"].get("msg_id") == request:
                content: dict[str, Any] = reply["content"]
                return content

    # -- the view ----------------------------------------------------------------------------------

    def shown(self, number: int) -> str:
        """Wait for the view of that number, counted from 0; return its comm."""
        with self._news:
            assert self._news.wait_for(lambda: len(self._shown) > number, 60)
            return self._shown[number]

    @property
    def views(self) -> int:
        """How many views were shown."""
        return len(self._shown)

    def ask(self, comm: str, *, subshell: bool = True, **request: Any) -> tuple[float, float, int]:
        """Ask a view something; return when it was asked, when it answered, and bytes."""
        identity = self._identity()
        asked = time.perf_counter()
        message = self._comm_msg(self._client.session, comm, {"id": identity, **request}, subshell)
        self._client.shell_channel.send(message)
        return asked, *self.answer(identity)

    def tell(self, comm: str, *, subshell: bool = True, **request: Any) -> float:
        """Send a view something without waiting for its answer; return when."""
        content = {"id": self._identity(), **request}
        message = self._comm_msg(self._client.session, comm, content, subshell)
        sent = time.perf_counter()
        self._client.shell_channel.send(message)
        return sent

    def answer(self, identity: str) -> tuple[float, int]:
        """Wait for an answer; return when it came, and its bytes."""
        with self._news:
            assert self._news.wait_for(lambda: identity in self._answers, 60), "no answer"
            at, content, size = self._answers[identity]
        if "error" in content:
            raise RuntimeError(content["error"])
        return at, size

    def wait_for(self, kind: str, count: int = 1) -> None:
        """Wait until so many messages of a kind came in this cell."""
        with self._news:
            assert self._news.wait_for(
                lambda: sum(message.kind == kind for message in self._heard) >= count, 60
            )

    def _identity(self) -> str:
        self._asked += 1
        return f"reader-{self._asked}"

    def _comm_msg(self, session: Any, comm: str, content: Any, subshell: bool) -> dict[str, Any]:
        data = {"method": "custom", "content": content}
        message: dict[str, Any] = session.msg("comm_msg", {"comm_id": comm, "data": data})
        if subshell and self.subshell is not None:
            message["header"]["subshell_id"] = self.subshell
        return message

    def _new_subshell(self) -> str | None:
        """Return one for all widgets, as JupyterLab has it, or None where the kernel cannot."""
        self._client.control_channel.send(self._client.session.msg("create_subshell_request"))
        try:
            reply = self._client.get_control_msg(timeout=2)
        except Exception:
            return None
        found = reply["content"].get("subshell_id")
        return None if found is None else str(found)

    # -- the thread that hears ---------------------------------------------------------------------

    def _hear(self) -> None:
        session = self._hearing.session
        while not self._over:
            if not self._iopub.poll(200):
                continue
            frames = self._iopub.recv_multipart()
            at, size = time.perf_counter(), sum(map(len, frames))
            _, parts = session.feed_identities(frames)
            message = session.deserialize(parts)
            with self._news:
                self._take(message, at, size)
                self._news.notify_all()
        self._iopub.close(0)
        self._shell.close(0)

    def _take(self, message: dict[str, Any], at: float, size: int) -> None:
        kind, content = message["msg_type"], message["content"]
        if kind == "status" and content["execution_state"] == "idle":
            self._idle.add(message["parent_header"].get("msg_id", ""))
        if kind == "comm_msg":
            said = content["data"].get("content") or {}
            kind = f"comm_msg {said.get('type', 'answer' if 'id' in said else 'update')}"
            if "id" in said:
                self._answers[said["id"]] = at, said, size
        self._heard.append(Message(at, kind, size))
        if kind in (*_OUTPUTS, "update_display_data", "clear_output"):
            self._keep(kind, message)
        if kind == "display_data" and WIDGET in content["data"]:
            self._mount(content["data"][WIDGET]["model_id"])

    def _mount(self, comm: str) -> None:
        """Say what a page says that shows a view: its place, what it needs to draw."""
        if comm in self._shown:
            return
        for request in (
            {"type": "settle", "place": True},
            {"id": f"{comm}-part", "type": "part", "name": "body"},
            {"id": f"{comm}-open", "type": "open"},
        ):
            message = self._comm_msg(self._hearing.session, comm, request, subshell=True)
            self._hearing.session.send(self._shell, message)
        self._shown.append(comm)

    def _keep(self, kind: str, message: dict[str, Any]) -> None:
        """Keep outputs as a notebook would."""
        content = message["content"]
        place = content.get("transient", {}).get("display_id")
        if kind == "clear_output":
            self._outputs, self._places = [], []
        elif kind == "update_display_data":
            for number, known in enumerate(self._places):
                if known == place:
                    part = {name: content[name] for name in ("data", "metadata")}
                    self._outputs[number].update(part)
        else:
            self._outputs.append(output_from_msg(message))
            self._places.append(place)
