"""The script-free picture: a head, the strongest pairs, in two languages, nothing as markup."""

from __future__ import annotations

import time
from base64 import b64decode
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup, Tag
from PIL import Image

import tfwidgets as tfw
from tests.attention.made import factored, random_weights, two_sides, view_of
from tests.attention.models import demo_model
from tfwidgets.config import settings
from tfwidgets.ui.strings import table

OURS = {"div", "table", "thead", "tbody", "tr", "th", "td", "p", "img"}
HOSTILE = [
    "</script><script>alert(1)</script>",
    'x"><img src=x onerror=alert(1)>',
    "&lt;b&gt;<!--",
    "{n} {0} %s \x00\x1b[31m",
    "\ud800 a",
]


def parsed(view: tfw.AttentionView) -> BeautifulSoup:
    html = view.static_html()
    html.encode()
    return BeautifulSoup(html, "html.parser")


def picture(tree: BeautifulSoup) -> Any:
    """Return how strongly the cells are inked: (height, width), 0 to 255."""
    image = tree.find("img")
    assert isinstance(image, Tag)
    kind, _, data = str(image["src"]).partition(",")
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(BytesIO(b64decode(data))).convert("RGBA"))[..., 3]


def rows(tree: BeautifulSoup) -> list[list[str]]:
    return [[cell.text for cell in row.find_all("td")] for row in tree.find_all("tr")[1:]]


def one_pair() -> tfw.AttentionView:
    """Return a view where head 1 of layer 1 joins two words, and nothing else is joined."""
    layers = [torch.zeros(2, 12, 12) for _ in range(3)]
    for layer in layers:
        layer[:, :, 0] = 1.0
    layers[1][1, 9] = 0.0
    layers[1][1, 9, 3] = 1.0
    return view_of(layers, ["[CLS]", *(f"w{k}" for k in range(10)), "[SEP]"])


def test_the_head_with_the_strongest_pair() -> None:
    tree = parsed(one_pair())
    assert rows(tree)[0] == ["w8", "w2", "1", "1", "1.00"]
    assert "layer 1 · head 1" in tree.text
    inked = picture(tree)
    size = inked.shape[0] // 12
    cells = inked[size // 2 :: size, size // 2 :: size]
    expected = np.zeros((12, 12))
    expected[:, 0] = 255
    expected[9] = 0
    expected[9, 3] = 255
    assert np.abs(cells.astype(int) - expected).max() <= 1


def test_a_demo_model() -> None:
    view = tfw.attention(
        "The cat that I saw sat down.", model=demo_model("demo/minilm"), progress=False
    )
    tree = parsed(view)
    assert "demo/minilm" in tree.text
    assert "6 layers x 12 heads" in tree.text
    pairs = view.strongest_pairs()
    assert [row[:2] for row in rows(tree)] == pairs[["query_token", "key_token"]].values.tolist()
    assert "not why the model decides" in tree.text
    caution = tree.find("p", title=True)
    assert isinstance(caution, Tag)
    assert "Jain & Wallace" in str(caution["title"])


def test_an_encoder_decoder_says_which_attention() -> None:
    tree = parsed(two_sides())
    header = [cell.text for cell in tree.find_all("th")]
    assert header == ["from", "to", "kind", "layer", "head", "weight"]
    assert {row[2] for row in rows(tree)} <= {"encoder", "decoder", "cross-attention"}


def test_in_german() -> None:
    settings().language = "de"
    tree = parsed(one_pair())
    assert rows(tree)[0][-1] == "1,00"
    assert "nicht, warum das Modell so entscheidet" in tree.text
    assert "Queries nach unten" in tree.text


def test_every_word_is_there_in_both_languages() -> None:
    words = table("attention-notes")
    mine = [
        key for key in words if key.startswith(("static.", "attribution.", "drawing.", "page."))
    ]
    assert len(mine) > 8
    assert all(words[key][language] for key in mine for language in ("en", "de"))


def test_nothing_from_outside_becomes_markup() -> None:
    weights = random_weights(2, len(HOSTILE))
    view = tfw.AttentionView.from_tensors([weights[None]], HOSTILE)
    tree = parsed(view)
    assert {tag.name for tag in tree.find_all(True)} <= OURS
    assert len(tree.find_all("img")) == 1
    assert not any(name.startswith("on") for tag in tree.find_all(True) for name in tag.attrs)
    cells = [cell for row in rows(tree) for cell in row]
    assert any("</script>" in cell for cell in cells)


def test_notes_and_further_texts() -> None:
    weights = random_weights(2, 6)[None].repeat(3, 1, 1, 1)
    weights[0, 0, 0, 0] = torch.nan
    view = tfw.AttentionView.from_tensors([weights], [[f"w{k}" for k in range(6)]] * 3)
    tree = parsed(view)
    assert "2 more texts are not shown here." in tree.text
    assert "not numbers (NaN)" in tree.text


def test_one_token() -> None:
    tree = parsed(view_of([torch.ones(2, 1, 1)], ["one"]))
    assert picture(tree).min() >= 254
    assert tree.find("table") is None


@pytest.mark.parametrize("tokens", [512, 4096])
def test_long_texts_are_drawn_at_once(tokens: int) -> None:
    view = view_of([factored(2, tokens) for _ in range(3)])
    view.strongest_pairs()
    start = time.process_time()
    html = view.static_html()
    assert time.process_time() - start < 5
    assert len(html) < 60_000
    assert 96 <= max(picture(BeautifulSoup(html, "html.parser")).shape) <= 192


def test_of_a_very_long_text_some_rows_only() -> None:
    tree = parsed(view_of([factored(1, 20_000, 4)]))
    assert "Some queries only were looked at." in tree.text
