"""Memory that is free, but that the process still holds."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Return free memory to the system, where the C library can do that (glibc).

    A forward pass leaves large holes between the queries and keys that are kept, and the heap
    shrinks from its end only: without this, 100 MB that are kept hold 300 MB.
    """
    if sys.platform != "linux":
        return
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):  # musl has no such function
        return
    trim(0)
