"""Attention over thousands of tokens, in the kernel: what is kept, sent and computed.

``python -m benchmarks.attention_long long`` or ``… huge`` measures in a process of its own,
whose memory nobody else uses, and writes JSON.
"""

from __future__ import annotations

import ctypes
import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

LENS = {"words": False, "special": True, "renormalize": False}
LONG, LAYERS, HEADS = 4_096, 2, 8
HUGE = 32_768
# As the page asks (js/src/attention/heat/plan.ts): cells of a picture, weights of a stripe.
CELLS, STRIPE, SAMPLE = 512 * 512, 2**23, 2
THUMB = 64


def measure(what: str) -> dict[str, Any]:
    """Run a measurement in a process of its own."""
    done = subprocess.run(  # noqa: S603 - this file
        [sys.executable, "-m", "benchmarks.attention_long", what],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def long() -> dict[str, Any]:
    """Measure the memory that 4 096 tokens take, and the largest reply."""
    import tfwidgets as tfw
    from benchmarks.attention_model import long_model, text_of

    pair = long_model(LONG, LAYERS, HEADS)
    # What a model needs the first time is no matter of attention: once before, of that length.
    text = text_of(pair[1], LONG)
    _forward(*pair, text)
    tfw.attention("A few words.", model=pair, progress=False)
    before = _resident()
    view = tfw.attention(text, model=pair, progress=False)
    after = _resident()
    assert len(view.items[0].axes[0]) == LONG
    replies = dict(_replies(view.widget()))
    looked = _resident()
    full = LAYERS * HEADS * LONG**2 * 4
    return {
        "full": full,
        "kept": after - before,
        "looked": looked - before,
        "stored": sum(pane.bytes for pane in view.items[0].panes),
        "replies": replies,
    }


def _replies(widget: Any) -> Iterator[tuple[str, int]]:
    """Yield the largest reply for each request that a reader can cause."""
    matrix = {"item": 0, "kind": "self", "layer": 1, "heads": [3], "lens": LENS}
    yield "open", _size(widget, type="open", item=0, lens=LENS)
    level = 0
    while LONG >> level >= 64:
        side = min(512, LONG >> level)
        whole = {"level": level, "rows": [0, side], "columns": [0, side], "sample": 0}
        yield f"tile, level {level}", _size(widget, type="tile", **matrix, **whole)
        level += 1
    flat = {"level": 0, "rows": [0, CELLS // LONG], "columns": [0, LONG], "sample": 0}
    yield "tile, wide", _size(widget, type="tile", **matrix, **flat)
    overview = {"item": 0, "kind": "self", "layers": [0, LAYERS], "size": THUMB}
    yield "thumbs", _size(widget, type="thumbs", **overview)
    yield "lines", _size(widget, type="lines", **matrix, query=2_000, key=1_000)
    yield "stats", _size(widget, type="stats", item=0, kind="self")
    one = {**{k: v for k, v in matrix.items() if k != "heads"}, "head": 3}
    yield "neuron", _size(widget, type="neuron", **one, query=2_000, keys=[0, 64])


def huge() -> dict[str, Any]:
    """Time 32 768 keys: capture, opening, the coarse picture, one whole exact pass."""
    import tfwidgets as tfw
    from benchmarks.attention_model import long_model, text_of

    pair = long_model(HUGE, layers=1, heads=2)
    text = text_of(pair[1], HUGE)
    forward = _seconds(lambda: _forward(*pair, text))
    started = time.perf_counter()
    view = tfw.attention(text, model=pair, progress=False)
    capture = time.perf_counter() - started
    widget = view.widget()
    matrix = {"item": 0, "kind": "self", "layer": 0, "heads": [0], "lens": LENS}
    level = (HUGE // 512).bit_length() - 1

    def tile(rows: tuple[int, int], sample: int) -> None:
        widget._answer(
            {"type": "tile", **matrix, "level": level, "rows": rows, "columns": (0, 512)}
            | {"sample": sample}
        )

    opened = _seconds(lambda: widget._answer({"type": "open", "item": 0, "lens": LENS}))
    coarse = _seconds(lambda: tile((0, 512), SAMPLE))
    overview = {"type": "thumbs", "item": 0, "kind": "self", "layers": [0, 1], "size": THUMB}
    thumbs = _seconds(lambda: widget._answer(overview))
    step = max(1, STRIPE // (HUGE << level))
    stripes = [_seconds(lambda row=row: tile((row, row + step), 0)) for row in range(0, 512, step)]
    return {
        "forward": forward,
        "capture": capture,
        "open": opened,
        "coarse": coarse,
        "thumbs": thumbs,
        "exact": sum(stripes),
        "stripes": len(stripes),
        "longest": max(stripes),
    }


def _forward(model: Any, tokenizer: Any, text: str) -> None:
    import torch

    inputs = tokenizer(text, return_tensors="pt")
    with torch.inference_mode():
        model(**inputs, use_cache=False, logits_to_keep=1)


def _resident() -> int:
    """Return the bytes of memory that are in use, without what is only kept for later."""
    gc.collect()
    with suppress(OSError, AttributeError):  # glibc alone
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    return int(psutil.Process().memory_info().rss)


def _size(widget: Any, **request: Any) -> int:
    payload, buffers = widget._answer(request)
    return len(json.dumps(payload, ensure_ascii=False).encode()) + sum(map(len, buffers))


def _seconds(action: Any) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


if __name__ == "__main__":
    print(json.dumps({"long": long, "huge": huge}[sys.argv[1]]()))
