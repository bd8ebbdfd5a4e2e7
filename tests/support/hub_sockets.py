"""The sockets of a local hub: they listen from `start` to `stop`, and can refuse in between."""

from __future__ import annotations

import socket
import threading
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler


class Sockets(ThreadingHTTPServer):
    """A server on a free port. While it refuses, its port stays reserved but does not listen."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler], owner: Any) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.hub = owner
        self.url = f"http://127.0.0.1:{self.server_port}"
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
