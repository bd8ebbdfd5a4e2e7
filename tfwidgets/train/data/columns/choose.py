"""The task of some data, and what its columns hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from tfwidgets.errors import InputError
from tfwidgets.train.data.columns.asked import Asked
from tfwidgets.train.data.columns.cells import check_cells
from tfwidgets.train.data.columns.choice import PROBLEMS, Choice, plain_name, task_name
from tfwidgets.train.data.columns.find import find_task
from tfwidgets.train.data.columns.problem import problem_of
from tfwidgets.train.data.columns.roles import CHOOSERS
from tfwidgets.train.data.frames import a, is_listlike, need_column
from tfwidgets.train.data.source import Splits, column_names

KnownKind = str | Callable[[], str | None] | None
"""The kind of the model, or how to find it out."""


def choose(
    splits: Splits,
    task: str | None = None,
    text: str | Iterable[str] | None = None,
    label: Any = None,
    *,
    model_kind: KnownKind = None,
    multi_label: bool | None = None,
) -> Choice:
    """Return the task and its columns, as named or where the data leaves one way to read it.

    Parameters
    ----------
    splits
        The data.
    task
        A name of ``TASKS`` or ``ALIASES``.
    text, label
        Names of columns, two texts for pairs and several labels for columns of 0 and 1. Labels
        that were given beside a list of texts may be passed again.
    model_kind
        "encoder", "decoder" or "encoder-decoder", for data that more than one task fits; or what
        is called, at most once, where that has to be known.
    multi_label
        Whether a text has any number of labels; by default where the cells are lists.

    Raises
    ------
    InputError
        When more than one reading is left, a column is missing, or a cell of a chosen column is
        empty or of a wrong type.
    """
    asked = Asked(splits, column_names(text) or splits.text, _label_names(splits, label))
    for name in asked.text or ():
        need_column(splits.train, name, "text")
    for name in asked.labels:
        need_column(splits.train, name, "label")
        if name in (asked.text or ()):
            raise InputError(f"Column {name!r} is named as text and as label.")
    problem = PROBLEMS.get(plain_name(task)) if isinstance(task, str) else None
    if problem is None and multi_label:
        problem = "multi"
    find_kind = cache(model_kind if callable(model_kind) else lambda: model_kind)
    name = task_name(task) if task is not None else find_task(asked, find_kind, problem)
    if multi_label is not None and name != "text-classification":
        raise InputError(f"multi_label= belongs to text-classification, and the task is {name}.")
    chosen = CHOOSERS[name](asked, name)
    if name == "text-classification":
        problem = problem_of(splits, chosen.label, problem, multi_label, named=task is not None)
        chosen = Choice(name, chosen.text, chosen.label, problem)
    check_cells(splits, chosen)
    return chosen


def _label_names(splits: Splits, label: Any) -> str | tuple[str, ...] | None:
    if label is None:
        return splits.label
    if isinstance(label, (str, int)):
        return str(label)
    if splits.source == "lists" and splits.label is not None:
        return splits.label  # these are the labels themselves
    if not is_listlike(label) or not all(isinstance(name, str) for name in label):
        raise InputError(f"label is {a(label)}: expected the name of a column, or several.")
    names = tuple(label)
    if len(set(names)) < len(names):
        raise InputError("label names a column twice.")
    return names if len(names) != 1 else names[0]
