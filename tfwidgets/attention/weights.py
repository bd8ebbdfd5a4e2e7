"""One layer's attention, of which any part can be had at any time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property

import torch

from tfwidgets.attention.masks import Mask, Rows


class Weights(ABC):
    """The attention weights of one layer: heads x queries x keys."""

    heads: int
    queries: int
    keys: int

    @abstractmethod
    def block(self, heads: list[int], rows: Rows, columns: slice) -> torch.Tensor:
        """Return a part: float32 on the CPU, shape (heads, rows, columns); not to be kept."""

    @property
    @abstractmethod
    def bytes(self) -> int:
        """Bytes of memory that it takes."""

    @property
    @abstractmethod
    def has_nan(self) -> bool:
        """Whether there are NaN among the weights."""

    @property
    def is_causal(self) -> bool:
        """Whether nothing attends to what comes after it."""
        return False


@dataclass(eq=False)
class Dense(Weights):
    """Weights as they are: float, shape (heads, queries, keys)."""

    values: torch.Tensor

    def __post_init__(self) -> None:
        self.heads, self.queries, self.keys = self.values.shape

    def block(self, heads: list[int], rows: Rows, columns: slice) -> torch.Tensor:
        """Return a part of the stored array."""
        part = of_heads(self.values, heads)[:, rows, columns]
        return part.to(torch.float32, copy=True)

    @property
    def bytes(self) -> int:
        """Bytes of the array."""
        return int(self.values.nbytes)

    @cached_property
    def has_nan(self) -> bool:
        """Whether there are NaN among the weights."""
        return any(bool(head.isnan().any()) for head in self.values)

    @cached_property
    def is_causal(self) -> bool:
        """Whether all weights above the diagonal are 0."""
        if self.queries != self.keys or self.keys < 2:
            return False
        return not any(bool(torch.triu(head, 1).any()) for head in self.values)


@dataclass(eq=False)
class Factored(Weights):
    """Queries and keys, of which weights are computed when they are asked for.

    softmax(q·k * scale + bias) needs, for any part of it, the part's queries and keys and for
    each query the logarithm of the sum that it is divided by. These take 2 d + 1 numbers a
    token and head, the weights as many as there are tokens.

    Attributes
    ----------
    q
        As they enter the product (turned by rotary embeddings): (heads, queries, d).
    k
        The same, (key heads, keys, d); several heads may share one (grouped-query attention).
    lse
        Logarithm of the sum of exponentials: float32, (heads, queries).
    scale
        What q·k is multiplied by.
    mask
        What is forbidden and what is added.
    softcap
        Scores s become softcap * tanh(s / softcap), as in Gemma 2.
    has_sink
        The softmax has one more term without a key, as in GPT-OSS; it is in ``lse``.
    """

    q: torch.Tensor
    k: torch.Tensor
    lse: torch.Tensor
    scale: float
    mask: Mask
    softcap: float | None = None
    has_sink: bool = False
    _group: int = field(init=False)

    def __post_init__(self) -> None:
        self.heads, self.queries, self.dimension = self.q.shape
        self.keys = self.k.shape[1]
        self._group = self.heads // len(self.k)

    def block(self, heads: list[int], rows: Rows, columns: slice) -> torch.Tensor:
        """Compute a part of the weights."""
        scores = self.scores(heads, rows, columns)
        lse = of_heads(self.lse, heads)[:, rows, None]
        if not self._all_finite:
            # A query that may attend to nothing: no weights, and not 0 / 0.
            lse = torch.where(lse == -torch.inf, torch.inf, lse)
        return scores.sub_(lse).exp_()

    def scores(self, heads: list[int], rows: Rows, columns: slice) -> torch.Tensor:
        """Return what enters the softmax: float32, (heads, rows, columns)."""
        q = of_heads(self.q, heads)[:, rows].float()
        k = of_heads(self.k, [head // self._group for head in heads])[:, columns].float()
        return finish(q @ k.mT, self, heads, rows, columns)

    @cached_property
    def _all_finite(self) -> bool:
        return bool(self.lse.isfinite().all())

    @property
    def bytes(self) -> int:
        """Bytes of queries, keys and sums; what is shared with other layers does not count."""
        return sum(int(tensor.nbytes) for tensor in (self.q, self.k, self.lse))

    @cached_property
    def has_nan(self) -> bool:
        """Whether there are NaN among the weights.

        Then a sum is NaN; but PyTorch's kernels for some processors write 0 for it.
        """
        return any(bool(tensor.isnan().any()) for tensor in (self.lse, self.q, self.k))

    @property
    def is_causal(self) -> bool:
        """Whether nothing attends to what comes after it."""
        return self.mask.is_causal

    @property
    def extras(self) -> list[str]:
        """What is done to q·k * scale before the softmax."""
        named = (
            ("bias", self.mask.bias is not None),
            ("softcap", self.softcap is not None),
            ("sink", self.has_sink),
        )
        return [name for name, there in named if there]


def of_heads(values: torch.Tensor, heads: list[int]) -> torch.Tensor:
    """Return the part of some heads, without a copy where they stand next to each other."""
    if heads == list(range(heads[0], heads[0] + len(heads))):
        return values[heads[0] : heads[0] + len(heads)]
    return values[heads]


def finish(
    product: torch.Tensor, weights: Factored, heads: list[int], rows: Rows, columns: slice
) -> torch.Tensor:
    """Turn q·k into scores, in place."""
    scores = product.mul_(weights.scale)
    if weights.softcap is not None:
        scores.div_(weights.softcap).tanh_().mul_(weights.softcap)
    weights.mask.apply(scores, heads, rows, columns)
    return scores


def log_sums(weights: Factored, sinks: torch.Tensor | None = None) -> torch.Tensor:
    """Compute the logarithms of sums where no kernel gives them: float32, (heads, queries).

    In stripes, so that it takes little memory; ``sinks`` are scores without a key, (heads,).
    """
    every = list(range(weights.heads))
    rows = max(1, 2**23 // max(1, weights.heads * weights.keys))
    parts = []
    for start in range(0, weights.queries, rows):
        stripe = slice(start, min(start + rows, weights.queries))
        parts.append(weights.scores(every, stripe, slice(0, weights.keys)).logsumexp(-1))
    sums = torch.cat(parts, dim=1)
    if sinks is not None:
        sums = torch.logaddexp(sums, sinks.float().cpu()[:, None])
    return sums
