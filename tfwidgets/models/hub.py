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
from uuid import uuid4

from tfwidgets.config import settings
from tfwidgets.errors import ModelError, suggest
from tfwidgets.models.available import available, listing
from tfwidgets.models.net import HubClient, HubProblem, failures, paths, refusals
from tfwidgets.models.quiet import quiet

PICKLE_ONLY = (
    "{name} holds only pickled weights ({files}), and loading a pickle can run any code.\n"
    "If you trust its authors: tfw.load({name!r}, allow_pickle=True)."
)
Part = Literal["model", "tokenizer", "config"]
"""What is wanted of a model: all of it, the small files, or config.json alone."""

_MODULE = re.compile(r"\d+_\w+/config\.json")
# https://git-scm.com/docs/git-check-ref-format, as far as paths are concerned: no empty part,
# none that begins with a dot, no character with a meaning of its own.
_PART = r"(?!\.)[^\x00-\x20\x7f\\/:?*\[~^\ud800-\udfff]+"
_REVISION = re.compile(rf"{_PART}(/{_PART})*")
_TEXT_FILES = (".json", ".txt", ".model", ".jinja", ".md", ".vocab", ".bpe", ".tiktoken")
TOKENIZER_FILES = (
    *("tokenizer.json", "tokenizer_config.json", "tokenizer.model", "spiece.model"),
    *("vocab.txt", "vocab.json", "sentencepiece.bpe.model", "tekken.json"),
)


def fetch(
    name: str,
    *,
    revision: str | None,
    allow_pickle: bool,
    progress: bool,
    part: Part = "model",
    client: HubClient | None = None,
) -> tuple[Path, str, str]:
    """Return folder, commit and ``"hub"`` or ``"cache"`` of a model, downloading what lacks.

    Of a ``part`` only the files that it needs are fetched; weights that may not be loaded are
    refused for ``"config"``, too. ``client`` asks; by default, in the main thread only, the one
    that the settings ask for.

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
    check_revision(name, revision)
    if constants.HF_HUB_OFFLINE:
        return _from_cache(name, revision, "The hub is switched off (HF_HUB_OFFLINE)", part)
    client = client or HubClient.now()
    try:
        info = _ask(name, revision, client)
    except HubProblem as problem:
        reason = f"{client.shown} cannot be reached ({problem.reason})"
        return _from_cache(name, revision, reason, part)
    files = [str(sibling["rfilename"]) for sibling in info.get("siblings", ())]
    if part == "tokenizer":
        wanted = _small(files)
    else:
        wanted = needed_files(name, files, allow_pickle=allow_pickle)
    commit = str(info["sha"])
    if part == "config":
        with quiet():  # no bar for a single small file
            # The branch does not move: offline, its last whole copy is the one to be found.
            return _download(name, commit, client, ["config.json"]), commit, "hub"
    with nullcontext() if progress else quiet():
        folder = _download(name, commit, client, wanted)
    remember(folder, revision or "main", commit)
    return folder, commit, "hub"


def _ask(name: str, revision: str | None, client: HubClient) -> dict[str, Any]:
    """Return what the hub knows of a model; one question, one answer, no waiting."""
    try:
        info, _ = client.json(paths.info(name, revision or "main"))
    except HubProblem as problem:
        if problem.no_hub:
            raise
        if problem.kind == "missing":
            raise ModelError(f"{problem}{suggest(name, available())}\n{listing()}") from None
        if problem.kind in ("token", "forbidden"):
            raise ModelError(
                f"{client.shown} refused access to {name} (HTTP {problem.status}): "
                "is HF_TOKEN valid?"
            ) from None
        raise ModelError(str(problem)) from None
    if not isinstance(info, dict) or not info.get("sha"):
        raise failures.not_a_hub(client)
    return info


def check_revision(name: str, revision: str | None) -> None:
    """Refuse what no branch can be called, in git: in the cache it is the path of a file.

    Raises
    ------
    HubProblem
        Of kind ``"revision"``.
    """
    if revision is None or _REVISION.fullmatch(revision):
        return
    raise HubProblem(f"{name} has no revision {revision!r}.", "revision")


def needed_files(name: str, files: Iterable[str], *, allow_pickle: bool) -> list[str]:
    """Choose what to download: configuration, tokenizer, and one set of weights."""
    top = [file for file in files if "/" not in file]
    if "config.json" not in top:
        raise ModelError(
            f"{name} is no model for transformers: it has no config.json.\nIt holds {_some(files)}."
        )
    weights = weight_files(top)
    if not weights:
        weights = _matching(top, "pytorch_model*.bin")
        if not weights:
            raise ModelError(f"{name} has no weights that PyTorch loads; it holds {_some(files)}.")
        if not allow_pickle:
            raise ModelError(PICKLE_ONLY.format(name=name, files=", ".join(weights[:3])))
    # The modules of a sentence encoder (pooling and the like) keep their settings in folders.
    modules = [file for file in files if _MODULE.fullmatch(file)]
    return weights + modules + _small(files)


def weight_files(files: Iterable[str]) -> list[str]:
    """Choose the safetensors that are loaded: one file, or its parts where there is no whole."""
    top = [file for file in files if "/" not in file]
    return _matching(top, "model.safetensors") or _matching(top, "model-*.safetensors")


def _small(files: Iterable[str]) -> list[str]:
    """Choose configuration, tokenizer and code."""
    return [file for file in files if "/" not in file and file.endswith((*_TEXT_FILES, ".py"))]


def _some(files: Iterable[str]) -> str:
    names = sorted(file for file in files if not file.startswith("."))
    return ", ".join(names[:6]) + (", …" if len(names) > 6 else "")


def _matching(files: Iterable[str], pattern: str) -> list[str]:
    return [file for file in files if PurePosixPath(file).match(pattern)]


def _download(name: str, commit: str, client: HubClient, files: list[str]) -> Path:
    import httpx2
    from huggingface_hub import errors, snapshot_download

    problem: ModelError
    try:
        return Path(
            snapshot_download(
                name,
                revision=commit,
                endpoint=client.endpoint,
                allow_patterns=[escape(file) for file in files],
                etag_timeout=settings().hub_timeout,
                max_workers=4,
            )
        )
    except errors.GatedRepoError:
        # Anyone may ask about a gated model; only its files are closed.
        problem = refusals.gated(client, name)
    except (errors.HfHubHTTPError, httpx2.HTTPError, OSError) as error:
        problem = ModelError(
            f"The download of {name} broke off ({type(error).__name__}).\n"
            "Run the cell again: what has arrived is kept."
        )
    # Raised here, without the client's error: its frames hold the token that it sent, and
    # tracebacks may show what variables hold (%xmode Verbose).
    raise problem


def remember(folder: Path, revision: str, commit: str) -> None:
    """Note in the cache what a branch or tag stands for: so it is found when offline.

    The client does that only when it is asked for the branch itself, and before it has the
    files. Here the branch moves when they are whole.
    """
    check_revision(folder.parent.parent.name, revision)
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
    found: str | None = None
    with suppress(OSError):  # a cache with files in place of folders holds nothing
        asked = (try_to_load_from_cache(name, sign, revision=revision) for sign in signs)
        found = next((path for path in asked if isinstance(path, str)), None)
    if found is None:
        which = f"{name!r} at revision {revision!r}" if revision else repr(name)
        raise ModelError(
            f"{reason}, and {which} is not in the cache.{suggest(name, available())}\n{listing()}"
        )
    folder = Path(found).parent
    return folder, folder.name, "cache"
