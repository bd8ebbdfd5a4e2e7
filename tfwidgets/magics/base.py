"""A magic of this package: parse, compute, assign, return; errors in a line or two."""

from __future__ import annotations

import keyword
from argparse import Namespace
from collections.abc import Callable
from typing import Any, ClassVar

from tfwidgets.config import settings
from tfwidgets.errors import InputError, TfWidgetsError
from tfwidgets.magics.arguments import HelpRequested, MagicParser


class FeatureMagic:
    """One feature's magic, as line magic and as cell magic.

    A subclass names it, builds its parser and computes its result. It is registered by
    ``tfwidgets.extension``, which also takes it away again.
    """

    name: ClassVar[str]

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.parser = self.build_parser()
        self.parser.option("-o", "--out", metavar="NAME", help="store the result in this variable")

    def build_parser(self) -> MagicParser:
        """Return the parser of the argument line."""
        raise NotImplementedError

    def compute(self, arguments: Namespace, body: str | None) -> Any:
        """Return the result; ``body`` is None for the line magic."""
        raise NotImplementedError

    def values(self, kind: str, fragment: str) -> list[str] | None:
        """Return what the value of an option may be, for kinds that only this feature knows.

        ``fragment`` is what was typed of it. None: the kind is one that all magics share.
        """
        return None

    def function(self) -> Callable[..., Any]:
        """Return what IPython calls: ``magic(line)`` and ``magic(line, cell)``."""

        def magic(line: str, cell: str | None = None) -> Any:
            return self._run(line, cell)

        magic.__name__ = self.name
        magic.__doc__ = self.parser.format_help()
        # IPython would fill {braces} and $dollars of the line with variables.
        magic._ipython_magic_no_var_expand = True  # type: ignore[attr-defined]
        return magic

    def _run(self, line: str, cell: str | None) -> Any:
        if settings().debug:
            return self._answer(line, cell)
        try:
            return self._answer(line, cell)
        except TfWidgetsError as error:
            raise ShortError(str(error)) from None
        except KeyboardInterrupt:
            raise Stopped(f"%{self.name} was stopped; nothing was changed.") from None

    def _answer(self, line: str, cell: str | None) -> Any:
        try:
            arguments = self.parser.parse_line(line)
        except HelpRequested as request:
            print(request)
            return None
        if arguments.out is not None:
            _check_name(arguments.out)
        result = self.compute(arguments, cell)
        if arguments.out is not None:
            self.shell.user_ns[arguments.out] = result
        return result


class ShortError(TfWidgetsError):
    """An error that a notebook shows without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class Stopped(KeyboardInterrupt):
    """The interrupt button, shown in a line."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def _check_name(name: str) -> None:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise InputError(f"-o {name}: the result needs a name that Python allows, such as result.")
