"""Rows that lack what their task reads are refused."""

from __future__ import annotations

from typing import Any, NoReturn

import pandas as pd

from tfwidgets.errors import InputError
from tfwidgets.train.data.columns.choice import GENERATING, Choice
from tfwidgets.train.data.frames import a, described, is_listlike, is_missing, is_strings, shortened
from tfwidgets.train.data.source import Part, Splits

_SHOWN_ROWS = 3


def check_cells(splits: Splits, chosen: Choice) -> None:
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
            if chosen.task in GENERATING:
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
