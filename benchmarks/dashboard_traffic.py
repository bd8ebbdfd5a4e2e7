"""What a kernel sent while a cell ran."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Message:
    """When it came (``time.perf_counter``, which all processes share), what, its bytes."""

    at: float
    kind: str
    bytes: int


@dataclass(frozen=True)
class Cell:
    """What a cell left in ``value``, what came while it ran, its outputs as a notebook has them."""

    value: Any
    traffic: list[Message]
    outputs: list[dict[str, Any]]

    @property
    def messages(self) -> list[Message]:
        """All but those that say that a request is being handled, or is done."""
        return [message for message in self.traffic if message.kind not in _OWN]

    @property
    def bytes(self) -> int:
        """Bytes of these."""
        return sum(message.bytes for message in self.messages)

    def counts(self) -> Counter[str]:
        """Messages by kind."""
        return Counter(message.kind for message in self.messages)

    def most_in_a_second(self, kind: str) -> int:
        """Return how many of a kind came in the second in which most came."""
        times = [message.at for message in self.messages if message.kind == kind]
        return max((sum(at <= other < at + 1 for other in times) for at in times), default=0)


_OWN = ("status", "execute_input")
