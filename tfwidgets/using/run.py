"""``tfw.use``: choose the model that is taken where none is named, or see which one that is."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfwidgets.errors import InputError, ModelError
from tfwidgets.models import session
from tfwidgets.models.asked import HubId, check_no_revision, choice_of, named, unfolded
from tfwidgets.models.checkpoints import Checkpoint, find, local
from tfwidgets.models.environment import explained
from tfwidgets.using.result import ModelInUse, ready_model

if TYPE_CHECKING:
    from tfwidgets.models.net import HubClient

_NOT_GIVEN: Any = object()


def use(name: Any = _NOT_GIVEN, *, revision: str | None = None) -> ModelInUse:
    """Choose the model that the magics and functions take where none is named.

    It is looked for, but not loaded and its weights are not fetched: the first call that
    needs it does that. What is trained (``tfw.learner``) is always named.

    Parameters
    ----------
    name
        A demo model, a folder (as it is called now: the notebook may go elsewhere), an id on the
        hub or an entry of ``tfw.hub``; or a learner, a ``(model, tokenizer)`` pair
        or a ``LoadedModel``, which is then held until another one is chosen. None goes back to
        the defaults (``%config TfWidgets``). Without it nothing changes.
    revision
        Branch, tag or commit on the hub; what is not there has none.

    Returns
    -------
    ModelInUse
        What is in use now, and a panel of the models in memory.

    Raises
    ------
    InputError
        When it is nothing that could be a model, or a revision is asked of what has none.
    ModelError
        When there is no such model, it cannot be reached, or it holds no weights that may be
        loaded. What was in use before stays in use.
    """
    if name is not None and name is not _NOT_GIVEN:
        return choose(name, revision)
    if revision is not None:
        raise InputError("A revision goes with the name of a model on the hub.")
    if name is None:
        session.clear()
    return ModelInUse(session.in_use())


def choose(model: Any, revision: str | None = None, client: HubClient | None = None) -> ModelInUse:
    """Choose a model, as ``use`` does.

    In another thread than the main one it needs a ``client``: that holds the person's token.
    """
    choice = choice_of(model)
    model, revision = unfolded(model, revision)
    if (ready := ready_model(model)) is not None:
        check_no_revision(revision, f"{ready.name} is in memory already")
        known: dict[str, Any] = {
            "name": ready.name,
            "source": ready.source,
            "architecture": type(ready.model).__name__,
            "task": ready.task,
        }
    else:
        found = _checkpoint(named(model, None), revision, client)
        known = {
            "name": choice.name if choice else found.name,
            "source": found.source,
            "architecture": found.architecture,
            "task": found.task,
            "commits": {found.revision} if found.revision else set(),
        }
        if found.source == "folder":  # wherever the notebook goes; a link may lead elsewhere later
            model = Path(found.name).expanduser().absolute()
        else:
            session.see([found.name])
    return ModelInUse(session.use(model, revision, **known))


def _checkpoint(
    name: str | PathLike[str], revision: str | None, client: HubClient | None
) -> Checkpoint:
    with explained():
        if here := _in_the_cache(name, revision):
            return here
        found = find(
            name,
            revision=revision,
            allow_pickle=False,
            progress=client is None,  # a button has no cell to show it in
            part="config",
            client=client,
        )
        if found.source == "cache":  # of the cache no more is asked for than its config.json
            found.check_files(allow_pickle=False)
        return found


def _in_the_cache(name: str | PathLike[str], revision: str | None) -> Checkpoint | None:
    """Return a whole copy in the hub's cache: then there is nothing to wait for."""
    if not isinstance(name, HubId) and (
        not isinstance(name, str) or name.startswith(("demo/", ".", "/", "~", "\\"))
    ):
        return None
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    here = None if isinstance(name, HubId) else local(name.strip())
    name = name.strip()
    try:
        config = try_to_load_from_cache(name, "config.json", revision=revision)
        if not isinstance(config, str) or here:  # a folder here goes first
            return None
        found = Checkpoint(name, Path(config).parent, "cache", Path(config).parent.name)
        found.check_files(allow_pickle=False)
    except (HFValidationError, ModelError, OSError, ValueError):
        return None  # the hub is asked, and says what is wrong
    return found
