"""The script-free picture of an inspection, for notebooks without a live widget."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from tfwidgets.tokens.chat import GENERATION, Part
from tfwidgets.tokens.compare import different
from tfwidgets.tokens.encoded import Bools, Encoded
from tfwidgets.tokens.result import Reading, TokenInspector
from tfwidgets.ui.html import element
from tfwidgets.ui.strings import Language, current_language, number, translate
from tfwidgets.ui.text import clip

TOKENS = 100
TEXTS = 20
CELLS = 12
_LONGEST = 60  # characters of one token or of the text between two
_CALM = "opacity:.8;margin:.4em 0"
_CELL = "padding:.2em .6em;text-align:left;vertical-align:top"
_FLOW = "font-family:monospace;line-height:2;white-space:pre-wrap;overflow-wrap:anywhere"
_CHIP = "padding:.1em 0;border-bottom:2px solid;border-radius:2px;background:"
_SPECIAL = "padding:.1em .3em;border:1px solid currentColor;border-radius:3px;opacity:.75"
_DIFFERENT = ";border-bottom:4px double"
_ADDED = ";outline:1px dashed;outline-offset:-1px"
_ROLE = "font:bold 1em sans-serif;opacity:.8"
_CUT = "opacity:.5;text-decoration:line-through"
# Half transparent, so that each can be read on white and on black; the lines differ as well.
_TINTS = ("rgba(56,132,255,.22)", "rgba(245,158,11,.25)", "rgba(16,185,129,.25)",
          "rgba(236,72,153,.22)", "rgba(139,92,246,.25)")  # fmt: skip
_GLYPHS = str.maketrans({" ": "·", "\n": "⏎\n", "\t": "→\t", "\N{NO-BREAK SPACE}": "⍽"})


def draw(inspector: TokenInspector) -> ET.Element:
    """Draw the first tokens or rows, and say how many are left out."""
    language = current_language()
    parts = []
    firsts = [reading.first for reading in inspector.readings]
    marked = different(firsts) if len(firsts) > 1 and not inspector.is_batch else [None]
    for k, reading in enumerate(inspector.readings):
        parts.append(_head(inspector, reading, language))
        if not inspector.is_batch:
            spans = _Spans(reading, list(inspector.chat.parts if inspector.chat else ()), marked[k])
            parts += _flow(spans, language)
    if inspector.is_batch:
        parts += _batch(inspector, language)
    parts += [element("p", note, style="margin:.4em 0") for note in inspector.notes]
    return element("div", *parts, class_="tfw-static")


def _words(key: str, language: Language, **values: object) -> str:
    return translate("tokens-notes", f"static.{key}", language, **values)


def _head(inspector: TokenInspector, reading: Reading, language: Language) -> ET.Element:
    subject = reading.subject
    facts = [subject.name]
    if subject.algorithm:
        facts.append(subject.algorithm)
    if not inspector.is_batch:
        special = int(reading.first.special_mask.sum())
        facts.append(_words("tokens", language, n=len(reading.first)))
        if special:
            facts.append(_words("special", language, n=special))
        if (rate := reading.per_word) is not None:
            written = f"{rate:.2f}"
            written = written.replace(".", ",") if language == "de" else written
            facts.append(_words("per-word", language, rate=written))
    return element("div", " · ".join(facts), style="opacity:.8;margin:.4em 0")


def _flow(spans: _Spans, language: Language) -> list[ET.Element]:
    """Return the text with its tokens, as far as there is room."""
    parts = [element("div", *spans.drawn(), style=_FLOW)]
    if spans.left:
        left = _words("tokens-left-out", language, n=spans.left)
        parts.append(element("p", left, style=_CALM))
    return parts


class _Spans:
    """The first tokens of a text as elements, with the text between them.

    Roles of a chat stand above what they say; tokens that other tokenizers lack have a double
    line, added tokens a border.
    """

    def __init__(self, reading: Reading, roles: list[Part], differs: Bools | None) -> None:
        self.subject = reading.subject
        self.row = row = reading.first
        self.left = max(0, len(row) - TOKENS)
        self._roles = roles
        self._differs = [False] * TOKENS if differs is None else differs[:TOKENS].tolist()
        self._at = [0] * len(row.texts)
        self._parts: list[ET.Element | str] = []

    def drawn(self) -> list[ET.Element | str]:
        """Return all parts, what truncation cut off among them."""
        row = self.row
        columns = (row.ids, row.placed, row.sequence_ids)
        lists = [column[:TOKENS].tolist() for column in columns]
        spans = None if row.offsets is None else row.offsets[:TOKENS].tolist()
        for k, (token, placed, sequence) in enumerate(zip(*lists, strict=True)):
            piece = clip(self.subject.piece(token), _LONGEST)
            if not placed or spans is None:
                self._parts.append(element("span", piece or "–", style=_SPECIAL))
                continue
            start, end = spans[k]
            style = _CHIP + _TINTS[k % len(_TINTS)]
            style += _DIFFERENT * self._differs[k] + _ADDED * (token in self.subject.added)
            title = f"{k}: {piece} · id {token} · {start}–{end}"
            text = self._text(sequence, start, end)
            content = _clipped(text).translate(_GLYPHS) if text else piece
            self._parts.append(element("span", content, style=style, title=title))
        texts = zip(row.texts, self._at, strict=True)
        rest = "" if self.left else "".join(text[at:] for text, at in texts).strip()
        if rest and row.overflow:
            self._parts += [" ", _cut(rest)]
        return self._parts

    def _text(self, sequence: int, start: int, end: int) -> str:
        """Add what stands before a token; return its text, or "" for a part of a character."""
        text, at = self.row.texts[sequence], self._at[sequence]
        while self._roles and sequence == 0 and start >= self._roles[0].start:
            self._parts.append(element("div", _role(self._roles.pop(0)), style=_ROLE))
        if start > at:
            gap = text[at:start]
            # Before the first token, that is what truncation on the left cut off.
            cut = at == 0 and self.row.overflow and gap.strip()
            self._parts.append(_cut(gap) if cut else _clipped(gap))
        self._at[sequence] = max(at, end)
        return text[max(start, at) : end]


def _role(part: Part) -> str:
    named = part.role == GENERATION
    return _words("generation", current_language()) if named else clip(part.role, _LONGEST)


def _cut(text: str) -> ET.Element:
    title = _words("cut", current_language())
    return element("span", clip(text, 4 * _LONGEST), style=_CUT, title=title)


def _cells(reading: Reading, row: Encoded) -> ET.Element:
    """Return the first tokens of a row of a batch, what the model ignores pale."""
    cells: list[ET.Element | str] = []
    for k, token in enumerate(row.ids[:CELLS].tolist()):
        piece = clip(reading.subject.piece(token), 16) or "–"
        style = _SPECIAL if row.special_mask[k] else _CHIP + _TINTS[k % len(_TINTS)]
        pale = "" if row.attention_mask[k] else ";opacity:.4"
        cells.append(element("span", piece, style=style + pale))
        cells.append(" ")
    left = len(row) - CELLS
    return element("td", *cells, f"+{left}" if left > 0 else None, style=_CELL + ";" + _FLOW)


def _clipped(text: str) -> str:
    return text if len(text) <= 2 * _LONGEST else f"{text[:_LONGEST]} … {text[-_LONGEST // 2 :]}"


def _batch(inspector: TokenInspector, language: Language) -> list[ET.Element]:
    batch = inspector.batch
    shown = min(len(batch.rows), TEXTS)
    names = [r.subject.name for r in inspector.readings]
    compared = len(names) > 1
    header = ["#", _words("columns.text", language)]
    header += names if compared else [
        _words(f"columns.{key}", language) for key in ("tokens", "padding", "cut", "row")
    ]  # fmt: skip
    rows = []
    for k, row in enumerate(batch.rows[:shown]):
        if compared:
            counts = [reading.count(k) for reading in inspector.readings]
        else:
            seen = int(row.attention_mask.sum())
            counts = [seen, len(row) - seen, row.cut]
        label = inspector.labels[k] if inspector.labels else inspector.texts[k][0]
        rows.append(
            element(
                "tr",
                element("td", number(k + 1, language), style=_CELL),
                element("td", clip(label, 120), style=_CELL, dir="auto"),
                *(element("td", number(count, language), style=_CELL) for count in counts),
                None if compared else _cells(inspector.readings[0], row),
            )
        )
    table = element(
        "table",
        element("thead", element("tr", *(element("th", h, style=_CELL) for h in header))),
        element("tbody", *rows),
        style="border-collapse:collapse",
    )
    left = len(batch.rows) - shown
    if not left:
        return [table]
    return [table, element("p", _words("rows-left-out", language, n=left), style=_CALM)]
