"""Static HTML: everything from outside is text."""

from __future__ import annotations

from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from tfwidgets.ui.html import element, render, visible

HOSTILE = "</p><script>alert(1)</script><img src=x onerror=alert(1)>&lt;b&gt; \"'"


def test_texts_and_attributes_are_escaped() -> None:
    html = render(element("p", HOSTILE, title=HOSTILE))
    tree = BeautifulSoup(html, "html.parser")
    assert [tag.name for tag in tree.find_all()] == ["p"]
    assert tree.p is not None
    assert tree.p.attrs == {"title": HOSTILE}
    assert tree.p.text == HOSTILE


@given(st.text())
def test_any_text_comes_back_as_one_text(text: str) -> None:
    tree = BeautifulSoup(render(element("div", text, element("i", text), text)), "html.parser")
    assert [tag.name for tag in tree.find_all()] == ["div", "i"]
    assert tree.text == visible(text) * 3


def test_children_stay_in_order_and_none_is_skipped() -> None:
    node = element("p", "a", None, element("b", "c"), "d", "e", element("i"), "f")
    assert render(node) == "<p>a<b>c</b>de<i></i>f</p>"


def test_attribute_names_are_written_as_html_does() -> None:
    assert render(element("p", class_="x", aria_label="y")) == '<p class="x" aria-label="y"></p>'


def test_control_characters_become_pictures() -> None:
    assert visible("a\x00b\x1bc\r\n\td") == "a␀b␛c␍\n\td"


def test_lone_surrogates_are_replaced_in_texts_and_attributes() -> None:
    html = render(element("p", "a\ud800", title="b\udc00"))
    assert html == '<p title="b�">a�</p>'
    html.encode()
