"""Load a model once per process, and only when it is what it claims to be."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike, fspath
from threading import RLock
from typing import TYPE_CHECKING, Any, Union

from tfwidgets.config import settings
from tfwidgets.errors import InputError, ModelError
from tfwidgets.models import demo
from tfwidgets.models.available import resolve_default
from tfwidgets.models.checkpoints import Checkpoint, find, written
from tfwidgets.models.environment import explained
from tfwidgets.models.loaded import LoadedModel, MakesModel, given_model
from tfwidgets.models.quiet import quiet
from tfwidgets.models.tasks import AUTO_CLASSES, canonical, of_architecture
from tfwidgets.ui.progress import Progress
from tfwidgets.ui.strings import translate

if TYPE_CHECKING:
    import torch

ModelLike = Union[str, "PathLike[str]", tuple[Any, Any], LoadedModel, MakesModel, None]

# Weights that a base model may lack: its pooler serves heads only, and is never used here.
_UNUSED_WITHOUT_HEAD = ("pooler.",)

# What was asked for -> which model that is -> the model. Different questions may have one
# answer: load("demo/minilm") and load("demo/minilm", "feature-extraction").
_asked: dict[tuple[object, ...], tuple[object, ...]] = {}
_models: OrderedDict[tuple[object, ...], LoadedModel] = OrderedDict()
# A name -> what it was saved as: a few words, while to ask the hub again takes a second.
_saved_for: dict[tuple[object, ...], str] = {}
# Widgets ask from threads of their own; two that ask at once shall get one model.
_one_at_a_time = RLock()


def load(
    name: ModelLike,
    task: str | None = None,
    *,
    revision: str | None = None,
    device: str | torch.device | None = None,
    trust_remote_code: bool = False,
    allow_pickle: bool = False,
    progress: bool = True,
) -> LoadedModel:
    """Load a model with its tokenizer, or return it if it is already in memory.

    Parameters
    ----------
    name
        A demo model (``"demo/minilm"``), a folder, an id on the hub (from its cache when
        offline), a ready ``(model, tokenizer)`` pair, a learner (its model as it is now), or
        None for the configured default.
    task
        What for, by the Hub's names (``"fill-mask"``, ``"text-classification"``, …). By
        default what the checkpoint was saved as.
    revision
        Branch, tag or commit on the hub.
    device
        Where to put it; by default a GPU where torch sees one.
    trust_remote_code
        Run Python code that comes with the model. Only for authors that you trust.
    allow_pickle
        Load weights from pickles, which can run any code. Only for authors that you trust.
    progress
        Show the progress of a conversion.

    Raises
    ------
    ModelError
        When the model is unknown, unreachable, not to be trusted, or lacks the head that
        the task needs: a head that was never trained would answer at random.
    EnvironmentProblem
        When installed packages do not fit each other.
    """
    wanted = canonical(task) if task else None
    if (ready := given_model(name)) is not None:
        _check_ready(ready.model, ready.task, wanted)
        return ready
    if isinstance(name, (tuple, list)):
        return ready_pair(name, wanted)
    name = named(name, task)
    trust = (trust_remote_code, allow_pickle)
    state = written(name)
    question = (fspath(name), wanted, revision, str(device), *trust, state)
    with _one_at_a_time:
        identity = _asked.get(question, ())
        if identity not in _models:
            with explained():
                checkpoint = find(
                    name, revision=revision, allow_pickle=allow_pickle, progress=progress
                )
                wanted = wanted or checkpoint.task
                place = device_of(device)
                identity = (checkpoint.folder, wanted, place, *trust, state)
                if identity not in _models:
                    with announced(checkpoint.name, show=progress):
                        _models[identity] = _load(checkpoint, wanted, place, *trust)
            _asked[question] = identity
        _models.move_to_end(identity)
        _forget([key for key in _models if key[:-1] == identity[:-1] and key != identity])
        _forget(list(_models)[: -settings().max_loaded])
        return _models[identity]


def saved_for(
    name: ModelLike,
    *,
    revision: str | None = None,
    allow_pickle: bool = False,
    progress: bool = True,
) -> str:
    """Return the task that ``load`` would load a model for, without loading it.

    Raises
    ------
    ModelError
        When the model is unknown, unreachable or not to be trusted.
    """
    if (ready := given_model(name)) is not None:
        return ready.task
    if isinstance(name, (tuple, list)):
        return ready_pair(name).task
    name = named(name, None)
    question = (fspath(name), revision, allow_pickle, written(name))
    if question not in _saved_for:
        with explained():
            _saved_for[question] = find(
                name, revision=revision, allow_pickle=allow_pickle, progress=progress
            ).task
    return _saved_for[question]


def loaded() -> list[LoadedModel]:
    """Return the models in memory, the one used last at the end."""
    return list(_models.values())


def unload(name: str | PathLike[str] | None = None) -> int:
    """Forget the models of that name, or all, and free their memory. Return how many."""
    with _one_at_a_time:
        return _forget(
            [key for key, model in _models.items() if name is None or model.name == fspath(name)]
        )


def named(name: Any, task: str | None) -> str | PathLike[str]:
    """Return a name or a path as it is, and for None the model that is configured for the task."""
    if name is None:
        return resolve_default(task)
    if not isinstance(name, (str, PathLike)):
        raise InputError(
            f"A model is a name, a folder or a (model, tokenizer) pair, not {type(name).__name__}."
        )
    return name


def announced(name: str, *, show: bool) -> Progress:
    """Say in the notebook that a model is being loaded."""
    return Progress(translate("progress", "what.load", name=name), 0, "", show=show)


def _forget(keys: list[tuple[object, ...]]) -> int:
    for key in keys:
        del _models[key]
    if keys:
        import gc

        import torch

        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
    return len(keys)


def device_of(device: str | torch.device | None) -> torch.device:
    """Return the device that is meant; by default a GPU where torch sees one."""
    import torch

    try:
        return torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    except (RuntimeError, TypeError):
        raise InputError(f"{device!r} is no device: cpu, cuda, cuda:1, mps, …") from None


def ready_pair(pair: Any, task: str | None = None) -> LoadedModel:
    """Return a ready model as it is, if it has the head for the task."""
    if len(pair) != 2 or not hasattr(pair[0], "config") or not callable(pair[1]):
        raise InputError("A ready model is a pair: (model, tokenizer).")
    model, tokenizer = pair
    name = str(getattr(model.config, "_name_or_path", "") or type(model).__name__)
    made_for = of_architecture(type(model).__name__)
    _check_ready(model, made_for, task)
    return LoadedModel(model, tokenizer, name, "pair", task or made_for)


def _check_ready(model: Any, made_for: str, task: str | None) -> None:
    """Refuse a ready model without the head for the task; a class not known here is believed."""
    if task in (None, "feature-extraction", made_for):
        return
    kind = type(model)
    if made_for != "feature-extraction" or kind.__module__.startswith("transformers."):
        raise ModelError(f"This {kind.__name__} is for {made_for}: it has no head for {task}.")


def _load(
    checkpoint: Checkpoint,
    task: str,
    device: torch.device,
    trust_remote_code: bool,
    allow_pickle: bool,
) -> LoadedModel:
    import torch
    import transformers

    _check_saved_for(checkpoint, task)
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
    _check_head(checkpoint, task, report)
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


def _check_saved_for(checkpoint: Checkpoint, task: str) -> None:
    """Refuse a head that was trained for another task, though its weights would fit.

    Those of a classifier for texts and for tokens have the same names and shapes.
    """
    if checkpoint.task not in (task, "feature-extraction") and task != "feature-extraction":
        raise ModelError(_no_head(checkpoint, task, "."))


def _check_head(checkpoint: Checkpoint, task: str, report: dict[str, Any]) -> None:
    missing = sorted(str(key) for key in report["missing_keys"])
    if task == "feature-extraction":
        missing = [key for key in missing if not key.startswith(_UNUSED_WITHOUT_HEAD)]
    missing += sorted(str(key[0]) for key in report["mismatched_keys"])
    if not missing:
        return
    named = ", ".join(missing[:2]) + (", …" if len(missing) > 2 else "")
    if task == checkpoint.task:
        raise ModelError(
            f"{checkpoint.name} is not whole: {len(missing)} of its weights are missing ({named}), "
            "so it would answer at random."
        )
    because = f": {len(missing)} weights are missing ({named}), so it would answer at random."
    raise ModelError(_no_head(checkpoint, task, because))


def _no_head(checkpoint: Checkpoint, task: str, because: str) -> str:
    fitting = [d.name for d in demo.CATALOG.values() if d.task == task]
    instead = f" A demo model for it: {', '.join(fitting)}." if fitting else ""
    return (
        f"{checkpoint.name} has no trained head for {task}{because}\n"
        f"It was saved as {checkpoint.architecture}, for {checkpoint.task}.{instead}"
    )
