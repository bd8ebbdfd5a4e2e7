"""Tokenizers without a Rust backend: their ids, and where their tokens lie if that can be told.

Such tokenizers (XLM's, SentencePiece's, Mistral's) give no offsets. A token is placed only
where its own characters stand next in the text, compared without case, accents and blanks.
Tokens that are the bytes of one character share its place. After one that stands nowhere (an
unknown), placing goes on at the next stretch that occurs exactly once. Nothing is guessed in
between.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from tfwidgets.errors import InputError
from tfwidgets.tokens.encoded import Encoded, Ints
from tfwidgets.tokens.settings import Settings

_BYTES = 4  # of one character, at most
_ANCHOR = 4  # characters that a stretch needs to be found again by
_MARKERS = (("▁", " "), ("Ġ", " "), ("</w>", ""), ("@@", ""))
_BROKEN = "\N{REPLACEMENT CHARACTER}"
_NOWHERE = (-1, -1)

# What a token may look like: its folded text, and whether it ends in a combining mark.
Look = tuple[str, bool]
_BLANK: Look = ("", False)

Call = Callable[..., Any]


def encode(
    call: Call, tokenizer: Any, rows: Sequence[tuple[str, ...]], settings: Settings
) -> list[Encoded]:
    """Encode rows through a tokenizer's own call."""
    options: dict[str, Any] = {"return_special_tokens_mask": True, "return_attention_mask": True}
    try:
        batch = call(rows, settings, **options)
    except ValueError as error:
        if "text_pair" in str(error) or "token_ids_1" in str(error):
            raise InputError("This tokenizer knows no pairs of texts.") from error
        raise
    return [
        _encoded(call, tokenizer, texts, settings, {key: batch[key][k] for key in batch})
        for k, texts in enumerate(rows)
    ]


def _encoded(
    call: Call,
    tokenizer: Any,
    texts: tuple[str, ...],
    settings: Settings,
    row: dict[str, list[int]],
) -> Encoded:
    ids = [int(k) for k in row["input_ids"]]
    special = np.array(row["special_tokens_mask"], dtype=np.bool_)
    bare = Settings(add_special_tokens=False)
    whole = [call([(text,)], bare)["input_ids"][0] for text in texts]
    inside = np.flatnonzero(~special).tolist()
    counts = _kept([ids[k] for k in inside], whole)
    sequences = np.full(len(ids), -1, dtype=np.int32)
    offsets = np.zeros((len(ids), 2), dtype=np.int32)
    cut: list[int] = []
    for sequence, (text, all_ids) in enumerate(zip(texts, whole, strict=True)):
        if counts is None:
            sequences[inside] = 0
            offsets[inside] = _NOWHERE
            break
        kept, from_end = counts[sequence]
        here = inside[:kept]
        inside = inside[kept:]
        surfaces = [_surfaces(tokenizer, k) for k in all_ids]
        places = align(text, surfaces, partial(_together, tokenizer, all_ids))
        begin = len(all_ids) - kept if from_end else 0
        sequences[here] = sequence
        offsets[here] = places[begin : begin + kept]
        cut += all_ids[:begin] if from_end else all_ids[kept:]
    unplaced = bool(len(offsets)) and bool((offsets[sequences >= 0] < 0).all())
    return Encoded(
        texts=texts,
        ids=np.array(ids, dtype=np.int32),
        type_ids=np.array(row.get("token_type_ids") or [0] * len(ids), dtype=np.int32),
        attention_mask=np.array(row["attention_mask"], dtype=np.int32),
        word_ids=np.full(len(ids), -1, dtype=np.int32),
        special_mask=special,
        sequence_ids=sequences,
        offsets=None if unplaced and (sequences >= 0).any() else offsets,
        overflow=[_leftover(texts, cut)] if cut and settings.truncation != "none" else [],
        whole=sum(map(len, whole)),
    )


def _kept(ids: list[int], whole: list[list[int]]) -> list[tuple[int, bool]] | None:
    """Tell how many ids of each text were kept, and whether from its end; None if unclear."""
    first, *rest = whole
    second = rest[0] if rest else []
    lengths = range(min(len(first), len(ids)), -1, -1) if rest else [len(ids)]
    for n in lengths:
        m = len(ids) - n
        if m > len(second) or n > len(first):
            continue
        for from_end in (False, True):
            parts = (first[-n:] if n else [], second[-m:] if m else [])
            if not from_end:
                parts = (first[:n], second[:m])
            if parts[0] + parts[1] == ids:
                return [(n, from_end), (m, from_end)][: len(whole)]
    return None


def _leftover(texts: tuple[str, ...], ids: list[int]) -> Encoded:
    n = len(ids)
    zeros = np.zeros(n, dtype=np.int32)
    return Encoded(
        texts=texts,
        ids=np.array(ids, dtype=np.int32),
        type_ids=zeros,
        attention_mask=zeros + 1,
        word_ids=zeros - 1,
        special_mask=np.zeros(n, dtype=np.bool_),
        sequence_ids=zeros,
        offsets=None,
    )


def _together(tokenizer: Any, ids: list[int], first: int, last: int) -> str:
    try:
        return str(tokenizer.decode(ids[first:last]))
    except Exception:  # libraries differ in what they raise
        return _BROKEN


def _surfaces(tokenizer: Any, k: int) -> list[Look]:
    """Return what a token may look like in a text, folded; nothing where that cannot be told."""
    looks = []
    try:
        piece = str(tokenizer.convert_ids_to_tokens(k))
    except Exception:  # libraries differ in what they raise for an unknown id
        piece = ""
    for marker, text in _MARKERS:
        piece = piece.replace(marker, text)
    looks.append(piece.removeprefix("##"))
    try:
        looks.append(str(tokenizer.decode([k])))
    except Exception:
        looks.append("")
    looks = [look for look in looks if look and _BROKEN not in look]
    folded = [("".join(part for part, _ in _fold(look)), _ends_in_mark(look)) for look in looks]
    if looks and not any(plain for plain, _ in folded):
        return [_BLANK]
    return list(dict.fromkeys(look for look in folded if look[0]))


def _ends_in_mark(text: str) -> bool:
    return bool(unicodedata.combining(unicodedata.normalize("NFKD", text)[-1]))


def _fold(text: str) -> list[tuple[str, int]]:
    """Return the characters that count for comparing, with their positions in the text."""
    folded = []
    for k, character in enumerate(text):
        parts = unicodedata.normalize("NFKD", character).casefold()
        folded += [(p, k) for p in parts if not p.isspace() and not unicodedata.combining(p)]
    return folded


def align(
    text: str,
    surfaces: Sequence[list[Look]],
    together: Callable[[int, int], str] = lambda first, last: _BROKEN,
) -> Ints:
    """Place tokens in a text.

    Parameters
    ----------
    text
        The text as given.
    surfaces
        For each token what it may look like.
    together
        What the tokens from ``first`` to ``last`` mean as one text: bytes of one character
        mean nothing alone.

    Returns
    -------
    offsets
        int32, shape (n, 2): code points [start, end); (-1, -1) where it cannot be told.
    """
    folded = _fold(text)
    plain = "".join(part for part, _ in folded)
    places = np.full((len(surfaces), 2), -1, dtype=np.int32)
    at, lost = 0, False
    k = 0
    while k < len(surfaces):
        looks = surfaces[k]
        found = _anchor(plain, at, surfaces[k : k + 4]) if lost else at
        if looks == [_BLANK] or found is None:
            k += 1  # blanks and lone marks do not count: without a place, but nothing is lost
            continue
        look, marked = next((look for look in looks if plain.startswith(look[0], found)), _BLANK)
        taken = 1
        if not look:
            look, taken = _character(plain, found, len(surfaces), k, together)
        if not look:
            lost = True
            k += 1
            continue
        at, lost = found, False
        end = folded[at + len(look) - 1][1] + 1
        while marked and end < len(text) and unicodedata.combining(text[end]):
            end += 1
        places[k : k + taken] = folded[at][1], end
        at += len(look)
        k += taken
    return places


def _character(
    plain: str, at: int, count: int, k: int, together: Callable[[int, int], str]
) -> tuple[str, int]:
    """Return a character that some tokens from ``k`` on are the bytes of, and how many."""
    for taken in range(2, min(_BYTES, count - k) + 1):
        character = together(k, k + taken).strip()
        if len(character) == 1 and character != _BROKEN:
            look = "".join(part for part, _ in _fold(character))
            return (look, taken) if look and plain.startswith(look, at) else ("", 1)
    return "", 1


def _anchor(plain: str, at: int, surfaces: Sequence[list[Look]]) -> int | None:
    """Return where a run of tokens stands, if it is long enough and stands there only."""
    run = ""
    for looks in surfaces:
        if not looks:
            break
        run += looks[0][0]
    if len(run) < _ANCHOR:
        return None
    first = plain.find(run, at)
    return first if first >= 0 and plain.find(run, first + 1) < 0 else None
