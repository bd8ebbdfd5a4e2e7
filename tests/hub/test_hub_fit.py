"""Memory that a model takes, and the verdict on it."""

from __future__ import annotations

import shutil
from pathlib import Path

import tfwidgets as tfw
from tfwidgets.hub.fit import COMFORT, FIXED, OVERHEAD, SIZES, fit, verdict
from tfwidgets.hub.machine import Gpu, Machine

GB = 10**9
ROOMY = Machine(64 * GB, 48 * GB, (Gpu("Card", 24 * GB, 20 * GB),))


def test_rows_by_type_what_is_loaded_first() -> None:
    rows = fit(1_000_000_000, "BF16", ROOMY).rows
    assert [(row.dtype, row.as_loaded) for row in rows] == [("bfloat16", True), ("float32", False)]
    assert [row.bytes for row in rows] == [2.4 * GB + FIXED, 4.8 * GB + FIXED]
    assert {(row.ram, row.gpu) for row in rows} == {("fits", "fits")}
    rows = fit(1_000_000, "float16", ROOMY).rows
    assert [row.dtype for row in rows] == ["float16", "float32", "bfloat16"]
    rows = fit(1_000_000, "I8", ROOMY).rows  # what was quantized has more of everything else
    assert [row.dtype for row in rows] == ["int8", "float32", "bfloat16"]


def test_verdicts() -> None:
    assert verdict(int(COMFORT * 100), 100, 200) == "fits"
    assert verdict(int(COMFORT * 100) + 1, 100, 200) == "tight"
    assert verdict(200, 100, 200) == "tight"
    assert verdict(201, 100, 200) == "no"
    small = Machine(8 * GB, 4 * GB, (Gpu("Card", 2 * GB, 2 * GB),))
    (loaded, wide) = fit(1_500_000_000, "bfloat16", small).rows
    assert (loaded.ram, loaded.gpu) == ("tight", "no")
    assert (wide.ram, wide.gpu) == ("tight", "no")
    assert fit(1_000, "float32", Machine(GB, GB)).rows[0].gpu is None


def test_without_parameters_the_files_tell() -> None:
    rows = fit(None, "float32", ROOMY, weights=400_000_000).rows
    assert [(row.dtype, row.bytes) for row in rows] == [
        ("float32", 480_000_000 + FIXED),
        ("bfloat16", 240_000_000 + FIXED),
    ]
    (row,) = fit(None, None, ROOMY, weights=400_000_000).rows
    assert (row.dtype, row.as_loaded) == (None, True)
    # A type that is packed: parameters times size would say nothing.
    row = fit(8_000_000_000, "U4", ROOMY, weights=5 * GB).rows[0]
    assert (row.dtype, row.bytes, row.as_loaded) == (None, 6 * GB + FIXED, True)
    assert fit(None, None, ROOMY).rows == ()
    assert fit(None, "float32", ROOMY).rows == ()


def test_the_types_are_as_large_as_torch_has_them() -> None:
    import torch

    for name, size in SIZES.items():
        assert torch.empty(0, dtype=getattr(torch, name)).element_size() == size


def test_what_is_loaded_keeps_the_type_of_the_checkpoint(
    nothing_loaded: None, base_bert: Path, tmp_path: Path
) -> None:
    import torch
    from transformers import AutoModel

    folder = tmp_path / "half"
    shutil.copytree(base_bert, folder)
    AutoModel.from_pretrained(base_bert, dtype=torch.bfloat16).save_pretrained(folder)
    model = tfw.load(folder).model
    taken = sum(weight.numel() * weight.element_size() for weight in model.parameters())
    params = sum(weight.numel() for weight in model.parameters())
    (row, *_) = fit(params, "BF16", ROOMY).rows
    assert row.as_loaded
    assert row.bytes == round(taken * OVERHEAD) + FIXED
