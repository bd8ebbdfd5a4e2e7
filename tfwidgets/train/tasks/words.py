"""Words and their tokens: which token belongs to which word, whatever the tokenizer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from tfwidgets.train.data.batches import IGNORED, pad_batch
from tfwidgets.train.data.dataset import Item, Ragged

NO_WORD = -1
"""The word of a token that belongs to none: a special one, or padding."""

# Scripts that are written without spaces, and of which every character means something.
_UNSPACED = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]"
)
_ROWS_AT_ONCE = 1024


def split_words(text: str, cuts: Sequence[int] = ()) -> list[tuple[int, int]]:
    """Find the words of a text.

    Words are what stands between spaces; punctuation around a word is apart, each mark for
    itself, punctuation within one ("don't", "3.5") is not. Chinese and Japanese characters are
    words of their own.

    Parameters
    ----------
    text
        Any text.
    cuts
        Positions at which a word ends in any case.

    Returns
    -------
    list of (int, int)
        Start and end of each word in the text.
    """
    found: list[tuple[int, int]] = []
    for chunk in re.finditer(r"\S+", text):
        inner = {cut for cut in cuts if chunk.start() < cut < chunk.end()}
        for match in _UNSPACED.finditer(text, chunk.start(), chunk.end()):
            inner |= {match.start(), match.end()}
        edges = sorted(inner | {chunk.start(), chunk.end()})
        for start, end in pairwise(edges):
            found += _without_marks(text, start, end)
    return found


def _without_marks(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    first, last = start, end
    while first < end and _is_mark(text[first]):
        first += 1
    while last > first and _is_mark(text[last - 1]):
        last -= 1
    yield from ((k, k + 1) for k in range(start, first))
    if first < last:
        yield first, last
    yield from ((k, k + 1) for k in range(last, end))


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"


@dataclass(frozen=True)
class Pieces:
    """Encoded rows of words, one or several pieces for each row.

    Attributes
    ----------
    features
        What the model reads, by name.
    words
        Number of each token's word in its row, -1 for special tokens; beside ``input_ids``.
    row
        Which row each piece is of, shape (n_pieces,).
    cut
        How many rows lost their end.
    """

    features: dict[str, Ragged]
    words: Ragged
    row: npt.NDArray[np.int64]
    cut: int


def encode_words(
    tokenizer: Any, rows: Sequence[Sequence[str]], max_length: int, stride: int | None = None
) -> Pieces:
    """Encode rows that are lists of words.

    Parameters
    ----------
    tokenizer
        In Rust or in Python.
    rows
        Words of each row.
    max_length
        Tokens of a piece, special ones included.
    stride
        How many tokens two pieces of a row share; None cuts rows that are longer.

    Notes
    -----
    A word of which the tokenizer makes nothing (a control character) becomes its unknown token:
    each word has a token, unless it was cut.
    """
    encode = _in_rust if getattr(tokenizer, "is_fast", False) else _in_python
    parts: dict[str, list[Ragged]] = {}
    words: list[npt.NDArray[np.int32]] = []
    origin: list[int] = []
    cut = 0
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        chunk = rows[start : start + _ROWS_AT_ONCE]
        features, numbers, row, lost = encode(tokenizer, chunk, max_length, stride)
        for name, values in features.items():
            small = np.int32 if name == "input_ids" else np.int8
            parts.setdefault(name, []).append(Ragged.of(values, small))
        words += numbers
        origin += [start + k for k in row]
        cut += lost
    return Pieces(
        {name: Ragged.joined(several) for name, several in parts.items()},
        Ragged.of(words),
        np.asarray(origin, dtype=np.int64),
        cut,
    )


_Encoded = tuple[dict[str, list[list[int]]], list[npt.NDArray[np.int32]], list[int], int]


def _in_rust(
    tokenizer: Any, rows: Sequence[Sequence[str]], max_length: int, stride: int | None
) -> _Encoded:
    if needs_space(tokenizer):
        rows = [[f" {word}" for word in row] for row in rows]
    encoded = _rust(tokenizer, rows, max_length, stride)
    lacking = _without_tokens(encoded.encodings, _origins(encoded), rows)
    if lacking and tokenizer.unk_token:
        rows = [
            [tokenizer.unk_token if j in lacking.get(k, ()) else word for j, word in enumerate(row)]
            for k, row in enumerate(rows)
        ]
        encoded = _rust(tokenizer, rows, max_length, stride)
    numbers = [_numbers(one) for one in encoded.encodings]
    cut = 0 if stride is not None else sum(bool(one.overflowing) for one in encoded.encodings)
    features = {k: v for k, v in encoded.items() if k != "overflow_to_sample_mapping"}
    return features, numbers, _origins(encoded), cut


def _rust(
    tokenizer: Any, rows: Sequence[Sequence[str]], max_length: int, stride: int | None
) -> Any:
    return tokenizer(
        [list(row) for row in rows],
        is_split_into_words=True,
        truncation=True,
        max_length=max_length,
        stride=stride or 0,
        padding=False,
        return_attention_mask=False,
        return_overflowing_tokens=stride is not None,
    )


def _origins(encoded: Any) -> list[int]:
    return list(encoded.get("overflow_to_sample_mapping", range(len(encoded["input_ids"]))))


def _numbers(one: Any) -> npt.NDArray[np.int32]:
    return np.asarray([NO_WORD if w is None else w for w in one.word_ids], dtype=np.int32)


def _without_tokens(
    encodings: Sequence[Any], origin: Sequence[int], rows: Sequence[Sequence[str]]
) -> dict[int, set[int]]:
    """Return the words of each row of which no token was made, those behind a cut apart."""
    seen: dict[int, set[int]] = {}
    cut = set()
    for one, row in zip(encodings, origin, strict=True):
        seen.setdefault(row, set()).update(w for w in one.word_ids if w is not None)
        if one.overflowing:
            cut.add(row)
    found = {}
    for row, words in seen.items():
        n = max(words, default=-1) + 1 if row in cut else len(rows[row])
        if len(words) < n:
            found[row] = set(range(n)) - words
    return found


def needs_space(tokenizer: Any) -> bool:
    """Tell whether words must be given with the space before them.

    Byte-level tokenizers (GPT-2, RoBERTa) have other tokens for the same word at the beginning
    of a text; their ``add_prefix_space`` would have to be set when they are made.
    """

    def ids(text: Any, **options: Any) -> list[int]:
        return list(tokenizer(text, add_special_tokens=False, **options)["input_ids"])

    within = ids("a a")[len(ids("a")) :]
    alone, spaced = (ids([word], is_split_into_words=True) for word in ("a", " a"))
    return alone != within and spaced == within


def _in_python(
    tokenizer: Any, rows: Sequence[Sequence[str]], max_length: int, stride: int | None
) -> _Encoded:
    """Encode word by word: a tokenizer in Python does not tell where its tokens are from."""
    features: dict[str, list[list[int]]] = {}
    numbers: list[npt.NDArray[np.int32]] = []
    origin, cut = [], 0
    room = max_length - len(with_special(tokenizer, [])[0])
    for k, row in enumerate(rows):
        ids, words = tokens_of(tokenizer, row)
        for start, end in windows(len(ids), room, stride):
            made, place, more = with_special(tokenizer, ids[start:end])
            number = np.full(len(made), NO_WORD, dtype=np.int32)
            number[place] = words[start:end]
            numbers.append(number)
            origin.append(k)
            for name, values in {"input_ids": made, **more}.items():
                features.setdefault(name, []).append(values)
        cut += stride is None and len(ids) > room
    return features, numbers, origin, cut


def tokens_of(tokenizer: Any, words: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return ids and, for each, the number of its word."""
    ids: list[int] = []
    numbers: list[int] = []
    for number, word in enumerate(words):
        made = tokenizer.convert_tokens_to_ids(tokenizer.tokenize(word))
        made = made or [tokenizer.unk_token_id]
        ids += made
        numbers += [number] * len(made)
    return ids, numbers


def windows(n: int, room: int, stride: int | None) -> Iterator[tuple[int, int]]:
    """Yield start and end of each piece of n tokens; one only where there is no stride."""
    start = 0
    while True:
        yield start, min(start + room, n)
        if stride is None or start + room >= n:
            return
        start += room - stride


def with_special(
    tokenizer: Any, ids: Sequence[int], first: Sequence[int] | None = None
) -> tuple[list[int], npt.NDArray[np.int64], dict[str, list[int]]]:
    """Put special tokens around ids, or around a pair (``first``, ids).

    Returns
    -------
    tuple
        All ids; where the given ``ids`` are among them, shape (len(ids),); what else the model
        reads.
    """
    # Marked by numbers that no token has, they are found again wherever the tokenizer puts them.
    marks = [-1 - k for k in range(len(ids))]
    pair = (marks,) if first is None else (list(first), marks)
    built = np.asarray(tokenizer.build_inputs_with_special_tokens(*pair), dtype=np.int64)
    place = np.flatnonzero(built < 0)
    built[place] = ids
    more = {}
    if "token_type_ids" in tokenizer.model_input_names:
        more["token_type_ids"] = list(tokenizer.create_token_type_ids_from_sequences(*pair))
    return built.tolist(), place, more


def collate_beside(
    tokenizer: Any, items: Sequence[Item], name: str, fill: int, multiple_of: int | None
) -> tuple[dict[str, Any], list[npt.NDArray[Any]]]:
    """Pad rows of which one feature is no input of the tokenizer's, but stands beside its tokens.

    Parameters
    ----------
    items
        Rows of an encoded dataset.
    name
        The feature beside ``input_ids``.
    fill
        Its value for padding.
    multiple_of
        What the padded length is a multiple of.

    Returns
    -------
    inputs
        The batch, with ``name`` and the row's ``item``: (batch, tokens) and (batch,) of int64.
    values
        The feature without padding.
    """
    rows = [item.features for item in items]
    values = [np.asarray(row.pop(name)) for row in rows]
    inputs = pad_batch(tokenizer, rows, multiple_of=multiple_of)
    inputs[name] = beside(values, inputs["input_ids"], tokenizer.padding_side, fill)
    inputs["item"] = torch.tensor([item.index for item in items])
    return inputs, values


def beside(
    rows: Sequence[npt.NDArray[Any]], ids: torch.Tensor, side: str, fill: int = IGNORED
) -> torch.Tensor:
    """Fill what stands beside tokens up to the width of a padded batch.

    Parameters
    ----------
    rows
        One value per token, without padding.
    ids
        The padded batch: (batch, tokens).
    side
        Where it was padded.
    fill
        The value of padding.

    Returns
    -------
    torch.Tensor
        (batch, tokens) of int64.
    """
    padded = torch.full(ids.shape, fill, dtype=torch.int64)
    for k, row in enumerate(rows):
        place = slice(ids.shape[1] - len(row), None) if side == "left" else slice(len(row))
        padded[k, place] = torch.as_tensor(row, dtype=torch.int64)
    return padded


def unpadded(row: Any, n: int, side: str) -> Any:
    """Return the n entries of a padded row, (tokens, …), that are no padding."""
    return row[len(row) - n :] if side == "left" else row[:n]
