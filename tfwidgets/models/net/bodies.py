"""What an answer holds: read with an eye on the clock and on its size."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tfwidgets.models.net.waiting import TooLate

if TYPE_CHECKING:
    import httpx2


def body(response: httpx2.Response, end: float, largest: int) -> bytes | None:
    """Read to the end; return None when there is more than ``largest`` bytes.

    Raises
    ------
    TooLate
        When the clock is past ``end`` before all is there.
    """
    pieces, size = [], 0
    for piece in response.iter_bytes():
        pieces.append(piece)
        size += len(piece)
        if size > largest:
            return None
        if time.monotonic() > end:
            raise TooLate
    return b"".join(pieces)


def whole(response: httpx2.Response, body: bytes) -> httpx2.Response:
    """Return the answer as if it had been read at once; the body is decompressed already."""
    import httpx2

    told = response.headers.copy()
    for name in ("Content-Encoding", "Content-Length", "Transfer-Encoding"):
        told.pop(name, None)
    return httpx2.Response(
        response.status_code,
        headers=told,
        content=body,
        request=response.request,
        history=response.history,
    )
