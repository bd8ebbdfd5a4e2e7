"""What an inspection returns: ids, tokens, where they come from, and how."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from tfwidgets.errors import InputError
from tfwidgets.models.texts import Texts
from tfwidgets.tokens import stages
from tfwidgets.tokens.batch import Batch
from tfwidgets.tokens.chat import Chat
from tfwidgets.tokens.compare import words
from tfwidgets.tokens.encoded import Encoded, stack
from tfwidgets.tokens.settings import Settings
from tfwidgets.tokens.subject import Subject
from tfwidgets.tokens.units import Span
from tfwidgets.tokens.vocabulary import Vocabulary
from tfwidgets.ui.console import text_table
from tfwidgets.ui.shown import Shown
from tfwidgets.ui.strings import Message
from tfwidgets.ui.text import clip, one_line

_ROWS = 20


@dataclass(eq=False, repr=False)
class Reading:
    """Texts as one tokenizer reads them."""

    subject: Subject
    rows: list[Encoded]

    @property
    def first(self) -> Encoded:
        """The reading of the first text."""
        return self.rows[0]

    def count(self, row: int = 0) -> int:
        """Return how many tokens a text takes, uncut, without what the tokenizer puts in."""
        whole = self.rows[row].whole
        return int((~self.rows[row].special_mask).sum()) if whole is None else whole

    @property
    def per_word(self) -> float | None:
        """Tokens per word of the first text; None without words, and where it was cut."""
        spoken = sum(map(words, self.first.texts))
        return None if self.first.overflow or not spoken else self.count() / spoken


@dataclass(eq=False, repr=False)
class TokenInspector(Shown):
    """Text as a tokenizer turns it into a model's input.

    For one text the arrays have one row's shape, (n,); for a list of texts shape
    (n_texts, longest). Where rows differ in length, because nothing was padded, the end of a
    short row is -1 in ``ids`` and 0 in ``attention_mask``.

    Attributes
    ----------
    texts
        What was read: for each text a tuple, (text,) or (text, pair).
    settings
        How the tokenizer was called: padding, truncation, length, special tokens.
    labels
        Names of the texts, where they came with names.
    chat
        The messages as the chat template writes them, or None.
    """

    view: ClassVar[str] = "tfwidgets.tokens.widget:TokensView"
    picture: ClassVar[str] = "tfwidgets.tokens.static:draw"

    readings: list[Reading]
    texts: list[Texts]
    settings: Settings
    is_batch: bool = False
    labels: list[str] | None = None
    chat: Chat | None = None
    marks: list[Span] = field(default_factory=list)
    mark_labels: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    call_messages: list[Message] = field(default_factory=list)

    @property
    def subject(self) -> Subject:
        """The inspected tokenizer, as this package knows it."""
        return self.readings[0].subject

    @property
    def tokenizer(self) -> Any:
        """The inspected tokenizer, as it was given."""
        return self.subject.tokenizer

    @property
    def name(self) -> str:
        """What the tokenizer is called."""
        return self.subject.name

    @property
    def text(self) -> str:
        """The first text: for a chat, what the template wrote."""
        return self.texts[0][0]

    @property
    def notes(self) -> list[str]:
        """What a reader should know: what was cut, replaced, dropped, or is not known."""
        return [message.text() for message in (*self.call_messages, *self.messages)]

    @property
    def ids(self) -> npt.NDArray[np.int32]:
        """Ids in the vocabulary: int32, shape (n,) or (n_texts, longest)."""
        return self._array("ids", -1)

    @property
    def type_ids(self) -> npt.NDArray[np.int32]:
        """Which text of a pair a token belongs to, as the model is told: int32, like ``ids``."""
        return self._array("type_ids", 0)

    @property
    def attention_mask(self) -> npt.NDArray[np.int32]:
        """1 for what the model reads, 0 for what it ignores: int32, like ``ids``."""
        return self._array("attention_mask", 0)

    @property
    def word_ids(self) -> npt.NDArray[np.int32]:
        """Number of the pre-token within its text, -1 for none: int32, like ``ids``."""
        return self._array("word_ids", -1)

    @property
    def special_mask(self) -> npt.NDArray[np.bool_]:
        """What the tokenizer put in ([CLS], [PAD] …): bool, like ``ids``."""
        return self._array("special_mask", 1)

    @property
    def offsets(self) -> npt.NDArray[np.int32] | None:
        """Where each token stands in its own text, in Python's code points.

        int32, shape (n, 2) or (n_texts, longest, 2): [start, end). (0, 0) for what the
        tokenizer put in, (-1, -1) where the place is not known. None where the tokenizer tells
        no places and none could be recovered.
        """
        if any(row.offsets is None for row in self.rows):
            return None
        return self._array("offsets", 0)

    @property
    def tokens(self) -> list[Any]:
        """The pieces of the vocabulary: a list of str, or a list of such lists."""
        named = [[self._piece(k) for k in row.ids.tolist()] for row in self.rows]
        return named if self.is_batch else named[0]

    @property
    def rows(self) -> list[Encoded]:
        """The texts as the inspected tokenizer returned them, overflow included."""
        return self.readings[0].rows

    @cached_property
    def stages(self) -> stages.Stages:
        """How the (first) text gets there: added tokens, normalizer, pre-tokenizer, model,
        post-processor; before truncation and padding.

        A sequence of :class:`~tfwidgets.tokens.stages.Stage`, also by kind:
        ``stages["normalizer"]``. Empty, with a ``problem``, where they cannot be told, or
        where they would not end in what the tokenizer gives.
        """  # noqa: D205
        return stages.take(
            self.subject,
            self.texts[0],
            add_special_tokens=self.settings.add_special_tokens,
        )

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """All pieces of the tokenizer, to search."""
        return Vocabulary(self.subject)

    @property
    def batch(self) -> Batch:
        """The texts as one batch: lengths, share of padding, what sorting would save."""
        return Batch(self.subject, self.rows, self.settings)

    def to_frame(self) -> pd.DataFrame:
        """Return a table with one row for each token.

        Columns: ``token``, ``id``, ``text``, ``start``, ``end`` (code points; NA where there is
        no place), ``word``, ``special``, ``type``, ``attention``; before them ``row`` for a list
        of texts and ``tokenizer`` where several are compared.
        """
        frames = []
        for reading in self.readings:
            for k, row in enumerate(reading.rows):
                frame = _frame(reading.subject, row)
                if self.is_batch:
                    frame.insert(0, "row", k)
                if len(self.readings) > 1:
                    frame.insert(0, "tokenizer", reading.subject.name)
                frames.append(frame)
        return pd.concat(frames, ignore_index=True)

    def comparison(self) -> pd.DataFrame:
        """Return what each tokenizer needs for each text: one row for each of both.

        Columns: ``text``, ``tokenizer``, ``tokens`` (without special ones and without
        truncation), ``words`` (between blanks), ``tokens_per_word``, ``characters_per_token``,
        ``unknown`` (of the tokens; few tokens are no merit where they are unknown).
        """
        rows = []
        for k, texts in enumerate(self.texts):
            whole = " ".join(texts)
            for reading in self.readings:
                count, spoken = reading.count(k), sum(map(words, texts))
                unknown = reading.subject.is_unknown(reading.rows[k])
                rows.append(
                    {
                        "text": self.labels[k] if self.labels else whole,
                        "tokenizer": reading.subject.name,
                        "tokens": count,
                        "words": spoken,
                        "tokens_per_word": count / spoken if spoken else math.nan,
                        "characters_per_token": len(whole) / count if count else math.nan,
                        "unknown": int(unknown.sum()),
                    }
                )
        return pd.DataFrame(rows)

    def __len__(self) -> int:
        """Return the number of tokens, or of texts where several were given."""
        return len(self.rows) if self.is_batch else len(self.rows[0])

    def __iter__(self) -> Iterator[TokenInspector]:
        if not self.is_batch:
            raise TypeError("One text was inspected: iterate over .tokens or .ids.")
        return (self[k] for k in range(len(self.rows)))

    def __getitem__(self, key: int | slice) -> TokenInspector:
        """Return the inspection of one text of several, or of a part of them, as in the batch."""
        if not self.is_batch:
            raise InputError("One text was inspected: its parts are .tokens, .ids, .offsets.")
        chosen = key if isinstance(key, slice) else slice(key, key + 1 or None)
        if not self.texts[chosen]:
            raise IndexError(f"There are {len(self.texts)} texts: there is none at {key}.")
        return TokenInspector(
            readings=[Reading(r.subject, r.rows[chosen]) for r in self.readings],
            texts=self.texts[chosen],
            settings=self.settings,
            is_batch=isinstance(key, slice),
            labels=self.labels and self.labels[chosen],
            # What counts something counts it in all texts.
            messages=[message for message in self.messages if "n" not in message.values],
        )

    def __repr__(self) -> str:
        lines = [self._headline(reading) for reading in self.readings]
        lines.append(self._batch_table() if self.is_batch else self._token_table())
        return "\n".join(lines + [f"Note: {note}" for note in self.notes])

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: the data, not what can be made from it again."""
        lazy = ("stages", "vocabulary")
        return {k: v for k, v in super().__getstate__().items() if k not in lazy}

    def _array(self, name: str, fill: int) -> npt.NDArray[Any]:
        values = [getattr(row, name) for row in self.rows]
        return stack(values, fill) if self.is_batch else values[0]

    def _piece(self, k: int) -> str:
        return self.subject.piece(k)

    def _headline(self, reading: Reading) -> str:
        subject = reading.subject
        kind = f" ({subject.algorithm})" if subject.algorithm else ""
        if self.is_batch:
            shape = f"{len(reading.rows)} texts x {max(map(len, reading.rows))} tokens"
            return f"{subject.name}{kind}: {shape}"
        count = len(reading.first)
        special = int(reading.first.special_mask.sum())
        rate = reading.per_word
        per_word = "" if rate is None else f", {rate:.2f} per word"
        return f"{subject.name}{kind}: {count} tokens ({special} special{per_word})"

    def _token_table(self) -> str:
        row = self.rows[0]
        shown = min(len(row), _ROWS)
        cells = [
            (
                str(k),
                one_line(self._piece(int(row.ids[k])), 24) or "–",
                str(int(row.ids[k])),
                _place(row, k),
                clip(repr(row.text_of(k)), 26) if row.placed[k] else "–",
            )
            for k in range(shown)
        ]
        table = text_table(("#", "token", "id", "offsets", "text"), cells)
        if shown < len(row):
            table += f"\n… and {len(row) - shown} more: .to_frame() has them all"
        return table

    def _batch_table(self) -> str:
        shown = min(len(self.rows), _ROWS)
        cells = [
            (
                str(k),
                one_line(self.labels[k] if self.labels else self.texts[k][0], 40),
                str(int(row.attention_mask.sum())),
                str(int((row.attention_mask == 0).sum())),
                str(row.cut),
            )
            for k, row in enumerate(self.rows[:shown])
        ]
        table = text_table(("#", "text", "tokens", "padding", "cut"), cells, right=3)
        if shown < len(self.rows):
            table += f"\n… and {len(self.rows) - shown} more: .to_frame() has them all"
        return table


def _place(row: Encoded, k: int) -> str:
    if row.offsets is None or not row.placed[k]:
        return "–"
    start, end = row.offsets[k].tolist()
    return f"{start}:{end}"


def _frame(subject: Subject, row: Encoded) -> pd.DataFrame:
    placed = row.placed
    starts: Sequence[Any] = [pd.NA] * len(row)
    ends = starts
    if row.offsets is not None:
        starts = [
            int(s) if known else pd.NA for (s, _), known in zip(row.offsets, placed, strict=True)
        ]
        ends = [
            int(e) if known else pd.NA for (_, e), known in zip(row.offsets, placed, strict=True)
        ]
    return pd.DataFrame(
        {
            "token": [subject.piece(k) for k in row.ids.tolist()],
            "id": row.ids,
            "text": [row.text_of(k) for k in range(len(row))],
            "start": pd.array(starts, dtype="Int64"),
            "end": pd.array(ends, dtype="Int64"),
            "word": row.word_ids,
            "special": row.special_mask,
            "type": row.type_ids,
            "attention": row.attention_mask,
        }
    )
