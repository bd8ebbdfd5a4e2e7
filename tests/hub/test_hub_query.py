"""What may be asked for, in which spellings, and which models of here are meant."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.hub.found import entry
from tfwidgets.errors import InputError
from tfwidgets.hub import seen
from tfwidgets.hub.names import KINDS
from tfwidgets.hub.params import params_of
from tfwidgets.hub.query import PLACES, Query, language_of, places_of, task_of


@pytest.mark.parametrize(
    ("given", "task"),
    [
        ("text-classification", "text-classification"),
        ("Text Classification", "text-classification"),
        ("token_classification", "token-classification"),
        ("NER", "token-classification"),
        ("sentiment-analysis", "text-classification"),
        (None, None),
    ],
)
def test_tasks_are_understood_by_their_names(given: str | None, task: str | None) -> None:
    assert task_of(given) == task


@pytest.mark.parametrize(
    ("given", "code"),
    [("de", "de"), ("German", "de"), ("deutsch", "de"), ("DE", "de"), ("gsw", "gsw"),
     ("zh-hans", "zh-hans"), ("multilingual", "multilingual")],
)  # fmt: skip
def test_languages_are_codes_or_names(given: str, code: str) -> None:
    assert language_of(given) == code


@pytest.mark.parametrize(
    ("given", "least_and_most"),
    [
        ("10M:200M", (10**7, 2 * 10**8)),
        (":500m", (None, 5 * 10**8)),
        ("7B:", (7 * 10**9, None)),
        ("1.5B : 3B", (1_500_000_000, 3 * 10**9)),
        ("110M", (99_000_000, 121_000_000)),
        (1000, (900, 1100)),
        ((10, None), (10, None)),
        (("1k", 2000.0), (1000, 2000)),
        ((np.int64(10), np.float32(20)), (10, 20)),
        ((0, 0), (0, 0)),
        (":", None),
        ("", None),
        (None, None),
    ],
)
def test_numbers_of_parameters(given: Any, least_and_most: object) -> None:
    assert params_of(given) == least_and_most


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"task": "text-clasification"}, "no task 'text-clasification'. Did you mean 'text-cl"),
        ({"language": "Germn"}, "no language that is known here. Did you mean 'German'"),
        ({"params": "big"}, "'big' is no number of parameters. Write 10M:200M"),
        ({"params": "2B:1B"}, "the fewest are more than the most"),
        ({"params": float("inf")}, "no number of parameters"),
        ({"params": True}, "True is no number"),
        ({"params": -1}, "-1 is no number"),
        ({"sort": "download"}, "sorted by 'download'. Did you mean 'downloads'"),
        ({"where": ()}, "in hub, cache, folders, demo, not nowhere"),
        ({"where": "web"}, "not 'web'"),
        ({"where": None}, "not None"),
        ({"where": 3}, "not 3"),
        ({"gated": "yes"}, "gated is True, False or None, not 'yes'"),
        ({"author": 5}, "author is a text, not int"),
        ({"author": "x" * 100_000}, "author has 100,000 characters"),
        ({"text": "x" * 100_000}, "What is looked for has 100,000 characters"),
        ({"gated": 1}, "gated is True, False or None, not 1"),
        ({"gated": np.array([1, 2])}, "gated is True, False or None, not array"),
        ({"sort": np.array(["size", "name"])}, "cannot be sorted by array"),
        ({"params": "9" * 400 + "M"}, "no number of parameters. Write"),
        ({"params": 10**400}, "no number of parameters. Write"),
        ({"params": (1, 10**9000)}, "this int is no number of parameters. Write"),
        ({"params": np.array([1, 2, 3])}, "no number of parameters. Write"),
    ],
)
def test_what_cannot_be_meant_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words.replace("?", r"\?")):
        Query.of(**fields)


def test_a_text_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="What is looked for is a text, not list"):
        Query.of(["bert"])  # type: ignore[arg-type]


def test_no_words_and_words_that_cannot_be_sent() -> None:
    assert Query.of(None) == Query.of("")
    assert Query.of("a \ud800", author="\udfff").text == "a \ufffd"


def test_what_models_were_found_to_have_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "_names", {kind: {} for kind in KINDS})
    with pytest.raises(InputError, match="The Hub has no task 'smell-to-text'"):
        task_of("smell-to-text")
    with pytest.raises(InputError, match="is no language"):
        language_of("Klingon (tlh)")
    seen.remember([entry("org/a", task="Smell-to-text", languages=("Klingon (tlh)",))])
    assert task_of("smell-to-text") == "Smell-to-text"
    assert language_of("klingon (TLH)") == "Klingon (tlh)"
    assert language_of("code") == "code"
    assert task_of("image text to video") == "image-text-to-video"


def test_places_come_in_their_own_order() -> None:
    assert places_of(["demo", "hub"]) == ("hub", "demo")
    assert places_of("cache") == ("cache",)
    assert Query.of().where == PLACES


KNOWN = entry(
    "Org/Bert-Base-German", "cache", task="fill-mask", tasks=("fill-mask", "feature-extraction"),
    languages=("de", "en"), libraries=("transformers",), license="MIT", family="bert",
    params=110_000_000,
)  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"text": "bert"},
        {"text": "german  BERT"},
        {"task": "fill-mask"},
        {"task": "embedding"},
        {"language": "English"},
        {"library": "Transformers"},
        {"license": "mit"},
        {"author": "org"},
        {"family": "BERT"},
        {"params": "100M:"},
        {"params": "110M"},
        {"gated": False},
    ],
)
def test_a_model_is_meant(fields: dict[str, Any]) -> None:
    assert Query.of(**fields).matches(KNOWN)
    assert Query.of(**{**fields, "text": "roberta"}).matches(KNOWN) is False


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "bert french"},
        {"task": "translation"},
        {"language": "fr"},
        {"library": "spacy"},
        {"license": "apache-2.0"},
        {"author": "or"},
        {"family": "ber"},
        {"params": ":100M"},
        {"params": "111M:"},
        {"gated": True},
    ],
)
def test_a_model_is_not_meant(fields: dict[str, Any]) -> None:
    assert not Query.of(**fields).matches(KNOWN)


def test_what_is_not_known_does_not_match_but_is_not_gated() -> None:
    bare = entry("org/bare", "cache")
    for fields in ({"task": "fill-mask"}, {"language": "de"}, {"license": "mit"}, {"params": "1:"}):
        assert not Query.of(**fields).matches(bare)  # type: ignore[arg-type]
    assert Query.of(gated=False).matches(bare)
