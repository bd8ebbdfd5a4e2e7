"""How long a page takes, measured in the page: to the second frame after what counts is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

# A frame callback runs before its frame is painted, the next one after it.
_PAINTED = """
const painted = (told) => requestAnimationFrame(() => requestAnimationFrame(told));
const clock = () => performance.timeOrigin + performance.now();
"""

# Asked once a frame, and not on each change of the page, which would slow the page down.
_WATCH_FIRST = (
    _PAINTED
    + """
(() => {
  const look = () => {
    if (document.querySelectorAll(SELECTOR).length >= COUNT) {
      painted(() => (window.benchPainted = clock()));
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""
)

_WATCH_MOVES = (
    _PAINTED
    + """
window.benchMoves = [];
addEventListener("pointermove", (event) => {
  painted(() => benchMoves.push(performance.now() - event.timeStamp));
}, true);
"""
)

# The attributes by which the attention widget says what stands on its canvases.
_WATCH_WIDGET = """() => {
  PAINTED
  const bench = (window.bench = { painted: [], drawn: [], exact: [] });
  const events = { key: 0, move: 0 };
  addEventListener("keydown", (event) => (events.key = event.timeStamp), true);
  addEventListener("pointermove", (event) => (events.move = event.timeStamp), true);
  const heard = {
    "data-painted": () => painted(() => bench.painted.push(clock())),
    // Set anew at each drawing, with a new number for a new matrix.
    "data-drawn": () => {
      const { key } = events;
      painted(() => bench.drawn.push(performance.now() - key));
    },
    "data-exact": () => {
      const { move } = events;
      painted(() => bench.exact.push(performance.now() - move));
    },
  };
  new MutationObserver((records) => {
    const names = new Set();
    for (const { target, attributeName, oldValue } of records) {
      const value = target.getAttribute(attributeName);
      if (value !== null && value !== oldValue) names.add(attributeName);
    }
    for (const name of names) heard[name]();
  }).observe(document, {
    subtree: true, attributeFilter: Object.keys(heard), attributeOldValue: true,
  });
}""".replace("PAINTED", _PAINTED)

# What peers may take (ms).
_PATIENCE = 300_000

_COUNT_FRAMES = """
window.benchFrames = [];
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({ data }) => {
      const bytes = typeof data === "string" ? new Blob([data]).size : data.byteLength ?? data.size;
      benchFrames.push([performance.timeOrigin + performance.now(), bytes]);
    });
  }
};
"""

_OUTSIDE = re.compile(r"^(https?|wss?):")


class PeerPage:
    """A page from a file, without a network; some addresses are answered from files."""

    def __init__(self, browser: Any, served: dict[str, Path]) -> None:
        self.refused: list[str] = []
        self._context = browser.new_context(viewport={"width": 1280, "height": 900})
        self._context.set_default_timeout(_PATIENCE)
        self._context.route(_OUTSIDE, self._refuse)
        for address, path in served.items():
            self._context.route(address, _answer_with(path))
        self.page = self._context.new_page()

    def open(self, path: Path, selector: str, count: int) -> float:
        """Return when that many elements were painted: seconds since the epoch."""
        script = _WATCH_FIRST.replace("SELECTOR", repr(selector)).replace("COUNT", str(count))
        self.page.add_init_script(script)
        self.page.goto(path.as_uri(), wait_until="commit")
        self.page.wait_for_function("() => window.benchPainted", timeout=_PATIENCE)
        return float(self.page.evaluate("window.benchPainted")) / 1000

    def hover(self, selector: str, indices: list[int]) -> list[float]:
        """Move to some elements, one after the other: ms from each move to what it paints."""
        self.page.evaluate("() => {" + _WATCH_MOVES + "}")
        for done, index in enumerate(indices, 1):
            box = self.page.locator(selector).nth(index).bounding_box()
            self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            self.page.wait_for_function("(n) => benchMoves.length >= n", arg=done)
        values: list[float] = self.page.evaluate("benchMoves")
        return values

    def close(self) -> None:
        """Close the page."""
        self._context.close()

    def _refuse(self, route: Any) -> None:
        self.refused.append(route.request.url)
        route.abort("blockedbyclient")


def _answer_with(path: Path) -> Any:
    return lambda route: route.fulfill(path=path)


def count_frames(notebook: Any) -> None:
    """Count what comes over the sockets of a notebook's page, which is loaded anew."""
    notebook.page.add_init_script(_COUNT_FRAMES)
    notebook.reload()


class WidgetPage:
    """The attention widget in a notebook that is open in JupyterLab."""

    def __init__(self, notebook: Any) -> None:
        self.notebook = notebook
        self.page = notebook.page
        self.page.evaluate(_WATCH_WIDGET)

    def show(self, index: int, timeout: float = 120) -> float:
        """Run a cell that ends in a view; return when it was painted, in s since the epoch."""
        before = len(self._told("painted"))
        self.notebook.run_cell(index, timeout)
        self._wait("painted", before + 1, timeout)
        return self._told("painted")[before] / 1000

    def received(self, start: float, end: float) -> int:
        """Return the bytes that came over sockets between two times, in s since the epoch."""
        frames = self.page.evaluate("benchFrames")
        return sum(size for at, size in frames if start <= at / 1000 <= end)

    def press(self, keys: list[str], focus: str) -> list[float]:
        """Press keys that choose another matrix each: ms to the painted picture."""
        self.page.locator(focus).first.focus()
        for key in keys:
            before = len(self._told("drawn"))
            self.page.keyboard.press(key)
            self._wait("drawn", before + 1)
        return self._told("drawn")[-len(keys) :]

    def hover(self, canvas: str, places: list[tuple[float, float]]) -> list[float]:
        """Move to places of a canvas (shares of its sides): ms to the painted exact value."""
        place = self.page.locator(canvas).first
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        values = []
        for x, y in places:
            before = len(self._told("exact"))
            self.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            self._wait("exact", before + 1)
            values.append(self._told("exact")[-1])
        return values

    def _told(self, name: str) -> list[float]:
        told: list[float] = self.page.evaluate("(name) => bench[name]", name)
        return told

    def _wait(self, name: str, count: int, timeout: float = 20) -> None:
        self.page.wait_for_function(
            "([name, count]) => bench[name].length >= count",
            arg=[name, count],
            timeout=1000 * timeout,
        )
