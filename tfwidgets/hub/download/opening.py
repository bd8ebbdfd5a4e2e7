"""The beginning of an answer that is a file: waited for as long as it is wanted, and its length."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING

from tfwidgets.models.net import Cancelled, in_thread

if TYPE_CHECKING:
    from threading import Event

    import httpx2


@contextmanager
def opened(
    opening: AbstractContextManager[httpx2.Response], cancelled: Event
) -> Iterator[httpx2.Response]:
    """Give the answer of ``HubClient.stream``; leave a server that is silent before its first word.

    Raises
    ------
    Cancelled
        At most 0.1 s after ``cancelled`` was set while there is no answer.
    """
    if cancelled.is_set():
        raise Cancelled
    answer = in_thread(
        opening.__enter__,
        cancelled=cancelled,
        drop=lambda _: opening.__exit__(None, None, None),
    )
    with ExitStack() as stack:
        stack.push(opening)
        yield answer


def whole(answer: httpx2.Response) -> int | None:
    """Return how many bytes an answer has, if they are the file's own and it is told."""
    packed = answer.headers.get("Content-Encoding", "identity") != "identity"
    return None if packed else length(answer.headers.get("Content-Length"))


def length(told: str | None) -> int | None:
    """Read a length as headers tell it."""
    return int(told) if told and told.isascii() and told.isdecimal() else None
