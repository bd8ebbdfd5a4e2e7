"""``%attention`` and ``%%attention``: show what attends to what in a line, a cell or a variable."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from typing import Any, ClassVar

from tfwidgets.errors import InputError
from tfwidgets.magics.arguments import MagicParser
from tfwidgets.magics.base import FeatureMagic
from tfwidgets.magics.texts import given_text, variable_or_name

DESCRIPTION = """\
Show which token attends to which, in every layer and head of a model.

  %attention The animal didn't cross the street because it was tired
  %attention --model demo/smollm2 --generate The capital of France is

  %%attention --model demo/t5-title --target "A short title"
  a text of
  several lines

The text is taken as it stands, blanks and all; quotes around the whole of it are left out."""


class AttentionMagic(FeatureMagic):
    """The magic of ``tfw.attention``."""

    name: ClassVar[str] = "attention"

    def build_parser(self) -> MagicParser:
        """Return the parser of the argument line."""
        parser = MagicParser("%attention", DESCRIPTION, takes_text=True)
        parser.option("--model", metavar="NAME", completes="model", help="whose attention")
        parser.option(
            "--input",
            metavar="VAR",
            completes="texts",
            help="a variable instead: a text or a list of texts",
        )
        parser.option("--pair", metavar="TEXT", help="a second text, for models that read two")
        parser.option(
            "--target", metavar="TEXT", help="what the decoder of an encoder-decoder reads"
        )
        parser.option(
            "--generate",
            action="store_true",
            help="let the model write the target, or continue the text",
        )
        parser.option(
            "--tokens", metavar="N", type=int, help="how many tokens it writes at most (32)"
        )
        parser.option(
            "--layers", metavar="N,N", type=layer_list, help="keep these layers only, from 0: 0,5"
        )
        return parser

    def compute(self, arguments: Namespace, body: str | None) -> Any:
        """Look into the line, the body, or what ``--input`` names."""
        namespace = self.shell.user_ns
        text = given_text(self.name, arguments, body, namespace)

        from tfwidgets.attention.run import attention

        if arguments.tokens is not None and not arguments.generate:
            raise InputError("--tokens says how many tokens --generate writes: give both.")
        return attention(
            text,
            arguments.pair,
            model=arguments.model and variable_or_name(arguments.model, namespace),
            target=arguments.target,
            generate=_generate(arguments),
            layers=arguments.layers,
        )


def _generate(arguments: Namespace) -> bool | int | None:
    if not arguments.generate:
        return None
    return True if arguments.tokens is None else int(arguments.tokens)


def layer_list(text: str) -> list[int]:
    """Read "0,5": one word, so that the text behind it is none of its numbers."""
    try:
        return [int(number) for number in text.split(",")]
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no list of layers: write 0,5") from None
