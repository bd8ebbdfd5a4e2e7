"""Which columns a task reads and predicts."""

from __future__ import annotations

from tfwidgets.errors import InputError
from tfwidgets.train.data.columns.asked import (
    Asked,
    known_label,
    languages_of,
    one_text,
    other_label,
    running,
    text_columns,
    token_columns,
)
from tfwidgets.train.data.columns.choice import GENERATING, Choice
from tfwidgets.train.data.frames import is_strings
from tfwidgets.train.data.names import SUMMARY_NAMES


def _classification(asked: Asked, task: str) -> Choice:
    label = asked.label or known_label(asked)
    asked = Asked(asked.splits, asked.text, label)
    if label is None:
        label = other_label(asked)
        asked = Asked(asked.splits, asked.text, label)
    texts = one_text(asked)
    if label is None:
        asked.refuse("Which column holds the labels? Name it, label=.")
    return Choice(task, texts, label)


def _tokens(asked: Asked, task: str) -> Choice:
    found = token_columns(asked)
    if found is not None:
        return Choice(task, found[:1], found[1])
    if asked.text and len(asked.text) == 1 and isinstance(asked.label, str):
        return Choice(task, asked.text, asked.label)
    return asked.refuse(
        "Which columns hold the words of each row and their tags, as lists of equal length? Name "
        "them, text= and label=."
    )


def _question_answering(asked: Asked, task: str) -> Choice:
    texts = asked.text
    if texts is None or len(texts) == 1:
        found = asked.named(("question", "context"))
        if len(found) != 2:
            asked.refuse("Which columns hold question and context? text=('question', 'context').")
        texts = tuple(found)
    label = asked.label
    if label is None:
        answers = asked.named(("answers", "answer"))
        if not answers:
            asked.refuse("Which column holds the answers? Name it, label=.")
        label = answers[0]
    if not isinstance(label, str):
        raise InputError("The answers are one column: label='answers'.")
    return Choice(task, texts, label)


def _texts_alone(asked: Asked, task: str) -> Choice:
    # Lists may have come with labels for another task.
    if asked.label is not None and asked.splits.source != "lists":
        raise InputError(
            f"{task} learns the texts themselves and takes no label ({asked.label!r}): leave it "
            "out, or choose another task."
        )
    texts = one_text(asked)
    if len(texts) > 1:
        asked.refuse(f"{task} reads one column of texts: name it, text=.")
    return Choice(task, texts, None)


def _text_to_text(asked: Asked, task: str) -> Choice:
    """Choose the columns of the text that is read, and of the one that is written."""
    if not isinstance(asked.label, (str, type(None))):
        raise InputError(f"{task} writes one text: name one column, label=.")
    text, label = asked.text, asked.label
    if text is not None and len(text) > 1:
        raise InputError(f"{task} reads one text: name one column, text=.")
    if task == "translation" and (text is None or label is None):
        text, label = _direction(asked)
    if label is None and task == "summarization":
        found = [name for name in asked.named(SUMMARY_NAMES) if name not in (text or ())]
        label = found[0] if found else None
    if label is None and (found_label := known_label(asked)):
        label = found_label if is_strings(asked.frame[found_label]) else None
    if label is None:
        label = _only([name for name in running(asked) if name not in (text or ())], bool(text))
    if text is None and label is not None:
        rest = Asked(asked.splits, None, label)
        found_text = text_columns(rest)
        text = found_text if len(found_text) == 1 else None
    if text is None or label is None:
        asked.refuse(
            f"Which text is read, and which written? {task} needs both columns, text= and label=."
        )
    return Choice(task, text, label)


def _only(names: list[str], known: bool) -> str | None:
    return names[0] if known and len(names) == 1 else None


def _direction(asked: Asked) -> tuple[tuple[str, ...] | None, str | None]:
    """Complete a translation of which one language is named."""
    languages = languages_of(asked)
    rest = [name for name in languages if name not in (*(asked.text or ()), *asked.labels)]
    if asked.text is None and asked.label is None and len(languages) > 1:
        one, other = languages[:2]
        asked.refuse(
            f"Which way to translate? Say text={one!r}, label={other!r} or text={other!r}, "
            f"label={one!r}."
        )
    if len(rest) == 1 and asked.text is not None:
        return asked.text, rest[0]
    if len(rest) == 1 and isinstance(asked.label, str):
        return (rest[0],), asked.label
    return asked.text, asked.label if isinstance(asked.label, str) else None


CHOOSERS = {
    "text-classification": _classification,
    "token-classification": _tokens,
    "question-answering": _question_answering,
    "text-generation": _texts_alone,
    "fill-mask": _texts_alone,
    **dict.fromkeys(GENERATING, _text_to_text),
}
