"""Numbers and tensors of one number as arrays: none that is odd loses the others."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfwidgets.dashboard.curves import Floats

_MOST = float(np.finfo(np.float32).max)


def numbers(*lists: Any) -> list[Floats]:
    """Return lists of numbers and tensors of one number as arrays, with one copy per device.

    What is beyond single precision becomes its greatest number, what is no number becomes NaN.
    """
    flat = [value for values in lists for value in values]
    tensors = [k for k, value in enumerate(flat) if not isinstance(value, (int, float))]
    if tensors:
        for k, number in zip(tensors, _read([flat[k] for k in tensors]), strict=True):
            flat[k] = number
    ends = np.cumsum([len(values) for values in lists])[:-1]
    return np.split(_floats(flat), ends)


def _floats(values: list[Any]) -> Floats:
    try:
        exact = np.array(values, np.float64)
    except OverflowError:  # a whole number beyond all floats
        exact = np.array([_float(value) for value in values], np.float64)
    finite = np.isfinite(exact)
    return np.where(finite, np.clip(exact, -_MOST, _MOST), exact).astype(np.float32)


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return _MOST if value > 0 else -_MOST
    except (TypeError, ValueError, RuntimeError):
        return float("nan")


def _read(tensors: list[Any]) -> list[float]:
    import torch

    try:
        numbers: list[float] = torch.stack(tensors).tolist()
        if all(isinstance(number, float) for number in numbers):
            return numbers
    except (TypeError, RuntimeError):  # not all of one shape, kind and device
        pass
    found = [float("nan")] * len(tensors)
    alike: dict[tuple[Any, Any], list[tuple[int, Any]]] = {}
    for k, one in enumerate(tensors):
        try:
            tensor = torch.as_tensor(one).detach().reshape(())
        except (TypeError, ValueError, RuntimeError):
            found[k] = _float(one)
            continue
        alike.setdefault((tensor.device, tensor.dtype), []).append((k, tensor))
    for some in alike.values():
        read = torch.stack([tensor for _, tensor in some]).tolist()
        for (k, _), number in zip(some, read, strict=True):
            found[k] = _float(number)
    return found
