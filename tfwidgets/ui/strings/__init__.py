"""The words on the screen, in every language, from the tables that the JavaScript reads too.

A table is a JSON file of this folder, one per room: ``{"key": {"en": "…", "de": "…"}}``.
A text may hold ``{name}`` placeholders, and be ``{"one": "…", "other": "…"}`` where it
depends on a number ``n``.
"""

from __future__ import annotations

import json
import locale
import os
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from tfwidgets.config import settings

Language = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = ("en", "de")


def current_language() -> Language:
    """Return the language of static output: the configured one, or the system's."""
    chosen = settings().language
    if chosen == "auto":
        system = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
        chosen = "de" if system.lower().startswith(("de", "german")) else "en"
    return "de" if chosen == "de" else "en"


@cache
def table(room: str) -> dict[str, dict[str, Any]]:
    """Return the words of a room."""
    text = files(__name__).joinpath(f"{room}.json").read_text(encoding="utf-8")
    words: dict[str, dict[str, Any]] = json.loads(text)
    return words


def translate(room: str, key: str, language: Language | None = None, /, **values: object) -> str:
    """Return the words for ``key``, in the current language unless another is named.

    Numbers among ``values`` are written as the language writes them: 1,234 or 1.234.
    """
    language = language or current_language()
    words = table(room)[key][language]
    if isinstance(words, dict):
        words = words["one" if values.get("n") == 1 else "other"]
    shown = {
        name: number(value, language) if isinstance(value, int) else value
        for name, value in values.items()
    }
    return str(words).format(**shown)


def number(value: int, language: Language) -> str:
    """Write a whole number with the language's thousands separator."""
    english = f"{value:,}"
    return english.replace(",", ".") if language == "de" else english


def percent(value: float, language: Language) -> str:
    """Write a share between 0 and 1 as whole percents: 82% or 82 %."""
    return f"{value:.0%}" if language == "en" else f"{value * 100:.0f}\N{NO-BREAK SPACE}%"


@dataclass(frozen=True)
class Message:
    """A sentence that is kept as key and values, and written when its language is known.

    A value may be a message itself.
    """

    room: str
    key: str
    values: dict[str, object] = field(default_factory=dict)

    def text(self, language: Language | None = None) -> str:
        """Write it, in the current language unless another is named."""
        values = {
            name: value.text(language) if isinstance(value, Message) else value
            for name, value in self.values.items()
        }
        return translate(self.room, self.key, language, **values)

    def texts(self) -> dict[str, str]:
        """Write it in every language, for a widget that may switch."""
        return {language: self.text(language) for language in LANGUAGES}


def language_name(code: str) -> Message | str:
    """Return the name of a language, or the code where it is not among the known ones."""
    return Message("languages", code) if code in table("languages") else code
