"""Load a model once per process, and only when it is what it claims to be."""

from __future__ import annotations

from collections import OrderedDict
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Union

from tfwidgets.config import settings
from tfwidgets.errors import InputError, ModelError
from tfwidgets.models import demo
from tfwidgets.models.available import resolve_default
from tfwidgets.models.checkpoints import Checkpoint, find
from tfwidgets.models.environment import explained
from tfwidgets.models.loaded import LoadedModel
from tfwidgets.models.quiet import quiet
from tfwidgets.models.tasks import AUTO_CLASSES, canonical, of_architecture
from tfwidgets.ui.progress import Progress
from tfwidgets.ui.strings import translate

if TYPE_CHECKING:
    import torch

ModelLike = Union[str, "PathLike[str]", tuple[Any, Any], LoadedModel, None]

# Weights that a base model may lack: its pooler serves heads only, and is never used here.
_UNUSED_WITHOUT_HEAD = ("pooler.",)

# What was asked for -> which model that is -> the model. Different questions may have one
# answer: load("demo/minilm") and load("demo/minilm", "feature-extraction").
_asked: dict[tuple[object, ...], tuple[object, ...]] = {}
_models: OrderedDict[tuple[object, ...], LoadedModel] = OrderedDict()


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
        offline), a ready ``(model, tokenizer)`` pair, or None for the configured default.
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
    if isinstance(name, LoadedModel):
        return name
    if isinstance(name, (tuple, list)):
        return _pair(*name)
    if name is None:
        name = resolve_default(task)
    if not isinstance(name, (str, PathLike)):
        raise InputError(
            f"A model is a name, a folder or a (model, tokenizer) pair, not {type(name).__name__}."
        )
    wanted = task and canonical(task)
    trust = (trust_remote_code, allow_pickle)
    question = (fspath(name), wanted, revision, str(device), *trust)
    identity = _asked.get(question, ())
    if identity not in _models:
        with explained():
            checkpoint = find(
                fspath(name), revision=revision, allow_pickle=allow_pickle, progress=progress
            )
            wanted = wanted or checkpoint.task
            identity = (checkpoint.folder, wanted, str(device), *trust)
            if identity not in _models:
                with _announced(checkpoint.name, show=progress):
                    _models[identity] = _load(checkpoint, wanted, device, *trust)
        _asked[question] = identity
    _models.move_to_end(identity)
    while len(_models) > settings().max_loaded:
        _models.popitem(last=False)
    return _models[identity]


def loaded() -> list[LoadedModel]:
    """Return the models in memory, the one used last at the end."""
    return list(_models.values())


def unload(name: str | PathLike[str] | None = None) -> int:
    """Forget the models of that name, or all, and free their memory. Return how many."""
    gone = [key for key, model in _models.items() if name is None or model.name == fspath(name)]
    for key in gone:
        del _models[key]
    if gone:
        _free()
    return len(gone)


def _announced(name: str, *, show: bool) -> Progress:
    return Progress(translate("progress", "what.load", name=name), 0, "", show=show)


def _free() -> None:
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _pair(*pair: Any) -> LoadedModel:
    if len(pair) != 2 or not hasattr(pair[0], "config") or not callable(pair[1]):
        raise InputError("A ready model is a pair: (model, tokenizer).")
    model, tokenizer = pair
    name = str(getattr(model.config, "_name_or_path", "") or type(model).__name__)
    return LoadedModel(model, tokenizer, name, "pair", of_architecture(type(model).__name__))


def _load(
    checkpoint: Checkpoint,
    task: str,
    device: str | torch.device | None,
    trust_remote_code: bool,
    allow_pickle: bool,
) -> LoadedModel:
    import torch
    import transformers

    auto = getattr(transformers, AUTO_CLASSES[task])
    options: dict[str, Any] = {
        "local_files_only": True,
        "trust_remote_code": trust_remote_code,
    }
    with quiet():
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint.folder, **options)
            model, report = auto.from_pretrained(
                checkpoint.folder,
                output_loading_info=True,
                use_safetensors=None if allow_pickle else True,
                **options,
            )
        except (ValueError, OSError) as error:
            raise _refused(checkpoint, task, error) from error
    _check_head(checkpoint, task, report)
    model.eval()
    model.to(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    return LoadedModel(
        model,
        tokenizer,
        checkpoint.name,
        checkpoint.source,
        task,
        checkpoint.revision,
        checkpoint.folder,
    )


def _refused(checkpoint: Checkpoint, task: str, error: Exception) -> Exception:
    message = " ".join(str(error).split())
    if "trust_remote_code" in message:
        return ModelError(
            f"{checkpoint.name} needs Python code that comes with it, which is not run unasked.\n"
            f"If you trust its authors: tfw.load({checkpoint.name!r}, trust_remote_code=True)."
        )
    if "Unrecognized configuration class" in message:
        family = checkpoint.config.get("model_type")
        return ModelError(f"{checkpoint.name} is a {family} model, which is not made for {task}.")
    short = message if len(message) < 300 else message[:299] + "…"
    return ModelError(f"{checkpoint.name} cannot be loaded: {short}")


def _check_head(checkpoint: Checkpoint, task: str, report: dict[str, Any]) -> None:
    missing = sorted(str(key) for key in report["missing_keys"])
    if task == "feature-extraction":
        missing = [key for key in missing if not key.startswith(_UNUSED_WITHOUT_HEAD)]
    missing += sorted(str(key[0]) for key in report["mismatched_keys"])
    if not missing:
        return
    fitting = [d.name for d in demo.CATALOG.values() if d.task == task]
    instead = f" A demo model for it: {', '.join(fitting)}." if fitting else ""
    raise ModelError(
        f"{checkpoint.name} has no trained head for {task}: {len(missing)} of its weights are "
        f"missing ({', '.join(missing[:2])}, …), so it would answer at random.\n"
        f"It was saved as {checkpoint.architecture}, for {checkpoint.task}.{instead}"
    )
