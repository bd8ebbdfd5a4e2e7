"""Small means of looking without disturbing: weights in part, numbers later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

MOST_WEIGHTS = 65536
"""How many weights of a layer group are looked at."""


def plain(tensor: Any) -> Any:
    """Return a tensor detached, and without fastai's subclass, whose operations are slow."""
    detached = tensor.detach()
    return detached if type(detached) is torch.Tensor else detached.as_subclass(torch.Tensor)


class WeightSample:
    """Some of the weights of a layer group: every n-th, so that all parameters take part.

    Parameters
    ----------
    parameters
        Of the group.
    most
        How many weights to look at; all where there are no more than that.
    """

    def __init__(self, parameters: Sequence[Any], most: int = MOST_WEIGHTS) -> None:
        self._parameters = list(parameters)
        total = sum(p.numel() for p in self._parameters)
        stride = -(-total // most)
        # Even, it would meet the same few columns of most matrices over and over.
        self._stride = stride + (stride > 1 and stride % 2 == 0)

    def take(self) -> Any:
        """Return a copy of them as they are now, (weights,)."""
        parts = [plain(p).reshape(-1)[:: self._stride] for p in self._parameters]
        weights = torch.cat([part.to(parts[0].device) for part in parts])
        return weights if weights.dtype == torch.float64 else weights.float()


class Later:
    """Numbers on their way from a device: they are read without waiting for it.

    Parameters
    ----------
    values
        A detached tensor. On CUDA it is copied behind what is queued there.
    """

    def __init__(self, values: Any) -> None:
        self._event: Any = None
        if values.device.type == "cuda":
            self._values = torch.empty(values.shape, dtype=values.dtype, pin_memory=True)
            self._values.copy_(values, non_blocking=True)
            self._event = torch.cuda.Event()
            self._event.record(torch.cuda.current_stream(values.device))
        else:
            self._values = values

    @property
    def ready(self) -> bool:
        """Whether reading would not wait."""
        return self._event is None or bool(self._event.query())

    def read(self) -> list[float]:
        """Return the numbers; waits for the device where they are not ready."""
        if self._event is not None:
            self._event.synchronize()
        numbers: list[float] = self._values.tolist()
        return numbers
