"""How much of a download is done, and how fast it goes at the moment."""

from __future__ import annotations

import time
from collections import deque
from threading import Lock

# Seconds that the rate is taken over.
WINDOW = 3.0
# Between two marks in that time.
_STEP = 0.1


class Meter:
    """Counts bytes; safe to read in one thread while another adds."""

    def __init__(self) -> None:
        self.total = 0
        self._done = 0
        self._came = 0
        self._marks: deque[tuple[float, int]] = deque()
        self._lock = Lock()

    @property
    def done(self) -> int:
        """Bytes that are here, those of earlier tries among them."""
        return self._done

    def expect(self, n: int) -> None:
        """Count bytes that nobody knew of in the total."""
        with self._lock:
            self.total += n

    def move(self, n: int) -> None:
        """Count bytes that were here before (n > 0), or that turned out to be of no use (n < 0)."""
        with self._lock:
            self._done += n

    def add(self, n: int) -> None:
        """Count bytes that just came."""
        now = time.monotonic()
        with self._lock:
            if not self._marks:
                self._marks.append((now, 0))
            self._done += n
            self._came += n
            if now - self._marks[-1][0] >= _STEP:
                self._marks.append((now, self._came))
            while len(self._marks) > 2 and now - self._marks[1][0] >= WINDOW:
                self._marks.popleft()

    @property
    def rate(self) -> float:
        """Bytes per second of the last seconds; 0.0 before anything came."""
        now = time.monotonic()
        with self._lock:
            # Nothing came for a while: the time since then counts, too.
            since = next((m for m in self._marks if now - m[0] <= WINDOW), None)
            since = since or (self._marks[-1] if self._marks else None)
            if since is None or now <= since[0]:
                return 0.0
            return (self._came - since[1]) / max(now - since[0], _STEP)
