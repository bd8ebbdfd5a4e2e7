"""What a caller may name as a model, and where it is to be put."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any, Protocol, Union, runtime_checkable

from tfwidgets.errors import InputError, ModelError
from tfwidgets.models.available import resolve_default
from tfwidgets.models.loaded import LoadedModel, MakesModel
from tfwidgets.models.session import InUse
from tfwidgets.models.tasks import of_architecture

if TYPE_CHECKING:
    import torch


class HubId(str):
    """A model's id on the hub, which is meant even where a folder here is called the same."""

    __slots__ = ()


@runtime_checkable
class MakesChoice(Protocol):
    """What stands for a model in a list, as an entry of ``tfw.hub`` does."""

    def to_choice(self) -> InUse:
        """Return what ``load`` takes for it, with its revision and the name it is shown by."""
        ...


ModelLike = Union[
    str, "PathLike[str]", tuple[Any, Any], LoadedModel, MakesModel, MakesChoice, InUse, None
]


def choice_of(model: Any) -> InUse | None:
    """Return what was chosen for the session or from a list; None for what is neither."""
    if isinstance(model, InUse):
        return model
    if isinstance(model, MakesChoice) and not isinstance(model, type):
        return model.to_choice()
    return None


def unfolded(model: Any, revision: str | None = None) -> tuple[Any, str | None]:
    """Return the model that is meant by a choice, in the revision that is asked for, or its own."""
    if (choice := choice_of(model)) is None:
        return model, revision
    return choice.model, revision or choice.revision


def check_no_revision(revision: str | None, what: str) -> None:
    """Refuse a revision of what has none: it would be taken for another state of it."""
    if revision is not None:
        raise InputError(f"A revision goes with the name of a model on the hub; {what}.")


def named(name: Any, task: str | None) -> str | PathLike[str]:
    """Return a name or a path as it is, and for None the model that is configured for the task."""
    if name is None:
        return resolve_default(task)
    if not isinstance(name, (str, PathLike)):
        raise InputError(
            f"A model is a name, a folder or a (model, tokenizer) pair, not {type(name).__name__}."
        )
    return name


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
    check_ready(model, made_for, task)
    return LoadedModel(model, tokenizer, name, "pair", task or made_for)


def check_ready(model: Any, made_for: str, task: str | None) -> None:
    """Refuse a ready model without the head for the task; a class not known here is believed."""
    if task in (None, "feature-extraction", made_for):
        return
    kind = type(model)
    if made_for != "feature-extraction" or kind.__module__.startswith("transformers."):
        raise ModelError(f"This {kind.__name__} is for {made_for}: it has no head for {task}.")
