"""Turn a column of labels into numbers, and refuse what cannot be learnt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tfwidgets.errors import InputError, suggest
from tfwidgets.train.data.frames import a, is_listlike, is_missing, listed, need_column, shortened

if TYPE_CHECKING:
    from tfwidgets.train.data.source import Part, Splits

# Says how the caller counts a row.
Where = Callable[[int], str]
Value = str | int | bool


class Vocab(list[str]):
    """Names of the labels, in the order of the model's ids.

    Attributes
    ----------
    numbered
        What the numbers in the data mean: the name of number k at place k; None where numbers
        are names themselves. It stays right when the model's ids come in another order.
    vectors
        Whether rows hold all labels as 0 and 1: in several columns, or in a vector.
    """

    numbered: tuple[str, ...] | None = None
    vectors: bool = False

    def reordered(self, names: Iterable[str]) -> Vocab:
        """Return the same labels in another order, for a head that has them so."""
        made = Vocab(names)
        made.vectors = self.vectors
        made.numbered = tuple(self) if self.vectors and self.numbered is None else self.numbered
        return made


def read_labels(
    splits: Splits, column: str, names: Sequence[str] | None = None
) -> tuple[Vocab, np.ndarray, np.ndarray]:
    """Learn the labels of a column that holds one for each row.

    Parameters
    ----------
    splits
        The rows; the column holds strings, whole numbers, booleans or categories.
    column
        Its name.
    names
        Names of the labels in order. Where the column holds numbers that are not among them,
        number k is called ``names[k]``. By default the ClassLabel's, else the order of the
        categories, else sorted.

    Returns
    -------
    tuple
        The vocabulary, and the ids of the training rows, (n_train,) int64, and of the validation
        rows, (n_valid,) int64.

    Raises
    ------
    InputError
        When values are missing or of different types, there is one class only, labels of the
        validation are unseen in training, or numbers have holes and no names.
    """
    train = _values(splits.train[column], column, _where(splits, "train"))
    valid = _values(splits.valid[column], column, _where(splits, "valid"))
    kinds = {"text" if isinstance(part[0], str) else "numbers" for part in (train, valid) if part}
    if len(kinds) > 1:
        raise InputError(
            f"Column {column!r} holds text in one split and numbers in the other: make them equal, "
            f"for example with df[{column!r}].astype(str)."
        )
    used = {*train, *valid}
    vocab = _vocab(splits, column, names, used)
    _only_known(train, vocab, column, _where(splits, "train"))
    if len(set(train)) < 2:
        raise InputError(
            f"Column {column!r} holds one class only in the training data "
            f"({shortened(_name(train[0], vocab))}): there is nothing to tell apart."
        )
    _only_known(valid, vocab, column, _where(splits, "valid"))
    _unseen(train, valid, vocab, column, _where(splits, "valid"))
    place = {name: k for k, name in enumerate(vocab)}
    ids = (
        np.asarray([place[_name(value, vocab)] for value in part], dtype=np.int64)
        for part in (train, valid)
    )
    return vocab, next(ids), next(ids)


def label_ids(series: Any, vocab: Sequence[str], column: str) -> np.ndarray:
    """Return the id of each label, shape (n_rows,) of int64.

    Raises
    ------
    InputError
        When a label is missing or not in the vocabulary.
    """
    where = "row {}".format
    values = _values(series, column, where)
    known = vocab if isinstance(vocab, Vocab) else _guessed(vocab, values)
    _only_known(values, known, column, where)
    place = {name: k for k, name in enumerate(known)}
    return np.asarray([place[_name(value, known)] for value in values], dtype=np.int64)


def read_multi_labels(
    splits: Splits, column: str | Sequence[str] | None, names: Sequence[str] | None = None
) -> tuple[Vocab, np.ndarray, np.ndarray]:
    """Learn the labels of rows that have any number of them.

    Parameters
    ----------
    splits
        The rows.
    column
        A column of lists of labels (or of vectors of 0 and 1), or the names of several columns of
        0 and 1.
    names
        Names of the labels in order.

    Returns
    -------
    tuple
        The vocabulary, and which labels rows have: (n_train, n_labels) and (n_valid, n_labels) of
        float32.

    Raises
    ------
    InputError
        When cells are no lists or not 0 and 1, all training rows have the same labels, or labels
        of the validation are unseen in training.
    """
    if column is None:
        raise InputError("Several labels need label=: a column of lists, or several of 0 and 1.")
    if not isinstance(column, str):
        columns = [str(name) for name in column]
        if names is not None and len(names) != len(columns):
            raise InputError(
                f"labels names {len(names)} labels, and label= {len(columns)} columns."
            )
        vocab = Vocab(map(str, names or columns))
        vocab.vectors = True
        train = _matrix(splits.train, columns, _where(splits, "train"))
        valid = _matrix(splits.valid, columns, _where(splits, "valid"))
    else:
        vocab, cells = _of_lists(splits, column, names)
        train, valid = (_hot(part, vocab) for part in cells)
        if not vocab.vectors:
            first, held = ([value for cell in part for value in cell] for part in cells)
            rows = [k for k, cell in enumerate(cells[1]) for _ in cell]
            where = _where(splits, "valid")
            _unseen(first, held, vocab, column, lambda k: where(rows[k]))
    if not len(vocab):
        raise InputError(f"Column {column!r} holds no label at all in the training data.")
    if (train == train[0]).all():
        raise InputError("All rows of the training data have the same labels: nothing to learn.")
    return vocab, train, valid


def multi_hot(rows: Any, column: str | Sequence[str] | None, vocab: Sequence[str]) -> np.ndarray:
    """Return which labels each row has, shape (n_rows, n_labels) of float32.

    Raises
    ------
    InputError
        When a label is missing or not in the vocabulary.
    """
    where = "row {}".format
    if column is None or not isinstance(column, str):
        made = _matrix(rows, [str(name) for name in column or vocab], where)
        return _in_order(made, vocab) if isinstance(vocab, Vocab) else made
    cells = _lists(rows[column], column, where)
    if isinstance(vocab, Vocab):
        known = vocab
    else:
        known = _guessed(vocab, [value for cell in cells for value in cell])
    if known.vectors:
        _whole_vectors(cells, len(known), column, where)
    else:
        for k, cell in enumerate(cells):
            _only_known(cell, known, column, lambda _, k=k: where(k))  # type: ignore[misc]
    return _hot(cells, known)


def read_numbers(splits: Splits, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Read a column of numbers to be predicted.

    Returns
    -------
    tuple
        The numbers of training, (n_train,) float32, and of validation, (n_valid,) float32.

    Raises
    ------
    InputError
        When a value is no finite number, or all are the same in training.
    """
    train, valid = (
        _numbers(splits.part(part), column, _where(splits, part)) for part in ("train", "valid")
    )
    if (train == train[0]).all():
        raise InputError(
            f"Column {column!r} holds one number only in the training data ({train[0]:g})."
        )
    return train, valid


def _numbers(frame: Any, column: str, where: Where) -> np.ndarray:
    made = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    odd = np.flatnonzero(~np.isfinite(made))
    if len(odd):
        value = frame[column].iloc[odd[0]]
        raise InputError(
            f"Column {column!r}, {where(int(odd[0]))}: {shortened(value)} is no finite number."
        )
    if pd.api.types.is_object_dtype(frame[column]) or pd.api.types.is_string_dtype(frame[column]):
        text = next((v for v in frame[column] if isinstance(v, str)), None)
        if text is not None:
            raise InputError(
                f"Column {column!r} holds text ({shortened(text)}): convert it first, "
                f"df[{column!r}].astype(float)."
            )
    return np.asarray(made, dtype=np.float32)


# One label for each row


def _where(splits: Splits, part: Part) -> Where:
    return lambda position: splits.where(part, position)


def _values(series: Iterable[Any], column: str, where: Where) -> list[Value]:
    """Return labels as plain values, all of one type: str, int or bool."""
    read: list[Value] = []
    for k, value in enumerate(series):
        if is_missing(value):
            drop = f"df.dropna(subset=[{column!r}])"
            if not isinstance(series, pd.Series):  # labels of one cell, or of several joined
                drop = f"df[~df[{column!r}].map(lambda cell: pd.isna(list(cell)).any())]"
            raise InputError(
                f"Column {column!r}, {where(k)}: the label is missing. Drop such rows: df = {drop}."
            )
        read.append(_value(value, column, lambda k=k: where(k)))  # type: ignore[misc]
        if type(read[-1]) is not type(read[0]):
            raise InputError(
                f"Column {column!r} holds labels of different types: {shortened(read[0])} in "
                f"{where(0)}, {shortened(read[-1])} in {where(k)}. Make them equal, for example "
                f"with df[{column!r}].astype(str)."
            )
    return read


def _value(value: Any, column: str, where: Callable[[], str]) -> Value:
    if isinstance(value, str):
        if not value.strip():
            raise InputError(f"Column {column!r}, {where()}: the label is empty.")
        return str(value)
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return int(value)
    if isinstance(value, (float, np.floating)):
        raise InputError(
            f"Column {column!r}, {where()}: {value:g} is no class. To predict numbers: "
            "task='regression'."
        )
    raise InputError(f"Column {column!r}, {where()}: the label is {a(value)}, not text or number.")


def _vocab(splits: Splits, column: str, names: Sequence[str] | None, used: set[Value]) -> Vocab:
    """Return the labels in order; ``used`` are all values of the column."""
    numbers = sorted(value for value in used if not isinstance(value, str))
    known = splits.label_names.get(column)
    if names is None and known is None:
        order = _order(splits.train[column], used)
        if not isinstance(splits.train[column].dtype, pd.CategoricalDtype):
            _no_holes([int(n) for n in numbers], column)
        _all_differ(order, column)
        return Vocab(order)
    given = [str(name) for name in (known if names is None else names) or ()]
    _all_differ(given, column, "labels")
    vocab = Vocab(given)
    if not numbers:
        return vocab
    if known is not None:
        # The numbers are the ClassLabel's; names= brings them into order, or renames them.
        vocab.numbered = tuple(known) if set(known) == set(given) else tuple(given)
    elif not {str(number) for number in numbers} <= set(given):
        vocab.numbered = tuple(given)
    return vocab


def _order(series: Any, used: set[Value]) -> list[str]:
    if isinstance(series.dtype, pd.CategoricalDtype):
        # Categories that no row has are left over from a selection.
        first = [value for value in series.cat.categories.tolist() if value in used]
        rest = sorted(str(value) for value in used if value not in set(first))
        return [*(str(_plain(value)) for value in first), *rest]
    return [str(value) for value in sorted(used)]


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _no_holes(numbers: list[int], column: str) -> None:
    if not numbers:
        return
    start, high = min(numbers[0], 1), numbers[-1]  # stars count from 1
    present = set(numbers)
    many = high - start + 1 - len(present)
    if many:
        holes = islice((k for k in range(start, high) if k not in present), 5)
        more = f" and {many - 5:,} more" if many > 5 else ""
        raise InputError(
            f"The labels of column {column!r} have holes: there are {listed(numbers, 8)}, and no "
            f"{listed(holes)}{more}. If rows of such classes are missing, name all classes: "
            f"labels=[…], one name per number. If not: df[{column!r}].astype(str)."
        )


def _all_differ(names: list[str], column: str, what: str = "") -> None:
    seen: dict[str, str] = {}
    for name in names:
        if not name.strip():
            raise InputError("A name in labels= is empty.")
        plain = " ".join(name.casefold().split())
        if plain in seen and seen[plain] == name:
            raise InputError(f"labels= names {name!r} twice.")
        if plain in seen:
            of = "labels=" if what else f"column {column!r}"
            raise InputError(
                f"The labels {seen[plain]!r} and {name!r} of {of} differ only in case or space: "
                f"make them equal, for example with df[{column!r}].str.strip().str.lower()."
            )
        seen[plain] = name


def _name(value: Value, vocab: Vocab) -> str:
    if isinstance(value, str) or vocab.numbered is None:
        return str(value)
    return vocab.numbered[int(value)]


def _guessed(vocab: Sequence[str], values: Iterable[Value]) -> Vocab:
    """Return a plain list of names as a vocabulary: numbers that are no names count places."""
    made = Vocab(vocab)
    numbers = {str(value) for value in values if not isinstance(value, str)}
    if numbers and not numbers <= set(vocab):
        made.numbered = tuple(vocab)
    return made


def _only_known(values: Sequence[Value], vocab: Vocab, column: str, where: Where) -> None:
    """Refuse a label that has no name."""
    known = set(vocab)
    for k, value in enumerate(values):
        if not isinstance(value, str) and vocab.numbered is not None:
            if not 0 <= int(value) < len(vocab.numbered):
                unlabelled = " (datasets marks rows without a label with -1)" if value == -1 else ""
                raise InputError(
                    f"Column {column!r}, {where(k)}: label {int(value)}{unlabelled}, and there are "
                    f"{len(vocab.numbered)} names, for 0 to {len(vocab.numbered) - 1}: "
                    f"{listed(vocab.numbered)}."
                )
        elif str(value) not in known:
            raise InputError(
                f"Column {column!r}, {where(k)}: the label {shortened(value, 60)} is not among "
                f"the labels: {listed(vocab, 10)}.{suggest(str(value), vocab)}"
            )


def _unseen(
    train: Sequence[Value], valid: Sequence[Value], vocab: Vocab, column: str, where: Where
) -> None:
    """Refuse labels that only the validation rows have."""
    seen = set(train)
    new = Counter(value for value in valid if value not in seen)
    if not new:
        return
    value, many = new.most_common(1)[0]
    first = next(k for k, other in enumerate(valid) if other == value)
    others = listed([_name(other, vocab) for other in new])
    raise InputError(
        f"Labels of column {column!r} occur in validation and never in training: {others}. "
        f"{_name(value, vocab)!r} stands in {many:,} {'row' if many == 1 else 'rows'}, "
        f"first in {where(first)}. Move some of them to training, or drop them."
    )


# Several labels for each row


def _matrix(frame: Any, columns: Sequence[str], where: Where) -> np.ndarray:
    """Return columns of 0 and 1 as an array (n_rows, n_columns)."""
    made = np.zeros((len(frame), len(columns)), dtype=np.float32)
    for place, column in enumerate(columns):
        need_column(frame, column, "label")
        for k, value in enumerate(frame[column].tolist()):
            if is_missing(value) or isinstance(value, str) or is_listlike(value):
                ok = False
            else:
                ok = value in (0, 1)
            if not ok:
                raise InputError(
                    f"Column {column!r}, {where(k)}: {shortened(value)} is neither 0 nor 1, as "
                    "columns of labels need it (true and false do, too)."
                )
            made[k, place] = value
    return made


def _lists(series: Any, column: str, where: Where) -> list[list[Value]]:
    """Return cells that are lists of labels."""
    read = []
    for k, cell in enumerate(series):
        if isinstance(cell, str):
            separator = next((mark for mark in "|;," if mark in cell), "|")
            raise InputError(
                f"Column {column!r}, {where(k)}: {shortened(cell)} is text, and several labels "
                f"need lists: df[{column!r}] = df[{column!r}].str.split({separator!r})."
            )
        if not isinstance(cell, (set, frozenset)) and not is_listlike(cell):
            what = "missing" if is_missing(cell) else a(cell)
            raise InputError(
                f"Column {column!r}, {where(k)}: the cell is {what}, and several labels need a "
                "list (an empty one for none)."
            )
        read.append(_values(cell, column, lambda _, k=k: where(k)))  # type: ignore[misc]
    return read


def _of_lists(
    splits: Splits, column: str, names: Sequence[str] | None
) -> tuple[Vocab, tuple[list[list[Value]], list[list[Value]]]]:
    train = _lists(splits.train[column], column, _where(splits, "train"))
    valid = _lists(splits.valid[column], column, _where(splits, "valid"))
    raw = next((cell for cell in splits.train[column] if len(cell)), ())
    if _are_vectors(train, raw):
        width = len(train[0])
        known = names or splits.label_names.get(column)
        if known is not None and len(known) != width:
            raise InputError(f"labels names {len(known)} labels, and vectors hold {width} values.")
        vocab = Vocab(map(str, known or range(width)))
        vocab.vectors = True
        _whole_vectors(valid, width, column, _where(splits, "valid"))
        return vocab, (train, valid)
    used = {value for part in (train, valid) for cell in part for value in cell}
    if len({isinstance(value, str) for value in used}) > 1:
        raise InputError(f"Column {column!r} holds labels that are text and others that are not.")
    vocab = _vocab(splits, column, names, used)
    for part, cells in zip(("train", "valid"), (train, valid), strict=True):
        where = _where(splits, "train" if part == "train" else "valid")
        for k, cell in enumerate(cells):
            _only_known(cell, vocab, column, lambda _, k=k, where=where: where(k))  # type: ignore[misc]
    return vocab, (train, valid)


def _are_vectors(cells: list[list[Value]], raw: Iterable[Any]) -> bool:
    """Tell vectors of 0 and 1 from lists of ids: those name no id twice."""
    width = len(cells[0])
    if width < 2 or any(len(cell) != width or not set(cell) <= {0, 1} for cell in cells):
        return False
    fractions = any(isinstance(value, (bool, float, np.bool_, np.floating)) for value in raw)
    return fractions or any(len(set(cell)) < width for cell in cells)


def _whole_vectors(cells: list[list[Value]], width: int, column: str, where: Where) -> None:
    for k, cell in enumerate(cells):
        if len(cell) != width or not set(cell) <= {0, 1}:
            raise InputError(
                f"Column {column!r}, {where(k)}: {shortened(cell)} is no vector of {width} values "
                "0 or 1, as in training."
            )


def _hot(cells: list[list[Value]], vocab: Vocab) -> np.ndarray:
    """Return lists of labels as an array (n_rows, n_labels) of 0 and 1."""
    if vocab.vectors:
        return _in_order(np.asarray(cells, dtype=np.float32).reshape(-1, len(vocab)), vocab)
    made = np.zeros((len(cells), len(vocab)), dtype=np.float32)
    place = {name: k for k, name in enumerate(vocab)}
    for k, cell in enumerate(cells):
        for value in cell:
            made[k, place[_name(value, vocab)]] = 1
    return made


def _in_order(matrix: np.ndarray, vocab: Vocab) -> np.ndarray:
    """Bring columns in the data's order into the order of the vocabulary."""
    if vocab.numbered is None:
        return matrix
    place = {name: k for k, name in enumerate(vocab.numbered)}
    return matrix[:, [place[name] for name in vocab]]
