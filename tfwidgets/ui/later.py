"""Replies that take long: made in a thread, while the kernel goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

Reply = tuple[dict[str, Any], Sequence[bytes]]
"""A JSON payload and the binary buffers that go with it."""


class Waiting:
    """What a work knows of the page that waits for it."""

    def __init__(self, tell: Callable[[dict[str, Any], Sequence[bytes]], None]) -> None:
        self.cancelled = Event()
        """Set when nobody waits any more."""
        self._tell = tell

    @property
    def dropped(self) -> bool:
        """Whether nobody waits any more."""
        return self.cancelled.is_set()

    def drop(self) -> None:
        """Say that nobody waits any more."""
        self.cancelled.set()

    def progress(self, payload: dict[str, Any], buffers: Sequence[bytes] = ()) -> None:
        """Send what is known so far."""
        if not self.dropped:
            self._tell(payload, buffers)


@dataclass(frozen=True)
class Later:
    """What a view's method returns instead of a reply: the work that makes it.

    ``work`` runs in a thread of its own, so it touches nothing that the main thread may be
    changing, and looks at ``cancelled`` between its steps.
    """

    work: Callable[[Waiting], Reply]
