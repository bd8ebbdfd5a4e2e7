"""How far the embedding table moved from where it was, and which tokens moved most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import torch

from tfwidgets.dashboard.probes.probe import Probe
from tfwidgets.dashboard.probes.sampling import plain
from tfwidgets.dashboard.probes.texts import printed

MOST_BYTES = 64 * 1024**2
"""Of a table that is copied unless told otherwise."""

MOST_TOKENS = 20
_BINS = 20
_ROWS_AT_ONCE = 4096


@dataclass
class Embeddings(Probe):
    """Relative drift of each row of the input embeddings, since the probe was switched on.

    The drift of a token is ``||w - w0|| / ||w0||``, its vector now and then; of a vector that was
    zero (often the padding's), over the mean length of all. Weight decay moves every row a
    little, also those of tokens that never occur: by about rate times decay per step. Frozen
    embeddings do not drift. Costs a copy of the table in main memory, and a pass over it after
    each validation.
    """

    name: ClassVar[str] = "embeddings"
    _before: Any = None
    _counts: Any = field(default=None, repr=False)
    _computed: int = -1

    def prepare(self) -> None:
        """See whether there is a table, and how large it is."""
        weight = self._weight()
        if weight is None:
            self.unavailable("probe-no-embeddings")
            return
        size = weight.numel() * weight.element_size()
        if size > MOST_BYTES:
            self.default = False
            self.why = _megabytes(size)

    def start(self) -> None:
        """Remember the table as it is."""
        if self._before is None:
            self._before = plain(self._weight()).to("cpu", copy=True)
            self._counts = _occurrences(self.fit.learn, len(self._before))
            self._computed = self.fit.session.step_number

    def stop(self) -> None:
        """Forget it."""
        self._before = self._counts = None

    @property
    def current(self) -> bool:
        """Whether it was computed at this very step."""
        return self.data is not None and self._computed == self.fit.session.step_number

    def compute(self) -> None:
        """Compare the table with what it was."""
        step = self.fit.session.step_number
        with torch.no_grad():
            drift = np.concatenate(list(self._drift()))
        self._computed = step
        largest = float(drift.max(initial=0.0))
        counts, edges = np.histogram(drift, bins=_BINS, range=(0.0, largest or 1.0))
        worst = np.argsort(-drift, kind="stable")[:MOST_TOKENS]
        self.data = {
            "step": step,
            "mean": float(drift.mean()) if len(drift) else 0.0,
            "tokens": [self._token(int(k), float(drift[k])) for k in worst if drift[k] > 0],
            "histogram": {"edges": edges.tolist(), "counts": counts.tolist()},
            "rows_moved": int(np.count_nonzero(drift)),
            "rows": len(drift),
        }

    def _drift(self) -> Iterator[Any]:
        now, before = plain(self._weight()), self._before
        lengths = [
            torch.linalg.vector_norm(before[k : k + _ROWS_AT_ONCE].float(), dim=1)
            for k in range(0, len(before), _ROWS_AT_ONCE)
        ]
        mean = torch.cat(lengths).mean().clamp_min(torch.finfo(torch.float32).tiny)
        for number, length in enumerate(lengths):
            k = number * _ROWS_AT_ONCE
            part = now[k : k + _ROWS_AT_ONCE].cpu().float() - before[k : k + _ROWS_AT_ONCE].float()
            moved = torch.linalg.vector_norm(part, dim=1)
            drift = moved / torch.where(length > 0, length, mean)
            # What became NaN moved as far as can be.
            yield torch.nan_to_num(drift, nan=torch.finfo(torch.float32).max).numpy()

    def _token(self, number: int, drift: float) -> dict[str, Any]:
        counts = self._counts
        return {
            "token": _token_text(self.fit.learn, number),
            "id": number,
            "drift": drift,
            "count": None if counts is None else int(counts[number]),
        }

    def _weight(self) -> Any:
        """Return the table, (tokens, dimensions), or None."""
        model = transformer_of(self.fit.learn.model)
        try:
            weight = model.get_input_embeddings().weight
        except (AttributeError, NotImplementedError):
            return None
        return weight if getattr(weight, "ndim", 0) == 2 and weight.device.type != "meta" else None


def transformer_of(model: Any) -> Any:
    """Return the model with token embeddings inside modules that only wrap it."""
    for _ in range(8):
        if hasattr(model, "get_input_embeddings"):
            return model
        inner = (getattr(model, name, None) for name in ("transformer", "module", "model"))
        wrapped = next((one for one in inner if isinstance(one, torch.nn.Module)), None)
        if wrapped is None:
            return model
        model = wrapped
    return model


def _occurrences(learn: Any, count: int) -> Any:
    """Return how often each token stands in the training data, where that is quickly counted."""
    features = getattr(getattr(learn.dls[0], "dataset", None), "features", None)
    ids = getattr(features.get("input_ids"), "values", None) if isinstance(features, dict) else None
    return np.bincount(ids, minlength=count) if isinstance(ids, np.ndarray) else None


def _token_text(learn: Any, number: int) -> str:
    tokenizer = getattr(learn, "tokenizer", None) or getattr(learn.model, "tokenizer", None)
    convert = getattr(tokenizer, "convert_ids_to_tokens", None)
    token = convert(number) if callable(convert) else None
    return printed(str(token), 60) if token is not None else str(number)


def _megabytes(size: int) -> Any:
    from tfwidgets.dashboard.probes.probe import ROOM
    from tfwidgets.ui.strings import Message

    return Message(ROOM, "probe-embeddings-large", {"size": round(size / 1e6)})
