"""From what went wrong to words: each says what is the matter and what to do about it."""

from __future__ import annotations

import os
import socket
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tfwidgets.models.net import paths
from tfwidgets.models.net.problems import HubProblem

if TYPE_CHECKING:
    import httpx2

    from tfwidgets.models.net.client import HubClient

NO_HUB = "what answered is not a model hub; a sign-in page?"


def offline() -> HubProblem:
    """Say that the person switched the hub off."""
    return HubProblem(
        "The hub is switched off (HF_HUB_OFFLINE). To search it, unset that and restart the "
        "kernel; what is on this computer is found without it.",
        "offline",
        reason="switched off",
    )


def limited(client: HubClient, wait: float) -> HubProblem:
    """Say that too much was asked, and for how long to wait."""
    advice = "" if client.credential else " With a token (HF_TOKEN) more may be asked."
    return HubProblem(
        f"{client.shown} was asked too often (HTTP 429). Ask again in {max(round(wait), 1)} s."
        f"{advice}",
        "limited",
        wait=wait,
        reason="HTTP 429",
        status=429,
    )


def too_late(client: HubClient, seconds: float) -> HubProblem:
    """Say that nothing came in time."""
    return HubProblem(
        f"{client.shown} gave no answer within {seconds:g} s. Try again, check the network"
        f"{_proxy(client)}, or wait longer: %config TfWidgets.hub_timeout = {seconds * 4:g}",
        "timeout",
        reason=f"no answer within {seconds:g} s",
    )


def too_large(client: HubClient, most: int) -> HubProblem:
    """Say that more came than any answer has."""
    return HubProblem(
        f"{client.shown} sent more than {most // 10**6} MB where some hundred kilobytes were "
        "expected. Is it a model hub?",
        "server",
        reason=NO_HUB,
    )


def bad_token(client: HubClient, status: int | None) -> HubProblem:
    """Say that the token is wrong: with it the hub refuses even what it shows to anybody."""
    name = client.credential.origin or "HF_TOKEN"
    if name == "hf auth login":
        which, remedy = "the saved token", "Run `hf auth login` again"
        without = "`hf auth logout`"
    else:
        which, remedy, without = f"the token in {name}", f"Correct {name}", f"unset {name}"
    return HubProblem(
        f"{client.shown} does not accept {which}. {remedy}; public models need none "
        f"({without} and restart the kernel).",
        "token",
        reason=f"{which} is not accepted",
        status=status,
    )


def no_json(client: HubClient, response: httpx2.Response) -> HubProblem:
    """Say what answered, as it was no data."""
    told = response.headers.get("Content-Type", "")
    page = "html" in told or response.content.lstrip().startswith(b"<")
    return portal(client) if page else not_a_hub(client)


def portal(client: HubClient) -> HubProblem:
    """Say that a page for people came: a network to be signed in to sends one for anything."""
    return HubProblem(
        f"A web page answered in place of {client.shown}. If this network has a sign-in page, "
        "open any page in the browser, sign in and try again.",
        "portal",
        reason=NO_HUB,
    )


def not_a_hub(client: HubClient) -> HubProblem:
    """Say that the form of an answer is not a hub's."""
    return HubProblem(
        f"{client.shown} answered with something that no model hub says. Check "
        "%config TfWidgets.endpoint and HF_ENDPOINT.",
        "server",
        reason=NO_HUB,
    )


def of_exception(client: HubClient, error: Exception, path: str, seconds: float) -> HubProblem:
    """Say what an error of the connection means. What it says itself may hold passwords."""
    import httpx2
    from huggingface_hub.errors import OfflineModeIsEnabled

    if isinstance(error, HubProblem):
        return error
    if isinstance(error, OfflineModeIsEnabled):
        return offline()
    if isinstance(error, httpx2.TimeoutException):
        return too_late(client, seconds)
    if isinstance(error, httpx2.TooManyRedirects):
        return HubProblem(
            f"{client.shown} sends from one address to the next without end. Check "
            "%config TfWidgets.endpoint, or sign in to the network in the browser.",
            "server",
            reason="it redirects without end",
        )
    if isinstance(error, httpx2.ProxyError):
        return by_proxy(client)
    no_address = paths.origin(client.endpoint) is None or " " in client.endpoint
    if no_address or isinstance(error, (httpx2.UnsupportedProtocol, httpx2.InvalidURL)):
        return _no_address(client)
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return _unreachable(
            client,
            "its certificate is not trusted",
            "If this network replaces certificates, set SSL_CERT_FILE to the file with its own "
            "and restart the kernel; else sign in to the network in the browser.",
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return _unreachable(
            client,
            "no secure connection comes about",
            f"Is the address right (http or https)? Check the network{_proxy(client)}.",
        )
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return _unreachable(
            client, "no address is known for it", f"Check the network{_proxy(client)}."
        )
    if isinstance(error, httpx2.DecodingError):
        return not_a_hub(client)
    if isinstance(error, (httpx2.HTTPError, httpx2.StreamError)):
        return _unreachable(client, "no connection", f"Check the network{_proxy(client)}.")
    # The session could not even be made: a proxy that is no address, certificates not found.
    names = [name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)]
    names += filter(None, [_variable(client)])
    return _unreachable(
        client,
        "the connection could not be set up",
        f"Check {' and '.join(names) or 'the network settings of the environment'} "
        f"({type(error).__name__}).",
    )


def _unreachable(client: HubClient, reason: str, advice: str) -> HubProblem:
    return HubProblem(
        f"{client.shown} cannot be reached: {reason}. {advice}", "unreachable", reason=reason
    )


def _no_address(client: HubClient) -> HubProblem:
    return _unreachable(
        client,
        "that is no address of a hub",
        "One looks like https://huggingface.co; set it by %config TfWidgets.endpoint or "
        "HF_ENDPOINT.",
    )


def by_proxy(client: HubClient) -> HubProblem:
    """Say that it is the proxy which refuses; the variable is named, its value is secret."""
    name = _variable(client) or "HTTPS_PROXY"
    return _unreachable(
        client,
        "the proxy refuses to connect",
        f"Check the address, name and password in {name} and restart the kernel.",
    )


def _proxy(client: HubClient) -> str:
    name = _variable(client)
    if name:
        return f" and the proxy in {name}"
    return ""


def _variable(client: HubClient) -> str | None:
    """Name the variable of the proxy through which the hub is asked; its value is nobody's."""
    from urllib.request import getproxies_environment, proxy_bypass

    url = urlsplit(client.endpoint)
    proxies = getproxies_environment()
    if url.hostname and proxy_bypass(url.hostname):
        return None
    for scheme in (url.scheme, "all"):
        if scheme in proxies:
            name = f"{scheme}_proxy"
            return next((n for n in (name.upper(), name) if os.environ.get(n)), name.upper())
    return None


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in found:
        found.append(cause)
        cause = cause.__cause__ or cause.__context__
    return found


def led_away(client: HubClient) -> HubProblem:
    """Say that the next page is not where the first one was: it is not followed."""
    return HubProblem(
        f"{client.shown} says that its next page is on another server; it was not followed. "
        "Check %config TfWidgets.endpoint and HF_ENDPOINT.",
        "server",
        reason="it leads to another server",
    )
