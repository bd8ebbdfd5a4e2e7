"""The script-free picture: escaped, capped, in two languages."""

from __future__ import annotations

import numpy as np
import pytest
from bs4 import BeautifulSoup, Tag

from tests.classify.results import made
from tfwidgets.config import settings
from tfwidgets.ui.strings import Message

OURS = {"div", "table", "thead", "tbody", "tr", "th", "td", "b", "span", "p"}
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "</td></table><iframe src=javascript:alert(1)>",
    "<!--<b>",
    "&lt;script&gt;",
    "{n} {0} %s",
    "emoji 👩\u200d💻, שלום, \u202eabc",
    "NUL \x00, escape \x1b[31m, broken \ud800",
    "]]><?php ?>",
]


def parsed(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def cells(tree: BeautifulSoup, row: int) -> list[str]:
    body = tree.find("tbody")
    assert isinstance(body, Tag)
    return [td.text.strip() for td in body.find_all("tr")[row].find_all("td")]


def test_a_row_is_number_text_label_and_scores() -> None:
    tree = parsed(made(["goal", "vote"], scores=[[0.9, 0.1], [0.25, 0.75]]).static_html())
    assert [th.text for th in tree.find_all("th")] == ["#", "Text", "Label", "sports", "politics"]
    assert cells(tree, 0) == ["1", "goal", "sports", "90%", "10%"]
    assert cells(tree, 1) == ["2", "vote", "politics", "25%", "75%"]
    assert "2 texts · 2 labels" in tree.text


@pytest.mark.parametrize("multi_label", [False, True])
def test_nothing_from_outside_becomes_markup(multi_label: bool) -> None:
    result = made(HOSTILE, HOSTILE, np.eye(len(HOSTILE)) * 0.9, multi_label=multi_label)
    result.model_name = HOSTILE[0]
    result.messages = [Message("notes", "no-embedding-configuration", {"model": HOSTILE[1]})]
    html = result.static_html()
    html.encode()
    tree = parsed(html)
    assert {tag.name for tag in tree.find_all()} == OURS
    attributes = {name for tag in tree.find_all() for name in tag.attrs}
    assert attributes == {"class", "style", "dir"}
    for row, text in enumerate(HOSTILE[:8]):
        assert cells(tree, row)[1] == text
    assert HOSTILE[0] in tree.text


def test_styles_hold_nothing_from_outside() -> None:
    tree = parsed(made(["url(x)"], ["expression(a)", "b"]).static_html())
    styles = " ".join(str(tag["style"]) for tag in tree.find_all(style=True))
    assert "url" not in styles
    assert "expression" not in styles


def test_texts_read_in_their_own_direction() -> None:
    tree = parsed(made(["שלום"]).static_html())
    assert [td.text for td in tree.find_all("td", dir="auto")] == ["שלום"]


def test_rows_are_capped_and_the_rest_is_counted() -> None:
    tree = parsed(made([f"text {k}" for k in range(5000)]).static_html())
    rows = len(tree.find_all("tr")) - 1
    assert rows == 25
    assert "4,975 more rows are left out here." in tree.text


def test_labels_are_capped_to_those_predicted_most() -> None:
    labels = [f"label {k}" for k in range(30)]
    scores = np.zeros((40, 30))
    scores[:, 20] = 1
    scores[:10, 25] = 2
    tree = parsed(made(["x"] * 40, labels, scores).static_html())
    heads = [th.text for th in tree.find_all("th")]
    assert len(heads) == 3 + 8
    assert {"label 20", "label 25"} <= set(heads)
    assert "22 more labels are left out here." in tree.text


def test_it_is_small_whatever_the_result() -> None:
    labels = [f"{'x' * 500} {k}" for k in range(1000)]
    result = made(["y" * 10_000] * 100, labels, np.full((100, 1000), 0.9), multi_label=True)
    assert len(result.static_html()) < 100_000


def test_missing_texts_and_missing_labels_are_dashes() -> None:
    result = made([None, "a"], scores=[[0, 0], [0.1, 0.2]], multi_label=True)
    tree = parsed(result.static_html())
    assert cells(tree, 0) == ["1", "–", "–", "–", "–"]
    assert cells(tree, 1)[:3] == ["2", "a", "–"]


def test_it_speaks_german() -> None:
    notes = [Message("notes", "missing", {"n": 1, "position": 1})]
    result = made([None, *["a"] * 1999], messages=notes)
    settings().language = "de"
    text = parsed(result.static_html()).text
    assert "2.000 Texte · 2 Labels" in text
    assert "1.975 weitere Zeilen fehlen hier." in text
    assert "Text 1 ist leer oder fehlt" in text
    assert "\N{NO-BREAK SPACE}%" in text
    assert not [word for word in ("texts", "rows", "left out") if word in text]
