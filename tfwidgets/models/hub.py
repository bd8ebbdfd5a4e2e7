"""Files from the Hugging Face Hub or a server that speaks its API.

The hub's own client retries an unreachable server for half a minute and waits without
limit for a silent one. So one short question comes first (``hub_timeout`` seconds, no
retry); only a hub that answered it is asked for files, and offline the cache is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from tfwidgets.config import settings
from tfwidgets.errors import ModelError, suggest
from tfwidgets.models.available import available, listing

PICKLE_ONLY = (
    "{name} holds only pickled weights ({files}), and loading a pickle can run any code.\n"
    "If you trust its authors: tfw.load({name!r}, allow_pickle=True)."
)
_TEXT_FILES = (".json", ".txt", ".model", ".jinja", ".md", ".vocab", ".bpe")


class _Unreachable(Exception):
    """The hub did not answer, or what answered was not a hub."""


def fetch(name: str, *, revision: str | None, allow_pickle: bool) -> tuple[Path, str, str]:
    """Return folder, commit and ``"hub"`` or ``"cache"`` of a model, downloading what lacks.

    Raises
    ------
    ModelError
        When the id is malformed, unknown, private or gated, when the hub cannot be reached
        and the model is not cached, or when it holds only pickled weights.
    """
    from huggingface_hub import constants
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(name)
    except HFValidationError:
        raise ModelError(
            f"{name!r} is no folder here and cannot be a model's id on the hub.\n{listing()}"
        ) from None
    endpoint = settings().endpoint or constants.ENDPOINT
    if constants.HF_HUB_OFFLINE:
        return _from_cache(name, revision, "The hub is switched off (HF_HUB_OFFLINE)")
    try:
        info = _ask(name, revision, endpoint)
    except _Unreachable as error:
        return _from_cache(name, revision, f"{endpoint} cannot be reached ({error})")
    files = [str(sibling["rfilename"]) for sibling in info.get("siblings", ())]
    wanted = _wanted(name, files, allow_pickle=allow_pickle)
    return _download(name, str(info["sha"]), endpoint, wanted), str(info["sha"]), "hub"


def _ask(name: str, revision: str | None, endpoint: str) -> dict[str, Any]:
    """Return what the hub knows of a model; one question, one answer, no waiting."""
    import httpx2
    from huggingface_hub import errors
    from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

    address = f"{endpoint}/api/models/{name}/revision/{revision or 'main'}"
    try:
        reply = get_session().get(
            address,
            headers=build_hf_headers(),
            timeout=settings().hub_timeout,
            follow_redirects=True,
        )
        hf_raise_for_status(reply)
        info: dict[str, Any] = reply.json()
    except errors.GatedRepoError:
        raise ModelError(
            f"{name} is gated: accept its terms at {endpoint}/{name}, then set HF_TOKEN and "
            "restart the kernel."
        ) from None
    except errors.RevisionNotFoundError:
        raise ModelError(f"{name} has no revision {revision!r}.") from None
    except errors.RepositoryNotFoundError:
        raise ModelError(
            f"There is no model {name!r} at {endpoint} (or it is private)."
            f"{suggest(name, available())}\n{listing()}"
        ) from None
    except errors.HfHubHTTPError as error:
        status = error.response.status_code
        if status in (401, 403):
            raise ModelError(
                f"{endpoint} refused access to {name} (HTTP {status}): is HF_TOKEN valid?"
            ) from None
        raise _Unreachable(f"HTTP {status}") from None
    except httpx2.TimeoutException:
        raise _Unreachable(f"no answer within {settings().hub_timeout} s") from None
    except httpx2.HTTPError:
        raise _Unreachable("no connection") from None
    except ValueError:
        raise _Unreachable("what answered is not a model hub; a sign-in page?") from None
    return info


def _wanted(name: str, files: Iterable[str], *, allow_pickle: bool) -> list[str]:
    """Choose what to download: configuration, tokenizer, and one set of weights."""
    top = [file for file in files if "/" not in file]
    weights = [file for file in top if file.endswith(".safetensors")]
    if "model.safetensors" in weights:
        weights = ["model.safetensors"]
    if not weights:
        weights = [file for file in top if PurePosixPath(file).match("pytorch_model*.bin")]
        if not allow_pickle:
            named = ", ".join(weights[:3]) or "none for PyTorch"
            raise ModelError(PICKLE_ONLY.format(name=name, files=named))
    texts = [file for file in top if file.endswith(_TEXT_FILES)]
    # The modules of a sentence encoder (pooling and the like) keep their settings in folders.
    modules = [file for file in files if file.count("/") == 1 and file.endswith("/config.json")]
    code = [file for file in top if file.endswith(".py")]
    return weights + texts + modules + code


def _download(name: str, commit: str, endpoint: str, files: list[str]) -> Path:
    import httpx2
    from huggingface_hub import errors, snapshot_download

    try:
        folder = snapshot_download(
            name, revision=commit, endpoint=endpoint, allow_patterns=files, max_workers=4
        )
    except (errors.HfHubHTTPError, httpx2.HTTPError, OSError) as error:
        raise ModelError(
            f"The download of {name} broke off ({type(error).__name__}).\n"
            "Run the cell again: what has arrived is kept."
        ) from error
    return Path(folder)


def _from_cache(name: str, revision: str | None, reason: str) -> tuple[Path, str, str]:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(name, "config.json", revision=revision)
    if not isinstance(found, str):
        raise ModelError(f"{reason}, and {name!r} is not in the cache.\n{listing()}")
    folder = Path(found).parent
    return folder, folder.name, "cache"
