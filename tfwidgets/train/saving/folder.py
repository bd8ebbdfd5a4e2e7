"""Save a trained model where other tools find it: a folder for transformers."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from os import PathLike
from pathlib import Path
from typing import Any

from tfwidgets.errors import InputError
from tfwidgets.models.quiet import quiet
from tfwidgets.train.saving.card import OUR_TAG, base_of, model_card
from tfwidgets.train.wrapper import ModelWrapper, unwrapped

_CARD = "README.md"
_ADAPTER = "adapter_config.json"
_WHOLE = "config.json"
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")


def save_pretrained(
    learn: Any,
    folder: str | PathLike[str],
    *,
    card: bool = True,
    merge_lora: bool = True,
    name: str = "",
) -> Path:
    """Save model, tokenizer and model card; ``TransformerLearner.save_pretrained`` explains."""
    folder = Path(folder).expanduser()
    adapter = not merge_lora and has_adapters(peeled(learn.model))
    _check(folder, card=card, adapter=adapter)
    if _rank():
        return folder  # one process writes
    text = model_card(learn, name=name, adapter=adapter) if card else None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Beside the old files, and then in their place: weights that were loaded from this
        # very folder may still be read from its files, and what breaks off leaves no half.
        fresh = Path(tempfile.mkdtemp(prefix=".saving-", dir=folder))
        try:
            with quiet():
                _write(learn, fresh, adapter=adapter)
            if text is not None:
                (fresh / _CARD).write_text(text, encoding="utf-8")
            _move(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise InputError(
            f"The model cannot be saved in {folder}: {error.strerror or error}."
        ) from error
    return folder


def peeled(model: Any) -> Any:
    """Return the model inside our wrapper and PyTorch's, with its adapters if it has any."""
    while not isinstance(model, ModelWrapper) and hasattr(model, "module"):
        model = model.module
    return model.model if isinstance(model, ModelWrapper) else model


def has_adapters(model: Any) -> bool:
    """Tell whether peft has put adapters around a model."""
    return hasattr(model, "peft_config") and hasattr(model, "get_base_model")


def _check(folder: Path, *, card: bool, adapter: bool) -> None:
    """Refuse a folder in which the files would not fit together."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: name a folder.")
    if card and _is_foreign(folder / _CARD):
        raise InputError(
            f"{folder} has a README.md that is not a card of such a model. Choose another folder, "
            "or pass card=False to leave it as it is."
        )
    # transformers puts the adapters that it finds beside a model into it, a second time.
    if not adapter and (folder / _ADAPTER).exists():
        raise InputError(f"{folder} holds adapters alone: save the whole model in another folder.")
    if adapter and (folder / _WHOLE).exists():
        raise InputError(f"{folder} holds a whole model: save the adapters in another folder.")


def _is_foreign(card: Path) -> bool:
    if not card.is_file():
        return False
    before, _, rest = card.read_text(encoding="utf-8", errors="replace").partition("---\n")
    data = rest.partition("\n---")[0]
    return bool(before) or f"- {OUR_TAG}" not in data.splitlines()


def _rank() -> int:
    from torch import distributed

    running = distributed.is_available() and distributed.is_initialized()
    return distributed.get_rank() if running else 0


def _write(learn: Any, folder: Path, *, adapter: bool) -> None:
    model = peeled(learn.model)
    if adapter:
        # The tokens are the base model's: its embeddings stay there, and no hub is asked.
        model.save_pretrained(folder, save_embedding_layers=False)
        _name_base(folder / _ADAPTER, learn)
        (folder / _CARD).unlink(missing_ok=True)  # a form with blanks
    else:
        if has_adapters(model):
            from tfwidgets.train.lora import merged

            model = merged(model)
        model = unwrapped(model)
        with _told(model, learn.task):
            model.save_pretrained(folder)
    _tokenizer(learn.task).save_pretrained(folder)


def _name_base(file: Path, learn: Any) -> None:
    """Name the model that the adapters belong to by its id; peft writes where its files lie."""
    base = base_of(learn)
    config = json.loads(file.read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = base.id
    config["revision"] = base.revision
    file.write_text(json.dumps(config, indent=2, sort_keys=True), encoding="utf-8")


@contextmanager
def _told(model: Any, task: Any) -> Iterator[None]:
    """Let the configuration say what stands in front of every text, while it is saved."""
    before = model.config
    try:
        if prefix := getattr(task, "prefix", ""):
            model.config = deepcopy(before)
            model.config.task_specific_params = {task.name: {"prefix": prefix}}
        yield
    finally:
        model.config = before


def _tokenizer(task: Any) -> Any:
    """Return a copy of the tokenizer that cuts, when asked to, where the task does."""
    tokenizer = task.inference_tokenizer()
    for trace in ("is_local", "local_files_only"):  # of how it was loaded
        getattr(tokenizer, "init_kwargs", {}).pop(trace, None)
    return tokenizer


def _move(fresh: Path, folder: Path) -> None:
    """Put the new files in the place of the old ones."""
    new = {path.name for path in fresh.iterdir()}
    for path in sorted(fresh.iterdir()):
        if path.is_dir():  # several chat templates
            shutil.copytree(path, folder / path.name, dirs_exist_ok=True)
        else:
            path.replace(folder / path.name)
    # In one file or in several: the other way, left from before, would be loaded instead.
    if new & set(_WEIGHTS):
        for name in set(_WEIGHTS) - new:
            (folder / name).unlink(missing_ok=True)
