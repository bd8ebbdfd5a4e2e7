"""The script-free picture of a search for models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from tfwidgets.hub.facets import facets
from tfwidgets.hub.told import told
from tfwidgets.ui.amounts import short_count, short_size
from tfwidgets.ui.html import element
from tfwidgets.ui.strings import (
    Language,
    Message,
    current_language,
    language_name,
    number,
    translate,
)
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    from tfwidgets.hub.entry import ModelEntry
    from tfwidgets.hub.result import ModelSearch

ROWS = 25
_VALUES = 6  # of a facet
_NAMED = 3  # languages of a model
_COUNTED = ("task", "language", "license", "family")
_FAINT = "opacity:.8;margin:.4em 0"
_CELL = "padding:.3em .9em .3em 0;text-align:left;vertical-align:top"
_NUMBER = _CELL + ";text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums"
# What room is left goes to the names, which are long.
_ID = _CELL + ";width:35%;min-width:12em;overflow-wrap:anywhere"
_ROW = "border-top:1px solid rgba(128,128,128,.3)"
# The columns, and whether they hold numbers.
_COLUMNS = {
    "model": False, "task": False, "languages": False, "license": False, "params": True,
    "size": True, "downloads": True, "likes": True, "updated": True, "state": False,
}  # fmt: skip


def draw(search: ModelSearch) -> ET.Element:
    """Draw the first models that are known by now; say how many are left out."""
    language = current_language()
    known = search.known
    parts: list[ET.Element] = [_line(_head(search, len(known), language))]
    if known:
        parts += [_line(text) for text in _facet_lines(known, language)]
        parts.append(_table(known[:ROWS], language))
    if (left_out := len(known) - ROWS) > 0:
        parts.append(_line(_words("more", language, n=left_out)))
    parts += [_line(message.text(language)) for message in search.listing.messages]
    if search.problem:
        offline = search.problem.kind == "offline"
        text = _words("offline", language) if offline else told(search.problem, language)
        parts.append(element("p", text, style=_FAINT if offline else "margin:.4em 0"))
    elif not search.listing.sorted_by_hub and search.listing.answered:
        parts.append(_line(_words("sorted", language)))
    return element("div", *parts, class_="tfw-static")


def _words(key: str, language: Language, **values: object) -> str:
    return translate("hub-static", key, language, **values)


def _line(text: str) -> ET.Element:
    return element("div", text, style=_FAINT)


def _head(search: ModelSearch, shown: int, language: Language) -> str:
    listing = search.listing
    if not listing.read:
        head = _words("looking", language)
    elif not shown and not (listing.more and not listing.answered):
        head = _words("none", language)
    else:
        head = _words("models", language, n=shown)
        if listing.more and not listing.answered:
            head += " · " + _words("asking", language)
        elif listing.more or listing.known > search.limit:
            head += " · " + _words("first", language)
    return " · ".join([*_asked(search, language), head])


def _asked(search: ModelSearch, language: Language) -> Iterable[str]:
    """Yield what was looked for."""
    query = search.query
    if query.text:
        yield f"“{one_line(query.text, 80)}”"
    if query.language:
        yield _spoken(query.language, language)
    for value in (query.task, query.library, query.license, query.author, query.family):
        if value:
            yield one_line(value, 60)
    if query.params:
        low, high = (n and short_count(n, language) for n in query.params)
        yield f"{low}–{high}" if low and high else f"≥ {low}" if low else f"≤ {high or 0}"
    if query.gated is not None:
        yield _words("gated" if query.gated else "open", language)


def _facet_lines(entries: Sequence[ModelEntry], language: Language) -> Iterable[str]:
    """Yield how many models have the values of a facet, where they differ."""
    found = facets(entries)
    for name in _COUNTED:
        values = found[name]
        if len(values) < 2:
            continue
        shown = [
            f"{_spoken(value, language) if name == 'language' else one_line(value, 40)} {count}"
            for value, count in values[:_VALUES]
        ]
        more = ", …" if len(values) > _VALUES else ""
        yield f"{_words(f'facet-{name}', language)}: {', '.join(shown)}{more}"


def _table(entries: Sequence[ModelEntry], language: Language) -> ET.Element:
    texts = [_texts(entry, language) for entry in entries]
    # What no model says of itself takes no room: demo models have no downloads.
    columns = [name for name in _COLUMNS if name == "model" or any(row[name] for row in texts)]
    header = [
        element("th", _words(f"column-{name}", language), style=_style(name)) for name in columns
    ]
    rows = [
        element(
            "tr",
            element("td", _name(entry), style=_ID),
            *(element("td", row[name], style=_style(name)) for name in columns[1:]),
            style=_ROW,
        )
        for entry, row in zip(entries, texts, strict=True)
    ]
    table = element(
        "table",
        element("thead", element("tr", *header)),
        element("tbody", *rows),
        style="border-collapse:collapse;font-size:.95em",
    )
    return element("div", table, style="overflow-x:auto;max-width:100%")


def _style(column: str) -> str:
    return _NUMBER if _COLUMNS[column] else _CELL


def _texts(entry: ModelEntry, language: Language) -> dict[str, str]:
    """Return what stands in the columns behind the name."""
    named = [_spoken(code, language) for code in entry.languages[:_NAMED]]
    if (more := len(entry.languages) - _NAMED) > 0:
        named.append(f"+{more}")
    return {
        "task": one_line(entry.task or "", 40),
        "languages": ", ".join(named),
        "license": one_line(entry.license or "", 30),
        "params": "" if entry.params is None else short_count(entry.params, language),
        "size": "" if entry.disk_size is None else short_size(entry.disk_size, language),
        "downloads": "" if entry.downloads is None else number(entry.downloads, language),
        "likes": "" if entry.likes is None else number(entry.likes, language),
        "updated": "" if entry.updated is None else f"{entry.updated:%Y-%m-%d}",
        "state": ", ".join(_words(state, language) for state in _states(entry)),
    }


def _name(entry: ModelEntry) -> ET.Element:
    name = element("b", one_line(entry.id, 120), dir="auto")
    if entry.url and _is_page(entry.url):
        return element("a", name, href=entry.url, target="_blank", rel="noopener noreferrer")
    return name


def _is_page(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https")
    except ValueError:  # an endpoint like "http://["
        return False


def _states(entry: ModelEntry) -> Iterable[str]:
    if entry.source in ("demo", "folder"):
        yield entry.source
    elif entry.cached:
        yield "cached"
    if entry.missing:
        yield "incomplete"
    for state in ("gated", "private", "disabled"):
        if getattr(entry, state):
            yield state


def _spoken(code: str, language: Language) -> str:
    name = language_name(code)
    return name.text(language) if isinstance(name, Message) else one_line(name, 20)
