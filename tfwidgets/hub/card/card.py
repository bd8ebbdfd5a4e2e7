"""A model's card: Markdown, below a header of YAML."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from tfwidgets.hub.notes import note
from tfwidgets.ui.html import element, render
from tfwidgets.ui.strings import Message
from tfwidgets.ui.text import clip, one_line, printable

MOST = 512 * 1024
"""Bytes of a card that are read; what follows is left out."""

_MARK = "---"
# Control characters but for tab and line end, and those of writing direction.
_ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SHOWN = 4_000
_LINES = 12
_WIDE = 100


@dataclass(frozen=True, repr=False)
class Card:
    """What its authors say of a model.

    Attributes
    ----------
    id
        The model.
    text
        The Markdown below the header.
    data
        The header: language, licence, task, data sets, results, ...; empty where there is none.
    origin
        ``"files"`` where it was read here, ``"hub"`` where it came over the network.
    truncated
        Whether it is so long that its end is left out.
    messages
        ``notes`` before they are written in a language.
    """

    id: str
    text: str
    data: dict[str, Any] = field(default_factory=dict)
    origin: Literal["files", "hub"] = "files"
    truncated: bool = False
    messages: tuple[Message, ...] = ()

    @classmethod
    def of(cls, id: str, content: bytes, origin: Literal["files", "hub"]) -> Card:  # noqa: A002
        """Read the content of a ``README.md``; more than ``MOST`` bytes are cut at a paragraph."""
        from tfwidgets.models.front_matter import Unreadable, parsed

        truncated = len(content) > MOST
        text = content[:MOST].decode("utf-8-sig", "replace").replace("\r\n", "\n")
        header, body = split(text)
        data: dict[str, Any] = {}
        messages: tuple[Message, ...] = ()
        try:
            data = parsed(header) if header is not None else {}
        except Unreadable:
            messages = (note("card"),)
        if truncated:
            body = _whole_paragraphs(body)
        return cls(id, _readable(body), data, origin, truncated, messages)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is wrong with it: a header that cannot be read."""
        return tuple(message.text() for message in self.messages)

    @property
    def title(self) -> str:
        """Its first heading, or the model's id."""
        for line in self.text[:_SHOWN].splitlines():
            if line.startswith("# "):
                return one_line(line[2:], _WIDE)
        return one_line(self.id, _WIDE)

    def __repr__(self) -> str:
        lines = [line for line in self.text[:_SHOWN].splitlines() if line.strip()]
        shown = [one_line(line, _WIDE) for line in lines[:_LINES]]
        kilobytes = max(1, round(len(self.text) / 1000))
        more = [f"… ({kilobytes} kB in all: .text)"] if len(lines) > len(shown) else []
        return "\n".join([f"Card of {one_line(self.id, _WIDE)}", "", *shown, *more])

    def _repr_html_(self) -> str:
        # As it is written, not as Markdown: a front end would fetch its images from anywhere.
        body = clip(self.text, _SHOWN) if self.text.strip() else "–"
        style = "white-space:pre-wrap;overflow-wrap:anywhere;max-height:400px;overflow:auto"
        return render(
            element("div", element("b", self.title), element("pre", body, style=style), dir="auto")
        )


def _readable(text: str) -> str:
    """Replace signs that act on a terminal, or turn around what follows on the screen."""
    return _ACTING.sub("\N{REPLACEMENT CHARACTER}", printable(text))


def split(text: str) -> tuple[str | None, str]:
    """Separate the header between two lines of ``---`` from what is below it.

    Returns
    -------
    The header, None where there is none, and the rest.
    """
    first, line_end, rest = text.partition("\n")
    if first.rstrip() != _MARK or not line_end:
        return None, text
    start = 0
    while start <= len(rest):
        end = rest.find("\n", start)
        line = rest[start:] if end < 0 else rest[start:end]
        if line.rstrip() == _MARK:
            return rest[:start], "" if end < 0 else rest[end + 1 :].lstrip("\n")
        if end < 0:
            break
        start = end + 1
    return None, text


def _whole_paragraphs(text: str) -> str:
    """Leave out the last paragraph, which is not whole, unless it is nearly all there is."""
    for end in ("\n\n", "\n", " "):
        whole, found, _ = text.rpartition(end)
        if found and len(whole) > len(text) // 2:
            return whole
    return text
