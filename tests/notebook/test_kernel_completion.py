"""Completion through a kernel's own complete requests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.notebook.kernel import Kernel


@pytest.fixture(scope="module", autouse=True)
def _variables(kernel: Kernel) -> Iterator[None]:
    kernel.run(
        "import pandas as pd\n"
        "reviews = pd.DataFrame({'text': ['x'], 'a column': ['y'], 'größe': ['z']})\n"
        "review_list = ['x']\n"
        "review_shots = {'a': ['x']}\n"
        "review_count = 3"
    )
    yield
    kernel.run("del reviews, review_list, review_shots, review_count")


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("%classify --mod|", ["%classify --model|"]),
        ("%%classify a, b --mod|", ["%%classify a, b --model|"]),
        ("r = %classify --mod|", ["r = %classify --model|"]),
        ("%%classify a --mod|, b\nbody\nmore", ["%%classify a --model|, b\nbody\nmore"]),
        ("x = 1\n%classify --mod|\ny = 2", ["x = 1\n%classify --model|\ny = 2"]),
        ("%classify --mod| --input t", ["%classify --model| --input t"]),
        ("%classify ü, 政治, 😀 --mod| x", ["%classify ü, 政治, 😀 --model| x"]),
        ("s = '😀'\n%classify ü --mod|", ["s = '😀'\n%classify ü --model|"]),
        (
            "%classify --input rev|",
            ["%classify --input review_list|", "%classify --input reviews|"],
        ),
        (
            "%classify --labels rev|",
            ["%classify --labels review_list|", "%classify --labels review_shots|"],
        ),
        (
            "%classify --examples rev|",
            ["%classify --examples review_shots|", "%classify --examples reviews|"],
        ),
        (
            "%classify --input reviews.|",
            ["%classify --input reviews.größe|", "%classify --input reviews.text|"],
        ),
        ('%classify --input reviews["a|', ['%classify --input reviews["a column"]|']),
        ('%classify --input reviews["a c|', ['%classify --input reviews["a column"]|']),
        ("%%classify --method o|", ["%%classify --method one-shot|"]),
        ("%classify spo|", ["%classify spo|"]),
    ],
)
def test_completion(kernel: Kernel, typed: str, completed: list[str]) -> None:
    assert kernel.complete(typed) == completed


def test_models_at_hand_are_offered(kernel: Kernel) -> None:
    from tfwidgets import available

    demos = [name for name in available() if name.startswith("demo/")]
    assert kernel.complete("%classify --model demo/|") == sorted(
        f"%classify --model {name}|" for name in demos
    )


def test_an_empty_word_offers_options_and_no_keywords(kernel: Kernel) -> None:
    offered = kernel.complete("%%classify |\nbody")
    assert "%%classify --multi-label|\nbody" in offered
    assert all(line.startswith("%%classify --") for line in offered)


def test_python_is_completed_as_ever(kernel: Kernel) -> None:
    assert "review_count|" in kernel.complete("review_c|")
    assert "%%classify a, b\nreview_count|" in kernel.complete("%%classify a, b\nreview_c|")
