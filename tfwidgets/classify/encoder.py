"""Turn texts into vectors as the checkpoint's own configuration says.

Pooling and normalisation follow the sentence-transformers files beside the weights
(``modules.json``, ``1_Pooling/config.json``, ``sentence_bert_config.json``;
Reimers & Gurevych 2019, https://arxiv.org/abs/1908.10084). How texts
are put into batches stands in ``reading.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tfwidgets.classify.reading import Tokens, read
from tfwidgets.errors import ModelError
from tfwidgets.models import LoadedModel

if TYPE_CHECKING:
    import torch

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Pooling:
    """How token vectors become one: a mode, and whether the result has length 1."""

    mode: str
    normalize: bool
    max_length: int | None
    configured: bool

    @classmethod
    def of(cls, folder: Path | None) -> Pooling:
        """Read it from a checkpoint; without a configuration the normalised mean."""
        if folder is None or not (folder / "modules.json").is_file():
            return cls("mean", normalize=True, max_length=None, configured=False)
        modules = _read(folder / "modules.json")
        kinds = {str(module["type"]).rpartition(".")[2]: module["path"] for module in modules}
        strange = set(kinds) - {"Transformer", "Pooling", "Normalize"}
        if strange:
            raise ModelError(
                f"This sentence encoder has a module that is not supported: {', '.join(strange)}."
            )
        pooling = _read(folder / kinds["Pooling"] / "config.json") if "Pooling" in kinds else {}
        limits = folder / "sentence_bert_config.json"
        limit = _read(limits).get("max_seq_length") if limits.is_file() else None
        return cls(_mode(pooling), "Normalize" in kinds, limit, configured=True)


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _mode(config: dict[str, Any]) -> str:
    if named := config.get("pooling_mode"):
        mode = str(named)
    else:
        flags = [key for key, value in config.items() if key.startswith("pooling_mode_") and value]
        if len(flags) > 1:
            raise ModelError("This sentence encoder joins several poolings: not supported.")
        mode = flags[0].removeprefix("pooling_mode_") if flags else "mean"
    mode = mode.removesuffix("_tokens").removesuffix("_token")
    if mode not in _POOLINGS:
        raise ModelError(f"This sentence encoder pools by {mode!r}: not supported.")
    return mode


class SentenceEncoder:
    """A model with its tokenizer, pooling and limit of length."""

    def __init__(self, loaded: LoadedModel, *, batch_tokens: int) -> None:
        self.loaded = loaded
        self.pooling = Pooling.of(loaded.folder)
        self.batch_tokens = batch_tokens
        limits = [n for n in (self.pooling.max_length, loaded.max_length) if n]
        self.max_length = min(limits) if limits else 512

    def encode(
        self, texts: Sequence[str], advance: Callable[[int], None] = lambda _: None
    ) -> tuple[Vectors, dict[int, int]]:
        """Return one vector per text, and where texts were cut.

        Parameters
        ----------
        texts
            At least one text.
        advance
            Called after each batch with the number of texts that it held.

        Returns
        -------
        vectors
            float32, shape (len(texts), width), in input order.
        cut
            Position of each text that was longer than the model reads -> number of its
            characters that were read.
        """
        return read(
            self.loaded,
            texts,
            self._forward,
            max_length=self.max_length,
            budget=self.batch_tokens,
            advance=advance,
            return_attention_mask=False,
            return_token_type_ids=False,
        )

    def _forward(self, rows: list[Tokens]) -> Vectors:
        import torch

        encoded = [row["input_ids"] for row in rows]
        model = self.loaded.model
        # A head would only cost time: what stands before it makes the vectors.
        encoder_decoder = self.loaded.kind == "encoder-decoder"
        body = model.get_encoder() if encoder_decoder else model.base_model
        longest = max(len(ids) for ids in encoded)
        pad = self.loaded.tokenizer.pad_token_id or 0
        ids = torch.full((len(encoded), longest), pad)
        mask = torch.zeros_like(ids)
        for row, tokens in enumerate(encoded):
            ids[row, : len(tokens)] = torch.tensor(tokens)
            mask[row, : len(tokens)] = 1
        ids, mask = ids.to(model.device), mask.to(model.device)
        states = body(input_ids=ids, attention_mask=mask).last_hidden_state
        pooled = _POOLINGS[self.pooling.mode](states.float(), mask)
        if self.pooling.normalize:
            pooled = torch.nn.functional.normalize(pooled, dim=1)
        vectors: Vectors = pooled.cpu().numpy()
        return vectors


def _mean(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    weights = mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1).clamp(min=1e-9)


def _mean_sqrt_len(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    weights = mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1).clamp(min=1e-9).sqrt()


def _weighted_mean(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return _mean(states, mask * mask.cumsum(1))


def _max(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return states.masked_fill(~mask.bool().unsqueeze(-1), float("-inf")).amax(1)


def _first(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return states[:, 0]


def _last(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return states[range(len(states)), mask.sum(1) - 1]


_POOLINGS = {
    "cls": _first,
    "lasttoken": _last,
    "max": _max,
    "mean": _mean,
    "mean_sqrt_len": _mean_sqrt_len,
    "weightedmean": _weighted_mean,
}
