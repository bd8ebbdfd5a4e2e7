"""The attention views in Chromium: ours in JupyterLab, the peers in pages of their own.

The peers are spared JupyterLab, where bertviz draws nothing the first time. Times run from the
end of the model's forward pass to the second frame after the first view stands.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.attention_model import eager_attention, minilm, text_of
from benchmarks.pages import PeerPage, WidgetPage, count_frames

TOKENS, PEER_TOKENS, ROUNDS, MOVES = 512, 128, 5, 20
# 23 heads that were not shown before: along the first layer, down, and back.
SWITCHES = ["]"] * 11 + ["PageDown"] + ["["] * 11
REST = 4  # seconds
STAGE = ".att-heat .att-stage"

_SETUP = """
import time
import tfwidgets as tfw
from benchmarks.attention_model import long_model, minilm, text_of

ends = []
def timed(model):
    model.register_forward_hook(lambda *_: ends.append(time.time()))

loaded = minilm()
timed(loaded.model)
text = text_of(loaded.tokenizer, {tokens})
"""
_SHOW = "tfw.attention(text, model=loaded)"
_LONGER = """
pair = long_model({tokens}, {layers}, {heads})
timed(pair[0])
longer = text_of(pair[1], {tokens})
"""
_SHOW_LONGER = "tfw.attention(longer, model=pair, progress=False)"


@dataclass(frozen=True)
class Peer:
    """Seconds to build a page and to its paint, its bytes, milliseconds of each hover."""

    build: float
    painted: float
    bytes: int
    hovers: list[float]


@contextmanager
def chromium() -> Iterator[Any]:
    from tests.support.browser import open_browser

    with open_browser() as browser:
        yield browser


@contextmanager
def notebook_page(browser: Any, longer: dict[int, tuple[int, int]]) -> Iterator[WidgetPage]:
    """Open a notebook in JupyterLab, whose cell 1 shows the real MiniLM's view.

    Behind it two cells for each other length: its model (layers, heads), its view.
    """
    from tests.support.lab import LabServer
    from tests.support.notebook_page import NotebookPage, code_notebook

    with tempfile.TemporaryDirectory() as folder, LabServer(Path(folder) / "lab") as lab:
        cells = [_SETUP.format(tokens=TOKENS), _SHOW]
        for tokens, (layers, heads) in longer.items():
            cells += [_LONGER.format(tokens=tokens, layers=layers, heads=heads), _SHOW_LONGER]
        notebook = NotebookPage(browser, lab, lab.add(code_notebook(*cells)))
        try:
            count_frames(notebook)
            notebook.run_cell(0, timeout=120)
            yield WidgetPage(notebook)
            notebook.check()
        finally:
            notebook.close()


def first_view(shown: WidgetPage) -> tuple[float, int]:
    """Return seconds from the end of the forward pass to painted, and bytes sent until then.

    The view before has all that it asks for after it was painted, as when a person looks at it.
    """
    time.sleep(REST)
    started = time.time()
    end = shown.show(1)
    return end - _forward_end(shown), shown.received(started, end)


def reactions(shown: WidgetPage) -> tuple[list[float], list[float]]:
    """Return milliseconds of hovers, to the exact value, and of switches to other heads."""
    # Another row each time, in leaps: of none are the values there.
    rows = [(37 * k) % 79 for k in range(1, MOVES + 1)]
    # Above and to the left of the picture are its labels.
    hovers = shown.hover(STAGE, [(0.4 + row / 200, 0.3 + row / 125) for row in rows])
    return hovers, shown.press(SWITCHES, STAGE)


def longer_view(shown: WidgetPage, number: int) -> float:
    """Return the seconds to painted of the view of another length, counted from 0."""
    shown.notebook.run_cell(2 * number + 2, timeout=120)
    return shown.show(2 * number + 3, timeout=400) - _forward_end(shown)


def _forward_end(shown: WidgetPage) -> float:
    end: float = shown.notebook.kernel_value("ends[-1]")
    return end


def bertviz(browser: Any) -> Peer:
    """Measure bertviz' head view of the real MiniLM."""
    attention, tokens = _weights(PEER_TOKENS)
    served = peers.scripts(Path(tempfile.gettempdir()) / "tfwidgets-bench-scripts")
    return _peer(
        browser,
        lambda: peers.bertviz_page(attention, tokens),
        served,
        ("#vis svg line", 1),
        "svg #left .background",
    )


def circuitsvis(browser: Any) -> Peer:
    """Measure CircuitsVis' heads of the first layer of the real MiniLM."""
    attention, tokens = _weights(PEER_TOKENS)
    layer = attention[0][0]
    return _peer(
        browser, lambda: peers.circuitsvis_page(layer, tokens), {}, ("canvas", len(layer)), None
    )


def bertviz_build(tokens: int) -> tuple[float, int]:
    """Build bertviz' page alone: seconds and bytes."""
    attention, names = _weights(tokens)
    started = time.perf_counter()
    page = peers.bertviz_page(attention, names)
    return time.perf_counter() - started, len(page.encode())


def _peer(
    browser: Any,
    build: Any,
    served: dict[str, Path],
    first: tuple[str, int],
    tokens: str | None,
) -> Peer:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        started = time.time()
        page = build()
        built = time.time() - started
        path.write_text(page, encoding="utf-8")
        shown = PeerPage(browser, served)
        try:
            painted = shown.open(path, *first) - started
            # Tokens that are on screen.
            hovers = shown.hover(tokens, [5, 20, 3, 12, 30, 8, 25, 2, 16]) if tokens else []
            assert not shown.refused, f"the peer lacks {shown.refused}"
        finally:
            shown.close()
    return Peer(built, painted, len(page.encode()), hovers)


def _weights(tokens: int) -> Any:
    loaded = minilm()
    return eager_attention(loaded, text_of(loaded.tokenizer, tokens))


def middle(values: list[float]) -> float:
    return statistics.median(values)
