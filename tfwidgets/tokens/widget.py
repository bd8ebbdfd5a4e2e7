"""The live view of an inspection: it sends what is on screen."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import traitlets

from tfwidgets.errors import InputError
from tfwidgets.tokens.batch import Batch, for_page
from tfwidgets.tokens.compare import different, words
from tfwidgets.tokens.derivation import Deriver
from tfwidgets.tokens.encoded import Encoded
from tfwidgets.tokens.notes import batch_notes
from tfwidgets.tokens.pages import TokenPages, token_flags
from tfwidgets.tokens.result import Reading, TokenInspector
from tfwidgets.tokens.settings import Settings
from tfwidgets.tokens.units import Span
from tfwidgets.tokens.vocabulary import Entry
from tfwidgets.tokens.windows import Windows
from tfwidgets.ui.strings import Message
from tfwidgets.ui.text import printable
from tfwidgets.ui.view import Reply, View, answers

MOST_UNITS = 200
MOST_PIECES = 5_000
MOST_ROWS = 500
MOST_TEXTS = 2_000
MOST_OCCURRENCES = 20
OVERVIEW_ROWS = 400
LABEL = 80
DISAGREE = 64


class TokensView(View):
    """Tokens, stages, batch, comparison and vocabulary of one inspection."""

    bundle: ClassVar[str] = "tokens"
    parts: ClassVar[tuple[str, ...]] = ("stages", "batch", "compare", "vocabulary")

    summary = traitlets.Dict().tag(sync=True)
    first = traitlets.Dict().tag(sync=True)
    texts: Any = traitlets.List().tag(sync=True)
    batch = traitlets.Dict().tag(sync=True)

    def __init__(self, inspector: TokenInspector) -> None:
        self._inspector = inspector
        self._pages = _all_pages(inspector)
        self._last: Batch | None = None
        self._found: tuple[Any, list[int]] = (None, [])
        main = self._pages[0]
        count = main.first_screen
        payload, (heads, packed) = main.page(0, count)
        names = [[k, printable(main.subject.piece(k))] for k in main.ids(0, count)]
        size = min(8, max(2, len(inspector.rows) // 2)) if inspector.is_batch else 1
        super().__init__(
            summary=_summary(inspector, self._pages),
            first={**payload, "units": heads, "tokens": packed, "pieces": names},
            texts=_texts(inspector),
            batch=for_page(inspector.settings, size, inspector.subject),
        )

    @answers("units")
    def _page(self, source: int, start: int, stop: int) -> Reply:
        start = max(0, start)
        return self._of(source).page(start, min(stop, start + MOST_UNITS))

    @answers("pieces")
    def _pieces(self, source: int, ids: list[int]) -> Reply:
        subject = self._of(source).subject
        return {"pieces": [printable(subject.piece(int(k))) for k in ids[:MOST_PIECES]]}, []

    @answers("stages")
    def _stages(self, window: int = 0) -> Reply:
        return self._windows.payload(window), []

    @answers("word")
    def _word(self, word: int) -> Reply:
        pieces = self._inspector.stages.pre_tokens
        if not 0 <= word < len(pieces):
            raise InputError("There is no such word.")
        return self._deriver.derive(pieces[word].text), []

    @answers("batch")
    def _batch(self, settings: dict[str, Any], start: int, stop: int) -> Reply:
        inspector = self._inspector
        settings = dict(settings)
        size = max(1, int(settings.pop("batch_size", None) or 1))
        batch = self._batch_of(settings)
        drawn = batch.drawn()
        start = max(0, start)
        shown = drawn[start : min(stop, start + MOST_ROWS)]
        cells = np.concatenate(
            [self._cells(batch, row) for _, _, row in shown] or [np.empty(0, dtype="<u4")]
        )
        rows = [
            {
                "text": k,
                "overflow": overflow,
                "real": int(row.attention_mask.sum()),
                "columns": len(row),
                "cut": 0 if overflow else row.cut,
                "label": self._label(k),
            }
            for k, overflow, row in shown
        ]
        shipped = inspector.subject.as_shipped
        pad = inspector.subject.pad
        payload = {
            "start": start,
            "total": len(drawn),
            "rows": rows,
            "types": _high_types([row for _, _, row in shown]),
            "columns": max(len(row) for _, _, row in drawn),
            "texts": len(batch.rows),
            "padding": batch.padding,
            "in_order": batch.wasted(size, by_length=False),
            "sorted": batch.wasted(size, by_length=True),
            "disagreeing": batch.disagreements,
            "pad": None if pad is None else {"id": pad[0], "token": printable(pad[1])},
            "notes": [note.texts() for note in batch_notes(batch, several=inspector.is_batch)],
            "shipped": None if shipped is None else for_page(shipped, size, inspector.subject),
            "overview": batch.overview(OVERVIEW_ROWS),
        }
        return payload, [cells.astype("<u4").tobytes()]

    @answers("vocabulary")
    def _vocabulary(self, query: str, mode: str, start: int, stop: int) -> Reply:
        vocabulary = self._inspector.vocabulary
        if (query, mode) != self._found[0]:
            # An id is shown among its neighbours.
            found = vocabulary.ids if mode == "id" else vocabulary.search(query, mode)
            self._found = (query, mode), found
        found = self._found[1]
        start = max(0, start)
        rows = [vocabulary.entry(k) for k in found[start : min(stop, start + MOST_ROWS)]]
        return {
            "start": start,
            "total": len(found),
            "rows": [_entry(row) for row in rows],
            "at": vocabulary.position(query) if mode == "id" else None,
        }, []

    @answers("entry")
    def _entry(self, entry: int) -> Reply:
        vocabulary = self._inspector.vocabulary
        found = vocabulary.entry(entry)
        places = np.flatnonzero(self._inspector.rows[0].ids == entry)
        return {
            **_entry(found),
            "bytes": found.bytes.hex(" "),
            "occurrences": places[:MOST_OCCURRENCES].tolist(),
            "count": len(places),
            "neighbours": [_entry(row) for row in vocabulary.neighbours(entry)],
        }, []

    @cached_property
    def _windows(self) -> Windows:
        return Windows(self._inspector.stages)

    @cached_property
    def _deriver(self) -> Deriver:
        return Deriver(self._inspector.subject.rust)

    def _of(self, source: int) -> TokenPages:
        if not 0 <= source < len(self._pages):
            raise InputError("There is no such tokenizer in this view.")
        return self._pages[source]

    def _batch_of(self, controls: dict[str, Any]) -> Batch:
        """Encode the texts as the page's controls say, unless that was done last."""
        inspector = self._inspector
        asked = Settings.of(
            **controls,
            stride=inspector.settings.stride,
            add_special_tokens=inspector.settings.add_special_tokens,
        )
        if self._last is None or self._last.settings != asked:
            self._last = Batch.of(inspector.subject, inspector.texts, asked)
        return self._last

    def _cells(self, batch: Batch, row: Any) -> Any:
        flags = token_flags(batch.subject, row)
        flags[batch.disagreeing(row)] |= DISAGREE
        return row.ids.astype(np.uint32) | (flags << 24)

    def _label(self, k: int) -> str:
        inspector = self._inspector
        text = inspector.labels[k] if inspector.labels else inspector.texts[k][0]
        return printable(text[:LABEL])


def _all_pages(inspector: TokenInspector) -> list[TokenPages]:
    encodings = [reading.first for reading in inspector.readings]
    marked = different(encodings) if len(encodings) > 1 else [None]
    roles = []
    if inspector.chat is not None:
        names = _roles(inspector)
        parts = inspector.chat.parts
        roles = [Span(part.start, part.end, names.index(part.role)) for part in parts]
    return [
        TokenPages(reading.subject, reading.first, roles, inspector.marks, differs)
        for reading, differs in zip(inspector.readings, marked, strict=True)
    ]


def _high_types(rows: list[Encoded]) -> dict[int, int]:
    """Return the type ids that are more than a flag can tell, by cell."""
    types = np.concatenate([row.type_ids for row in rows]) if rows else np.empty(0)
    return {k: int(types[k]) for k in np.flatnonzero(types > 1).tolist()}


def _notes(inspector: TokenInspector) -> list[Message]:
    """Return the notes; those on a batch stand with its controls, which may change them."""
    calls = [] if inspector.is_batch else inspector.call_messages
    return [*calls, *inspector.messages]


def _roles(inspector: TokenInspector) -> list[str]:
    """Return the distinct roles of a chat, in the order in which they come."""
    parts = [] if inspector.chat is None else inspector.chat.parts
    return list(dict.fromkeys(part.role for part in parts))


def _summary(inspector: TokenInspector, all_pages: list[TokenPages]) -> dict[str, Any]:
    tabs = ["batch"] if inspector.is_batch else ["tokens", "stages", "batch"]
    if len(inspector.readings) > 1:
        tabs.append("compare")
    sources = zip(inspector.readings, all_pages, strict=True)
    return {
        "tabs": [*tabs, "vocabulary"],
        "texts": len(inspector.texts),
        "sources": [_source(inspector, reading, pages) for reading, pages in sources],
        "notes": [message.texts() for message in _notes(inspector)],
        "roles": [printable(role) for role in _roles(inspector)],
        "labels": [printable(label) for label in inspector.mark_labels],
    }


def _source(inspector: TokenInspector, reading: Reading, pages: TokenPages) -> dict[str, Any]:
    subject, rows = reading.subject, reading.rows
    seen = [row.attention_mask == 1 for row in rows]
    # One text is counted as it is; many without what only fills them up.
    counted = seen if inspector.is_batch else [np.ones(len(row), dtype=np.bool_) for row in rows]
    texts = [text for row in rows for text in row.texts]
    return {
        "name": printable(subject.name),
        "algorithm": subject.algorithm,
        "vocabulary": subject.size,
        "context": subject.context,
        "types": subject.gives_type_ids,
        "tokens": sum(int(which.sum()) for which in counted),
        "longest": max(int(which.sum()) for which in seen),
        "special": sum(
            int((row.special_mask & which).sum()) for row, which in zip(rows, counted, strict=True)
        ),
        "unknown": sum(int(subject.is_unknown(row).sum()) for row in rows),
        "words": sum(map(words, texts)),
        "characters": sum(map(len, texts)),
        "bytes": sum(len(text.encode()) for text in texts),
        # Of a batch it is enough to know whether anything was cut: then rates say nothing.
        "cut": sum(row.cut for row in rows) if inspector.is_batch else pages.cut_characters,
        "units": len(pages),
        "offsets": _offsets(reading.first),
    }


def _offsets(row: Any) -> str:
    if row.offsets is None:
        return "none"
    lost = (row.sequence_ids >= 0) & (row.offsets[:, 0] < 0)
    return "some" if bool(lost.any()) else "all"


def _texts(inspector: TokenInspector) -> list[dict[str, Any]]:
    if not inspector.is_batch or len(inspector.readings) < 2:
        return []
    rows = []
    for k, texts in enumerate(inspector.texts[:MOST_TEXTS]):
        whole = " ".join(texts)
        rows.append(
            {
                "label": printable((inspector.labels[k] if inspector.labels else whole)[:LABEL]),
                "words": words(whole),
                "characters": len(whole),
                "tokens": [reading.count(k) for reading in inspector.readings],
                "unknown": [
                    int(reading.subject.is_unknown(reading.rows[k]).sum())
                    for reading in inspector.readings
                ],
            }
        )
    return rows


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "piece": printable(entry.piece),
        "decoded": printable(entry.decoded),
        "kind": entry.kind,
    }
