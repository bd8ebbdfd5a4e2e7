"""How a local hub writes an answer: JSON, errors, and the bytes of a file, whole or in part."""

from __future__ import annotations

import json
import re
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_TICK = 0.05  # seconds


class Request(NamedTuple):
    """What a client asked for; `path` includes the query as it was sent."""

    method: str
    path: str

    @property
    def params(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.path).query)


class Replies(BaseHTTPRequestHandler):
    """One answer. The connection closes after it (HTTP/1.0)."""

    server: Any

    def answer(self) -> None:
        raise NotImplementedError

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Keep no log: `HubServer.requests` is the record."""

    def _json(self, value: Any, **headers: str) -> None:
        self._send(200, json.dumps(value).encode(), Content_Type="application/json", **headers)

    def _error(self, status: int, code: str = "", message: str = "", **headers: str) -> None:
        if code:
            headers["X_Error_Code"] = code
        if message:
            headers["X_Error_Message"] = message
        body = json.dumps({"error": message}).encode()
        self._send(status, body, Content_Type="application/json", **headers)

    def _send_content(self, content: bytes, **headers: str) -> None:
        """Answer with the bytes that were asked for, as slowly or badly as the hub is told to."""
        hub = self.server.hub
        start, end = 0, len(content)
        match = None if hub.ignores_ranges else _RANGE.fullmatch(self.headers.get("Range", ""))
        if match:
            start = int(match[1])
            end = min(end, int(match[2]) + 1) if match[2] else end
            if start >= end:
                self._error(416, Content_Range=f"bytes */{len(content)}")
                return
            headers["Content_Range"] = f"bytes {start}-{end - 1}/{len(content)}"
        body = content[start:end]
        status = 206 if match else 200
        fault = hub.fault if hub.fails_at(self.path) else None
        if fault == "cut":
            sent = b"" if start else body[: len(body) // 2]
            self._send(status, sent, length=len(body), **headers)
        elif fault == "stall":
            self._send(status, body[: len(body) // 2], length=len(body), **headers)
            hub.wait_while_hanging()
        else:
            self._send(status, body, rate=hub.rate, **headers)

    def _send(
        self,
        status: int,
        body: bytes,
        length: int | None = None,
        rate: float | None = None,
        **headers: str,
    ) -> None:
        """Answer; in the names of headers "_" stands for "-"; `rate` is in bytes a second."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command == "HEAD":
            return
        if self.server.hub.fault == "trickle" and self.server.hub.fails_at(self.path):
            rate = 1 / _TICK
        if rate is None:
            self.wfile.write(body)
            return
        step = max(1, int(rate * _TICK))
        for start in range(0, len(body), step):
            self.wfile.write(body[start : start + step])
            self.wfile.flush()
            if self.server.hub.stopped.wait(_TICK):
                return
