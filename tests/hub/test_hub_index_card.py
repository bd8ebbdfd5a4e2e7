"""The header of a model card: whatever stands there, nothing is raised, hung or unfolded."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from tests.hub.cached_models import CONFIG, saved
from tfwidgets.hub.index import describe, reported
from tfwidgets.models.front_matter import Unreadable, front_matter


def header(folder: Path, text: str | bytes) -> dict[str, object]:
    return front_matter(saved(folder, {"README.md": text}) / "README.md")


@pytest.mark.parametrize(
    "text",
    [
        "---\nlicense: mit\n---\n# A model",
        "---\r\nlicense: mit\r\n---\r\n# A model",
        "\ufeff\n---  \nlicense: mit\n---",
        "---\nlicense: mit\n---\n---\nlicense: other\n---",
    ],
)
def test_what_stands_between_the_lines_is_read(tmp_path: Path, text: str) -> None:
    assert header(tmp_path, text) == {"license": "mit"}


@pytest.mark.parametrize(
    "text", ["", "# A model\n---\nlicense: mit\n---\n", "---\n---\n", "----\n"]
)
def test_a_card_without_a_header_has_none(tmp_path: Path, text: str) -> None:
    assert header(tmp_path, text) == {}


BOMB = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in pairwise("abcdefghi")
)


@pytest.mark.parametrize(
    "inside",
    [
        "a: [1, 2",
        "- license: mit",
        "just a text",
        "a: !!python/object/apply:os.system ['true']",
        "date: 2024-13-45",
        f"n: {'9' * 5000}",
        "a: " + "[" * 30_000 + "]" * 30_000,
        "a: " + "{a: " * 10_000,
        "- " * 30_000,
        BOMB,
        "a: \0",
        "\t- x",
        "license: mit\n" + "# long\n" * 100_000,
    ],
    ids=lambda text: text[:12],
)
def test_a_header_that_is_none_is_refused(tmp_path: Path, inside: str) -> None:
    with pytest.raises(Unreadable):
        header(tmp_path, f"---\n{inside}\n---\n")
    facts = describe(tmp_path)
    assert facts.card == {}
    assert ("card", {}) in facts.notes


def test_a_header_with_many_results_is_read(tmp_path: Path) -> None:
    results = "model-index:\n- results:\n" + "  - {type: mteb, value: 71.25}\n" * 5_000
    found = header(tmp_path, f"---\nlicense: mit\n{results}language: de\n---\n")
    assert (found["license"], found["language"]) == ("mit", "de")


def test_bytes_that_are_no_utf8_are_replaced(tmp_path: Path) -> None:
    found = header(tmp_path, b"---\nlicense: m\xfft\nlanguage: de\n---\n")
    assert found == {"license": "m\ufffdt", "language": "de"}


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ("de", ("de",)),
        ("[en, DE, en]", ("en", "de")),
        ("no", ("no",)),
        ("[no, yes, 7, null, zh-Hant, [x], multilingual]", ("no", "zh-hant", "multilingual")),
        ("{de: 1}", ()),
        ("2024-01-01", ()),
        ("'<b>de</b>'", ()),
    ],
)
def test_languages(tmp_path: Path, given: str, codes: tuple[str, ...]) -> None:
    assert reported.languages_of(header(tmp_path, f"---\nlanguage: {given}\n---\n")) == codes


@pytest.mark.parametrize(
    "card", ["pipeline_tag: [1]\ntags: 3\nlicense: {a: b}\nbase_model: 2\nlibrary_name: []", ""]
)
def test_what_has_the_wrong_type_counts_as_absent(tmp_path: Path, card: str) -> None:
    facts = describe(saved(tmp_path, {"README.md": f"---\n{card}\n---\n", "config.json": CONFIG}))
    assert reported.task_of(facts) == ("text-classification", ())
    assert reported.license_of(facts.card) is None
    assert reported.base_models_of(facts) == ()
    assert reported.libraries_of(facts) == ("transformers",)


@pytest.mark.parametrize(
    ("architecture", "task"),
    [
        ("BertModel", "feature-extraction"),
        ("T5ForConditionalGeneration", "text2text-generation"),
        ("WhisperForConditionalGeneration", "automatic-speech-recognition"),
        ("ViTForImageClassification", "image-classification"),
        ("BertForSomethingNew", None),
        ("<img src=x>", "feature-extraction"),
    ],
)
def test_without_a_card_the_architecture_tells_the_task(
    tmp_path: Path, architecture: str, task: str | None
) -> None:
    facts = describe(saved(tmp_path, {"config.json": {"architectures": [architecture]}}))
    assert reported.task_of(facts)[0] == task


def test_the_task_of_the_class_is_a_second_one(tmp_path: Path) -> None:
    config = {"architectures": ["MarianMTModel"], "model_type": "marian"}
    card = "---\npipeline_tag: translation\ntags: [translation, text-generation, x]\n---\n"
    facts = describe(saved(tmp_path, {"config.json": config, "README.md": card}))
    assert reported.task_of(facts) == ("translation", ("text2text-generation", "text-generation"))
