"""Have a model compute, and keep what attends to what, without changing the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from tfwidgets.attention.eager import check_family, run_eager
from tfwidgets.attention.heap import give_back
from tfwidgets.attention.hooks import hooks_put_back
from tfwidgets.attention.layout import KINDS, is_encoder_decoder, kinds
from tfwidgets.attention.recorder import recording
from tfwidgets.attention.weights import Weights
from tfwidgets.errors import InputError, ModelError

_LARGE = 2**24


@dataclass(frozen=True, eq=False)
class Pane:
    """The attention of one kind: all its layers, over the same queries and keys.

    Attributes
    ----------
    kind
        ``"self"``, or ``"encoder"``, ``"decoder"`` and ``"cross"``.
    layers
        The weights of each layer.
    names
        The numbers of these layers in the model: not all need have been captured.
    queries, keys
        Which sequence the rows and columns belong to: 0 for the (source) text, 1 for the
        target.
    """

    kind: str
    layers: list[Weights]
    names: list[str]
    queries: int = 0
    keys: int = 0

    @property
    def heads(self) -> int:
        """Heads of the layer that has most."""
        return max(layer.heads for layer in self.layers)

    @property
    def is_causal(self) -> bool:
        """Whether nothing attends to what comes after it."""
        return all(layer.is_causal for layer in self.layers)

    @property
    def bytes(self) -> int:
        """Bytes of memory that its layers take."""
        return sum(layer.bytes for layer in self.layers)


def capture(
    model: Any, inputs: Mapping[str, Any], *, layers: Collection[int] | None = None
) -> list[Pane]:
    """Run a model once and return its attention.

    Parameters
    ----------
    model
        A transformers model. It is run in evaluation mode, without gradients, and left as it
        was: mode, attention implementation, hooks and random state, also after an error or
        interrupt.
    inputs
        What its forward takes: tensors of shape (1, tokens).
    layers
        Which layers to keep, counted from 0 within each kind; by default all.

    Returns
    -------
    list[Pane]
        One for each kind of attention, in the order self, encoder, decoder, cross.

    Raises
    ------
    ModelError
        When the model has no attention, or one that is no matrix of queries and keys.
    InputError
        When there is no such layer.
    """
    check_family(model)
    with undisturbed(model), torch.inference_mode():
        found = _recorded(model, inputs, layers)
        if not _is_whole(model, found):
            wanted = layers
            # What the recorder did not see, the model may tell itself.
            told = run_eager(model, inputs, lambda _, number: wanted is None or number in wanted)
            found = {**told, **found}
    if not found:
        _explain_nothing(model, layers)
    panes = [_pane(kind, found[kind]) for kind in KINDS if kind in found]
    if sum(pane.bytes for pane in panes) > _LARGE:
        give_back()
    return panes


@contextmanager
def undisturbed(model: Any) -> Iterator[None]:
    """Put a model into evaluation mode for a while; its modules, hooks and chance are put back."""
    training = [module for module in model.modules() if module.training]
    devices = [model.device] if model.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices), hooks_put_back(model):
        try:
            model.eval()
            yield
        finally:
            for module in training:
                module.training = True


def _recorded(
    model: Any, inputs: Mapping[str, Any], layers: Collection[int] | None
) -> dict[str, list[tuple[str, Weights]]]:
    """Run the model with the recorder: kind -> (number of the layer, weights)."""
    kind_of = kinds(model)
    calls: Counter[str] = Counter()
    numbers: list[tuple[str, int]] = []

    def keep(module: torch.nn.Module) -> bool:
        # By order of the calls: layers that share a module (ALBERT) have no other number.
        kind = kind_of.get(id(module), "self")
        number = calls[kind]
        calls[kind] += 1
        if layers is not None and number not in layers:
            return False
        numbers.append((kind, number))
        return True

    with recording(model, keep) as recorder:
        model(**inputs)
    found: dict[str, list[tuple[str, Weights]]] = {}
    for (kind, number), (_, weights) in zip(numbers, recorder.taken, strict=True):
        found.setdefault(kind, []).append((str(number), weights))
    if calls and not found:
        _no_such_layer(layers, max(calls.values()))
    return found


def _is_whole(model: Any, found: Mapping[str, Any]) -> bool:
    if is_encoder_decoder(model):
        return {"encoder", "decoder", "cross"} <= set(found)
    return bool(found)


def _pane(kind: str, layers: list[tuple[str, Weights]]) -> Pane:
    names, weights = [name for name, _ in layers], [layer for _, layer in layers]
    return Pane(
        kind,
        weights,
        names,
        queries=int(kind in ("decoder", "cross")),
        keys=int(kind == "decoder"),
    )


def _explain_nothing(model: Any, layers: Collection[int] | None) -> None:
    depth = getattr(model.config, "num_hidden_layers", None)
    if layers is not None and depth and all(layer >= depth for layer in layers):
        _no_such_layer(layers, depth)
    raise ModelError(
        f"{type(model).__name__} ({getattr(model.config, 'model_type', '?')}) has no attention "
        "that could be captured: it neither uses the attention interface of transformers nor "
        "returns weights for output_attentions=True."
    )


def _no_such_layer(layers: Collection[int] | None, depth: int) -> None:
    named = ", ".join(map(str, sorted(layers or ())))
    raise InputError(f"layers={named}: there are {depth} layers, 0 to {depth - 1}.")
