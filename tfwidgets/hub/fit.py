"""The memory that a model takes here, and whether there is that much.

A model takes its parameters times their size, and a fifth more for what it computes
(https://blog.eleuther.ai/transformer-math/, "total memory for inference"). Measured through
``tfw.load`` on a CPU: while loading never more than the files have (their pages are read when
they are used: 52 of 91 MB for MiniLM, 159 of 269 MB for SmolLM2), while it reads 256 tokens
76 and 350 MB. What the second has above a fifth is of one size for small models and large:
that is ``FIXED``. On a GPU (H100, PyTorch 2.11) models of 23 to 1,205 million parameters took
247 to 4,981 MB with 256 tokens, 13 to 32 % less than this says, the smallest 4 % more; CUDA's own
650 MB come on top, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tfwidgets.hub.machine import Machine

Verdict = Literal["fits", "tight", "no"]

OVERHEAD = 1.2
"""Memory while it computes, as a multiple of the weights'."""
FIXED = 100_000_000
"""Bytes that it takes besides, whatever its size: outputs and the libraries' buffers."""
COMFORT = 0.8
"""Share of the free memory up to which it is sure to fit."""

# What the Hub and safetensors call them, and PyTorch.
DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip
SIZES = {
    "float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "float8_e4m3fn": 1,
    "float8_e5m2": 1, "int64": 8, "int32": 4, "int16": 2, "int8": 1, "uint8": 1, "bool": 1,
}  # fmt: skip
# What a model may be turned into after loading, whatever it was saved as.
_OFFERED = ("float32", "bfloat16")


@dataclass(frozen=True)
class FitRow:
    """A model in one type of numbers.

    Attributes
    ----------
    dtype
        The type; None where the checkpoint's is not known.
    bytes
        Memory that it takes while it computes.
    ram, gpu
        Whether it fits into memory, and into that of the first GPU; None where there is none.
    as_loaded
        Whether this is what ``tfw.load`` makes: it keeps the checkpoint's type.
    """

    dtype: str | None
    bytes: int
    ram: Verdict
    gpu: Verdict | None
    as_loaded: bool = False


@dataclass(frozen=True)
class Fit:
    """What a model takes, by type of numbers; no rows where nothing is known of its size."""

    rows: tuple[FitRow, ...] = ()


def fit(
    params: int | None,
    dtype: str | None,
    machine: Machine,
    *,
    weights: int | None = None,
) -> Fit:
    """Compare what a model takes with what there is.

    Parameters
    ----------
    params
        Number of parameters; None: from the size of its weights.
    dtype
        Type that they are saved in, as PyTorch or safetensors calls it.
    machine
        Where it would run.
    weights
        Bytes of its weight files. Where they are known they are what is loaded.
    """
    name = DTYPES.get(dtype or "", dtype)
    size = SIZES.get(name or "")
    if params is None and weights and size:
        params = weights // size
    rows = []
    if weights or (params and size):
        rows.append(_row(name if size else None, weights or params * size, machine, True))  # type: ignore[operator]
    rows += [
        _row(other, params * SIZES[other], machine, False)
        for other in _OFFERED
        if params and other != name
    ]
    return Fit(tuple(sorted(rows, key=lambda row: (not row.as_loaded, -row.bytes))))


def _row(dtype: str | None, weights: int, machine: Machine, as_loaded: bool) -> FitRow:
    needed = round(weights * OVERHEAD) + FIXED
    gpu = machine.gpus[0] if machine.gpus else None
    return FitRow(
        dtype,
        needed,
        verdict(needed, machine.ram_free, machine.ram_total),
        verdict(needed, gpu.free, gpu.total) if gpu else None,
        as_loaded,
    )


def verdict(needed: int, free: int, total: int) -> Verdict:
    """Say whether so many bytes fit: surely, if others make room, or not at all."""
    if needed <= COMFORT * free:
        return "fits"
    return "tight" if needed <= total else "no"
