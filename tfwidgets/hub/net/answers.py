"""Answers of a hub, kept for the session: whoever looks again does not ask again."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tfwidgets.models.net import HubProblem, failures

if TYPE_CHECKING:
    from tfwidgets.models.net import HubClient

MOST, MOST_BYTES = 200, 16_000_000
SECONDS = 600.0
"""After which the hub is asked again: what is new there is found ten minutes later."""

Answer = tuple[Any, "str | None"]


@dataclass(frozen=True)
class _Stored:
    content: bytes
    following: str | None
    size: int
    until: float


class Answers:
    """A store of answers; the one used longest ago goes first. Failures are not kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Stored] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def ask(
        self,
        client: HubClient,
        path: str,
        params: Mapping[str, Any] | None = None,
        shape: type = object,
        *,
        fresh: bool = False,
    ) -> Answer:
        """Return data and the next page's address: what is kept, else what the hub says.

        Where no hub is heard, what is kept has to do, however old it is.

        Parameters
        ----------
        client, path, params
            As for ``HubClient.json``.
        shape
            What the data has to be: ``list`` or ``dict``.
        fresh
            Only what the hub says now.

        Raises
        ------
        HubProblem
            As ``HubClient.json``, and where the data has another shape.
        """
        key = f"{client.mark} {path}?{urlencode(sorted((params or {}).items()), doseq=True)}"
        with self._lock:
            kept = self._kept.get(key)
            if kept:
                self._kept.move_to_end(key)
        if fresh:
            kept = None
        # Read anew, as who asked may change what it got.
        if kept and kept.until > time.monotonic():
            return json.loads(kept.content), kept.following
        try:
            response = client.get(path, params)
        except HubProblem as problem:
            if kept is None or not problem.no_hub:
                raise
            return json.loads(kept.content), kept.following
        value, following = client.parsed(response)
        if not isinstance(value, shape):
            raise failures.not_a_hub(client)
        self._keep(key, response.content, following)
        return value, following

    def _keep(self, key: str, content: bytes, following: str | None) -> None:
        size = len(key) + len(content)
        if size > MOST_BYTES // 4:
            return
        with self._lock:
            if old := self._kept.pop(key, None):
                self._size -= old.size
            self._kept[key] = _Stored(content, following, size, time.monotonic() + SECONDS)
            self._size += size
            while len(self._kept) > MOST or self._size > MOST_BYTES:
                self._size -= self._kept.popitem(last=False)[1].size


_answers = Answers()
ask = _answers.ask
