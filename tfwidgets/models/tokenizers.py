"""Load a tokenizer without its model: seconds and gigabytes less where only text is looked at."""

from __future__ import annotations

from collections import OrderedDict
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from tfwidgets.config import settings
from tfwidgets.errors import InputError, ModelError
from tfwidgets.models.checkpoints import asked_of, find, written
from tfwidgets.models.environment import explained
from tfwidgets.models.kept import loaded
from tfwidgets.models.quiet import quiet
from tfwidgets.models.reading import check_vocabulary, refusing

_tokenizers: OrderedDict[tuple[object, ...], Any] = OrderedDict()


def load_tokenizer(
    name: str | PathLike[str],
    *,
    revision: str | None = None,
    trust_remote_code: bool = False,
    progress: bool = True,
) -> Any:
    """Return the tokenizer of a model, or the one in a file ``tokenizer.json``.

    Parameters
    ----------
    name
        A demo model, a folder, a file ``*.json`` of the tokenizers library, or an id on the
        hub (from its cache when offline). Weights are neither fetched nor read.
    revision
        Branch, tag or commit on the hub.
    trust_remote_code
        Run Python code that comes with it. Only for authors that you trust.
    progress
        Show the progress of a download or conversion.

    Raises
    ------
    ModelError
        When it is unknown, unreachable, not to be trusted, or there is no tokenizer.
    EnvironmentProblem
        When a package that it needs is missing.
    """
    if not isinstance(name, (str, PathLike)):
        raise InputError(f"A tokenizer is named by a text or a path, not {type(name).__name__}.")
    for model in loaded():
        if model.name == fspath(name) and model.source != "folder" and revision is None:
            if written(name):  # a folder here goes first
                break
            return model.tokenizer
    question = (fspath(name), revision, trust_remote_code, asked_of(name))
    if question not in _tokenizers:
        with explained():
            _tokenizers[question] = _load(name, revision, trust_remote_code, progress)
    _tokenizers.move_to_end(question)
    while len(_tokenizers) > settings().max_loaded:
        _tokenizers.popitem(last=False)
    return _tokenizers[question]


def _load(
    name: str | PathLike[str], revision: str | None, trust_remote_code: bool, progress: bool
) -> Any:
    import transformers

    file = Path(name).expanduser()
    if file.suffix == ".json" and file.is_file():
        return _from_file(file)
    checkpoint = find(
        name, revision=revision, allow_pickle=False, progress=progress, part="tokenizer"
    )
    names = {path.name for path in checkpoint.folder.iterdir()}
    if "tokenizer.json" in names and not names & {"tokenizer_config.json", "config.json"}:
        return _from_file(checkpoint.folder / "tokenizer.json")
    with quiet(), refusing(checkpoint, "", "its tokenizer"):
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            checkpoint.folder, local_files_only=True, trust_remote_code=trust_remote_code
        )
    check_vocabulary(checkpoint, tokenizer)
    return tokenizer


def _from_file(file: Path) -> Any:
    """Read a file of the tokenizers library, with the truncation and padding in it."""
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:
        raise ModelError(f"{file} is no tokenizer file: {error}") from error
