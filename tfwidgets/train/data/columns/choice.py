"""A task by its name, and the columns that it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from tfwidgets.errors import InputError, suggest

Problem = Literal["single", "multi", "regression"]
TASKS = (
    "text-classification",
    "token-classification",
    "question-answering",
    "text-generation",
    "fill-mask",
    "summarization",
    "translation",
    "text2text-generation",
)
ALIASES = {
    "classification": "text-classification",
    "sequence-classification": "text-classification",
    "sentiment-analysis": "text-classification",
    "multi-label": "text-classification",
    "multi-label-classification": "text-classification",
    "regression": "text-classification",
    "ner": "token-classification",
    "pos": "token-classification",
    "qa": "question-answering",
    "causal-lm": "text-generation",
    "clm": "text-generation",
    "lm": "text-generation",
    "masked-lm": "fill-mask",
    "mlm": "fill-mask",
    "seq2seq": "text2text-generation",
}
PROBLEMS: dict[str, Problem] = {
    "multi-label": "multi",
    "multi-label-classification": "multi",
    "regression": "regression",
}
GENERATING = ("summarization", "translation", "text2text-generation")


@dataclass(frozen=True)
class Choice:
    """A task and its columns.

    Attributes
    ----------
    task
        One of ``TASKS``.
    text
        The column of the texts; two where texts are pairs. Question answering: question and
        context. Token classification: the column of lists of words.
    label
        The column to be predicted, several for columns of 0 and 1; None where the text itself is.
    problem
        Of a text classification: one label, several, or a number. None for other tasks.
    """

    task: str
    text: tuple[str, ...]
    label: str | tuple[str, ...] | None
    problem: Problem | None = None


def task_name(task: str) -> str:
    """Return a task by the Hub's name.

    Raises
    ------
    InputError
        When it is unknown; it lists all.
    """
    plain = plain_name(task)
    if plain in TASKS:
        return plain
    if plain in ALIASES:
        return ALIASES[plain]
    raise InputError(
        f"The task {task!r} is unknown.{suggest(plain, (*TASKS, *ALIASES))} "
        f"Tasks: {', '.join(TASKS)}. Also: {', '.join(ALIASES)}."
    )


def plain_name(task: Any) -> str:
    """Return a name in lower case, its words joined by hyphens."""
    return str(task).strip().lower().replace("_", "-").replace(" ", "-")
