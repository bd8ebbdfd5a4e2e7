"""The YAML at the top of a model card: what its authors say of the model."""

from __future__ import annotations

import os
import re
from typing import Any

from tfwidgets.models.contents import Unreadable, beginning

MOST_BYTES = 512 * 1024
"""Results of evaluations make some headers of the Hub hundreds of kilobytes long."""
MOST_DEPTH = 32

__all__ = ["Unreadable", "front_matter", "parsed"]

_BEGIN = re.compile(r"\ufeff?\s*---[ \t]*(?:\r\n|\r|\n)")
_END = re.compile(r"^---[ \t]*$", re.MULTILINE)


def front_matter(card: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what stands between the ``---`` lines of a card; empty where there are none.

    Raises
    ------
    Unreadable
        When the card cannot be read or that is no YAML mapping.
    """
    text = beginning(card, MOST_BYTES).decode("utf-8", "replace")
    begin = _BEGIN.match(text)
    if not begin:
        return {}
    text = text[begin.end() :].replace("\r\n", "\n").replace("\r", "\n")
    end = _END.search(text)
    if not end:
        raise Unreadable
    return parsed(text[: end.start()])


def parsed(text: str) -> dict[str, Any]:
    """Return the mapping that a YAML text spells; raise ``Unreadable`` for anything else."""
    import yaml  # type: ignore[import-untyped]

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check(yaml, text, loader)
        found = yaml.load(text, Loader=loader)  # noqa: S506 - a safe loader
    # Beside YAMLError: numbers that Python refuses, dates that there are not.
    except (yaml.YAMLError, ValueError, TypeError, ArithmeticError, RecursionError, KeyError):
        raise Unreadable from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Unreadable
    return {key: value for key, value in found.items() if isinstance(key, str)}


def _check(yaml: Any, text: str, loader: Any) -> None:
    """Refuse what a card has no use for and a loader may die of.

    An alias lets a few lines unfold into gigabytes, and libyaml's binding composes nested
    nodes recursively: some thousand brackets crash the process, not only the call.
    """
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.AliasEvent):
            raise Unreadable
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MOST_DEPTH:
                raise Unreadable
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
