"""The page's side of the search's view."""

from __future__ import annotations

import json
import time
from typing import Any

from tfwidgets.hub.query import Query
from tfwidgets.hub.result import ModelSearch
from tfwidgets.hub.widget import HubView


class Page:
    """The page's side of a view."""

    def __init__(self, query: Query | None = None) -> None:
        self.view = HubView(ModelSearch(query or Query()))
        self.sent: list[dict[str, Any]] = []
        self.view.send = lambda content, buffers=None: self.sent.append(content)
        self._count = 0

    def start(self, type_: str, **fields: Any) -> str:
        self._count += 1
        identity = f"r{self._count}"
        self.view._handle_custom_msg({"id": identity, "type": type_, **fields}, [])
        return identity

    def drop(self, identity: str) -> None:
        self.view._handle_custom_msg({"id": identity, "type": "drop"}, [])

    def of(self, identity: str) -> list[dict[str, Any]]:
        return [content for content in self.sent if content.get("id") == identity]

    def end(self, identity: str) -> dict[str, Any]:
        """Wait for the end of a request; return its payload, or raise what the error says."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for content in self.of(identity):
                json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
                if "error" in content:
                    raise LookupError(content["error"])
                if "ok" in content:
                    return content["ok"]
            time.sleep(0.002)
        raise TimeoutError(self.of(identity))

    def ask(self, type_: str, **fields: Any) -> dict[str, Any]:
        return self.end(self.start(type_, **fields))

    def search(self, text: str = "", count: int = 50, **fields: Any) -> dict[str, Any]:
        options = {name: fields.pop(name) for name in ("retry", "fresh") if name in fields}
        return self.ask("search", query={"text": text, **fields}, count=count, **options)

    def progress(self, identity: str) -> list[dict[str, Any]]:
        return [content["progress"] for content in self.of(identity) if "progress" in content]


def ids(payload: dict[str, Any]) -> list[str]:
    return [row["id"] for row in payload["rows"]]
