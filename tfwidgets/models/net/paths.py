"""Where on a hub things are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from tfwidgets.models.net.problems import HubProblem

_BELOW = {"revision", "tree", "resolve", "raw", "paths-info", "commits", "refs"}


def checked(name: str) -> str:
    """Return the id of a model if it can be one; raise HubProblem (``"bad_id"``) if not."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(name)
    except HFValidationError:
        raise HubProblem(
            f"{name!r} cannot be a model's id on the hub. One looks like 'author/name'.", "bad_id"
        ) from None
    return name


def info(name: str, revision: str | None = None) -> str:
    """Return the path under which the hub tells about a model."""
    path = f"/api/models/{checked(name)}"
    return path + (f"/revision/{quote(revision, safe='')}" if revision else "")


def tree(name: str, revision: str | None = None) -> str:
    """Return the path under which the hub lists a model's files."""
    return f"/api/models/{checked(name)}/tree/{quote(revision or 'main', safe='')}"


def file(name: str, file: str, revision: str | None = None) -> str:
    """Return the path of one file of a model."""
    return f"/{checked(name)}/resolve/{quote(revision or 'main', safe='')}/{quote(file)}"


def subject(path: str) -> str | None:
    """Return the model that a path is about: ``"org/name"``, or None for a list."""
    parts = [part for part in urlsplit(path).path.split("/") if part]
    if parts[:2] == ["api", "models"]:
        parts = parts[2:]
    elif "resolve" not in parts:
        return None
    name = parts[:2] if len(parts) > 1 and parts[1] not in _BELOW else parts[:1]
    return "/".join(name) or None


def revision(path: str) -> str | None:
    """Return the revision that a path asks for."""
    from urllib.parse import unquote

    parts = [part for part in urlsplit(path).path.split("/") if part]
    for sign in ("revision", "tree", "resolve"):
        if sign in parts[1:-1]:
            return unquote(parts[parts.index(sign, 1) + 1])
    return None


def origin(url: str) -> tuple[str, int] | None:
    """Return host and port; plain and secured addresses of a host without a port are one.

    A server behind a proxy that ends the encryption does not know that it was asked by https.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.scheme not in ("http", "https"):
        return None
    return host, port if port not in (None, 80) else 443


def address(endpoint: str, path: str) -> str:
    """Return the address of a path on a hub; an address stays what it is."""
    return endpoint + path if path.startswith("/") else path


def owns(endpoint: str, url: str) -> bool:
    """Whether an address is on a hub, reached as the hub is."""
    scheme = endpoint.partition(":")[0]
    return url.startswith(f"{scheme}:") and origin(url) == origin(endpoint)


def given(params: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Drop what is not asked for. An address that has its own question keeps it."""
    kept = {name: value for name, value in (params or {}).items() if value is not None}
    return kept or None


def shown(endpoint: str) -> str:
    """Return an address without the name and password that it may hold."""
    head, sign, rest = endpoint.partition("://")
    host, slash, path = rest.partition("/")
    return f"{head}{sign}{host.rpartition('@')[2]}{slash}{path}" if sign else endpoint
