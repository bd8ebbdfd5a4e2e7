"""Load a model once per process, and only when it is what it claims to be."""

from __future__ import annotations

from os import fspath
from typing import TYPE_CHECKING, Any

from tfwidgets.models import session
from tfwidgets.models.asked import (
    ModelLike,
    check_no_revision,
    check_ready,
    device_of,
    named,
    ready_pair,
    unfolded,
)
from tfwidgets.models.checkpoints import asked_of, find
from tfwidgets.models.environment import explained
from tfwidgets.models.kept import KEPT, loaded, unload
from tfwidgets.models.loaded import LoadedModel, given_model
from tfwidgets.models.reading import announced, read_model
from tfwidgets.models.session import InUse
from tfwidgets.models.tasks import canonical

if TYPE_CHECKING:
    import torch

__all__ = ["ModelLike", "load", "loaded", "ready_pair", "saved_for", "unload"]

# A name -> what it was saved as: a few words, while to ask the hub again takes a second.
_saved_for: dict[tuple[object, ...], str] = {}


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
        offline), an entry of ``tfw.hub``, a ready ``(model, tokenizer)`` pair, a learner (its
        model as it is now), or None for the model in use (``tfw.use``), else the configured
        default.
    task
        What for, by the Hub's names (``"fill-mask"``, ``"text-classification"``, …). By
        default what the checkpoint was saved as.
    revision
        Branch, tag or commit on the hub; what is not there has none.
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
    chosen = session.in_use() if name is None else name
    with session.reminding(chosen):
        meant, revision = unfolded(chosen, revision)
        model = _load(
            meant,
            task,
            revision,
            device,
            progress=progress,
            trust_remote_code=trust_remote_code,
            allow_pickle=allow_pickle,
        )
    if isinstance(chosen, InUse) and model.revision:
        chosen.commits.add(model.revision)
    return model


def _load(
    name: Any,
    task: str | None,
    revision: str | None,
    device: str | torch.device | None,
    *,
    progress: bool,
    **trust: bool,
) -> LoadedModel:
    wanted = canonical(task) if task else None
    if (ready := _ready(name, wanted, revision)) is not None:
        return ready
    name = named(name, task)
    asked = asked_of(name)
    question = (fspath(name), wanted, revision, str(device), *trust.values(), asked)
    with KEPT.one_at_a_time:
        identity = KEPT.answer(question)
        if identity not in KEPT:
            with explained():
                checkpoint = find(
                    name,
                    revision=revision,
                    allow_pickle=trust["allow_pickle"],
                    progress=progress,
                )
                wanted = wanted or checkpoint.task
                place = device_of(device)
                state = asked if checkpoint.source == "folder" else ()
                identity = (checkpoint.folder, wanted, place, *trust.values(), state)
                if identity not in KEPT:
                    with announced(checkpoint.name, show=progress):
                        KEPT.add(identity, read_model(checkpoint, wanted, place, **trust))
        return KEPT.use(question, identity)


def _ready(model: Any, task: str | None, revision: str | None) -> LoadedModel | None:
    """Return the model that a learner, a pair or a ``LoadedModel`` is or holds; None for names."""
    if (ready := given_model(model)) is not None:
        check_ready(ready.model, ready.task, task)
    elif isinstance(model, (tuple, list)):
        ready = ready_pair(model, task)
    if ready is not None:
        check_no_revision(revision, f"{ready.name} is in memory already")
    return ready


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
    chosen = session.in_use() if name is None else name
    with session.reminding(chosen):
        meant, revision = unfolded(chosen, revision)
        if (ready := _ready(meant, None, revision)) is not None:
            return ready.task
        meant = named(meant, None)
        question = (fspath(meant), revision, allow_pickle, asked_of(meant))
        if question not in _saved_for:
            with explained():
                _saved_for[question] = find(
                    meant, revision=revision, allow_pickle=allow_pickle, progress=progress
                ).task
        return _saved_for[question]
