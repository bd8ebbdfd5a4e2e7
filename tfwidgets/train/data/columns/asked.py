"""What the caller named of the columns, and what their names and cells say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from tfwidgets.errors import InputError
from tfwidgets.train.data.frames import described, is_listlike, is_strings, kind, listed
from tfwidgets.train.data.names import LABEL_NAMES, PAIRS, TAG_NAMES, TEXT_NAMES, TOKEN_NAMES
from tfwidgets.train.data.source import Splits
from tfwidgets.ui.strings import table

# de, de_DE or de-DE.
_LANGUAGE = re.compile(r"([a-z]{2})(?:[_-][A-Z]{2})?")
_LABEL_KINDS = ("class", "bool", "int", "float", "list")


@dataclass(frozen=True)
class Asked:
    """What the caller said about the columns of the data."""

    splits: Splits
    text: tuple[str, ...] | None
    label: str | tuple[str, ...] | None

    @property
    def frame(self) -> Any:
        """The rows to train on."""
        return self.splits.train

    @property
    def labels(self) -> tuple[str, ...]:
        """The columns which the caller named as labels."""
        if self.label is None:
            return ()
        return (self.label,) if isinstance(self.label, str) else self.label

    def named(self, names: Sequence[str]) -> list[str]:
        """Return the columns that are called so, in the order of the names."""
        by_name = {name.lower(): name for name in reversed(list(self.frame.columns))}
        return [by_name[name] for name in names if name in by_name]

    def others(self) -> list[str]:
        """Return the columns which the caller did not name."""
        taken = {*(self.text or ()), *self.labels}
        return [name for name in self.frame.columns if name not in taken]

    def refuse(self, what: str) -> NoReturn:
        """Raise InputError with the columns that there are."""
        raise InputError(f"{what} Columns: {described(self.frame)}.")


def running(asked: Asked) -> list[str]:
    """Return all columns of running text, named by the caller or not."""
    return [name for name in asked.frame.columns if kind(asked.frame[name]) == "text"]


def text_columns(asked: Asked) -> tuple[str, ...]:
    """Return the columns of the texts: well-known ones, or the only one of running text."""
    frame = asked.frame
    rest = [name for name in asked.others() if is_strings(frame[name])]
    by_name = {name.lower(): name for name in reversed(rest)}
    for pair in PAIRS:
        if all(name in by_name for name in pair):
            return tuple(by_name[name] for name in pair)
    known = [by_name[name] for name in TEXT_NAMES if name in by_name]
    if known:
        return tuple(known)
    running = tuple(name for name in rest if kind(frame[name]) == "text")
    return running or tuple(by_name[name] for name in ("title",) if name in by_name)


def one_text(asked: Asked) -> tuple[str, ...]:
    """Return the column of the texts, or two of pairs; refuse where several would do."""
    texts = asked.text or text_columns(asked)
    if len(texts) == 1 or tuple(name.lower() for name in texts) in PAIRS or asked.text:
        return texts
    if not texts:
        asked.refuse("No column looks like texts: name it, text=.")
    return asked.refuse(
        f"Which column holds the texts, {listed(texts)}? Name it, text=, or two for pairs, "
        f"text=({texts[0]!r}, {texts[1]!r})."
    )


def known_label(asked: Asked) -> str | None:
    """Return the column whose name says that it holds labels."""
    known = [name for name in asked.named(LABEL_NAMES) if name not in (asked.text or ())]
    if known and (len(known) == 1 or known[0].lower() in ("label", "labels")):
        return known[0]
    if known:
        return asked.refuse(f"Which column holds the labels, {listed(known)}? Name it, label=.")
    return None


def other_label(asked: Asked) -> str | None:
    """Return the only column beside the texts, if it can hold labels."""
    texts = asked.text or text_columns(asked)
    rest = [name for name in asked.others() if name not in texts]
    rest = [name for name in rest if kind(asked.frame[name]) != "empty"]
    if len(rest) != 1 or len(texts) not in (1, 2):
        return None
    return rest[0] if kind(asked.frame[rest[0]]) in _LABEL_KINDS else None


def token_columns(asked: Asked) -> tuple[str, str] | None:
    """Return the columns of words and tags, if there are two such of equal lengths."""
    frame = asked.frame
    words = list(asked.text or asked.named(TOKEN_NAMES))
    words = [name for name in words if kind(frame[name]) == "list" and _are_words(frame[name])]
    if len(words) != 1:
        return None
    tags = list(asked.labels) or asked.named(TAG_NAMES)
    fits = [
        name
        for name in tags
        if name != words[0]
        and kind(frame[name]) == "list"
        and _same_lengths(frame[words[0]], frame[name])
    ]
    if len(fits) > 1:
        asked.refuse(f"Which column holds the tags, {listed(fits)}? Name it, label=.")
    return (words[0], fits[0]) if fits else None


def _are_words(series: Any) -> bool:
    return all(isinstance(word, str) for cell in series.dropna().head(20) for word in cell)


def _same_lengths(words: Any, tags: Any) -> bool:
    """Compare most of the first rows: a single row that is wrong is reported later."""
    pairs = [
        (len(one), len(other))
        for one, other in zip(words.head(20), tags.head(20), strict=True)
        if is_listlike(one) and is_listlike(other)
    ]
    return bool(pairs) and 2 * sum(one == other for one, other in pairs) > len(pairs)


def languages_of(asked: Asked) -> list[str]:
    """Return the columns that are called by a language's code and hold texts."""
    known = table("languages")
    found = []
    for name in asked.frame.columns:
        code = _LANGUAGE.fullmatch(name)
        # "id" is Indonesian, and the usual name of a column of ids.
        sure = code and code[1] in known and name != "id" and is_strings(asked.frame[name])
        if sure or (code and kind(asked.frame[name]) == "text"):
            found.append(name)
    return found
