"""Files from the Hugging Face Hub or a server that speaks its API.

The hub's own client retries an unreachable server for half a minute and waits without
limit for a silent one. So one short question comes first (``hub_timeout`` seconds, no
retry); only a hub that answered it is asked for files, and offline the cache is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import nullcontext, suppress
from glob import escape
from pathlib import Path, PurePosixPath
from typing import Any, Literal
from urllib.parse import quote
from uuid import uuid4

from tfwidgets.config import settings
from tfwidgets.errors import ModelError, suggest
from tfwidgets.models.available import available, listing
from tfwidgets.models.quiet import quiet

PICKLE_ONLY = (
    "{name} holds only pickled weights ({files}), and loading a pickle can run any code.\n"
    "If you trust its authors: tfw.load({name!r}, allow_pickle=True)."
)
Part = Literal["model", "tokenizer", "config"]
"""What is wanted of a model: all of it, the small files, or config.json alone."""

_NO_HUB = "what answered is not a model hub; a sign-in page?"
_MODULE = re.compile(r"\d+_\w+/config\.json")
_TEXT_FILES = (".json", ".txt", ".model", ".jinja", ".md", ".vocab", ".bpe", ".tiktoken")
TOKENIZER_FILES = (
    *("tokenizer.json", "tokenizer_config.json", "tokenizer.model", "spiece.model"),
    *("vocab.txt", "vocab.json", "sentencepiece.bpe.model", "tekken.json"),
)


class _Unreachable(Exception):
    """The hub did not answer, or what answered was not a hub."""


def fetch(
    name: str, *, revision: str | None, allow_pickle: bool, progress: bool, part: Part = "model"
) -> tuple[Path, str, str]:
    """Return folder, commit and ``"hub"`` or ``"cache"`` of a model, downloading what lacks.

    Of a ``part`` only the files that it needs are fetched; weights that may not be loaded are
    refused for ``"config"``, too.

    Raises
    ------
    ModelError
        When the id is malformed, unknown, private or gated, when the hub cannot be reached
        and the model is not cached, or when it holds no weights that may be loaded.
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
    endpoint = settings().endpoint.rstrip("/") or constants.ENDPOINT
    if constants.HF_HUB_OFFLINE:
        return _from_cache(name, revision, "The hub is switched off (HF_HUB_OFFLINE)", part)
    try:
        info = _ask(name, revision, endpoint)
    except _Unreachable as error:
        return _from_cache(name, revision, f"{endpoint} cannot be reached ({error})", part)
    files = [str(sibling["rfilename"]) for sibling in info.get("siblings", ())]
    if part == "tokenizer":
        wanted = _small(files)
    else:
        wanted = _wanted(name, files, allow_pickle=allow_pickle)
    commit = str(info["sha"])
    if part == "config":
        with quiet():  # no bar for a single small file
            # The branch does not move: offline, its last whole copy is the one to be found.
            return _download(name, commit, endpoint, ["config.json"]), commit, "hub"
    with nullcontext() if progress else quiet():
        folder = _download(name, commit, endpoint, wanted)
    _remember(folder, revision or "main", commit)
    return folder, commit, "hub"


def _ask(name: str, revision: str | None, endpoint: str) -> dict[str, Any]:
    """Return what the hub knows of a model; one question, one answer, no waiting."""
    import httpx2
    from huggingface_hub import errors
    from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

    address = f"{endpoint}/api/models/{name}/revision/{quote(revision or 'main', safe='')}"
    try:
        reply = get_session().get(
            address,
            headers=build_hf_headers(),
            timeout=settings().hub_timeout,
            follow_redirects=True,
        )
        hf_raise_for_status(reply)
        info = reply.json()
    except errors.GatedRepoError:
        raise _gated(name, endpoint) from None
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
        raise _Unreachable(_NO_HUB) from None
    if not isinstance(info, dict) or not info.get("sha"):
        raise _Unreachable(_NO_HUB)
    return info


def _gated(name: str, endpoint: str) -> ModelError:
    return ModelError(
        f"{name} is gated: accept its terms at {endpoint}/{name}, then set HF_TOKEN and "
        "restart the kernel."
    )


def _wanted(name: str, files: Iterable[str], *, allow_pickle: bool) -> list[str]:
    """Choose what to download: configuration, tokenizer, and one set of weights."""
    top = [file for file in files if "/" not in file]
    if "config.json" not in top:
        raise ModelError(
            f"{name} is no model for transformers: it has no config.json.\nIt holds {_some(files)}."
        )
    weights = _matching(top, "model.safetensors") or _matching(top, "model-*.safetensors")
    if not weights:
        weights = _matching(top, "pytorch_model*.bin")
        if not weights:
            raise ModelError(f"{name} has no weights that PyTorch loads; it holds {_some(files)}.")
        if not allow_pickle:
            raise ModelError(PICKLE_ONLY.format(name=name, files=", ".join(weights[:3])))
    # The modules of a sentence encoder (pooling and the like) keep their settings in folders.
    modules = [file for file in files if _MODULE.fullmatch(file)]
    return weights + modules + _small(files)


def _small(files: Iterable[str]) -> list[str]:
    """Choose configuration, tokenizer and code."""
    return [file for file in files if "/" not in file and file.endswith((*_TEXT_FILES, ".py"))]


def _some(files: Iterable[str]) -> str:
    names = sorted(file for file in files if not file.startswith("."))
    return ", ".join(names[:6]) + (", …" if len(names) > 6 else "")


def _matching(files: Iterable[str], pattern: str) -> list[str]:
    return [file for file in files if PurePosixPath(file).match(pattern)]


def _download(name: str, commit: str, endpoint: str, files: list[str]) -> Path:
    import httpx2
    from huggingface_hub import errors, snapshot_download

    try:
        folder = snapshot_download(
            name,
            revision=commit,
            endpoint=endpoint,
            allow_patterns=[escape(file) for file in files],
            etag_timeout=settings().hub_timeout,
            max_workers=4,
        )
    except errors.GatedRepoError:
        # Anyone may ask about a gated model; only its files are closed.
        raise _gated(name, endpoint) from None
    except (errors.HfHubHTTPError, httpx2.HTTPError, OSError) as error:
        raise ModelError(
            f"The download of {name} broke off ({type(error).__name__}).\n"
            "Run the cell again: what has arrived is kept."
        ) from error
    return Path(folder)


def _remember(folder: Path, revision: str, commit: str) -> None:
    """Note in the cache what a branch or tag stands for: so it is found when offline.

    The client does that only when it is asked for the branch itself, and before it has the
    files. Here the branch moves when they are whole.
    """
    note = folder.parent.parent / "refs" / revision
    if revision == commit or (note.is_file() and note.read_text("utf-8") == commit):
        return
    fresh = note.with_name(f"{note.name}.{uuid4().hex}.tmp")
    # A cache that cannot be written is no reason to withhold the model.
    with suppress(OSError):
        note.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(commit, "utf-8")
        fresh.replace(note)


def _from_cache(name: str, revision: str | None, reason: str, part: Part) -> tuple[Path, str, str]:
    from huggingface_hub import try_to_load_from_cache

    signs = TOKENIZER_FILES if part == "tokenizer" else ("config.json",)
    asked = (try_to_load_from_cache(name, sign, revision=revision) for sign in signs)
    found = next((path for path in asked if isinstance(path, str)), None)
    if found is None:
        which = f"{name!r} at revision {revision!r}" if revision else repr(name)
        raise ModelError(
            f"{reason}, and {which} is not in the cache.{suggest(name, available())}\n{listing()}"
        )
    folder = Path(found).parent
    return folder, folder.name, "cache"
