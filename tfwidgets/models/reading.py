"""Read a model and its tokenizer from their files, or say in words why that fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tfwidgets.errors import ModelError
from tfwidgets.models.checkpoints import Checkpoint
from tfwidgets.models.loaded import LoadedModel
from tfwidgets.models.quiet import quiet
from tfwidgets.models.tasks import AUTO_CLASSES
from tfwidgets.models.trained import check_head, check_saved_for
from tfwidgets.ui.progress import Progress
from tfwidgets.ui.strings import translate

if TYPE_CHECKING:
    import torch


def announced(name: str, *, show: bool) -> Progress:
    """Say in the notebook that a model is being loaded."""
    return Progress(translate("progress", "what.load", name=name), 0, "", show=show)


def read_model(
    checkpoint: Checkpoint,
    task: str,
    device: torch.device,
    *,
    trust_remote_code: bool,
    allow_pickle: bool,
) -> LoadedModel:
    """Return a model with its tokenizer, on its device, if its head was trained for the task."""
    import torch
    import transformers

    check_saved_for(checkpoint, task)
    auto = getattr(transformers, AUTO_CLASSES[task])
    # Weights that a file lacks are drawn at first: not from the user's random state.
    with quiet(), torch.random.fork_rng(devices=[]):
        tokenizer = read_tokenizer(checkpoint, task, trust_remote_code=trust_remote_code)
        model, report = read_weights(
            checkpoint,
            task,
            auto,
            trust_remote_code=trust_remote_code,
            allow_pickle=allow_pickle,
        )
    check_head(checkpoint, task, report)
    model.eval()
    move(model, device, checkpoint.name)
    return LoadedModel(
        model,
        tokenizer,
        checkpoint.name,
        checkpoint.source,
        task,
        checkpoint.revision,
        checkpoint.folder,
    )


def read_tokenizer(checkpoint: Checkpoint, task: str, *, trust_remote_code: bool) -> Any:
    """Return a tokenizer of its own, from the files alone, or say what is wrong with them."""
    import transformers

    with refusing(checkpoint, task, "its tokenizer"):
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            checkpoint.folder, local_files_only=True, trust_remote_code=trust_remote_code
        )
    check_vocabulary(checkpoint, tokenizer)
    return tokenizer


def read_weights(
    checkpoint: Checkpoint,
    task: str,
    auto: Any,
    *,
    trust_remote_code: bool,
    allow_pickle: bool,
    **options: Any,
) -> tuple[Any, dict[str, Any]]:
    """Return a model from the files alone, and transformers' report on what was in them."""
    with refusing(checkpoint, task, "its model"):
        model, report = auto.from_pretrained(
            checkpoint.folder,
            output_loading_info=True,
            use_safetensors=None if allow_pickle else True,
            local_files_only=True,
            trust_remote_code=trust_remote_code,
            **options,
        )
    return model, report


def move(model: Any, device: torch.device, name: str) -> None:
    """Put a model on a device, or say why that fails."""
    try:
        model.to(device)
    except (AssertionError, NotImplementedError, RuntimeError) as error:
        raise ModelError(f"{name} cannot be moved to {device}: {_short(error)}") from error


@contextmanager
def refusing(checkpoint: Checkpoint, task: str, part: str) -> Iterator[None]:
    """Say in words what transformers and the libraries below it raise over a part's files."""
    try:
        yield
    except ImportError:
        raise  # explained elsewhere: that is not about the files
    except Exception as error:
        raise _refused(checkpoint, task, part, error) from error


def _refused(checkpoint: Checkpoint, task: str, part: str, error: Exception) -> ModelError:
    message = _short(error, 10_000)
    if "trust_remote_code" in message:
        return ModelError(
            f"{checkpoint.name} needs Python code that comes with it, which is not run unasked.\n"
            f"If you trust its authors: tfw.load({checkpoint.name!r}, trust_remote_code=True)."
        )
    if "Unrecognized configuration class" in message:
        return ModelError(not_made_for(checkpoint, task))
    reason = _short(error)
    if "ignore_mismatched_sizes" in message:
        reason = "the weights have other shapes than config.json says."
    return ModelError(f"{checkpoint.name} cannot be loaded. The trouble is in {part}: {reason}")


def not_made_for(checkpoint: Checkpoint, task: str) -> str:
    """Say that transformers has no class of this family for the task."""
    family = checkpoint.config.get("model_type")
    return f"{checkpoint.name} is a {family} model, which is not made for {task}."


def check_vocabulary(checkpoint: Checkpoint, tokenizer: Any) -> None:
    """Refuse a tokenizer that transformers made up for want of files: it knows no words."""
    if len(tokenizer) - len(set(tokenizer.all_special_ids)) < 2:
        raise ModelError(
            f"{checkpoint.name} comes without the files of its tokenizer (tokenizer.json or "
            "others).\nWrite them beside the weights with tokenizer.save_pretrained(folder)."
        )


def _short(error: Exception, limit: int = 300) -> str:
    message = " ".join(str(error).split())
    if " " not in message:  # a bare key says nothing without the kind of the error
        message = f"{type(error).__name__} {message}".strip()
    return message if len(message) < limit else message[: limit - 1] + "…"
