"""A real kernel, driven as a front end drives it."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.manager import KernelManager

_COLOUR = re.compile("\x1b\\[[0-9;]*m")


@dataclass
class Outcome:
    """What a cell answered: its status and its outputs in order, as (type, content)."""

    status: str
    outputs: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [content for name, content in self.outputs if name == kind]

    @property
    def text(self) -> str:
        """All that was printed."""
        return "".join(content["text"] for content in self.of("stream"))

    @property
    def error(self) -> str:
        """What the notebook shows of the error that the cell failed with."""
        (content,) = self.of("error")
        return _COLOUR.sub("", "\n".join(content["traceback"]))

    @property
    def shown(self) -> list[dict[str, Any]]:
        """The data of every output that was displayed, progress apart."""
        found = [*self.of("display_data"), *self.of("execute_result")]
        return [c["data"] for c in found if "<progress" not in c["data"].get("text/html", "")]

    @property
    def plain(self) -> str:
        """The text/plain of what was displayed last."""
        return str(self.shown[-1]["text/plain"])


class Kernel:
    """A kernel process with a clean IPython profile; ``wait`` until it can be used."""

    def __init__(self, profile: Path, *, wait: bool = True, **environment: str) -> None:
        # Sockets in a folder: ports that are free now may be another kernel's in a moment.
        self._sockets = tempfile.TemporaryDirectory(prefix="tfw-")
        self.manager = KernelManager(
            kernel_name="python3", transport="ipc", ip=f"{self._sockets.name}/k"
        )
        env = {**os.environ, "IPYTHONDIR": str(profile), **environment}
        self.manager.start_kernel(env=env)
        self.client = self.manager.client()
        self.client.start_channels()
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        self.client.wait_for_ready(timeout=60)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self._sockets.cleanup()

    def run(
        self,
        code: str,
        timeout: float = 120,
        on_output: Callable[[dict[str, Any]], None] | None = None,
    ) -> Outcome:
        """Run a cell; ``on_output`` is called with each output as it comes."""
        request = self.client.execute(code)
        outcome = Outcome("")
        end = time.monotonic() + timeout
        while True:
            message = self.client.get_iopub_msg(timeout=max(0.1, end - time.monotonic()))
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                break
            if kind not in ("status", "execute_input"):
                outcome.outputs.append((kind, content))
                if on_output:
                    on_output(content)
        outcome.status = self._reply(request, 30)["status"]
        return outcome

    def value(self, expression: str) -> Any:
        """Return what a Python expression is in the kernel, by way of its repr."""
        import ast

        outcome = self.run(f"print(repr({expression}))")
        assert outcome.status == "ok", outcome.error
        return ast.literal_eval(outcome.text)

    def complete(self, code: str) -> list[str]:
        """Return what the cell becomes by each completion at ``|``, the cursor."""
        cursor = code.index("|")
        code = code.replace("|", "", 1)
        reply = self._reply(self.client.complete(code, cursor), 60)
        assert reply["status"] == "ok"
        start, end = reply["cursor_start"], reply["cursor_end"]
        return [code[:start] + match + "|" + code[end:] for match in reply["matches"]]

    def help(self, code: str) -> str:
        """Return what ``code?`` shows in the pager."""
        request = self.client.execute(code + "?")
        (page,) = self._reply(request, 30)["payload"]
        return _COLOUR.sub("", page["data"]["text/plain"])

    def interrupt(self) -> None:
        self.manager.interrupt_kernel()

    def _reply(self, request: str, timeout: float) -> dict[str, Any]:
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            try:
                reply = self.client.get_shell_msg(timeout=max(0.1, end - time.monotonic()))
            except Empty:
                break
            if reply["parent_header"].get("msg_id") == request:
                content: dict[str, Any] = reply["content"]
                return content
        raise AssertionError("the kernel sent no reply")
