"""Events of a run's log, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfwidgets.ui.strings import Language, Message, table, translate

_ROOM = "dashboard-log"


def what(event: Mapping[str, Any], facts: Mapping[str, Any], language: Language) -> str:
    """Say what happened; of a refused command, why."""
    kind = event.get("kind")
    if kind == "command":
        said = _command(event, facts, language)
        why = event.get("why")
        return f"{said}: {_sentence(why, language)}" if why else said
    if kind == "alert":
        key = f"alert-{event.get('alert')}"
        words = {"room": "dashboard-notes", "key": key, "values": event.get("values") or {}}
        return _sentence(words, language)
    return _sentence(event.get("text"), language)


def how(event: Mapping[str, Any], language: Language) -> str:
    """Say who asked for a command and whether it was done, or how bad an alert is."""
    kind = event.get("kind")
    if kind == "command":
        done = "applied" if event.get("applied") else "refused"
        by = _known(f"by.{event.get('by')}", language)
        return f"{by} · {_known(done, language)}"
    if kind == "alert":
        return _known("error" if event.get("level") == "error" else "warning", language)
    return _known("message", language)


def _command(event: Mapping[str, Any], facts: Mapping[str, Any], language: Language) -> str:
    name, values = str(event.get("command")), event.get("values") or {}
    groups, group = facts.get("groups") or [], values.get("group")
    shown = {
        "value": f"{values.get('value', '')}",
        "group": str(
            groups[group] if isinstance(group, int) and 0 <= group < len(groups) else group
        ),
        "panel": _known(f"panel.{values.get('name')}", language),
    }
    if name == "panel":
        name = f"panel.{'on' if values.get('on') else 'off'}"
    elif values.get("on") is False:  # taken back
        name += ".off"
    return _known(f"command.{name}", language, shown)


def _known(key: str, language: Language, values: Mapping[str, str] | None = None) -> str:
    """Return the words for a key, or its last part where a newer version wrote it."""
    if key not in table(_ROOM):
        return key.rpartition(".")[2]
    return translate(_ROOM, key, language, **(values or {}))


def _sentence(said: Any, language: Language) -> str:
    """Write a message that was kept as room, key and values; or as text."""
    if not isinstance(said, Mapping):
        return "" if said is None else str(said)
    if language in said:
        return str(said[language])
    try:
        return Message(said["room"], said["key"], dict(said.get("values") or {})).text(language)
    except (LookupError, OSError, ValueError):  # words that this version does not have
        return str(said.get("key", ""))
