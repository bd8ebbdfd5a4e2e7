"""Where a model's card is: among its files, or on the hub."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from tfwidgets.errors import ModelError
from tfwidgets.hub.card.card import MOST, Card

if TYPE_CHECKING:
    from tfwidgets.hub.entry import ModelEntry
    from tfwidgets.models.net import HubClient

FILE = "README.md"


class NoCardError(ModelError):
    """A model has no card: nobody wrote one."""


_NO_SUCH_RANGE = 416
# A server that sends byte after byte is left after so many time-outs.
_PATIENCE = 4


def card(entry: ModelEntry, client: HubClient | None = None) -> Card:
    """Return a model's card: from its files if it is there, else from the hub.

    Parameters
    ----------
    client
        How the hub is asked; None: as the settings say, which has to be in the main thread.

    Raises
    ------
    NoCardError
        When it has none.
    ModelError
        When it cannot be read, or the hub cannot be reached.
    """
    if entry.folder is not None and (content := _read(entry.folder / FILE)) is not None:
        return Card.of(entry.id, content, "files")
    if entry.source not in ("hub", "cache"):
        raise NoCardError(f"{entry.id} has no card: there is no {FILE} among its files.")
    return Card.of(entry.id, _fetch(entry, client), "hub")


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(MOST + 1)
    except OSError:
        return None


def _fetch(entry: ModelEntry, client: HubClient | None) -> bytes:
    from tfwidgets.models.net import HubClient, HubProblem, failures, paths

    client = client or HubClient.now()
    # A part of the file suffices; who cannot send parts sends it whole, and it is cut here.
    part = {"Range": f"bytes=0-{MOST}"}
    try:
        with client.stream(paths.file(entry.id, FILE, entry.revision), part) as reply:
            content, end = b"", time.monotonic() + _PATIENCE * client.timeout
            for chunk in reply.iter_bytes():
                content += chunk
                if len(content) > MOST:
                    break
                if time.monotonic() > end:
                    raise failures.too_late(client, _PATIENCE * client.timeout)
            return content
    except HubProblem as problem:
        if problem.status == _NO_SUCH_RANGE:
            return b""  # of nothing there is no part
        if problem.no_file:
            raise NoCardError(f"{entry.id} has no card: its authors wrote none.") from None
        raise
