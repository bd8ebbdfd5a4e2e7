"""What the first stages of a tokenizer do to each character, told by the tokenizer itself.

A copy of the tokenizer gets a model that knows single characters only and merges nothing.
What it encodes then is the text after normalizer and pre-tokenizer, character by character,
each with its place in the original text and the number of its split: exactly what the real
model would have been given. Leaving stages out of the copy shows the stages before them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from tfwidgets.tokens import backend

# Stands for what the vocabulary of characters lacks; no text comes with it.
_UNKNOWN = "\N{NULL}unknown character\N{NULL}"
_SPACE_MARKS = "▁ "


class Untraceable(Exception):
    """A stage brings in characters that cannot be foreseen."""


@dataclass(frozen=True)
class Split:
    """A stretch between two borders.

    Attributes
    ----------
    characters
        What it consists of after the stage, one entry per character; one in all for an
        added token.
    places
        For each, where it comes from in the original text: [start, end) in code points.
    added
        The added token that it was taken out as, or None. Its text may differ from the token's
        own: blanks beside it, or another case.
    """

    characters: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    added: str | None

    @property
    def text(self) -> str:
        """The text after the stage."""
        return "".join(self.characters)

    @property
    def start(self) -> int:
        """Where it begins in the original text."""
        return min(start for start, _ in self.places)

    @property
    def end(self) -> int:
        """Where it ends in the original text."""
        return max(end for _, end in self.places)


def trace(
    text: str, *, normalizer: Any, pre_tokenizer: Any, added: Sequence[Any], raw: bool = False
) -> list[Split]:
    """Run the stages before the model.

    Parameters
    ----------
    text
        The original text.
    normalizer, pre_tokenizer
        Components of the library, or None.
    added
        Added tokens, in the order of their ids.
    raw
        Treat special tokens in the text as ordinary text (``encode_special_tokens``).

    Raises
    ------
    Untraceable
        When a character comes out that neither text nor stages let expect.
    """
    if not text:
        return []
    for alphabet in _alphabets(text, normalizer, pre_tokenizer):
        clone = _clone(alphabet, normalizer, pre_tokenizer, added, raw=raw)
        encoding = clone.encode(text, add_special_tokens=False)
        if 0 not in encoding.ids:
            taken = _taken(clone, encoding, len(alphabet))
            if {token.content for token in added} & set(alphabet):
                taken = _taken_surely(text, normalizer, pre_tokenizer, added, raw=raw)
            return _splits(encoding, taken)
    raise Untraceable


def _alphabets(text: str, normalizer: Any, pre_tokenizer: Any) -> Any:
    """Yield growing sets of characters, the cheap ones first."""
    from tokenizers.pre_tokenizers import ByteLevel

    whole = normalizer.normalize_str(text) if normalizer is not None else text
    known = {*text, *whole, *_SPACE_MARKS, *ByteLevel.alphabet()}
    yield sorted(known)
    if pre_tokenizer is not None:
        for piece, _ in pre_tokenizer.pre_tokenize_str(whole):
            known.update(piece)
    for character in dict.fromkeys(text):
        if normalizer is not None:
            known.update(normalizer.normalize_str(character))
    yield sorted(known)


def _clone(
    alphabet: list[str], normalizer: Any, pre_tokenizer: Any, added: Sequence[Any], *, raw: bool
) -> Any:
    from tokenizers import Tokenizer
    from tokenizers.models import BPE

    vocabulary = {_UNKNOWN: 0} | {c: k for k, c in enumerate(alphabet, start=1)}
    return _equip(
        Tokenizer(BPE(vocab=vocabulary, merges=[], unk_token=_UNKNOWN)),
        normalizer,
        pre_tokenizer,
        added,
        raw=raw,
    )


def _equip(
    clone: Any, normalizer: Any, pre_tokenizer: Any, added: Sequence[Any], *, raw: bool
) -> Any:
    if normalizer is not None:
        clone.normalizer = normalizer
    if pre_tokenizer is not None:
        clone.pre_tokenizer = pre_tokenizer
    backend.register(clone, list(added))
    clone.encode_special_tokens = raw
    return clone


def _taken(clone: Any, encoding: Any, last_character: int) -> dict[int, str]:
    """Return which splits are added tokens, and which ones."""
    contents = {k: token.content for k, token in clone.get_added_tokens_decoder().items()}
    pairs = zip(encoding.ids, encoding.word_ids, strict=True)
    return {word: contents[k] for k, word in pairs if k > last_character}


def _taken_surely(
    text: str, normalizer: Any, pre_tokenizer: Any, added: Sequence[Any], *, raw: bool
) -> dict[int, str]:
    """Return the same where an added token is a single character, and so has a character's id."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel

    clone = Tokenizer(WordLevel({_UNKNOWN: 0}, unk_token=_UNKNOWN))
    _equip(clone, normalizer, pre_tokenizer, added, raw=raw)
    return _taken(clone, clone.encode(text, add_special_tokens=False), 0)


def _splits(encoding: Any, taken: dict[int, str]) -> list[Split]:
    rows = zip(encoding.word_ids, encoding.tokens, encoding.offsets, strict=True)
    splits = []
    for word, group in groupby(rows, key=itemgetter(0)):
        _, characters, places = zip(*group, strict=True)
        splits.append(Split(characters, places, taken.get(word)))
    return splits
