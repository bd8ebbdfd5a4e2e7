"""The models in memory: each is loaded once, and those that were used last stay."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from os import PathLike, fspath
from threading import RLock

from tfwidgets.config import settings
from tfwidgets.models import session
from tfwidgets.models.checkpoints import local
from tfwidgets.models.loaded import LoadedModel

Key = tuple[object, ...]


class Kept:
    """Models by what they are: folder, task, device, trust and the state of the files, last.

    Attributes
    ----------
    one_at_a_time
        Held while a model is loaded. Widgets ask from threads of their own; two that ask at
        once shall get one model.
    models
        All of them, the one used last at the end. Who only looks at these waits for nobody.
    """

    def __init__(self) -> None:
        self.one_at_a_time = RLock()
        self.models: tuple[LoadedModel, ...] = ()
        self._models: OrderedDict[Key, LoadedModel] = OrderedDict()
        # Different questions may have one answer: load("demo/minilm") and
        # load("demo/minilm", "feature-extraction").
        self._asked: dict[Key, Key] = {}

    def __contains__(self, identity: Key) -> bool:
        return identity in self._models

    def add(self, identity: Key, model: LoadedModel) -> None:
        """Keep a model that was loaded just now."""
        self._models[identity] = model

    def answer(self, question: Key) -> Key:
        """Return what a question led to; the empty tuple, which no model has, if it is new."""
        return self._asked.get(question, ())

    def use(self, question: Key, identity: Key) -> LoadedModel:
        """Return a model that is kept, as the one used last; let go of what is too much."""
        self._asked[question] = identity
        self._models.move_to_end(identity)
        model = self._models[identity]
        # Its files were written anew: what was read of them before is of no use.
        older = [key for key in self._models if key[:-1] == identity[:-1] and key != identity]
        self._forget(older)
        self._forget(list(self._models)[: -settings().max_loaded])
        self._tell()
        return model

    def forget(self, is_meant: Callable[[LoadedModel], bool]) -> int:
        """Let go of models and free their memory; return how many."""
        with self.one_at_a_time:
            return self._forget([key for key, model in self._models.items() if is_meant(model)])

    def _forget(self, keys: list[Key]) -> int:
        for key in keys:
            del self._models[key]
        self._tell()
        if keys:
            free()
        return len(keys)

    def _tell(self) -> None:
        before, self.models = self.models, tuple(self._models.values())
        if {id(model) for model in before} != {id(model) for model in self.models}:
            session.tell()


KEPT = Kept()


def loaded() -> list[LoadedModel]:
    """Return the models in memory, the one used last at the end."""
    return list(KEPT.models)


def unload(name: str | PathLike[str] | LoadedModel | None = None) -> int:
    """Forget the models of that name, one of them, or all, and free their memory.

    Return how many. What a variable or a result still holds stays in memory until that goes.
    """
    return KEPT.forget(lambda model: is_meant(model, name))


def is_meant(model: LoadedModel, name: str | PathLike[str] | LoadedModel | None) -> bool:
    """Whether a model is called so, or lies in the folder that is; None means all."""
    if isinstance(name, LoadedModel):
        return model is name
    if name is None or model.name == fspath(name):
        return True
    return model.source == "folder" and model.folder == local(fspath(name).strip())


def free() -> None:
    """Give back the memory of models that nothing holds any more."""
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
