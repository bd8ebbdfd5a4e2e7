"""Read tensors, tokens and their shapes from what the caller has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch

from tfwidgets.attention.item import Item
from tfwidgets.attention.notes import note
from tfwidgets.attention.tensors import from_output, is_output, panes, read_layers
from tfwidgets.attention.tokens import Tokens, from_pieces
from tfwidgets.errors import InputError
from tfwidgets.ui.strings import Message
from tfwidgets.ui.text import one_line

_NAMES = {
    "self": "attention",
    "encoder": "encoder_attention",
    "decoder": "decoder_attention",
    "cross": "cross_attention",
}
_SIDES = ("encoder_tokens", "decoder_tokens")


def read(
    given: Mapping[str, Any],
    tokens: Sequence[Any],
    *,
    sentence_b_start: int | None,
    layers: Sequence[int] | None,
) -> tuple[list[Item], list[Message]]:
    """Return the texts of given tensors, and what a reader should know of them.

    Raises
    ------
    InputError
        When shapes or tokens do not fit.
    """
    found = {kind: value for kind, value in given.items() if value is not None}
    if is_output(found.get("self")):
        found = from_output(found["self"])
        if not found:
            raise InputError(
                "This output has no attentions: call the model with output_attentions=True, with "
                'its attention set to "eager"; or let tfw.attention(text, model=…) capture it.'
            )
    if not found:
        raise InputError(
            "There is no attention: pass attention=, or for an encoder-decoder some of "
            "encoder_attention=, decoder_attention= and cross_attention=."
        )
    if "self" in found and set(found) - {"self", "cross"}:
        raise InputError(
            "attention= is for models with one stack: with an encoder-decoder use "
            "encoder_attention=, decoder_attention=, cross_attention=."
        )
    stacked = {kind: read_layers(_NAMES[kind], value) for kind, value in found.items()}
    if "self" in stacked and "cross" in stacked:
        stacked["decoder"] = stacked.pop("self")  # a decoder's own, beside its cross attention
    if tokens and len(tokens) == 1 and "self" not in stacked:
        raise InputError(
            "tokens= goes with attention=: for encoder-decoders pass encoder_tokens= and "
            "decoder_tokens=."
        )
    grown = {kind for kind, value in found.items() if _is_generated(value)}
    texts = {len(stack[0]) for stack in stacked.values()}
    if len(texts) > 1:
        raise InputError(
            f"The kinds of attention are for {sorted(texts)} texts: expected one number."
        )
    count = texts.pop()
    sides = [
        _side(number, given_tokens, stacked, count, bool(grown))
        for number, given_tokens in enumerate(_sides(stacked, tokens))
    ]
    if sentence_b_start is not None and len(sides) > 1:
        raise InputError("sentence_b_start goes with attention=, which has one text.")
    items = []
    for number in range(count):
        axes = [_axis(side[number], sentence_b_start) for side in sides]
        label = one_line(" ".join(axes[0].labels), 60)
        items.append(Item(label, axes, panes(stacked, number, layers)))
        items[-1].messages += _strange(items[-1])
    return items, []


def _sides(stacked: Mapping[str, list[torch.Tensor]], tokens: Sequence[Any]) -> list[Any]:
    if "self" in stacked:
        return [tokens[0] if len(tokens) == 1 else None]
    return list(tokens) if len(tokens) == 2 else [None, None]


def _side(
    number: int,
    tokens: Any,
    stacked: Mapping[str, list[torch.Tensor]],
    count: int,
    grown: bool,
) -> list[list[str]]:
    """Return the tokens of each text on one side, checked against all matrices that have it."""
    one = "self" in stacked
    name = "tokens" if one else _SIDES[number]
    sizes: dict[int, str] = {}
    for kind, stack in stacked.items():
        rows = number == int(not one and kind in ("decoder", "cross"))
        columns = number == int(not one and kind == "decoder")
        shape = stack[0].shape
        for matters, size in ((rows, shape[2]), (columns, shape[3])):
            if matters:
                sizes[int(size)] = f"{_NAMES[kind]} has the shape {tuple(shape)}"
    if not sizes:
        return [[] for _ in range(count)]
    if len(sizes) > 1:
        raise InputError(
            f"The matrices do not fit each other: {'; '.join(sizes.values())}. "
            f"They need the same number of {'tokens' if one else name.replace('_', ' ')}."
        )
    ((size, where),) = sizes.items()
    if tokens is None:
        return [[str(k) for k in range(size)] for _ in range(count)]
    rows_of = _read_tokens(name, tokens, count)
    for k, row in enumerate(rows_of):
        if grown and len(row) == size + 1:
            row.pop()  # nothing has been computed from the last token that generate wrote
        if len(row) != size:
            which = f"{name}[{k}]" if count > 1 else name
            raise InputError(f"{which} has {len(row)} tokens, but {where}: expected {size} tokens.")
    return rows_of


def _read_tokens(name: str, tokens: Any, count: int) -> list[list[str]]:
    if isinstance(tokens, str) or not isinstance(tokens, Iterable):
        raise InputError(
            f"{name} is {type(tokens).__name__}: expected a list of strings, as "
            "tokenizer.convert_ids_to_tokens returns it."
        )
    listed = tokens.tolist() if hasattr(tokens, "tolist") else list(tokens)
    if all(isinstance(token, str) for token in listed):
        listed = [listed]
    rows = []
    for row in listed:
        if isinstance(row, str) or not isinstance(row, Iterable):
            raise InputError(
                f"{name} holds {type(row).__name__}: expected strings, or for several texts lists "
                "of them. Ids become tokens by tokenizer.convert_ids_to_tokens."
            )
        row = list(row)
        strange = next((token for token in row if not isinstance(token, str)), None)
        if strange is not None:
            raise InputError(
                f"{name} holds {type(strange).__name__}: expected strings. Ids become tokens by "
                "tokenizer.convert_ids_to_tokens."
            )
        rows.append(row)
    if len(rows) != count:
        raise InputError(
            f"There is attention for {count} texts (the first dimension), and {name} for "
            f"{len(rows)}. For several texts {name} is a list of lists; for one of them pass that "
            "one: [layer[:1] for layer in attention]."
        )
    return rows


def _axis(pieces: list[str], split: int | None) -> Tokens:
    if split is not None and not 0 < split < len(pieces):
        raise InputError(
            f"sentence_b_start={split}: it is the position of a token from 1 to {len(pieces) - 1}."
        )
    return from_pieces(pieces, split=split)


def _strange(item: Item) -> list[Message]:
    """Tell about what is no weight."""
    found = []
    layers = [layer for pane in item.panes for layer in pane.layers]
    if any(layer.has_nan for layer in layers):
        found.append(note("nan"))
    for layer in layers:
        values = layer.values.nan_to_num()  # type: ignore[attr-defined]
        if float(values.amin()) < -1e-3 or float(values.amax()) > 1 + 1e-3:
            found.append(note("outside"))
            break
    return found


def _is_generated(value: Any) -> bool:
    """Whether these are the steps of ``generate``: a tuple of tuples of arrays."""
    return (
        isinstance(value, (list, tuple))
        and bool(value)
        and isinstance(value[0], (list, tuple))
        and bool(value[0])
        and hasattr(value[0][0], "shape")
    )
