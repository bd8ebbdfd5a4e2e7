"""Spans of tokens: their loss, and the likeliest of them."""

from __future__ import annotations

from typing import Any

import torch
from fastai.callback.core import Callback
from torch import nn
from torch.nn import functional

from tfwidgets.train.data.batches import IGNORED
from tfwidgets.train.losses import plain

QUESTION, CONTEXT, NOWHERE, SPACE = 0, 1, 2, 3
"""What a token can be: in no answer, in one, for there being none; space between words of one."""

MAX_ANSWER_TOKENS = 30
_ROWS_AT_ONCE = 64
_UNLIKELY = -1e4


class SpanLoss(nn.Module):  # type: ignore[misc]
    """Cross-entropy of where a span begins, and of where it ends; their mean.

    With ``reduction="none"`` there is one value per row, which is what fastai's ``get_preds``
    expects. Targets of -100 do not count.

    Parameters
    ----------
    max_tokens
        The longest span that is decoded.

    Notes
    -----
    Equal to ``model(**inputs, start_positions=…, end_positions=…).loss`` of transformers' models
    (Devlin et al. 2019, section 4.2).
    """

    def __init__(self, *, max_tokens: int = MAX_ANSWER_TOKENS) -> None:
        super().__init__()
        self.max_tokens = max_tokens
        self.reduction = "mean"

    def forward(
        self, logits: torch.Tensor, target: torch.Tensor, reduction: str | None = None
    ) -> torch.Tensor:
        """Compute the loss of logits (batch, tokens, 2) at first and last tokens (batch, 2)."""
        logits, target = plain(logits).float(), plain(target)
        reduction = reduction or self.reduction
        starts, ends = (
            functional.cross_entropy(
                logits[..., side], target[:, side], ignore_index=IGNORED, reduction=reduction
            )
            for side in (0, 1)
        )
        return (starts + ends) / 2

    def activation(self, logits: Any) -> Any:
        """Return probabilities: softmax over the tokens; a list of rows stays one."""
        if isinstance(logits, torch.Tensor):
            return plain(logits).float().softmax(1)
        return type(logits)(plain(row).float().softmax(0) for row in logits)

    def decodes(self, predictions: Any) -> torch.Tensor:
        """Return first and last token of the likeliest span of each row, (n_rows, 2)."""
        if isinstance(predictions, torch.Tensor):
            parts = plain(predictions).split(_ROWS_AT_ONCE)
        else:
            parts = tuple(plain(row)[None] for row in predictions)
        spans = [torch.empty(0, 2, dtype=torch.int64)]
        for part in parts:
            starts, ends = part.log().unbind(-1)
            spans.append(best_spans(starts, ends, self.max_tokens)[1][:, 0])
        return torch.cat(spans)


def best_spans(
    starts: torch.Tensor,
    ends: torch.Tensor,
    max_tokens: int = MAX_ANSWER_TOKENS,
    top_k: int = 1,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Find the spans whose start and end are together likeliest.

    Parameters
    ----------
    starts, ends
        Log probabilities, or logits, that a span begins and ends at each token: (rows, tokens).
        No span holds a token at which one of them is minus infinity.
    max_tokens
        The longest span.
    top_k
        How many spans of each row, the best first.

    Returns
    -------
    tuple of torch.Tensor
        Sums of both, (rows, n); first and last token, (rows, n, 2). n is smaller than ``top_k``
        where there are not so many. What is impossible scores minus infinity.
    """
    tokens = starts.shape[1]
    width = max(1, min(max_tokens, tokens))
    low = -torch.inf
    outside = (starts.isneginf() | ends.isneginf()).cumsum(1)
    # For each first token the ends that it can have: (rows, tokens, width).
    reached = functional.pad(ends, (0, width - 1), value=low).unfold(1, width, 1)
    crossed = functional.pad(outside, (0, width - 1), value=0).unfold(1, width, 1)
    scores = starts[..., None] + reached
    scores = scores.masked_fill(crossed > outside[..., None], low)
    best, place = scores.flatten(1).topk(min(top_k, tokens * width))
    first = place // width
    # What lies behind the last token is impossible, whatever place it is given.
    last = (first + place % width).clamp(max=tokens - 1)
    return best, torch.stack([first, last], dim=-1)


def keep_places(logits: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """Make it impossible that a span begins or ends in the question.

    Parameters
    ----------
    logits
        (batch, tokens, 2).
    places
        0 for question, special tokens and padding: (batch, tokens).
    """
    return logits.masked_fill((places == QUESTION)[..., None], -torch.inf)


def in_context(scores: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """Leave answers in the context only, of which none is nothing but space.

    Parameters
    ----------
    scores
        Log probabilities (batch, tokens, 2).
    places
        What each token can be, (batch, tokens).
    """
    inside = (places == CONTEXT) | (places == SPACE)
    scores = scores.masked_fill(~inside[..., None], -torch.inf)
    # Not impossible: an answer may go on behind it.
    return scores.masked_fill((places == SPACE)[..., None], _UNLIKELY)


class AnswersInContext(Callback):  # type: ignore[misc]
    """Leaves only places in the context to predictions; losses are those of the whole input."""

    order = -8  # before what collects predictions

    def after_batch(self) -> None:
        """Change what is collected."""
        inputs = self.xb[0] if len(self.xb) else None
        if not self.training and isinstance(inputs, dict) and "places" in inputs:
            self.learn.pred = keep_places(plain(self.pred), inputs["places"])
