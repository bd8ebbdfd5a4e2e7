"""What attends to what: ``tfw.attention`` beside bertviz and CircuitsVis, on the real MiniLM.

bertviz needs 57 s and 3.4 GB to build its page of 512 tokens (869 MB), which no browser paints:
it is measured at 128 tokens against ours at 512. ``TFWIDGETS_BENCH_LARGE=1`` builds it at 512.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from typing import Any

import torch

from benchmarks import attention_browser, attention_long, peers
from benchmarks.attention_browser import PEER_TOKENS, ROUNDS, TOKENS, Peer, middle
from benchmarks.attention_long import HEADS as LONG_HEADS
from benchmarks.attention_long import HUGE, LAYERS, LONG
from benchmarks.attention_model import eager, minilm, text_of
from benchmarks.table import Row, seconds, show, size
from benchmarks.timing import interleaved

CAPTURES = 15


def main() -> None:
    print(
        f"Real MiniLM, {TOKENS} tokens, {torch.get_num_threads()} threads; peers at {PEER_TOKENS}. "
        f"Browser: Chromium, no network. Load of the machine: {os.getloadavg()[0]:.1f}"
    )
    for section in (_browser, _builds, _capture, _long, _huge):
        # Each at once: the whole takes minutes.
        show(list(section()))


def _capture() -> Iterator[Row]:
    """CPU time of a forward pass that is taken down, against a plain one."""
    from tfwidgets.attention.capture import capture

    loaded = minilm()
    inputs = loaded.tokenizer(text_of(loaded.tokenizer, TOKENS), return_tensors="pt")
    assert inputs["input_ids"].shape[1] == TOKENS
    slow = eager(loaded)

    def run(model: Any, **options: Any) -> None:
        with torch.inference_mode():
            model(**inputs, **options)

    times = interleaved(
        {
            "sdpa": lambda: run(loaded.model),
            "capture": lambda: capture(loaded.model, inputs),
            "eager": lambda: run(slow, output_attentions=True),
        },
        CAPTURES,
        clock=time.process_time,
    )
    plain, ours, theirs = (statistics.median(values) for values in times.values())
    yield Row(
        "capture over a plain sdpa forward, CPU",
        f"{ours / plain:.2f}",
        f"eager with weights {theirs / plain:.2f}",
        limit="1.25",
        holds=ours <= 1.25 * plain,
    )


def _long() -> Iterator[Row]:
    found = attention_long.measure("long")
    full, kept = found["full"], found["kept"]
    yield Row(
        f"{LONG} tokens: memory that the kernel keeps",
        size(kept),
        f"all weights {size(full)}",
        f"1/{full / max(1, kept):.0f}",
        "1/15",
        kept <= full / 15,
    )
    yield Row(f"{LONG} tokens: the same after looking around", size(found["looked"]))
    largest = max(found["replies"], key=found["replies"].get)
    most = found["replies"][largest]
    yield Row(
        f"{LONG} tokens: largest reply ({largest})",
        size(most),
        limit="0.3 MB",
        holds=most <= 300_000,
    )


def _huge() -> Iterator[Row]:
    found = attention_long.measure("huge")
    name = f"{HUGE} tokens"
    yield Row(f"{name}: capture", seconds(found["capture"]), f"plain {seconds(found['forward'])}")
    yield Row(f"{name}: open; thumbnails", f"{seconds(found['open'])}; {seconds(found['thumbs'])}")
    yield Row(f"{name}: coarse picture of a head", seconds(found["coarse"]))
    yield Row(
        f"{name}: exact picture, {found['stripes']} steps",
        seconds(found["exact"]),
        f"longest step {seconds(found['longest'])}",
    )


def _browser() -> Iterator[Row]:
    try:
        import playwright  # noqa: F401
    except ImportError:
        print("No figures from the browser: pip install -c constraints.txt -e '.[dev,bench]'")
        return
    longer = {LONG: (LAYERS, LONG_HEADS), HUGE: (1, 2)}
    with (
        attention_browser.chromium() as browser,
        attention_browser.notebook_page(browser, longer) as shown,
    ):
        first, sent = attention_browser.first_view(shown)
        painted = [attention_browser.first_view(shown)[0] for _ in range(ROUNDS)]
        bertviz = _peer("bertviz", attention_browser.bertviz, browser)
        circuits = _peer("circuitsvis", attention_browser.circuitsvis, browser)
        # Before and after the peers: the machine may have had other things to do.
        painted += [attention_browser.first_view(shown)[0] for _ in range(ROUNDS)]
        hovers, switches = attention_browser.reactions(shown)
        times = [attention_browser.longer_view(shown, k) for k in range(len(longer))]
    yield from _first_view(first, painted, sent, bertviz, circuits)
    yield from _reactions(hovers, switches, bertviz)
    for tokens, time_ in zip(longer, times, strict=True):
        yield Row(f"{tokens} tokens: forward pass to painted", seconds(time_))


def _peer(name: str, measure: Any, browser: Any) -> Peer | None:
    reason = peers.missing(name)
    if reason is None:
        try:
            found: Peer = measure(browser)
            return found
        except RuntimeError as error:
            reason = str(error)
    print(f"Without {name}: {reason}")
    return None


def _first_view(
    first: float, painted: list[float], sent: int, bertviz: Peer | None, circuits: Peer | None
) -> Iterator[Row]:
    ours = middle(painted)
    yield Row(
        "sent until the first view stands",
        size(sent),
        f"bertviz {size(bertviz.bytes)}" if bertviz else "",
        f"1/{bertviz.bytes / sent:.0f}" if bertviz else "",
        "1 MB",
        sent <= 1e6,
    )
    yield Row(
        f"forward pass to painted (median of {len(painted)})",
        f"{seconds(ours)} ({seconds(min(painted))} to {seconds(max(painted))})",
        f"bertviz {seconds(bertviz.painted)}" if bertviz else "",
        f"1/{bertviz.painted / ours:.0f}" if bertviz else "",
        "1/100",
        ours < bertviz.painted / 100 if bertviz else None,
    )
    yield Row(
        "the same, first time in a fresh kernel and page",
        seconds(first),
        f"CircuitsVis, one layer {seconds(circuits.painted)}" if circuits else "",
        f"1/{circuits.painted / first:.0f}" if circuits else "",
    )


def _reactions(hovers: list[float], switches: list[float], bertviz: Peer | None) -> Iterator[Row]:
    switch, hover = middle(switches), middle(hovers)
    yield Row(
        f"another head (median of {len(switches)}, all new)",
        f"{switch:.0f} ms (most {max(switches):.0f})",
        limit="100 ms",
        holds=switch < 100,
    )
    theirs = middle(bertviz.hovers) if bertviz else 0
    yield Row(
        f"hover, to the exact value (median of {len(hovers)})",
        f"{hover:.0f} ms (most {max(hovers):.0f})",
        f"bertviz {theirs:.0f} ms (first {bertviz.hovers[0]:.0f})" if bertviz else "",
        f"1/{theirs / hover:.1f}" if bertviz else "",
        "100 ms",
        hover < 100,
    )


def _builds() -> Iterator[Row]:
    if peers.missing("bertviz"):
        return
    sizes = [128, 256] + [512] * (os.environ.get("TFWIDGETS_BENCH_LARGE") == "1")
    for tokens in sizes:
        time_, count = attention_browser.bertviz_build(tokens)
        yield Row(
            f"bertviz' page of {tokens} tokens, built", "", f"{seconds(time_)}, {size(count)}"
        )
