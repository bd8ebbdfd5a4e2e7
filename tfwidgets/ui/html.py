"""Static HTML for notebooks without a live widget: no script, no markup from outside.

Elements are built as a tree and written by the standard library, which escapes every
text and attribute. There is no way to pass markup.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from tfwidgets.ui.text import printable

_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"}

Child = ET.Element | str | None


def element(tag: str, *children: Child, **attributes: str) -> ET.Element:
    """Build an element; a trailing underscore in an attribute's name is dropped.

    ``element("td", "a < b", class_="x")`` is ``<td class="x">a &lt; b</td>``.
    """
    node = ET.Element(
        tag, {name.rstrip("_").replace("_", "-"): visible(v) for name, v in attributes.items()}
    )
    last: ET.Element | None = None
    for child in children:
        if child is None:
            continue
        if isinstance(child, ET.Element):
            node.append(child)
            last = child
        elif last is None:
            node.text = (node.text or "") + visible(child)
        else:
            last.tail = (last.tail or "") + visible(child)
    return node


def visible(text: str) -> str:
    """Replace control characters, which HTML may not hold, by their printed pictures."""
    return printable(text).translate(_PICTURES)


def render(node: ET.Element) -> str:
    """Write the tree as HTML."""
    return ET.tostring(node, encoding="unicode", method="html")
