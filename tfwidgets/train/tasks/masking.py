"""Which tokens a masked language model has to find, and what stands in their place."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tfwidgets.train.data.batches import IGNORED

MASKED = 0.8
RANDOM = 0.1


@dataclass(frozen=True)
class Masking:
    """How tokens are hidden.

    Parameters
    ----------
    mask_id
        Id of the mask token.
    special
        Ids that are never hidden.
    vocabulary
        Ids that can stand in for a token at random, shape (n,).
    share
        Share of the tokens that are to be found; of every row at least one.

    Notes
    -----
    Of these, 80 % are replaced by the mask token, 10 % by a random one, and 10 % stay: Devlin et
    al., "BERT: Pre-training of Deep Bidirectional Transformers", 2019, section 3.1. As there, the
    number in a row is fixed; only which tokens is left to chance.

    The collator of transformers draws once for a whole batch. Here each row is drawn for itself:
    with a seed it hides the same tokens whatever else is in its batch.
    """

    mask_id: int
    special: frozenset[int]
    vocabulary: npt.NDArray[np.int32]
    share: float = 0.15

    @classmethod
    def of(cls, tokenizer: Any, share: float) -> Masking:
        """Take ids from a tokenizer. Its unknown token is one to be found, as any other."""
        special = frozenset(set(tokenizer.all_special_ids) - {tokenizer.unk_token_id})
        every = np.arange(len(tokenizer), dtype=np.int32)
        hidden = every[~np.isin(every, list(tokenizer.all_special_ids))]
        return cls(int(tokenizer.mask_token_id), special, hidden, share)

    def candidates(self, ids: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Tell which tokens may be hidden, in the shape of ``ids``."""
        return ~np.isin(ids, list(self.special))

    def __call__(
        self,
        ids: npt.NDArray[Any],
        rng: np.random.Generator,
        starts: npt.NDArray[Any] | None = None,
    ) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Hide tokens of one row.

        Parameters
        ----------
        ids
            The row, shape (n_tokens,).
        rng
            Where chance comes from; ``steady`` gives one that is the same for the same row.
        starts
            1 where a token begins a word, shape (n_tokens,): then whole words are hidden.

        Returns
        -------
        inputs, target
            Shape (n_tokens,) both; the target is -100 where nothing is to be found.
        """
        free = self.candidates(ids)
        chosen = self._chosen(free, rng, starts)
        target = np.where(chosen, ids, IGNORED)
        fate = rng.random(len(ids))
        inputs = ids.copy()
        inputs[chosen & (fate < MASKED)] = self.mask_id
        swapped = chosen & (fate >= MASKED) & (fate < MASKED + RANDOM)
        inputs[swapped] = rng.choice(self.vocabulary, size=int(swapped.sum()))
        return inputs, target

    def _chosen(
        self,
        free: npt.NDArray[np.bool_],
        rng: np.random.Generator,
        starts: npt.NDArray[Any] | None,
    ) -> npt.NDArray[np.bool_]:
        n = int(free.sum())
        count = max(1, round(n * self.share))
        chosen = np.zeros(len(free), dtype=bool)
        if not n:
            return chosen
        if starts is None:
            chosen[rng.permutation(np.flatnonzero(free))[:count]] = True
            return chosen
        words = np.cumsum(starts)
        for word in rng.permutation(np.unique(words[free])):
            chosen |= free & (words == word)
            if chosen.sum() >= count:
                break
        return chosen


def steady(ids: npt.NDArray[Any]) -> np.random.Generator:
    """Return a source of chance that is the same whenever the row is."""
    return np.random.default_rng(zlib.crc32(np.ascontiguousarray(ids, dtype=np.int64).tobytes()))


def fresh() -> np.random.Generator:
    """Return a new source of chance, which follows torch's seed."""
    import torch

    return np.random.default_rng(int(torch.randint(2**62, ()).item()))
