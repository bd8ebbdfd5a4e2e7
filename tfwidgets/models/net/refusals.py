"""What a hub says when it refuses, in words for the person."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tfwidgets.models.net import failures, limits, paths
from tfwidgets.models.net.problems import HubProblem

if TYPE_CHECKING:
    import httpx2

    from tfwidgets.models.net.client import HubClient


def of_response(client: HubClient, response: httpx2.Response, path: str) -> HubProblem:
    """Say what an answer that is an error means."""
    from huggingface_hub import errors
    from huggingface_hub.utils import hf_raise_for_status

    name, status = paths.subject(path), response.status_code
    at = client.shown
    try:
        hf_raise_for_status(response)
    except errors.GatedRepoError:  # before the error for unknown models, whose kind it is
        said = response.headers.get("X-Error-Message", "")
        return gated(client, name or "The model", said, status)
    except errors.RevisionNotFoundError:
        return HubProblem(
            f"{name} has no revision {paths.revision(path)!r}.", "revision", status=status
        )
    except errors.DisabledRepoError:
        return HubProblem(
            f"{name} was disabled by {at}: its files cannot be had. Choose another model.",
            "disabled",
            reason="disabled",
            status=status,
        )
    except errors.EntryNotFoundError:
        return HubProblem(f"{name} has no {_wanted(path)}.", "missing", status=status, no_file=True)
    except errors.RepositoryNotFoundError:
        return _missing(client, name, status)
    except errors.HfHubHTTPError:
        pass
    if status == 429:
        return failures.limited(client, limits.said(response.headers))
    if status == 511:
        return failures.portal(client)
    if status == 407:
        return failures.by_proxy(client)
    if status == 401 and not client.credential and name:
        return _missing(client, name, status)
    if status == 401:
        return failures.bad_token(client, status)
    if status == 403:
        return _forbidden(client, name)
    if status == 404:
        return _missing(client, name, status)
    if status >= 500:
        return HubProblem(
            f"{at} is in trouble (HTTP {status}). Try again in some minutes.",
            "server",
            reason=f"HTTP {status}",
            status=status,
        )
    return HubProblem(
        f"{at} did not understand the question (HTTP {status}). Is it a model hub?",
        "server",
        reason=f"HTTP {status}",
        status=status,
    )


def _wanted(path: str) -> str:
    """Name the file that a path asks for."""
    _, sign, rest = urlsplit(path).path.partition("/resolve/")
    file = unquote(rest.partition("/")[2])
    return f"file {file}" if sign and file else "such file"


def gated(client: HubClient, name: str, said: str = "", status: int | None = None) -> HubProblem:
    """Say what a person has to do for a model with terms.

    Parameters
    ----------
    said
        The Hub's own message. It tells whether a request waits; its wording may change.
    """
    page = f"{client.shown}/{name}"
    said = said.lower()
    if "awaiting" in said or "pending" in said or "review" in said:
        what = f"its authors have yet to grant your request, see {page}."
    elif client.credential:
        what = (
            f"accept its terms at {page}, signed in as the person whose token this is "
            f"({client.credential.origin or 'HF_TOKEN'}). A fine-grained token needs leave to "
            "read gated models, too."
        )
    else:
        what = f"accept its terms at {page}, then set HF_TOKEN and restart the kernel."
    return HubProblem(f"{name} is gated: {what}", "gated", status=status)


def _missing(client: HubClient, name: str | None, status: int) -> HubProblem:
    if name is None:
        return failures.not_a_hub(client)
    return HubProblem(
        f"There is no model {name!r} at {client.shown} (or it is private).",
        "missing",
        status=status,
    )


def _forbidden(client: HubClient, name: str | None) -> HubProblem:
    what = name or "its list of models"
    return HubProblem(
        f"{client.shown} refuses access to {what} (HTTP 403). Is the token in HF_TOKEN allowed "
        "to read it?"
        if client.credential
        else f"{client.shown} refuses access to {what} (HTTP 403). Does it ask for a token "
        "(HF_TOKEN), or does this network block it?",
        "forbidden",
        reason="access refused",
        status=403,
    )
