"""Which class serves which task."""

from __future__ import annotations

from dataclasses import fields
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tfwidgets.errors import InputError, suggest

if TYPE_CHECKING:
    from tfwidgets.train.data.columns import Choice
    from tfwidgets.train.tasks.task import Task

# (task, problem) -> where its class is. The classes are imported when they are asked for.
_CLASSES = {
    ("text-classification", "single"): "classification:TextClassification",
    ("text-classification", "multi"): "classification:MultiLabelClassification",
    ("text-classification", "regression"): "classification:Regression",
    ("token-classification", None): "token_classification:TokenClassification",
    ("question-answering", None): "question_answering:QuestionAnswering",
    ("text-generation", None): "language_modeling:CausalLanguageModeling",
    ("fill-mask", None): "language_modeling:MaskedLanguageModeling",
    ("summarization", None): "seq2seq:Summarization",
    ("translation", None): "seq2seq:Translation",
    ("text2text-generation", None): "seq2seq:TextToText",
}
_OWN = ("text", "label")


def make_task(choice: Choice, options: dict[str, Any]) -> Task:
    """Return the task that was chosen, with its options.

    Raises
    ------
    InputError
        When the task has no option of that name; it lists those that there are.
    """
    module, _, name = _CLASSES[choice.task, choice.problem].partition(":")
    kind = getattr(import_module(f"tfwidgets.train.tasks.{module}"), name)
    known = [f.name for f in fields(kind) if f.init and f.name not in _OWN]
    given = {key: value for key, value in options.items() if value is not None}
    if unknown := [key for key in given if key not in known]:
        raise InputError(
            f"{choice.task} has no option {unknown[0]!r}.{suggest(unknown[0], known)}\n"
            f"Its options: {', '.join(known)}."
        )
    task: Task = kind(text=choice.text, label=choice.label, **given)
    return task
