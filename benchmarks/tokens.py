"""Looking at tokens: ours against bare ``encode`` and against tokenizers' EncodingVisualizer.

CPU time of this process, rounds of all candidates in turn. "First view" is everything up to the
message that a page gets: inspection, widget with its first screen, static HTML, text table. The
peer gets a tokenizer whose truncation is off, and makes the HTML that it would show.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable

import numpy as np
from tokenizers import Tokenizer
from tokenizers.tools import EncodingVisualizer

import tfwidgets as tfw
from benchmarks.texts import prose
from benchmarks.timing import interleaved, spread
from tfwidgets.models import load_tokenizer
from tfwidgets.tokens.backend import duplicate
from tfwidgets.tokens.pages import TokenPages
from tfwidgets.tokens.stages import take
from tfwidgets.tokens.subject import Subject

MODELS = ("demo/minilm", "demo/smollm2", "demo/t5-title")
SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
ROUNDS = 15
SCREEN = 50


def first_view(text: str, tokenizer: object) -> object:
    result = tfw.tokens(text, tokenizer=tokenizer)
    bundle, _ = result._repr_mimebundle_()  # the text table, as in a console
    widget = result.widget()
    data, _ = widget.mime(bundle["text/plain"], _picture(result))
    widget.close()
    return data


def _picture(result: tfw.TokenInspector) -> object:
    from tfwidgets.tokens.static import draw

    return draw(result)


def main() -> None:
    text = prose(10_000)
    print(f"A text of {len(text):,} characters, CPU ms, {ROUNDS} rounds")
    for model in MODELS:
        _against_encode(model, text)
    _against_visualizer(prose(10_000))
    _growth()
    _bytes()
    _stages(text)


def _against_encode(model: str, text: str) -> None:
    tokenizer = load_tokenizer(model, progress=False)
    plain = duplicate(tokenizer.backend_tokenizer)
    seconds = _cpu(
        {"encode": lambda: plain.encode(text), "view": lambda: first_view(text, tokenizer)},
        ROUNDS,
    )
    ratio = statistics.median(seconds["view"]) / statistics.median(seconds["encode"])
    for name, values in seconds.items():
        print(f"  {model:14} {name:8} {spread([1000 * v for v in values], ' ms')}")
    print(f"  {model:14} first view / encode: {ratio:.2f} (limit 3)")


def _against_visualizer(text: str) -> None:
    tokenizer = load_tokenizer("demo/minilm", progress=False)
    peer: Tokenizer = duplicate(tokenizer.backend_tokenizer)
    visualizer = EncodingVisualizer(peer, default_to_notebook=False)
    seconds = _cpu(
        {
            "EncodingVisualizer": lambda: visualizer(text),
            "tfw.tokens": lambda: first_view(text, tokenizer),
        },
        3,
    )
    theirs, ours = (statistics.median(values) for values in seconds.values())
    print(
        f"  EncodingVisualizer {1000 * theirs:.0f} ms, tfw.tokens {1000 * ours:.1f} ms, "
        f"ratio {theirs / ours:.0f}; its HTML has {len(visualizer(text).encode()):,} bytes"
    )


def _growth() -> None:
    tokenizer = load_tokenizer("demo/minilm", progress=False)
    texts = {size: prose(size) for size in SIZES}
    medians = []
    for size, text in texts.items():
        (values,) = _cpu({"view": lambda text=text: first_view(text, tokenizer)}, 5).values()
        medians.append(statistics.median(values))
        print(f"  {size:9,} characters: {spread([1000 * v for v in values], ' ms CPU')}")
    slope = np.polyfit(np.log(SIZES), np.log(medians), 1)[0]
    print(f"  exponent from {SIZES[0]:,} to {SIZES[-1]:,}: {slope:.2f} (limit 1.15)")


def _bytes() -> None:
    """Count what a page gets that scrolls through a megabyte from end to end."""
    chinese = "人人生而自由,在尊严和权利上一律平等。" * 2_000
    for name, text in (("English prose", prose(1_000_000)), ("Chinese", chinese)):
        print(f"  {name}, {len(text.encode()):,} bytes (the limit is for the first)")
        _sent(text)


def _sent(text: str) -> None:
    for model in MODELS:
        subject = Subject(load_tokenizer(model, progress=False), model)
        result = tfw.tokens(text, tokenizer=subject.tokenizer)
        pages = TokenPages(subject, result.rows[0])
        sent = 0
        named: set[int] = set()
        for start in range(0, len(pages), SCREEN):
            payload, buffers = pages.page(start, start + SCREEN)
            sent += _size(payload) + sum(map(len, buffers))
            fresh = set(pages.ids(start, start + SCREEN)) - named
            named |= fresh
            sent += _size({"pieces": [subject.piece(k) for k in fresh]}) + _size(list(fresh))
        first, buffers = pages.page(0, pages.first_screen)
        print(
            f"    {model:14} {len(result.ids):9,} tokens: {sent / len(text.encode()):.2f} bytes "
            f"sent per byte in all (limit 4); at first {_size(first) + sum(map(len, buffers)):,}"
        )


def _stages(text: str) -> None:
    for model in MODELS:
        subject = Subject(load_tokenizer(model, progress=False), model)
        (values,) = _cpu({"stages": lambda subject=subject: take(subject, (text,))}, 3).values()
        shown = spread([1000 * v for v in values], " ms CPU")
        print(f"  {model:14} all stages of 10,000 characters: {shown}")


def _size(payload: object) -> int:
    return len(json.dumps(payload, ensure_ascii=False).encode())


def _cpu(candidates: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    return interleaved(candidates, rounds, clock=time.process_time)
