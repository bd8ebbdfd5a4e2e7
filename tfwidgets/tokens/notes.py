"""What a reader should know about an inspection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tfwidgets.tokens.batch import Batch
from tfwidgets.tokens.result import Reading, TokenInspector
from tfwidgets.ui.strings import Message


def notes(inspector: TokenInspector, replaced: int) -> Iterator[Message]:
    """Yield the notes, the ones that matter most first; ``replaced`` counts lone surrogates."""
    if replaced:
        yield _note("surrogates", n=replaced)
    if inspector.chat is not None and not inspector.chat.exact:
        yield _note("roles")
    yield from _too_long(inspector)
    yield from _pair(inspector.readings[0])
    for reading in inspector.readings:
        yield from _offsets(reading)


def batch_notes(batch: Batch, *, several: bool) -> Iterator[Message]:
    """Yield what a reader should know about how the tokenizer was called."""
    yield from _cut(batch, several=several)
    yield from _shipped(batch)
    pad = batch.subject.pad
    if several and pad is None:
        yield _note("no-pad", name=batch.subject.name)
    elif several and pad is not None and batch.disagreements:
        yield _note("mask", n=batch.disagreements, pad=pad[1])


def _cut(batch: Batch, *, several: bool) -> Iterator[Message]:
    cut = [row for row in batch.rows if row.overflow]
    limit = batch.settings.max_length
    longest = max(int(row.attention_mask.sum()) for row in batch.rows)
    if batch.settings.truncation != "none" and limit is not None and longest > limit:
        yield _note("not-cut", limit=limit)
    if not cut:
        return
    length = int(cut[0].attention_mask.sum())
    if several:
        yield _note("cut-rows", n=len(cut), length=length)
    else:
        yield _note("cut", n=cut[0].cut, length=length)


def _too_long(inspector: TokenInspector) -> Iterator[Message]:
    limit = inspector.subject.context
    longest = max(int(row.attention_mask.sum()) for row in inspector.rows)
    if limit is not None and longest > limit:
        yield _note("too-long", n=longest - limit, limit=limit, name=inspector.name)


def _shipped(batch: Batch) -> Iterator[Message]:
    """Say what the tokenizer's file prescribes, and whether that holds here."""
    shipped = batch.subject.as_shipped
    if shipped is None:
        return
    truncation, padding = batch.subject.shipped
    parts: list[Any] = []
    if shipped.truncation != "none":
        parts.append(_note("shipped.truncation", length=(truncation or {}).get("max_length", 0)))
    if shipped.padding == "max_length":
        parts.append(_note("shipped.padding-length", length=(padding or {}).get("length", 0)))
    elif shipped.padding == "longest":
        parts.append(_note("shipped.padding"))
    both = _note("shipped.and", one=parts[0], other=parts[1]) if len(parts) > 1 else parts[0]
    held = (batch.settings.truncation, batch.settings.padding)
    same = held == (shipped.truncation, shipped.padding)
    yield _note("shipped.on" if same else "shipped.off", what=both)


def _pair(main: Reading) -> Iterator[Message]:
    row = main.first
    if len(row.texts) < 2:
        return
    told = bool((row.type_ids == 1).any()) and main.subject.gives_type_ids
    first = row.sequence_ids.tolist()
    between = False
    if 0 in first and 1 in first:
        end, begin = len(first) - 1 - first[::-1].index(0), first.index(1)
        between = begin - end > 1
    if not told and not between:
        yield _note("no-pair", name=main.subject.name)


def _offsets(reading: Reading) -> Iterator[Message]:
    name = reading.subject.name
    for row in reading.rows[:1]:
        if row.offsets is None:
            yield _note("no-offsets", name=name)
        elif reading.subject.rust is None:
            lost = int(((row.offsets[:, 0] < 0) & ~row.special_mask).sum())
            yield _note("some-offsets", n=lost, name=name) if lost else _note("aligned", name=name)


def _note(key: str, **values: object) -> Message:
    return Message("tokens-notes", key, values)
