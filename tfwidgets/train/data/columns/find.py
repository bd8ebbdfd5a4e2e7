"""Which task the data is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfwidgets.errors import InputError
from tfwidgets.train.data.columns.asked import (
    Asked,
    known_label,
    languages_of,
    other_label,
    running,
    text_columns,
    token_columns,
)
from tfwidgets.train.data.columns.choice import TASKS, Problem
from tfwidgets.train.data.frames import first, kind, shortened
from tfwidgets.train.data.names import SUMMARY_NAMES


def find_task(asked: Asked, find_kind: Callable[[], str | None], problem: Problem | None) -> str:
    """Return the one task that the data is for."""
    if problem is not None:
        return "text-classification"
    if _is_qa(asked):
        return "question-answering"
    if token_columns(asked):
        return "token-classification"
    languages = languages_of(asked)
    named = {*(asked.text or ()), *asked.labels}
    if len(languages) > 1 and named <= set(languages) and find_kind() in ("encoder-decoder", None):
        return "translation"
    label = asked.label or known_label(asked)
    if label is None and find_kind() == "encoder-decoder":
        return _generating(asked)
    if label is None and find_kind() != "decoder":
        label = other_label(asked)
    if label is not None:
        if isinstance(label, str) and _is_writing(asked.frame[label]):
            return _running_label(asked, label, find_kind())
        return "text-classification"
    model_kind = find_kind()
    texts = asked.text or text_columns(asked)
    others = [name for name in asked.others() if name not in texts]
    classes = [name for name in others if kind(asked.frame[name]) in ("class", "bool", "int")]
    if model_kind == "decoder" and len(texts) == 1 and len(classes) != 1:
        return "text-generation"
    if len(texts) == 1 and not others:
        fits = "task='fill-mask'" if model_kind == "encoder" else "task='text-generation'"
        if model_kind is None:
            fits = "task='fill-mask' or task='text-generation'"
        asked.refuse(
            "No column holds labels: name it, label=. To train a language model on the texts "
            f"alone: {fits}."
        )
    return asked.refuse(
        "Which task is this data for? Name it, task=, or the column to be predicted, label=. "
        f"Tasks: {', '.join(TASKS)}."
    )


def _running_label(asked: Asked, label: str, model_kind: str | None) -> str:
    """Return the task of a label that is running text."""
    if model_kind == "encoder-decoder":
        return "summarization" if label.lower() in SUMMARY_NAMES else "text2text-generation"
    which = {"encoder": "an encoder", "decoder": "a decoder"}.get(model_kind or "", "this model")
    raise InputError(
        f"Column {label!r} holds running text ({shortened(first(asked.frame[label]))}), which "
        f"{which} does not learn to write. For classes name another column, label=, or say "
        "task='text-classification'; to write texts take an encoder-decoder and "
        "task='summarization', 'translation' or 'text2text-generation'."
    )


def _generating(asked: Asked) -> str:
    """Return what an encoder-decoder does with two columns of texts, none called a label."""
    texts = asked.text or text_columns(asked)
    summaries = [name for name in asked.named(SUMMARY_NAMES) if name not in (asked.text or ())]
    if len(summaries) == 1:
        rest = [name for name in running(asked) if name != summaries[0]]
        if asked.text or len(rest) == 1:
            return "summarization"
    if asked.text and len([name for name in running(asked) if name not in asked.text]) == 1:
        return "text2text-generation"
    if other_label(asked):
        return "text-classification"
    if len(running(asked)) > 1 or not texts:
        asked.refuse(
            "Which text is to be written from which? Name both columns, text= and label=, for "
            "task='summarization', 'translation' or 'text2text-generation'."
        )
    return asked.refuse(
        "No column holds what is to be predicted: name it, label=. To train on the texts alone "
        "take a decoder and task='text-generation', or an encoder and task='fill-mask'."
    )


def _is_qa(asked: Asked) -> bool:
    names = {name.lower() for name in asked.frame.columns}
    fits = {"question", "context", "answers"} <= names
    text = {name.lower() for name in asked.text or ()} <= {"question", "context"}
    return fits and text and (asked.label is None or str(asked.label).lower() == "answers")


def _is_writing(series: Any) -> bool:
    """Tell texts to be written from names of classes, which occur more than once."""
    held = kind(series)
    if held == "class" and len(series) >= 20:
        return bool(series.nunique() > len(series) / 2)
    return held == "text"
