"""Put a trained model on a hub."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tfwidgets.config import settings
from tfwidgets.errors import InputError, ModelError
from tfwidgets.train.saving.folder import save_pretrained

_MESSAGE = "Upload a model fine-tuned with tfwidgets"


def push_to_hub(
    learn: Any,
    repo_id: str,
    *,
    private: bool | None = True,
    token: str | None = None,
    commit_message: str | None = None,
    revision: str | None = None,
    card: bool = True,
    merge_lora: bool = True,
) -> str:
    """Save model, tokenizer and card on a hub; ``TransformerLearner.push_to_hub`` explains."""
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(repo_id)
    except HFValidationError:
        raise InputError(
            f"{str(repo_id)[:60]!r} cannot be a repository's id. Expected 'user/name', of letters, "
            "digits, '-', '_' and '.'."
        ) from None
    endpoint = settings().endpoint.rstrip("/") or constants.ENDPOINT
    api = HfApi(endpoint=endpoint, token=token)
    with _explained(repo_id, endpoint):
        full = _full_id(api, repo_id)
        # Before the model is saved: what is refused is refused at once.
        api.create_repo(full, private=private, exist_ok=True)
        if revision and revision != constants.DEFAULT_REVISION:
            api.create_branch(full, branch=revision, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tfwidgets-") as folder:
        save_pretrained(learn, folder, card=card, merge_lora=merge_lora, name=full)
        with _explained(repo_id, endpoint):
            api.upload_folder(
                repo_id=full,
                folder_path=folder,
                commit_message=commit_message or _MESSAGE,
                revision=revision,
            )
    return f"{endpoint}/{full}" + (f"/tree/{revision}" if revision else "")


def _full_id(api: Any, repo_id: str) -> str:
    """Return the id with its owner: whoever is logged in, where none is named."""
    return repo_id if "/" in repo_id else f"{api.whoami()['name']}/{repo_id}"


@contextmanager
def _explained(repo_id: str, endpoint: str) -> Iterator[None]:
    """Say what went wrong and what to do. What the client raises holds the whole request."""
    import httpx2
    from huggingface_hub import errors

    try:
        yield
    except (httpx2.HTTPError, OSError, RuntimeError, ValueError, LookupError) as error:
        causes = list(_causes(error))
        for cause in causes:
            if isinstance(cause, errors.HfHubHTTPError):
                raise _refused(cause, repo_id, endpoint) from None
        for cause in causes:
            if isinstance(cause, errors.OfflineModeIsEnabled):
                raise ModelError(
                    "The hub is switched off (HF_HUB_OFFLINE). Save the model with "
                    "learn.save_pretrained(folder), and push it later."
                ) from None
            if isinstance(cause, errors.LocalTokenNotFoundError):
                raise ModelError(_log_in(endpoint)) from None
            if isinstance(cause, httpx2.HTTPError):
                raise ModelError(
                    f"{endpoint} cannot be reached ({type(cause).__name__}). Save the model with "
                    "learn.save_pretrained(folder), and push it later."
                ) from None
        raise ModelError(
            f"The upload to {repo_id} broke off ({type(error).__name__}). Run the cell again: "
            "what has arrived is kept."
        ) from None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what led to it: the client wraps what happens in its threads."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _refused(error: Any, repo_id: str, endpoint: str) -> ModelError:
    from huggingface_hub import errors

    status = error.response.status_code
    if status == 401 or (status == 404 and isinstance(error, errors.RepositoryNotFoundError)):
        return ModelError(_log_in(endpoint))
    if status == 403:
        return ModelError(
            f"{endpoint} does not let you write to {repo_id}: is the name before the slash yours, "
            f"and has the token the role 'write'? See {endpoint}/settings/tokens."
        )
    if status == 429 or status >= 500:
        return ModelError(f"{endpoint} is busy (HTTP {status}). Run the cell again in a while.")
    return ModelError(
        f"{endpoint} refused the upload to {repo_id} (HTTP {status}): "
        f"{error.server_message or 'no reason given'}"
    )


def _log_in(endpoint: str) -> str:
    return (
        f"{endpoint} does not know you: there is no token, or it is not valid.\n"
        "Log in with huggingface_hub.login(), set HF_TOKEN, or pass token=. A token that may "
        f"write: {endpoint}/settings/tokens."
    )
