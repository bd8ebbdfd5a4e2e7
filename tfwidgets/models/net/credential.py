"""The person's token: sent to the hub and shown to nobody."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path
from threading import Lock

from tfwidgets.models.net.waiting import in_thread

_LOGIN = "hf auth login"
# Keys of kept answers tell one person's from another's; without the salt they would tell more.
_SALT = secrets.token_bytes(16)


class Credential:
    """A token that no repr, copy or pickle gives away.

    Attributes
    ----------
    broken
        Whether a token is set that cannot be had or sent.
    origin
        What a person has to change to change it.
    """

    __slots__ = ("_ages", "_lock", "_mark", "_token", "broken", "origin")

    def __init__(
        self,
        token: str | None = None,
        *,
        origin: str = "",
        broken: bool = False,
        ages: bool = False,
    ) -> None:
        self.origin = origin
        self.broken = broken
        self._take(token)
        person = token or (origin if ages else "")
        self._mark = hashlib.sha256(_SALT + person.encode("utf-8", "replace")).hexdigest()
        self._ages = ages
        self._lock = Lock()

    @classmethod
    def read(cls) -> Credential:
        """Take the token of the environment, the login or Colab's secrets; main thread only.

        No network is waited for: what has to be renewed over one is renewed before it is sent.
        """
        from huggingface_hub import constants, get_token

        if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN:
            return cls()
        try:
            if os.environ.get("HF_OIDC_RESOURCE"):
                return cls(origin="HF_OIDC_RESOURCE", ages=True)
            if _variable() is None and (token := _saved()):
                return cls(token, origin=_LOGIN, ages=True)
            return cls(get_token(), origin=_variable() or _LOGIN)
        except Exception:  # a file that cannot be read, secrets that are kept back, …
            return cls(origin=_variable() or _LOGIN, broken=True)

    def renew(self, seconds: float) -> None:
        """Have a login that has run out, or is about to, renewed; not in the main thread.

        Where nobody answers in that time, the token stays what it was.
        """
        with self._lock:
            if not self._ages:
                return
            self._ages = False
            from huggingface_hub import get_token

            with suppress(Exception):
                if token := in_thread(get_token, seconds=seconds):
                    self._take(token)
            self.broken |= self._token is None

    def _take(self, token: str | None) -> None:
        self._token = token
        # A header cannot hold other characters, and the complaint would quote them.
        self.broken |= not (token is None or (token.isascii() and token.isprintable()))

    def __bool__(self) -> bool:
        return self._token is not None or self._ages

    def __repr__(self) -> str:
        return f"Credential({'set' if self else 'none'})"

    def __reduce__(self) -> tuple[object, ...]:
        return Credential, ()

    @property
    def header(self) -> str | bool:
        """What ``build_hf_headers`` takes: the token, or False for none."""
        return self._token or False

    @property
    def mark(self) -> str:
        """A sign that differs between tokens and says nothing of them, for this process."""
        return self._mark[:16]


def _variable() -> str | None:
    """Name the variable that holds the token, in the order in which the client looks."""
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        if value := os.environ.get(name):
            return name if value.strip() else None
    return None


def _saved() -> str | None:
    """Return the token of the login as it lies in its file."""
    from huggingface_hub import constants

    try:
        text = Path(constants.HF_TOKEN_PATH).read_text()
    except FileNotFoundError:
        return None
    return "".join(text.split("\n")).replace("\r", "").strip() or None
