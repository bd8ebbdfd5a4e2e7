"""Which task data is for and which columns it takes: found where one reading is left."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from datasets import ClassLabel, Dataset, Features, Value

from tfwidgets.errors import InputError
from tfwidgets.train.data.columns import ALIASES, TASKS, Choice, choose, task_name
from tfwidgets.train.data.source import Splits, read_splits

N = 12
LONG = [f"a text with some words in it, number {k}" for k in range(N)]
OTHER = [f"another text that has its own words, number {k}" for k in range(N)]
CLASSES = ["ham", "spam"] * (N // 2)
ZERO_ONE = [0, 1] * (N // 2)
WORDS = [["Ann", "is", "here"]] * N
TAGS = [["B", "O", "O"]] * N
CLS, QA, TOK = "text-classification", "question-answering", "token-classification"


def splits_of(valid: Any = 0.25, **columns: Any) -> Splits:
    return read_splits(columns, valid=valid)


def chosen(splits: Splits, *args: Any, **options: Any) -> tuple[Any, ...]:
    choice = choose(splits, *args, **options)
    return choice.task, choice.text, choice.label, choice.problem


@pytest.mark.parametrize(
    ("columns", "text", "label", "problem"),
    [
        ({"text": LONG, "label": CLASSES}, "text", "label", "single"),
        ({"Text": LONG, "Label": CLASSES}, "Text", "Label", "single"),
        ({"text": ["ok"] * N, "label": CLASSES}, "text", "label", "single"),
        ({"review": LONG, "sentiment": CLASSES}, "review", "sentiment", "single"),
        ({"title": ["ok"] * N, "label": CLASSES}, "title", "label", "single"),
        ({"text": LONG, "label": CLASSES, "source": ["a"] * N}, "text", "label", "single"),
        ({"text": LONG, "label": ZERO_ONE, "label_text": CLASSES}, "text", "label", "single"),
        ({"text": LONG, "label": ZERO_ONE, "score": [0.5, 1.5] * 6}, "text", "label", "single"),
        ({"text": LONG, "id": range(N), "stars": [1, 2, 3] * 4}, "text", "stars", "single"),
        ({"text": LONG, "stars": [1.0, 2.0, 3.0] * 4}, "text", "stars", "single"),
        ({"text": LONG, "score": [0.5, 1.0, 2.0] * 4}, "text", "score", "regression"),
        ({"text": LONG, "labels": [["a"], [], ["a", "b"]] * 4}, "text", "labels", "multi"),
        ({"text": LONG, "labels": [[0], [], [0, 1]] * 4}, "text", "labels", "multi"),
        (
            {"premise": LONG, "hypothesis": OTHER, "label": ZERO_ONE},
            ("premise", "hypothesis"),
            "label",
            "single",
        ),
        (
            {"sentence2": OTHER, "sentence1": LONG, "score": [0.5, 1.5] * 6},
            ("sentence1", "sentence2"),
            "score",
            "regression",
        ),
        (
            {"question": LONG, "sentence": OTHER, "label": ZERO_ONE, "idx": range(N)},
            ("question", "sentence"),
            "label",
            "single",
        ),
        ({"text": LONG, "text_b": OTHER, "label": CLASSES}, ("text", "text_b"), "label", "single"),
    ],
)
@pytest.mark.parametrize("model_kind", ["encoder", "decoder", "encoder-decoder", None])
def test_classification_is_found(
    columns: Any, text: Any, label: str, problem: str, model_kind: Any
) -> None:
    text = (text,) if isinstance(text, str) else text
    splits = splits_of(**columns)
    assert chosen(splits, model_kind=model_kind) == (CLS, text, label, problem)


@pytest.mark.parametrize("model_kind", ["encoder", "encoder-decoder", None])
def test_the_only_other_column_holds_the_labels(model_kind: Any) -> None:
    splits = splits_of(v1=CLASSES, v2=LONG, x=[None] * N)
    assert chosen(splits, model_kind=model_kind) == (CLS, ("v2",), "v1", "single")
    splits = splits_of(said=LONG, toxic=[True, False] * 6)
    assert chosen(splits, model_kind=model_kind) == (CLS, ("said",), "toxic", "single")


@pytest.mark.parametrize(
    ("columns", "model_kind", "expected"),
    [
        ({"tokens": WORDS, "ner_tags": TAGS}, None, (TOK, ("tokens",), "ner_tags", None)),
        ({"id": CLASSES, "words": WORDS, "tags": TAGS}, None, (TOK, ("words",), "tags", None)),
        ({"tokens": WORDS, "labels": [[1, 0, 0]] * N}, None, (TOK, ("tokens",), "labels", None)),
        (
            {"id": range(N), "context": LONG, "question": OTHER, "answers": [{"text": ["a"]}] * N},
            "encoder",
            (QA, ("question", "context"), "answers", None),
        ),
        ({"text": LONG}, "decoder", ("text-generation", ("text",), None, None)),
        ({"poem": LONG}, "decoder", ("text-generation", ("poem",), None, None)),
        (
            {"article": LONG, "highlights": OTHER, "id": range(N)},
            "encoder-decoder",
            ("summarization", ("article",), "highlights", None),
        ),
    ],
)
def test_other_tasks_are_found(columns: Any, model_kind: Any, expected: tuple[Any, ...]) -> None:
    assert chosen(splits_of(**columns), model_kind=model_kind) == expected


@pytest.mark.parametrize(
    ("columns", "args", "expected"),
    [
        ({"a": LONG, "b": OTHER}, (None, "b", "a"), ("text2text-generation", ("b",), "a", None)),
        (
            {"source": LONG, "target": OTHER},
            (),
            ("text2text-generation", ("source",), "target", None),
        ),
        ({"a": LONG, "b": OTHER}, (None, "b"), ("text2text-generation", ("b",), "a", None)),
        ({"a": LONG, "b": OTHER}, ("seq2seq", "b"), ("text2text-generation", ("b",), "a", None)),
        (
            {"a": LONG, "title": OTHER},
            (None, "a", "title"),
            ("summarization", ("a",), "title", None),
        ),
        ({"a": LONG, "title": OTHER}, ("summarization",), ("summarization", ("a",), "title", None)),
        ({"de": LONG, "en": CLASSES}, (None, "de", "en"), ("translation", ("de",), "en", None)),
        ({"de": LONG, "en": OTHER}, (None, None, "de"), ("translation", ("en",), "de", None)),
        ({"de_DE": LONG, "en": OTHER}, (None, "en"), ("translation", ("en",), "de_DE", None)),
        ({"text": LONG, "label": CLASSES}, (), (CLS, ("text",), "label", "single")),
    ],
)
def test_an_encoder_decoder_writes(columns: Any, args: Any, expected: Any) -> None:
    assert chosen(splits_of(**columns), *args, model_kind="encoder-decoder") == expected


@pytest.mark.parametrize(
    ("columns", "args", "expected"),
    [
        ({"a": LONG, "b": CLASSES, "c": CLASSES}, (None, "a", "c"), (CLS, ("a",), "c", "single")),
        ({"a": LONG, "b": OTHER, "c": CLASSES}, (None, "a", "c"), (CLS, ("a",), "c", "single")),
        (
            {"a": LONG, "b": OTHER, "c": CLASSES},
            (None, ["a", "b"], "c"),
            (CLS, ("a", "b"), "c", "single"),
        ),
        (
            {"text": LONG, "toxic": ZERO_ONE, "rude": ZERO_ONE},
            (None, None, ["toxic", "rude"]),
            (CLS, ("text",), ("toxic", "rude"), "multi"),
        ),
        ({"text": LONG, "n": range(N)}, ("regression",), (CLS, ("text",), "n", "regression")),
        ({"text": LONG, "label": range(N)}, (CLS,), (CLS, ("text",), "label", "single")),
        ({"text": LONG, "label": LONG}, (CLS,), (CLS, ("text",), "label", "single")),
        ({"text": LONG}, ("mlm",), ("fill-mask", ("text",), None, None)),
        ({"text": LONG, "label": CLASSES}, ("clm",), ("text-generation", ("text",), None, None)),
        ({"a": WORDS, "b": TAGS}, ("ner", "a", "b"), (TOK, ("a",), "b", None)),
        ({"tokens": WORDS, "pos_tags": TAGS, "ner_tags": TAGS}, (None, None, "ner_tags"),
         (TOK, ("tokens",), "ner_tags", None)),
        ({"q": LONG, "c": OTHER, "a": CLASSES}, ("qa", ("q", "c"), "a"),
         (QA, ("q", "c"), "a", None)),
    ],
)  # fmt: skip
def test_what_is_named_is_taken(columns: Any, args: Any, expected: Any) -> None:
    assert chosen(splits_of(**columns), *args) == expected


@pytest.mark.parametrize(
    ("data", "label", "task", "expected"),
    [
        (list(zip(LONG, CLASSES, strict=True)), None, None, (CLS, ("text",), "label", "single")),
        (LONG, CLASSES, None, (CLS, ("text",), "label", "single")),
        (list(zip(LONG, OTHER, strict=True)), CLASSES, None,
         (CLS, ("text", "text_b"), "label", "single")),
        ((LONG, [["a"], ["b", "a"]] * 6), None, None, (CLS, ("text",), "label", "multi")),
        ((WORDS, TAGS), None, None, (TOK, ("tokens",), "tags", None)),
        (list(zip(LONG, OTHER, strict=True)), None, "translation",
         ("translation", ("text",), "label", None)),
        ((LONG, CLASSES), None, "fill-mask", ("fill-mask", ("text",), None, None)),
    ],
)  # fmt: skip
def test_lists(data: Any, label: Any, task: Any, expected: Any) -> None:
    assert chosen(read_splits(data, label=label), task, label=label) == expected


def test_class_labels_of_a_data_set_may_be_many() -> None:
    n, names = 200, [f"class {k}" for k in range(150)]
    frame = {"text": [f"some text {k}" for k in range(n)], "label": [k % 150 for k in range(n)]}
    features = Features(text=Value("string"), label=ClassLabel(names=names))
    named = read_splits(Dataset.from_dict(frame, features=features))
    assert choose(named).problem == "single"
    with pytest.raises(InputError, match=r"different numbers in 160 rows.*task='regression'"):
        choose(read_splits(frame))
    assert choose(read_splits(frame), "regression").problem == "regression"
    assert choose(read_splits(frame), "text-classification").problem == "single"


# Names of tasks


def test_names_of_tasks() -> None:
    assert {task_name(task) for task in TASKS} == set(TASKS)
    assert {task_name(alias) for alias in ALIASES} <= set(TASKS)
    assert task_name("Token_Classification") == TOK
    assert task_name("masked lm") == "fill-mask"
    message = r"The task 'summarisation' is unknown. Did you mean 'summarization'\? Tasks: text-cla"
    with pytest.raises(InputError, match=message):
        task_name("summarisation")


@pytest.mark.parametrize(
    ("task", "multi_label", "labels", "problem"),
    [
        ("multi-label", None, [["a"], ["b"]] * 6, "multi"),
        (None, True, [["a"], ["b"]] * 6, "multi"),
        ("regression", None, range(N), "regression"),
        (None, False, CLASSES, "single"),
    ],
)
def test_kinds_of_classification(task: Any, multi_label: Any, labels: Any, problem: str) -> None:
    splits = splits_of(text=LONG, label=labels)
    assert chosen(splits, task, multi_label=multi_label) == (CLS, ("text",), "label", problem)


# What is refused


@pytest.mark.parametrize(
    ("columns", "args", "kind", "message"),
    [
        ({"text": LONG}, (), "encoder", "No column holds labels: name it, label=. To train a "
         "language model on the texts alone: task='fill-mask'. Columns: text ("),
        ({"text": LONG}, (), None, "task='fill-mask' or task='text-generation'"),
        ({"text": LONG}, (), "encoder-decoder", "No column holds what is to be predicted"),
        ({"text": LONG, "spam": ZERO_ONE}, (), "decoder", "Which task is this data for?"),
        ({"a": LONG, "b": OTHER}, (), "encoder", "Which task is this data for?"),
        ({"a": LONG, "b": OTHER}, (), "encoder-decoder", "Which text is to be written from which?"),
        ({"de": LONG, "en": OTHER}, (), "encoder-decoder",
         "Which way to translate? Say text='de', label='en' or text='en', label='de'."),
        ({"a": LONG, "b": OTHER, "label": CLASSES}, (), "encoder",
         "Which column holds the texts, 'a', 'b'? Name it, text=, or two for pairs, text=('a', "),
        ({"text": LONG, "review": OTHER, "label": CLASSES}, (), None,
         "Which column holds the texts"),
        ({"text": LONG, "stars": ZERO_ONE, "topic": CLASSES}, (), None,
         "Which column holds the labels, 'stars', 'topic'? Name it, label=."),
        ({"text": LONG, "a": ZERO_ONE, "b": CLASSES}, (CLS,), None,
         "Which column holds the labels? Name it, label=. Columns: text"),
        ({"n": ZERO_ONE, "label": CLASSES}, (), None, "No column looks like texts"),
        ({"tokens": WORDS, "pos_tags": TAGS, "ner_tags": TAGS}, (), None,
         "Which column holds the tags, 'ner_tags', 'pos_tags'? Name it, label=."),
        ({"text": LONG, "label": CLASSES}, ("ner",), None, "Which columns hold the words"),
        ({"text": LONG, "label": OTHER}, (), "encoder",
         "Column 'label' holds running text ('another text that has its ow…), which an encoder"),
        ({"text": LONG, "label": CLASSES}, (None, "txt"), None, "Did you mean 'text'?"),
        ({"text": LONG, "label": CLASSES}, (None, None, "lable"), None, "Did you mean 'label'?"),
        ({"text": LONG, "label": CLASSES}, (None, "text", "text"), None, "as text and as label"),
        ({"text": LONG, "label": CLASSES}, (None, ("text", "text")), None, "names a column twice"),
        ({"text": LONG, "label": CLASSES}, ("mlm", None, "label"), None,
         "fill-mask learns the texts themselves and takes no label ('label')"),
        ({"text": LONG, "label": CLASSES}, ("regression",), None,
         "A regression needs numbers, and column 'label' holds 'ham'"),
        ({"text": LONG, "label": ["a|b"] * N}, ("multi-label",), None,
         "df['label'].str.split('|')"),
        ({"text": LONG, "label": [1, "a"] * 6}, (), None, "holds int and str, and labels are all"),
        ({"text": LONG, "label": [{"a": 1}] * N}, (), None, "Column 'label' holds dicts"),
        ({"text": LONG, "label": [None] * N}, (), None, "Column 'label' holds no label at all"),
        ({"q": LONG, "context": OTHER}, ("qa",), None, "Which columns hold question and context?"),
        ({"question": LONG, "context": OTHER}, ("qa",), None, "Which column holds the answers?"),
        ({"a": LONG, "b": OTHER, "c": LONG}, ("seq2seq", "a"), None, "needs both columns"),
    ],
)  # fmt: skip
def test_what_is_not_clear_is_asked(columns: Any, args: Any, kind: Any, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)) as refused:
        choose(splits_of(**columns), *args, model_kind=kind)
    assert "\n" not in str(refused.value)


def test_multi_label_goes_with_classification_alone() -> None:
    with pytest.raises(InputError, match=r"belongs to text-classification, and the task is fill"):
        choose(splits_of(text=LONG), "fill-mask", multi_label=True)
    with pytest.raises(InputError, match=r"choose one label of each"):
        choose(splits_of(text=LONG, label=[["a"]] * N), multi_label=False)


def put(values: list[Any], **at: Any) -> list[Any]:
    """Return values with some of them replaced: ``at`` is k0=value, k3=value."""
    made = list(values)
    for key, value in at.items():
        made[int(key[1:])] = value
    return made


VALID = [2, 5]
ENTITIES = [[], *[[{"start": 0, "end": 3, "label": "DET"}]] * (N - 1)]


@pytest.mark.parametrize(
    ("columns", "task", "message"),
    [
        ({"text": put(LONG, k3=None), "label": CLASSES}, None,
         "Column 'text' holds no text in 1 of 10 training rows: row 3 (counted from 0). To drop "
         "them: df = df.dropna(subset=['text'])"),
        ({"text": put(LONG, k3=np.nan, k4=" \n"), "label": CLASSES}, None,
         "no text in 2 of 10 training rows: row 3, row 4 (counted from 0). To drop them: "
         "df = df[df['text'].fillna('').str.strip() != '']"),
        ({"text": put(LONG, k5=""), "label": CLASSES}, None, "1 of 2 validation rows: row 5"),
        ({"text": put(LONG, k0="", k1="", k6="", k7="", k8=""), "label": CLASSES}, None,
         "5 of 10 training rows: row 0, row 1, row 6 and 2 more"),
        ({"text": put(LONG, k4=3.5), "label": CLASSES}, None,
         "Column 'text', row 4: 3.5 is a float, not a text. Convert it first"),
        ({"text": put(LONG, k4=["a"]), "label": CLASSES}, None, "Lists of words are for"),
        ({"text": put(LONG, k5="\ud800 x"), "label": CLASSES}, None, "row 5: the text holds half"),
        ({"text": put(LONG, k5=b"a"), "label": CLASSES}, None, "row 5: b'a' is a bytes"),
        ({"text": LONG, "label": put(CLASSES, k7=None)}, None,
         "Column 'label' holds no value in 1 of 10 training rows: row 7"),
        ({"text": LONG, "label": put(ZERO_ONE, k5=np.nan)}, None, "no value in 1 of 2 validation"),
        ({"premise": LONG, "hypothesis": put(OTHER, k9=""), "label": CLASSES}, None,
         "Column 'hypothesis' holds no text in 1 of 10 training rows: row 9"),
        ({"text": LONG, "summary": put(OTHER, k9="")}, "summarization",
         "Column 'summary' holds no text in 1 of 10"),
        ({"tokens": put(WORDS, k3=[]), "tags": TAGS}, None,
         "Column 'tokens' holds no words in 1 of 10 training rows: row 3"),
        ({"tokens": put(WORDS, k3=["a", 3, "c"]), "tags": TAGS}, "ner",
         "Column 'tokens', row 3: the word 3 is an int, not a string."),
        ({"tokens": put(WORDS, k3="a b c"), "tags": TAGS}, "ner", None),
        ({"tokens": LONG, "tags": TAGS}, "ner", "row 0: 'a text with some words"),
        ({"tokens": put(LONG, k3=" "), "tags": ENTITIES}, "ner",
         "Column 'tokens' holds no text in 1 of 10 training rows: row 3"),
        ({"tokens": put(LONG, k3=["a"]), "tags": ENTITIES}, "ner", "row 3: ['a'] is a list"),
        ({"tokens": LONG, "tags": put(ENTITIES, k3=None)}, "ner", "no value in 1 of 10 training"),
        ({"tokens": WORDS, "tags": put(TAGS, k3=["O", None, "O"])}, "ner",
         "Column 'tags' holds lists with a missing label in 1 of 10 training rows: row 3"),
        ({"question": LONG, "context": put(OTHER, k2=None), "answers": CLASSES}, None,
         "Column 'context' holds no text in 1 of 2 validation rows: row 2"),
        ({"question": LONG, "context": OTHER, "answers": put(CLASSES, k2=None)}, None,
         "Column 'answers' holds no value in 1 of 2"),
    ],
)  # fmt: skip
def test_cells_that_cannot_be_read_are_named(columns: Any, task: Any, message: str | None) -> None:
    args = (task, "tokens", "tags") if task == "ner" else (task,)
    expected = message or "row 3: 'a b c' is a str, and token-classification needs a list of words"
    frame = pd.DataFrame({name: pd.Series(v, dtype=object) for name, v in columns.items()})
    with pytest.raises(InputError, match=re.escape(expected)) as refused:
        choose(read_splits(frame, valid=VALID), *args)
    assert "\n" not in str(refused.value)


def test_texts_may_come_with_the_entities_in_them() -> None:
    splits = splits_of(text=LONG, entities=ENTITIES)
    expected = ("token-classification", ("text",), "entities", None)
    assert chosen(splits, "ner", "text", "entities") == expected


def repaired(name: str, data: Any) -> Any:
    """Do to the data what the error says."""
    with pytest.raises(InputError) as refused:
        choose(read_splits(data, valid=[0, 1]))
    scope = {name: data, "pd": pd}
    exec(str(refused.value).partition("To drop them: ")[2], scope)  # noqa: S102
    assert len(scope[name]) < len(data)
    return scope[name]


def test_the_ways_to_drop_rows_work() -> None:
    df = pd.DataFrame({"text": put(LONG, k3=None, k4=" "), "label": put(CLASSES, k6=None)})
    df = repaired("df", repaired("df", df))
    assert df["text"].tolist() == [LONG[k] for k in range(N) if k not in (3, 4, 6)]


def test_the_ways_to_drop_rows_of_a_data_set_work() -> None:
    data = Dataset.from_dict({"text": put(LONG, k3=None, k4=" "), "label": put(ZERO_ONE, k6=None)})
    data = repaired("data", repaired("data", data))
    assert data["text"][:] == [LONG[k] for k in range(N) if k not in (3, 4, 6)]
    assert 0 in data["label"][:]


@pytest.mark.parametrize("gone", [None, np.nan])
def test_the_ways_to_drop_rows_with_holes_in_lists_work(gone: Any) -> None:
    lists = [["a"], [], *[["a", "b"]] * (N - 3), ["b", gone]]
    df = repaired("df", pd.DataFrame({"text": LONG, "label": lists}))
    assert df["label"].tolist() == lists[:-1]
    if gone is None:
        data = repaired("data", Dataset.from_dict({"text": LONG, "label": lists}))
        assert data["label"][:] == lists[:-1]


def test_names_of_columns_may_be_numbers() -> None:
    splits = read_splits(pd.DataFrame({0: LONG, 1: CLASSES, 2: CLASSES}), text=0, label=1)
    assert chosen(splits) == (CLS, ("0",), "1", "single")
    assert chosen(splits, None, 0, 2) == (CLS, ("0",), "2", "single")


def test_validation_data_needs_the_columns() -> None:
    splits = read_splits({"text": LONG, "label": CLASSES}, valid={"text": LONG, "labels": CLASSES})
    with pytest.raises(InputError, match=r"validation data lacks the column 'label'. It has: text"):
        choose(splits)
    splits = read_splits({"text": LONG, "label": CLASSES}, valid=pd.DataFrame(
        {"text": ["", "b"], "label": ["ham", "spam"]}
    ))  # fmt: skip
    with pytest.raises(InputError, match=r"validation rows: row 0 of the validation data"):
        choose(splits)


def test_a_choice_is_plain_data() -> None:
    splits = splits_of(text=LONG, label=CLASSES)
    assert choose(splits) == Choice(CLS, ("text",), "label", "single")
