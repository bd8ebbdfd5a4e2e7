"""The models in memory: what each takes, and what happens when one is let go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import ref

from tfwidgets.models import loaded
from tfwidgets.models.kept import KEPT
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tfwidgets.models import LoadedModel

NAME = 60
# Where a model may come from: each has words.
SOURCES = ("demo", "folder", "cache", "hub", "pair", "learner")


@dataclass(frozen=True)
class Taken:
    """A model in memory, as the panel lists it.

    Attributes
    ----------
    key
        Tells it from every other model of this process.
    name, kind, task
        What it is called, its class and what it is loaded for.
    parameters, bytes
        How many, and what they take; shared ones count once.
    dtype, device
        Of its parameters: ``"float32"``, ``"cpu"``.
    """

    key: str
    name: str
    kind: str
    task: str
    parameters: int
    bytes: int
    dtype: str
    device: str

    @classmethod
    def of(cls, model: LoadedModel) -> Taken:
        """Read it off a model."""
        return cls(
            key_of(model),
            model.name,
            type(model.model).__name__,
            model.task,
            model.parameters,
            model.bytes,
            str(getattr(model.model, "dtype", "?")).removeprefix("torch."),
            str(getattr(model.model, "device", "?")),
        )


@dataclass(frozen=True)
class Released:
    """What became of models that were unloaded.

    Attributes
    ----------
    count
        How many were let go.
    bytes
        What they took, less what is still held.
    held
        Names of those that a variable, a result or the session itself still holds.
    """

    count: int
    bytes: int
    held: tuple[str, ...]


def key_of(model: LoadedModel) -> str:
    """Return what tells a model from every other of this process."""
    return f"{id(model):x}"


def release(is_meant: Callable[[LoadedModel], bool] = lambda _: True) -> Released:
    """Unload those models that are meant, or all, and see what is still held."""
    sizes: dict[str, tuple[str, int, ref[Any]]] = {
        key_of(model): (model.name, model.bytes, ref(model.model)) for model in loaded()
    }
    count = KEPT.forget(is_meant)
    stay = {key_of(model) for model in loaded()}
    gone = [item for known, item in sizes.items() if known not in stay]
    held = [name for name, _, model in gone if model() is not None]
    freed = sum(size for _, size, model in gone if model() is None)
    return Released(count, freed, tuple(dict.fromkeys(held)))


def shown_name(name: str) -> str:
    """Write a name on one line; of a long path its end says which model it is."""
    whole = one_line(name, 10 * NAME)
    return whole if len(whole) <= NAME else "…" + whole[1 - NAME :]


def total(rows: Iterable[Taken]) -> int:
    """Return the bytes of several models."""
    return sum(row.bytes for row in rows)
