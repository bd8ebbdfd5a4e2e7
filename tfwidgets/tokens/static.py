"""The script-free picture of an inspection, for notebooks without a live widget."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from tfwidgets.tokens.encoded import Encoded
from tfwidgets.tokens.result import Reading, TokenInspector
from tfwidgets.ui.html import element
from tfwidgets.ui.strings import Language, current_language, number, translate
from tfwidgets.ui.text import clip

TOKENS = 100
TEXTS = 20
_LONGEST = 60  # characters of one token or of the text between two
_CALM = "opacity:.8;margin:.4em 0"
_CELL = "padding:.2em .6em;text-align:left;vertical-align:top"
_FLOW = "font-family:monospace;line-height:2;white-space:pre-wrap;overflow-wrap:anywhere"
_CHIP = "padding:.1em 0;border-bottom:2px solid;border-radius:2px;background:"
_SPECIAL = "padding:.1em .3em;border:1px solid currentColor;border-radius:3px;opacity:.75"
_CUT = "opacity:.5;text-decoration:line-through"
# Half transparent, so that each can be read on white and on black; the lines differ as well.
_TINTS = ("rgba(56,132,255,.22)", "rgba(245,158,11,.25)", "rgba(16,185,129,.25)",
          "rgba(236,72,153,.22)", "rgba(139,92,246,.25)")  # fmt: skip
_GLYPHS = str.maketrans({" ": "·", "\n": "⏎\n", "\t": "→\t", "\N{NO-BREAK SPACE}": "⍽"})


def draw(inspector: TokenInspector) -> ET.Element:
    """Draw the first tokens or rows, and say how many are left out."""
    language = current_language()
    parts = []
    for reading in inspector.readings:
        parts.append(_head(inspector, reading, language))
        if not inspector.is_batch:
            parts += _flow(reading, language)
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


def _flow(reading: Reading, language: Language) -> list[ET.Element]:
    """Return the text with its tokens, as far as there is room."""
    row = reading.first
    shown = min(len(row), TOKENS)
    spans = _Spans(reading, row, shown)
    parts = [element("div", *spans.done(whole=shown == len(row)), style=_FLOW)]
    if shown < len(row):
        left = _words("tokens-left-out", language, n=len(row) - shown)
        parts.append(element("p", left, style=_CALM))
    return parts


class _Spans:
    """The first tokens of a row as elements, with the text between them."""

    def __init__(self, reading: Reading, row: Encoded, count: int) -> None:
        self.subject = reading.subject
        self.row = row
        self.parts: list[ET.Element | str] = []
        self._at = [0] * len(row.texts)
        spans = [(0, 0)] * count if row.offsets is None else row.offsets[:count].tolist()
        columns = (row.ids, row.placed, row.sequence_ids)
        tokens = zip(*(column[:count].tolist() for column in columns), spans, strict=True)
        for k, (token, placed, sequence, (start, end)) in enumerate(tokens):
            piece = self.subject.piece(token)
            if placed:
                title = f"{k}: {clip(piece, _LONGEST)} · id {token} · {start}–{end}"
                self._place(_CHIP + _TINTS[k % len(_TINTS)], piece, sequence, (start, end), title)
            else:
                self.parts.append(element("span", clip(piece, _LONGEST) or "–", style=_SPECIAL))

    def _place(
        self, style: str, piece: str, number: int, span: tuple[int, int], title: str
    ) -> None:
        """Add a token of a text; parts of one character stand behind it by their names."""
        start, end = span
        text = self.row.texts[number]
        at = self._at[number]
        if start > at:
            gap = text[at:start]
            # Before the first token, that is what truncation on the left cut off.
            cut = at == 0 and self.row.overflow and gap.strip()
            self.parts.append(self._cut(gap) if cut else _clipped(gap))
        shown = text[max(start, at) : end]
        content = _shown(_clipped(shown)) if shown else clip(piece, _LONGEST)
        self.parts.append(element("span", content, style=style, title=title))
        self._at[number] = max(at, end)

    def done(self, *, whole: bool) -> list[ET.Element | str]:
        """Add what truncation cut off behind them, and return all parts."""
        texts = zip(self.row.texts, self._at, strict=True)
        rest = "".join(text[at:] for text, at in texts).strip() if whole else ""
        if rest and self.row.overflow:
            self.parts += [" ", self._cut(rest)]
        return self.parts

    def _cut(self, text: str) -> ET.Element:
        title = _words("cut", current_language())
        return element("span", clip(text, 4 * _LONGEST), style=_CUT, title=title)


def _clipped(text: str) -> str:
    return text if len(text) <= 2 * _LONGEST else f"{text[:_LONGEST]} … {text[-_LONGEST // 2 :]}"


def _shown(text: str) -> str:
    return text.translate(_GLYPHS)


def _batch(inspector: TokenInspector, language: Language) -> list[ET.Element]:
    batch = inspector.batch
    shown = min(len(batch.rows), TEXTS)
    names = [r.subject.name for r in inspector.readings]
    compared = len(names) > 1
    header = ["#", _words("columns.text", language)]
    header += names if compared else [
        _words(f"columns.{key}", language) for key in ("tokens", "padding", "cut")
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
