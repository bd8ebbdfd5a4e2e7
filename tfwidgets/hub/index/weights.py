"""How many parameters of which type a model has, and whether its weights are whole.

Read from the header of the safetensors files (an eight-byte length and JSON): no tensor is
touched, so that takes as long for seventy billion parameters as for a million.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tfwidgets.models.contents import Unreadable, beginning, json_object, parsed_object

WEIGHTS = "model.safetensors"
SHARDS = "model.safetensors.index.json"
ADAPTER = "adapter_model.safetensors"
MOST_HEADER = 100_000_000
"""Bytes; the format allows no more."""

_NAMES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "BOOL": "bool",
    **{f"{letter}{n}": f"{word}{n}" for letter, word in (("I", "int"), ("U", "uint"))
       for n in (8, 16, 32, 64)},
    "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2", "F4": "float4_e2m1fn_x2",
}  # fmt: skip


@dataclass
class Weights:
    """What the safetensors files of a model say.

    Attributes
    ----------
    params
        Number of parameters of each type, as the format spells it: ``{"F32": 22713216}``.
    whole
        Whether transformers finds all files, none of them cut off.
    missing
        Shards that are not there.
    broken
        Files that cannot be read, are cut off or are longer than they say.
    """

    params: dict[str, int] = field(default_factory=dict)
    whole: bool = False
    missing: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()


def weights_of(folder: str | os.PathLike[str], sizes: Mapping[str, int]) -> Weights:
    """Return what is known of the weights in a folder whose files have these sizes."""
    try:
        wanted = wanted_weights(folder, sizes)
    except Unreadable:
        return Weights(broken=(SHARDS,))
    headers = {name: _header(folder, name, sizes[name]) for name in wanted if name in sizes}
    params: Counter[str] = Counter()
    for counts in headers.values():
        params.update(counts or {})
    broken = [name for name, counts in headers.items() if counts is None]
    missing = tuple(name for name in wanted if name not in sizes)
    whole = bool(wanted) and not missing and not broken and wanted != [ADAPTER]
    return Weights(dict(params), whole, missing, tuple(broken))


def wanted_weights(folder: str | os.PathLike[str], sizes: Mapping[str, int]) -> list[str]:
    """Return the files that transformers would read the weights from, here or not."""
    if WEIGHTS in sizes:
        return [WEIGHTS]
    if SHARDS in sizes:
        shards = json_object(os.path.join(folder, SHARDS)).get("weight_map")  # noqa: PTH118
        if not isinstance(shards, dict) or not shards:
            raise Unreadable
        return sorted({str(shard) for shard in shards.values()})
    return [ADAPTER] if ADAPTER in sizes else []


def _header(folder: str | os.PathLike[str], name: str, size: int) -> dict[str, int] | None:
    try:
        return header(os.path.join(folder, name), size)  # noqa: PTH118
    except Unreadable:
        return None


def header(path: str | os.PathLike[str], size: int) -> dict[str, int]:
    """Return the number of parameters of each type in one file of ``size`` bytes.

    Raises
    ------
    Unreadable
        When it is no safetensors file, or not as long as its header says.
    """
    # Most headers fit into the first read: one open file, one read.
    content = beginning(path, 32 * 1024)
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or not 2 <= length <= MOST_HEADER or 8 + length > size:
        raise Unreadable
    if 8 + length > len(content):
        content = beginning(path, 8 + length)
    params: Counter[str] = Counter()
    end = 0
    for name, tensor in parsed_object(content[8 : 8 + length]).items():
        if name != "__metadata__":
            dtype, number, last = _tensor(tensor)
            params[dtype] += number
            end = max(end, last)
    if 8 + length + end != size:
        raise Unreadable
    return dict(params)


def _tensor(tensor: object) -> tuple[str, int, int]:
    try:
        dtype, shape, offsets = (tensor[key] for key in ("dtype", "shape", "data_offsets"))  # type: ignore[index]
        counts = [*shape, *offsets]
        right = isinstance(dtype, str) and len(offsets) == 2
    except (KeyError, TypeError, ValueError):
        raise Unreadable from None
    if not right or len(dtype) > 20 or not all(type(n) is int and 0 <= n < 2**63 for n in counts):
        raise Unreadable
    if len(shape) > 64:
        raise Unreadable
    return dtype, math.prod(shape), offsets[1]


def dtype_of(params: Mapping[str, int]) -> str | None:
    """Return the type of most parameters, as PyTorch calls it."""
    if not params:
        return None
    most = max(params, key=lambda dtype: params[dtype])
    return _NAMES.get(most, most.lower())
