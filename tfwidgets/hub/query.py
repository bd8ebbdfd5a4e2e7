"""What is looked for: one question, for the hub and for what is here alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from tfwidgets.errors import InputError, suggest
from tfwidgets.hub import seen
from tfwidgets.hub.names import TASK_ALIASES, TASKS
from tfwidgets.hub.params import params_of, quoted
from tfwidgets.ui.strings import table
from tfwidgets.ui.text import printable

if TYPE_CHECKING:
    from tfwidgets.hub.entry import ModelEntry

Place = Literal["hub", "cache", "folders", "demo"]
Sort = Literal["downloads", "likes", "trending", "updated", "created", "params", "size", "name"]

PLACES: tuple[Place, ...] = get_args(Place)
SORTS: tuple[Sort, ...] = get_args(Sort)

# What the hub can sort by; by the rest only what is here is sorted.
HUB_SORTS = {
    "downloads": "downloads",
    "likes": "likes",
    "trending": "trendingScore",
    "updated": "lastModified",
    "created": "createdAt",
}

_MOST = 300
_TEXTS = ("task", "language", "library", "license", "author", "family")


@dataclass(frozen=True)
class Query:
    """A question that was checked by ``Query.of``.

    Attributes
    ----------
    text
        Words; what is here must have each of them in its id, the hub searches its own way.
    task
        A task as the Hub calls it: ``"text-classification"``.
    language
        A language's code: ``"de"``.
    library, license, author, family
        ``"transformers"``, ``"apache-2.0"``, an organisation or person, ``"bert"``.
    params
        Fewest and most parameters; None where open.
    gated
        True for gated models only, False for open ones only.
    sort
        What comes first: the most downloaded, the newest, the smallest, ...
    where
        Where to look.
    """

    text: str = ""
    task: str | None = None
    language: str | None = None
    library: str | None = None
    license: str | None = None
    author: str | None = None
    family: str | None = None
    params: tuple[int | None, int | None] | None = None
    gated: bool | None = None
    sort: Sort = "downloads"
    where: tuple[Place, ...] = PLACES

    @classmethod
    def of(cls, text: str | None = "", **fields: Any) -> Query:
        """Check what a caller gave and bring it into the Hub's spelling.

        Raises
        ------
        InputError
            When a value cannot be meant; the message says what can.
        """
        words = _text("What is looked for", text) or ""
        values = {name: _text(name, fields.pop(name, None)) for name in _TEXTS}
        values["task"] = task_of(values["task"])
        values["language"] = language_of(values["language"])
        for name in ("library", "license", "family"):
            values[name] = (values[name] or "").lower() or None
        gated = fields.pop("gated", None)
        # By identity: 1 is equal to True, and an array to nothing that can be told.
        if not any(gated is one for one in (None, True, False)):
            raise InputError(f"gated is True, False or None, not {quoted(gated)}.")
        sort = fields.pop("sort", None)
        sort = "downloads" if sort is None else sort
        if not isinstance(sort, str) or sort not in SORTS:
            raise InputError(
                f"Models cannot be sorted by {quoted(sort)}.{suggest(str(sort)[:_MOST], SORTS)} "
                f"Possible: {', '.join(SORTS)}."
            )
        where = places_of(fields.pop("where", PLACES))
        params = params_of(fields.pop("params", None))
        return cls(
            " ".join(words.split()), params=params, gated=gated, sort=sort, where=where,
            **values, **fields,
        )  # fmt: skip

    def excludes(self, entry: ModelEntry) -> bool:
        """Whether what is known of a model says that it is not meant.

        Not every hub understands every part of a query; what it does not, it leaves out.
        """
        licenses = {t.removeprefix("license:") for t in entry.tags if t.startswith("license:")}
        licenses.update(filter(None, [entry.license]))
        low, high = self.params or (None, None)
        return (
            (self.task is not None and entry.task is not None
             and self.task not in (entry.task, *entry.tasks))
            or (bool(licenses) and not _among(self.license, licenses))
            or (entry.params is not None
                and not (low or 0) <= entry.params <= (entry.params if high is None else high))
            or (None not in (self.gated, entry.gated) and bool(entry.gated) != self.gated)
        )  # fmt: skip

    def matches(self, entry: ModelEntry) -> bool:
        """Whether a model that is known here is meant; what is not known of it does not match.

        Only of terms to accept there are none as long as none are known.
        """
        name = entry.id.lower()
        low, high = self.params or (None, None)
        return (
            all(word in name for word in self.text.lower().split())
            and self.task in (None, entry.task, *entry.tasks)
            and _among(self.language, entry.languages)
            and _among(self.library, entry.libraries)
            and _among(self.license, (entry.license,))
            and _among(self.author, (entry.author,))
            and _among(self.family, (entry.family,))
            and (self.params is None or (entry.params is not None
                 and (low or 0) <= entry.params and (high is None or entry.params <= high)))
            and (self.gated is None or bool(entry.gated) == self.gated)
        )  # fmt: skip


def _text(what: str, value: Any) -> str | None:
    """Return a text that can be sent, None for an empty one."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise InputError(f"{what} is a text, not {type(value).__name__}.")
    if len(value) > _MOST:
        raise InputError(f"{what} has {len(value):,} characters: no name of a model is so long.")
    return printable(value).strip() or None


def _among(wanted: str | None, found: Iterable[str | None]) -> bool:
    """Whether a name is not asked for, or found; upper and lower case are the same."""
    return wanted is None or wanted.lower() in (name.lower() for name in found if name)


def task_of(task: str | None) -> str | None:
    """Return the Hub's name of a task; raise InputError for one that it does not have."""
    if task is None:
        return None
    name = task.strip().lower().replace("_", "-").replace(" ", "-")
    name = TASK_ALIASES.get(name, name)
    if name in TASKS:
        return name
    found = _seen("tasks")
    if name not in found:
        raise InputError(
            f"The Hub has no task {task!r}.{suggest(name, (*TASKS, *TASK_ALIASES))}\n"
            f"For text: feature-extraction, fill-mask, question-answering, sentence-similarity, "
            "summarization, text-classification, text-generation, token-classification, "
            "translation, zero-shot-classification."
        )
    return found[name]


def language_of(language: str | None) -> str | None:
    """Return a language's code for its code or its English or German name."""
    if language is None:
        return None
    name = language.strip().lower()
    known = table("languages")
    for code, names in known.items():
        if name in (code, *(n.lower() for n in names.values())):
            return code
    # There are thousands; and cards name what is no language.
    if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*|code|multilingual", name):
        return name
    if found := _seen("languages").get(name):
        return found
    words = [word for names in known.values() for word in names.values()]
    raise InputError(
        f"{language!r} is no language that is known here.{suggest(language.strip(), words)} "
        "Give its code: de, en, …"
    )


def _seen(kind: str) -> dict[str, str]:
    """Return what models have that a search has found: what is offered can be asked for."""
    return {name.lower(): name for name in seen.names(kind)}


def places_of(where: Any) -> tuple[Place, ...]:
    """Return where to look, in the order of ``PLACES``."""
    given = tuple(where) if isinstance(where, Iterable) and not isinstance(where, str) else (where,)
    if not given or (strange := [place for place in given if place not in PLACES]):
        wrong = quoted(strange[0]) if given else "nowhere"
        raise InputError(f"Models are looked for in {', '.join(PLACES)}, not {wrong}.")
    return tuple(place for place in PLACES if place in given)
