"""The argument line of a magic: split as a person means it, parsed by argparse.

Nothing in a line is ever expanded: braces and dollar signs are themselves.
"""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from tfwidgets.errors import InputError, suggest

# Quotes keep blanks together; a single quote only where a word begins, since it is also
# an apostrophe: men's health, women's health.
_WORD = re.compile(r"""(?:"[^"]*"|(?<![^\s,\[(=])'[^']*'|[^\s])+""")
# Not a lone dash and not a number: both may stand in a label.
_OPTION = re.compile(r"--$|--?[^\W\d]")
_LABEL = re.compile(r"""(?:"[^"]*"|(?<![^\s,])'[^']*'|[^,])+""")


class HelpRequested(Exception):
    """``--help`` stood in the line; the message is the help."""


class MagicParser(argparse.ArgumentParser):
    """An argument parser that raises instead of leaving, and knows what completes a value.

    Options are added by ``option``; ``completes`` names what their value may be:
    ``"model"``, ``"texts"``, ``"labels"``, ``"examples"`` (variables), or is a list; ``rest``
    names the same for the words that belong to no option. With ``takes_text`` the rest of the
    line is text: what follows ``--`` is never an option.
    """

    def __init__(
        self, name: str, description: str, *, takes_text: bool = False, rest: str | None = None
    ) -> None:
        super().__init__(
            prog=name,
            description=description,
            add_help=False,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self.takes_text = takes_text
        self.rest = rest
        self.completions: dict[str, str | list[str] | None] = {}
        flags = ["--help"] if takes_text else ["-h", "--help"]
        self.option(*flags, action="store_true", help="show this help")

    def option(self, *flags: str, completes: str | list[str] | None = None, **kwargs: Any) -> None:
        """Add an option."""
        action = self.add_argument(*flags, **kwargs)
        for flag in flags:
            self.completions[flag] = completes if action.nargs != 0 else None

    def takes_value(self, flag: str) -> bool:
        """Tell whether a value follows this option."""
        action = self._option_string_actions.get(flag)
        return action is not None and action.nargs != 0

    def takes_many(self, flag: str) -> bool:
        """Tell whether several values may follow this option."""
        action = self._option_string_actions.get(flag)
        return action is not None and action.nargs == "+"

    def parse_line(self, line: str) -> argparse.Namespace:
        """Parse the text after the magic's name.

        Raises
        ------
        HelpRequested
            When the line asks for help.
        InputError
            When an option is unknown or lacks its value.
        """
        words: list[str] = [_Word(match) for match in _WORD.finditer(line)]
        text: list[str] = []
        if self.takes_text and "--" in words:
            k = words.index("--")
            words, text = words[:k], words[k + 1 :]
        # Among the words of a text, -h is none to ask for help.
        if "--help" in words or ("-h" in words and not (self.takes_text and len(words) > 1)):
            raise HelpRequested(self.format_help())
        known, rest = self.parse_known_args(words)
        unknown = [word for word in rest if _OPTION.match(word)]
        if unknown:
            flag = unknown[0].partition("=")[0]
            raise InputError(
                f"{self.prog} has no option {flag}.{suggest(flag, self._option_string_actions)} "
                f"{self.prog} --help lists them."
                + (" Text with dashes goes behind --." if self.takes_text else "")
            )
        # Labels keep their quotes until they are split.
        for name, value in vars(known).items():
            if isinstance(value, str):
                setattr(known, name, unquote(value))
            elif isinstance(value, list):
                setattr(
                    known,
                    name,
                    [unquote(word) if isinstance(word, str) else word for word in value],
                )
        known.rest = " ".join(rest)
        known.literal = _literal(line, rest + text)
        return known

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print before it exits."""
        raise InputError(f"{self.prog}: {message}. {self.prog} --help shows its options.")


class _Word(str):
    """A word that knows where in the line it stands."""

    __slots__ = ("end", "start")

    start: int
    end: int

    def __new__(cls, match: re.Match[str]) -> _Word:
        word = super().__new__(cls, match.group())
        word.start, word.end = match.span()
        return word


def _literal(line: str, rest: list[str]) -> str:
    """Return what is left of a line without its options, blanks between words as they stand."""
    words = [word for word in rest if isinstance(word, _Word)]
    parts: list[str] = []
    last: _Word | None = None
    for word in words:
        between = "" if last is None else line[last.end : word.start]
        parts.append((between if between.isspace() else " " if last else "") + word)
        last = word
    return "".join(parts)


def unquote(text: str) -> str:
    """Take off the quotes around a whole text."""
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text


def split_labels(text: str) -> list[str]:
    """Split at commas outside quotes: ``'a, "b, c"'`` -> ``["a", "b, c"]``.

    Raises
    ------
    InputError
        When there is nothing between two commas.
    """
    if not text.strip():
        return []
    parts, position = [], 0
    while True:
        match = _LABEL.match(text, position)
        part = match.group().strip() if match else ""
        if not part:
            raise InputError("A label is empty: there is nothing between two commas.")
        parts.append(unquote(part))
        position = match.end() if match else position
        if position >= len(text):
            return parts
        position += 1  # the comma
