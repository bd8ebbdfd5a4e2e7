"""Servers that answer as a test says, and the problem that a question to them ends with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import get_args

import pytest

import tfwidgets as tfw
from tfwidgets.models.net import HubClient, HubProblem, Kind

LIST = "/api/models"
Answer = Callable[[BaseHTTPRequestHandler], None]
Serve = Callable[[Answer], str]


@pytest.fixture
def serve(online: None) -> Iterator[Serve]:
    """Start servers that answer as a test says; a call returns the server's address."""
    servers: list[ThreadingHTTPServer] = []

    def start(answer: Answer) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self)

            def log_message(self, *_: object) -> None:
                """Keep no log."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def send(
    handler: BaseHTTPRequestHandler, body: bytes = b"[]", status: int = 200, **headers: str
) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def problem(path: str = LIST, client: HubClient | None = None) -> HubProblem:
    client = client or HubClient.now()
    with pytest.raises(HubProblem) as caught:
        client.json(path)
    assert isinstance(caught.value, tfw.ModelError)
    assert caught.value.kind in get_args(Kind)
    return caught.value
