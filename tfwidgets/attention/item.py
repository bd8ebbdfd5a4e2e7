"""One text, and what attends to what in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import index
from typing import Any

import torch

from tfwidgets.attention.capture import Pane
from tfwidgets.attention.layout import KINDS
from tfwidgets.attention.lens import Lens, Units, look
from tfwidgets.attention.matrix import Matrix
from tfwidgets.attention.rollout import Rollout
from tfwidgets.attention.tokens import Tokens
from tfwidgets.attention.weights import Weights
from tfwidgets.errors import InputError
from tfwidgets.ui.strings import Message

MEAN = "mean"
ROLLOUT = "rollout"


@dataclass(eq=False)
class Item:
    """One of the texts that are shown.

    Attributes
    ----------
    label
        What it is called in a list.
    axes
        Its sequences of tokens: [text], or [source, target].
    panes
        Its attention, one pane for each kind.
    inputs
        What the model was given; None where tensors were given instead.
    messages
        What a reader should know.
    """

    label: str
    axes: list[Tokens]
    panes: list[Pane]
    inputs: dict[str, torch.Tensor] | None = None
    messages: list[Message] = field(default_factory=list)
    _seen: dict[tuple[int, Lens], Units] = field(default_factory=dict)

    def pane(self, kind: str) -> Pane:
        """Return the attention of a kind; "self" is the text that is read, where there are two.

        Raises
        ------
        InputError
            When there is none, listing what there is.
        """
        there = {pane.kind: pane for pane in self.panes}
        if kind in there:
            return there[kind]
        if kind == "self":
            for other in ("encoder", "decoder"):
                if other in there:
                    return there[other]
        known = " or ".join(repr(name) for name in there)
        if kind not in KINDS:
            raise InputError(f"kind={kind!r} is no kind of attention; here it is {known}.")
        raise InputError(f"There is no {kind!r} attention here; kind is {known}.")

    @cached_property
    def rollout_of(self) -> Pane | None:
        """The attention that a rollout multiplies: the first of queries and keys alike.

        None where layers are missing, as their product would say nothing.
        """
        for pane in self.panes:
            if pane.queries != pane.keys:
                continue
            whole = pane.names == [str(k) for k in range(len(pane.names))]
            square = all(layer.queries == layer.keys for layer in pane.layers)
            return pane if whole and square else None
        return None

    @cached_property
    def rollout(self) -> Rollout | None:
        """The rollout of that attention."""
        return None if self.rollout_of is None else Rollout(self.rollout_of.layers)

    def rolled(self) -> tuple[Pane, Rollout]:
        """Return the attention that a rollout multiplies, and the rollout.

        Raises
        ------
        InputError
            When layers are missing, or nothing attends to its own text.
        """
        if self.rollout_of is None or self.rollout is None:
            raise InputError(
                "A rollout needs all layers of one text: capture them without layers=, and not "
                "cross attention alone."
            )
        return self.rollout_of, self.rollout

    def units(self, axis: int, lens: Lens) -> Units:
        """Return a sequence as a lens shows it."""
        key = (axis, lens)
        if key not in self._seen:
            self._seen[key] = look(self.axes[axis], lens)
        return self._seen[key]

    def matrix(self, kind: str, layer: int, heads: list[int], lens: Lens) -> Matrix:
        """Return a matrix by positions in the lists of panes, layers and heads.

        Raises
        ------
        InputError
            When there is no such layer or head.
        """
        pane, weights = self._weights(kind, layer)
        if not heads or not all(0 <= head < weights.heads for head in heads):
            raise InputError(
                f"heads={heads}: layer {pane.names[layer]} has heads 0 to {weights.heads - 1}."
            )
        return Matrix(
            weights, heads, self.units(pane.queries, lens), self.units(pane.keys, lens), lens
        )

    def _weights(self, kind: str, layer: int) -> tuple[Pane, Weights]:
        if kind == ROLLOUT:
            if self.rollout_of is None or self.rollout is None:
                raise InputError("There is no rollout here: it needs all layers of one text.")
            pane = self.rollout_of
        else:
            pane = self.pane(kind)
        if not 0 <= layer < len(pane.layers):
            raise InputError(f"There are {len(pane.layers)} layers.")
        if kind == ROLLOUT and self.rollout is not None:
            return pane, self.rollout.layer(layer)
        return pane, pane.layers[layer]


def layer_index(pane: Pane, layer: int) -> int:
    """Return where a layer of the model stands in a pane; negative numbers count from the end.

    Raises
    ------
    InputError
        When it was not captured, or does not exist.
    """
    if isinstance(layer, bool) or not hasattr(layer, "__index__"):
        raise InputError(f"layer is a number, not {layer!r}.")
    number = int(layer)
    if -len(pane.names) <= number < 0:
        return number + len(pane.names)
    if str(number) in pane.names:
        return pane.names.index(str(number))
    raise InputError(f"layer={number}: there are the layers {_numbers(pane.names)}.")


def head_list(weights: Weights, head: int | str | Sequence[int] | None) -> list[int]:
    """Return which heads are meant: one, several, or all for "mean" or None.

    Raises
    ------
    InputError
        When there is no such head.
    """
    if head is None or (isinstance(head, str) and head == MEAN):
        return list(range(weights.heads))
    try:
        chosen: list[Any] = [index(h) for h in _several(head)]
        wrong = [h for h in chosen if not -weights.heads <= h < weights.heads]
    except (TypeError, ValueError):
        chosen, wrong = [], [head]
    if wrong or not chosen:
        raise InputError(
            f"head={head!r}: a number from 0 to {weights.heads - 1}, a list of them, or 'mean'."
        )
    return [h % weights.heads for h in chosen]


def _several(head: Any) -> list[Any]:
    try:
        return [index(head)]  # arrays have __index__ too, though only those of one element answer
    except TypeError:
        return list(head)


def _numbers(names: list[str]) -> str:
    if len(names) > 1 and [int(name) for name in names] == list(
        range(int(names[0]), int(names[-1]) + 1)
    ):
        return f"{names[0]} to {names[-1]}"
    return ", ".join(names)
