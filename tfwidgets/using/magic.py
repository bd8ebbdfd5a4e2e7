"""``%model``: the session's model, and the models in memory."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Any, ClassVar

from tfwidgets.errors import InputError, suggest
from tfwidgets.magics.arguments import MagicParser, unquote
from tfwidgets.magics.base import FeatureMagic
from tfwidgets.magics.texts import variable_or_name
from tfwidgets.magics.variables import fitting

DESCRIPTION = """\
Choose the model that the other magics take where none is named, or see what is in memory.

  %model org/name        take this one from now on
  %model                 show which one is in use, and the models in memory
  %model --default       take each magic's own default again
  %model --unload        free the memory of all models, or of one: --unload org/name

NAME is a demo model, a folder, an id on the hub, or a variable that holds a learner or a
model. It is loaded when it is first needed."""

_ALL = object()


class ModelMagic(FeatureMagic):
    """The magic of ``tfw.use``."""

    name: ClassVar[str] = "model"

    def build_parser(self) -> MagicParser:
        """Return the parser of the argument line."""
        parser = MagicParser("%model", DESCRIPTION, rest="models")
        parser.option("--revision", metavar="R", help="branch, tag or commit on the hub")
        parser.option("--default", action="store_true", help="go back to the defaults")
        parser.option(
            "--unload",
            metavar="NAME",
            nargs="?",
            const=_ALL,
            completes="loaded",
            help="free the memory of this model, or of all",
        )
        return parser

    def values(self, kind: str, fragment: str) -> list[str] | None:
        """Return the models at hand, and those in memory."""
        # What was never imported has nothing in memory.
        kept = sys.modules.get("tfwidgets.models.kept")
        names = [model.name for model in kept.loaded()] if kept else []
        if kind == "loaded":
            return list(dict.fromkeys(names))
        if kind != "models":
            return None
        from tfwidgets.models.available import available
        from tfwidgets.models.session import seen

        return list(
            dict.fromkeys([*available(), *names, *seen(), *fitting("model", self.shell.user_ns)])
        )

    def compute(self, arguments: Namespace, body: str | None) -> Any:
        """Choose, show, go back or unload."""
        if body is not None:
            raise InputError("%%model reads no cell: write %model.")
        name = unquote(arguments.rest.strip())
        asked = [
            flag
            for flag, given in (
                (name, bool(name)),
                ("--default", arguments.default),
                ("--unload", arguments.unload is not None),
            )
            if given
        ]
        if len(asked) > 1:
            raise InputError(f"{asked[0]} and {asked[1]} are two things: use one of them.")
        if arguments.revision is not None and not name:
            raise InputError("--revision goes with the name of a model: %model NAME --revision R.")

        from tfwidgets.using.run import use

        if arguments.unload is not None:
            _unload(None if arguments.unload is _ALL else arguments.unload)
            return use()
        if arguments.default:
            return use(None)
        if not name:
            return use()
        if any(blank in arguments.rest for blank in " \t") and arguments.rest.strip() == name:
            raise InputError(f'%model takes one model: "{name}" in quotes, if it is one.')
        return use(variable_or_name(name, self.shell.user_ns), revision=arguments.revision)


def _unload(name: str | None) -> None:
    from tfwidgets.models.kept import is_meant, loaded
    from tfwidgets.ui.amounts import short_size
    from tfwidgets.ui.strings import current_language, translate
    from tfwidgets.using.memory import release

    names = list(dict.fromkeys(model.name for model in loaded()))
    if name is not None and not any(is_meant(model, name) for model in loaded()):
        known = f" In memory: {', '.join(names)}." if names else " There is none."
        raise InputError(f"No model {name!r} is in memory.{suggest(name, names)}{known}")
    released = release(lambda model: is_meant(model, name))
    freed = short_size(released.bytes, current_language())
    said = "freed" if released.bytes else "let-go"
    print(translate("using", said, n=released.count, size=freed))
    if released.held:
        print(translate("using", "held", n=len(released.held), names=", ".join(released.held)))
