"""Weights from a model's own output, for families that compute attention in their own way.

XLM, XLNet, DeBERTa, MPNet, BLOOM … do not ask the attention interface: they return their weights
when they are asked for (``output_attentions=True``), all of them, as (1, heads, queries, keys).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from tfwidgets.attention.implementation import using
from tfwidgets.attention.layout import FIELDS
from tfwidgets.attention.weights import Dense, Weights
from tfwidgets.errors import ModelError
from tfwidgets.models.families import NO_ATTENTION, NO_MATRICES, has_matrices

# Above this many weights a matrix is kept in half precision: its error stays far below what a
# picture can show.
_LARGE = 1024 * 1024


def check_family(model: Any) -> None:
    """Refuse a family whose attention is no matrix of queries and keys, by its name."""
    family = str(getattr(model.config, "model_type", ""))
    if has_matrices(family, getattr(model.config, "attention_type", None)):
        return
    if family in NO_ATTENTION:
        raise ModelError(
            f"A {family} model ({type(model).__name__}) mixes tokens without attention: there are "
            "no weights to look at."
        )
    raise ModelError(
        f"The attention of this {type(model).__name__} cannot be shown: {NO_MATRICES[family]}."
    )


def run_eager(
    model: Any, inputs: Mapping[str, Any], keep: Callable[[str, int], bool]
) -> dict[str, list[tuple[str, Weights]]]:
    """Return the weights that the model itself returns: kind -> (number of the layer, weights)."""
    with using(model, "eager"):
        output = model(**inputs, output_attentions=True, return_dict=True)
    found: dict[str, list[tuple[str, Weights]]] = {}
    for kind, name in FIELDS.items():
        layers = getattr(output, name, None) or ()
        for number, layer in enumerate(layers):
            if not torch.is_tensor(layer) or not keep(kind, number):
                continue
            if layer.dim() != 4 or len(layer) != 1:
                raise ModelError(
                    f"The attention of this {type(model).__name__} cannot be shown: its layers "
                    f"return weights of shape {tuple(layer.shape)}, not "
                    "(1, heads, queries, keys)."
                )
            found.setdefault(kind, []).append((str(number), Dense(_kept(layer[0]))))
    return found


def _kept(layer: torch.Tensor) -> torch.Tensor:
    layer = layer.detach().to("cpu")
    return layer.half() if layer[0].numel() > _LARGE else layer
