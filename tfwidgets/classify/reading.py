"""Read texts in batches: tokenized once, cut where the model ends, little padded.

Texts of similar length lie in one batch within a budget of tokens, padding included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt

from tfwidgets.models import LoadedModel
from tfwidgets.ui.text import printable

# What of a batch belongs to one text: its ids, its mask, …
Tokens = dict[str, list[int]]

_AT_ONCE = 256
# Longer texts are cut to this many characters per token of the limit before they are
# tokenized: a megabyte is not worth splitting into pieces that will be thrown away.
_CHARACTERS_PER_TOKEN = 40


def distinct(texts: Sequence[str]) -> tuple[list[str], list[int]]:
    """Return the texts that differ, and which of them each text is: equal ones are read once."""
    first: dict[str, int] = {}
    same = [first.setdefault(printable(text), len(first)) for text in texts]
    return list(first), same


def tokenize(
    tokenizer: Any,
    texts: Sequence[str],
    max_length: int,
    advance: Callable[[int], None],
    **options: bool,
) -> tuple[list[Tokens], dict[int, int]]:
    """Return the tokens of each text, and where texts were cut.

    Parameters
    ----------
    texts
        At least one text.
    max_length
        Most tokens of a text, special ones included.
    advance
        Called now and then with 0, so that work can be stopped.
    options
        What else the tokenizer is called with.

    Returns
    -------
    tokens
        For each text what the tokenizer gives for it.
    cut
        Position of each text that was longer than ``max_length`` -> number of its characters
        that were read.
    """
    most = max_length * _CHARACTERS_PER_TOKEN
    tokens: list[Tokens] = []
    for start in range(0, len(texts), _AT_ONCE):
        advance(0)
        chunk = [text[:most] for text in texts[start : start + _AT_ONCE]]
        batch = tokenizer(chunk, truncation=True, max_length=max_length, padding=False, **options)
        tokens += [{key: batch[key][k] for key in batch} for k in range(len(chunk))]
    cut = {}
    for k, row in enumerate(tokens):
        if len(row["input_ids"]) >= max_length or len(texts[k]) > most:
            read = _characters_read(tokenizer, texts[k][:most], max_length)
            if read < len(texts[k].rstrip()):
                cut[k] = read
    return tokens, cut


def _characters_read(tokenizer: Any, text: str, max_length: int) -> int:
    if not tokenizer.is_fast:
        ids = tokenizer(text, truncation=True, max_length=max_length)["input_ids"]
        return len(tokenizer.decode(ids, skip_special_tokens=True))
    encoded = tokenizer(text, truncation=True, max_length=max_length, return_offsets_mapping=True)
    return max(int(end) for _, end in encoded["offset_mapping"])


def batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Group positions by length within ``budget`` tokens, padding included.

    The batch of the longest comes first: what does not fit in memory fails at once. The rest
    is shuffled, always in the same way, so that the rate so far tells the rate to come.
    """
    grouped: list[list[int]] = []
    longest = 0
    for k in sorted(range(len(lengths)), key=lambda k: -lengths[k]):
        if not grouped or longest * (len(grouped[-1]) + 1) > budget:
            grouped.append([])
            longest = lengths[k]
        grouped[-1].append(k)
    rest = grouped[1:]
    Random(0).shuffle(rest)  # noqa: S311 - an order, not a secret
    return grouped[:1] + rest


def read(
    loaded: LoadedModel,
    texts: Sequence[str],
    forward: Callable[[list[Tokens]], npt.NDArray[np.float32]],
    *,
    max_length: int,
    budget: int,
    advance: Callable[[int], None],
    **options: bool,
) -> tuple[npt.NDArray[np.float32], dict[int, int]]:
    """Return one row of numbers per text, and where texts were cut; equal texts are read once.

    Parameters
    ----------
    texts
        At least one text.
    forward
        Gives (batch, width) for a batch of tokens; called without gradients.
    max_length
        Most tokens of a text, special ones included.
    budget
        Most tokens of a batch, padding included.
    advance
        Called after each batch with the number of texts that it held.
    options
        What else the tokenizer is called with.

    Returns
    -------
    rows
        float32, shape (len(texts), width), in input order.
    cut
        Position of each text that was longer than the model reads -> number of its
        characters that were read.
    """
    import torch

    unique, same = distinct(texts)
    repeats = np.bincount(same, minlength=len(unique))
    parts, order = [], []
    with undisturbed(loaded), torch.inference_mode():
        tokens, cut = tokenize(loaded.tokenizer, unique, max_length, advance, **options)
        for batch in batches([len(row["input_ids"]) for row in tokens], budget):
            parts.append(forward([tokens[k] for k in batch]))
            order += batch
            advance(int(repeats[batch].sum()))
    rows = np.concatenate(parts)[np.argsort(order)]
    return rows[same], {k: cut[row] for k, row in enumerate(same) if row in cut}


@contextmanager
def undisturbed(loaded: LoadedModel) -> Iterator[None]:
    """Evaluate without lasting effect on the caller's model and tokenizer."""
    model = loaded.model
    training = [module for module in model.modules() if module.training]
    backend = getattr(loaded.tokenizer, "_tokenizer", None)
    shipped = (backend.truncation, backend.padding) if backend is not None else None
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True
        if backend is not None and shipped is not None:
            truncation, padding = shipped
            backend.no_truncation() if truncation is None else backend.enable_truncation(
                **truncation
            )
            backend.no_padding() if padding is None else backend.enable_padding(**padding)
