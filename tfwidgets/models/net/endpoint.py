"""Which hub is asked."""

from __future__ import annotations

import os
import sys

from tfwidgets.config import settings

_THE_HUB = "https://huggingface.co"


def endpoint() -> str:
    """Return the address of the hub that the settings or the environment name; no slash at its end.

    It may hold a password: ``paths.shown`` takes that out. Does not import the hub's client,
    which takes longer than to list a cache; what that has read is what counts, once it is there.
    """
    if given := settings().endpoint.strip().rstrip("/"):
        return given
    client = sys.modules.get("huggingface_hub.constants")
    address = getattr(client, "ENDPOINT", None) or os.environ.get("HF_ENDPOINT") or _THE_HUB
    return str(address).strip().rstrip("/")
