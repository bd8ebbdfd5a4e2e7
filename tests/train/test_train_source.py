"""Whatever data people have becomes two tables, and what cannot says why."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Sequence, Value

from tfwidgets.errors import InputError
from tfwidgets.train.data.source import Splits, read_splits

TEXTS = [f"this is review number {k}" for k in range(10)]
LABELS = ["bad", "good"] * 5
FRAME = pd.DataFrame({"text": TEXTS, "label": LABELS})


def rows(splits: Splits) -> list[tuple[Any, ...]]:
    """Return all rows, in the order of the data."""
    both = pd.concat([splits.train, splits.valid])
    at = np.concatenate([splits.train_rows, splits.valid_rows])
    return [tuple(row) for row in both.iloc[np.argsort(at)].itertuples(index=False)]


@pytest.mark.parametrize(
    ("data", "label"),
    [
        (FRAME, None),
        (FRAME.set_index(pd.Index(range(100, 110))), None),
        (FRAME.astype({"label": "category"}), None),
        (Dataset.from_pandas(FRAME), None),
        (DatasetDict(train=Dataset.from_pandas(FRAME)), None),
        ({"text": TEXTS, "label": LABELS}, None),
        ({"text": pd.Series(TEXTS, index=range(5, 15)), "label": np.array(LABELS)}, None),
        ({"train": FRAME}, None),
        ({"train": list(zip(TEXTS, LABELS, strict=True))}, None),
        (list(zip(TEXTS, LABELS, strict=True)), None),
        (tuple(zip(TEXTS, LABELS, strict=True)), None),
        (zip(TEXTS, LABELS, strict=True), None),
        ([list(row) for row in zip(TEXTS, LABELS, strict=True)], None),
        (np.array([TEXTS, LABELS], dtype=object).T, None),
        (FRAME.to_dict("records"), None),
        ((TEXTS, LABELS), None),
        ((pd.Series(TEXTS), np.array(LABELS)), None),
        (TEXTS, LABELS),
        (TEXTS, pd.Series(LABELS, index=range(3, 13))),
        (pd.Series(TEXTS), np.array(LABELS)),
    ],
)
def test_one_form_for_all_forms(data: Any, label: Any) -> None:
    splits = read_splits(data, label=label)
    assert list(splits.train.columns) == list(splits.valid.columns) == ["text", "label"]
    assert rows(splits) == list(zip(TEXTS, LABELS, strict=True))
    assert (len(splits.train), len(splits.valid)) == (8, 2)
    assert splits.train.index.tolist() == list(range(8))
    assert splits.train["text"].tolist() == [TEXTS[k] for k in splits.train_rows]
    assert splits.valid["text"].tolist() == [TEXTS[k] for k in splits.valid_rows]


@pytest.mark.parametrize(
    ("data", "label", "columns", "text", "named"),
    [
        (TEXTS, None, ["text"], ("text",), None),
        (list(zip(TEXTS, TEXTS, LABELS, strict=True)), None, None, ("text", "text_b"), "label"),
        (list(zip(TEXTS, TEXTS, strict=True)), LABELS, None, ("text", "text_b"), "label"),
        ((list(zip(TEXTS, TEXTS, strict=True)), LABELS), None, None, ("text", "text_b"), "label"),
        ([(["a", "b"], ["X", "O"])] * 3, None, ["tokens", "tags"], ("tokens",), "tags"),
        (([["a", "b"]] * 3, [["X", "O"]] * 3), None, ["tokens", "tags"], ("tokens",), "tags"),
        ([("a text", ["x", "y"]), ("b", [])], None, ["text", "label"], ("text",), "label"),
        ([((a, "b"), "x") for a in TEXTS], None, None, ("text", "text_b"), "label"),
        ([[[a, "b"], 1] for a in TEXTS], None, None, ("text", "text_b"), "label"),
        (
            [((a, None), 1.5) for a in TEXTS] + [(None, 2.0)],
            None,
            None,
            ("text", "text_b"),
            "label",
        ),
        ([(("a", "b"), ("X", "O"))] * 3, None, ["tokens", "tags"], ("tokens",), "tags"),
        ([(["a", "b"], "X"), (["a"], "O")], None, ["tokens", "tags"], ("tokens",), "tags"),
        ([{"q": "a", "n": 1}, {"q": "b"}], None, ["q", "n"], None, None),
    ],
)
def test_columns_of_lists(data: Any, label: Any, columns: Any, text: Any, named: Any) -> None:
    splits = read_splits(data, label=label)
    expected = columns or ["text", "text_b", "label"]
    assert list(splits.train.columns) == list(splits.valid.columns) == expected
    assert (splits.text, splits.label) == (text, named)


def test_a_pair_in_a_tuple_is_two_texts() -> None:
    splits = read_splits([((text, "b"), "x") for text in TEXTS] + [(None, "y")])
    *whole, missing = rows(splits)
    assert whole == [(text, "b", "x") for text in TEXTS]
    assert [pd.isna(cell) for cell in missing] == [True, True, False]  # refused by name, later


def test_what_the_caller_named_is_kept_and_the_frame_is_not_changed() -> None:
    frame = FRAME.rename(columns={"text": "said"}).assign(toxic=0, rude=1)
    frame.index = frame.index + 7
    before = frame.copy()
    splits = read_splits(frame, text=["said"], label=["toxic", "rude"])
    assert (splits.text, splits.label) == (("said",), ("toxic", "rude"))
    splits.train.loc[0, "said"] = "changed"
    pd.testing.assert_frame_equal(frame, before)


def test_a_data_set_tells_its_labels_and_its_lists_become_lists() -> None:
    features = Features(
        text=Value("string"),
        label=ClassLabel(names=["neg", "pos"]),
        tokens=Sequence(Value("string")),
        ner_tags=Sequence(ClassLabel(names=["O", "B-PER"])),
        answers={"text": Sequence(Value("string")), "answer_start": Sequence(Value("int32"))},
    )
    row = {
        "text": "Ann is here",
        "label": 1,
        "tokens": ["Ann", "is", "here"],
        "ner_tags": [1, 0, 0],
        "answers": {"text": ["Ann"], "answer_start": [0]},
    }
    splits = read_splits(Dataset.from_list([row] * 4, features=features))
    assert splits.label_names == {"label": ["neg", "pos"], "ner_tags": ["O", "B-PER"]}
    assert splits.train.to_dict("records")[0] == row
    assert splits.source == "datasets.Dataset"


def test_a_selection_of_a_data_set_keeps_its_order() -> None:
    data = Dataset.from_pandas(FRAME).select([9, 3, 5]).with_format("torch")
    splits = read_splits(data, valid=[1])
    assert splits.train["text"].tolist() == [TEXTS[9], TEXTS[5]]
    assert splits.valid["text"].tolist() == [TEXTS[3]]


def test_texts_which_arrow_cannot_hold_are_read_as_they_are() -> None:
    texts = [*TEXTS[:3], "half a pair: \ud800"]
    assert read_splits(texts, valid=[0]).train["text"].tolist() == texts[1:]


def test_translations_get_a_column_for_each_language() -> None:
    data = Dataset.from_list([{"translation": {"de": f"Haus {k}", "en": f"h {k}"}} for k in "abc"])
    splits = read_splits(data, valid=[2])
    assert splits.train.to_dict("list") == {"de": ["Haus a", "Haus b"], "en": ["h a", "h b"]}


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.csv", lambda path: FRAME.to_csv(path, index=False)),
        ("a.csv.gz", lambda path: FRAME.to_csv(path, index=False)),
        ("a.tsv", lambda path: FRAME.to_csv(path, index=False, sep="\t")),
        ("a.jsonl", lambda path: FRAME.to_json(path, orient="records", lines=True)),
        ("a.json", lambda path: FRAME.to_json(path, orient="records")),
        ("a.parquet", lambda path: FRAME.to_parquet(path)),
    ],
)
@pytest.mark.parametrize("kind", [str, Path])
def test_files(name: str, write: Any, kind: Any, tmp_path: Path) -> None:
    write(tmp_path / name)
    splits = read_splits(kind(tmp_path / name))
    assert rows(splits) == list(zip(TEXTS, LABELS, strict=True))
    assert splits.source == name
    also = read_splits(FRAME, valid=kind(tmp_path / name))
    assert also.separate
    assert len(also.valid) == 10


def test_words_that_pandas_takes_for_missing_are_words_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\nNA,None\nnull,x\n,y\n")
    splits = read_splits(tmp_path / "a.csv", valid=[2])
    assert splits.train.to_dict("list") == {"text": ["NA", "null"], "label": ["None", "x"]}
    assert splits.valid["text"].isna().tolist() == [True]


# What is validated on


@pytest.mark.parametrize("other", ["validation", "valid", "val", "dev", "test", "Validation"])
def test_splits_by_name(other: str) -> None:
    splits = read_splits({"train": FRAME[:6], other: FRAME[6:], "unsupervised": FRAME[:1]})
    assert splits.train["text"].tolist() == TEXTS[:6]
    assert splits.valid["text"].tolist() == TEXTS[6:]
    assert splits.separate
    assert splits.valid_rows.tolist() == [0, 1, 2, 3]


def test_validation_goes_before_test_and_a_named_split_before_both() -> None:
    data = DatasetDict(
        {
            name: Dataset.from_pandas(FRAME[k : k + 2], preserve_index=False)
            for k, name in enumerate(["test", "train", "validation", "extra"])
        }
    )
    assert read_splits(data).valid["text"].tolist() == TEXTS[2:4]
    assert read_splits(data, valid=None).valid["text"].tolist() == TEXTS[2:4]
    assert read_splits(data, valid="test").valid["text"].tolist() == TEXTS[:2]
    assert read_splits(data, valid="extra").valid["text"].tolist() == TEXTS[3:5]
    assert read_splits(data, valid=[1]).valid["text"].tolist() == TEXTS[2:3]
    assert read_splits(data).train["text"].tolist() == TEXTS[1:3]


def test_a_split_named_like_a_column_is_the_split() -> None:
    frame = FRAME.assign(dev=[True] + [False] * 9)
    splits = read_splits({"train": frame, "dev": FRAME[:4]}, valid="dev")
    assert splits.separate
    only = read_splits({"train": frame}, valid="dev")
    assert only.valid["text"].tolist() == TEXTS[:1]


MASK = [k in (2, 7) for k in range(10)]


@pytest.mark.parametrize(
    "valid",
    [
        [2, 7],
        (7, 2),
        np.array([2, 7]),
        pd.Series([7, 2]),
        pd.Index([2, 7]),
        range(2, 8, 5),
        MASK,
        np.array(MASK),
        pd.Series(MASK),
        pd.array(MASK, dtype="boolean"),
    ],
)
def test_rows_and_masks(valid: Any) -> None:
    splits = read_splits(FRAME, valid=valid)
    assert splits.valid_rows.tolist() == [2, 7]
    assert splits.train_rows.tolist() == [0, 1, 3, 4, 5, 6, 8, 9]
    assert not splits.separate
    assert splits.where("valid", 1) == "row 7"


def test_a_mask_made_from_the_table_fits_whatever_its_index() -> None:
    frame = FRAME.set_index(pd.Index(range(9, -1, -1)))
    splits = read_splits(frame, valid=frame["text"].isin([TEXTS[2], TEXTS[7]]))
    assert splits.valid_rows.tolist() == [2, 7]
    with pytest.raises(InputError, match=r"index is not that of the data"):
        read_splits(frame, valid=pd.Series(MASK))


@pytest.mark.parametrize("values", [MASK, np.array(MASK, dtype=int), np.array(MASK, dtype=float)])
def test_a_column_of_flags_splits_and_is_gone(values: Any) -> None:
    splits = read_splits(FRAME.assign(is_valid=values), valid="is_valid")
    assert splits.valid_rows.tolist() == [2, 7]
    assert list(splits.train.columns) == list(splits.valid.columns) == ["text", "label"]


@pytest.mark.parametrize(
    "valid",
    [
        FRAME[:3],
        Dataset.from_pandas(FRAME[:3]),
        {"text": TEXTS[:3], "label": LABELS[:3]},
        FRAME[:3].to_dict("records"),
        list(zip(TEXTS[:3], LABELS, strict=False)),
        (TEXTS[:3], LABELS[:3]),
    ],
)
def test_data_of_its_own(valid: Any) -> None:
    splits = read_splits(FRAME, valid=valid)
    assert len(splits.train) == 10
    assert splits.valid.to_dict("list") == {"text": TEXTS[:3], "label": LABELS[:3]}
    assert splits.where("valid", 1) == "row 1 of the validation data"
    assert splits.where("train", 1) == "row 1"


# Shares


def test_a_share_keeps_the_proportions_and_the_order() -> None:
    frame = pd.DataFrame({"text": map(str, range(200)), "label": [0] * 170 + [1] * 20 + [2] * 10})
    splits = read_splits(frame, valid=0.1)
    assert splits.valid["label"].value_counts().to_dict() == {0: 17, 1: 2, 2: 1}
    assert (np.diff(splits.train_rows) > 0).all()
    assert (np.diff(splits.valid_rows) > 0).all()
    by_chance = read_splits(frame, valid=0.1, stratify=False)
    assert len(by_chance.valid) == 20
    assert by_chance.valid_rows.tolist() != splits.valid_rows.tolist()


def test_the_seed_decides() -> None:
    frame = pd.DataFrame({"text": map(str, range(200)), "label": [0, 1] * 100})
    first, again, other = (read_splits(frame, seed=seed).valid_rows for seed in (1, 1, 2))
    assert first.tolist() == again.tolist() != other.tolist()
    assert len({tuple(read_splits(frame, seed=None).valid_rows) for _ in range(3)}) > 1


def test_a_class_of_one_row_stays_in_training() -> None:
    labels = ["a"] * 10 + ["b", "c", "d", "e"]
    frame = pd.DataFrame({"text": map(str, range(14)), "label": labels})
    for seed in range(20):
        splits = read_splits(frame, valid=0.3, seed=seed)
        assert splits.valid["label"].tolist() == ["a"] * 4


@pytest.mark.parametrize("n", [2, 3, 5, 17])
@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.99])
def test_both_sides_have_a_row(n: int, share: float) -> None:
    splits = read_splits([f"text {k}" for k in range(n)], valid=share)
    assert min(len(splits.train), len(splits.valid)) >= 1
    assert len(splits.train) + len(splits.valid) == n
    assert abs(len(splits.valid) - n * share) <= 1


@pytest.mark.parametrize("label", ["target", None])
def test_numbers_and_texts_are_no_classes(label: str | None) -> None:
    frame = pd.DataFrame({"text": TEXTS, "target": np.linspace(0, 1, 10)})
    assert len(read_splits(frame, label=label).valid) == 2
    with pytest.raises(InputError, match=r"column 'target' holds no classes"):
        read_splits(frame, label="target", stratify=True)
    with pytest.raises(InputError, match=r"no column of labels"):
        read_splits(TEXTS, stratify=True)


def test_texts_in_both_splits_are_noted() -> None:
    frame = pd.DataFrame({"text": [*TEXTS, TEXTS[0], TEXTS[1]], "label": 1})
    splits = read_splits(frame, valid=[9, 10, 11])
    (note,) = splits.notes
    assert (note.room, note.key) == ("train-notes", "leak")
    assert note.values == {"n": 2, "total": 3}
    assert not read_splits(FRAME).notes
    pairs = pd.DataFrame({"a": TEXTS[:2] * 2, "b": [*TEXTS[:2], *TEXTS[2:4]], "label": 1})
    assert not read_splits(pairs, valid=[2, 3]).notes
    assert read_splits(pairs, valid=[2, 3], text="a").notes


# What is refused


@pytest.mark.parametrize("valid", [None, 0, 0.0, False, True])
def test_a_validation_set_is_needed(valid: Any) -> None:
    with pytest.raises(InputError, match=r"a validation set is needed.*Pass a share"):
        read_splits(FRAME, valid=valid)


@pytest.mark.parametrize(
    ("valid", "message"),
    [
        (1.0, "valid=1.0 is no share between 0 and 1"),
        (-0.1, "valid=-0.1 is no share"),
        (20, "valid=20 is no share"),
        (float("nan"), "valid=nan is no share"),
        ([], "valid is empty"),
        ([3, 10], "valid names row 10, and the data has 10 rows, counted from 0."),
        ([-1], "valid names row -1"),
        ([0.5, 1], "valid is a list, of neither row positions"),
        ([True, False], "valid is a mask of 2, and the data has 10 rows."),
        ([True] * 10, "All rows are for validation"),
        ([False] * 10, "The validation data has no rows"),
        (list(range(10)), "All rows are for validation"),
        ("lable", "valid='lable': the data has no such column. Did you mean 'label'?"),
        ("label", "Column 'label' is not boolean"),
        (FRAME[:0], "The validation data has no rows"),
        (pd.DataFrame({"a": ["x"]}), "The validation data shares no column with"),
        ({"train": FRAME, "test": FRAME}, "valid holds several splits ('train', 'test')"),
    ],
)
def test_validation_that_cannot_be(valid: Any, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)) as refused:
        read_splits(FRAME, valid=valid)
    assert "\n" not in str(refused.value)


TWICE = pd.DataFrame([["x", "y"]], columns=["text", "text"])


@pytest.mark.parametrize(
    ("data", "label", "message"),
    [
        (None, None, "data is None: expected a DataFrame, a datasets.Dataset"),
        (3, None, "data is an int"),
        (b"bytes", None, "data is a bytes"),
        ("no such file.csv", None, "data is 'no such file.csv', which is no such file"),
        ("One text to learn from.", None, "which is no such file: expected a DataFrame"),
        ([], None, "The data has no rows."),
        ({}, None, "The data has no rows."),
        (FRAME[:0], None, "The data has no rows."),
        (pd.DataFrame(index=range(3)), None, "The data has no columns."),
        (FRAME[:1], None, "The data has a single row"),
        (TWICE, None, "The table has several columns 'text'"),
        (["a", "b"], ["x"], "There are 2 texts and 1 labels."),
        (["a", ("b", 1)], None, "Row 1 is a tuple, and the first row is a text."),
        ([("a", 1), ("b",)], None, "Row 1 is of 1, and the first row is of 2 values."),
        ([("a", 1), None], None, "Row 1 is None"),
        ([("a", 1), "b"], None, "Row 1 is a str, and the first row is a tuple."),
        ([{"a": 1}, "b"], None, "Row 1 is a str, and the first row is a dict."),
        ([("a", "b", "c", 1)], None, "Row 0 is of 4 values: expected (text, label)"),
        ([("a",)], None, "Row 0 is of 1 values"),
        ([1, 2], None, "Row 0 is an int: expected a text, a tuple or a dict."),
        ((["a", "b"], ["x"]), None, "There are 2 texts and 1 labels."),
        ((["a"], ["b"], ["x"]), None, "pass (list(zip(a, b)), labels)"),
        ((["a", "b"], ["x", "y"]), ["x", "y"], "The labels are given twice"),
        ({"text": ["a", "b"], "label": [1]}, None, "differ in length: text has 2, label has 1."),
        ({"text": "a"}, None, "data is a dict whose 'text' is a str"),
        ({"a": FRAME, "b": FRAME}, None, "Which split is to be trained on? None of 'a', 'b'"),
        (FRAME, "lable", "label='lable': the data has no such column. Did you mean 'label'?"),
        (FRAME, ["label", "b"], "label='b': the data has no such column."),
        (FRAME, pd.Series(LABELS), "make it a column, df['label'] = labels"),
        (FRAME, 3, "label='3': the data has no such column."),
        (FRAME, 3.5, "label is a float"),
    ],
)
def test_data_that_cannot_be(data: Any, label: Any, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)) as refused:
        read_splits(data, label=label)
    assert "\n" not in str(refused.value)


def test_a_missing_text_column_is_refused_with_all_columns() -> None:
    message = (
        "text='texts': the data has no such column. Did you mean 'text'? Its columns: "
        f"text ({FRAME['text'].dtype}, 'this is review number 0'), "
        f"label ({FRAME['label'].dtype}, 'bad')."
    )
    with pytest.raises(InputError, match=re.escape(message)):
        read_splits(FRAME, text="texts")
    with pytest.raises(InputError, match=r"text=\('text', 'text'\) names a column twice"):
        read_splits(FRAME, text=("text", "text"))
    with pytest.raises(InputError, match=r"or two for pairs"):
        read_splits(FRAME, text=("a", "b", "c"))


def test_a_split_that_is_not_there() -> None:
    with pytest.raises(InputError, match=r"valid='tets' is no split. Did you mean 'test'\?"):
        read_splits({"train": FRAME, "test": FRAME}, valid="tets")
    with pytest.raises(InputError, match=r"valid='train' is the split that is trained on"):
        read_splits({"train": FRAME, "test": FRAME}, valid="train")


def test_splits_that_number_their_labels_differently() -> None:
    one, other = (
        Dataset.from_dict(
            {"text": ["a", "b"], "label": [0, 1]},
            features=Features(text=Value("string"), label=ClassLabel(names=names)),
        )
        for names in (["neg", "pos"], ["pos", "neg"])
    )
    with pytest.raises(InputError, match=r"numbers its labels differently.*'neg', 'pos'"):
        read_splits(one, valid=other)


def test_a_stream_is_refused_with_the_way_to_take_rows() -> None:
    stream = Dataset.from_pandas(FRAME).to_iterable_dataset()
    with pytest.raises(InputError, match=r"The data is a stream.*data\.take"):
        read_splits(stream)


def test_a_broken_file(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "a"}) + "\n{broken\n")
    with pytest.raises(InputError, match=r"a\.jsonl cannot be read"):
        read_splits(tmp_path / "a.jsonl")
    (tmp_path / "a.xlsx").write_text("x")
    with pytest.raises(InputError, match=r"a\.xlsx is none of|no such file"):
        read_splits(tmp_path / "a.xlsx")
