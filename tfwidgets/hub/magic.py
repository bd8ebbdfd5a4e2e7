"""``%hub``: look for models, on the hub and here."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, ClassVar

from tfwidgets.errors import InputError
from tfwidgets.hub.names import FAMILIES, KINDS, LIBRARIES, LICENSES, TASK_ALIASES, TASKS
from tfwidgets.magics.arguments import MagicParser
from tfwidgets.magics.base import FeatureMagic

if TYPE_CHECKING:
    from tfwidgets.hub.query import Place

DESCRIPTION = """\
Look for models: on the hub, in its cache, in local folders and among the demo models.

  %hub bert --task fill-mask --lang de
  %hub --task ner --params :200M --license mit
  %hub minilm --offline
  %hub sentence --sort likes --limit 50 -o found

Words after %hub are looked for in the models' names. What is here comes first; the hub is
asked while the cell goes on."""

_QUOTED = re.compile(r"(?<!\S)([\"'])(.*?)\1(?!\S)")
_PARAMS = (":50M", "50M:200M", "200M:1B", "1B:7B", "7B:")
_HERE: tuple[Place, ...] = ("cache", "folders", "demo")


class HubMagic(FeatureMagic):
    """The magic of ``tfw.hub``."""

    name: ClassVar[str] = "hub"

    def build_parser(self) -> MagicParser:
        """Return the parser of the argument line."""
        parser = MagicParser("%hub", DESCRIPTION, rest="models")
        parser.option("--task", metavar="TASK", completes="tasks", help="what they are for")
        parser.option(
            "--lang", "--language", dest="language", metavar="LANGUAGE", completes="languages",
            help="code or name of a language",
        )  # fmt: skip
        parser.option("--library", metavar="NAME", completes="libraries", help="made for it")
        parser.option("--license", metavar="ID", completes="licenses", help="under this licence")
        parser.option("--author", metavar="NAME", completes="authors", help="by this owner")
        parser.option(
            "--family", metavar="NAME", completes="families", help="of this family: bert, llama"
        )
        parser.option(
            "--params", metavar="RANGE", completes=list(_PARAMS),
            help="number of parameters: 10M:200M, :500M, 7B:, 110M",
        )  # fmt: skip
        terms = parser.add_mutually_exclusive_group()
        for flag, gated, words in (
            ("--gated", True, "only models with terms to accept"),
            ("--open", False, "only models without terms to accept"),
        ):
            terms.add_argument(flag, dest="gated", action="store_const", const=gated, help=words)
            parser.completions[flag] = None
        parser.option(
            "--sort", metavar="ORDER", completes="sorts", help="what comes first: likes, size, …"
        )
        parser.option("--limit", metavar="N", type=int, default=30, help="at most N in code")
        parser.option("--offline", action="store_true", help="only what is here")
        return parser

    def values(self, kind: str, fragment: str) -> list[str] | None:
        """Return tasks, languages, licences, …: the known ones, and those that were seen."""
        if kind == "models":
            return self._models(fragment)
        known = _KNOWN.get(kind)
        if known is None:
            return None
        found = set(known(fragment))
        if kind in KINDS:
            from tfwidgets.hub.index import known_names

            found.update(known_names(kind))
        # What nobody knows is completed to itself, so that no Python names are offered for it.
        return [name for name in found if _is_word(name) and name.startswith(fragment)] or [
            fragment
        ]

    def compute(self, arguments: Namespace, body: str | None) -> Any:
        """Look for models."""
        if body is not None:
            raise InputError("%%hub reads no cell: write %hub.")
        from tfwidgets.hub.query import PLACES
        from tfwidgets.hub.run import hub

        return hub(
            _unquoted(arguments.rest),
            task=arguments.task,
            language=arguments.language,
            library=arguments.library,
            license=arguments.license,
            author=arguments.author,
            family=arguments.family,
            params=arguments.params,
            gated=arguments.gated,
            sort=arguments.sort,
            limit=arguments.limit,
            where=_HERE if arguments.offline else PLACES,
        )

    def _models(self, fragment: str) -> list[str]:
        """Return options before anything was typed, then ids of models: those here, those seen."""
        if not fragment:
            return [flag for flag in self.parser.completions if flag.startswith("--")]
        from tfwidgets.hub.index import known_names
        from tfwidgets.models.available import demos

        names = {*known_names("models"), *demos()}
        return [name for name in names if name.startswith(fragment)] or [fragment]


def _unquoted(words: str) -> str:
    """Return words without the quotes around one or several of them: none is in a model's id."""
    return _QUOTED.sub(r"\2", words)


def _languages(fragment: str) -> Collection[str]:
    """Return codes; names, too, where one is begun that no code is."""
    from tfwidgets.ui.strings import table

    known = table("languages")
    if len(fragment) < 3:
        return known
    return {*known, *(name for names in known.values() for name in names.values())}


def _sorts(_: str) -> Collection[str]:
    from tfwidgets.hub.query import SORTS

    return SORTS


_KNOWN: dict[str, Callable[[str], Collection[str]]] = {
    "tasks": lambda _: (*TASKS, *TASK_ALIASES),
    "languages": _languages,
    "sorts": _sorts,
    "licenses": lambda _: LICENSES,
    "libraries": lambda _: LIBRARIES,
    "families": lambda _: FAMILIES,
    "authors": lambda _: (),
}


def _is_word(name: str) -> bool:
    """Whether a name can stand in the line as it is."""
    return name.isprintable() and not any(c.isspace() or c in "\"'" for c in name)
