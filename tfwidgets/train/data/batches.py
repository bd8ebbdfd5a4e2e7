"""From encoded rows to the tensors of a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

IGNORED = -100
"""The target at which every loss of PyTorch and transformers does not look."""

# Targets that stand beside the tokens: they are padded here, not by the tokenizer.
_BESIDE = ("labels",)


def pad_batch(
    tokenizer: Any,
    rows: Sequence[Mapping[str, Sequence[int]]],
    *,
    multiple_of: int | None = None,
) -> dict[str, torch.Tensor]:
    """Pad encoded rows to the longest of them.

    Parameters
    ----------
    tokenizer
        Its ``pad`` decides side, filling and attention mask.
    rows
        What the tokenizer returned for each text (``input_ids`` and others); ``labels``, one
        per token or of a length of their own, are filled with -100.
    multiple_of
        Pad on to the next multiple, for tensor cores.

    Returns
    -------
    dict of torch.Tensor
        Each (batch, tokens) of int64: a plain dict, which fastai moves to a device.
    """
    inputs = [{k: v for k, v in row.items() if k not in _BESIDE} for row in rows]
    padded = tokenizer.pad(inputs, return_tensors="pt", pad_to_multiple_of=multiple_of)
    batch = dict(padded.items())
    for name in _BESIDE:
        if name in rows[0]:
            targets = [row[name] for row in rows]
            # One for each token: as wide as these, also where they fill up to a multiple.
            beside = all(len(t) == len(r["input_ids"]) for t, r in zip(targets, rows, strict=True))
            width = batch["input_ids"].shape[1] if beside else 0
            batch[name] = pad_targets(targets, tokenizer.padding_side, width)
    return batch


def pad_targets(rows: Sequence[Sequence[int]], side: str = "right", width: int = 0) -> torch.Tensor:
    """Fill rows of targets with -100 up to the longest, or ``width``; (batch, longest), int64."""
    longest = max(width, *map(len, rows))
    padded = torch.full((len(rows), longest), IGNORED)
    for k, row in enumerate(rows):
        place = slice(longest - len(row), None) if side == "left" else slice(len(row))
        padded[k, place] = torch.as_tensor(row, dtype=torch.int64)
    return padded


class pad_batches:  # noqa: N801
    """A collate function: encoded rows, or pairs of one and its target, to a padded batch.

    For data loaders of your own, of fastai (``create_batch=``) or PyTorch (``collate_fn=``).

    Parameters
    ----------
    tokenizer
        What made the rows.
    multiple_of
        Pad on to the next multiple.

    Examples
    --------
    >>> DataLoader([({"input_ids": [101, 102]}, 1)], collate_fn=pad_batches(tokenizer))
    """

    def __init__(self, tokenizer: Any, *, multiple_of: int | None = None) -> None:
        self.tokenizer = tokenizer
        self.multiple_of = multiple_of

    def __call__(self, items: Sequence[Any]) -> Any:
        """Return ``inputs``, or ``(inputs, targets)`` where items have targets.

        Targets that are sequences (one per token) are filled with -100.
        """
        if isinstance(items[0], Mapping):
            return pad_batch(self.tokenizer, items, multiple_of=self.multiple_of)
        rows, targets = zip(*items, strict=True)
        batch = pad_batch(self.tokenizer, rows, multiple_of=self.multiple_of)
        if np.ndim(targets[0]) == 1:
            width = batch["input_ids"].shape[1]
            return batch, pad_targets(targets, self.tokenizer.padding_side, width)
        return batch, torch.as_tensor(targets)
