"""Why a hub gave no answer: a kind for the program, a sentence for the person."""

from __future__ import annotations

from typing import Literal

from tfwidgets.errors import ModelError

Kind = Literal[
    "offline", "unreachable", "timeout", "limited", "server", "portal", "token", "forbidden",
    "gated", "missing", "revision", "disabled", "bad_id",
]  # fmt: skip


class HubProblem(ModelError):
    """A hub did not answer a question, or refused to.

    Attributes
    ----------
    kind
        What is wrong.
    wait
        Seconds from its raising until one may ask again, where the hub said so (HTTP 429).
    reason
        The same in a few words, to stand in a sentence: ``"no connection"``.
    status
        HTTP status of the answer, if there was one.
    no_file
        Whether the model is there and only the file is not (``"missing"``).
    """

    def __init__(
        self,
        message: str,
        kind: Kind,
        *,
        wait: float | None = None,
        reason: str = "",
        status: int | None = None,
        no_file: bool = False,
    ) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.wait = wait
        self.reason = reason or message
        self.status = status
        self.no_file = no_file

    def __reduce__(self) -> tuple[object, ...]:
        return HubProblem, (str(self), self.kind), vars(self)

    @property
    def no_hub(self) -> bool:
        """Whether no hub was heard at all: what is in the cache has to do."""
        return self.kind in ("offline", "unreachable", "timeout", "limited", "server", "portal")
