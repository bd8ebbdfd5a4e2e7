"""A token that is easily found, and all the places where an error or a folder may hold it."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path

MARK = "hf_MarkOfTheTokenThatNobodySees"


def told(error: BaseException) -> str:
    """Return all that can be printed of an error: its chain, with what its frames hold."""
    found: list[str] = []
    following: BaseException | None = error
    while following is not None:
        whole = traceback.TracebackException.from_exception(following, capture_locals=True)
        found += [repr(following), repr(vars(following)), *whole.format()]
        following = following.__cause__ or following.__context__
    return "".join(found)


def written(*places: Path) -> Iterator[bytes]:
    for place in places:
        for path in place.rglob("*"):
            yield str(path).encode()
            if path.is_file():
                yield path.read_bytes()
