"""How many models have each value."""

from __future__ import annotations

from tests.hub.found import entry
from tfwidgets.hub.facets import FACETS, facets


def test_values_are_counted_the_most_frequent_first() -> None:
    found = facets(
        [
            entry("a", "cache", task="fill-mask", tasks=("fill-mask", "ner"),
                  languages=("de", "en"), license="mit", family="bert", dtype="float32",
                  libraries=("transformers", "onnx")),
            entry("b", task="ner", languages=("en", "en"), license="mit", libraries=("onnx",)),
            entry("c", license="apache-2.0"),
        ]
    )  # fmt: skip
    assert found == {
        "task": [("ner", 2), ("fill-mask", 1)],
        "language": [("en", 2), ("de", 1)],
        "library": [("onnx", 2), ("transformers", 1)],
        "license": [("mit", 2), ("apache-2.0", 1)],
        "family": [("bert", 1)],
        "source": [("hub", 2), ("cache", 1)],
        "dtype": [("float32", 1)],
    }


def test_of_nothing_there_is_nothing() -> None:
    assert facets([]) == {name: [] for name in FACETS}
