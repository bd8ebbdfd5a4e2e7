"""The ways in which a local hub fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tests.support.hub_replies import Replies

Fault = Literal[
    "refuse", "hang", "reset", "trickle", "cut", "stall",
    "500", "502", "503", "504", "429", "403", "portal", "loop", "shape", "broken",
]  # fmt: skip
"""
`refuse`: nobody listens. `hang`: a request is taken and never answered. `reset`: the connection
is closed without an answer. `trickle`: one byte in fifty milliseconds. `cut`: a download breaks
off in the middle, and every attempt to resume it at once. `stall`: a download stops in the
middle and stays open. A number: that status. `portal`: status 200 and a page of HTML. `loop`: a
redirect to itself. `shape`: JSON, but not what was asked for. `broken`: the beginning of JSON.
"""

PORTAL = b"<!doctype html><title>Welcome</title><p>Please sign in to this network."

_MESSAGES = {
    "500": "Internal error",
    "502": "Bad Gateway",
    "503": "Service Unavailable",
    "504": "Gateway Timeout",
    "403": "Forbidden",
}


def answer_fault(reply: Replies, fault: Fault | None) -> bool:
    """Answer as the fault has it. False where it shows only in the body of an answer."""
    hub = reply.server.hub
    if fault in _MESSAGES:
        reply._error(int(fault), message=_MESSAGES[fault])
    elif fault == "hang":
        hub.wait_while_hanging()
    elif fault == "reset":
        reply.close_connection = True
    elif fault == "429":
        reply._error(429, message="Too many requests", **_limits(hub))
    elif fault == "portal":
        reply._send(200, PORTAL, Content_Type="text/html; charset=utf-8")
    elif fault == "loop":
        reply._send(307, b"", Location=reply.path)
    elif fault == "shape":
        reply._json({"welcome": ["to", {"some": "other"}, "service"]})
    elif fault == "broken":
        reply._send(200, b'[{"id": "org/ti', Content_Type="application/json")
    else:
        return False
    return True


def _limits(hub: object) -> dict[str, str]:
    seconds = getattr(hub, "reset_seconds")  # noqa: B009 - of either kind of server
    told = getattr(hub, "tells_reset")  # noqa: B009
    if told == "RateLimit":
        policy = '"fixed window";"api";q=500;w=300'
        return {"RateLimit": f'"api";r=0;t={seconds}', "RateLimit_Policy": policy}
    return {"Retry_After": str(seconds)} if told == "Retry-After" else {}
