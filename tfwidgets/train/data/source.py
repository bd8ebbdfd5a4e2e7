"""Read any data that people have into two tables: one to train on, one to validate on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from tfwidgets.errors import InputError, suggest
from tfwidgets.train.data.frames import (
    a,
    described,
    is_listlike,
    is_missing,
    kind,
    listed,
    need_column,
)
from tfwidgets.ui.strings import Message

TRAIN = ("train", "training")
# In the order in which they are looked for.
VALID = ("validation", "valid", "val", "dev", "eval", "test", "testing")
FILES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet")
# Columns which are likely to hold the class, the first names being the surest.
LABEL_NAMES = (
    "label",
    "labels",
    "target",
    "class",
    "category",
    "sentiment",
    "polarity",
    "rating",
    "stars",
    "score",
    "intent",
    "emotion",
    "topic",
)
FORMS = (
    "a DataFrame, a datasets.Dataset or DatasetDict, a dict of columns or of splits, a list of "
    "texts, of (text, label) or of dicts, a tuple (texts, labels), or a path to a file "
    f"({', '.join(FILES)})"
)
NEED_VALID = (
    "a validation set is needed, to see what is learnt and not just remembered. Pass a share "
    "(valid=0.2), a second table, the name of a boolean column or of a split, row positions, or a "
    "boolean mask."
)

Part = Literal["train", "valid"]


@dataclass(frozen=True)
class Splits:
    """What is trained on and what is validated on.

    Attributes
    ----------
    train, valid
        The rows, each with an index from 0; all names of columns are strings.
    label_names
        By column: names of the classes, where the data told them (datasets' ClassLabel).
    source
        Where the data came from, in a few words.
    train_rows, valid_rows
        Positions (int, from 0) of the rows in the data that the caller gave.
    separate
        Whether the validation rows came from data of their own and are counted there.
    text, label
        Columns which the caller named, or which lists were read into.
    notes
        What a reader should know.
    """

    train: pd.DataFrame
    valid: pd.DataFrame
    label_names: dict[str, list[str]]
    source: str
    train_rows: np.ndarray
    valid_rows: np.ndarray
    separate: bool = False
    text: tuple[str, ...] | None = None
    label: str | tuple[str, ...] | None = None
    notes: list[Message] = field(default_factory=list)

    def part(self, part: Part) -> pd.DataFrame:
        """Return one of the two tables."""
        return self.train if part == "train" else self.valid

    def where(self, part: Part, position: int) -> str:
        """Return how the caller counts a row: "row 17", "row 3 of the validation data"."""
        rows = self.train_rows if part == "train" else self.valid_rows
        whose = " of the validation data" if part == "valid" and self.separate else ""
        return f"row {int(rows[position])}{whose}"


@dataclass(frozen=True)
class _Table:
    """Data in its canonical form."""

    frame: pd.DataFrame
    source: str
    label_names: dict[str, list[str]] = field(default_factory=dict)
    text: tuple[str, ...] | None = None
    label: str | None = None


def read_splits(
    data: Any,
    *,
    valid: Any = 0.2,
    text: str | Iterable[str] | None = None,
    label: Any = None,
    stratify: bool | None = None,
    seed: int | None = 42,
) -> Splits:
    """Read data and choose what is validated on.

    Parameters
    ----------
    data
        A DataFrame; a ``datasets.Dataset`` or ``DatasetDict``; a dict of columns, or of splits;
        a list of texts, of (text, label), of (text, text, label) or of dicts; a tuple of two
        lists (texts, labels) where a text may be a pair; a path to a CSV, TSV, JSON lines or
        Parquet file. Lists become the columns text, text_b, label (tokens and tags where the
        texts are lists of words).
    valid
        A share (0 to 1) of the rows; data of the same forms; the name of a boolean column (true
        means validation) or of a split; row positions from 0; a boolean mask. Data in splits
        that has one for validation is validated on that, whatever the share.
    text, label
        Names of columns, if known. With a list of texts, ``label`` is the list of labels.
    stratify
        Whether a share keeps the proportions of the classes; by default where there are classes.
    seed
        Of the random choice of rows; None for another one each time.

    Raises
    ------
    InputError
        When the data is of no known form, has no rows, or cannot be split as asked.

    Notes
    -----
    A class with a single row stays in training when a share is stratified.
    """
    names = column_names(text)
    label = str(label) if isinstance(label, int) else label
    parts = _splits(data)
    if parts is not None:
        main, valid = _of_splits(parts, valid)
    else:
        main = data
    table = _read(main, _values(main, label))
    if not len(table.frame) or not len(table.frame.columns):
        raise InputError(f"The data has no {'columns' if len(table.frame) else 'rows'}.")
    chosen = table.label or _label_names(label, table.frame)
    if isinstance(chosen, str):
        need_column(table.frame, chosen, "label")
    for name in names or ():
        need_column(table.frame, name, "text")
    names = names or table.text
    other, mask = _validation(valid, main, table, chosen, stratify, seed)
    if other is not None:
        return _two(table, other, names, chosen)
    frame = table.frame
    if isinstance(valid, str):
        frame = frame.drop(columns=valid)
    rows = np.flatnonzero(~mask), np.flatnonzero(mask)
    _need_both(*map(len, rows))
    train, held = (frame.iloc[positions].reset_index(drop=True) for positions in rows)
    notes = _leak(train, held, names, chosen)
    return Splits(train, held, table.label_names, table.source, *rows, False, names, chosen, notes)


def _two(
    table: _Table,
    other: _Table,
    names: tuple[str, ...] | None,
    chosen: str | tuple[str, ...] | None,
) -> Splits:
    """Return the splits of data that came as two tables."""
    train, held = table.frame, other.frame
    _need_both(len(train), len(held))
    if not set(train.columns) & set(held.columns):
        raise InputError(
            "The validation data shares no column with the training data. "
            f"Its columns: {described(held)}. Those of training: {described(train)}."
        )
    for column, known in table.label_names.items():
        also = other.label_names.get(column, known)
        if also != known:
            raise InputError(
                f"Column {column!r} numbers its labels differently in training ({listed(known)}) "
                f"and validation ({listed(also)}): cast one to the other's ClassLabel."
            )
    notes = _leak(train, held, names, chosen)
    rows = np.arange(len(train)), np.arange(len(held))
    named = {**other.label_names, **table.label_names}
    return Splits(train, held, named, table.source, *rows, True, names, chosen, notes)


def _need_both(train: int, valid: int) -> None:
    if not valid:
        raise InputError(f"The validation data has no rows: {NEED_VALID}")
    if not train:
        raise InputError("All rows are for validation: none are left to train on.")


# Forms of data


def _splits(data: Any) -> Mapping[str, Any] | None:
    """Return data as a mapping from split to data, where it is one."""
    if not isinstance(data, Mapping) or not data:
        return None
    _no_stream(data)
    known = {*TRAIN, *VALID}
    keys = {str(key).lower() for key in data}
    tables = all(_is_table(value) for value in data.values())
    if tables or (keys & set(TRAIN) and keys <= known):
        return {str(key): value for key, value in data.items()}
    return None


def _is_table(value: Any) -> bool:
    return isinstance(value, (pd.DataFrame, Mapping)) or _is_datasets(value)


def _is_datasets(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] == "datasets"


def _of_splits(parts: Mapping[str, Any], valid: Any) -> tuple[Any, Any]:
    """Return the data to train on, and ``valid`` with the name of a split resolved."""
    by_name = {name.lower(): name for name in reversed(list(parts))}
    trains = [by_name[name] for name in TRAIN if name in by_name]
    if not trains and len(parts) > 1:
        raise InputError(
            f"Which split is to be trained on? None of {listed(parts)} is called 'train': "
            "pass one of them as data and another as valid=."
        )
    train = trains[0] if trains else next(iter(parts))
    if isinstance(valid, str) and not _is_file(valid):
        if valid in parts and valid != train:
            return parts[train], parts[valid]
        if valid == train:
            raise InputError(f"valid={valid!r} is the split that is trained on.")
        columns = [str(name) for name in _read(parts[train], None).frame.columns]
        if valid not in columns:
            raise InputError(
                f"valid={valid!r} is no split.{suggest(valid, parts)} There are: {listed(parts)}."
            )
    elif valid is None or (isinstance(valid, float) and 0 < valid < 1):
        held = [by_name[name] for name in VALID if name in by_name and by_name[name] != train]
        return parts[train], parts[held[0]] if held else valid
    return parts[train], valid


def _no_stream(data: Any) -> None:
    if _is_datasets(data) and type(data).__name__.startswith("Iterable"):
        raise InputError(
            "The data is a stream, and training needs to know all rows. Take some: "
            "datasets.Dataset.from_list(list(data.take(10_000)))."
        )


def _read(data: Any, labels: Any) -> _Table:
    """Read data of any form that is not several splits; ``labels`` belong to a list of texts."""
    if isinstance(data, (str, Path)):
        return _file(data)
    if isinstance(data, pd.DataFrame):
        return _frame(data, "pandas.DataFrame")
    if _is_datasets(data):
        return _dataset(data)
    if isinstance(data, Mapping):
        return _columns(data)
    if hasattr(data, "to_pandas"):
        made = data.to_pandas()
        if isinstance(made, pd.DataFrame):
            return _frame(made, f"{type(data).__module__.partition('.')[0]} table")
        data = made
    if isinstance(data, tuple) and _is_texts_and_labels(data):
        texts, own = data
        if labels is not None:
            raise InputError("The labels are given twice: in the tuple, and as label=.")
        return _list(list(texts), own)
    if isinstance(data, (bytes, bytearray)) or not isinstance(data, Iterable):
        raise InputError(f"data is {a(data)}: expected {FORMS}.")
    return _list(list(data), labels)


def _is_file(value: Any) -> bool:
    if isinstance(value, Path):
        return True
    name = str(value).removesuffix(".gz")
    return name.endswith(FILES) and "\n" not in name and Path(value).is_file()


def _file(path: str | Path) -> _Table:
    if not _is_file(path) or not Path(path).is_file():
        raise InputError(f"data is {str(path)[:80]!r}, which is no such file: expected {FORMS}.")
    path = Path(path)
    name = path.name.removesuffix(".gz")
    try:
        if name.endswith((".csv", ".tsv")):
            # "NA" and "null" are texts here, and may be classes.
            frame = pd.read_csv(
                path,
                sep="\t" if name.endswith(".tsv") else ",",
                keep_default_na=False,
                na_values=[""],
            )
        elif name.endswith((".jsonl", ".ndjson")):
            frame = pd.read_json(path, lines=True, dtype=False)
        elif name.endswith(".json"):
            frame = pd.read_json(path, dtype=False)
        elif name.endswith(".parquet"):
            frame = pd.read_parquet(path)
        else:
            raise InputError(f"{path.name} is none of {', '.join(FILES)}: read it with pandas.")
    except (ValueError, OSError) as problem:
        if isinstance(problem, InputError):
            raise
        raise InputError(f"{path.name} cannot be read: {problem}") from problem
    return _frame(frame, path.name)


def _frame(frame: Any, source: str) -> _Table:
    if frame.columns.nlevels > 1:
        raise InputError("The columns have several levels: flatten them first.")
    frame = frame.copy(deep=False)
    frame.columns = [str(name) for name in frame.columns]
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise InputError(f"The table has several columns {twice[0]!r}: rename one of them.")
    frame = frame.reset_index(drop=True)
    for name in frame.columns:
        if frame[name].dtype == object and kind(frame[name]) in ("list", "dict"):
            frame[name] = pd.Series(list(map(_plain, frame[name])), dtype=object)
    return _Table(_languages(frame), source)


def _plain(value: Any) -> Any:
    """Return arrays, also those inside dicts, as lists."""
    if isinstance(value, np.ndarray):
        return [_plain(part) for part in value.tolist()]
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return value


def _languages(frame: Any) -> Any:
    """Give each language of a column of translations a column of its own."""
    if "translation" not in frame.columns or kind(frame["translation"]) != "dict":
        return frame
    cells = frame["translation"]
    codes = list(dict.fromkeys(key for cell in cells if isinstance(cell, dict) for key in cell))
    if set(codes) & set(frame.columns):
        return frame
    made = {
        code: [cell.get(code) if isinstance(cell, dict) else None for cell in cells]
        for code in codes
    }
    return pd.concat([frame.drop(columns="translation"), pd.DataFrame(made)], axis=1)


def _dataset(data: Any) -> _Table:
    _no_stream(data)
    if not hasattr(data, "to_pandas"):
        raise InputError(f"data is {a(data)} of datasets: expected a Dataset or a DatasetDict.")
    named: dict[str, list[str]] = {}
    for name, feature in data.features.items():
        inner = getattr(feature, "feature", feature)
        names = getattr(inner, "names", None)
        if isinstance(names, list):
            named[name] = [str(label) for label in names]
    info = getattr(data, "info", None)
    title = getattr(info, "dataset_name", None)
    source = f"datasets.Dataset {title!r}" if title else "datasets.Dataset"
    return _Table(_frame(data.to_pandas(), source).frame, source, named)


def _columns(data: Mapping[Any, Any]) -> _Table:
    lengths = {}
    for name, values in data.items():
        if not is_listlike(values):
            raise InputError(
                f"data is a dict whose {str(name)!r} is {a(values)}: expected a list for each "
                "column, or a table for each split."
            )
        lengths[str(name)] = len(list(values))
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {n:,}" for name, n in lengths.items())
        raise InputError(f"The columns differ in length: {told}.")
    made = {str(name): _cells(values) for name, values in data.items()}
    return _frame(pd.DataFrame(made), "a dict of columns")


def _cells(values: Any) -> Any:
    """Return a column; cells that are lists stay whole."""
    if isinstance(values, pd.Series):
        return values.reset_index(drop=True)
    values = list(values)
    if any(isinstance(value, (list, tuple, set, dict, np.ndarray)) for value in values):
        return pd.Series(values, dtype=object)
    try:
        return pd.Series(values, dtype=object if not values else None)
    except UnicodeEncodeError:  # a lone surrogate, which Arrow's strings cannot hold
        return pd.Series(values, dtype=object)


# Lists


def _is_texts_and_labels(data: tuple[Any, ...]) -> bool:
    """Tell (texts, labels) from a tuple of rows."""
    if not data or not all(is_listlike(part) and not isinstance(part, tuple) for part in data):
        return False
    if len(data) == 3:
        raise InputError(
            "data is a tuple of three lists: for pairs pass (list(zip(a, b)), labels)."
        )
    return len(data) == 2


def _values(data: Any, label: Any) -> Any:
    """Return the labels of a list of texts, where ``label`` holds labels."""
    table = _is_table(data) or isinstance(data, (str, Path)) or hasattr(data, "to_pandas")
    if label is None or isinstance(label, str):
        return None
    if not is_listlike(label):
        raise InputError(f"label is {a(label)}: expected the name of a column, or a list.")
    if not table:
        listed_rows = isinstance(data, (list, tuple)) and len(data)
        if listed_rows and isinstance(data[0], Mapping):
            return None
        return label
    if not isinstance(label, (list, tuple)):
        raise InputError(
            f"label is {a(label)}, and the data a table: make it a column, "
            "df['label'] = labels, and pass label='label'."
        )
    return None


def column_names(text: Any) -> tuple[str, ...] | None:
    """Return the one or two columns that ``text=`` names; all names are strings here.

    Raises
    ------
    InputError
        When it names none, more than two, or one twice.
    """
    if text is None:
        return None
    names = tuple(text) if isinstance(text, Iterable) and not isinstance(text, str) else (text,)
    if len(names) not in (1, 2) or not all(isinstance(name, (str, int)) for name in names):
        raise InputError(
            f"text={text!r}: expected the name of a column, or two for pairs of texts."
        )
    if len(set(names)) < len(names):
        raise InputError(f"text={text!r} names a column twice.")
    return tuple(str(name) for name in names)


def _label_names(label: Any, frame: Any) -> str | tuple[str, ...] | None:
    if label is None or isinstance(label, str):
        return label
    names = tuple(str(name) for name in label)
    for name in names[:20]:
        need_column(frame, name, "label")
    return names if len(names) != 1 else names[0]


def _list(rows: list[Any], labels: Any) -> _Table:
    if not rows:
        raise InputError("The data has no rows.")
    first = rows[0]
    if isinstance(first, Mapping):
        return _records(rows)
    if isinstance(first, str) or is_missing(first):
        made = {"text": _all(rows, str, "a text")}
        names: tuple[str, ...] = ("text",)
    elif isinstance(first, (list, tuple, np.ndarray)):
        made, names = _tuples(rows, labelled=labels is not None)
    else:
        raise InputError(f"Row 0 is {a(first)}: expected a text, a tuple or a dict.")
    if labels is not None:
        target = "tags" if names == ("tokens",) else "label"
        labels = list(labels)
        if len(labels) != len(rows):
            raise InputError(f"There are {len(rows):,} texts and {len(labels):,} labels.")
        made[target] = labels
    label = next((name for name in ("label", "tags") if name in made), None)
    frame = pd.DataFrame({name: _cells(values) for name, values in made.items()})
    return _Table(_frame(frame, "lists").frame, "lists", {}, names, label)


def _all(rows: list[Any], types: Any, what: str) -> list[Any]:
    for k, row in enumerate(rows):
        if not isinstance(row, types) and not is_missing(row):
            raise InputError(f"Row {k} is {a(row)}, and the first row is {what}.")
    return rows


def _records(rows: list[Any]) -> _Table:
    for k, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise InputError(f"Row {k} is {a(row)}, and the first row is a dict.")
    names = list(dict.fromkeys(name for row in rows for name in row))
    made = {str(name): _cells([row.get(name) for row in rows]) for name in names}
    return _frame(pd.DataFrame(made), "a list of dicts")


def _tuples(rows: list[Any], *, labelled: bool) -> tuple[dict[str, list[Any]], tuple[str, ...]]:
    """Return columns of rows that are tuples, and the names of those with texts."""
    first = rows[0]
    _all(rows, (list, tuple, np.ndarray), f"{a(first)}")
    if labelled and isinstance(first, list) and all(isinstance(word, str) for word in first):
        return {"tokens": [list(row) for row in rows]}, ("tokens",)
    width = len(first)
    for k, row in enumerate(rows):
        if row is None or len(row) != width:
            there = "None" if row is None else f"of {len(row)}"
            raise InputError(f"Row {k} is {there}, and the first row is of {width} values.")
    texts = width if labelled else width - 1
    if texts not in (1, 2):
        expected = (
            "(text, text) with label=" if labelled else "(text, label) or (text, text, label)"
        )
        raise InputError(f"Row 0 is of {width} values: expected {expected}.")
    if texts == 1 and not labelled and not is_listlike(first[1]) and _are_pairs(rows):
        rows = [(*(row[0] if is_listlike(row[0]) else (None, None)), row[1]) for row in rows]
        texts = 2
    if texts == 1 and is_listlike(first[0]):
        names: tuple[str, ...] = ("tokens",)
    else:
        names = ("text", "text_b")[:texts]
    target = () if labelled else ("tags" if names == ("tokens",) else "label",)
    made = {name: [row[k] for row in rows] for k, name in enumerate((*names, *target))}
    return made, names


def _are_pairs(rows: list[Any]) -> bool:
    """Whether rows begin with two texts each: lists of words differ in length."""

    def is_pair(cell: Any) -> bool:
        return (
            is_listlike(cell)
            and len(cell) == 2
            and all(isinstance(text, str) or is_missing(text) for text in cell)
        )

    given = [row[0] for row in rows if not is_missing(row[0])]
    return bool(given) and all(map(is_pair, given))


# What is validated on


def _validation(
    valid: Any,
    data: Any,
    table: _Table,
    label: str | tuple[str, ...] | None,
    stratify: bool | None,
    seed: int | None,
) -> tuple[_Table | None, np.ndarray]:
    """Return data for validation, or a mask (bool, one per row) of what is taken from ``table``."""
    n = len(table.frame)
    nobody = np.zeros(n, dtype=bool)
    if valid is None or isinstance(valid, (bool, np.bool_)) or _is_zero(valid):
        raise InputError(f"valid={valid!r}: {NEED_VALID}")
    if isinstance(valid, (int, float, np.number)):
        share = float(valid)
        if not 0 < share < 1:
            raise InputError(f"valid={valid!r} is no share between 0 and 1: {NEED_VALID}")
        if n < 2:
            raise InputError("The data has a single row: at least two are needed, one to validate.")
        return None, _share(table.frame, share, label, stratify, seed)
    if isinstance(valid, str) and not _is_file(valid):
        need_column(table.frame, valid, "valid")
        return None, _flags(table.frame[valid], f"Column {valid!r}")
    if isinstance(valid, (str, Path)):
        return _read(valid, None), nobody
    if is_listlike(valid) and not _is_texts(valid):
        return None, _rows(valid, data, n)
    parts = _splits(valid)
    if parts is not None:
        raise InputError(f"valid holds several splits ({listed(parts)}): pass one of them.")
    return _read(valid, None), nobody


def _is_zero(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and value == 0


def _is_texts(values: Any) -> bool:
    """Tell data from positions and masks."""
    if isinstance(values, np.ndarray) and values.ndim > 1:
        return True
    every = list(values)
    return bool(every) and not isinstance(every[0], (bool, int, float, np.number, np.bool_))


def _rows(valid: Any, data: Any, n: int) -> np.ndarray:
    """Return a mask from a mask or from positions."""
    if (
        isinstance(valid, pd.Series)
        and isinstance(data, pd.DataFrame)
        and pd.api.types.is_bool_dtype(valid)
        and not valid.index.equals(data.index)
    ):
        raise InputError(
            "valid is a Series whose index is not that of the data: make it from the same "
            "table, or pass valid.to_numpy() if it is in the same order."
        )
    values = pd.Series(list(valid))
    if not len(values):
        raise InputError(f"valid is empty: {NEED_VALID}")
    if kind(values) == "bool" and not values.isna().any():
        if len(values) != n:
            raise InputError(f"valid is a mask of {len(values):,}, and the data has {n:,} rows.")
        return np.asarray(values, dtype=bool)
    if kind(values) != "int" or values.isna().any():
        raise InputError(
            f"valid is {a(valid)}, of neither row positions (whole numbers) nor booleans: "
            f"{NEED_VALID}"
        )
    positions = np.asarray(values, dtype=np.int64)
    outside = positions[(positions < 0) | (positions >= n)]
    if len(outside):
        raise InputError(
            f"valid names row {outside[0]}, and the data has {n:,} rows, counted from 0."
        )
    mask = np.zeros(n, dtype=bool)
    mask[positions] = True
    return mask


def _flags(series: Any, what: str) -> np.ndarray:
    if series.isna().any():
        raise InputError(f"{what} has {int(series.isna().sum()):,} missing values.")
    if kind(series) == "bool" or (
        kind(series) in ("int", "float") and set(series.unique()) <= {0, 1}
    ):
        return np.asarray(series, dtype=bool)
    value = series.iloc[-1]
    raise InputError(
        f"{what} is not boolean ({series.dtype}), as valid= needs it: true for validation. "
        f"Pass a mask, for example valid=df[{series.name!r}] == {value!r}."
    )


def _share(
    frame: Any,
    share: float,
    label: str | tuple[str, ...] | None,
    stratify: bool | None,
    seed: int | None,
) -> np.ndarray:
    """Choose a share of the rows at random, in the proportions of the classes if there are any."""
    n = len(frame)
    wanted = min(max(round(n * share), 1), n - 1)
    random = np.random.default_rng(seed)
    mask = np.zeros(n, dtype=bool)
    classes = _classes(frame, label, stratify)
    if classes is None:
        mask[random.permutation(n)[:wanted]] = True
        return mask
    sizes = np.bincount(classes)
    exact = sizes * (wanted / n)
    # One row of each class stays in training: a class that is never seen cannot be learnt.
    most = sizes - 1
    taken = np.minimum(np.floor(exact).astype(int), most)
    shuffled = random.permutation(len(sizes))
    order = shuffled[np.argsort(-(exact - np.floor(exact))[shuffled], kind="stable")]
    while taken.sum() < wanted and (taken < most).any():
        for k in order[taken[order] < most[order]][: wanted - taken.sum()]:
            taken[k] += 1
    for k, many in enumerate(taken):
        mask[random.permutation(np.flatnonzero(classes == k))[:many]] = True
    return mask


def _classes(frame: Any, label: Any, stratify: bool | None) -> np.ndarray | None:
    """Return the class of each row as an id, or None where there are none to keep apart."""
    if stratify is False:
        return None
    found = label if isinstance(label, str) else None
    if found is None and label is None:
        known = [name for name in frame.columns if name.lower() in LABEL_NAMES]
        found = min(known, key=lambda name: LABEL_NAMES.index(name.lower()), default=None)
    why = "the data has no column of labels: name it, label="
    if found is not None:
        series = frame[found]
        why = f"column {found!r} holds no classes"
        held = kind(series)
        whole = held == "float" and bool((series.dropna() % 1 == 0).all())
        if held in ("class", "text", "int", "bool") or whole:
            ids = pd.factorize(series, use_na_sentinel=False)[0]
            sizes = np.bincount(ids)
            # Where most values occur once, they are no classes.
            if len(sizes) > 1 and (sizes > 1).any() and len(sizes) <= len(frame) / 2:
                return np.asarray(ids)
    if stratify:
        raise InputError(f"stratify=True: {why}. Leave it out for a split by chance.")
    return None


def _leak(
    train: Any, valid: Any, names: tuple[str, ...] | None, label: str | tuple[str, ...] | None
) -> list[Message]:
    """Note how many validation texts are in training, too."""
    if names is None:
        aside = {label} if isinstance(label, str) else set(label or ())
        names = tuple(
            name for name in train.columns if name not in aside and kind(train[name]) == "text"
        )
    names = tuple(name for name in names if name in train.columns and name in valid.columns)
    if not names:
        return []
    seen = set(_keys(train, names))
    n = sum(key in seen for key in _keys(valid, names))
    if not n:
        return []
    return [Message("train-notes", "leak", {"n": n, "total": len(valid)})]


def _keys(frame: Any, names: tuple[str, ...]) -> Iterable[tuple[Any, ...]]:
    columns = (frame[name].tolist() for name in names)
    for cells in zip(*columns, strict=True):
        yield tuple(tuple(cell) if isinstance(cell, list) else str(cell) for cell in cells)
