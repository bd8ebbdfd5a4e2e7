"""``%tokens`` and ``%%tokens``: show how a line, a cell or a variable becomes tokens."""

from __future__ import annotations

from argparse import Namespace
from typing import Any, ClassVar

from tfwidgets.errors import InputError
from tfwidgets.magics.arguments import MagicParser
from tfwidgets.magics.base import FeatureMagic
from tfwidgets.magics.texts import given_text, variable_or_name

DESCRIPTION = """\
Show how text becomes tokens.

  %tokens The cat's café
  %tokens --input chat --model demo/smollm2

  %%tokens --compare demo/t5-title demo/smollm2
  a text of
  several lines

The text is taken as it stands, blanks and all; quotes around the whole of it are left out.
--lines makes each line of the cell a text of its own, in one batch."""


class TokensMagic(FeatureMagic):
    """The magic of ``tfw.tokens``."""

    name: ClassVar[str] = "tokens"

    def build_parser(self) -> MagicParser:
        """Return the parser of the argument line."""
        parser = MagicParser("%tokens", DESCRIPTION, takes_text=True)
        parser.option("--model", metavar="NAME", completes="model", help="whose tokenizer")
        parser.option(
            "--compare",
            metavar="NAME",
            nargs="+",
            completes="model",
            help="one to three further tokenizers beside it; the text stands before this",
        )
        parser.option(
            "--input",
            metavar="VAR",
            completes="chats",
            help="a variable instead: a text, a list of texts, or chat messages",
        )
        parser.option("--pair", metavar="TEXT", help="a second text, for models that read two")
        parser.option("--lines", action="store_true", help="each line is a text of its own")
        parser.option("--max-length", metavar="N", type=int, help="cut, or pad, to N tokens")
        parser.option(
            "--padding",
            metavar="HOW",
            completes=["longest", "max_length", "none"],
            help="longest, max_length or none",
        )
        parser.option(
            "--truncation",
            metavar="HOW",
            completes=["longest_first", "only_first", "only_second", "none"],
            help="longest_first, only_first, only_second or none",
        )
        parser.option(
            "--no-special-tokens", action="store_true", help="leave out [CLS], [SEP] and the like"
        )
        return parser

    def compute(self, arguments: Namespace, body: str | None) -> Any:
        """Inspect the line, the body, or what ``--input`` names."""
        namespace = self.shell.user_ns
        text = self._text(arguments, body)

        from tfwidgets.tokens.run import tokens

        compare = [variable_or_name(name, namespace) for name in arguments.compare or ()]
        return tokens(
            text,
            arguments.pair,
            model=arguments.model and variable_or_name(arguments.model, namespace),
            compare=compare or None,
            max_length=arguments.max_length,
            padding=arguments.padding,
            truncation=arguments.truncation,
            add_special_tokens=not arguments.no_special_tokens,
        )

    def _text(self, arguments: Namespace, body: str | None) -> Any:
        text = given_text(self.name, arguments, body, self.shell.user_ns)
        if not arguments.lines:
            return text
        if not isinstance(text, str):
            raise InputError("--lines goes with one text; the variable holds something else.")
        rows = [row for row in text.split("\n") if row.strip()]
        if not rows:
            raise InputError("The cell has no text: write one text per line below %%tokens.")
        return rows
