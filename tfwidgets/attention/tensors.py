"""Attention that somebody has already: tensors of any library, outputs of transformers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from tfwidgets.attention.capture import Pane
from tfwidgets.attention.layout import FIELDS, KINDS
from tfwidgets.attention.weights import Dense, Weights
from tfwidgets.errors import InputError

EMPTY = (
    "{name} is empty: the model computed its attention by sdpa or another fused kernel, which "
    "returns no weights, and so output_attentions=True had no effect.\nEither let "
    "tfw.attention(text, model=(model, tokenizer)) capture it, which needs no weights; or call "
    'model.set_attn_implementation("eager") before the model is run.'
)


def from_output(output: Any) -> dict[str, Any]:
    """Return the attention in an output of a model, by kind; empty if there is none.

    A decoder's ``attentions`` beside ``cross_attentions`` are its "self". A kind that the model
    does not have at all, as cross attention in BERT, is an empty tuple beside full ones.
    """
    fields = {}
    for kind, name in FIELDS.items():
        value = output.get(name) if isinstance(output, Mapping) else getattr(output, name, None)
        if value is not None:
            fields[kind] = value
    full = {kind: value for kind, value in fields.items() if len(value)}
    return full or fields


def is_output(value: Any) -> bool:
    """Whether this is what a model or ``generate`` returned."""
    if isinstance(value, Mapping):
        # transformers' outputs leave out what they do not have.
        return hasattr(value, "to_tuple") or any(name in value for name in FIELDS.values())
    return not isinstance(value, (list, tuple)) and any(
        hasattr(value, name) for name in FIELDS.values()
    )


def read_layers(name: str, value: Any) -> list[torch.Tensor]:
    """Return the layers of one kind of attention: float, (texts, heads, queries, keys) each.

    Parameters
    ----------
    name
        What the caller calls it, for messages.
    value
        A sequence of layers, or one array of five dimensions with the layers first; each layer
        (texts, heads, queries, keys), or (heads, queries, keys) for one text. Or what
        ``generate(output_attentions=True)`` returns: for each step its layers, the first step
        for the whole prompt.

    Raises
    ------
    InputError
        When it is empty, or no such thing; the message gives expected and given shapes.
    """
    if not isinstance(value, (list, tuple)):
        array = to_tensor(name, value)
        if array.dim() not in (4, 5):
            raise _wrong_shape(name, array)
        # Four dimensions: layers of one text.
        value = list(array)
    if len(value) == 0:
        raise InputError(EMPTY.format(name=name))
    if isinstance(value[0], (list, tuple)) and not _is_number_list(value[0]):
        return _from_steps(name, value)
    if any(layer is None for layer in value):
        raise InputError(
            f"{name} has layers without weights (None): the model was run with an implementation "
            'that returns none. model.set_attn_implementation("eager") makes it return them.'
        )
    layers = []
    for number, layer in enumerate(value):
        tensor = to_tensor(f"{name}[{number}]", layer)
        if tensor.dim() == 3:
            tensor = tensor[None]
        if tensor.dim() != 4:
            raise _wrong_shape(f"{name}[{number}]", tensor)
        layers.append(tensor)
    first = layers[0].shape
    if not all(first):
        raise InputError(
            f"{name}[0] has the shape {tuple(first)}: there are no texts, heads or tokens in it."
        )
    for number, layer in enumerate(layers):
        if layer.shape[0] != first[0] or layer.shape[2:] != first[2:]:
            raise InputError(
                f"{name}[{number}] has the shape {tuple(layer.shape)}, {name}[0] "
                f"{tuple(first)}: all layers need the same texts, queries and keys."
            )
    return layers


def to_tensor(name: str, value: Any) -> torch.Tensor:
    """Return an array of torch, NumPy, JAX, TensorFlow or nested lists as a tensor on the CPU.

    What is shared with the array stays shared; nothing writes to it.
    """
    if torch.is_tensor(value):
        tensor = value.detach().to("cpu")
    else:
        numpy = getattr(value, "numpy", None)
        try:
            array = np.asarray(numpy() if callable(numpy) else value)
            if not array.dtype.isnative:  # as files of other machines have it
                array = array.astype(array.dtype.newbyteorder("="))
            if array.dtype.name == "bfloat16":  # of JAX: NumPy itself has none
                array = array.astype(np.float32)
            if array.dtype == object or not (
                np.issubdtype(array.dtype, np.number) or array.dtype == bool
            ):
                raise TypeError(f"dtype {array.dtype}")
            if not array.flags.writeable or any(stride < 0 for stride in array.strides):
                array = array.copy()
            tensor = torch.from_numpy(np.ascontiguousarray(array))
        except (TypeError, ValueError, RuntimeError) as error:
            raise InputError(
                f"{name} is {type(value).__name__}: expected arrays of weights of shape (texts, "
                f"heads, queries, keys), one for each layer ({error})."
            ) from None
    return tensor if tensor.is_floating_point() else tensor.float()


def panes(given: Mapping[str, list[torch.Tensor]], text: int, layers: Any) -> list[Pane]:
    """Return the attention of one text.

    Raises
    ------
    InputError
        When a layer is not there. Layers are counted for each kind by itself.
    """
    result = []
    two = "self" not in given
    layers = _numbers(layers)
    for kind in KINDS:
        if kind not in given:
            continue
        mine = given[kind]
        chosen = range(len(mine)) if layers is None else sorted(set(layers))
        kept: list[tuple[str, Weights]] = [
            (str(k), Dense(mine[k][text])) for k in chosen if 0 <= k < len(mine)
        ]
        if not kept:
            continue
        result.append(
            Pane(
                kind,
                [weights for _, weights in kept],
                [name for name, _ in kept],
                queries=int(two and kind in ("decoder", "cross")),
                keys=int(two and kind == "decoder"),
            )
        )
    depth = max(map(len, given.values()))
    beyond = [k for k in layers or () if not 0 <= k < depth]
    if beyond or not result:
        raise InputError(f"include_layers={list(layers or ())}: there are layers 0 to {depth - 1}.")
    return result


def _numbers(layers: Any) -> list[int] | None:
    if layers is None:
        return None
    listed = [layers] if hasattr(layers, "__index__") else layers
    if isinstance(listed, (str, bytes)) or not isinstance(listed, Iterable):
        listed = [None]
    numbers = list(listed)
    if not all(hasattr(number, "__index__") for number in numbers):
        raise InputError(f"include_layers={layers!r}: expected numbers of layers, such as [0, 5].")
    return [int(number) for number in numbers]


def _from_steps(name: str, steps: Sequence[Any]) -> list[torch.Tensor]:
    """Join the steps of ``generate``: each adds rows (and keys) to every layer.

    With a cache a step has the queries of its new token alone; without, all of them.
    """
    read = [[to_tensor(f"{name}[{k}]", layer) for layer in step] for k, step in enumerate(steps)]
    if not read[0]:
        raise InputError(EMPTY.format(name=name))
    for step in read:
        for layer in step:
            if layer.dim() != 4:
                raise _wrong_shape(name, layer)
    if len({len(step) for step in read}) > 1 or len({len(step[0]) for step in read}) > 1:
        raise InputError(
            f"{name} differs in layers or texts from step to step: expected what "
            "generate(output_attentions=True, return_dict_in_generate=True) returns, without beams."
        )
    prompt = max(layer.shape[-1] for layer in read[0])
    # Cross attention has the keys of the source at each step; else there is one more.
    grows = not name.startswith("cross")
    keys = prompt + (len(read) - 1) * grows
    layers = []
    for number in range(len(read[0])):
        rows: list[torch.Tensor] = []
        for k, step in enumerate(read):
            layer = step[number]
            fresh = layer if k == 0 else layer[:, :, -1:]
            known = prompt + k * grows
            # A layer with a sliding window has the last keys only.
            before = known - fresh.shape[-1]
            if before < 0:
                raise _wrong_shape(f"{name}[{k}][{number}]", layer)
            rows.append(torch.nn.functional.pad(fresh, (before, keys - known)))
        layers.append(torch.cat(rows, dim=2))
    return layers


def _is_number_list(value: Any) -> bool:
    """Whether nested lists hold numbers: then they are one layer, and not a step."""
    while isinstance(value, (list, tuple)) and value:
        value = value[0]
    return isinstance(value, (int, float))


def _wrong_shape(name: str, array: torch.Tensor) -> InputError:
    return InputError(
        f"{name} has the shape {tuple(array.shape)}: expected (texts, heads, queries, keys) or, "
        "for one text, (heads, queries, keys); one such array for each layer."
    )
