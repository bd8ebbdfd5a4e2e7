"""Which kind a model is, told from its configuration: no weights are read."""

from __future__ import annotations

from os import PathLike
from types import SimpleNamespace
from typing import Any

from tfwidgets.models.asked import unfolded
from tfwidgets.models.checkpoints import find
from tfwidgets.models.environment import explained
from tfwidgets.models.loaded import LoadedModel, given_model
from tfwidgets.models.quiet import quiet


def model_kind(
    model: Any,
    *,
    revision: str | None = None,
    allow_pickle: bool = False,
    progress: bool = True,
) -> str | None:
    """Return ``"encoder"``, ``"decoder"`` or ``"encoder-decoder"``; None where it cannot be told.

    Parameters
    ----------
    model
        Whatever ``tfw.load`` takes. Of a name on the hub only config.json is fetched.
    revision, allow_pickle, progress
        As for ``tfw.load``.

    Raises
    ------
    ModelError
        When there is no such model, it cannot be reached, or its weights are not to be trusted.
    """
    model, revision = unfolded(model, revision)
    if (ready := given_model(model)) is not None:
        return ready.kind
    if isinstance(model, (tuple, list)) and model and hasattr(model[0], "config"):
        return LoadedModel(model[0], None, "", "pair", "").kind
    if not isinstance(model, (str, PathLike)):
        return None
    with explained():
        import transformers

        checkpoint = find(
            model,
            revision=revision,
            allow_pickle=allow_pickle,
            progress=progress,
            part="config",
        )
        with quiet():
            try:
                config = transformers.AutoConfig.from_pretrained(
                    checkpoint.folder, local_files_only=True, trust_remote_code=False
                )
            except (OSError, ValueError):  # code of its own, or broken: loading will say so
                return None
    stand_in = LoadedModel(SimpleNamespace(config=config), None, "", "folder", "")
    return stand_in.kind
