"""Read texts from what the caller has, and refuse what is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tfwidgets.config import settings
from tfwidgets.errors import InputError
from tfwidgets.ui.text import printable

# A text, or a text with a second one.
Texts = tuple[str, ...]


@dataclass(frozen=True)
class Given:
    """What was passed as text and pair.

    Attributes
    ----------
    rows
        For each text (text,) or (text, pair), fit for a tokenizer.
    labels
        Names of the texts, if they came with names.
    is_list
        Whether there were several.
    replaced
        Number of lone surrogates, which no tokenizer reads: each became U+FFFD.
    """

    rows: list[Texts]
    labels: list[str] | None
    is_list: bool
    replaced: int


def read_texts(text: Any, pair: Any, *, also: str = "") -> Given:
    """Return the texts; ``also`` names what else the caller could have been given.

    Raises
    ------
    InputError
        When something is no text, lists or names differ, or there is too much to read.
    """
    labels = [str(name) for name in text] if isinstance(text, Mapping) else None
    if isinstance(text, Mapping):
        pair = _by_name(text, pair)
        text = list(text.values())
    is_list = not isinstance(text, str)
    if isinstance(pair, str) and not pair and not is_list:
        pair = None  # as transformers has it
    firsts = _several("text", text, also) if is_list else [text]
    if not firsts:
        raise InputError("There is no text: the list is empty.")
    seconds = None
    if pair is not None:
        if isinstance(pair, str) is is_list:
            raise InputError("pair goes with text: a string with a string, a list with a list.")
        seconds = _several("pair", pair, also) if is_list else [pair]
        if len(seconds) != len(firsts):
            raise InputError(f"There are {len(firsts)} texts and {len(seconds)} pairs.")
    _check("text", firsts, is_list=is_list)
    _check("pair", seconds or [], is_list=is_list)
    _check_size(sum(map(len, firsts)) + sum(map(len, seconds or [])))
    whole: list[Texts] = [(value,) for value in firsts]
    if seconds is not None:
        whole = list(zip(firsts, seconds, strict=True))
    rows = [tuple(printable(value) for value in row) for row in whole]
    return Given(rows, labels, is_list, _replaced(whole, rows))


def _by_name(texts: Mapping[Any, Any], pair: Any) -> Any:
    """Return the pairs in the order of the texts, where they came with names too."""
    if not isinstance(pair, Mapping):
        return pair
    if set(pair) != set(texts):
        odd = sorted(map(str, set(pair) ^ set(texts)))
        raise InputError(f"text and pair differ in their names: {', '.join(odd[:5])}.")
    return [pair[name] for name in texts]


def _several(what: str, value: Any, also: str) -> list[Any]:
    if hasattr(value, "columns"):
        column = next(iter(value.columns), "column")
        raise InputError(f"{what} is a table: choose a column of it, such as df[{column!r}].")
    if isinstance(value, (bytes, bytearray)) or not isinstance(value, Iterable):
        kinds = f"a string, a list of strings, or {also}" if also else "a string or a list of them"
        raise InputError(f"{what} is {_kind(value)}: expected {kinds}.")
    return list(value)


def _check(what: str, values: list[Any], *, is_list: bool) -> None:
    for k, value in enumerate(values):
        if not isinstance(value, str):
            where = f"{what.capitalize()} {k + 1}" if is_list else what
            advice = ""
            if isinstance(value, (tuple, list)):
                advice = " Pairs go into two lists, text=[…] and pair=[…]; chats one at a time."
            raise InputError(f"{where} is {_kind(value)}: expected a string.{advice}")


def _check_size(characters: int) -> None:
    limit = settings().max_characters
    if characters > limit:
        raise InputError(
            f"{characters:,} characters are more than the limit of {limit:,}. "
            f"To raise it: %config TfWidgets.max_characters = {characters}"
        )


def _replaced(old: list[Texts], new: list[Texts]) -> int:
    changed = (pair for pair in zip(old, new, strict=True) if pair[0] != pair[1])
    return sum(
        a != b for one, other in changed for a, b in zip("".join(one), "".join(other), strict=True)
    )


def _kind(value: Any) -> str:
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
