"""Which task the data is for, and which of its columns hold what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NoReturn

import numpy as np
import pandas as pd

from tfwidgets.errors import InputError, suggest
from tfwidgets.train.data.frames import (
    a,
    described,
    is_listlike,
    is_missing,
    is_strings,
    kind,
    listed,
    need_column,
    shortened,
)
from tfwidgets.train.data.source import LABEL_NAMES, Part, Splits, column_names
from tfwidgets.ui.strings import table

Problem = Literal["single", "multi", "regression"]
KnownKind = str | Callable[[], str | None] | None
"""The kind of the model, or how to find it out."""

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
_PROBLEMS: dict[str, Problem] = {
    "multi-label": "multi",
    "multi-label-classification": "multi",
    "regression": "regression",
}

TEXT_NAMES = (
    "text",
    "sentence",
    "content",
    "review",
    "message",
    "tweet",
    "comment",
    "document",
    "body",
)
PAIRS = (
    ("premise", "hypothesis"),
    ("sentence1", "sentence2"),
    ("question1", "question2"),
    ("question", "sentence"),
    ("query", "passage"),
    ("text", "text_b"),
    ("text_a", "text_b"),
)
TOKEN_NAMES = ("tokens", "words")
TAG_NAMES = ("tags", "ner_tags", "pos_tags", "labels", "label")
SUMMARY_NAMES = ("summary", "highlights", "abstract", "title")
# de, de_DE or de-DE.
_LANGUAGE = re.compile(r"([a-z]{2})(?:[_-][A-Z]{2})?")
_GENERATING = ("summarization", "translation", "text2text-generation")
_LABEL_KINDS = ("class", "bool", "int", "float", "list")
_MANY_CLASSES = 50
_FEW_ROWS_A_CLASS = 0.1
_SHOWN_ROWS = 3


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
    plain = _plain(task)
    if plain in TASKS:
        return plain
    if plain in ALIASES:
        return ALIASES[plain]
    raise InputError(
        f"The task {task!r} is unknown.{suggest(plain, (*TASKS, *ALIASES))} "
        f"Tasks: {', '.join(TASKS)}. Also: {', '.join(ALIASES)}."
    )


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
    asked = _Asked(splits, column_names(text) or splits.text, _label_names(splits, label))
    for name in asked.text or ():
        need_column(splits.train, name, "text")
    for name in asked.labels:
        need_column(splits.train, name, "label")
        if name in (asked.text or ()):
            raise InputError(f"Column {name!r} is named as text and as label.")
    problem = _PROBLEMS.get(_plain(task)) if isinstance(task, str) else None
    if problem is None and multi_label:
        problem = "multi"
    find_kind = cache(model_kind if callable(model_kind) else lambda: model_kind)
    name = task_name(task) if task is not None else _task(asked, find_kind, problem)
    if multi_label is not None and name != "text-classification":
        raise InputError(f"multi_label= belongs to text-classification, and the task is {name}.")
    chosen = _CHOOSERS[name](asked, name)
    if name == "text-classification":
        problem = _problem(splits, chosen.label, problem, multi_label, named=task is not None)
        chosen = Choice(name, chosen.text, chosen.label, problem)
    _check(splits, chosen)
    return chosen


def _plain(task: Any) -> str:
    return str(task).strip().lower().replace("_", "-").replace(" ", "-")


# What the caller named


@dataclass(frozen=True)
class _Asked:
    """What the caller said about the columns of the data."""

    splits: Splits
    text: tuple[str, ...] | None
    label: str | tuple[str, ...] | None

    @property
    def frame(self) -> Any:
        return self.splits.train

    @property
    def labels(self) -> tuple[str, ...]:
        if self.label is None:
            return ()
        return (self.label,) if isinstance(self.label, str) else self.label

    def named(self, names: Sequence[str]) -> list[str]:
        """Return the columns that are called so, in the order of the names."""
        by_name = {name.lower(): name for name in reversed(list(self.frame.columns))}
        return [by_name[name] for name in names if name in by_name]

    def others(self) -> list[str]:
        """Return the columns which the caller did not name."""
        taken = {*(self.text or ()), *self.labels}
        return [name for name in self.frame.columns if name not in taken]

    def refuse(self, what: str) -> NoReturn:
        raise InputError(f"{what} Columns: {described(self.frame)}.")


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


# The task


def _task(asked: _Asked, find_kind: Callable[[], str | None], problem: Problem | None) -> str:
    """Return the one task that the data is for."""
    if problem is not None:
        return "text-classification"
    if _is_qa(asked):
        return "question-answering"
    if _token_columns(asked):
        return "token-classification"
    languages = _languages(asked)
    named = {*(asked.text or ()), *asked.labels}
    if len(languages) > 1 and named <= set(languages) and find_kind() in ("encoder-decoder", None):
        return "translation"
    label = asked.label or _known_label(asked)
    if label is None and find_kind() == "encoder-decoder":
        return _generating(asked)
    if label is None and find_kind() != "decoder":
        label = _other_label(asked)
    if label is not None:
        if isinstance(label, str) and _is_writing(asked.frame[label]):
            return _running_label(asked, label, find_kind())
        return "text-classification"
    model_kind = find_kind()
    texts = asked.text or _text_columns(asked)
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


def _running_label(asked: _Asked, label: str, model_kind: str | None) -> str:
    """Return the task of a label that is running text."""
    if model_kind == "encoder-decoder":
        return "summarization" if label.lower() in SUMMARY_NAMES else "text2text-generation"
    which = {"encoder": "an encoder", "decoder": "a decoder"}.get(model_kind or "", "this model")
    raise InputError(
        f"Column {label!r} holds running text ({shortened(_first(asked.frame[label]))}), which "
        f"{which} does not learn to write. For classes name another column, label=, or say "
        "task='text-classification'; to write texts take an encoder-decoder and "
        "task='summarization', 'translation' or 'text2text-generation'."
    )


def _generating(asked: _Asked) -> str:
    """Return what an encoder-decoder does with two columns of texts, none called a label."""
    texts = asked.text or _text_columns(asked)
    summaries = [name for name in asked.named(SUMMARY_NAMES) if name not in (asked.text or ())]
    if len(summaries) == 1:
        rest = [name for name in _running(asked) if name != summaries[0]]
        if asked.text or len(rest) == 1:
            return "summarization"
    if asked.text and len([name for name in _running(asked) if name not in asked.text]) == 1:
        return "text2text-generation"
    if _other_label(asked):
        return "text-classification"
    if len(_running(asked)) > 1 or not texts:
        asked.refuse(
            "Which text is to be written from which? Name both columns, text= and label=, for "
            "task='summarization', 'translation' or 'text2text-generation'."
        )
    return asked.refuse(
        "No column holds what is to be predicted: name it, label=. To train on the texts alone "
        "take a decoder and task='text-generation', or an encoder and task='fill-mask'."
    )


def _is_qa(asked: _Asked) -> bool:
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


def _languages(asked: _Asked) -> list[str]:
    """Return the columns that are called by a language's code and hold texts."""
    known = table("languages")
    found = []
    for name in asked.frame.columns:
        code = _LANGUAGE.fullmatch(name)
        # "id" is Indonesian, and the usual name of a column of ids.
        sure = code and code[1] in known and name != "id" and is_strings(asked.frame[name])
        if sure or (code and kind(asked.frame[name]) == "text"):
            found.append(name)
    return found


# Columns of each task


def _running(asked: _Asked) -> list[str]:
    """Return all columns of running text, named by the caller or not."""
    return [name for name in asked.frame.columns if kind(asked.frame[name]) == "text"]


def _text_columns(asked: _Asked) -> tuple[str, ...]:
    """Return the columns of the texts: well-known ones, or the only one of running text."""
    frame = asked.frame
    rest = [name for name in asked.others() if is_strings(frame[name])]
    by_name = {name.lower(): name for name in reversed(rest)}
    for pair in PAIRS:
        if all(name in by_name for name in pair):
            return tuple(by_name[name] for name in pair)
    known = [by_name[name] for name in TEXT_NAMES if name in by_name]
    if known:
        return tuple(known)
    running = tuple(name for name in rest if kind(frame[name]) == "text")
    return running or tuple(by_name[name] for name in ("title",) if name in by_name)


def _one_text(asked: _Asked) -> tuple[str, ...]:
    texts = asked.text or _text_columns(asked)
    if len(texts) == 1 or tuple(name.lower() for name in texts) in PAIRS or asked.text:
        return texts
    if not texts:
        asked.refuse("No column looks like texts: name it, text=.")
    return asked.refuse(
        f"Which column holds the texts, {listed(texts)}? Name it, text=, or two for pairs, "
        f"text=({texts[0]!r}, {texts[1]!r})."
    )


def _known_label(asked: _Asked) -> str | None:
    """Return the column whose name says that it holds labels."""
    known = [name for name in asked.named(LABEL_NAMES) if name not in (asked.text or ())]
    if known and (len(known) == 1 or known[0].lower() in ("label", "labels")):
        return known[0]
    if known:
        return asked.refuse(f"Which column holds the labels, {listed(known)}? Name it, label=.")
    return None


def _other_label(asked: _Asked) -> str | None:
    """Return the only column beside the texts, if it can hold labels."""
    texts = asked.text or _text_columns(asked)
    rest = [name for name in asked.others() if name not in texts]
    rest = [name for name in rest if kind(asked.frame[name]) != "empty"]
    if len(rest) != 1 or len(texts) not in (1, 2):
        return None
    return rest[0] if kind(asked.frame[rest[0]]) in _LABEL_KINDS else None


def _classification(asked: _Asked, task: str) -> Choice:
    label = asked.label or _known_label(asked)
    asked = _Asked(asked.splits, asked.text, label)
    if label is None:
        label = _other_label(asked)
        asked = _Asked(asked.splits, asked.text, label)
    texts = _one_text(asked)
    if label is None:
        asked.refuse("Which column holds the labels? Name it, label=.")
    return Choice(task, texts, label)


def _token_columns(asked: _Asked) -> tuple[str, str] | None:
    """Return the columns of words and tags, if there are two such of equal lengths."""
    frame = asked.frame
    words = list(asked.text or asked.named(TOKEN_NAMES))
    words = [name for name in words if kind(frame[name]) == "list" and _are_words(frame[name])]
    if len(words) != 1:
        return None
    tags = list(asked.labels) or asked.named(TAG_NAMES)
    fits = [
        name
        for name in tags
        if name != words[0]
        and kind(frame[name]) == "list"
        and _same_lengths(frame[words[0]], frame[name])
    ]
    if len(fits) > 1:
        asked.refuse(f"Which column holds the tags, {listed(fits)}? Name it, label=.")
    return (words[0], fits[0]) if fits else None


def _are_words(series: Any) -> bool:
    return all(isinstance(word, str) for cell in series.dropna().head(20) for word in cell)


def _same_lengths(words: Any, tags: Any) -> bool:
    """Compare most of the first rows: a single row that is wrong is reported later."""
    pairs = [
        (len(one), len(other))
        for one, other in zip(words.head(20), tags.head(20), strict=True)
        if is_listlike(one) and is_listlike(other)
    ]
    return bool(pairs) and 2 * sum(one == other for one, other in pairs) > len(pairs)


def _tokens(asked: _Asked, task: str) -> Choice:
    found = _token_columns(asked)
    if found is not None:
        return Choice(task, found[:1], found[1])
    if asked.text and len(asked.text) == 1 and isinstance(asked.label, str):
        return Choice(task, asked.text, asked.label)
    return asked.refuse(
        "Which columns hold the words of each row and their tags, as lists of equal length? Name "
        "them, text= and label=."
    )


def _question_answering(asked: _Asked, task: str) -> Choice:
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


def _texts_alone(asked: _Asked, task: str) -> Choice:
    # Lists may have come with labels for another task.
    if asked.label is not None and asked.splits.source != "lists":
        raise InputError(
            f"{task} learns the texts themselves and takes no label ({asked.label!r}): leave it "
            "out, or choose another task."
        )
    texts = _one_text(asked)
    if len(texts) > 1:
        asked.refuse(f"{task} reads one column of texts: name it, text=.")
    return Choice(task, texts, None)


def _text_to_text(asked: _Asked, task: str) -> Choice:
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
    if label is None and (found_label := _known_label(asked)):
        label = found_label if is_strings(asked.frame[found_label]) else None
    if label is None:
        label = _only([name for name in _running(asked) if name not in (text or ())], bool(text))
    if text is None and label is not None:
        rest = _Asked(asked.splits, None, label)
        found_text = _text_columns(rest)
        text = found_text if len(found_text) == 1 else None
    if text is None or label is None:
        asked.refuse(
            f"Which text is read, and which written? {task} needs both columns, text= and label=."
        )
    return Choice(task, text, label)


def _only(names: list[str], known: bool) -> str | None:
    return names[0] if known and len(names) == 1 else None


def _direction(asked: _Asked) -> tuple[tuple[str, ...] | None, str | None]:
    """Complete a translation of which one language is named."""
    languages = _languages(asked)
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


_CHOOSERS = {
    "text-classification": _classification,
    "token-classification": _tokens,
    "question-answering": _question_answering,
    "text-generation": _texts_alone,
    "fill-mask": _texts_alone,
    **dict.fromkeys(_GENERATING, _text_to_text),
}


# Which kind of classification


def _problem(
    splits: Splits,
    label: str | tuple[str, ...] | None,
    problem: Problem | None,
    multi_label: bool | None,
    *,
    named: bool,
) -> Problem:
    """Return whether rows have one label, several, or a number."""
    if not isinstance(label, str):
        if problem == "regression" or multi_label is False:
            raise InputError("Several columns of labels are for several labels of 0 and 1 each.")
        return "multi"
    series = splits.train[label]
    held = kind(series)
    if held == "empty":
        raise InputError(f"Column {label!r} holds no label at all.")
    if held == "dict":
        raise InputError(f"Column {label!r} holds dicts, and labels are names or numbers.")
    if problem == "regression":
        if held not in ("int", "float"):
            raise InputError(
                f"A regression needs numbers, and column {label!r} holds "
                f"{shortened(_first(series))}: convert it, df[{label!r}].astype(float)."
            )
        return "regression"
    if held == "list":
        if multi_label is False:
            raise InputError(
                f"Column {label!r} holds lists, and multi_label=False: choose one label of each, "
                f"for example df[{label!r}].str[0]."
            )
        return "multi"
    if problem == "multi":
        raise InputError(
            f"Several labels for each text need lists, and column {label!r} holds "
            f"{shortened(_first(series))}: split it first, for example "
            f"df[{label!r}].str.split('|')."
        )
    cells = series.dropna()
    if held == "float" and not (np.asarray(cells, dtype=float) % 1 == 0).all():
        return "regression"
    if held in ("int", "float") and not named and label not in splits.label_names:
        many = int(cells.nunique())
        if many > max(_MANY_CLASSES, _FEW_ROWS_A_CLASS * len(cells)):
            raise InputError(
                f"Column {label!r} holds {many:,} different numbers in {len(cells):,} rows. To "
                "predict the number: task='regression'. If they are classes: "
                "task='text-classification'."
            )
    if held == "other":
        kinds = sorted({type(cell).__name__ for cell in cells})
        raise InputError(
            f"Column {label!r} holds {' and '.join(kinds)}, and labels are all text or all whole "
            f"numbers: convert them, for example with df[{label!r}].astype(str)."
        )
    return "single"


def _first(series: Any) -> Any:
    cells = series.dropna()
    return cells.iloc[0] if len(cells) else None


# Cells


def _check(splits: Splits, chosen: Choice) -> None:
    """Refuse rows that lack what the task reads."""
    labels = (chosen.label,) if isinstance(chosen.label, str) else chosen.label or ()
    parts: tuple[Part, ...] = ("train", "valid")
    for part in parts:
        for name in (*chosen.text, *labels):
            if name not in splits.part(part).columns:
                need = described(splits.part(part))
                raise InputError(f"The validation data lacks the column {name!r}. It has: {need}.")
        words = chosen.task == "token-classification" and not _are_entities(splits, chosen)
        for name in chosen.text:
            (_check_words if words else _check_texts)(splits, part, name)
        for name in labels:
            if chosen.task in _GENERATING:
                _check_texts(splits, part, name)
            else:
                _check_there(splits, part, name)
            if chosen.task in ("text-classification", "token-classification"):
                _check_inside(splits, part, name)


def _are_entities(splits: Splits, chosen: Choice) -> bool:
    """Tell texts and the entities in them, which are dicts, from words and their tags."""
    cells = (cell for cell in splits.train[chosen.label] if is_listlike(cell))
    entity = next((entity for cell in cells for entity in cell), None)
    return isinstance(entity, dict) and is_strings(splits.train[chosen.text[0]])


def _check_texts(splits: Splits, part: Part, name: str) -> None:
    missing, blank = [], []
    for k, cell in enumerate(splits.part(part)[name].tolist()):
        if isinstance(cell, str):
            if not cell or cell.isspace():
                blank.append(k)
            elif not _is_unicode(cell):
                raise InputError(
                    f"Column {name!r}, {splits.where(part, k)}: the text holds half a surrogate "
                    f"pair, which no tokenizer reads. To put a question mark there: df[{name!r}] "
                    f"= df[{name!r}].str.encode('utf-8', 'replace').str.decode('utf-8')"
                )
        elif is_missing(cell):
            missing.append(k)
        else:
            raise InputError(
                f"Column {name!r}, {splits.where(part, k)}: {shortened(cell)} is {a(cell)}, "
                f"not a text. {_conversion(cell, name)}"
            )
    if blank:
        drop = f"df = df[df[{name!r}].fillna('').str.strip() != '']"
        _refuse_rows(splits, part, name, sorted(missing + blank), "no text", drop)
    if missing:
        _refuse_rows(splits, part, name, missing, "no text", f"df = df.dropna(subset=[{name!r}])")


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _conversion(cell: Any, name: str) -> str:
    if isinstance(cell, (bytes, bytearray)):
        return "Decode it first, for example with .decode()."
    if is_listlike(cell):
        return "Lists of words are for task='token-classification'; to join them: ' '.join(words)."
    return f"Convert it first, for example with df[{name!r}].astype(str)."


def _check_words(splits: Splits, part: Part, name: str) -> None:
    empty = []
    for k, cell in enumerate(splits.part(part)[name].tolist()):
        if isinstance(cell, str) or not (is_listlike(cell) or is_missing(cell)):
            raise InputError(
                f"Column {name!r}, {splits.where(part, k)}: {shortened(cell)} is {a(cell)}, and "
                "token-classification needs a list of words."
            )
        if is_missing(cell) or not len(cell):
            empty.append(k)
            continue
        for word in cell:
            if not isinstance(word, str):
                raise InputError(
                    f"Column {name!r}, {splits.where(part, k)}: the word {shortened(word)} is "
                    f"{a(word)}, not a string."
                )
    if empty:
        drop = f"df = df[df[{name!r}].str.len() > 0]"
        _refuse_rows(splits, part, name, empty, "no words", drop)


def _check_there(splits: Splits, part: Part, name: str) -> None:
    gone = pd.isna(splits.part(part)[name]).to_numpy().nonzero()[0].tolist()
    if gone:
        drop = f"df = df.dropna(subset=[{name!r}])"
        _refuse_rows(splits, part, name, gone, "no value", drop)


def _check_inside(splits: Splits, part: Part, name: str) -> None:
    """Refuse lists of which a label is missing: no dropna finds them."""
    cells = splits.part(part)[name].tolist()
    gone = [k for k, cell in enumerate(cells) if is_listlike(cell) and any(map(is_missing, cell))]
    if gone:
        drop = f"df = df[~df[{name!r}].map(lambda cell: pd.isna(list(cell)).any())]"
        _refuse_rows(splits, part, name, gone, "lists with a missing label", drop)


def _refuse_rows(
    splits: Splits, part: Part, name: str, rows: list[int], what: str, drop: str
) -> NoReturn:
    n, total = len(rows), len(splits.part(part))
    first = ", ".join(splits.where(part, k) for k in rows[:_SHOWN_ROWS])
    more = f" and {n - _SHOWN_ROWS:,} more" if n > _SHOWN_ROWS else ""
    whose = "training" if part == "train" else "validation"
    if splits.source.startswith("datasets."):
        drop = f"data = data.filter(lambda row: bool(row[{name!r}]))"
        if what == "no text":
            drop = f"data = data.filter(lambda row: bool((row[{name!r}] or '').strip()))"
        elif what == "no value":
            drop = f"data = data.filter(lambda row: row[{name!r}] is not None)"
        elif what.startswith("lists"):
            drop = f"data = data.filter(lambda row: None not in row[{name!r}])"
    raise InputError(
        f"Column {name!r} holds {what} in {n:,} of {total:,} {whose} rows: {first}{more} (counted "
        f"from 0). To drop them: {drop}"
    )
