"""A text as a model reads it, by the model's own tokenizer, which is left as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from tfwidgets.attention.tokens import BLANK, BREAK, NO_GAP, Tokens, from_pieces, group, part
from tfwidgets.attention.tokens import readable as read
from tfwidgets.errors import InputError, ModelError
from tfwidgets.models.quiet import quiet
from tfwidgets.models.texts import Texts


@dataclass(frozen=True, eq=False)
class Encoded:
    """What goes into a model, and how it reads.

    Attributes
    ----------
    inputs
        ``input_ids`` and what else the tokenizer gives: tensors of shape (1, n).
    tokens
        The same n tokens.
    cut
        Characters of the text that were not read because it is too long.
    """

    inputs: dict[str, torch.Tensor]
    tokens: Tokens
    cut: int = 0


def encode(tokenizer: Any, texts: Texts, limit: int | None, *, is_target: bool = False) -> Encoded:
    """Return a text, or a pair of texts, as the model gets it.

    Raises
    ------
    InputError
        When nothing is left for the model to read.
    ModelError
        When the tokenizer fails.
    """
    fast = bool(getattr(tokenizer, "is_fast", False))
    options: dict[str, Any] = {"return_special_tokens_mask": True, "return_tensors": "pt"}
    if fast:
        options["return_offsets_mapping"] = True
    if limit is not None:
        options |= {"truncation": True, "max_length": limit}
    given: Any = {"text": texts[0]} if not is_target else {"text_target": texts[0]}
    if len(texts) > 1:
        given["text_pair"] = texts[1]
    with undisturbed(tokenizer), quiet():
        try:
            batch = tokenizer(**given, **options)
        except Exception as error:
            message = " ".join(str(error).split())[:300]
            raise ModelError(
                f"The tokenizer {type(tokenizer).__name__} cannot read the text: {message}"
            ) from error
    inputs = {
        name: value
        for name, value in batch.items()
        if name not in ("special_tokens_mask", "offset_mapping")
    }
    ids = inputs["input_ids"]
    if not ids.numel():
        raise InputError("The text is empty: nothing of it reaches the model.")
    inputs["input_ids"] = ids.long()
    listed = ids[0].tolist()
    put_in = batch["special_tokens_mask"][0].bool().tolist()
    # Those that stand in the text itself, as the markers of a chat do, are the same.
    marks = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id, tokenizer.mask_token_id}
    special = [here or token in marks for here, token in zip(put_in, listed, strict=True)]
    pieces = [str(piece) for piece in tokenizer.convert_ids_to_tokens(listed)]
    if not fast:
        cut, split = _unplaced(tokenizer, texts, special, is_target=is_target)
        return Encoded(inputs, from_pieces(pieces, ids=listed, special=special, split=split), cut)
    offsets = [(int(a), int(b)) for a, b in batch["offset_mapping"][0].tolist()]
    sequences = [-1 if k is None else k for k in batch.sequence_ids(0)]
    tokens = _placed(texts, pieces, listed, special, offsets, sequences, batch.word_ids(0))
    # What is left out elsewhere is nothing that a longer limit would bring: control characters.
    full = limit is not None and len(listed) >= limit
    return Encoded(inputs, tokens, _left_out(texts, offsets, sequences, special) if full else 0)


def from_ids(tokenizer: Any, ids: list[int]) -> Tokens:
    """Return tokens that a model wrote, or that go into its decoder."""
    special = set(tokenizer.all_special_ids)
    pieces = tokenizer.convert_ids_to_tokens(ids)
    return from_pieces(
        [str(piece) for piece in pieces], ids=ids, special=[k in special for k in ids]
    )


@contextmanager
def undisturbed(tokenizer: Any) -> Iterator[None]:
    """Restore truncation and padding, which a call leaves in a tokenizer's Rust part."""
    rust = getattr(tokenizer, "backend_tokenizer", None)
    if rust is None:
        yield
        return
    truncation, padding = rust.truncation, rust.padding
    try:
        yield
    finally:
        if truncation is None:
            rust.no_truncation()
        else:
            rust.enable_truncation(**truncation)
        if padding is None:
            rust.no_padding()
        else:
            rust.enable_padding(**padding)


def _placed(
    texts: Texts,
    pieces: list[str],
    ids: list[int],
    special: list[bool],
    offsets: list[tuple[int, int]],
    sequences: list[int],
    word_ids: list[int | None],
) -> Tokens:
    """Return tokens that know their place in the text."""
    labels, gaps = [], []
    before = (-1, -1, -1)
    ends = [0] * len(texts)
    count = 0
    for k, (start, end) in enumerate(offsets):
        sequence = sequences[k]
        if special[k] or sequence < 0 or start == end:
            labels.append(read(pieces[k]))
            gaps.append(BLANK if special[k] else NO_GAP)
            before = (-1, -1, -1)
            continue
        text = texts[sequence]
        # Of a blank and a character in several tokens the first has both.
        blank = _leading(text[start:end]) if text[start:end].strip() else ""
        place = (sequence, start + len(blank), end)
        if place == before:
            # One of several tokens for the same characters: the first is renamed with it.
            count += 1
            if count == 2:
                labels[-1] = part(text[place[1] : end], 1)
            labels.append(part(text[start:end], count))
            gaps.append(NO_GAP)
            continue
        count, before = 1, place
        labels.append(read(text[start:end]))
        between = text[ends[sequence] : start] + _leading(text[start:end])
        ends[sequence] = max(end, ends[sequence])
        gaps.append(BREAK if "\n" in between else BLANK if between else NO_GAP)
    split = sequences.index(1) if 1 in sequences else None
    return Tokens(
        labels,
        pieces,
        np.array(ids, dtype=np.int64),
        np.array(special, dtype=bool),
        _words(gaps, special, split, sequences, word_ids),
        np.array(gaps, dtype=np.uint8),
        split,
    )


def _unplaced(
    tokenizer: Any, texts: Texts, special: list[bool], *, is_target: bool
) -> tuple[int, int | None]:
    """Return how many characters were cut, and where the second text begins, without offsets."""
    key = "text_target" if is_target else "text"
    with undisturbed(tokenizer), quiet():
        rows = [tokenizer(**{key: text}, add_special_tokens=False)["input_ids"] for text in texts]
    plain = [k for k, put_in in enumerate(special) if not put_in]
    whole = sum(map(len, rows))
    if len(plain) < whole:
        last = rows[-1][len(rows[-1]) - (whole - len(plain)) :] if len(rows) == 1 else rows[-1]
        return max(1, len(tokenizer.decode(last))), None
    first = len(rows[0])
    return 0, plain[first] if len(rows) > 1 and first < len(plain) else None


def _leading(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _words(
    gaps: list[int],
    special: list[bool],
    split: int | None,
    sequences: list[int],
    word_ids: list[int | None],
) -> Any:
    """Return the tokenizer's own numbers of words, unless it takes each text for one word."""
    known = [(s, w) for s, w in zip(sequences, word_ids, strict=True) if w is not None]
    if len(set(known)) <= len(set(sequences) - {-1}):
        return group(gaps, special, split)
    words = np.full(len(gaps), -1, dtype=np.int64)
    number, last = -1, None
    for k, place in enumerate(zip(sequences, word_ids, strict=True)):
        if special[k] or place[1] is None:
            last = None
            continue
        if place != last:
            number += 1
        words[k], last = number, place
    return words


def _left_out(
    texts: Texts, offsets: list[tuple[int, int]], sequences: list[int], special: list[bool]
) -> int:
    """Count the characters behind the last token of each text, and before the first."""
    left = 0
    for number, text in enumerate(texts):
        mine = [
            place
            for place, sequence, put_in in zip(offsets, sequences, special, strict=True)
            if sequence == number and not put_in
        ]
        first = min((start for start, _ in mine), default=0)
        last = max((end for _, end in mine), default=0)
        left += len(text[:first].strip()) + len(text[last:].strip())
    return left
