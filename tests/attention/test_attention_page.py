"""Pages that work by themselves: what stands in them, and that a browser shows them."""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup, Tag

import tfwidgets as tfw
from tests.attention.made import bytes_of, factored, random_weights, two_sides, view_of
from tests.support.browser import (
    BrowserMissingError,
    open_browser,
    report_missing,
)
from tfwidgets.attention import page as page_module
from tfwidgets.attention.page import _json, write_page
from tfwidgets.errors import InputError

EVIL = "</script><script>alert(1)</script>"


def data_of(page: str) -> dict[str, Any]:
    node = BeautifulSoup(page, "html.parser").find(id="tfw-data")
    assert isinstance(node, Tag)
    found: dict[str, Any] = json.loads(str(node.string))
    return found


def cells_of(layer: dict[str, Any]) -> Any:
    shape = len(layer["heads"]), layer["height"], layer["width"]
    return np.frombuffer(gzip.decompress(b64decode(layer["data"])), np.uint8).reshape(shape)


def test_all_heads_stand_in_it_as_bytes() -> None:
    view = view_of([random_weights(3, 14, seed=k) for k in range(2)])
    data = data_of(view.to_html())
    panes = {pane["kind"]: pane["layers"] for pane in data["panes"]}
    assert [layer["layer"] for layer in panes["self"]] == [0, 1]
    for number, layer in enumerate(panes["self"]):
        for head in range(3):
            expected = bytes_of(view.weights(number, head))
            np.testing.assert_array_equal(cells_of(layer)[head], expected)
    (rollout,) = cells_of(panes["rollout"][1])
    np.testing.assert_allclose(rollout, bytes_of(view.rollout()), atol=1)
    assert not any(data["opened"]["can"].values())


def test_the_statistics_are_those_of_the_view() -> None:
    view = view_of([random_weights(2, 9, seed=k) for k in range(3)])
    found = data_of(view.to_html(layers=[0, 2]))["stats"]["self"]
    values = np.frombuffer(b64decode(found["values"]), "<f4")
    values = values.reshape(len(found["names"]), 2, found["heads"])
    frame = view.head_stats()
    for k, name in enumerate(found["names"]):
        for row, layer in enumerate((0, 2)):
            expected = frame.loc[frame["layer"] == layer, name]
            np.testing.assert_allclose(values[k, row], expected, rtol=1e-5)


def test_chosen_layers_keep_their_numbers() -> None:
    view = view_of([random_weights(2, 5, seed=k) for k in range(6)])
    data = data_of(view.to_html(layers=[4, -1, 4]))
    panes = {pane["kind"]: pane for pane in data["opened"]["panes"]}
    assert panes["self"]["layers"] == ["4", "5"]
    assert panes["self"]["heads"] == [2, 2]
    assert [layer["layer"] for layer in data["panes"][0]["layers"]] == [4, 5]
    np.testing.assert_array_equal(
        cells_of(data["panes"][0]["layers"][1])[1], bytes_of(view.weights(5, 1))
    )


def test_kinds_have_their_own_layers() -> None:
    data = data_of(two_sides(layers=(4, 2)).to_html(layers=[3]))
    assert {pane["kind"] for pane in data["opened"]["panes"]} == {"encoder", "rollout"}
    assert {pane["kind"] for pane in data["panes"]} == {"encoder", "rollout"}
    both = data_of(two_sides(layers=(4, 2)).to_html(layers=[1]))
    kinds = {pane["kind"]: pane["layers"][0] for pane in both["panes"]}
    assert set(kinds) == {"encoder", "decoder", "cross", "rollout"}
    assert (kinds["cross"]["height"], kinds["cross"]["width"]) == (5, 9)
    assert both["stats"]["cross"]["names"] == ["entropy", "first"]


@pytest.mark.parametrize("layers", [[6], [0, 6], [], ["one"]])
def test_layers_that_do_not_exist(layers: Any) -> None:
    view = view_of([random_weights(2, 5) for _ in range(6)])
    with pytest.raises(InputError, match="layer"):
        view.to_html(layers=layers)


def test_words_without_special_tokens() -> None:
    view = view_of([random_weights(2, 14)])
    data = data_of(view.to_html(words=True, special_tokens=False, renormalize=True))
    matrix = view.matrix(0, 1, words=True, special_tokens=False, renormalize=True)
    (axis,) = data["opened"]["axes"]
    assert axis["labels"] == matrix.queries.labels
    assert axis["count"] < 14
    expected = bytes_of(matrix.block((0, axis["count"]), (0, axis["count"])))
    np.testing.assert_array_equal(cells_of(data["panes"][0]["layers"][0])[1], expected)
    assert len(b64decode(data["flags"][0])) == axis["count"]


def test_nan_stays() -> None:
    weights = random_weights(2, 5)
    weights[1, 2, 3] = torch.nan
    data = data_of(view_of([weights]).to_html())
    assert data["opened"]["panes"][0]["nan"]
    assert cells_of(data["panes"][0]["layers"][0])[1, 2, 3] == 255


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    view = view_of([factored(16, 2_000), factored(16, 2_000)])
    with pytest.raises(InputError, match=r"hold 136 MB.*layers=\[0\]"):
        view.to_html()
    monkeypatch.setattr(page_module, "MOST_BYTES", 1_000)
    with pytest.raises(InputError, match="shorter text"):
        view_of([random_weights(2, 40)]).to_html(layers=[0])


def test_the_same_view_gives_the_same_page() -> None:
    pages = {view_of([random_weights(2, 5)]).to_html() for _ in range(2)}
    assert len(pages) == 1


def test_one_of_several_texts(tmp_path: Path) -> None:
    weights = random_weights(2, 6)[None].repeat(2, 1, 1, 1)
    weights[1] = random_weights(2, 6, seed=5)
    view = tfw.AttentionView.from_tensors([weights], [list("abcdef"), list("uvwxyz")])
    page = view.to_html(tmp_path / "page.html", item=1)
    assert (tmp_path / "page.html").read_text("utf-8") == page
    data = data_of(page)
    assert data["opened"]["axes"][0]["labels"] == list("uvwxyz")
    np.testing.assert_array_equal(
        cells_of(data["panes"][0]["layers"][0])[0], bytes_of(view.weights(0, 0, item=1))
    )
    assert data["summary"]["items"] == [view.items[1].label]


def test_no_text_ends_the_script() -> None:
    tokens = [EVIL, "<!--", "]]>", "\u2028", "&amp;", "\ud800"]
    view = tfw.AttentionView.from_tensors([random_weights(2, 6)[None]], tokens)
    page = view.to_html()
    page.encode("utf-8")
    data = re.search(r'id="tfw-data">(.*?)</script>', page, re.DOTALL)
    assert data is not None
    assert not re.search("[<>&\u2028\u2029]", data[1])
    assert json.loads(data[1])["opened"]["axes"][0]["labels"][0] == EVIL
    tree = BeautifulSoup(page, "html.parser")
    assert len(tree.find_all("script")) == 2
    assert "alert(1)" not in "".join(str(tag.string) for tag in tree.find_all("script")[1:])


def test_json_of_strange_characters() -> None:
    text = _json({"a": "<>&\u2028\u2029\x00'\""})
    assert json.loads(text) == {"a": "<>&\u2028\u2029\x00'\""}
    assert not set(text) & set("<>&\u2028\u2029\x00")


def test_a_layer_may_be_a_number_of_numpy() -> None:
    view = view_of([random_weights(2, 5, seed=k) for k in range(3)])
    for layers in (np.int64(1), 1, [np.int64(1)], np.array([1])):
        assert data_of(view.to_html(layers=layers))["opened"]["panes"][0]["layers"] == ["1"]


def test_a_page_says_with_which_lens_it_was_written() -> None:
    view = view_of([random_weights(2, 12)])
    assert data_of(view.to_html())["opened"]["notes"] == []

    def notes(**lens: bool) -> list[str]:
        return [texts["en"] for texts in data_of(view.to_html(**lens))["opened"]["notes"]]

    words, special = notes(words=True, special_tokens=False)
    assert words.startswith("This page shows words")
    assert "without special tokens: rows add up to less than 1" in special
    (scaled,) = notes(special_tokens=False, renormalize=True)
    assert "renormalised" in scaled
    assert notes(renormalize=True) == []  # nothing is hidden, so nothing is scaled


@pytest.mark.parametrize("words", [False, True])
def test_a_page_knows_how_much_is_hidden(words: bool) -> None:
    view = view_of([random_weights(3, 17, seed=k) for k in range(2)])
    lens = {"words": words, "special_tokens": False}
    data = data_of(view.to_html(**lens))
    for pane in data["panes"]:
        for number, layer in enumerate(pane["layers"]):
            shares = np.frombuffer(b64decode(layer["hidden"]), "<f2")
            shares = shares.reshape(len(layer["heads"]), layer["height"])
            for head in layer["heads"]:
                matrix = view.matrix(number, head, pane["kind"], **lens)
                one_by_one = [matrix.hidden(row) for row in range(layer["height"])]
                np.testing.assert_allclose(shares[head], one_by_one, atol=1e-3)
                rows = matrix.block((0, layer["height"]), (0, layer["width"])).sum(1)
                np.testing.assert_allclose(shares[head] + rows.numpy(), 1, atol=2e-3)


@pytest.mark.parametrize("lens", [{}, {"special_tokens": False, "renormalize": True}])
def test_where_nothing_is_missing_nothing_is_said_to_be_hidden(lens: dict[str, bool]) -> None:
    data = data_of(view_of([random_weights(2, 9)]).to_html(**lens))
    assert not any("hidden" in layer for pane in data["panes"] for layer in pane["layers"])


def test_without_javascript_there_is_the_still_picture() -> None:
    view = view_of([random_weights(2, 14)])
    page = view.to_html()
    assert f"<noscript>{view.static_html()}</noscript>" in page
    assert "default-src 'none'" in page


# What is shown


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    try:
        with open_browser() as opened:
            yield opened
    except BrowserMissingError:
        report_missing()


class Shown:
    """A page, opened from a file without a network."""

    def __init__(self, browser: Any, path: Path, page: str, **options: Any) -> None:
        path.write_text(page, "utf-8")
        self.problems: list[str] = []
        self.asked: list[str] = []
        self.context = browser.new_context(
            viewport={"width": 1100, "height": 900}, offline=True, **options
        )
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.problems.append("alert"), dialog.dismiss()))
        self.page.on("console", self._listen)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())

    def _listen(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(message.text)

    def painted(self) -> None:
        self.page.wait_for_selector(".att[data-painted]", timeout=30_000)

    def check(self) -> None:
        outside = [url for url in self.asked if not url.startswith(("data:", "blob:"))]
        assert outside == [self.page.url], "the file, and nothing else"
        assert self.problems == []
        self.context.close()


def test_a_page_opens_from_a_file(browser: Any, tmp_path: Path) -> None:
    tokens = ["[CLS]", EVIL, *(f"w{k}" for k in range(30)), "[SEP]"]
    layers = [random_weights(4, len(tokens), seed=k) for k in range(3)]
    shown = Shown(browser, tmp_path / "a.html", view_of(layers, tokens).to_html())
    shown.painted()
    assert shown.page.locator(".att canvas").count() >= 2
    assert EVIL in shown.page.locator(".att").inner_text()
    tab = shown.page.get_by_role("tab", name="Arcs")
    tab.click()
    shown.page.wait_for_timeout(300)
    assert tab.get_attribute("aria-selected") == "true"
    shown.check()


def test_a_page_of_one_layer_of_an_encoder_decoder(browser: Any, tmp_path: Path) -> None:
    page = two_sides().to_html(layers=[1], special_tokens=False)
    shown = Shown(browser, tmp_path / "b.html", page, locale="de-DE", color_scheme="dark")
    shown.painted()
    assert "Schicht 1" in shown.page.locator(".att").inner_text()
    shown.check()


def test_a_page_without_javascript(browser: Any, tmp_path: Path) -> None:
    page = view_of([random_weights(2, 14)]).to_html()
    shown = Shown(browser, tmp_path / "c.html", page, java_script_enabled=False)
    assert shown.page.locator("noscript img").count() == 1
    width = shown.page.locator("noscript img").bounding_box()
    assert width is not None
    assert width["width"] > 100
    shown.check()


def test_a_page_of_512_tokens_and_twelve_heads(browser: Any, tmp_path: Path) -> None:
    view = view_of([factored(12, 512, seed=k) for k in range(2)])
    page = write_page(view)
    assert len(page) < 10_000_000
    shown = Shown(browser, tmp_path / "d.html", page)
    shown.painted()
    shown.check()
