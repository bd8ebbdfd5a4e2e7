"""``%classify`` and ``%%classify``: sort the lines of a cell, or a variable, into classes."""

from __future__ import annotations

from argparse import Namespace
from typing import Any, ClassVar

from tfwidgets.errors import InputError
from tfwidgets.magics.arguments import MagicParser, split_labels
from tfwidgets.magics.base import FeatureMagic
from tfwidgets.magics.texts import variable_or_name
from tfwidgets.magics.variables import look_up

DESCRIPTION = """\
Sort texts into classes.

  %%classify sports, politics, "arts, culture"
  one text per line

  %classify sports, politics --input df.text -o result

Labels are separated by commas; quotes keep a comma inside a label.
With --examples (a dict, label -> texts, or a table with the columns text and label)
one or a few examples per label improve the result. With --model and a trained
classifier (a learner, or a folder that it was saved to) no labels are needed."""


class ClassifyMagic(FeatureMagic):
    """The magic of ``tfw.classify``."""

    name: ClassVar[str] = "classify"

    def build_parser(self) -> MagicParser:
        """Return the parser of the argument line."""
        parser = MagicParser("%classify", DESCRIPTION)
        parser.option(
            "--input",
            metavar="VAR",
            completes="texts",
            help='texts to classify: a variable, VAR.column or VAR["column"]',
        )
        parser.option(
            "--labels", metavar="VAR", completes="labels", help="list of labels, or name -> meaning"
        )
        parser.option("--examples", metavar="VAR", completes="examples", help="example texts")
        parser.option("--model", metavar="NAME", completes="model", help="encoder or classifier")
        parser.option(
            "--method",
            metavar="METHOD",
            default="auto",
            completes=["auto", "zero-shot", "one-shot", "few-shot", "head"],
            help="auto, zero-shot, one-shot, few-shot or head",
        )
        parser.option(
            "--template", metavar="TEXT", help="'This text is about {}.', the label in {}"
        )
        parser.option(
            "--multi-label", action="store_true", help="a text may have several labels, or none"
        )
        return parser

    def compute(self, arguments: Namespace, body: str | None) -> Any:
        """Classify the lines of the body, or what ``--input`` names."""
        namespace = self.shell.user_ns
        if body is not None and arguments.input is not None:
            raise InputError("Texts stand in the cell and in --input: use one of them.")
        if body is None and arguments.input is None:
            raise InputError(
                "There is nothing to classify: name a variable with --input, or write %%classify "
                "with one text per line below."
            )
        labels: Any = split_labels(arguments.rest) or None
        if arguments.labels is not None:
            if labels is not None:
                raise InputError("Labels stand in the line and in --labels: use one of them.")
            labels = look_up(arguments.labels, namespace)
        examples = arguments.examples and look_up(arguments.examples, namespace)
        if body is not None:
            texts: Any = [line for line in body.split("\n") if line.strip()]
            if not texts:
                raise InputError("The cell has no text: write one text per line below %%classify.")
        else:
            texts = look_up(arguments.input, namespace)

        from tfwidgets.classify.run import classify

        return classify(
            texts,
            labels,
            examples=examples,
            model=arguments.model and variable_or_name(arguments.model, namespace),
            method=arguments.method,
            multi_label=arguments.multi_label,
            template=arguments.template,
        )
