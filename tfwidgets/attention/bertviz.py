"""What bertviz's calls take besides tensors, so that code for it goes on to work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tfwidgets.attention.capture import Pane
from tfwidgets.attention.item import Item, layer_index
from tfwidgets.attention.notes import note
from tfwidgets.attention.weights import Dense
from tfwidgets.errors import InputError
from tfwidgets.ui.strings import Message

# A first layer, by its place in the list, and the heads that are chosen there.
Start = tuple[int, list[int]]


def ignored(prettify_tokens: Any, display_mode: Any, html_action: Any) -> list[Message]:
    """Tell which arguments change nothing here; those that ask for what happens anyway do not."""
    asked = {
        "prettify_tokens": prettify_tokens not in (None, True),
        "display_mode": display_mode is not None,
        "html_action": html_action not in (None, "view"),
    }
    return [note(f"bertviz.{name}") for name, is_asked in asked.items() if is_asked]


def keep_heads(items: list[Item], heads: Any) -> list[Message]:
    """Leave only some heads of every layer, in the order given; return what is to be said."""
    kept = _numbers("include_heads", heads)
    for item in items:
        for pane in item.panes:
            fewest = min(layer.heads for layer in pane.layers)
            if not all(0 <= head < fewest for head in kept):
                raise InputError(f"include_heads={kept}: there are heads 0 to {fewest - 1}.")
            pane.layers[:] = [
                Dense(layer.values[kept]) if isinstance(layer, Dense) else layer
                for layer in pane.layers
            ]
    if kept == list(range(len(kept))):
        return []
    return [note("bertviz.heads", n=len(kept), heads=", ".join(map(str, kept)))]


def start(pane: Pane, layer: Any, heads: Any, include_heads: Any) -> Start | None:
    """Return what the view opens with; ``heads`` are numbers of the model, as ``layer`` is."""
    if layer is None and heads is None:
        return None
    number = 0 if layer is None else layer_index(pane, layer)
    count = pane.layers[number].heads
    there = list(range(count))
    if include_heads is not None:
        there = _numbers("include_heads", include_heads)
    wanted = there if heads is None else _numbers("heads", heads)
    missing = [head for head in wanted if head not in there]
    if missing:
        raise InputError(f"heads={wanted}: there are the heads {', '.join(map(str, there))}.")
    return number, [there.index(head) for head in wanted]


def _numbers(name: str, given: Any) -> list[int]:
    """Return numbers, each once."""
    listed = [given] if hasattr(given, "__index__") and not isinstance(given, bool) else given
    numbers = list(listed) if isinstance(listed, Iterable) else []
    if not numbers or not all(hasattr(number, "__index__") for number in numbers):
        raise InputError(f"{name}={given!r}: expected numbers of heads, such as [0, 5].")
    return list(dict.fromkeys(int(number) for number in numbers))
