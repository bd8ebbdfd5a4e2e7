"""The live table: what the page is sent, and how much of it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.classify.results import made
from tfwidgets.classify.result import Classification
from tfwidgets.classify.widget import MOST_COLUMNS, MOST_ROWS, ClassificationView
from tfwidgets.config import settings
from tfwidgets.ui.strings import Message

TEXTS = ["delta", "Alpha", None, "charlie", "alpha", "bravo"]
SCORES = [[0.3, 0.7], [0.9, 0.1], [0, 0], [0.3, 0.7], [0.6, 0.4], [0.2, 0.8]]
INPUT = {"by": "input"}


class Page:
    """The page's side of a view."""

    def __init__(self, result: Classification) -> None:
        self.view = ClassificationView(result)
        self.sent: list[tuple[dict[str, Any], Any]] = []
        self.view.send = lambda content, buffers=None: self.sent.append((content, buffers))

    def ask(self, type_: str, **fields: Any) -> tuple[dict[str, Any], list[bytes]]:
        """Return what a request is answered with, or raise what the error says."""
        self.sent.clear()
        self.view._handle_custom_msg({"id": "x", "type": type_, **fields}, [])
        ((content, buffers),) = self.sent
        json.dumps(content, ensure_ascii=False).encode()
        assert content["id"] == "x"
        if "error" in content:
            raise LookupError(content["error"])
        return content["ok"], buffers

    def rows(self, start: int = 0, stop: int = 50, **fields: Any) -> dict[str, Any]:
        fields = {"columns": [0, 1], "sort": INPUT, **fields}
        payload, (buffer,) = self.ask("rows", start=start, stop=stop, **fields)
        shape = (len(payload["rows"]), -1)
        scores = np.frombuffer(buffer, "<f4")
        return {**payload, "scores": scores.reshape(shape) if len(scores) else scores}

    def order(self, by: str, *, descending: bool = False, **fields: Any) -> list[int]:
        label = fields.pop("of", None)
        sort = {"by": by, "descending": descending, "label": label}
        return [row["index"] for row in self.rows(sort=sort, **fields)["rows"]]


@pytest.fixture
def page() -> Page:
    return Page(made(TEXTS, scores=SCORES))


def row(index: int, text: str, predicted: list[int], *, missing: bool) -> dict[str, Any]:
    fields = {"index": index, "text": text, "predicted": predicted, "missing": missing}
    return fields | {"clipped": False}


def test_rows_come_with_their_scores(page: Page) -> None:
    answer = page.rows(1, 4)
    assert (answer["start"], answer["total"]) == (1, 6)
    alpha, missing, charlie = answer["rows"]
    assert alpha.pop("score") == pytest.approx(0.9)
    assert charlie.pop("score") == pytest.approx(0.7)
    assert missing.pop("score") is None
    assert alpha == row(1, "Alpha", [0], missing=False)
    assert missing == row(2, "", [], missing=True)
    assert (charlie["index"], charlie["text"], charlie["predicted"]) == (3, "charlie", [1])
    np.testing.assert_array_equal(answer["scores"], page.view._result.scores[1:4])


def test_only_the_columns_asked_for_are_sent(page: Page) -> None:
    np.testing.assert_array_equal(
        page.rows(0, 2, columns=[1])["scores"], page.view._result.scores[:2, [1]]
    )
    assert page.rows(0, 2, columns=[])["scores"].size == 0


@pytest.mark.parametrize(
    ("by", "descending", "label", "order"),
    [
        ("input", False, None, [0, 1, 2, 3, 4, 5]),
        ("input", True, None, [5, 4, 3, 2, 1, 0]),
        ("text", False, None, [1, 4, 5, 3, 0, 2]),
        ("text", True, None, [0, 3, 5, 1, 4, 2]),
        ("prediction", False, None, [1, 4, 0, 3, 5, 2]),
        ("prediction", True, None, [0, 3, 5, 1, 4, 2]),
        ("score", False, 0, [5, 0, 3, 4, 1, 2]),
        ("score", True, 0, [1, 4, 0, 3, 5, 2]),
        ("score", True, 1, [5, 0, 3, 4, 1, 2]),
    ],
)
def test_sorting_is_stable_with_missing_texts_at_the_end(
    page: Page, by: str, descending: bool, label: int | None, order: list[int]
) -> None:
    assert page.order(by, descending=descending, of=label) == order


def test_filters(page: Page) -> None:
    assert page.order("input", label=0) == [1, 4]
    assert page.order("input", text="ALPHA") == [1, 4]
    assert page.order("text", descending=True, label=1, text="l") == [0, 3]
    assert page.order("input", text="zulu") == []
    assert page.rows(label=1)["total"] == 3
    assert page.order("input", label=99) == []


def test_a_filter_is_text_and_no_pattern() -> None:
    page = Page(made(["a.c", "abc", "(", "STRASSE"]))
    assert page.order("input", text="a.c") == [0]
    assert page.order("input", text="(") == [2]
    assert page.order("input", text="straße") == [3]


def test_a_label_filter_finds_every_label_of_a_text() -> None:
    scores = [[0.9, 0.8], [0.1, 0.9], [0.1, 0.1]]
    page = Page(made(["a", "b", "c"], scores=scores, multi_label=True))
    assert page.order("input", label=0) == [0]
    assert page.order("input", label=1) == [0, 1]


@pytest.mark.parametrize(
    ("start", "stop", "first", "count"),
    [
        (0, 50, 0, 50),
        (9_990, 10_040, 9_990, 10),
        (10_000, 10_050, 10_000, 0),
        (99_999, 100_000, 99_999, 0),
        (0, 10_000, 0, MOST_ROWS),
        (5_000, 10**12, 5_000, MOST_ROWS),
        (-1_000, 400, 0, 400),
        (-9_999, -1, 0, 0),
        (10, -1, 10, 0),
        (10, 5, 10, 0),
        (0, -1, 0, 0),
    ],
)
def test_pages_are_bounded(start: int, stop: int, first: int, count: int) -> None:
    page = Page(made([f"text {k}" for k in range(10_000)]))
    answer = page.rows(start, stop)
    assert (answer["start"], answer["total"]) == (first, 10_000)
    assert [row["index"] for row in answer["rows"]] == list(range(first, first + count))


def test_columns_are_bounded() -> None:
    page = Page(made(["a"], [f"label {k}" for k in range(200)]))
    assert page.rows(columns=list(range(200)))["scores"].shape == (1, MOST_COLUMNS)


def test_long_texts_are_clipped_in_rows_and_longer_in_details() -> None:
    page = Page(made(["x" * 1_000_000, "y" * 1000]))
    assert [(len(r["text"]), r["clipped"]) for r in page.rows()["rows"]] == [(300, True)] * 2
    for index, length, clipped in ((0, 20_000, True), (1, 1000, False)):
        detail, _ = page.ask("detail", index=index)
        assert (len(detail["text"]), detail["clipped"]) == (length, clipped)


def test_detail_has_all_scores(page: Page) -> None:
    payload, (buffer,) = page.ask("detail", index=5)
    assert payload == {"index": 5, "text": "bravo", "clipped": False, "predicted": [1]}
    np.testing.assert_array_equal(np.frombuffer(buffer, "<f4"), page.view._result.scores[5])


def test_detail_of_a_missing_text(page: Page) -> None:
    payload, (buffer,) = page.ask("detail", index=2)
    assert (payload["text"], payload["predicted"]) == ("", [])
    assert np.isnan(np.frombuffer(buffer, "<f4")).all()


ROWS = {"start": 0, "stop": 5, "columns": [0], "sort": INPUT}


@pytest.mark.parametrize(
    ("type_", "fields"),
    [
        ("nothing", {}),
        ("detail", {}),
        ("detail", {"index": 6}),
        ("detail", {"index": "one"}),
        ("detail", {"index": None}),
        ("rows", {}),
        ("rows", {**ROWS, "start": "zero"}),
        ("rows", {**ROWS, "stop": None}),
        ("rows", {**ROWS, "columns": [2]}),
        ("rows", {**ROWS, "columns": None}),
        ("rows", {**ROWS, "sort": None}),
        ("rows", {**ROWS, "sort": {}}),
        ("rows", {**ROWS, "sort": {"by": "colour"}}),
        ("rows", {**ROWS, "sort": {"by": "score"}}),
        ("rows", {**ROWS, "sort": {"by": "score", "label": 2}}),
        ("rows", {**ROWS, "sort": {"by": "score", "label": -1}}),
        ("rows", {**ROWS, "text": 3}),
        ("rows", {**ROWS, "colour": "red"}),
    ],
)
def test_bad_requests_are_answered_with_a_message(
    page: Page, type_: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(LookupError) as answered:
        page.ask(type_, **fields)
    assert 0 < len(str(answered.value)) < 200
    assert page.rows()["total"] == 6


def test_lone_surrogates_never_reach_a_message() -> None:
    page = Page(made(["a\ud800", "b"], ["x\udfff", "y"]))
    assert page.rows()["rows"][0]["text"] == "a�"
    assert page.ask("detail", index=0)[0]["text"] == "a�"
    assert page.order("text", text="a") == [0]
    state = {k: v for k, v in page.view.get_state().items() if k != "first"}
    json.dumps(state, ensure_ascii=False).encode()
    assert state["labels"] == ["x�", "y"]


def test_a_result_of_nothing_can_be_shown() -> None:
    page = Page(made(["a"])[1:])
    assert page.rows()["total"] == 0
    assert page.view.first["rows"] == []


def weight(value: Any) -> int:
    """Return the bytes that a part of a widget's state takes in a message."""
    if isinstance(value, dict):
        return sum(len(key) + 4 + weight(item) for key, item in value.items())
    return len(value) if isinstance(value, bytes) else len(json.dumps(value).encode())


def test_ten_thousand_texts_are_shown_with_few_bytes() -> None:
    result = made(
        [f"text {k}: {'words ' * 30}" for k in range(10_000)], [f"l{k}" for k in range(8)]
    )
    page = Page(result)
    state = page.view.get_state()
    drawn = {name: value for name, value in state.items() if name not in ("_esm", "_css")}
    assert weight(drawn) < 60_000
    sizes = []
    for k in range(100):
        sort = {"by": ("text", "score", "prediction")[k % 3], "label": k % 8}
        payload, buffers = page.ask(
            "rows", start=100 * k, stop=100 * k + 50, columns=list(range(8)), sort=sort
        )
        sizes.append(len(json.dumps(payload)) + sum(map(len, buffers)))
    assert max(sizes) < 25_000


def test_the_summary() -> None:
    notes = [Message("notes", "missing", {"n": 1, "position": 3})]
    summary = Page(made(TEXTS, scores=SCORES, messages=notes)).view.summary
    (note,) = summary.pop("notes")
    assert set(note) == {"en", "de"}
    assert note["de"] == "Text 3 ist leer oder fehlt und hat keine Werte."
    assert summary == {
        "total": 6,
        "method": "zero-shot",
        "model": "demo/minilm",
        "multi_label": False,
        "counts": [2, 3],
        "missing": 1,
    }


def test_the_columns_shown_first_are_the_labels_predicted_most() -> None:
    scores = np.zeros((10, 40))
    scores[:, 33] = 1
    scores[:3, 5] = 2
    view = Page(made(["a"] * 10, [f"l{k}" for k in range(40)], scores)).view
    assert len(view.columns) == 8
    assert {5, 33} <= set(view.columns)
    assert view.columns == sorted(view.columns)
    first = np.frombuffer(view.first["scores"], "<f4").reshape(10, 8)
    np.testing.assert_array_equal(first, scores[:, view.columns])


def test_config_switches_the_language_of_shown_views() -> None:
    from tests.magics.plain_shell import plain_shell

    with plain_shell() as shell:
        view = made(["a"]).widget()
        assert view.language == settings().language
        shell.run_line_magic("config", "TfWidgets.language = 'de'")
        assert view.language == "de"
