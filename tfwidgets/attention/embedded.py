"""The input embeddings of a model's tokens while it computes: taken out, or put in.

Many families take ``inputs_embeds``, but not all, and some need the ids beside them. So the
output of the embedding itself is replaced, which any family allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from tfwidgets.errors import ModelError


class Embedded:
    """The embeddings of one or two sequences of a model's input.

    Parameters
    ----------
    model
        A transformers model.
    axes
        The ids of each sequence, (1, tokens): the text, or source and target.
    """

    def __init__(self, model: Any, axes: Sequence[torch.Tensor]) -> None:
        self._model = model
        self._axes = axes
        self._leaves: list[list[torch.Tensor]] = [[] for _ in axes]
        self._tables: dict[int, torch.nn.Module] = {}
        self._fed: Sequence[torch.Tensor] | None = None
        self._calls = [0 for _ in axes]

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Let what the model computes depend on ``leaves``."""
        self._leaves = [[] for _ in self._axes]
        with self._hooked():
            yield
        if not any(self._leaves):
            raise ModelError(
                f"Where {type(self._model).__name__} turns its tokens into embeddings could not be "
                "found: without these there is no attribution."
            )

    @contextmanager
    def fed(self, embeddings: Sequence[torch.Tensor]) -> Iterator[None]:
        """Let the model compute with other embeddings: (1, tokens, d) for each sequence."""
        self._fed = embeddings
        try:
            with self._hooked():
                yield
        finally:
            self._fed = None

    @property
    def leaves(self) -> list[list[torch.Tensor]]:
        """What the embedding gave for each sequence, once for each time that it was asked.

        A sequence that the model did not look up has none.
        """
        return self._leaves

    def of_token(self, axis: int, token: int) -> torch.Tensor:
        """Return the embedding of any token, as the sequence's own embedding gives it: (d,)."""
        ids = self._axes[axis]
        with torch.no_grad():
            vector: torch.Tensor = self._tables[axis](ids.new_full((1, 1), token))
        return vector.reshape(-1)

    @contextmanager
    def _hooked(self) -> Iterator[None]:
        self._calls = [0 for _ in self._axes]
        handles = [
            table.register_forward_hook(self._replace, with_kwargs=True)
            for table in _tables(self._model)
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _replace(
        self, table: torch.nn.Module, args: tuple[Any, ...], options: dict[str, Any], output: Any
    ) -> Any:
        ids = args[0] if args else next(iter(options.values()), None)
        axis = self._axis(ids)
        if axis is None or not torch.is_tensor(output):
            return None
        self._calls[axis] += 1
        self._tables[axis] = table
        if self._fed is not None:
            return self._fed[axis].reshape(output.shape)
        leaf = output.detach().requires_grad_()
        self._leaves[axis].append(leaf)
        return leaf

    def _axis(self, ids: Any) -> int | None:
        """Tell by the ids themselves whose they are: some models turn them around."""
        if not torch.is_tensor(ids) or ids.is_floating_point():
            return None
        same = [
            k
            for k, own in enumerate(self._axes)
            if own.numel() == ids.numel() and torch.equal(own.flatten(), ids.flatten())
        ]
        # Where source and target are the same, the encoder comes first.
        fresh = [k for k in same if not self._calls[k]]
        return next(iter(fresh or same), None)


def _tables(model: Any) -> list[torch.nn.Module]:
    """Return what may look up tokens: what the parts of a model say, and what shares its weights.

    T5 and BART name a table as theirs that neither encoder nor decoder asks: these have their
    own, with the same weights.
    """
    named: dict[int, torch.nn.Module] = {}
    for module in model.modules():
        try:
            table = module.get_input_embeddings()
        except (AttributeError, NotImplementedError):
            continue
        if isinstance(table, torch.nn.Module):
            named[id(table)] = table
    shared = {_place(table) for table in named.values()} - {None}
    for module in model.modules():
        if isinstance(module, torch.nn.Embedding) and _place(module) in shared:
            named[id(module)] = module
    return list(named.values())


def _place(table: torch.nn.Module) -> int | None:
    weight: Any = getattr(table, "weight", None)
    return weight.data_ptr() if torch.is_tensor(weight) else None
