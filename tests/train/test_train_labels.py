"""Labels become numbers, in an order that can be told, and what cannot be learnt is refused."""

from __future__ import annotations

import pickle
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from datasets import ClassLabel, Dataset, Features, Sequence, Value

from tfwidgets.errors import InputError
from tfwidgets.train.data.labels import (
    Vocab,
    label_ids,
    multi_hot,
    read_labels,
    read_multi_labels,
    read_numbers,
)
from tfwidgets.train.data.source import Splits, read_splits


def splits_of(train: Any, valid: Any) -> Splits:
    """Return splits whose validation rows come after those of training, in one table."""
    values = pd.concat([pd.Series(train), pd.Series(valid)], ignore_index=True)
    frame = pd.DataFrame({"text": "t", "label": values})
    held = list(range(len(train), len(frame)))
    return read_splits(frame, valid=held, text="text")


def categories(values: list[Any], order: list[Any]) -> Any:
    return pd.Categorical(values, categories=order)


ORDER = ["low", "mid", "high", "never"]


@pytest.mark.parametrize(
    ("train", "valid", "names", "vocab", "ids", "valid_ids"),
    [
        (["b", "a", "b"], ["a"], None, ["a", "b"], [1, 0, 1], [0]),
        (["b", "a"], ["a", "b"], ["b", "a"], ["b", "a"], [0, 1], [1, 0]),
        (["b", "a"], ["a"], ["c", "b", "a"], ["c", "b", "a"], [1, 2], [2]),
        ([0, 1, 2], [1], None, ["0", "1", "2"], [0, 1, 2], [1]),
        ([*range(12)], [10], None, [*map(str, range(12))], [*range(12)], [10]),
        ([3, 1, 2], [3], None, ["1", "2", "3"], [2, 0, 1], [2]),
        ([-1, 0, 1], [0], None, ["-1", "0", "1"], [0, 1, 2], [1]),
        ([0, 1], [1], ["neg", "pos"], ["neg", "pos"], [0, 1], [1]),
        ([0, 2], [2], ["neg", "neutral", "pos"], ["neg", "neutral", "pos"], [0, 2], [2]),
        ([4, 0], [4], ["4", "0"], ["4", "0"], [0, 1], [0]),
        ([0.0, 1.0], [1.0], None, ["0", "1"], [0, 1], [1]),
        ([True, False], [True], None, ["False", "True"], [1, 0], [1]),
        ([True, False], [True], ["ham", "spam"], ["ham", "spam"], [1, 0], [1]),
        (categories(["high", "low", "mid"], ORDER), categories(["mid"], ORDER), None, ORDER[:3],
         [2, 0, 1], [1]),
        (categories([5, 3], [5, 3]), categories([3], [5, 3]), None, ["5", "3"], [0, 1], [1]),
    ],
)  # fmt: skip
def test_one_label(
    train: Any, valid: Any, names: Any, vocab: Any, ids: Any, valid_ids: Any
) -> None:
    if isinstance(train, pd.Categorical):
        frame = pd.DataFrame({"text": "t", "label": train}), pd.DataFrame({"label": valid})
        splits = read_splits(frame[0], valid=frame[1])
    else:
        splits = splits_of(train, valid)
    read, train_ids, held_ids = read_labels(splits, "label", names)
    assert list(read) == vocab
    assert train_ids.tolist() == ids
    assert held_ids.tolist() == valid_ids
    assert train_ids.dtype == held_ids.dtype == np.int64
    # Further rows are read as those of training were.
    assert label_ids(splits.train["label"], read, "label").tolist() == ids
    assert label_ids(splits.valid["label"], read, "label").tolist() == valid_ids


def class_labels(names: list[str], train: list[int], valid: list[int]) -> Splits:
    features = Features(text=Value("string"), label=ClassLabel(names=names))
    one, other = (
        Dataset.from_dict({"text": ["t"] * len(part), "label": part}, features=features)
        for part in (train, valid)
    )
    return read_splits(one, valid=other)


def test_class_labels_are_numbers_of_names_even_where_names_are_numbers() -> None:
    vocab, train, valid = read_labels(class_labels(["1", "2"], [0, 1, 1], [1]), "label")
    assert (list(vocab), train.tolist(), valid.tolist()) == (["1", "2"], [0, 1, 1], [1])
    assert label_ids(pd.Series([1, 1]), vocab, "label").tolist() == [1, 1]
    assert label_ids(pd.Series(["1", "2"]), vocab, "label").tolist() == [0, 1]


def test_class_labels_can_be_reordered_and_renamed() -> None:
    splits = class_labels(["neg", "pos"], [0, 1, 1], [1])
    vocab, train, _ = read_labels(splits, "label", ["pos", "neg"])
    assert (list(vocab), train.tolist()) == (["pos", "neg"], [1, 0, 0])
    vocab, train, _ = read_labels(splits, "label", ["bad", "good"])
    assert (list(vocab), train.tolist()) == (["bad", "good"], [0, 1, 1])


def test_another_order_of_ids_leaves_what_numbers_mean() -> None:
    vocab, _, _ = read_labels(class_labels(["neg", "pos"], [0, 1], [1]), "label")
    other = pickle.loads(pickle.dumps(vocab.reordered(["pos", "neg"])))  # noqa: S301
    assert isinstance(other, Vocab)
    assert list(other) == ["pos", "neg"]
    assert label_ids(pd.Series([0, 1, 1]), other, "label").tolist() == [1, 0, 0]
    assert label_ids(pd.Series(["neg", "pos"]), other, "label").tolist() == [1, 0]


def test_a_plain_list_of_names_does_too() -> None:
    assert label_ids(pd.Series([1, 0]), ["neg", "pos"], "label").tolist() == [1, 0]
    assert label_ids(pd.Series(["pos"]), ["neg", "pos"], "label").tolist() == [1]
    assert label_ids(pd.Series([2, 1]), ["1", "2"], "label").tolist() == [1, 0]


@pytest.mark.parametrize(
    ("train", "valid", "names", "message"),
    [
        (["a", "a"], ["a"], None,
         "Column 'label' holds one class only in the training data ('a'): there is nothing"),
        (["a", "a"], ["b"], None, "holds one class only in the training data ('a')"),
        ([1, 1], [1], None, "one class only"),
        ([1, 1], [1], ["neg", "pos"], "one class only in the training data ('pos')"),
        (["a", "b"], ["a", "c", "c", "d"], None,
         "Labels of column 'label' occur in validation and never in training: 'c', 'd'. 'c' stands "
         "in 2 rows, first in row 3. Move some"),
        ([0, 1], [1, 2], ["x", "y", "z"], "never in training: 'z'. 'z' stands in 1 row, first in "
         "row 3."),
        ([0, 1], [1, 2], None, "never in training: '2'"),
        ([0, 1, 3], [1], None, "The labels of column 'label' have holes: there are 0, 1, 3, and no "
         "2. If rows of such classes are missing, name all classes: labels=[…], one name per "
         "number. If not: df['label'].astype(str)."),
        ([0, 4], [4], None, "have holes: there are 0, 4, and no 1, 2, 3."),
        ([2, 3], [3], None, "have holes: there are 2, 3, and no 1."),
        ([-1, 1], [1], None, "and no 0."),
        ([0, 10**9], [0], None,
         "have holes: there are 0, 1000000000, and no 1, 2, 3, 4, 5 and 999,999,994 more."),
        ([0, 1, 2], [1], ["neg", "pos"],
         "Column 'label', row 2: label 2, and there are 2 names, for 0 to 1: 'neg', 'pos'."),
        ([0, -1], [0], ["neg", "pos"],
         "row 1: label -1 (datasets marks rows without a label with -1), and there are 2 names"),
        (["a", "spma"], ["a"], ["a", "spam"], "Column 'label', row 1: the label 'spma' is not "
         "among the labels: 'a', 'spam'. Did you mean 'spam'?"),
        (["a", "b"], ["x"], ["a", "b"], "row 2: the label 'x' is not among the labels"),
        (["a", "A", "b"], ["b"], None, "The labels 'A' and 'a' of column 'label' differ only in "
         "case or space: make them equal, for example with df['label'].str.strip().str.lower()."),
        (["a", "b", "b "], ["b"], None, "differ only in case or space"),
        (["a", "b"], ["a"], ["a", "b", "a"], "labels= names 'a' twice."),
        (["a", "b"], ["a"], ["a", "b", " "], "A name in labels= is empty."),
        (["a", None], ["a"], None, "Column 'label', row 1: the label is missing. Drop such rows"),
        (["a", ""], ["a"], None, "Column 'label', row 1: the label is empty."),
        (["a", 1], ["a"], None, "labels of different types: 'a' in row 0, 1 in row 1."),
        ([0, 0.5], [0], None, "row 1: 0.5 is no class. To predict numbers: task='regression'."),
        ([["a"], ["b"]], [["a"]], None, "row 0: the label is a list, not text or number."),
        (["0", "1"], [1], None, "text in one split and numbers in the other"),
    ],
)  # fmt: skip
def test_labels_that_cannot_be_learnt(train: Any, valid: Any, names: Any, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)) as refused:
        read_labels(splits_of(train, valid), "label", names)
    assert "\n" not in str(refused.value)


def test_the_way_to_drop_a_missing_label_fits_where_it_stands() -> None:
    with pytest.raises(InputError, match=r"df = df\.dropna\(subset=\['c'\]\)"):
        label_ids(pd.Series(["a", None]), ["a"], "c")
    df = pd.DataFrame({"c": [{"a"}, {"a", None}, set()]})
    with pytest.raises(InputError, match="row 1: the label is missing") as refused:
        multi_hot(df, "c", ["a"])
    scope = {"df": df, "pd": pd}
    exec(str(refused.value).partition("Drop such rows: ")[2].rstrip("."), scope)  # noqa: S102
    assert scope["df"]["c"].tolist() == [{"a"}, set()]


def test_rows_are_counted_as_the_caller_does() -> None:
    frame = pd.DataFrame({"text": "t", "label": ["a", "b", "a", "b", "c", "a"]})
    with pytest.raises(InputError, match=r"'c' stands in 1 row, first in row 4\."):
        read_labels(read_splits(frame, valid=[1, 4]), "label")
    with pytest.raises(InputError, match=r"first in row 4 of the validation data\."):
        read_labels(read_splits(frame[:4], valid=frame), "label")


@pytest.mark.parametrize("values", [["a", "x"], [0, 2], ["a", None]])
def test_further_rows_with_unknown_labels_are_refused(values: list[Any]) -> None:
    with pytest.raises(InputError, match=r"Column 'label', row 1: (the )?label"):
        label_ids(pd.Series(values, dtype=object), ["a", "b"], "label")


# Several labels


def lists(train: list[Any], valid: list[Any]) -> Splits:
    frames = [pd.DataFrame({"label": pd.Series(part, dtype=object)}) for part in (train, valid)]
    return read_splits(frames[0], valid=frames[1])


@pytest.mark.parametrize(
    ("train", "valid", "names", "vocab", "hot", "valid_hot"),
    [
        ([["b"], ["a", "b"], []], [["a"]], None, ["a", "b"], [[0, 1], [1, 1], [0, 0]], [[1, 0]]),
        ([("b",), {"a"}], [["a"]], None, ["a", "b"], [[0, 1], [1, 0]], [[1, 0]]),
        ([np.array(["b"]), ["a"]], [[]], ["b", "a"], ["b", "a"], [[1, 0], [0, 1]], [[0, 0]]),
        ([[0], [1, 2]], [[2]], None, ["0", "1", "2"], [[1, 0, 0], [0, 1, 1]], [[0, 0, 1]]),
        ([[0], [2]], [[2]], ["x", "y", "z"], ["x", "y", "z"], [[1, 0, 0], [0, 0, 1]], [[0, 0, 1]]),
        ([[0, 0, 1], [1, 1, 0]], [[0, 0, 0]], list("xyz"), ["x", "y", "z"],
         [[0, 0, 1], [1, 1, 0]], [[0, 0, 0]]),
        ([[0.0, 1.0], [1.0, 0.0]], [[1.0, 1.0]], None, ["0", "1"], [[0, 1], [1, 0]], [[1, 1]]),
        ([["a"], []], [["a"]], None, ["a"], [[1], [0]], [[1]]),
    ],
)  # fmt: skip
def test_several_labels(
    train: Any, valid: Any, names: Any, vocab: Any, hot: Any, valid_hot: Any
) -> None:
    splits = lists(train, valid)
    read, train_hot, held_hot = read_multi_labels(splits, "label", names)
    assert list(read) == vocab
    assert train_hot.tolist() == hot
    assert held_hot.tolist() == valid_hot
    assert train_hot.dtype == held_hot.dtype == np.float32
    assert multi_hot(splits.train, "label", read).tolist() == hot
    assert multi_hot(splits.valid, "label", read).tolist() == valid_hot
    turned = read.reordered(read[::-1])
    assert multi_hot(splits.train, "label", turned)[:, ::-1].tolist() == hot


def test_class_labels_in_lists() -> None:
    features = Features(label=Sequence(ClassLabel(names=["1", "2", "3"])))
    data = Dataset.from_dict({"label": [[0], [1, 2], [1]]}, features=features)
    vocab, train, valid = read_multi_labels(read_splits(data, valid=[2]), "label")
    assert list(vocab) == ["1", "2", "3"]
    assert train.tolist() == [[1, 0, 0], [0, 1, 1]]
    assert valid.tolist() == [[0, 1, 0]]


FLAGS = pd.DataFrame({"toxic": [0, 1, 1], "rude": [True, False, True], "mild": [0.0, 0.0, 1.0]})


def test_columns_of_flags() -> None:
    splits = read_splits(FLAGS, valid=[2])
    vocab, train, valid = read_multi_labels(splits, ("toxic", "rude", "mild"))
    assert list(vocab) == ["toxic", "rude", "mild"]
    assert train.tolist() == [[0, 1, 0], [1, 0, 0]]
    assert valid.tolist() == [[1, 1, 1]]
    vocab, _, _ = read_multi_labels(splits, ("toxic", "rude"), ["T", "R"])
    assert list(vocab) == ["T", "R"]
    assert multi_hot(FLAGS, ("toxic", "rude"), vocab).tolist() == [[0, 1], [1, 0], [1, 1]]
    turned = vocab.reordered(["R", "T"])
    assert multi_hot(FLAGS, ("toxic", "rude"), turned).tolist() == [[1, 0], [0, 1], [1, 1]]


@pytest.mark.parametrize(
    ("train", "valid", "names", "message"),
    [
        ([["a"], "b"], [["a"]], None, "Column 'label', row 1: 'b' is text, and several labels need "
         "lists: df['label'] = df['label'].str.split('|')."),
        ([["a"], "b;c"], [["a"]], None, "str.split(';')"),
        ([["a"], None], [["a"]], None,
         "row 1: the cell is missing, and several labels need a list"),
        ([["a"], ["b"]], [5], None, "row 0 of the validation data: the cell is an int"),
        ([["a"], [None]], [["a"]], None, "row 1: the label is missing"),
        ([["a"], [1]], [["a"]], None, "labels that are text and others that are not"),
        ([["a"], ["a"]], [["a"]], None, "All rows of the training data have the same labels"),
        ([[], []], [["a"]], None, "never in training: 'a'"),
        ([[], []], [[]], None, "holds no label at all"),
        ([["a"], ["b"]], [["a"], ["a", "c"]], None,
         "never in training: 'c'. 'c' stands in 1 row, first in row 1 of the validation data."),
        ([[0], [3]], [[0]], None, "have holes: there are 0, 3, and no 1, 2."),
        ([[0], [1, 2]], [[0]], ["x", "y"], "row 1: label 2, and there are 2 names"),
        ([["a"], ["b"]], [["x"]], ["a", "b"], "row 0 of the validation data: the label 'x' is not"),
        ([[0, 0, 1], [1, 0, 0]], [[0, 1]], None, "[0, 1] is no vector of 3 values 0 or 1"),
        ([[0, 0, 1], [1, 0, 0]], [[0, 0, 1]], ["a"], "labels names 1 labels, and vectors hold 3"),
    ],
)  # fmt: skip
def test_several_labels_that_cannot_be_learnt(
    train: Any, valid: Any, names: Any, message: str
) -> None:
    with pytest.raises(InputError, match=re.escape(message)) as refused:
        read_multi_labels(lists(train, valid), "label", names)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("odd", [2, "1", None, float("nan"), 0.5])
def test_columns_of_flags_hold_nothing_else(odd: Any) -> None:
    frame = FLAGS.assign(mild=pd.Series([0, odd, 1], dtype=object))
    message = rf"Column 'mild', row 1: {re.escape(repr(odd))} is neither 0 nor 1"
    with pytest.raises(InputError, match=message):
        read_multi_labels(read_splits(frame, valid=[2]), ("toxic", "mild"))
    with pytest.raises(InputError, match=message):
        multi_hot(frame, ("toxic", "mild"), ["toxic", "mild"])


def test_flags_that_do_not_fit() -> None:
    splits = read_splits(FLAGS, valid=[2])
    with pytest.raises(InputError, match=r"labels names 1 labels, and label= 2 columns"):
        read_multi_labels(splits, ("toxic", "rude"), ["T"])
    with pytest.raises(InputError, match=r"Several labels need label="):
        read_multi_labels(splits, None)
    with pytest.raises(InputError, match=r"no such column. Did you mean 'rude'\?"):
        multi_hot(FLAGS, ("toxic", "rud"), ["toxic", "rud"])
    with pytest.raises(InputError, match=r"row 0: the label 'x' is not among the labels: 'a'"):
        multi_hot(pd.DataFrame({"label": [["x"]]}), "label", ["a"])


# Numbers


def test_numbers() -> None:
    train, valid = read_numbers(splits_of([1, 2.5], [0.25]), "label")
    assert (train.tolist(), valid.tolist()) == ([1.0, 2.5], [0.25])
    assert train.dtype == valid.dtype == np.float32


@pytest.mark.parametrize(
    ("train", "valid", "message"),
    [
        ([1.0, float("inf")], [1.0], "Column 'label', row 1: inf is no finite number."),
        ([1.0, 2.0], [np.nan], "Column 'label', row 2: nan is no finite number."),
        ([1.0, "two"], [1.0], "Column 'label', row 1: 'two' is no finite number."),
        (["1", "2"], ["1"], "Column 'label' holds text ('1'): convert it first"),
        ([2.0, 2.0], [1.0], "holds one number only in the training data (2)."),
    ],
)
def test_numbers_that_are_none(train: Any, valid: Any, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        read_numbers(splits_of(train, valid), "label")
