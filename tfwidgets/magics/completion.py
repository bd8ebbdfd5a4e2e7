"""Tab completion of the magics' options, models and variables.

One matcher for IPython's completer (the matcher API of IPython 8.6): on the line of one of
our magics it answers alone, elsewhere it keeps out of the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tfwidgets.magics.base import FeatureMagic
from tfwidgets.magics.variables import columns_of, fitting

_MAGIC = re.compile(r"^\s*(?:[\w.\[\]'\"]+\s*=\s*)?%%?(?P<name>\w+)[ \t]+(?P<rest>.*)$")
# The word before the cursor; a column's name and what stands in quotes may hold blanks.
_FRAGMENT = re.compile(r"""(?:[^\W\d]\w*\[(?:"[^"]*|'[^']*)|(?<!\S)"[^"]*|\S*)$""")
_COLUMN = re.compile(r"""^(?P<name>[^\W\d]\w*)(?P<opening>\.|\[["']?)(?P<begun>[^"'\]]*)$""")


def matcher(magics: Iterable[FeatureMagic]) -> Any:
    """Return the matcher of these magics."""
    from IPython.core.completer import SimpleCompletion, context_matcher

    by_name = {magic.name: magic for magic in magics}

    @context_matcher()  # type: ignore[untyped-decorator]
    def tfwidgets_matcher(context: Any) -> Any:
        line = context.line_with_cursor[: context.cursor_position]
        match = _MAGIC.match(line)
        magic = by_name.get(match["name"]) if match else None
        if magic is None or match is None:
            return {"completions": []}
        fragment, words = _complete(magic, match["rest"])
        return {
            "completions": [SimpleCompletion(text=word, type="magic") for word in words],
            "matched_fragment": fragment,
            "suppress": True,
        }

    return tfwidgets_matcher


def _complete(magic: FeatureMagic, rest: str) -> tuple[str, list[str]]:
    """Return the word that the cursor is in, and what it may become."""
    parser = magic.parser
    word = _FRAGMENT.search(rest)
    fragment = word.group() if word else ""
    before = rest[: len(rest) - len(fragment)].split()
    flag = before[-1] if before else ""
    if before and (last := [word for word in before if word.startswith("-")][-1:]):
        flag = last[0] if parser.takes_many(last[0]) else flag
    if parser.takes_value(fragment.partition("=")[0]) and "=" in fragment:
        flag, _, fragment = fragment.partition("=")
    if parser.takes_value(flag):
        words = _offered(magic, parser.completions.get(flag), fragment)
    elif fragment.startswith("-"):
        words = [known for known in parser.completions if known.startswith("--")]
        words = [word for word in words if word not in before]
    elif parser.rest:
        words = _offered(magic, parser.rest, fragment)
    elif fragment:
        # A label. It completes to itself, so that nobody offers Python names for it.
        words = [fragment]
    else:
        words = [known for known in parser.completions if known.startswith("--")]
    return fragment, sorted(word for word in words if word and word.startswith(fragment))


def _offered(magic: FeatureMagic, kind: str | list[str] | None, fragment: str) -> list[str]:
    own = magic.values(kind, fragment) if isinstance(kind, str) else None
    return _values(kind, fragment, magic.shell.user_ns) if own is None else own


def _values(kind: str | list[str] | None, fragment: str, namespace: dict[str, Any]) -> list[str]:
    if kind is None:
        # A new name or free text, which completes to itself too.
        return [fragment]
    if isinstance(kind, list):
        return kind
    if kind == "model":
        # Here, because loading the extension should not import the models' rooms.
        from tfwidgets.models.available import available

        return [*available(), *fitting(kind, namespace)]
    if column := _COLUMN.match(fragment):
        columns = columns_of(namespace.get(column["name"]))
        if column["opening"] == ".":
            return [f"{column['name']}.{name}" for name in columns if name.isidentifier()]
        quote = column["opening"][1:] or '"'
        return [f"{column['name']}[{quote}{name}{quote}]" for name in columns]
    return list(fitting(kind, namespace))
