"""The model in use, with what is known about it."""

from __future__ import annotations

import os
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tfwidgets.config import settings
from tfwidgets.errors import InputError
from tfwidgets.models import LoadedModel, given_model, load, loaded
from tfwidgets.models.asked import ready_pair
from tfwidgets.models.available import DEFAULTS
from tfwidgets.models.session import InUse, in_use
from tfwidgets.models.tasks import of_architecture
from tfwidgets.ui.amounts import short_count, short_size
from tfwidgets.ui.console import text_table
from tfwidgets.ui.shown import Shown
from tfwidgets.using.memory import Taken, release, shown_name, total

if TYPE_CHECKING:
    from tfwidgets.using.memory import Released


class ModelInUse(Shown):
    """The model that is taken where none is named; shown as a panel of all models in memory.

    Attributes
    ----------
    name
        What it is called, as it was typed; None where the configured defaults hold.
    revision
        Branch, tag or commit that was asked for; None for the newest.
    """

    view: ClassVar[str] = "tfwidgets.using.widget:UsingView"
    picture: ClassVar[str] = "tfwidgets.using.static:draw"

    def __init__(self, chosen: InUse | None) -> None:
        self._chosen = chosen
        self.name = chosen.name if chosen else None
        self.revision = chosen.revision if chosen else None

    @property
    def source(self) -> str | None:
        """``"demo"``, ``"folder"``, ``"cache"``, ``"hub"``, ``"learner"`` or ``"pair"``."""
        if (model := self.loaded) is not None:
            return model.source
        return self._chosen.source if self._chosen else None

    @property
    def architecture(self) -> str | None:
        """Class that the checkpoint was saved as: ``"BertForMaskedLM"``.

        Of a branch that has gone on since it was chosen, that of what was loaded.
        """
        if (model := self.loaded) is not None and (name := saved_as(model)):
            return name
        return self._chosen.architecture if self._chosen else None

    @property
    def task(self) -> str | None:
        """What that class is for, as the Hub calls it."""
        if (model := self.loaded) is not None and (name := saved_as(model)):
            return of_architecture(name) if model.folder else model.task
        return self._chosen.task if self._chosen else None

    @property
    def in_use(self) -> bool:
        """Whether it still is: another one may have been chosen since."""
        return in_use() is self._chosen

    @property
    def loaded(self) -> LoadedModel | None:
        """The model, if it is in memory; of several tasks the one used last."""
        if self._chosen is None:
            return None
        if (ready := ready_model(self._chosen.model)) is not None:
            return ready
        return next((model for model in reversed(loaded()) if is_of(model, self._chosen)), None)

    @property
    def parameters(self) -> int | None:
        """Number of its parameters; None until it is loaded."""
        return model.parameters if (model := self.loaded) else None

    @property
    def bytes(self) -> int | None:
        """Bytes that they take in memory; None until it is loaded."""
        return model.bytes if (model := self.loaded) else None

    @property
    def others(self) -> list[LoadedModel]:
        """The other models in memory, the one used last at the end."""
        return [m for m in loaded() if self._chosen is None or not is_of(m, self._chosen)]

    def load(self, task: str | None = None, **options: Any) -> LoadedModel:
        """Load it, as ``tfw.load`` does; for its own task unless another is named.

        Raises
        ------
        InputError
            When no model is in use.
        ModelError
            When it cannot be reached, or lacks the task's head.
        """
        return load(self.to_choice(), task, **options)

    def unload(self) -> int:
        """Free its memory; it stays in use, and is loaded again when it is needed.

        Return how many models were let go: there is one for each task.
        """
        return self.release().count if self._chosen else 0

    def release(self) -> Released:
        """Free its memory, and say what of it is still held; of others of its name nothing."""
        chosen = self._chosen
        return release(lambda model: chosen is not None and is_of(model, chosen))

    def to_choice(self) -> InUse:
        """Return it for ``tfw.load`` and its kin, which take it like a name.

        Raises
        ------
        InputError
            When no model is in use.
        """
        if self._chosen is None:
            raise InputError("No model is in use: tfw.use(name) chooses one.")
        return self._chosen

    def __repr__(self) -> str:
        rows = [Taken.of(model) for model in loaded()]
        lines = [self._line(), *(f"  {line}" for line in self._memory(rows))]
        return "\n".join(lines)

    def _line(self) -> str:
        if self._chosen is None:
            defaults = ", ".join(f"{name} for {task}" for task, name in defaults_now())
            return f"no model is in use; the defaults are {defaults}"
        known = [self.architecture, self.task and f"for {self.task}", self.source, self.revision]
        line = f"{shown_name(self.name or '')} ({', '.join(k for k in known if k)})"
        if not self.in_use:
            return f"{line}, no longer in use"
        return f"{line}, in use" + ("" if self.loaded else "; not loaded yet")

    def _memory(self, rows: list[Taken]) -> list[str]:
        if not rows:
            return ["no models in memory"]
        cells = [
            (
                shown_name(row.name),
                row.kind,
                row.task,
                row.dtype,
                row.device,
                short_count(row.parameters),
                short_size(row.bytes),
            )
            for row in rows
        ]
        header = ("name", "class", "task", "dtype", "device", "parameters", "memory")
        count = "1 model" if len(rows) == 1 else f"{len(rows)} models"
        table = text_table(header, cells, right=2)
        return [f"{count} in memory, {short_size(total(rows))}", *table.split("\n")]


def ready_model(model: Any) -> LoadedModel | None:
    """Return the model that a learner, a pair or a LoadedModel is or holds; None for names."""
    if isinstance(model, (tuple, list)):
        return ready_pair(model)
    return given_model(model)


def is_of(model: LoadedModel, chosen: InUse) -> bool:
    """Whether a model in memory is the one that was chosen, in the revision that was."""
    meant = chosen.model
    if isinstance(meant, LoadedModel):
        return model is meant
    if isinstance(meant, (tuple, list)):
        return model.model is meant[0]
    if isinstance(meant, PathLike):
        # What was loaded stays in memory when its folder is gone.
        return model.source == "folder" and model.folder == Path(os.path.realpath(meant))
    if model.name != meant or model.source == "folder":
        return False
    return chosen.revision is None or model.revision in {chosen.revision, *chosen.commits}


def saved_as(model: LoadedModel) -> str | None:
    """Return the class that a checkpoint was saved as, or that a ready model is of."""
    if model.folder is None:
        return type(model.model).__name__
    names = getattr(model.model.config, "architectures", None)
    return str(names[0]) if names else None


def defaults_now() -> list[tuple[str, str]]:
    """Return the tasks with a configured model, and that model."""
    return [(task, str(getattr(settings(), trait))) for task, trait in DEFAULTS.items()]
