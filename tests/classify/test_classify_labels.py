"""Labels, examples and templates: what is read and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tfwidgets.classify.labels import (
    DEFAULT_TEMPLATES,
    Labels,
    match_examples,
    read_examples,
    read_labels,
    read_templates,
)
from tfwidgets.config import settings
from tfwidgets.errors import InputError


@pytest.mark.parametrize(
    "labels",
    [
        ["a", "b"],
        ("a", "b"),
        (label for label in "ab"),
        np.array(["a", "b"]),
        pd.Series(["a", "b"]),
        [" a ", "b\n"],
    ],
)
def test_labels_are_any_list_of_names(labels: Any) -> None:
    assert read_labels(labels, None) == Labels(["a", "b"], ["a", "b"])


def test_a_dict_gives_the_descriptions_to_compare_with() -> None:
    named = read_labels({"p": "laws and elections", "s": "games {}"}, None)
    assert named.names == ["p", "s"]
    assert named.prompts("About {}, {}.") == [
        "About laws and elections, laws and elections.",
        "About games {}, games {}.",
    ]


def test_without_labels_those_of_the_examples_count() -> None:
    assert read_labels(None, {"a": ["x"], "b": ["y"]}).names == ["a", "b"]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, "No labels: name at least two"),
        ([], "No labels: name at least two"),
        ({}, "No labels: name at least two"),
        (["a"], "There is only one label ('a')"),
        (["a", "b", "a"], "The label 'a' stands there twice."),
        (["News", "b", "news"], "The labels 'News' and 'news' differ only in case or space."),
        (["the news", "b", "the  news"], "The labels 'the news' and 'the  news' differ only"),
        (["straße", "STRASSE"], "The labels 'straße' and 'STRASSE' differ only"),
        (["a", " "], "A label is empty."),
        ({"a": "x", "b": ""}, "A label is empty."),
        (["a", 3], "Label 3 is no text."),
        (["a", float("nan")], "Label nan is no text."),
        ({"a": "x", "b": 3}, "Label 'b' is no text."),
        ("a, b", "labels is one string: pass a list"),
        (3, "labels is int: expected a list of names."),
    ],
)
def test_labels_that_cannot_work_are_refused_in_a_line(labels: Any, message: str) -> None:
    with pytest.raises(InputError) as refused:
        read_labels(labels, None)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_too_many_labels_are_refused_with_the_way_to_raise_the_limit() -> None:
    labels = [f"label {k}" for k in range(5000)]
    with pytest.raises(InputError, match=r"5,000 labels .* 1,000.*max_labels = 5000$") as refused:
        read_labels(labels, None)
    _, _, advice = str(refused.value).partition("%config TfWidgets.")
    name, _, value = advice.partition(" = ")
    setattr(settings(), name, int(value))
    assert len(read_labels(labels, None).names) == 5000


@pytest.mark.parametrize(
    "examples",
    [
        {"a": ["x", "y"], "b": ["z"]},
        {"a": ("x", "y"), "b": "z"},
        {" a": ["x"], "a ": ["y"], "b": ["z"]},
        {"a": pd.Series(["x", "y"]), "b": np.array(["z"])},
        pd.DataFrame({"label": ["a", "b", "a"], "text": ["x", "z", "y"]}),
        pd.DataFrame({"label": ["a", "b", "a", None, "b"], "text": ["x", "z", "y", "w", None]}),
        pd.DataFrame({"label": ["a", "b", "a"], "text": ["x", "z", "y"]}, dtype="category"),
    ],
)
def test_examples_by_label(examples: Any) -> None:
    assert read_examples(examples) == {"a": ["x", "y"], "b": ["z"]}


def test_labels_of_examples_may_be_numbers() -> None:
    frame = pd.DataFrame({"label": [1, 0], "text": ["x", "y"]})
    assert read_examples(frame) == read_examples({1: ["x"], 0: ["y"]}) == {"1": ["x"], "0": ["y"]}


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        (["x"], "examples is list: expected a dict, label -> list of texts, or a table"),
        ({"a": [3]}, "An example of 'a' is 3: expected text."),
        ({"a": ["  "]}, "An example of 'a' is '  ': expected text."),
        ({"a": None}, "The examples of 'a' are None: expected a list of texts."),
        ({"a": 3}, "The examples of 'a' are 3: expected a list of texts."),
        ({}, "There is no example among the examples."),
        ({"a": [], "b": []}, "There is no example among the examples."),
        (
            pd.DataFrame({"text": ["x"]}),
            "A table of examples needs the columns text and label; 'label' is missing.",
        ),
    ],
)
def test_examples_that_cannot_work_are_refused_in_a_line(examples: Any, message: str) -> None:
    with pytest.raises(InputError) as refused:
        read_examples(examples)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_examples_are_put_into_the_order_of_the_labels() -> None:
    labels = read_labels(["a", "b", "c"], None)
    assert match_examples(labels, {"c": ["z"], "a": ["x"]}) == [["x"], [], ["z"]]


def test_examples_of_an_unknown_label_are_refused() -> None:
    labels = read_labels(["sports", "politics"], None)
    with pytest.raises(InputError, match=r"'sport', which is not among .* Did you mean 'sports'\?"):
        match_examples(labels, {"sport": ["x"]})


def test_templates() -> None:
    assert read_templates(None) == list(DEFAULT_TEMPLATES)
    assert read_templates("A {}.") == ["A {}."]
    assert read_templates(["A {}.", "B {}"]) == ["A {}.", "B {}"]


@pytest.mark.parametrize("template", ["no place", "{label}", ["A {}.", "no place"], [3], []])
def test_a_template_without_a_place_is_refused(template: Any) -> None:
    with pytest.raises(InputError, match=r"has no \{\} where the label goes|templates is empty"):
        read_templates(template)
