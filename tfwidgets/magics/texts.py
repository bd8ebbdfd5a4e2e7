"""The text that a magic is given: in its line, in its cell, or in a variable."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from tfwidgets.errors import InputError
from tfwidgets.magics.arguments import unquote
from tfwidgets.magics.variables import look_up


def given_text(
    magic: str, arguments: Namespace, body: str | None, namespace: Mapping[str, Any]
) -> Any:
    """Return the text, or what the variable of ``--input`` holds.

    Raises
    ------
    InputError
        When there is none, or more than one.
    """
    line = unquote(arguments.literal)
    given = [arguments.literal != "", body is not None, arguments.input is not None]
    if sum(given) > 1:
        raise InputError(
            f"There are two texts: in the line ({line!r}) and in the cell or in --input. "
            "Use one of them."
        )
    if not any(given):
        raise InputError(
            f"There is no text: write it behind %{magic}, below %%{magic}, or name a variable "
            "with --input."
        )
    if arguments.input:
        return look_up(arguments.input, namespace)
    return line if body is None else body.removesuffix("\n")


def variable_or_name(name: str, namespace: Mapping[str, Any]) -> Any:
    """Return the variable of that name, if there is one: models live in variables too."""
    return namespace.get(name, name) if name.isidentifier() else name
